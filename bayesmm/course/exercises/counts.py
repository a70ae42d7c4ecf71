"""Exercises of the week on counts."""

from collections.abc import Mapping

import numpy as np

from bayesmm.course.data import course_data
from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.course.library import load_model

__all__ = ["EXERCISES"]

_MU = 2.0


def _as_poisson() -> Mapping[str, float]:
    counts = course_data(load_model("cod_poisson")).frame["Intensity"].dropna()
    return {
        "variance over mean": counts.var() / counts.mean(),
        "share of zeros": (counts == 0).mean(),
        "share of zeros of a Poisson": np.exp(-counts.mean()),
    }


def _zeros() -> Mapping[str, float]:
    psi = {
        kind: estimates(f"cod_{kind}_poisson").auxiliary["psi"]
        for kind in ("zero_inflated", "hurdle")
    }
    return {
        "zero-inflated": 1 - psi["zero_inflated"] + psi["zero_inflated"] * np.exp(-_MU),
        "hurdle": 1 - psi["hurdle"],
    }


EXERCISES: Mapping[str, Exercise] = {
    "is it Poisson": Exercise(
        _as_poisson,
        "A Poisson distribution has a variance over its mean of 1, and e^-mean of its values "
        "are zero.",
        within=1e-4,
    ),
    "probability of no parasite": Exercise(
        _zeros,
        "Behind a hurdle the zeros are of one kind; in a mixture of two.",
        slips=(
            Slip(
                lambda: {
                    "zero-inflated": 1 - estimates("cod_zero_inflated_poisson").auxiliary["psi"]
                },
                "those are the fish that can have none; some that could have any have none too.",
            ),
        ),
    ),
    "which family": Exercise(
        lambda: {
            "calls in an hour, independent, at one rate": "poisson",
            "ticks on birds, some birds have far more than others": "negativebinomial",
            "fish caught by visitors, of whom some did not fish": "zero_inflated_poisson",
            "cigarettes: first whether one smokes, then how many": "hurdle_poisson",
        },
        choices=("poisson", "negativebinomial", "zero_inflated_poisson", "hurdle_poisson"),
    ),
}
