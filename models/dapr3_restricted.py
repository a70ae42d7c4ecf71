"""The restricted model of the likelihood-ratio test: slopes vary around zero.

y_ij = b0 + u0_j + u1_j x_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="dapr3_restricted",
    question="How well are the data explained, if x has no effect in the mean of the groups?",
    course="D2 DAPR3, multilevel models",
    place=7,
    formula="y ~ 1 + (1 + x | group)",
    data="dapr3_lme4output",
    reml=False,
    source="lme4 1.1-31, ML; the lecture gives the call without its output",
    published=(
        Published("estimate", "0.14564", "Intercept"),
        Published("se", "0.1227", "Intercept"),
        Published("sd", "2.0250", "group: Intercept"),
        Published("sd", "0.7486", "group: x"),
        Published("corr", "-0.968", "group: Intercept, x"),
        Published("sd", "0.5102", "Residual"),
        Published("loglik", "-175.677"),
    ),
    look_at="the sd of the slopes, which has to hold the mean slope as well.",
    new="an effect that varies without a common part; maximum likelihood, for the test.",
)
