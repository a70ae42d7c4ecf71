"""Compiled densities held against their central differences, and against a density written out."""

from collections.abc import Callable, Iterable

import numpy as np

from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate

__all__ = ["assert_gradient", "assert_same_density", "numeric_gradient"]

_STEP = 1e-5


def numeric_gradient(density: CompiledDensity, x: np.ndarray) -> np.ndarray:
    """Return the gradient of a compiled log density, shape (d,)."""
    ends = [(x + e, x - e) for e in _STEP * np.eye(x.size)]
    rises = [evaluate(density, up)[0] - evaluate(density, down)[0] for up, down in ends]
    return np.array(rises) / (2 * _STEP)


def assert_gradient(density: CompiledDensity, x: np.ndarray) -> float:
    """Compare the gradient with central differences, and return the log density.

    Differences of a density near 300 with steps of 1e-5 are good to about 1e-8.
    """
    value, gradient = evaluate(density, x)
    numeric = numeric_gradient(density, x)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-6 * np.abs(gradient).max())
    return value


def assert_same_density(
    density: CompiledDensity, points: Iterable[np.ndarray], expected: Callable
) -> None:
    """Compare log densities with the expected ones, up to one constant, and gradients."""
    gaps, size = [], 1.0
    for x in points:
        reference = expected(x)
        gaps.append(assert_gradient(density, x) - reference)
        size = max(size, abs(reference))
    assert np.ptp(gaps) <= 1e-8 * size
