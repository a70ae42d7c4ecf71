"""Numbers of parasites in cod: a hurdle, and a negative binomial number above 0 behind it.

P(Intensity_i = 0) = 1 - psi,
P(Intensity_i = y) = psi NegativeBinomial(y; mu_i, alpha) / (1 - NegativeBinomial(0; mu_i, alpha)),
log mu_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_hurdle_negativebinomial",
    question="What share of the cod has parasites, and how many has one that has any, if their "
    "number is overdispersed?",
    course="D4 Mixed effects lecture",
    place=11,
    formula="Intensity ~ Length + Year + Area",
    family="hurdle_negativebinomial",
    data="cod_parasites",
    reml=False,
    source="psi: 540 of 1191 counted fish have parasites; the lecture gives the method only",
    published=(Published("auxiliary", "0.4534", "psi"),),
    look_at="Area[4] beside cod_logistic: more fish have parasites there, and each has more.",
    new="an overdispersed count behind the hurdle.",
)
