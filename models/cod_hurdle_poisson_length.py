"""Numbers of parasites in cod: a hurdle that depends on length, and a Poisson number behind it.

P(Intensity_i = 0) = hu_i,  P(Intensity_i = y) = (1 - hu_i) Poisson(y; mu_i) / (1 - exp(-mu_i)),
log mu_i = b0 + b1 Length_i + b_year + b_area,  logit hu_i = c0 + c1 Length_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_hurdle_poisson_length",
    question="Does the share of cod without parasites depend on their length, as the number of "
    "parasites does?",
    course="D4 Mixed effects lecture",
    place=14,
    formula="Intensity ~ Length + Year + Area; hu ~ Length",
    family="hurdle_poisson",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, truncated_poisson with ziformula ~ Length; the lecture gives the method "
    "only",
    published=(
        Published("estimate", "3.8395", "Intercept"),
        Published("estimate", "-0.036772", "Length"),
        Published("estimate", "0.3921", "Year[2000]"),
        Published("estimate", "-0.0438", "Year[2001]"),
        Published("estimate", "0.2699", "Area[2]"),
        Published("estimate", "0.1494", "Area[3]"),
        Published("estimate", "0.9467", "Area[4]"),
        Published("estimate", "0.300", "hu_Intercept"),
        Published("se", "0.2275", "hu_Intercept"),
        Published("estimate", "-0.00211", "hu_Length"),
        Published("se", "0.00411", "hu_Length"),
        Published("loglik", "-7032.706"),
    ),
    look_at="hu_Length beside a logistic model of Intensity == 0 by Length: the same numbers. The "
    "two parts of a hurdle share no parameter.",
    new="the hurdle has a formula of its own: hu, the probability of a zero, on the logit scale.",
)
