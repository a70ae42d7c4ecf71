"""A line: slope and intercept.

ReproductiveEffort_i = b0 + b1 Foodavailability_i + e_i,  e_i ~ N(0, sigma^2)
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="foodav",
    question="How does reproductive effort change with the availability of food?",
    course="D4 Mixed effects lecture",
    place=1,
    formula="ReproductiveEffort ~ Foodavailability",
    data="foodav",
    source="the lecture; the rows are simulated to give its estimates",
    published=(
        Published("estimate", "0.89490", "Intercept"),
        Published("se", "0.07262", "Intercept"),
        Published("estimate", "1.19387", "Foodavailability"),
        Published("se", "0.01590", "Foodavailability"),
        Published("sd", "0.2652", "Residual"),
    ),
    look_at="slope and intercept, and what each would be where Foodavailability is 0.",
    new="one predictor.",
)
