"""Exercises of the week on links."""

from collections.abc import Callable, Mapping

import numpy as np

from bayesmm.course.data import course_data
from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.course.library import load_model
from bayesmm.special import expit

__all__ = ["EXERCISES", "of_logits"]


def of_logits(logits: Callable[[], Mapping[str, float]], because: str) -> Exercise:
    """Return the exercise that asks for probabilities, with what one gets half-way.

    They are linear predictors by part; `because` is what is said to who has it right.
    """
    return Exercise(
        lambda: {part: float(expit(eta)) for part, eta in logits().items()},
        because,
        slips=(
            Slip(logits, "that is X beta; the inverse link makes a probability of it."),
            Slip(
                lambda: {part: float(np.exp(eta)) for part, eta in logits().items()},
                "those are the odds p / (1 - p), not the probability p.",
            ),
        ),
    )


def _six_cars() -> Mapping[str, float]:
    cars = course_data(load_model("mtcars_logistic")).frame["model"].head(6)
    fitted = estimates("mtcars_logistic")
    return dict(zip(cars, fitted.design.mu.matrix[:6] @ fitted.estimates, strict=True))


def _period() -> float:
    fixef = estimates("logistic_glmm").fixef().set_index("term")
    return float(fixef.loc["period[2]", "estimate"])


def _sizes() -> Mapping[str, float]:
    design = estimates("logistic_glmm").design
    return {
        "rows of X": design.n_obs,
        "columns of X": len(design.mu.terms),
        "columns of Z": sum(block.n_groups * block.n_effects for block in design.blocks),
    }


EXERCISES: Mapping[str, Exercise] = {
    "inv.g(X beta) of six cars": of_logits(_six_cars, "These are the fitted values."),
    "odds ratio of period 2": Exercise(
        lambda: {"odds ratio": np.exp(_period())},
        "Of one and the same herd: the odds in period 2 over those in period 1.",
        slips=(
            Slip(lambda: {"odds ratio": _period()}, "that is the log of the odds ratio."),
            Slip(
                lambda: {"odds ratio": float(expit(_period()))},
                "a difference on the scale of the link is no probability; what undoes the log?",
            ),
        ),
    ),
    "sizes of X and Z": Exercise(
        _sizes,
        "Z has a column for each herd: a row of it says which herd this is.",
    ),
}
