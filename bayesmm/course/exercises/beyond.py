"""Exercises of the week on ratings and reaction times."""

from collections.abc import Mapping

from bayesmm.course.data import course_data
from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.course.library import load_model
from bayesmm.special import expit

__all__ = ["EXERCISES"]


def _fives() -> Mapping[str, float]:
    frame = course_data(load_model("comfort_cumulative")).frame
    return dict((frame["rating"] == 5).groupby(frame["company"]).mean())


def _four_or_five() -> Mapping[str, float]:
    b = {name: value for name, (value, _) in estimates("comfort_cumulative").coefficients.items()}
    return {
        "alone": float(expit(-b["3|4"])),
        "with others": float(expit(b["company[with others]"] - b["3|4"])),
    }


EXERCISES: Mapping[str, Exercise] = {
    "share of fives": Exercise(_fives, "A mean would not say it."),
    "a rating of 4 or 5": Exercise(
        _four_or_five,
        "P(rating > 3) = 1 - logistic(c_3 - mu) = logistic(mu - c_3).",
        slips=(
            Slip(
                lambda: {level: 1 - value for level, value in _four_or_five().items()},
                "that is the probability of a rating of at most 3.",
            ),
        ),
    ),
    "which family of a psychologist": Exercise(
        lambda: {
            "agreement with a sentence, from strongly disagree to strongly agree": "cumulative",
            "which of three parties one votes for": "categorical",
            "time to press a key": "exgaussian",
            "whether the key was the right one": "bernoulli",
        },
        choices=("cumulative", "categorical", "exgaussian", "bernoulli"),
    ),
}
