"""Complete, no and partial pooling of the same groups in one table."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import page_html
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.partial_pooling.no_pooling import VaryingColumns, separate_fits
from bayesmm.results.partial_pooling.shrinkage import shrinkage
from bayesmm.results.prediction.parameter_view import refuse_varying
from bayesmm.results.tables.coef import coef
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.sampling.posterior import common_draws, effect_draws
from bayesmm.special import ndtri, stdtrit

__all__ = ["Pooling", "complete_pooling", "pooling"]

_KEYS = ["grp", "level", "term"]
_KINDS = ("complete", "no", "partial")
_OUTSIDE = (
    "{} of {} partially pooled estimates lie outside the other two: the effects of a group are "
    "estimated together, and each borrows from the others."
)
_TITLE = "Complete, no and partial pooling"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pooling:
    """Three estimates of every coefficient that varies between groups.

    Attributes
    ----------
    table : ResultTable
        Per factor, level and term three rows, ``pooling`` = "complete", "no", "partial", with
        ``estimate``, ``lower``, ``upper``, ``n_obs``.
    shrinkage : ResultTable
        Per factor, level and term how much the group's own data count, from 0 (complete) to 1 (no
        pooling): with one effect per group the weight of its own estimate. See `shrinkage`.
    notes : tuple of str
        Groups that cannot be estimated by themselves; how many partially pooled estimates lie
        outside the other two, and why that can be.
    """

    table: ResultTable
    shrinkage: ResultTable
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the estimates side by side as text, with the shrinkage factor."""
        return "\n".join([_TITLE, repr(self.wide()), *self.notes])

    def _repr_html_(self) -> str:
        return page_html(_TITLE, self.wide()._repr_html_(), notes=self.notes)

    def wide(self) -> ResultTable:
        """Return one row per factor, level and term: the three estimates and the shrinkage."""
        wide = self.table.loc[self.table["pooling"] == _KINDS[0], [*_KEYS, "n_obs"]].copy()
        for kind in _KINDS:
            wide[kind] = self.table.loc[self.table["pooling"] == kind, "estimate"].to_numpy()
        weight = self.shrinkage.set_index(_KEYS)["mean"].rename("shrinkage")
        # it holds no interval, and its title stands above
        return result_table(pd.DataFrame(wide.join(weight, on=_KEYS)))


def pooling(fit: FitRecord, prob: float = PROB) -> Pooling:
    """Compare complete, no and partial pooling of the coefficients that vary between groups.

    Complete: the common part of the model alone, by least squares or maximum likelihood; every
    group has the same coefficients. No: the rows of each group alone (see `separate_fits`).
    Partial: the fit, beta + u_g. What does not vary between the levels of a factor (further
    common effects, other factors) is held at its posterior mean where a group stands alone, so
    that all three estimate the same thing.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    prob : float
        Probability of the intervals: equal-tailed of the posterior for partial pooling, t
        (gaussian) or Wald for the others.

    Returns
    -------
    Pooling
        ``table`` with the three estimates of each group, and ``shrinkage``.

    Raises
    ------
    UsageError
        When the model has no group effects.
    UnsupportedModelError
        For a family and link without a maximum-likelihood fit.
    """
    refuse_varying(
        fit.design,
        "Complete, no and partial pooling",
        "fit.coef() has the coefficients of each group",
    )
    design = fit.design
    if design.family.thresholds:
        raise UnsupportedModelError(
            "No pooling would give each group thresholds of its own, on which its coefficients "
            "depend; fit.coef() has the coefficients of each group."
        )
    if not design.blocks:
        raise UsageError("The model has no group effects; there is nothing to pool.")
    beta = common_draws(fit.own_draws, design).mean(axis=(0, 1))
    eta = _common_part(design, beta, design.mu.terms) + sum(
        _block_part(fit, index) for index in range(len(design.blocks))
    )
    complete = complete_pooling(design, prob)
    partial = coef(fit, prob)
    tables, notes = [], []
    for factor in design.factors:
        columns = _columns(design, factor)
        held = eta - _varying_part(fit, columns, beta)
        separate = separate_fits(design, columns, held, prob)
        notes += separate.notes
        three = (
            complete.reindex(columns.effects).fillna({"estimate": 0.0}).to_numpy().T[:, None],
            (separate.estimates, separate.lower, separate.upper),
            _partial(columns, partial),
        )
        frames = [
            _long(columns, kind, *estimates) for kind, estimates in zip(_KINDS, three, strict=True)
        ]
        tables.append(pd.concat(frames).sort_index(kind="stable"))
    table = state_interval(pd.concat(tables, ignore_index=True), prob, _TITLE)
    return Pooling(table, shrinkage(fit, eta, prob), (*notes, *_outside(design, table)))


def _outside(design: Design, table: pd.DataFrame) -> tuple[str, ...]:
    """Return a sentence on the partially pooled estimates that lie outside the other two."""
    several = [block.factor for block in design.blocks if block.n_effects > 1]
    estimates = table[table["grp"].isin(several)]
    complete, no, partial = (
        estimates.loc[estimates["pooling"] == k, "estimate"].to_numpy() for k in _KINDS
    )
    beyond = (partial < np.minimum(complete, no)) | (partial > np.maximum(complete, no))
    if not beyond.any():
        return ()
    return (_OUTSIDE.format(beyond.sum(), len(partial)),)


def _columns(design: Design, factor: str) -> VaryingColumns:
    blocks = [block for block in design.blocks if block.factor == factor]
    return VaryingColumns(
        factor=factor,
        effects=tuple(effect for block in blocks for effect in effect_labels(block)),
        Z=np.column_stack([block.columns.Z for block in blocks]),
        codes=blocks[0].columns.codes,
        levels=blocks[0].levels,
    )


def _common_part(design: Design, beta: Array, terms: tuple[str, ...]) -> Array:
    """Return the part of some common effects in the linear predictor, with the offset."""
    eta = design.mu.known.copy()
    for k, (term, column) in enumerate(zip(design.mu.terms, design.mu.matrix.T, strict=True)):
        if term in terms:
            eta += beta[k] * column
    return eta


def _block_part(fit: FitRecord, index: int) -> Array:
    """Return the part of the effects of a block in the linear predictor, at posterior means."""
    block = fit.design.blocks[index]
    means = [effects.mean(axis=(0, 1)) for effects in effect_draws(fit.own_draws, block)]
    return sum(
        block.columns.times(mean, effect.column)
        for effect, mean in zip(block.effects, means, strict=True)
    )


def _varying_part(fit: FitRecord, columns: VaryingColumns, beta: Array) -> Array:
    """Return Z (beta + u) of one factor: what a group standing alone estimates anew."""
    design = fit.design
    part = _common_part(design, beta, columns.effects) - design.mu.known
    for index, block in enumerate(design.blocks):
        if block.factor == columns.factor:
            part = part + _block_part(fit, index)
    return part


def complete_pooling(design: Design, prob: float) -> pd.DataFrame:
    """Return estimate, lower, upper of the common part of a model alone, by term."""
    from bayesmm.likelihood import fit_ml  # noqa: PLC0415  (SciPy is slow to import)

    ml = fit_ml(replace(design, blocks=()))
    df = design.n_obs - len(design.mu.terms)
    quantile = stdtrit(df, (1 + prob) / 2) if design.family.linear else ndtri((1 + prob) / 2)
    half = quantile * ml.standard_errors
    return pd.DataFrame(
        {"estimate": ml.estimates, "lower": ml.estimates - half, "upper": ml.estimates + half},
        index=list(design.mu.terms),
    )


def _long(
    columns: VaryingColumns, kind: str, estimate: Array, lower: Array, upper: Array
) -> pd.DataFrame:
    """Return one row per level and effect of arrays that broadcast to (level, effect)."""
    shape = (len(columns.levels), len(columns.effects))
    counts = np.bincount(columns.codes, minlength=shape[0])
    return pd.DataFrame(
        {
            "grp": columns.factor,
            "level": np.repeat(np.array(columns.levels, dtype=object), shape[1]),
            "term": np.tile(np.array(columns.effects, dtype=object), shape[0]),
            "pooling": kind,
            "estimate": np.broadcast_to(estimate, shape).ravel(),
            "lower": np.broadcast_to(lower, shape).ravel(),
            "upper": np.broadcast_to(upper, shape).ravel(),
            "n_obs": np.repeat(counts, shape[1]),
        }
    )


def _partial(columns: VaryingColumns, table: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Return mean, lower and upper of the coefficients, each of shape (level, effect)."""
    own = table[table["grp"] == columns.factor]
    of_effect = [own[own["term"] == effect] for effect in columns.effects]
    return tuple(
        np.column_stack([part[name] for part in of_effect]) for name in ("mean", "lower", "upper")
    )
