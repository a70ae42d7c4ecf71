"""Crossed groupings: every sample of penicillin is tested on every plate.

diameter_ijk = b0 + u_j + v_k + e_ijk,  u_j ~ N(0, sd_plate^2),  v_k ~ N(0, sd_sample^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="penicillin_crossed",
    question="Does the measured strength of penicillin (diameter [mm]) vary more between samples "
    "or between the plates of the assay?",
    course="D1 MATH-516, week 7",
    place=7,
    formula="diameter ~ 1 + (1 | plate) + (1 | sample)",
    data="penicillin",
    source="lme4 1.1-31, REML; the slides give the formula without data",
    published=(
        Published("estimate", "22.9722", "Intercept"),
        Published("se", "0.8086", "Intercept"),
        Published("sd", "0.84670", "plate: Intercept"),
        Published("sd", "1.93161", "sample: Intercept"),
        Published("sd", "0.54992", "Residual"),
        Published("criterion", "330.8606"),
    ),
    look_at="the sd among samples: six samples leave a wide interval, 24 plates a narrow one.",
    new="two groupings, neither inside the other.",
)
