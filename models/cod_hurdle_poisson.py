"""Numbers of parasites in cod: a hurdle, and a Poisson number above 0 behind it.

P(Intensity_i = 0) = 1 - psi,  P(Intensity_i = y) = psi Poisson(y; mu_i) / (1 - exp(-mu_i)),
log mu_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_hurdle_poisson",
    question="What share of the cod has parasites, and how many has one that has any?",
    course="D4 Mixed effects lecture",
    place=10,
    formula="Intensity ~ Length + Year + Area",
    family="hurdle_poisson",
    data="cod_parasites",
    reml=False,
    source="psi: 540 of 1191 counted fish have parasites; the lecture gives the method only",
    published=(Published("auxiliary", "0.4534", "psi"),),
    look_at="psi: the share of fish with parasites, whatever the rest of the model.",
    new="all zeros are of one kind, and the count is of those who have passed the hurdle.",
)
