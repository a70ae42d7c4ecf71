"""Analysis of covariance with an interaction: a line of its own for each dose.

FC_i = b0 + b1 IC_i + b2 dose1_i + b3 dose2_i + b4 IC_i dose1_i + b5 IC_i dose2_i + e_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="drugz_interactive",
    question="Does the effect of a dose on the final concentration FC depend on the initial "
    "concentration IC?",
    course="D4 Mixed effects lecture",
    place=3,
    formula="FC ~ IC * Dose",
    data="drugz",
    source="the lecture; the rows are simulated to give its estimates",
    published=(
        Published("estimate", "0.38733", "Intercept"),
        Published("se", "0.59401", "Intercept"),
        Published("estimate", "0.95418", "IC"),
        Published("se", "0.08981", "IC"),
        Published("estimate", "0.07353", "Dose[dose1]"),
        Published("se", "0.85237", "Dose[dose1]"),
        Published("estimate", "-2.21858", "Dose[dose2]"),
        Published("se", "0.86308", "Dose[dose2]"),
        Published("estimate", "-0.08529", "IC:Dose[dose1]"),
        Published("se", "0.13509", "IC:Dose[dose1]"),
        Published("estimate", "0.02324", "IC:Dose[dose2]"),
        Published("se", "0.13917", "IC:Dose[dose2]"),
        Published("sd", "0.9939", "Residual"),
    ),
    look_at="the slopes by dose: their differences are smaller than their intervals are wide.",
    new="slopes that differ by dose.",
)
