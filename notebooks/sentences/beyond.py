"""Sentences of notebooks/09_beyond_the_normal.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

_NORMAL = "normal.ppc(seed=1).draws['posterior_predictive'].to_dataset().to_array()"
_INSIDE = "(lambda t: ((t['lower'] < {truth}) & ({truth} < t['upper'])).all())({table})"
_THRESHOLDS = "ratings.fixef().set_index('term').loc[['1|2', '2|3', '3|4', '4|5']]"

CLAIMS = (
    Claim("ratings and reaction times", because="a title"),
    Claim("from 1 to 5, in situations alone", ("set(comfort['rating']) == {1, 2, 3, 4, 5}",)),
    Claim("whether the step from 1 to 2", because="a question about the scale, not about numbers"),
    Claim(
        "ratings of 0.3 and of 6.2",
        (
            f"{_NORMAL}.min().item() < 0.3",
            f"{_NORMAL}.max().item() > 6.2",
            "not (np.mod(normal.design.y, 1) > 0).any()",
        ),
    ),
    Claim("is the threshold between ratings of 1 and 2", because="a definition"),
    Claim(
        "thresholds of -1.5, -0.4, 0.7 and 2.0: each is in its interval",
        (_INSIDE.format(truth="np.array([-1.5, -0.4, 0.7, 2.0])", table=_THRESHOLDS),),
    ),
    Claim("P(rating <= 3) = logistic(c_3 - mu)", because="a definition"),
    Claim("is how far company moves a person", because="a definition"),
    Claim("the tables have the same column", because="tests/test_categorical.py"),
    Claim(
        "name another colour than their own, and that takes time",
        ("times.fixef().set_index('term').loc['word[wrong colour]', 'lower'] > 0",),
    ),
    Claim("a coefficient is a difference of mean times", because="a definition"),
    Claim(
        "and it predicts best",
        (
            "comparison.table.iloc[0]['model'] == 'ex-Gaussian'",
            "(comparison.table['d_elpd'].iloc[1:] < -10).all()",
        ),
    ),
    Claim(
        "is in its interval, and so is σ, 45 ms",
        (
            "(lambda t: t['lower'].item() < 130 < t['upper'].item())"
            "(times.summary().auxiliary.query(\"term == 'beta'\"))",
            "(lambda t: t['lower'].item() < 45 < t['upper'].item())"
            "(times.varcorr().query(\"grp == 'Residual'\"))",
        ),
    ),
)
