"""Numbers of parasites in cod: zero-inflated Poisson, some fish cannot have any.

P(Intensity_i = y) = (1 - psi) [y = 0] + psi Poisson(y; mu_i),
log mu_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_zero_inflated_poisson",
    question="What share of the cod is exposed to the parasite, and how many parasites has one "
    "that is?",
    course="D4 Mixed effects lecture",
    place=8,
    formula="Intensity ~ Length + Year + Area",
    family="zero_inflated_poisson",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, poisson with ziformula ~ 1 (psi is 1 less its probability of a zero); "
    "the lecture gives the method only",
    published=(
        Published("estimate", "3.84478", "Intercept"),
        Published("se", "0.058", "Intercept"),
        Published("estimate", "-0.036836", "Length"),
        Published("estimate", "0.39272", "Year[2000]"),
        Published("estimate", "-0.04552", "Year[2001]"),
        Published("estimate", "0.26749", "Area[2]"),
        Published("estimate", "0.14423", "Area[3]"),
        Published("estimate", "0.94466", "Area[4]"),
        Published("auxiliary", "0.45646", "psi"),
        Published("loglik", "-7031.739"),
    ),
    look_at="the log likelihood: better than Poisson, and far from negative binomial.",
    new="a mixture: fish that cannot have parasites, and fish that can and may have none.",
)
