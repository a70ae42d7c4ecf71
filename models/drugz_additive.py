"""Analysis of covariance: parallel lines, one for each dose.

FC_i = b0 + b1 IC_i + b2 dose1_i + b3 dose2_i + e_i,  e_i ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="drugz_additive",
    question="Does a dose of the drug lower the final concentration FC, initial concentrations IC "
    "being equal?",
    course="D4 Mixed effects lecture",
    place=2,
    formula="FC ~ IC + Dose",
    data="drugz",
    source="the lecture; the rows are simulated to give its estimates",
    published=(
        Published("estimate", "0.51804", "Intercept"),
        Published("se", "0.38892", "Intercept"),
        Published("estimate", "0.93384", "IC"),
        Published("se", "0.05647", "IC"),
        Published("estimate", "-0.44007", "Dose[dose1]"),
        Published("se", "0.20011", "Dose[dose1]"),
        Published("estimate", "-2.09915", "Dose[dose2]"),
        Published("se", "0.20162", "Dose[dose2]"),
        Published("sd", "0.9893", "Residual"),
    ),
    look_at="the contrasts of the doses: dose2 against dose1 is not a coefficient.",
    new="a factor of three levels beside a number.",
)
