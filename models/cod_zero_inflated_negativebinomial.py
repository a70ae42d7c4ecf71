"""Numbers of parasites in cod: zero-inflated negative binomial.

P(Intensity_i = y) = (1 - psi) [y = 0] + psi NegativeBinomial(y; mu_i, alpha),
log mu_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_zero_inflated_negativebinomial",
    question="Are there more cod without parasites than overdispersion explains?",
    course="D4 Mixed effects lecture",
    place=9,
    formula="Intensity ~ Length + Year + Area",
    family="zero_inflated_negativebinomial",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, nbinom2 with ziformula ~ 1; the lecture gives the method only",
    published=(
        Published("estimate", "2.4618", "Intercept"),
        Published("estimate", "-0.02335", "Length"),
        Published("estimate", "0.6909", "Year[2000]"),
        Published("estimate", "-0.3054", "Year[2001]"),
        Published("estimate", "-0.0077", "Area[2]"),
        Published("estimate", "-0.3496", "Area[3]"),
        Published("estimate", "1.3483", "Area[4]"),
        Published("auxiliary", "0.20175", "alpha"),
        Published("auxiliary", "1.00000", "psi"),
        Published("loglik", "-2524.853"),
    ),
    look_at="psi: by maximum likelihood 1, no inflation at all; its prior, Beta(2, 2), keeps the "
    "posterior away from 1.",
    new="both remedies at once; the second is not needed.",
)
