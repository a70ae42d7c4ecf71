"""Ratings on a scale of five: thresholds on a latent scale of comfort, people differ.

P(rating_ij <= k) = logistic(c_k - (b + v_j) company_ij - u_j),  (u_j, v_j) ~ N(0, Sigma)
"""

from bayesmm.course import CourseModel

MODEL = CourseModel(
    name="comfort_cumulative",
    question="Are people more comfortable in company than alone, and do they differ in it?",
    course="D5 beyond the normal",
    place=1,
    formula="rating ~ company + (company | person)",
    data="comfort",
    family="cumulative",
    source="none: simulated for this package with thresholds -1.5, -0.4, 0.7, 2.0, effect 0.9, "
    "sds 1.1 (people) and 0.5 (their effects)",
    look_at="the thresholds 1|2 to 4|5 beside those that the data were simulated with.",
    new="categories in an order: thresholds in the place of an intercept.",
)
