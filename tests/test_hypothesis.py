"""Hypotheses: the little language, and probabilities of linear combinations."""

import numpy as np
import pytest
from formula_fits import formula_fit, schools

from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.results.tables.combination import parse_hypothesis
from bayesmm.sampling.posterior import named_draws

NAMES = ["Intercept", "Days", "Days:treat[ozone]", "treat[ozone]", "I(time^2)", "sd(s: Days)", "x"]


@pytest.mark.parametrize(
    ("text", "coefficients", "constant"),
    [
        ("Days > 10", {"Days": 1}, -10),
        ("Days:treat[ozone] > 0", {"Days:treat[ozone]": 1}, 0),
        ("2 * Days - 3*Intercept/4 > 1e1", {"Days": 2, "Intercept": -0.75}, -10),
        ("-(Days - x) * 2 > x", {"Days": -2, "x": 1}, 0),
        ("I(time^2) > .5 * treat[ozone] + 1", {"I(time^2)": 1, "treat[ozone]": -0.5}, -1),
        ("sd(s:Days)>sd( s: Days)*2", None, None),
        ("sd(s:Days)> +-x", {"sd(s: Days)": 1, "x": 1}, 0),
        ("Days*(1+1)/(4-2)>Intercept", {"Days": 1, "Intercept": -1}, 0),
    ],
)
def test_combinations(text, coefficients, constant):
    if coefficients is None:
        with pytest.raises(UsageError, match="not the name of a parameter"):
            parse_hypothesis(text, NAMES)
        return
    comparison = parse_hypothesis(text, NAMES)
    found = {k: v for k, v in comparison.difference.coefficients.items() if v}
    assert found == pytest.approx(coefficients)
    assert comparison.difference.constant == pytest.approx(constant)
    assert comparison.relation == ">"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Days", "a comparison needs one of"),
        ("Days >", "a number or the name of a parameter is missing"),
        ("Days > 0 > x", "nothing can follow here"),
        ("Days x > 0", "a comparison needs one of"),
        ("2 Days > 0", "a comparison needs one of"),
        ("Days * x > 0", "product of two parameters is not linear"),
        ("1 / Days > 0", "only a number other than 0 can divide"),
        ("Days / 0 > 0", "only a number other than 0 can divide"),
        ("(Days > 0", r"a '\)' is missing"),
        ("Day > 0", r"'Day' is not the name of a parameter\. Did you mean 'Days'"),
        ("Days:treat > 0", "'Days:treat' is not the name"),
        ("__import__('os').system('x') > 0", "not the name of a parameter"),
        ("Days - Days > 0", "compares no parameter"),
        ("1 > 0", "compares no parameter"),
        ("", "a number or the name of a parameter is missing"),
        ("Days ^ 2 > 0", "is not the name"),
    ],
)
def test_what_is_not_a_comparison_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_hypothesis(text, NAMES)


def test_the_place_is_shown():
    with pytest.raises(UsageError, match=r"\n  Days \* x > 0\n         \^"):
        parse_hypothesis("Days * x > 0", NAMES)


@pytest.fixture(scope="module")
def fit():
    return formula_fit(
        "Reaction ~ Days + (Days | Subject)",
        load_data("sleepstudy"),
        ml=True,
        intercept=(251, 7),
        beta=(10.5, 1.5),
        auxiliary={"sigma": (25, 1)},
        sd=((25, 6), (3, 1)),
        corr=(0.1, 0.2),
    )


def test_probability_is_the_share_of_the_draws(fit):
    days = named_draws(fit.draws, "Days")
    result = fit.hypothesis(["Days > 10", "Days < 10", "10 <= Days"])
    np.testing.assert_array_equal(
        result.table["probability"], [(days > 10).mean(), (days < 10).mean(), (days > 10).mean()]
    )
    assert result.table.loc[0, "mean"] == pytest.approx(0.5)
    np.testing.assert_allclose(result.draws[..., 2], 10 - days)


def test_sds_and_correlations_have_names(fit):
    """Do random variances covary (course D2)? P(rho < 0); the order of the pair is free."""
    corr = named_draws(fit.draws, "Subject_corr")[..., 0]
    table = fit.hypothesis(
        ["corr(Subject: Intercept, Days) < 0", "corr(Subject: Days, Intercept) < 0"]
    ).table
    np.testing.assert_allclose(table["probability"], (corr < 0).mean())
    np.testing.assert_allclose(table["ml_estimate"], fit.ml.blocks[0].corr[0, 1])
    ratio = fit.hypothesis("sd(Subject: Intercept) > 4 * sd(Subject: Days)")
    intercept, days = (named_draws(fit.draws, f"{e}|Subject_sigma") for e in ("1", "Days"))
    np.testing.assert_allclose(ratio.draws[..., 0], intercept - 4 * days, atol=1e-10)
    assert "sigma" in fit.hypothesis("sigma > 25").table["hypothesis"][0]


def test_rope(fit):
    days = named_draws(fit.draws, "Days")
    table = fit.hypothesis("Days = 10", rope=1).table
    share = ((days > 9) & (days < 11)).mean()
    assert table.loc[0, "in_rope"] == table.loc[0, "probability"] == share
    assert (table.loc[0, "rope_lower"], table.loc[0, "rope_upper"]) == (-1, 1)
    table = fit.hypothesis("Days > 10", rope=(-2, 0.5)).table
    assert table.loc[0, "in_rope"] == ((days > 8) & (days < 10.5)).mean()
    assert table.loc[0, "probability"] == (days > 10).mean()


def test_equality_needs_a_rope(fit):
    with pytest.raises(UsageError, match=r"posterior probability 0.*rope="):
        fit.hypothesis("Days = 10")
    with pytest.raises(UsageError, match="rope is"):
        fit.hypothesis("Days = 10", rope=(1, -1))


def test_interactions_with_brackets():
    data = load_data("drugz")
    drugz = formula_fit("FC ~ IC * Dose", data, ml=True)
    result = drugz.hypothesis("IC:Dose[dose2] > IC:Dose[dose1]")
    a, b = (named_draws(drugz.draws, f"IC:Dose[dose{k}]") for k in (2, 1))
    np.testing.assert_allclose(result.draws[..., 0], a - b)
    # course D4: .02324 and -.08529
    assert result.table.loc[0, "ml_estimate"] == pytest.approx(0.02324 + 0.08529, abs=2e-5)


def test_parameters_without_an_estimate_have_none():
    fit = formula_fit("y ~ x + (1 | school)", schools(), "t")
    assert np.isnan(fit.hypothesis("nu > 4").table.loc[0, "ml_estimate"])


def test_unknown_names_list_the_parameters(fit):
    with pytest.raises(UsageError, match=r"Parameters: Intercept, Days, sigma, sd\(Subject: Inter"):
        fit.hypothesis("slope > 0")
