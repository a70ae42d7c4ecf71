"""Parasites in cod: logistic regression on length, year and area.

Prevalence_i ~ Bernoulli(p_i),  logit p_i = b0 + b1 Length_i + b_year + b_area
"""

from bayesmm.course import CourseModel, Published

MODEL = CourseModel(
    name="cod_logistic",
    question="How does the probability that a cod carries the parasite depend on its length [cm], "
    "the year and the area?",
    course="D4 Mixed effects lecture",
    place=5,
    formula="Prevalence ~ Length + Year + Area",
    family="bernoulli",
    data="cod_parasites",
    reml=False,
    source="the lecture",
    published=(
        Published("estimate", "-0.465947", "Intercept"),
        Published("se", "0.269333", "Intercept"),
        Published("estimate", "0.009654", "Length"),
        Published("se", "0.004468", "Length"),
        Published("estimate", "0.566536", "Year[2000]"),
        Published("se", "0.169715", "Year[2000]"),
        Published("estimate", "-0.680315", "Year[2001]"),
        Published("se", "0.140175", "Year[2001]"),
        Published("estimate", "-0.626192", "Area[2]"),
        Published("se", "0.186617", "Area[2]"),
        Published("estimate", "-0.510470", "Area[3]"),
        Published("se", "0.163396", "Area[3]"),
        Published("estimate", "1.233878", "Area[4]"),
        Published("se", "0.184652", "Area[4]"),
        Published("mean", "0.5042", "Length=50, Year=1999, Area=1"),
        Published("mean", "0.2361", "Length=50, Year=2001, Area=3"),
        Published("criterion", "1537.6"),
        Published("aic", "1551.6"),
    ),
    look_at="the two probabilities that the lecture asks for, each with an interval.",
    new="a response of zeros and ones behind the logit link; six rows without a length are left "
    "out.",
)
