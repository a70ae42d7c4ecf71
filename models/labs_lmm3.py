"""Laboratories, intercepts and slopes that vary together.

y_ij = b0 + u0_j + (b1 + u1_j) x_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

ROWS = "the rows analysed are not public; these were chosen to come near"

MODEL = CourseModel(
    name="labs_lmm3",
    question="How does the index y change with temperature x, and is the slope lower in "
    "laboratories that measure high?",
    course="D3 Mixed Models Part 2",
    place=3,
    formula="y ~ x + (1 + x | Group)",
    data="labs",
    source="the post, REML",
    published=(
        Published("estimate", "0.436631", "Intercept", ROWS),
        Published("se", "0.0826904", "Intercept", ROWS),
        Published("estimate", "0.0466888", "x", ROWS),
        Published("se", "0.000785980", "x", ROWS),
        Published("sd", "0.334592", "Group: Intercept", ROWS),
        Published("sd", "0.00280717", "Group: x", ROWS),
        Published("corr", "-1", "Group: Intercept, x"),
        Published("sd", "0.259399", "Residual", ROWS),
    ),
    look_at="the correlation: -1 by REML, at the edge of what is possible; the posterior has an "
    "interval.",
    new="the correlation of intercepts and slopes.",
)
