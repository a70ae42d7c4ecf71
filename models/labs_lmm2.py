"""Laboratories, intercepts and slopes that vary independently.

y_ij = b0 + u_j + (b1 + v_j) x_ij + e_ij,  u_j ~ N(0, sd_u^2),  v_j ~ N(0, sd_v^2)
"""

from bayesmm.course import CourseModel, Published

ROWS = "the rows analysed are not public; these were chosen to come near"

MODEL = CourseModel(
    name="labs_lmm2",
    question="How does the index y change with temperature x, if laboratories differ in level and "
    "in slope, the one independent of the other?",
    course="D3 Mixed Models Part 2",
    place=2,
    formula="y ~ x + (1 | Group) + (0 + x | Group)",
    data="labs",
    reml=False,
    source="the post, ML",
    published=(
        Published("estimate", "0.441913", "Intercept", ROWS),
        Published("se", "0.0560845", "Intercept", ROWS),
        Published("estimate", "0.0467764", "x", ROWS),
        Published("se", "0.000627214", "x", ROWS),
        Published("sd", "0.198196", "Group: Intercept", ROWS),
        Published("sd", "0.00117030", "Group: x", ROWS),
        Published("sd", "0.260799", "Residual", ROWS),
        Published("loglik", "-105.470", differs=ROWS),
    ),
    look_at="the sd of the slopes: 0.001 on a slope of 0.047.",
    new="one slope for each laboratory, independent of its intercept.",
)
