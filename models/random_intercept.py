"""Random intercept: people differ in how fast they react, all slow down at the same rate.

Reaction_ij = b0 + b1 Days_ij + u_j + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="random_intercept",
    question="How does reaction time [ms] change per day of sleep deprivation, "
    "if people differ in their level only?",
    course="D0 Methods 3, week 3",
    place=3,
    formula="Reaction ~ Days + (1 | Subject)",
    data="sleepstudy",
    source="lme4 1.1-31, REML",
    published=(
        Published("estimate", "251.4051", "Intercept"),
        Published("se", "9.7467", "Intercept"),
        Published("estimate", "10.4673", "Days"),
        Published("se", "0.8042", "Days"),
        Published("sd", "37.124", "Subject: Intercept"),
        Published("sd", "30.991", "Residual"),
        Published("criterion", "1786.5"),
    ),
    look_at="the sd among subjects against the residual sd: most of the scatter is between people.",
    new="one intercept per subject, pulled towards the common one.",
)
