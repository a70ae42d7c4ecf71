"""Tree growth, random intercept only: trees differ in size and grow alike.

size_ij = b0 + u_j + b1 time_ij + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Standardise time, as the lecture does."""
    time = frame["Time"]
    return frame.assign(time=(time - time.mean()) / time.std())


MODEL = CourseModel(
    name="sitka_intercept",
    question="How fast do the trees grow, if they differ in size only?",
    course="D1 MATH-516, week 7",
    place=4,
    formula="size ~ time + (1 | tree)",
    data="sitka",
    prepare=prepare,
    source="lme4 1.1-31, REML; the slides only draw it",
    published=(
        Published("estimate", "4.84078", "Intercept"),
        Published("se", "0.06957", "Intercept"),
        Published("estimate", "0.47678", "time"),
        Published("se", "0.00998", "time"),
        Published("sd", "0.61197", "tree: Intercept"),
        Published("sd", "0.19800", "Residual"),
        Published("criterion", "157.5236"),
    ),
    look_at="the lines of the trees: nearly those of fixed tree effects, drawn a little together.",
    new="one random intercept per tree in place of 79 fixed ones.",
)
