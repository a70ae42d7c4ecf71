"""The exercises of the notebooks whose answer is a number or a word, by name."""

from collections.abc import Mapping

from bayesmm.course.exercise import Exercise
from bayesmm.course.exercises import beyond, counts, ecology, groups, likelihood, links, pooling

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = {
    name: exercise
    for week in (pooling, links, groups, ecology, counts, likelihood, beyond)
    for name, exercise in week.EXERCISES.items()
}
