"""The anatomy of the output: random intercepts and slopes.

y_ij = b0 + u0_j + (b1 + u1_j) x_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="dapr3_slopes",
    question="How does y change with x in the mean of the groups, and in each of them?",
    course="D2 DAPR3, multilevel models",
    place=8,
    formula="y ~ x + (1 + x | group)",
    data="dapr3_lme4output",
    source="the lecture, REML",
    published=(
        Published("estimate", "1.7890", "Intercept"),
        Published("se", "0.2858", "Intercept"),
        Published("df", "16.4", "Intercept"),
        Published("estimate", "-0.6250", "x"),
        Published("se", "0.0996", "x"),
        Published("df", "15.5", "x"),
        Published("var", "1.326", "group: Intercept"),
        Published("sd", "1.152", "group: Intercept"),
        Published("sd", "0.390", "group: x"),
        Published("corr", "-0.88", "group: Intercept, x"),
        Published("sd", "0.512", "Residual"),
        Published("criterion", "335"),
    ),
    look_at="fixef, varcorr, ranef and coef: coef is fixef plus ranef, group by group.",
    new="the common slope, which dapr3_restricted leaves out.",
)
