"""R-hat and effective sample sizes: the same numbers as ArviZ, whatever the shape and the ties."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesmm.sampling import convergence as module
from bayesmm.sampling.convergence import convergence


def autoregressive(chains, draws, m, seed=1):
    """Return AR(1) chains with coefficients from antithetic to slow."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(chains, draws, m))
    phi = np.linspace(-0.95, 0.97, m)
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0]
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


def assert_as_arviz(x):
    ours = convergence(x)
    axes = {"chain_axis": 0, "draw_axis": 1}
    bulk = array_stats.ess(x, method="bulk", **axes)
    tail = array_stats.ess(x, method="tail", prob=0.05, **axes)
    np.testing.assert_allclose(ours.rhat, array_stats.rhat(x, **axes), rtol=1e-12)
    np.testing.assert_allclose(ours.ess_bulk, bulk, rtol=1e-10)
    np.testing.assert_allclose(ours.ess_tail, tail, rtol=1e-10)


@pytest.mark.parametrize(
    "shape", [(4, 1000, 12), (2, 501, 9), (1, 100, 4), (3, 6, 5), (4, 5, 5), (4, 9, 8)]
)
def test_equal_to_arviz(shape):
    assert_as_arviz(autoregressive(*shape))


def test_equal_to_arviz_with_ties_and_chains_that_disagree():
    x = autoregressive(4, 200, 6)
    x[..., 0] = np.round(x[..., 0], 1)
    x[0, :, 1] += 3
    x[1, :, 2] = x[1, 0, 2]  # one chain is stuck
    x[2, 50:, 3] = x[2, 50, 3]
    assert_as_arviz(x)


def test_chunks_do_not_matter(monkeypatch):
    x = autoregressive(4, 100, 11)
    whole = convergence(x)
    monkeypatch.setattr(module, "CHUNK_VALUES", 900)  # two quantities at a time
    parts = convergence(x)
    for name in ("rhat", "ess_bulk", "ess_tail"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


def test_what_cannot_be_judged_is_nan():
    x = autoregressive(4, 100, 3)
    x[..., 0] = 1.0
    x[2, 5, 1] = np.nan
    found = convergence(x)
    assert np.isnan(found.ess_bulk).tolist() == [True, True, False]
    assert np.isnan(convergence(x[:, :3]).ess_bulk).all()
    assert np.isnan(convergence(x[:1]).rhat).all()


def test_independent_draws_have_their_number_as_ess():
    # sd of the estimate of ESS/S at S = 4000 independent draws is about 3 %; 5 sd
    x = np.random.default_rng(3).normal(size=(4, 1000, 50))
    assert np.abs(convergence(x).ess_bulk / 4000 - 1).max() < 0.15
    assert convergence(x).rhat.max() < 1.01


def test_draws_are_left_alone():
    x = autoregressive(4, 100, 3)
    copy = x.copy()
    convergence(x)
    convergence(x[..., 0])
    np.testing.assert_array_equal(x, copy)
