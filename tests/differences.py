"""Gradients by central differences, which those of the densities are held against."""

import numpy as np

from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate

_STEP = 1e-5


def numeric_gradient(density: CompiledDensity, x: np.ndarray) -> np.ndarray:
    """Return the gradient of a compiled log density, shape (d,)."""
    ends = [(x + e, x - e) for e in _STEP * np.eye(x.size)]
    rises = [evaluate(density, up)[0] - evaluate(density, down)[0] for up, down in ends]
    return np.array(rises) / (2 * _STEP)
