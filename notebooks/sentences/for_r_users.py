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
    Claim("sd(y) = sigma / sqrt(w), as in lme4", because="tests/test_log_likelihood.py"),
)
