"""Life satisfaction by age, random intercept: dwellings differ in level.

lifesat_ij = b0 + u_j + b1 age_ij + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="lifesat_intercept",
    question="Are older people more satisfied with life, among those who live in one dwelling?",
    course="D2 DAPR3, multilevel models",
    place=2,
    formula="lifesat ~ 1 + age + (1 | dwelling)",
    data="lifesat_scot",
    source="lme4 1.1-31, REML; the lecture draws it without numbers",
    published=(
        Published("estimate", "25.019", "Intercept"),
        Published("se", "4.915", "Intercept"),
        Published("estimate", "0.5807", "age"),
        Published("se", "0.0885", "age"),
        Published("var", "122.88", "dwelling: Intercept"),
        Published("var", "73.59", "Residual"),
        Published("criterion", "829.1"),
    ),
    look_at="Kirkcaldy, with two people: its intercept is drawn to the mean most.",
    new="one intercept for each dwelling, as a draw from a population of dwellings.",
)
