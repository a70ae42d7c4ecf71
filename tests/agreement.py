"""Whether two samplers drew from the same posterior, or one from that of published moments."""

from collections.abc import Mapping

import numpy as np
from arviz_stats.base import array_stats
from scipy import stats

from bayesmm.fitted import Fit
from bayesmm.sampling.draws import ParameterDraws

__all__ = [
    "assert_moments_of",
    "assert_near_ml",
    "assert_same_draws",
    "assert_same_posterior",
    "everything",
]

_AXES = {"chain_axis": 0, "draw_axis": 1}


def everything(draws: ParameterDraws) -> np.ndarray:
    """Return all draws, shape (chain, draw, quantities), of correlations each once."""
    parts = [draws.intercept[..., None], draws.beta]
    parts += [value[..., None] for value in draws.auxiliary.values()]
    for block in draws.blocks:
        parts += [block.sd, block.effects.reshape(*block.sd.shape[:2], -1)]
        if block.corr is not None:
            parts.append(block.corr[..., *np.tril_indices(block.corr.shape[-1], -1)])
    return np.concatenate(parts, axis=-1)


def assert_same_draws(one: ParameterDraws, two: ParameterDraws) -> None:
    """Compare all draws, bit by bit."""
    np.testing.assert_array_equal(everything(one), everything(two))


def assert_same_posterior(ours: np.ndarray, theirs: np.ndarray, most: float = 5.0) -> None:
    """Compare means and sds of draws (chain, draw, quantities), within Monte Carlo errors.

    The error of an sd is from the fourth moment and the effective sample size of the squares, of
    which draws that alternate about their mean have fewer.
    """
    for method, value in (("mean", np.mean), ("sd", np.std)):
        error = np.hypot(
            array_stats.mcse(ours, method=method, **_AXES),
            array_stats.mcse(theirs, method=method, **_AXES),
        )
        gap = np.abs(value(ours, axis=(0, 1)) - value(theirs, axis=(0, 1)))
        assert np.all(gap <= most * error)


def assert_moments_of(ours: np.ndarray, row: Mapping, label: str) -> None:
    """Compare mean and sd of draws with published ones, within 4 errors of both sides.

    The error of an sd has the kurtosis in it: sd sqrt((kurtosis - 1) / 4 ess).
    """
    own = float(array_stats.ess(ours, method="bulk", **_AXES))
    error = np.sqrt(ours.var() / own + row["sd"] ** 2 / row["ess_bulk"])
    assert abs(ours.mean() - row["mean"]) < 4 * error, label
    kurtosis = stats.kurtosis(ours.ravel(), fisher=False)
    error = row["sd"] * np.sqrt((kurtosis - 1) / 4 * (1 / own + 1 / row["ess_bulk"]))
    assert abs(ours.std() - row["sd"]) < 4 * error, label


def assert_near_ml(fit: Fit, least: int) -> None:
    """Compare a posterior under weak priors with the maximum, and its effective draws."""
    table = fit.fixef().set_index("term")
    for name, (estimate, se) in fit.ml.coefficients.items():
        row = table.loc[name]
        assert abs(row["mean"] - estimate) <= 0.2 * se
        assert abs(row["sd"] - se) <= 0.12 * se
        assert row["ess_bulk"] > least
    assert fit.diagnostics.ok
