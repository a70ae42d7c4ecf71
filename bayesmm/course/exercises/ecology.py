"""Exercises of the week on ecology."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.course.exercises.links import of_logits
from bayesmm.results.comparison.f_test import f_test

__all__ = ["EXERCISES"]


def _coefficients(name: str) -> dict[str, float]:
    table = estimates(name).fixef()
    return dict(zip(table["term"], table["estimate"], strict=True))


def _parallel() -> Mapping[str, float]:
    b = _coefficients("drugz_additive")
    return {
        "intercept, control": b["Intercept"],
        "intercept, dose1": b["Intercept"] + b["Dose[dose1]"],
        "intercept, dose2": b["Intercept"] + b["Dose[dose2]"],
        "slope": b["IC"],
    }


def _differences(name: str) -> Mapping[str, float]:
    """Return the coefficients that one may take for intercepts and slopes."""
    b = _coefficients(name)
    return {
        "intercept, dose1": b["Dose[dose1]"],
        "intercept, dose2": b["Dose[dose2]"],
        **{f"slope, dose{k}": b[n] for k in (1, 2) if (n := f"IC:Dose[dose{k}]") in b},
    }


def _crossing() -> Mapping[str, float]:
    b = _coefficients("drugz_interactive")
    lines = {"intercept, control": b["Intercept"], "slope, control": b["IC"]}
    for dose in ("dose1", "dose2"):
        lines[f"intercept, {dose}"] = b["Intercept"] + b[f"Dose[{dose}]"]
        lines[f"slope, {dose}"] = b["IC"] + b[f"IC:Dose[{dose}]"]
    return lines


def _f_of_slopes() -> Mapping[str, float]:
    test = f_test(estimates("drugz_additive"), estimates("drugz_interactive"))
    return {"F": test.f, "df1": test.df1, "df2": test.df2}


def _undivided() -> Mapping[str, float]:
    right = _f_of_slopes()
    return {"F": right["F"] * right["df1"]}


def _two_cod() -> Mapping[str, float]:
    fitted = estimates("cod_logistic")
    cod = pd.DataFrame({"Length": [50.0, 50.0], "Year": ["1999", "2001"], "Area": ["1", "3"]})
    X = fitted.design.encoder.encode(cod, groups=False).mu.matrix
    return dict(zip(("area 1, 1999", "area 3, 2001"), X @ fitted.estimates, strict=True))


def _effort() -> Mapping[str, float]:
    b = _coefficients("foodav")
    return {"effort": b["Intercept"] + 5 * b["Foodavailability"]}


_SLIP = "that is the difference to control; what is added to what?"

EXERCISES: Mapping[str, Exercise] = {
    "effort at food 5": Exercise(_effort),
    "lines per dose, one slope": Exercise(
        _parallel,
        "Three intercepts, one slope: parallel lines.",
        within=0.005,
        slips=(Slip(lambda: _differences("drugz_additive"), _SLIP),),
    ),
    "lines per dose": Exercise(
        _crossing,
        "Three intercepts and three slopes.",
        within=0.005,
        slips=(Slip(lambda: _differences("drugz_interactive"), _SLIP),),
    ),
    "F of the slopes": Exercise(
        _f_of_slopes,
        "An F near 1 or below: the slopes differ as much as noise makes them.",
        slips=(Slip(_undivided, "what the larger model explains is divided by its df too."),),
    ),
    "Assignment question 1": of_logits(
        _two_cod, "Rows of X: 1, the length, and a 1 for the year and area that are not the first."
    ),
    "four designs": Exercise(
        lambda: {
            "mercury": "net site",
            "turkeys": "flock",
            "mice": "mouse",
            "offices": "office",
        },
        "Each was drawn from others of its kind, and holds several rows.",
        choices=(
            *("fish", "net site", "turkey", "flock", "mouse", "dose", "time"),
            *("person", "office", "education"),
        ),
    ),
    "difference of log odds": Exercise(
        lambda: {"odds ratio": np.exp(_coefficients("cod_logistic")["Year[2001]"])},
        "Of two fish of one length and area.",
        slips=(
            Slip(
                lambda: {"odds ratio": _coefficients("cod_logistic")["Year[2001]"]},
                "that is the log of it.",
            ),
        ),
    ),
}
