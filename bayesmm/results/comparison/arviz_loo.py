"""The only module that calls ArviZ to compare models and for power-scaling.

A contract test fails when they change.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.sampling.named_arrays import indexed, named_array

__all__ = ["arviz_compare", "power_scaling", "relative_efficiency"]

SAMPLE_DIMS = ("chain", "draw")
_VARIABLE, _UNIT = "y", "unit"


def relative_efficiency(variables: Mapping[str, Array]) -> float:
    """Return the mean effective sample size of variables, over the number of draws, at most 1.

    They are draws of scalars, each of shape (chain, draw).
    """
    from arviz_stats import ess  # noqa: PLC0415  (ArviZ takes a second to import)

    n_draws = next(iter(variables.values())).size
    effective = ess(_dataset(variables), method="mean")
    mean = float(np.nanmean([effective[name].item() for name in effective.data_vars]))
    return min(1.0, mean / n_draws)


def arviz_compare(elpd: Mapping[str, Array]) -> pd.DataFrame:
    """Return ``arviz.compare`` of pointwise elpd of the same units.

    Index: the models, the best first. Columns ``d_elpd``, ``d_se`` (difference to the best) and
    ``weight`` (stacking), not rounded.

    References
    ----------
    Yao, Vehtari, Simpson and Gelman (2018), Using stacking to average Bayesian predictive
    distributions, doi:10.1214/17-BA1091
    """
    from arviz_stats import ELPDData, compare  # noqa: PLC0415

    # stacking looks at exp(elpd_i), which underflows for units of many rows; each unit may be
    # shifted by a constant common to the models without a change of weights or differences
    best = np.max(np.stack(list(elpd.values())), axis=0)
    given = {
        name: ELPDData(
            elpd=float(values.sum()),
            se=float(np.sqrt(len(values) * values.var())),
            p=float("nan"),
            n_samples=1,
            n_data_points=len(values),
            scale="log",
            warning=False,
            good_k=float("inf"),
            elpd_i=xr.DataArray(values - best, dims=_UNIT),
        )
        for name, values in elpd.items()
    }
    table = compare(given, method="stacking", round_to="none")
    columns = {"elpd_diff": "d_elpd", "dse": "d_se", "weight": "weight"}
    return table[list(columns)].rename(columns=columns)


def power_scaling(
    variables: Mapping[str, Array], log_prior: Array, log_likelihood: Array
) -> pd.DataFrame:
    """Return ``arviz.psense`` of scalars to the prior and to the likelihood.

    All draws are of shape (chain, draw). Index: the variables; columns ``prior`` and
    ``likelihood``: how far the posterior moves when that part is raised to a power near 1.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), doi:10.1007/s11222-023-10366-5
    """
    from arviz_stats import psense  # noqa: PLC0415

    names = list(variables)
    tree = xr.DataTree.from_dict(
        {
            "posterior": _dataset({f"v{i}": variables[name] for i, name in enumerate(names)}),
            "log_prior": _dataset({_VARIABLE: log_prior}),
            "log_likelihood": _dataset({_VARIABLE: log_likelihood}),
        }
    )
    found = {part: psense(tree, group=part) for part in ("prior", "likelihood")}
    return pd.DataFrame(
        {
            part: [float(result[f"v{i}"]) for i in range(len(names))]
            for part, result in found.items()
        },
        index=pd.Index(names, name="variable"),
    )


def _dataset(variables: Mapping[str, Array], *dims: str) -> xr.Dataset:
    first = next(iter(variables.values()))
    coordinates = {dim: np.arange(n) for dim, n in zip(SAMPLE_DIMS, first.shape, strict=False)}
    return xr.Dataset(
        {name: named_array((*SAMPLE_DIMS, *dims), values) for name, values in variables.items()},
        coords=indexed(coordinates),
    )
