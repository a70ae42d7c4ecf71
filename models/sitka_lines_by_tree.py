"""Tree growth without pooling: a line for each tree.

size_ij = b0_j + b1_j time_ij + e_ij,  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Standardise time, as the lecture does."""
    time = frame["Time"]
    return frame.assign(time=(time - time.mean()) / time.std())


MODEL = CourseModel(
    name="sitka_lines_by_tree",
    question="How did each of these 79 trees grow?",
    course="D1 MATH-516, week 7",
    place=3,
    formula="size ~ time * tree",
    data="sitka",
    prepare=prepare,
    source="the slides' analysis of variance; its 237 degrees of freedom are those of lines, not "
    "of the parabolas that the code beside it fits",
    published=(Published("rss", "6.267"),),
    look_at="what is missing: every tree has one treatment, so its effect is lost in the trees.",
    new="158 coefficients for 395 rows.",
)
