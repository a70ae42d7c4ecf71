"""Sentences of notebooks/04_psychology.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "112 people of 12 dwellings",
        ("len(dwellings) == 112", "dwellings['dwelling'].nunique() == 12"),
    ),
    Claim(
        "Slopes that differ",
        (
            "slopes.varcorr().loc[1, 'sdcor'] > 0",
            "slopes.coef().query(\"term == 'age'\")['mean'].nunique() == 12",
        ),
    ),
    Claim(
        "20 people came to up to ten visits; half of them",
        (
            "visits['ppt'].nunique() == 20",
            "visits.groupby('ppt').size().max() == 10",
            "(visits.groupby('condition')['ppt'].nunique() == 10).all()",
        ),
    ),
    Claim("The interaction is the difference in decline", because="the meaning of an interaction"),
    Claim("more than a handful, is random", because="a definition"),
    Claim(
        "finds 20 people enough",
        ("fit.check().table.set_index('check').loc['few groups', 'verdict'] == 'fine'",),
    ),
    Claim("The same model without a slope", ("one_slope.design.mu.terms == fit.design.mu.terms",)),
    Claim(
        "Its sd of the interaction is less than half as large",
        ("one_slope.fixef().loc[3, 'sd'] < fit.fixef().loc[3, 'sd'] / 2",),
    ),
    Claim(
        "how many people there are more than on how many visits",
        (
            "fit.ml.varcorr().loc[1, 'sdcor'] * (1 / 10 + 1 / 10) ** 0.5"
            " > 0.9 * fit.ml.fixef().loc[3, 'se']",
            "bayesmm.likelihood_ratio(one_slope.ml, fit.ml).p_value < 0.001",
        ),
    ),
    Claim(
        "lost half a point per visit; those who practised mindfulness lost less, by a third",
        (
            "abs(fit.fixef().loc[1, 'mean'] + 0.5) < 0.05",
            "abs(fit.fixef().loc[3, 'mean'] - 1 / 3) < 0.02",
            "np.allclose(fit.fixef().loc[3, ['lower', 'upper']].astype(float), [0.1, 0.6],"
            " atol=0.05)",
        ),
    ),
    Claim(
        "How fast people decline differs from person to person",
        ("fit.varcorr().loc[1, 'lower'] > 0.1",),
    ),
    Claim(
        "no more degrees of freedom below than there are groups, and far fewer than rows",
        (
            "large.fixef().loc[1, 'df'] < lines['group'].nunique()",
            "len(lines) > 5 * lines['group'].nunique()",
        ),
    ),
)
