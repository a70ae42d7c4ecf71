"""Mercury in fish: a random intercept for each region of the lake.

Hg_ij = b0 + u_j + b1 size_ij + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="hg_fish",
    question="How does the concentration of mercury in fish change with their size, if regions of "
    "the lake differ?",
    course="D4 Mixed effects lecture",
    place=4,
    formula="Hg ~ size + (1 | region)",
    data="hg_fish",
    reml=False,
    source="the lecture, glmmTMB, ML",
    published=(
        Published("estimate", "0.5160480", "Intercept"),
        Published("se", "0.1364710", "Intercept"),
        Published("estimate", "0.0197595", "size"),
        Published("se", "0.0008332", "size"),
        Published("var", "0.070287", "region: Intercept"),
        Published("var", "0.006395", "Residual"),
        Published("loglik", "77.8"),
        Published("aic", "-147.6"),
    ),
    look_at="the sd among regions: four regions leave its posterior wide, and its mean far above "
    "the estimate.",
    new="a random intercept: the nets were set at regions chosen at random.",
)
