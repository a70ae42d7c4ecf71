"""Leave-one-out cross-validation, a row or a group at a time."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.choices import Leave
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.names import scalar_names, sd_names
from bayesmm.model.rows_in_files import NEEDS_ROWS
from bayesmm.result_table import result_table
from bayesmm.results.comparison.arviz_loo import relative_efficiency
from bayesmm.results.comparison.grouping import Grouping, grouping_of
from bayesmm.results.comparison.integrated import INTEGRATED, with_effects_integrated
from bayesmm.results.comparison.loo_record import PSIS, REFITTED, Loo
from bayesmm.results.comparison.pareto_smoothing import PsisLoo, psis_loo
from bayesmm.results.comparison.refit import refitted_elpd
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.streamed.batches import readable, unweighted_parts
from bayesmm.sampling.posterior import named_draws
from bayesmm.wording import option

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["KNOWN_GROUPS", "efficiency_of", "leave_one_out"]

LEAVE = ("row", "group")
_NOT_INTEGRATED = (
    "The rows are in files: where PSIS cannot be trusted, the effects of the row's group were not "
    "integrated out.",
)
KNOWN_GROUPS = "Rows are left out one at a time: this is about a new row of a known group."
_CHUNK_VALUES = 20_000_000  # log likelihoods held at a time: 160 MB


def leave_one_out(
    fit: FitRecord,
    leave: Leave = "row",
    factor: str | None = None,
    *,
    refit: bool = False,
    grouping: Grouping | None = None,
) -> Loo:
    """Estimate how well a fit predicts rows, or whole groups, that it has not seen.

    ``elpd = sum_i log p(y_i | y_-i)``, where i is a row, given its group's effects as far as the
    other rows tell them, or a whole group, whose effects are then drawn from their
    distribution. By Pareto-smoothed importance sampling (PSIS) of the draws; where its Pareto
    k is too large for a row (above 0.7, or less with few draws), once more with the effects of
    the row's group integrated out: p(y_i | y_g without i, theta) in the place of
    p(y_i | u_g, theta), g the group of the factor in which the row is with the fewest others.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    leave : {"row", "group"}
        What is left out at a time.
    factor : str, optional
        Grouping factor; needed when there are several.
    refit : bool
        Where k is too large after that, sample the model again without that row or group, by
        the engine of the fit.
    grouping : Grouping, optional
        Groups that the fit itself does not have; `bayesmm.compare` passes them.

    Returns
    -------
    Loo
        The estimate with its standard error, unit by unit, and what to mistrust.

    Raises
    ------
    UsageError
        For another `leave`, or when the groups are not clear.
    """
    if leave not in LEAVE:
        raise UsageError(f"{option('leave')} must be one of {', '.join(LEAVE)}; got {leave!r}.")
    if leave == "row":
        if factor is not None:
            raise UsageError(
                f"{option('factor')} names groups to leave out; use it with "
                f"{option('leave', 'group')}."
            )
        units, good_k = _rows(fit)
        unit_of_row = np.arange(fit.design.n_obs)
        in_files = fit.design.source is not None
        notes = ()
        if fit.design.blocks:
            other = f"For a new group use {option('leave', 'group')}."
            notes = (f"{KNOWN_GROUPS} {other}",)
            # the likelihood of a whole group is that of one linear predictor
            if in_files:
                notes += _NOT_INTEGRATED
            elif not fit.design.varying:
                units = with_effects_integrated(
                    fit, units, good_k, efficiency_of(fit), _CHUNK_VALUES
                )
                notes += _integrated_note(units)
    else:
        fit = replace(fit, design=readable(fit.design))
        grouping = grouping or grouping_of([fit.design], factor)
        factor = grouping.factor
        units, good_k, notes = _groups(fit, grouping)
        unit_of_row = grouping.codes
    if refit:
        if fit.design.source is not None or fit.design.whole is not None:
            raise UnsupportedModelError(f"{option('refit', True)}: {NEEDS_ROWS}")
        units = _refit(fit, units, good_k, unit_of_row, grouping)
    loo = Loo(leave, factor, units, good_k, notes)
    return Loo(leave, factor, units, good_k, notes + _failure(loo))


def efficiency_of(fit: FitRecord) -> float:
    """Return the relative efficiency of the scalars of a fit."""
    design = fit.design
    names = list(scalar_names(design))
    names += [name for block in design.blocks for name in sd_names(block)]
    return relative_efficiency({name: named_draws(fit.own_draws, name) for name in names})


def _units(labels: object, log_likelihood: Array, psis: PsisLoo) -> pd.DataFrame:
    n_draws = log_likelihood.shape[0] * log_likelihood.shape[1]
    highest = np.maximum(log_likelihood.max(axis=(0, 1)), np.finfo(float).min)  # -inf if impossible
    density = highest + np.log(np.exp(log_likelihood - highest).sum(axis=(0, 1)) / n_draws)
    return result_table(
        pd.DataFrame(
            {
                "unit": labels,
                "elpd": psis.elpd,
                "p_loo": density - psis.elpd,
                "k": psis.k,
                "how": PSIS,
            }
        ),
        "Units left out one at a time",
    )


def _rows(fit: FitRecord) -> tuple[pd.DataFrame, float]:
    efficiency = efficiency_of(fit)
    parts, good_k = [], 0.0
    for design, counts, rows in _row_chunks(fit):
        log_likelihood = row_log_likelihood(design, fit.own_draws, rows)
        psis = psis_loo(log_likelihood, efficiency)
        units = _units(design.rows[rows], log_likelihood, psis)
        parts.append(units if counts is None else units.assign(rows=counts[rows].astype(np.int64)))
        good_k = psis.good_k
    return pd.concat(parts, ignore_index=True), good_k


def _row_chunks(fit: FitRecord) -> "Iterator[tuple[Design, Array | None, slice]]":
    """Yield designs of rows, how many each stands for, and which of them are next."""
    sizes = fit.own_draws["posterior"].sizes
    step = max(1, _CHUNK_VALUES // (sizes["chain"] * sizes["draw"]))
    for design, counts in unweighted_parts(fit.design):
        for start in range(0, design.n_obs, step):
            yield design, counts, slice(start, min(start + step, design.n_obs))


def _groups(fit: FitRecord, grouping: Grouping) -> tuple[pd.DataFrame, float, tuple[str, ...]]:
    found = group_log_likelihood(fit.design, fit.own_draws, grouping)
    psis = psis_loo(found.values, efficiency_of(fit))
    notes = [f"A new level of {grouping.factor}: "]
    if found.integrated:
        notes[0] += f"its effects integrated out ({found.method})."
    else:
        notes[0] += "the model has no effects of it, so that its rows are independent."
    if found.given:
        notes.append(
            f"Effects of {', '.join(found.given)} are those of the levels in the data, as far as "
            "the other rows tell them."
        )
    return _units(list(grouping.levels), found.values, psis), psis.good_k, tuple(notes)


def _integrated_note(units: pd.DataFrame) -> tuple[str, ...]:
    count = int((units["how"] == INTEGRATED).sum())
    if not count:
        return ()
    return (
        f"Of {count} of {len(units)} rows the effects of their group were integrated out, because "
        "PSIS cannot be trusted with them (the same elpd, computed otherwise).",
    )


def _refit(
    fit: FitRecord,
    units: pd.DataFrame,
    good_k: float,
    unit_of_row: NDArray[np.int64],
    grouping: Grouping | None,
) -> pd.DataFrame:
    """Return the units with those refitted whose k is too large."""
    units = units.copy()
    density = units["elpd"] + units["p_loo"]
    for unit in np.flatnonzero(~(units["k"].to_numpy() <= good_k)):
        units.loc[unit, "elpd"] = refitted_elpd(fit, unit_of_row == unit, grouping)
        units.loc[unit, "how"] = REFITTED
    units["p_loo"] = density - units["elpd"]
    return units


def _failure(loo: Loo) -> tuple[str, ...]:
    failed = loo.failed
    if failed.empty:
        return ()
    shown = ", ".join(str(unit) for unit in failed["unit"][:5])
    more = ", ..." if len(failed) > 5 else ""
    return (
        f"PSIS cannot be trusted for {len(failed)} of {len(loo.units)} (k > {loo.good_k:.2f}: "
        f"{shown}{more}); {option('refit', True)} samples the model again without each of them.",
    )
