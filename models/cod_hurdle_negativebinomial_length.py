"""Numbers of parasites in cod: a hurdle that depends on length, and a negative binomial behind it.

P(Intensity_i = 0) = hu_i,
P(Intensity_i = y) = (1 - hu_i) f(y; mu_i, alpha) / (1 - f(0; mu_i, alpha)),  f = NegativeBinomial,
log mu_i = b0 + b1 Length_i + b_year + b_area,  logit hu_i = c0 + c1 Length_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_hurdle_negativebinomial_length",
    question="Does the share of cod without parasites depend on their length, if numbers are "
    "overdispersed?",
    course="D4 Mixed effects lecture",
    place=15,
    formula="Intensity ~ Length + Year + Area; hu ~ Length",
    family="hurdle_negativebinomial",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, truncated_nbinom2 with ziformula ~ Length; the lecture gives the method "
    "only",
    published=(
        Published("estimate", "3.127", "Intercept"),
        Published("estimate", "-0.03652", "Length"),
        Published("estimate", "0.385", "Year[2000]"),
        Published("estimate", "-0.154", "Year[2001]"),
        Published("estimate", "0.404", "Area[2]"),
        Published("estimate", "0.021", "Area[3]"),
        Published("estimate", "1.060", "Area[4]"),
        Published("estimate", "0.300", "hu_Intercept"),
        Published("se", "0.2275", "hu_Intercept"),
        Published("estimate", "-0.00211", "hu_Length"),
        Published("se", "0.00411", "hu_Length"),
        Published("auxiliary", "0.2036", "alpha"),
        Published("loglik", "-2556.091"),
    ),
    look_at="hu_Length: as in cod_hurdle_poisson_length, whatever the number behind the hurdle is.",
    new="two formulas and an overdispersed count.",
)
