"""No pooling: a line for each person, from that person's rows only.

Reaction_ij = b0_j + b1_j days_deprived_ij + e_ij,  e_ij ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Days 2 to 9, counted from the last night of sleep, which is day 2."""
    kept = frame[frame["Days"] >= 2]
    prepared = kept.assign(days_deprived=kept["Days"] - 2)
    prepared.attrs.setdefault("units", {})["days_deprived"] = "day"
    return prepared


MODEL = CourseModel(
    name="no_pooling",
    question="How does the reaction time [ms] of each of these 18 people change per day of sleep "
    "deprivation?",
    course="D0 Methods 3, week 3",
    place=2,
    formula="Reaction ~ days_deprived + Subject + days_deprived:Subject",
    data="sleepstudy",
    prepare=prepare,
    source="the slides",
    published=(
        Published("estimate", "288.2175", "Intercept"),
        Published("estimate", "21.6905", "days_deprived"),
        Published("estimate", "-87.9262", "Subject[309]"),
        Published("estimate", "-62.2856", "Subject[310]"),
        Published("estimate", "-14.9533", "Subject[330]"),
        Published("estimate", "9.9658", "Subject[331]"),
        Published("estimate", "27.8157", "Subject[332]"),
        Published("estimate", "-17.3334", "days_deprived:Subject[309]"),
        Published("estimate", "-17.7915", "days_deprived:Subject[310]"),
        Published("estimate", "-13.6849", "days_deprived:Subject[330]"),
        Published("estimate", "-16.8231", "days_deprived:Subject[331]"),
        Published("estimate", "-19.2947", "days_deprived:Subject[332]"),
        Published("estimate", "-10.8151", "days_deprived:Subject[333]"),
    ),
    look_at="how uncertain each person's line is, and that there is none for anybody else.",
    new="36 coefficients, two for each person; subject 308 is the reference.",
)
