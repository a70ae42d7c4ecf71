"""Variance components: how much of the variation of a product comes from its batches.

Yield_ij = b0 + u_j + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="dyestuff",
    question="Does the yield of dyestuff [g] vary more between batches of the raw product or "
    "within them?",
    course="D1 MATH-516, week 7",
    place=1,
    formula="Yield ~ 1 + (1 | Batch)",
    data="dyestuff",
    source="lme4 1.1-31, REML",
    published=(
        Published("estimate", "1527.5", "Intercept"),
        Published("se", "19.38", "Intercept"),
        Published("sd", "42.001", "Batch: Intercept"),
        Published("sd", "49.510", "Residual"),
        Published("criterion", "319.654"),
    ),
    look_at="the interval of the sd among batches: six batches tell little about it.",
    new="the smallest mixed model: a common mean and one random intercept.",
)
