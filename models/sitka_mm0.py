"""Tree growth, a parabola for each tree, without the treatment.

size_ij = b0 + u0_j + (b1 + u1_j) t_ij + (b2 + u2_j) t_ij^2 + e_ij,  (u0, u1, u2)_j ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Standardise time, as the lecture does."""
    time = frame["Time"]
    return frame.assign(time=(time - time.mean()) / time.std())


MODEL = CourseModel(
    name="sitka_mm0",
    question="How do the trees grow, if each has a curve of its own?",
    course="D1 MATH-516, week 7",
    place=5,
    formula="size ~ time + I(time^2) + (time + I(time^2) | tree)",
    data="sitka",
    prepare=prepare,
    reml=False,
    source="the slides, ML",
    published=(
        Published("loglik", "65.939"),
        Published("parameters", "10"),
        Published("aic", "-111.88"),
    ),
    look_at="the correlation of the last two effects: curves that rise faster bend more.",
    new="three correlated effects per tree; maximum likelihood, to be compared with sitka_mm1.",
)
