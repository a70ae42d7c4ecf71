"""Maximum likelihood where the data say nothing of a coefficient, and where they only seem to."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design

from bayesmm.errors import DataError
from bayesmm.likelihood import fit_ml
from bayesmm.likelihood.information import SEPARATED, inverse_information

GROUPS = np.repeat(np.arange(12), 10)
THIRD = np.tile([0.0, 0, 1, 0, 1, 0, 0, 1, 0, 0], 12)  # a column with nothing but zeros beneath it


def separated(family, link=None, *, grouped):
    rng = np.random.default_rng(4)
    x, n = rng.normal(size=120), 120
    shift = 0.6 * rng.normal(size=12)[GROUPS]
    rate = np.exp(1 + 0.3 * x + shift)
    trials = np.full(n, 6.0) if family == "binomial" else None
    y = {
        "bernoulli": lambda: rng.binomial(1, 1 / (1 + np.exp(-shift - 0.5 * x))),
        "binomial": lambda: rng.binomial(6, 1 / (1 + np.exp(-shift - 0.5 * x))),
    }.get(family, lambda: rng.poisson(rate * rng.gamma(3, 1 / 3, n)) * rng.binomial(1, 0.8, n))()
    top = 1 if family.startswith("hurdle") else 0  # a truncated count of a tiny mean is 1
    y = np.where(THIRD == 1, np.minimum(y, top), y).astype(float)
    block = handmade_block("g", GROUPS, {"Intercept": 1.0})
    return handmade_design(
        y, {"x": x, "third": THIRD}, [block] * grouped, family=family, link=link, trials=trials
    )


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(
    ("family", "link"),
    [
        *(("bernoulli", link) for link in ("logit", "probit", "cloglog")),
        ("binomial", "logit"),
        ("poisson", "log"),
        ("negativebinomial", "log"),
        ("zero_inflated_poisson", "log"),
        ("hurdle_poisson", "log"),
    ],
)
def test_an_infinite_coefficient_is_uncertain_and_told(family, link, grouped):
    fit = fit_ml(separated(family, link, grouped=grouped))
    assert fit.converged
    assert SEPARATED in fit.singular
    assert fit.estimates[2] < -4
    assert fit.standard_errors[2] > 1000
    assert fit.fixef()["p_value"].iloc[2] > 0.9
    # what the other rows say of the other coefficients is as good as ever
    assert (fit.standard_errors[:2] < 0.6).all()


def test_probabilities_that_round_to_one_are_no_separation():
    """Fitted means are 1 to 1e-30 here; R 4.2.2, glm(cbind(s, 20 - s) ~ x, binomial("cloglog"))."""
    x = np.linspace(-1, 4, 21)
    y = np.floor(20 * -np.expm1(-np.exp(-0.5 + 1.2 * x)) + 0.3)
    design = handmade_design(
        y, {"x": x}, family="binomial", link="cloglog", trials=np.full(21, 20.0)
    )
    fit = fit_ml(design)
    assert fit.singular == ()
    np.testing.assert_allclose(fit.estimates, [-0.5723074981, 1.1973357741], rtol=1e-7)
    np.testing.assert_allclose(fit.standard_errors, [0.1265367710, 0.1356133516], rtol=1e-6)


def test_counts_of_a_million_leave_the_error_of_the_mean_to_the_groups():
    """The slope has an information of 1e8, the intercept that of four groups."""
    rng = np.random.default_rng(22)
    g, x = np.repeat(np.arange(4), 10), rng.normal(size=40)
    effects = np.array([-3.0, -1, 1, 3])
    y = rng.poisson(np.exp(13 + 0.1 * x + effects[g])).astype(float)
    blocks = [handmade_block("g", g, {"Intercept": 1.0, "x": x}, correlated=False)]
    fit = fit_ml(handmade_design(y, {"x": x}, blocks, family="poisson"))
    assert fit.converged
    assert fit.standard_errors[0] == pytest.approx(fit.blocks[0].sd[0] / 2, rel=1e-3)
    assert fit.blocks[0].sd[0] == pytest.approx(np.sqrt(5), rel=0.01)


def test_a_search_finds_back_from_a_first_step_that_was_too_long():
    """The slope without groups is wrong by 0.1, where the deviance has a gradient of millions."""
    rng = np.random.default_rng(11)
    g, x = np.repeat(np.arange(8), 10), rng.normal(size=80)
    effects = 2 * rng.normal(size=8)
    y = rng.poisson(np.exp(15 + 0.1 * x + effects[g])).astype(float)
    block = handmade_block("g", g, {"Intercept": 1.0})
    fit = fit_ml(handmade_design(y, {"x": x}, [block], family="poisson"))
    assert fit.converged
    assert fit.estimates[1] == pytest.approx(0.1, abs=4 * fit.standard_errors[1])
    # so many counts say all about the groups: what is left is a sample of their means
    assert fit.blocks[0].sd[0] == pytest.approx(np.std(effects), rel=0.01)
    assert fit.standard_errors[0] == pytest.approx(np.std(effects) / np.sqrt(8), rel=0.01)


def test_large_counts_that_do_not_vary_more_are_poisson_above_the_hurdle():
    """With alpha at its end the rounding of log gammas must not pass for likelihood."""
    rng = np.random.default_rng(31)
    x = rng.normal(size=100)
    y = rng.poisson(np.exp(6 + 0.5 * x)) * rng.binomial(1, 0.9, 100)
    plain, general = (
        fit_ml(handmade_design(y, {"x": x}, family=f"hurdle_{name}"))
        for name in ("poisson", "negativebinomial")
    )
    assert general.converged
    assert general.loglik >= plain.loglik - 1e-2
    assert general.loglik < plain.loglik + 5
    np.testing.assert_allclose(general.estimates, plain.estimates, atol=0.01)


def test_a_direction_without_information_has_a_large_variance():
    """Rounding may make it negative."""
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    information = rotation @ np.diag([4.0, 2.0, -1e-15]) @ rotation.T
    inverse = inverse_information(information, 1e-9)
    np.testing.assert_allclose(
        rotation.T @ inverse @ rotation, np.diag([0.25, 0.5, 1e9]), rtol=1e-6, atol=1
    )


def test_a_response_that_is_computed_from_the_columns_is_refused():
    x = np.random.default_rng(0).normal(size=120)
    block = handmade_block("g", GROUPS, {"Intercept": 1.0})
    for y in (2 * x + 1, 2 * x + GROUPS):
        with pytest.raises(DataError, match="gives the response exactly"):
            fit_ml(handmade_design(y, {"x": x}, [block]))
    small = 1e-5 * np.random.default_rng(1).normal(size=120)
    fit = fit_ml(handmade_design(2 * x + GROUPS + small, {"x": x}, [block]))
    assert fit.blocks[0].sd[0] == pytest.approx(np.std(np.arange(12), ddof=1), rel=0.01)
