"""Complete pooling: one line for all people, as if every row were of another person.

Reaction_i = b0 + b1 days_deprived_i + e_i,  e_i ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published


def prepare(frame):
    """Days 2 to 9, counted from the last night of sleep, which is day 2."""
    kept = frame[frame["Days"] >= 2]
    prepared = kept.assign(days_deprived=kept["Days"] - 2)
    prepared.attrs.setdefault("units", {})["days_deprived"] = "day"
    return prepared


MODEL = CourseModel(
    name="complete_pooling",
    question="How does reaction time [ms] change per day of sleep deprivation, "
    "if people do not differ at all?",
    course="D0 Methods 3, week 3",
    place=1,
    formula="Reaction ~ days_deprived",
    data="sleepstudy",
    prepare=prepare,
    source="the slides",
    published=(
        Published("estimate", "267.967", "Intercept"),
        Published("estimate", "11.435", "days_deprived"),
    ),
    look_at="the residual sd, 51 ms: the line fits few of the people.",
    new="a line through all rows; nothing tells people apart.",
)
