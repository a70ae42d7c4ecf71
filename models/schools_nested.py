"""Nested groupings: pupils in classes in schools.

score_ijk = b0 + b1 hours_ijk + u_k + v_jk + e_ijk,  u_k ~ N(0, sd_school^2),
v_jk ~ N(0, sd_class^2)
"""

from bayesmm.course import CourseModel

MODEL = CourseModel(
    name="schools_nested",
    question="Does the score of a pupil depend more on the school or on the class, hours of "
    "learning being equal?",
    course="D1 MATH-516, week 7",
    place=8,
    formula="score ~ hours + (1 | school/class)",
    data="schools",
    source="none: simulated for this package with slope 2, sds 6 (school), 4 (class), 8 (residual)",
    look_at="the three sds beside those that the data were simulated with.",
    new="(1 | school/class): class 1 of one school is not class 1 of another.",
)
