"""Cognition over visits, complete pooling.

ACE_i = b0 + b1 visit_i + e_i,  e_i ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="ace_lm",
    question="How much does cognition (ACE) decline from visit to visit, if people do not differ?",
    course="D2 DAPR3, multilevel models",
    place=4,
    formula="ACE ~ 1 + visit",
    data="ace_mindfuldecline",
    source="the lecture",
    published=(
        Published("estimate", "85.6259", "Intercept"),
        Published("se", "0.3022", "Intercept"),
        Published("estimate", "-0.3857", "visit"),
        Published("se", "0.0488", "visit"),
        Published("sd", "1.88", "Residual"),
    ),
    look_at="the interval of visit, to be held against that of ace_slopes.",
    new="177 visits of 20 people, taken for 177 people.",
)
