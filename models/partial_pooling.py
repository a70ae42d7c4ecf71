"""Partial pooling: each person's line is drawn towards the line of all.

Reaction_ij = b0 + u0_j + (b1 + u1_j) days_deprived_ij + e_ij,  (u0_j, u1_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Days 2 to 9, counted from the last night of sleep, which is day 2."""
    kept = frame[frame["Days"] >= 2]
    prepared = kept.assign(days_deprived=kept["Days"] - 2)
    prepared.attrs.setdefault("units", {})["days_deprived"] = "day"
    return prepared


MODEL = CourseModel(
    name="partial_pooling",
    question="How does reaction time [ms] change per day of sleep deprivation, for people like "
    "these, and for each of them?",
    course="D0 Methods 3, week 3",
    place=5,
    formula="Reaction ~ days_deprived + (days_deprived | Subject)",
    data="sleepstudy",
    prepare=prepare,
    source="the slides, REML",
    published=(
        Published("estimate", "267.967", "Intercept"),
        Published("se", "8.266", "Intercept"),
        Published("estimate", "11.435", "days_deprived"),
        Published("se", "1.845", "days_deprived"),
        Published("effect", "24.4993", "Subject[308]: Intercept"),
        Published("effect", "8.6020", "Subject[308]: days_deprived"),
        Published("effect", "-59.3723", "Subject[309]: Intercept"),
        Published("effect", "-8.1278", "Subject[309]: days_deprived"),
        Published("effect", "-39.4763", "Subject[310]: Intercept"),
        Published("effect", "-7.4292", "Subject[310]: days_deprived"),
        Published("effect", "1.3500", "Subject[330]: Intercept"),
        Published("effect", "-2.3846", "Subject[330]: days_deprived"),
    ),
    look_at="the coefficients of each person beside those of complete_pooling and no_pooling.",
    new="deprivation counted from day 2, so that the three ways of pooling can be compared.",
)
