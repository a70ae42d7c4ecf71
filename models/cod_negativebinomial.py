"""Numbers of parasites in cod: negative binomial, with more variance than Poisson.

Intensity_i ~ NegativeBinomial(mu_i, alpha),  log mu_i = b0 + b1 Length_i + b_year + b_area,
Var Intensity_i = mu_i + mu_i^2 / alpha
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_negativebinomial",
    question="How does the number of parasites in a cod depend on its length [cm], the year and "
    "the area, if fish alike in these vary more than a Poisson number?",
    course="D4 Mixed effects lecture",
    place=7,
    formula="Intensity ~ Length + Year + Area",
    family="negativebinomial",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, nbinom2; the lecture gives the method only",
    published=(
        Published("estimate", "2.46176", "Intercept"),
        Published("se", "0.318", "Intercept"),
        Published("estimate", "-0.023348", "Length"),
        Published("se", "0.00506", "Length"),
        Published("estimate", "0.69090", "Year[2000]"),
        Published("estimate", "-0.30543", "Year[2001]"),
        Published("estimate", "-0.00766", "Area[2]"),
        Published("estimate", "-0.34957", "Area[3]"),
        Published("estimate", "1.34833", "Area[4]"),
        Published("auxiliary", "0.20175", "alpha"),
        Published("loglik", "-2524.853"),
    ),
    look_at="the standard errors: six times those of the Poisson model, which believed too much.",
    new="a parameter for the overdispersion.",
)
