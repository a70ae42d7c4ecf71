"""Tree growth, all trees of a treatment alike: a line for each treatment.

size_ij = b0 + b1 time_ij + treat_j (b2 + b3 time_ij) + e_ij,  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Standardise time, as the lecture does."""
    time = frame["Time"]
    return frame.assign(time=(time - time.mean()) / time.std())


MODEL = CourseModel(
    name="sitka_lines_by_treatment",
    question="Do trees in air rich in ozone grow more slowly than the others, if trees of one "
    "treatment do not differ?",
    course="D1 MATH-516, week 7",
    place=2,
    formula="size ~ time * treat",
    data="sitka",
    prepare=prepare,
    source="the slides' analysis of variance; its 391 degrees of freedom are those of two lines, "
    "not of the parabola that the code beside it fits",
    published=(Published("rss", "157.107"),),
    look_at="the residuals by tree: a tree is above its line all year, or below.",
    new="a predictor with two levels that changes the slope: an interaction.",
)
