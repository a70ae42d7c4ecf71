"""Numbers of parasites in cod: a Poisson regression, which they refute.

Intensity_i ~ Poisson(mu_i),  log mu_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_poisson",
    question="How does the number of parasites in a cod depend on its length [cm], the year and "
    "the area?",
    course="D4 Mixed effects lecture",
    place=6,
    formula="Intensity ~ Length + Year + Area",
    family="poisson",
    data="cod_parasites",
    reml=False,
    source="R 4.2.2, glm; the lecture gives the method only",
    published=(
        Published("estimate", "2.64317", "Intercept"),
        Published("se", "0.05428", "Intercept"),
        Published("estimate", "-0.028423", "Length"),
        Published("estimate", "0.67028", "Year[2000]"),
        Published("estimate", "-0.21814", "Year[2001]"),
        Published("estimate", "-0.21196", "Area[2]"),
        Published("estimate", "-0.11686", "Area[3]"),
        Published("estimate", "1.40494", "Area[4]"),
        Published("loglik", "-10537.366"),
    ),
    look_at="the checks: overdispersion and zeros are far from what the model predicts.",
    new="counts, and the log link.",
)
