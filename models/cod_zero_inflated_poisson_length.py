"""Numbers of parasites in cod: zero-inflated Poisson, the share without any depends on length.

P(Intensity_i = y) = zi_i [y = 0] + (1 - zi_i) Poisson(y; mu_i),
log mu_i = b0 + b1 Length_i + b_year + b_area,  logit zi_i = c0 + c1 Length_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_zero_inflated_poisson_length",
    question="Is it the short cod or the long ones that cannot have the parasite?",
    course="D4 Mixed effects lecture",
    place=12,
    formula="Intensity ~ Length + Year + Area; zi ~ Length",
    family="zero_inflated_poisson",
    data="cod_parasites",
    reml=False,
    source="glmmTMB 1.1.5, poisson with ziformula ~ Length; the lecture gives the method only",
    published=(
        Published("estimate", "3.8459", "Intercept"),
        Published("estimate", "-0.036864", "Length"),
        Published("estimate", "0.3929", "Year[2000]"),
        Published("estimate", "-0.0457", "Year[2001]"),
        Published("estimate", "0.2675", "Area[2]"),
        Published("estimate", "0.1440", "Area[3]"),
        Published("estimate", "0.9447", "Area[4]"),
        Published("estimate", "0.383", "zi_Intercept"),
        Published("se", "0.2322", "zi_Intercept"),
        Published("estimate", "-0.00391", "zi_Length"),
        Published("se", "0.00422", "zi_Length"),
        Published("loglik", "-7031.307"),
    ),
    look_at="zi_Length: a share that hardly changes with length, while the number of parasites of "
    "an exposed fish falls with it.",
    new="the share that cannot have any has a formula of its own: zi, on the logit scale.",
)
