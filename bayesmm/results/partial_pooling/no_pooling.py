"""Each group by itself: its coefficients from its own rows only."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.response_rows import known_of_rows
from bayesmm.model.design import Design
from bayesmm.special import ndtri, stdtrit

__all__ = ["SeparateFits", "VaryingColumns", "separate_fits"]


@dataclass(frozen=True, slots=True, eq=False)
class VaryingColumns:
    """What varies between the levels of one grouping factor."""

    factor: str
    effects: tuple[str, ...]  # names of the q effects of all its blocks
    Z: Array  # (n_obs, q): their columns
    codes: NDArray[np.int64]  # (n_obs,): level of each row
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class SeparateFits:
    """Separate estimates."""

    # (level, effect): coefficients with their intervals; NaN for a group that does not determine
    # them
    estimates: Array
    lower: Array
    upper: Array
    notes: tuple[str, ...]  # which groups, and why


def separate_fits(
    design: Design, columns: VaryingColumns, offset: Array, prob: float
) -> SeparateFits:
    """Fit g(mean y) = offset + Z b_g to the rows of each group.

    Least squares for linear models, with t intervals from the residual variance of all
    groups together (lme4's ``lmList``, or one ``lm`` with all interactions); maximum likelihood
    with Wald intervals for all others.

    `columns` are what varies, `offset` the part of the linear predictor that is held. A family and
    link without a maximum-likelihood fit are not supported.
    """
    fit = _least_squares if design.family.linear else _maximum_likelihood
    return fit(design, columns, offset, prob)


def _rows_of_levels(columns: VaryingColumns) -> Iterator[NDArray[np.int64]]:
    order = np.argsort(columns.codes, kind="stable")
    counts = np.bincount(columns.codes, minlength=len(columns.levels))
    yield from np.split(order, np.cumsum(counts)[:-1])


def _groups_of_one_size(
    columns: VaryingColumns,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield levels that have the same number n of rows, and their rows of shape (levels, n)."""
    order = np.argsort(columns.codes, kind="stable")
    counts = np.bincount(columns.codes, minlength=len(columns.levels))
    first = np.cumsum(counts) - counts
    for n in np.unique(counts):
        levels = np.flatnonzero(counts == n)
        yield levels, order[first[levels, None] + np.arange(n)]


def _least_squares(
    design: Design, columns: VaryingColumns, offset: Array, prob: float
) -> SeparateFits:
    q = len(columns.effects)
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    y, Z = root * (design.y - offset), root[:, None] * columns.Z
    estimates = np.full((len(columns.levels), q), np.nan)
    scale = np.full_like(estimates, np.nan)  # standard errors in units of sigma
    determined = np.zeros(len(columns.levels), dtype=bool)
    rss, df = 0.0, 0
    for same, rows in _groups_of_one_size(columns):
        n = rows.shape[1]
        if n < q:
            continue
        left, values, right = np.linalg.svd(Z[rows], full_matrices=False)
        # as numpy.linalg.matrix_rank
        full = values[:, -1] > values[:, 0] * n * np.finfo(float).eps
        levels, left, own = same[full], left[full], y[rows[full]]
        inverse = np.swapaxes(right[full], 1, 2) / values[full, None, :]
        along = np.einsum("gnq,gn->gq", left, own)
        determined[levels] = True
        estimates[levels] = np.einsum("gpq,gq->gp", inverse, along)
        scale[levels] = np.sqrt((inverse**2).sum(axis=2))
        rss += float(np.sum((own - np.einsum("gnq,gq->gn", left, along)) ** 2))
        df += len(levels) * (n - q)
    failed = [columns.levels[level] for level in np.flatnonzero(~determined)]
    notes = _too_few(columns, failed)
    if df == 0:
        notes = (*notes, "No group has more rows than coefficients: there are no intervals.")
        half = np.full_like(scale, np.nan)
    else:
        half = stdtrit(df, (1 + prob) / 2) * np.sqrt(rss / df) * scale
    return SeparateFits(estimates, estimates - half, estimates + half, notes)


def _maximum_likelihood(
    design: Design, columns: VaryingColumns, offset: Array, prob: float
) -> SeparateFits:
    from bayesmm.likelihood import fit_ml  # noqa: PLC0415  (SciPy is slow to import)

    q = len(columns.effects)
    estimates = np.full((len(columns.levels), q), np.nan)
    se = np.full_like(estimates, np.nan)
    few, separated = [], []
    for level, rows in enumerate(_rows_of_levels(columns)):
        try:
            ml = fit_ml(_design_of_group(design, columns, offset, rows))
        except DataError:  # dependent columns, or more of them than rows
            few.append(columns.levels[level])
            continue
        if ml.singular or not ml.converged:
            separated.append(columns.levels[level])
            continue
        order = [ml.design.mu.terms.index(effect) for effect in columns.effects]
        estimates[level], se[level] = ml.estimates[order], ml.standard_errors[order]
    notes = _too_few(columns, few)
    if separated:
        notes = (
            *notes,
            f"{columns.factor}: no finite maximum-likelihood estimate without pooling in "
            f"{_some(separated)}, whose responses are all alike or separated.",
        )
    half = ndtri((1 + prob) / 2) * se
    return SeparateFits(estimates, estimates - half, estimates + half, notes)


def _design_of_group(
    design: Design, columns: VaryingColumns, offset: Array, rows: NDArray[np.int64]
) -> Design:
    """Return the design of the rows of one group, with its own coefficients only."""
    slopes = [k for k, effect in enumerate(columns.effects) if effect != "Intercept"]

    def chosen(values: Array | None) -> Array | None:
        return None if values is None else values[rows]

    of_rows = replace(
        design,
        y=design.y[rows],
        known=known_of_rows(design.known, rows),
        weights=chosen(design.weights),
        predictors=tuple(predictor.take(rows) for predictor in design.predictors),
        blocks=(),
        rows=design.rows[rows],
    )
    own = replace(
        design.mu,
        intercept="Intercept" in columns.effects,
        X=np.ascontiguousarray(columns.Z[np.ix_(rows, slopes)]),
        names=tuple(columns.effects[k] for k in slopes),
        offset=offset[rows],
    )
    return of_rows.with_predictor(own)


def _too_few(columns: VaryingColumns, failed: list[str]) -> tuple[str, ...]:
    if not failed:
        return ()
    return (
        f"{columns.factor}: too few different rows to estimate {', '.join(columns.effects)} "
        f"without pooling in {_some(failed)}.",
    )


def _some(levels: list[str]) -> str:
    shown = ", ".join(levels[:5]) + (", ..." if len(levels) > 5 else "")
    return f"{len(levels)} group{'s' if len(levels) > 1 else ''} ({shown})"
