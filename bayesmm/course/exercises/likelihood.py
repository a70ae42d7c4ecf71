"""Exercises of the week on maximum likelihood."""

from collections.abc import Mapping

from bayesmm.course.exercise import Exercise, Slip, estimates

__all__ = ["EXERCISES"]

_Z = 1.959964  # 97.5 % quantile of the normal distribution


def _wald(factor: float) -> Mapping[str, float]:
    days = estimates("correlated_slopes").fixef().set_index("term").loc["Days"]
    return {
        "lower": days["estimate"] - factor * days["se"],
        "upper": days["estimate"] + factor * days["se"],
    }


EXERCISES: Mapping[str, Exercise] = {
    "a Wald interval": Exercise(
        lambda: _wald(_Z),
        "It takes the spread between people as known.",
        slips=(Slip(lambda: _wald(1.0), "that is one standard error; 95 % needs about two."),),
    ),
    "why they differ": Exercise(
        lambda: {
            "the sd of six batches": "a skewed posterior",
            "a correlation of -1": "the edge",
            "32 cars, nearly separated, a wide prior": "a skewed likelihood",
            "a slope with the prior Normal(0, 1)": "the prior",
        },
        choices=("a skewed posterior", "the edge", "a skewed likelihood", "the prior"),
    ),
}
