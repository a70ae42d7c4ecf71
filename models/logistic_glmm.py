"""Logistic GLMM: incidence of a cattle disease over four periods in 15 herds.

incidence_ij ~ Binomial(size_ij, p_ij),  logit p_ij = b0 + b_period + u_j,  u_j ~ N(0, sd^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="logistic_glmm",
    question="Does the incidence of pleuropneumonia fall over the four periods, "
    "if herds differ in their risk?",
    course="D0 Methods 3, week 3",
    place=7,
    formula="cbind(incidence, size - incidence) ~ period + (1 | herd)",
    family="binomial",
    data="cbpp",
    reml=False,
    source="lme4 1.1-31, Laplace approximation, with tolPwrss = 1e-12: by default it stops "
    "0.001 standard errors short",
    published=(
        Published("estimate", "-1.3985", "Intercept"),
        Published("se", "0.2325", "Intercept"),
        Published("estimate", "-0.9923", "period[2]"),
        Published("estimate", "-1.1287", "period[3]"),
        Published("estimate", "-1.5803", "period[4]"),
        Published("sd", "0.6423", "herd: Intercept"),
    ),
    look_at="odds ratios of the periods, exp(estimate), for one and the same herd.",
    new="a response of counts out of a total, behind the logit link.",
)
