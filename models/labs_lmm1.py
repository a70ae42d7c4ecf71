"""Laboratories, random intercept: each measures a little too high or too low.

y_ij = b0 + u_j + b1 x_ij + e_ij,  u_j ~ N(0, sd^2),  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

ROWS = "the rows analysed are not public; these were chosen to come near"

MODEL = CourseModel(
    name="labs_lmm1",
    question="How does the index y change with temperature x, if laboratories differ in level?",
    course="D3 Mixed Models Part 2",
    place=1,
    formula="y ~ x + (1 | Group)",
    data="labs",
    reml=False,
    source="the post, ML",
    published=(
        Published("estimate", "0.425990", "Intercept", ROWS),
        Published("se", "0.049595", "Intercept", ROWS),
        Published("estimate", "0.0470493", "x", ROWS),
        Published("se", "0.00043071", "x", ROWS),
        Published("sd", "0.182704", "Group: Intercept", ROWS),
        Published("sd", "0.262165", "Residual", ROWS),
        Published("loglik", "-106.021", differs=ROWS),
        Published("effect", "-0.060852", "Group[1]: Intercept", ROWS),
        Published("effect", "-0.128570", "Group[2]: Intercept", ROWS),
        Published("effect", "0.004326", "Group[3]: Intercept", ROWS),
        Published("effect", "0.003711", "Group[4]: Intercept", ROWS),
        Published("effect", "0.233981", "Group[5]: Intercept", ROWS),
        Published("effect", "0.368001", "Group[6]: Intercept", ROWS),
        Published("effect", "-0.030078", "Group[7]: Intercept", ROWS),
        Published("effect", "0.185630", "Group[8]: Intercept", ROWS),
        Published("effect", "-0.232259", "Group[9]: Intercept", ROWS),
        Published("effect", "-0.072574", "Group[10]: Intercept", ROWS),
        Published("effect", "-0.216983", "Group[11]: Intercept", ROWS),
        Published("effect", "0.215636", "Group[12]: Intercept", ROWS),
        Published("effect", "0.061911", "Group[13]: Intercept", ROWS),
        Published("effect", "-0.334607", "Group[14]: Intercept", ROWS),
        Published("effect", "0.037592", "Group[15]: Intercept", ROWS),
        Published("effect", "-0.008805", "Group[16]: Intercept", ROWS),
        Published("effect", "-0.169494", "Group[17]: Intercept", ROWS),
        Published("effect", "-0.061630", "Group[18]: Intercept", ROWS),
        Published("effect", "-0.023323", "Group[19]: Intercept", ROWS),
        Published("effect", "0.010778", "Group[20]: Intercept", ROWS),
        Published("effect", "0.217609", "Group[21]: Intercept", ROWS),
    ),
    look_at="the intercepts against the number of rows: large laboratories have narrow intervals.",
    new="one intercept for each of 21 laboratories of 2 to 364 rows.",
)
