"""A fully collapsed model as arrays: statistics of the data and priors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.collapsed.density import compiled
from bayesmm.sampling.compiled.collapsed.plan import Plan, dense_table
from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables, prior_tables
from bayesmm.sampling.compiled.collapsed.rows import response_shift, row_parts
from bayesmm.sampling.compiled.collapsed.statistics import GroupStatistics, group_statistics

__all__ = ["CollapsedModel", "collapsed_model", "compiled_density"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Half width of the scatter of the chains' starting points, on the scale of log sds.
JITTER = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class CollapsedModel:
    """Everything that the density and the conditional draws read.

    Attributes
    ----------
    plan : Plan
        What is done with each factor.
    statistics : GroupStatistics
        Cross-products of the data.
    tables : PriorTables
        The priors.
    shift : ndarray, shape (p,)
        Coefficients that were subtracted from the response: beta = shift + delta.
    center : ndarray, shape (p,)
        Prior means of delta.
    small : ndarray of int64, shape (dense factors, 4)
        First column, levels, effects per level, first effect.
    """

    plan: Plan
    statistics: GroupStatistics
    tables: PriorTables
    shift: Floats
    center: Floats
    small: Integers

    @property
    def dimension(self) -> int:
        """Number of sampled coordinates."""
        return len(self.tables.start)

    @property
    def dense_width(self) -> int:
        """Number of columns that one dense factorization integrates out."""
        return len(self.shift) + sum(f.width for f in self.plan.dense)

    def arguments(self) -> tuple:
        """Return what ``density.log_density`` takes after the position and the gradient."""
        s, t = self.statistics, self.tables
        return (
            s.n_obs,
            s.within,
            s.R,
            s.T,
            s.single,
            s.lane_R,
            s.lane_T,
            s.class_size,
            s.class_R,
            s.class_E,
            self.small,
            t.precision,
            self.center,
            t.mixtures,
            t.positive,
            t.corr,
            t.bases,
            t.etas,
            t.n_effects,
        )


def collapsed_model(design: Design, priors: Priors, plan: Plan) -> CollapsedModel:
    """Return the model's arrays for a plan without a centred factor."""
    shift = response_shift(design)
    tables = prior_tables(design, priors, plan, design.terms)
    return CollapsedModel(
        plan=plan,
        statistics=group_statistics(row_parts(design, plan), design.n_obs),
        tables=tables,
        shift=shift,
        center=tables.mean - shift,
        small=dense_table(plan.dense, len(shift)),
    )


def compiled_density(model: CollapsedModel) -> CompiledDensity:
    """Return the density of a model; the table is read by ``density.density``."""
    s, t = model.statistics, model.tables
    J, q, m = s.T.shape
    sizes = [
        s.n_obs,
        m,
        q,
        J,
        len(s.single),
        len(s.lane_R),
        len(s.class_size),
        len(model.small),
        len(t.precision),
        len(t.mixtures),
        len(t.corr),
        t.n_effects,
    ]
    keep = tuple(a for a in model.arguments() if isinstance(a, np.ndarray))
    return CompiledDensity(
        address=compiled(),
        table=np.array(sizes + [a.ctypes.data for a in keep], dtype=np.int64),
        keep=keep,
        dimension=model.dimension,
        start=t.start,
        jitter=np.full(model.dimension, JITTER),
    )
