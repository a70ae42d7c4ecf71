"""A Gaussian model as arrays: statistics of the data, priors, and where the chains start."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.model.priors import Priors
from bayesmm.model.response_scale import residual_spread
from bayesmm.model.row_sums import mean
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.collapsed.cell_products import products_of_cells
from bayesmm.sampling.compiled.collapsed.data import GaussianData
from bayesmm.sampling.compiled.collapsed.density import density_code
from bayesmm.sampling.compiled.collapsed.gradient import gradient_code
from bayesmm.sampling.compiled.collapsed.plan import Plan, dense_table
from bayesmm.sampling.compiled.collapsed.prior_tables import gaussian_starting_point, prior_tables
from bayesmm.sampling.compiled.collapsed.rows import response_shift, row_parts
from bayesmm.sampling.compiled.collapsed.soft_ends import softened, with_folded_sds
from bayesmm.sampling.compiled.collapsed.statistics import (
    group_statistics,
    statistics_of_products,
)
from bayesmm.sampling.compiled.collapsed.steep_ends import has_soft_ends
from bayesmm.sampling.compiled.collapsed.total_statistics import no_totals, total_statistics
from bayesmm.sampling.compiled.kernels.records import arrays_of_record, table_of_record
from bayesmm.sampling.compiled.kernels.signed import FOLDED

__all__ = ["GaussianModel", "compiled_density", "gaussian_model"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Half width of the scatter of the chains' starting points, on the scale of log sds.
_JITTER = 0.5
# Scatter of the starting level totals in units of the response's sd.
_TOTAL_JITTER = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class GaussianModel:
    """Everything that the density and the draws given its parameters read.

    Coefficients have the order of the rows, then those that enter the level totals of a sampled
    factor, whose columns are constant within its levels.
    """

    plan: Plan  # what is done with each factor
    data: GaussianData  # cross-products of the data, and priors
    order: Integers  # positions of the coefficients in ``Design.terms``, (p,)
    shift: Floats  # what was subtracted from them in the response, (p,)
    start: Floats  # where the chains start, (dimension,)
    jitter: Floats  # how far around it

    @property
    def dimension(self) -> int:
        """Number of sampled coordinates."""
        return len(self.start)

    @property
    def dense_width(self) -> int:
        """Number of columns that are integrated out by dense factorisations."""
        return len(self.order) + sum(f.width for f in (*self.plan.dense, *self.plan.outer))


def gaussian_model(design: Design, priors: Priors, plan: Plan) -> GaussianModel:
    """Return the model's arrays for a plan."""
    constant = _constant_within_levels(design, plan)
    in_rows, in_totals = np.flatnonzero(~constant), np.flatnonzero(constant)
    order = np.r_[in_rows, in_totals].astype(np.int64)
    shift = response_shift(design)[order]
    soft = has_soft_ends(design, priors, plan)
    tables = prior_tables(design, priors, plan, order, shift)
    if not soft:
        tables = with_folded_sds(plan, tables)
    start = gaussian_starting_point(design, plan, tables)
    jitter = np.full(len(start), _JITTER)
    own = tables.coordinates[:, 0] == FOLDED
    jitter[: own.size][own] /= tables.coordinates[own, 2]
    if plan.centred is None:
        if design.source is None or design.source.cells is None:
            statistics = group_statistics(row_parts(design, plan), design.n_obs)
        else:
            products = products_of_cells(design, plan)
            statistics = statistics_of_products(*products, design.n_obs)
        totals = no_totals(*statistics.T.shape[1:])
    else:
        [rows] = row_parts(design, plan, in_rows, part=design.n_obs)
        statistics = group_statistics([rows], design.n_obs, fixed_response=False)
        totals = total_statistics(design, plan, rows, statistics, in_totals)
        # Level means of the response, shrunk as if they had one more row of typical weight.
        typical = 1.0 if design.weights is None else mean(design.weights)
        start = np.r_[start, totals.columns[:, -1] / (totals.squares + typical)]
        spread = np.full(len(totals.squares), _TOTAL_JITTER * residual_spread(design))
        jitter = np.r_[jitter, spread]
    small = dense_table(plan.dense, len(in_rows))
    data = GaussianData(statistics, totals, small, tables)
    model = GaussianModel(plan, data, order, shift, start, jitter)
    if not soft:
        return model
    tables = softened(compiled_density(model), tables)
    start = gaussian_starting_point(design, plan, tables)
    return replace(model, data=data._replace(priors=tables), start=start)


def _constant_within_levels(design: Design, plan: Plan) -> NDArray[np.bool_]:
    """Return which coefficients have columns that are constant within sampled levels."""
    if plan.centred is None:
        return np.zeros(len(design.mu.terms), dtype=bool)
    codes = plan.centred.codes
    ones = [True] * int(design.mu.intercept)
    return np.array(ones + [is_constant_within(codes, x) for x in design.mu.X.T], dtype=bool)


def compiled_density(model: GaussianModel) -> CompiledDensity:
    """Return the density of a model."""
    address = density_code()  # first: a second process may compile the gradient meanwhile
    data = model.data._replace(gradient=gradient_code())
    return CompiledDensity(
        address=address,
        table=table_of_record(data),
        keep=arrays_of_record(data),
        dimension=model.dimension,
        start=model.start,
        jitter=model.jitter,
    )
