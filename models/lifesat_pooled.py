"""Life satisfaction by age, complete pooling: where people live plays no part.

lifesat_i = b0 + b1 age_i + e_i,  e_i ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel

MODEL = CourseModel(
    name="lifesat_pooled",
    question="Are older people more satisfied with life, if it does not matter where they live?",
    course="D2 DAPR3, multilevel models",
    place=1,
    formula="lifesat ~ 1 + age",
    data="lifesat_scot",
    source="none: the lecture draws it without numbers",
    look_at="the residual sd, to be held against that of lifesat_intercept.",
    new="a line through 112 people of 12 dwellings.",
)
