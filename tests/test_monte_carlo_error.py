"""Monte Carlo standard errors: against the spread of repeated draws, against ArviZ, and digits."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesmm.sampling.monte_carlo_error import ENDS, Precision, precision


@pytest.mark.parametrize("kind", ["normal", "skewed", "slow"])
def test_errors_are_the_spread_of_repeated_draws(kind):
    """Of 600 repeats, whose sds have a relative standard error of 3 %."""
    random = np.random.default_rng(11)
    draws = random.normal(size=(600, 4, 250))
    if kind == "skewed":
        draws = np.exp(draws)
    if kind == "slow":
        for t in range(1, 250):
            draws[:, :, t] = 0.6 * draws[:, :, t - 1] + 0.8 * draws[:, :, t]
    told = [precision(one) for one in draws]
    flat = draws.reshape(600, -1)
    seen = flat.mean(axis=1).std()
    assert np.mean([t.sd * t.mean_error for t in told]) == pytest.approx(seen, rel=0.15)
    largest = np.quantile(flat, ENDS, axis=1).std(axis=1).max()
    assert np.mean([t.sd * t.end_error for t in told]) == pytest.approx(largest, rel=0.2)


def test_errors_are_arvizs():
    draws = np.random.default_rng(2).normal(size=(4, 1000))
    ours = precision(draws)
    error = array_stats.mcse(draws, chain_axis=0, draw_axis=1, method="mean")
    assert ours.sd * ours.mean_error == pytest.approx(error, rel=1e-6)
    theirs = max(
        array_stats.mcse(draws, chain_axis=0, draw_axis=1, method="quantile", prob=p) for p in ENDS
    )
    # ArviZ takes the neighbouring draws, ours interpolates
    assert ours.sd * ours.end_error == pytest.approx(theirs, rel=0.1)


@pytest.mark.parametrize(
    ("sd", "error", "mean"),
    [(1.0, 0.05, "1,234.6"), (10.0, 0.05, "1,235"), (100.0, 0.06, "1,230"),
     (0.01, 0.06, "1,234.568")],
)  # fmt: skip
def test_digits_that_two_standard_errors_leave_open_are_not_shown(sd, error, mean):
    known = Precision(1234.5678, 1234.5678, 1234.5678, sd, error, error)
    assert known.of_mean("x").endswith(f"give it as {mean}.")
    assert known.of_ends("x").endswith(f"give them as {mean} and {mean}.")
    assert known.of_both("x").endswith(f"give them as {mean}, {mean} and {mean}.")
