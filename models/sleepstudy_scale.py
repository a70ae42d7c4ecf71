"""People differ in variability: a residual sd for each, drawn to that of the others.

Reaction_ij = b0 + u0_j + (b1 + u1_j) Days_ij + e_ij,  e_ij ~ N(0, sigma_j^2)
log sigma_j = c0 + v_j,  (u0_j, u1_j) ~ N(0, Sigma),  v_j ~ N(0, tau^2)
"""

from bayesmm.course import CourseModel

MODEL = CourseModel(
    name="sleepstudy_scale",
    question="Do people differ in how much their reaction times [ms] scatter about their lines?",
    course="D0 Methods 3, week 3",
    place=8,
    formula="Reaction ~ Days + (Days | Subject); sigma ~ 1 + (1 | Subject)",
    data="sleepstudy",
    reml=False,
    source="an example of our own; the lecture has one sigma for all",
    look_at="the sd of sigma_Intercept: on the log scale, 0.4 is a factor of 1.5 from person to "
    "person.",
    new="a second formula: the residual sd has group effects, on the log scale.",
)
