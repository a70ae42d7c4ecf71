"""Sentences of docs/FOR_R_USERS.md that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("What differs", because="a heading"),
    Claim(
        "Intervals are 95 % and equal-tailed",
        (
            "np.allclose(np.quantile(fit.draws['posterior']['Days'], [0.025, 0.975]),"
            " fit.fixef().loc[1, ['lower', 'upper']].astype(float))",
        ),
    ),
    Claim(
        "has the prior of the sd of the intercepts at the mean of `Days`",
        (
            "'at the mean of Days' in bayesmm.priors('Reaction ~ Days + (Days | Subject)', data)"
            ".table().set_index('parameter').loc['1|Subject_sigma', 'of']",
        ),
    ),
    Claim(
        "0 and 1 alone, which `Surv()` has the other way round", because="tests/test_censored.py"
    ),
    Claim("the intercept is that of `survreg` plus the log", because="tests/test_censored.py"),
    Claim("its scripts from here have the offset", because="tests/test_censored.py"),
    Claim("it is P(y < Y <= ub)", because="tests/test_censored.py"),
    Claim(
        "with a minus sign at the lower one",
        because="tests/test_wiener.py; posterior_predict of brms",
    ),
    Claim("sd(y) = sigma / sqrt(w), as in lme4", because="tests/test_log_likelihood.py"),
    Claim(
        "all zeros are of one kind",
        because="tests/test_distributions.py: its density at 0 is 1 - psi",
    ),
    Claim(
        "the share above 0, in the place of 1 - hu and 1 - zi",
        because="tests/test_distributions.py: their densities have it so",
    ),
    Claim(
        "a parameter may be a known number",
        because="tests/test_family.py: a t of nu=4 is SciPy's of four degrees of freedom",
    ),
    Claim("a t of four degrees of freedom", because="the same test"),
)
