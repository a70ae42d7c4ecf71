"""Cognition over visits, random slopes, and a treatment of the people.

ACE_ij = b0 + u0_j + (b1 + u1_j) visit_ij + condition_j (b2 + b3 visit_ij) + e_ij,
(u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="ace_slopes",
    question="Does the practice of mindfulness slow the decline of cognition (ACE) from visit to "
    "visit?",
    course="D2 DAPR3, multilevel models",
    place=6,
    formula="ACE ~ 1 + visit * condition + (1 + visit | ppt)",
    data="ace_mindfuldecline",
    source="the lecture, REML",
    published=(
        Published("estimate", "85.7353", "Intercept"),
        Published("se", "0.1688", "Intercept"),
        Published("estimate", "-0.5319", "visit"),
        Published("se", "0.0897", "visit"),
        Published("estimate", "-0.2979", "condition[mindfulness]"),
        Published("se", "0.2362", "condition[mindfulness]"),
        Published("estimate", "0.3459", "visit:condition[mindfulness]"),
        Published("se", "0.1269", "visit:condition[mindfulness]"),
        Published("sd", "0.383", "ppt: Intercept"),
        Published("sd", "0.277", "ppt: visit"),
        Published("corr", "-0.49", "ppt: Intercept, visit"),
        Published("sd", "0.495", "Residual"),
        Published("criterion", "362"),
    ),
    look_at="visit:condition[mindfulness], and the posterior of the correlation: do people who "
    "start high decline faster?",
    new="one slope for each participant, and a predictor of the participants that changes it.",
)
