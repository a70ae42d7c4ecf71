"""Reaction times: a normal part and a waiting time, people differ.

time_ij = m_ij - beta + e_ij + w_ij,  m_ij = b0 + b1 word_ij + u_j,  e_ij ~ N(0, sigma^2),
w_ij ~ Exponential with mean beta,  u_j ~ N(0, tau^2)
"""

from bayesmm.course import CourseModel

MODEL = CourseModel(
    name="stroop_exgaussian",
    question="How much longer [ms] does it take to name a colour when the word is of another?",
    course="D5 beyond the normal",
    place=2,
    formula="time ~ word + (1 | person)",
    data="stroop",
    family="exgaussian",
    source="none: simulated for this package with a difference of 60 ms, an sd among people of "
    "55 ms, a normal part of 45 ms and a waiting time of mean 130 ms",
    look_at="beta, the mean of the waiting time, beside sigma, the sd of the normal part.",
    new="a response with a long right tail: a normal part plus an exponential one.",
)
