"""Rows left out with the effects of their group integrated out: exact algebra, and refits."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logsumexp
from synthetic import synthetic_draws, synthetic_fit
from test_log_likelihood import CHAINS, DRAWS, brute_force, gaussian_design

import bayesmm
from bayesmm.results.comparison.grouping import Grouping, grouping_of
from bayesmm.results.comparison.integrated import integrated_row_log_likelihood
from bayesmm.results.comparison.refit import refitted_without
from bayesmm.results.densities.group_likelihood import group_log_likelihood, integrated_factors
from bayesmm.results.densities.parameters_of_draws import parameters_of_draws

# the factor whose group of a row is the smallest
FINEST = {"slopes": ("school",), "nested": ("school:pupil",), "crossed": ("school", "item")}


@pytest.mark.parametrize("blocks", FINEST)
@pytest.mark.parametrize("weights", [False, True])
def test_a_row_given_its_group_is_a_conditional_normal(blocks, weights):
    design, _ = gaussian_design(np.random.default_rng(3), blocks=blocks, weights=weights)
    fit = synthetic_fit(design, synthetic_draws(design, chains=CHAINS, draws=DRAWS))
    rows = np.array([0, 7, 8, 20, 35])
    found = integrated_row_log_likelihood(fit, rows)
    drawn = parameters_of_draws(fit.own_draws, design)
    met = set()
    for k, row in enumerate(rows):
        sizes = {b.factor: np.bincount(b.columns.codes) for b in design.blocks}
        codes = {b.factor: b.columns.codes for b in design.blocks}
        factor = min(codes, key=lambda f: sizes[f][codes[f][row]])
        met.add(factor)
        factors = integrated_factors(design, grouping_of([design], factor))
        mine = codes[factor] == codes[factor][row]
        whole = brute_force(design, drawn, _one(mine), factors)
        mine[row] = False
        rest = brute_force(design, drawn, _one(mine), factors) if mine.any() else 0.0
        np.testing.assert_allclose(found[..., [k]], whole - rest, rtol=1e-8, atol=1e-8)
    assert met <= set(FINEST[blocks])


def _one(mine: np.ndarray) -> Grouping:
    """Return one group of some rows, the others in none."""
    return Grouping("g", ("0",), np.where(mine, 0, -1))


@pytest.fixture(scope="module")
def row_effects():
    rng = np.random.default_rng(5)
    x = rng.normal(size=18)
    eta = 2 + 0.3 * x + rng.normal(0, 0.8, 18)
    data = pd.DataFrame({"y": rng.poisson(np.exp(eta)), "x": x, "row": list("abcdefghijklmnopqr")})
    return bayesmm.fit("y ~ x + (1 | row)", data, "poisson", seed=1, progress=False)


@pytest.mark.slow
def test_rows_alone_in_their_group_are_those_of_refits(row_effects):
    """Every row has an effect of its own; refits by the group's integral, 4 errors of both."""
    loo = row_effects.loo()
    own = loo.units[loo.units["how"] == "integrated"]
    assert len(own) >= 8 and loo.failed.empty
    assert f"{len(own)} of 18 integrated" in loo.how
    assert f"Of {len(own)} of 18 rows the effects of their group" in str(loo)
    for row in own.index[:3]:
        out, draws = refitted_without(row_effects, np.arange(18) == row)
        values = group_log_likelihood(out, draws, grouping_of([out])).values
        expected = logsumexp(values) - np.log(values.size)
        # relative errors of means of p and of 1 / p over draws, of which a tenth are independent
        error = np.sqrt(10 * np.expm1(2 * values.std() ** 2) / values.size)
        assert own["elpd"][row] == pytest.approx(expected, abs=4 * np.sqrt(2) * error)


@pytest.mark.slow
def test_the_check_says_what_was_done(row_effects):
    words = str(row_effects.check().table.to_string())
    assert "integrated out" in words
