"""Kernel density estimates: against the sum of kernels, and at bounds."""

import numpy as np
import pytest
from scipy import integrate, stats

from bayesmm.plots.density_estimate import bandwidth, density_estimate

RNG = np.random.default_rng(1)


def test_it_is_the_sum_of_kernels():
    values = np.random.default_rng(1).normal(3, 2, 400)
    x, density = density_estimate(values)
    width = bandwidth(values)
    quartiles = np.quantile(values, [0.25, 0.75])
    assert width == pytest.approx(
        0.9 * min(values.std(ddof=1), np.diff(quartiles)[0] / 1.349) * 400**-0.2
    )
    kernels = stats.norm.pdf((x[:, None] - values) / width).mean(axis=1) / width
    # values are moved by at most half a cell, a sixth of a bandwidth
    np.testing.assert_allclose(density, kernels, atol=0.01 * kernels.max())


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        (np.abs(RNG.normal(size=5000)), (0, np.inf)),
        (RNG.uniform(-1, 1, size=5000), (-1, 1)),
        (RNG.normal(size=5000), (-np.inf, np.inf)),
        (RNG.standard_cauchy(size=5000), (-np.inf, np.inf)),
    ],
)
def test_it_integrates_to_one_within_its_bounds(values, bounds):
    x, density = density_estimate(values, *bounds)
    assert bounds[0] < x[0] < x[-1] < bounds[1]
    step = x[1] - x[0]
    assert density.sum() * step == pytest.approx(1)
    assert integrate.trapezoid(density, x) < 1 + 1e-9


def test_a_density_that_ends_at_its_bound_does_not_fall_there():
    values = np.abs(np.random.default_rng(1).normal(size=20_000))
    x, density = density_estimate(values, lower=0)
    truth = stats.halfnorm.pdf(x)
    # the standard error of an estimate at a point is sqrt(f R(K) / (n h)), twice that at a bound
    error = np.sqrt(2 * truth * 0.2821 / (len(values) * bandwidth(values)))
    assert (np.abs(density - truth) < 5 * error + 0.01).all()


def test_equal_values_have_no_density():
    assert [len(part) for part in density_estimate(np.full(10, 3.0))] == [0, 0]
    assert [len(part) for part in density_estimate(np.array([3.0]))] == [0, 0]
