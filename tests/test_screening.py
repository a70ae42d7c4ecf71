"""Of very many effects those are judged in full that a quick screen holds worst."""

from dataclasses import replace

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.plots.scalar_draws import worst_scalars
from bayesmm.sampling import quantities
from bayesmm.sampling.convergence import convergence
from bayesmm.sampling.screening import MANY, screen

J = 3_000


def autoregressive(rng, rho, shape):
    """Chains of shape (chain, draw, m) with autocorrelation rho."""
    draws = rng.normal(size=shape)
    for t in range(1, shape[1]):
        draws[:, t] = rho * draws[:, t - 1] + np.sqrt(1 - rho**2) * draws[:, t]
    return draws


@pytest.fixture(scope="module")
def draws():
    """Effects of many levels, each with an autocorrelation of its own."""
    rng = np.random.default_rng(0)
    values = autoregressive(rng, rng.uniform(-0.2, 0.6, J), (4, 200, J))
    values[2, :, 1234] += 1.0  # a chain elsewhere
    values[1, :, 777] *= 4.0  # a chain with another spread
    values[:, :, 55] = autoregressive(rng, 0.97, (4, 200, 1))[:, :, 0]
    values[0, 100:, 2001] += 2.0  # a chain that moves away
    return values


def test_what_went_wrong_is_among_the_judged(draws):
    assert {1234, 777, 55, 2001} <= set(screen(draws).places)


def test_the_worst_of_the_judged_are_the_worst_of_all(draws):
    every, places = convergence(draws), screen(draws).places
    assert len(places) < J / 4
    assert int(np.argmax(every.rhat)) in places
    assert int(np.argmin(every.ess_bulk)) in places
    assert int(np.argmin(every.ess_tail)) in places


@pytest.mark.parametrize("seed", range(3))
def test_of_good_draws_the_worst_is_nearly_as_bad(seed):
    """Without a fault extremes are noise: the judged hold one about as extreme."""
    rng = np.random.default_rng(seed)
    good = autoregressive(rng, 0.3, (4, 200, J))
    every, places = convergence(good), screen(good).places
    assert every.rhat[places].max() - 1 > 0.75 * (every.rhat.max() - 1)
    assert every.ess_bulk[places].min() < 1.1 * every.ess_bulk.min()
    assert every.ess_tail[places].min() < 1.25 * every.ess_tail.min()


def test_what_never_moves_is_found_wherever_it_is(draws):
    bad = draws.copy()
    bad[:, :, 2999] = 1.0
    bad[0, 7, 11] = np.nan
    found = screen(bad)
    assert list(found.stuck) == [11, 2999]
    assert not {11, 2999} & set(found.places)


def test_few_effects_are_all_judged():
    assert len(screen(np.zeros((2, 100, MANY))).places) == MANY


@pytest.fixture(scope="module")
def large_fit(draws):
    codes = np.repeat(np.arange(J), 2)
    design = handmade_design(
        np.sin(np.arange(2.0 * J)), {}, [handmade_block("g", codes, {"Intercept": 1.0})]
    )
    drawn = synthetic_draws(design, draws=200)
    block = replace(drawn.blocks[0], effects=draws[:, :, None, :])
    return synthetic_fit(design, replace(drawn, blocks=(block,)))


def test_diagnostics_tell_how_many_were_judged(large_fit, draws):
    found, every = large_fit.diagnostics, convergence(draws)
    assert found.rhat_max == every.rhat.max()
    assert found.rhat_worst == f"1|g[{int(np.argmax(every.rhat))}]"
    assert found.ess_bulk_min == every.ess_bulk.min()
    n = len(screen(draws).places)
    assert f"judged effects: 1|g {n} of 3,000" in str(found)


def test_tables_judge_only_what_they_show(large_fit, monkeypatch):
    """fixef and varcorr cost nothing of the effects; ranef judges all where it is asked to."""
    seen = []

    def counted(arrays):
        seen.extend(values.reshape(*values.shape[:2], -1).shape[2] for values in arrays)
        return original(arrays)

    original = quantities.convergences
    monkeypatch.setattr(quantities, "convergences", counted)
    fit = replace(large_fit)  # nothing is known of it yet
    fit.fixef(), fit.varcorr(), fit.ranef(), fit.coef()
    assert max(seen) == 1
    table = fit.ranef(diagnostics=True)
    assert max(seen) == J
    assert table["rhat"].notna().all()


def test_the_plotted_worst_are_the_judged_worst(large_fit):
    planted = {f"1|g[{level}]" for level in (55, 777, 1234, 2001)}
    assert {scalar.label for scalar in worst_scalars(large_fit, 4)} == planted
