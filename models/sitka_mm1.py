"""Tree growth, a parabola for each tree, whose mean depends on the treatment.

size_ij = b0 + u0_j + (b1 + u1_j) t_ij + (b2 + u2_j) t_ij^2 + treat_j (b3 + b4 t_ij + b5 t_ij^2)
          + e_ij,  (u0, u1, u2)_j ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Standardise time, as the lecture does."""
    time = frame["Time"]
    return frame.assign(time=(time - time.mean()) / time.std())


MODEL = CourseModel(
    name="sitka_mm1",
    question="Do trees in air rich in ozone grow more slowly than the others?",
    course="D1 MATH-516, week 7",
    place=6,
    formula="size ~ treat * (time + I(time^2)) + (time + I(time^2) | tree)",
    data="sitka",
    prepare=prepare,
    reml=False,
    source="the slides, ML",
    published=(
        Published("loglik", "72.249"),
        Published("parameters", "13"),
        Published("aic", "-118.50"),
        Published("estimate", "5.093296", "Intercept"),
        Published("se", "0.120072", "Intercept"),
        Published("estimate", "-0.201347", "treat[ozone]"),
        Published("se", "0.145231", "treat[ozone]"),
        Published("estimate", "0.546397", "time"),
        Published("se", "0.024638", "time"),
        Published("estimate", "-0.108450", "I(time^2)"),
        Published("se", "0.014041", "I(time^2)"),
        Published("estimate", "-0.079045", "treat[ozone]:time"),
        Published("se", "0.029800", "treat[ozone]:time"),
        Published("estimate", "-0.009835", "treat[ozone]:I(time^2)"),
        Published("se", "0.016984", "treat[ozone]:I(time^2)"),
        Published("sd", "0.59707", "tree: Intercept"),
        Published("sd", "0.11623", "tree: time"),
        Published("sd", "0.05092", "tree: I(time^2)"),
        Published("corr", "0.04", "tree: Intercept, time"),
        Published("corr", "0.12", "tree: Intercept, I(time^2)"),
        Published("corr", "-0.71", "tree: time, I(time^2)"),
        Published("sd", "0.08998", "Residual"),
    ),
    look_at="treat[ozone]:time, the difference in growth; its interval is the question's answer.",
    new="a predictor of the trees, which explains some of the spread of their curves.",
)
