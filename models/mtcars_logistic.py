"""Logistic regression: a generalised linear model without groups.

am_i ~ Bernoulli(p_i),  logit p_i = b0 + b1 wt_i
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="mtcars_logistic",
    question="How does the probability that a car has manual transmission change with its weight "
    "[1000 lb]?",
    course="D0 Methods 3, week 3",
    place=6,
    formula="am ~ wt",
    family="bernoulli",
    data="mtcars",
    reml=False,
    source="the slides",
    published=(
        Published("estimate", "12.04037", "Intercept"),
        Published("estimate", "-4.02397", "wt"),
        Published("mean", "0.8172115", "wt=2.620"),
        Published("mean", "0.6157283", "wt=2.875"),
        Published("mean", "0.9373069", "wt=2.320"),
        Published("mean", "0.2897304", "wt=3.215"),
        Published("mean", "0.1415972", "wt=3.440"),
        Published("mean", "0.1320944", "wt=3.460"),
    ),
    look_at="the probabilities: the line is straight behind the logit and not in front of it.",
    new="a response of zeros and ones, and a link function.",
)
