"""Correlated slopes: people differ in level and in the rate at which they slow down.

Reaction_ij = b0 + u0_j + (b1 + u1_j) Days_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="correlated_slopes",
    question="How does reaction time [ms] change per day of sleep deprivation, "
    "and do people who start slow also slow down faster?",
    course="D0 Methods 3, week 3",
    place=4,
    formula="Reaction ~ Days + (Days | Subject)",
    data="sleepstudy",
    source="lme4 1.1-31, REML",
    published=(
        Published("estimate", "251.405", "Intercept"),
        Published("se", "6.825", "Intercept"),
        Published("estimate", "10.467", "Days"),
        Published("se", "1.546", "Days"),
        Published("sd", "24.741", "Subject: Intercept"),
        Published("sd", "5.922", "Subject: Days"),
        Published("corr", "0.07", "Subject: Intercept, Days"),
        Published("sd", "25.592", "Residual"),
        Published("criterion", "1743.6"),
    ),
    look_at="the correlation: its interval says how little 18 people tell about it.",
    new="one slope per subject, correlated with the intercepts.",
)
