"""Life satisfaction by age, random slopes: age matters more in some dwellings than in others.

lifesat_ij = b0 + u0_j + (b1 + u1_j) age_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published

SHORT = "lme4 stopped short of the optimum, with a warning"

MODEL = CourseModel(
    name="lifesat_slopes",
    question="Are older people more satisfied with life, and equally so in all dwellings?",
    course="D2 DAPR3, multilevel models",
    place=3,
    formula="lifesat ~ 1 + age + (1 + age | dwelling)",
    data="lifesat_scot",
    source="lme4 1.1-31, REML, which warned that it had not converged; the lecture draws it "
    "without numbers",
    published=(
        Published("estimate", "28.251", "Intercept", SHORT),
        Published("estimate", "0.5232", "age", SHORT),
        Published("sd", "17.853", "dwelling: Intercept", SHORT),
        Published("sd", "0.4208", "dwelling: age", SHORT),
        Published("corr", "-0.87", "dwelling: Intercept, age"),
        Published("sd", "7.969", "Residual", SHORT),
        Published("criterion", "822.2"),
    ),
    look_at="the correlation: intercepts are at age 0, where nobody is, hence so far from 0.",
    new="one slope for each dwelling.",
)
