"""Numbers of parasites in cod: negative binomial, and more zeros among the short fish.

P(Intensity_i = y) = zi_i [y = 0] + (1 - zi_i) NegativeBinomial(y; mu_i, alpha),
log mu_i = b0 + b1 Length_i + b_year + b_area,  logit zi_i = c0 + c1 Length_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_zero_inflated_negativebinomial_length",
    question="Are there lengths of cod with more zeros than overdispersion explains?",
    course="D4 Mixed effects lecture",
    place=13,
    formula="Intensity ~ Length + Year + Area; zi ~ Length",
    family="zero_inflated_negativebinomial",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, nbinom2 with ziformula ~ Length; the lecture gives the method only",
    published=(
        Published("estimate", "2.909", "Intercept"),
        Published("estimate", "-0.03036", "Length"),
        Published("estimate", "0.678", "Year[2000]"),
        Published("estimate", "-0.291", "Year[2001]"),
        Published("estimate", "0.009", "Area[2]"),
        Published("estimate", "-0.372", "Area[3]"),
        Published("estimate", "1.279", "Area[4]"),
        Published("estimate", "4.96", "zi_Intercept"),
        # glmmTMB's Hessian is by differences: of these errors two digits hold
        Published("se", "2.1", "zi_Intercept"),
        Published("estimate", "-0.1946", "zi_Length"),
        Published("se", "0.075", "zi_Length"),
        Published("auxiliary", "0.2228", "alpha"),
        Published("loglik", "-2514.099"),
    ),
    look_at="zi_Length and the log likelihood: one share of extra zeros for all was estimated as "
    "none, a share that falls with length is not. Few zeros tell of it: the prior of zi, "
    "Logistic(0, 1) at the mean length, draws it towards a half.",
    new="a formula finds what a constant averages away.",
)
