"""Cognition over visits, random intercept: people differ in level and decline alike.

ACE_ij = b0 + u_j + b1 visit_ij + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="ace_intercept",
    question="How much does cognition (ACE) decline from visit to visit, if people differ in "
    "level only?",
    course="D2 DAPR3, multilevel models",
    place=5,
    formula="ACE ~ 1 + visit + (1 | ppt)",
    data="ace_mindfuldecline",
    source="the lecture, REML",
    published=(
        Published("estimate", "85.6497", "Intercept"),
        Published("se", "0.3800", "Intercept"),
        Published("estimate", "-0.3794", "visit"),
        Published("se", "0.0287", "visit"),
        Published("var", "2.25", "ppt: Intercept"),
        Published("var", "1.21", "Residual"),
        Published("criterion", "595"),
    ),
    look_at="the interval of visit: narrower than in ace_lm, and too narrow if slopes differ.",
    new="one intercept for each participant.",
)
