"""Sentences of notebooks/08_counts.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim("its variance is μ too, and a share of e^-μ", because="a definition"),
    Claim("The mean is about six", ("5 < intensity.mean() < 7",)),
    Claim(
        "Fish differ, though: by length, year and area",
        ("(poisson.fixef().query(\"term != 'Area[2]'\").eval('lower * upper > 0')).all()",),
    ),
    Claim(
        "far more zeros and far larger counts than the model can produce",
        (
            "bool(((poisson.ppc(seed=1).draws['posterior_predictive'].to_dataset().to_array() == 0)"
            ".sum('__obs__').max() * 2 < (cod['Intensity'] == 0).sum()).item())",
            "poisson.ppc(seed=1).draws['posterior_predictive'].to_dataset().to_array()"
            ".max().item() * 2 < cod['Intensity'].max()",
        ),
    ),
    Claim("one that ends above or below the band at zero", because="how to read the picture"),
    Claim("More predictors; an effect of groups", because="a list of remedies"),
    Claim("rates differ by more than length, year and area", because="what the model assumes"),
    Claim(
        "The zeros fit too, without a word about zeros",
        (
            "negative.check().table.set_index('check').loc['zero inflation', 'verdict'] == 'fine'",
            "negative.ml.auxiliary['alpha'] < 0.5",
        ),
    ),
    Claim("or beyond the hurdle", because="a definition"),
    Claim("the share of the others, 1 - ψ", because="a definition"),
    Claim("More than half of the fish have no parasite", ("(intensity == 0).mean() > 0.5",)),
    Claim(
        "among fish that have parasites, counts spread more than a Poisson allows",
        ("behind.ml.loglik > hurdle.loglik + 1000",),
    ),
    Claim("Five models of the same counts", ("len(comparison.table) == 5",)),
    Claim(
        "is large, and that to the negative binomial is larger",
        (
            "(lambda elpd: elpd['negative binomial'] - elpd['zero-inflated Poisson']"
            " > elpd['zero-inflated Poisson'] - elpd['Poisson'] > 1000)"
            "(comparison.table.set_index('model')['elpd'])",
        ),
    ),
    Claim(
        "zeros of another kind add nothing: the likelihood puts ψ at 1",
        (
            "round(both.ml.auxiliary['psi'], 3) == 1",
            "(lambda elpd: abs(elpd['negative binomial']"
            " - elpd['zero-inflated negative binomial']) < 4)"
            "(comparison.table.set_index('model')['elpd'])",
        ),
    ),
    Claim("its complement, zi = 1 - ψ", because="a definition"),
    Claim("ψ was one number for all fish", because="what the model assumes"),
    Claim("better than the one without", because="a question"),
    Claim(
        "it is the short fish of which some cannot have",
        ("by_length.fixef().set_index('term').loc['zi_Length', 'upper'] < 0",),
    ),
    Claim(
        "and was put at nothing",
        (
            "round(both.ml.auxiliary['psi'], 3) == 1",
            "(lambda c: c['zi_Intercept'][0] + c['zi_Length'][0] * 80 < -3)"
            "(by_length.ml.coefficients)",
        ),
    ),
    Claim(
        "predicts better, by about two standard errors of the difference",
        (
            "(lambda table: table.loc['with zi ~ Length', 'd_elpd'] == 0 and 1.5 <"
            " -table.loc['zero-inflated negative binomial', 'd_elpd']"
            " / table.loc['zero-inflated negative binomial', 'd_se'] < 2.5)"
            "(bayesmm.compare({'zero-inflated negative binomial': both,"
            " 'with zi ~ Length': by_length}).table.set_index('model'))",
        ),
    ),
)
