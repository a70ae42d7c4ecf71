"""The only module that calls ArviZ's statistics; a contract test fails when they change."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

__all__ = ["BFMI_MIN", "ESS_PER_CHAIN", "RHAT_MAX", "ArvizVerdict", "arviz_diagnose"]

RHAT_MAX = 1.01
ESS_PER_CHAIN = 100
BFMI_MIN = 0.3


@dataclass(frozen=True, slots=True)
class ArvizVerdict:
    """What ``arviz.diagnose`` says.

    Attributes
    ----------
    failed : bool
        Whether any of its checks failed.
    divergences : int or None
        Number of divergent transitions; None when the sampler did not record them.
    max_treedepth : int or None
        Number of transitions that were cut at the maximum tree depth.
    bfmi : tuple of float or None
        Energy Bayesian fraction of missing information of each chain.
    rhat_failed : tuple of str
        Variables whose R-hat is above the threshold.
    """

    failed: bool
    divergences: int | None
    max_treedepth: int | None
    bfmi: tuple[float, ...] | None
    rhat_failed: tuple[str, ...]


def arviz_diagnose(variables: Mapping[str, np.ndarray], sample_stats: xr.Dataset) -> ArvizVerdict:
    """Return the verdict of ``arviz.diagnose`` on scalar variables and sampler statistics.

    Parameters
    ----------
    variables : mapping of str to ndarray of shape (chain, draw)
        Draws to judge.
    sample_stats : xarray.Dataset
        ``diverging``, ``reached_max_treedepth``, ``energy``, as far as they were recorded.
    """
    # ArviZ takes a second to import, and reading a stored table should not wait for it
    from arviz_stats import diagnose  # noqa: PLC0415

    coordinates = {dim: sample_stats.coords[dim] for dim in ("chain", "draw")}
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {name: (("chain", "draw"), values) for name, values in variables.items()},
                coords=coordinates,
            ),
            "sample_stats": sample_stats,
        }
    )
    failed, results = diagnose(
        tree,
        rhat_max=RHAT_MAX,
        ess_threshold=ESS_PER_CHAIN * sample_stats.sizes["chain"],
        bfmi_threshold=BFMI_MIN,
        show_diagnostics=False,
        return_diagnostics=True,
    )
    bfmi = results.get("bfmi")
    return ArvizVerdict(
        failed=bool(failed),
        divergences=_count(results.get("divergent"), "n_divergent"),
        max_treedepth=_count(results.get("treedepth"), "n_max"),
        bfmi=None if bfmi is None else tuple(float(v) for v in bfmi["bfmi_values"]),
        rhat_failed=tuple(str(name) for name in results["rhat"]["bad_params"]),
    )


def _count(result: Mapping[str, int] | None, key: str) -> int | None:
    return None if result is None else int(result[key])
