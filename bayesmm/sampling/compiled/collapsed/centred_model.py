"""A model with a centred factor as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.model.response_scale import residual_spread
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.collapsed.centred_density import compiled
from bayesmm.sampling.compiled.collapsed.centred_statistics import (
    CentredStatistics,
    centred_statistics,
)
from bayesmm.sampling.compiled.collapsed.model import JITTER
from bayesmm.sampling.compiled.collapsed.plan import Plan, dense_table, is_nested
from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables, prior_tables
from bayesmm.sampling.compiled.collapsed.rows import (
    common_columns,
    response_rows,
    response_shift,
)

__all__ = ["CentredModel", "centred_model", "compiled_density"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Scatter of the starting level totals in units of the response's sd.
_TOTAL_JITTER = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class CentredModel:
    """Everything that the density and the conditional draws read; K levels are sampled.

    Attributes
    ----------
    plan : Plan
        What is done with each factor.
    statistics : CentredStatistics
        Cross-products of the data.
    tables : PriorTables
        The priors, coefficients in the order of `order`.
    order : ndarray of int64, shape (p,)
        Positions in ``Design.terms``: the coefficients that vary within levels of the sampled
        factor, then the p2 others, which enter its level totals.
    shift, center : ndarray, shape (p,)
        In that order: what was subtracted, and prior means of the rest.
    small : ndarray of int64, shape (dense factors, 4)
        The crossed small factors.
    outer_fixed : ndarray, shape (K, p2)
        Columns constant within levels.
    outer_codes : ndarray of int64, shape (outer factors, K)
        Levels of the outer factors.
    outer_small : ndarray of int64, shape (outer factors, 4)
        Their table.
    outer_constant : ndarray, shape (m2, m2)
        Gram matrix of [outer_fixed, indicators of the outer levels, 0].
    start, jitter : ndarray
        Where the chains start.
    """

    plan: Plan
    statistics: CentredStatistics
    tables: PriorTables
    order: Integers
    shift: Floats
    center: Floats
    small: Integers
    outer_fixed: Floats
    outer_codes: Integers
    outer_small: Integers
    outer_constant: Floats
    start: Floats
    jitter: Floats

    @property
    def dimension(self) -> int:
        """Number of sampled coordinates."""
        return len(self.start)

    def arguments(self) -> tuple:
        """Return what ``centred_density.log_density`` takes after position and gradient."""
        s, t = self.statistics, self.tables
        return (
            s.n_obs,
            s.within,
            s.total_response,
            s.T,
            s.lane_R,
            s.lane_T,
            s.group_start,
            s.group_level,
            s.group_H,
            s.level_start,
            s.level_group,
            s.level_H,
            s.columns,
            s.squares,
            self.small,
            self.outer_fixed,
            self.outer_codes,
            self.outer_small,
            self.outer_constant,
            t.precision,
            self.center,
            t.mixtures,
            t.positive,
            t.corr,
            t.bases,
            t.etas,
            t.n_effects,
            self.plan.centred.first_effect,
        )


def centred_model(design: Design, priors: Priors, plan: Plan) -> CentredModel:
    """Return the model's arrays for a plan with a centred factor."""
    factor = plan.centred
    levels, K = factor.codes, factor.n_groups
    X = common_columns(design)
    constant = np.array([is_nested(levels, x) for x in X.T], dtype=bool)
    order = np.r_[np.flatnonzero(~constant), np.flatnonzero(constant)].astype(np.int64)
    representative = np.zeros(K, dtype=np.int64)
    representative[levels] = np.arange(design.n_obs)
    outer_fixed = np.ascontiguousarray(X[representative][:, constant])
    outer_codes = np.array([f.codes[representative] for f in plan.outer], dtype=np.int64)
    outer_codes = outer_codes.reshape(len(plan.outer), K)
    p1 = int(np.sum(~constant))
    outer_small = dense_table(plan.outer, outer_fixed.shape[1])
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    rows = response_rows(design, plan, X[:, ~constant])
    statistics = centred_statistics(rows, levels, K, root)
    tables = prior_tables(design, priors, plan, [design.terms[k] for k in order])
    shift = response_shift(design)[order]
    # Level means of the response, shrunk as if they had one more row of typical weight.
    typical = 1.0 if design.weights is None else float(design.weights.mean())
    totals = statistics.columns[:, -1] / (statistics.squares + typical)
    jitter = np.full(K, _TOTAL_JITTER * residual_spread(design))
    return CentredModel(
        plan=plan,
        statistics=statistics,
        tables=tables,
        order=order,
        shift=shift,
        center=tables.mean - shift,
        small=dense_table(plan.dense, p1),
        outer_fixed=outer_fixed,
        outer_codes=outer_codes,
        outer_small=outer_small,
        outer_constant=_outer_constant(outer_fixed, outer_codes, outer_small),
        start=np.r_[tables.start, totals],
        jitter=np.r_[np.full(len(tables.start), JITTER), jitter],
    )


def _outer_constant(fixed: Floats, codes: Integers, small: Integers) -> Floats:
    """Return the Gram matrix of [fixed, indicators of the outer levels, 0]."""
    K, p = fixed.shape
    m = p + int(small[:, 1].sum()) + 1
    design = np.zeros((K, m))
    design[:, :p] = fixed
    for row, own in zip(small, codes, strict=True):
        design[np.arange(K), row[0] + own] = 1.0
    return design.T @ design


def compiled_density(model: CentredModel) -> CompiledDensity:
    """Return the density of a model; the table is read by ``centred_density.density``."""
    s, t = model.statistics, model.tables
    J, q, m = s.T.shape
    sizes = [
        s.n_obs,
        m,
        q,
        J,
        len(s.lane_R),
        len(s.group_level),
        len(s.squares),
        len(model.small),
        len(t.precision),
        model.outer_fixed.shape[1],
        len(model.outer_small),
        len(model.outer_constant),
        len(t.mixtures),
        len(t.corr),
        t.n_effects,
        model.plan.centred.first_effect,
    ]
    keep = tuple(a for a in model.arguments() if isinstance(a, np.ndarray))
    return CompiledDensity(
        address=compiled(),
        table=np.array(sizes + [a.ctypes.data for a in keep], dtype=np.int64),
        keep=keep,
        dimension=model.dimension,
        start=model.start,
        jitter=model.jitter,
    )
