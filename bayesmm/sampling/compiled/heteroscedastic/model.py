"""A Gaussian model with several residual sds as arrays, and what the driver's rows are of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name
from bayesmm.model.predictor import MEAN
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.collapsed.plan import dense_table
from bayesmm.sampling.compiled.collapsed.prior_tables import gaussian_starting_point, prior_tables
from bayesmm.sampling.compiled.collapsed.rows import GaussianRows, response_shift, row_parts
from bayesmm.sampling.compiled.collapsed.soft_ends import with_folded_sds
from bayesmm.sampling.compiled.collapsed.statistics import factorised_groups, padded
from bayesmm.sampling.compiled.heteroscedastic.conditional import cell_scores, cell_scores_code
from bayesmm.sampling.compiled.heteroscedastic.data import CellData
from bayesmm.sampling.compiled.heteroscedastic.likelihood import likelihood_code
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts, design_of_sigma
from bayesmm.sampling.compiled.heteroscedastic.plan import CellPlan
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.rows import RowState

__all__ = ["CellModel", "cell_model", "standardised_effects"]

type Floats = NDArray[np.float64]

# Central differences of the scores, of log sigma.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class CellModel:
    """A model ready for the driver."""

    plan: CellPlan  # how it is taken apart
    predictor: JointModel  # the model of log sigma, with the integrated likelihood
    cells: CellData  # what that reads
    shift: Floats  # coefficients of mu that were subtracted from the response, (p,)


@dataclass(frozen=True, slots=True, eq=False)
class _CellLikelihood:
    """The likelihood of the cells, as `joint.model.WholeLikelihood`."""

    cells: CellData

    @property
    def record(self) -> CellData:
        """The cells, and the address of what tells their scores."""
        return self.cells._replace(scores=cell_scores_code())

    def address(self) -> int:
        """Return the C address."""
        return likelihood_code()

    def scores(self, model: JointModel) -> "_CellScores":
        """Return what tells scores and information of the cells."""
        return _CellScores(model, self.cells)


@dataclass(frozen=True, slots=True, eq=False)
class _CellScores:
    """Scores and curvatures of the cells, as `transport.rows.ScoresOfRows`."""

    model: JointModel
    cells: CellData

    def at(self, eta: Floats, further: Floats, found: Floats) -> RowState:
        """Return the cells, in the order of the rows of the model, at their log sigma."""
        standard = standardised_effects(self.model, self.cells, found)
        value, score = self._at(eta[0], further, standard)
        _, behind = self._at(eta[0] - _STEP, further, standard)
        _, ahead = self._at(eta[0] + _STEP, further, standard)
        curvature = (behind - ahead) / (2.0 * _STEP)
        return RowState(value, score[None], curvature[None, None])

    def _at(self, eta: Floats, further: Floats, standard: Floats) -> tuple[float, Floats]:
        rows = self.cells.rows
        value, own = cell_scores(self.cells, eta[rows], further, standard)
        score = np.empty_like(eta)
        score[rows] = own
        return value, score


def cell_model(design: Design, priors: Priors, plan: CellPlan) -> CellModel:
    """Return the arrays of a model taken apart by `plan.cell_plan`."""
    mu, cells = plan.mu, plan.cells
    shift = response_shift(mu)
    order = np.arange(len(mu.mu.terms))
    tables = with_folded_sds(
        plan.plan, prior_tables(mu, plan.priors, plan.plan, order, shift), fewest=1
    )
    shared, lkj = _shared(design, priors, plan)
    q, of_sigma = int(shared[1] + shared[2]), int(shared[1])
    scores = q * (q - 1) // 2 - of_sigma * (of_sigma - 1) // 2
    start = gaussian_starting_point(mu, plan.plan, tables)[1:]
    further = np.r_[start, np.zeros(scores)]
    own, own_priors = design_of_sigma(design, priors, cells.first_rows, further)
    predictor = plain_model(own, own_priors)
    predictor.priors[predictor.layout.auxiliary, 4] = 0.0  # on the whole line
    R, T, within = factorised_groups(_rows_by_cell(plan), by_group=True)
    levels = 0 if plan.plan.eliminated is None else plan.plan.eliminated.n_groups
    counts = np.bincount(cells.codes, minlength=cells.count).astype(float)
    row_of = np.empty(cells.count, dtype=np.int64)
    row_of[predictor.data.columns[0].astype(np.int64) - 1] = np.arange(cells.count)
    data = CellData(
        predictor=predictor.data,
        starts=np.searchsorted(cells.levels, np.arange(levels + 1)).astype(np.int64),
        rows=row_of,
        counts=counts,
        R=R,
        T=padded(T),
        within=np.ascontiguousarray(
            np.swapaxes(padded(np.ascontiguousarray(np.swapaxes(padded(within), 1, 2))), 1, 2)
        ),
        small=dense_table(plan.plan.dense, len(order)),
        priors=tables,
        shared=shared,
        lkj=np.array([lkj]),
    )
    return CellModel(plan, replace(predictor, likelihood=_CellLikelihood(data)), data, shift)


def _rows_by_cell(plan: CellPlan) -> Iterator[GaussianRows]:
    """Yield the rows in parts, grouped by their cell."""
    at = 0
    for rows in row_parts(plan.mu, plan.plan):
        codes = plan.cells.codes[at : at + len(rows.common)]
        yield replace(rows, codes=codes, n_groups=plan.cells.count)
        at += len(rows.common)


def _shared(design: Design, priors: Priors, plan: CellPlan) -> tuple[NDArray[np.int64], float]:
    """Return ``CellData.shared``, and the shape of the LKJ prior of the shared block."""
    of_sigma, of_mean = block_parts(design, SIGMA), block_parts(design, MEAN)
    for k, part in enumerate(of_sigma):
        if part.shared:
            place = next(i for i, own in enumerate(of_mean) if own.block == part.block)
            entries = (
                k,
                len(part.effects),
                len(of_mean[place].effects),
                plan.plan.block_effects[place],
            )
            [lkj] = priors[corr_name(design.blocks, part.block)].parameters
            return np.array(entries, dtype=np.int64), lkj
    return np.array([-1, 0, 0, 0], dtype=np.int64), 1.0


def standardised_effects(model: JointModel, cells: CellData, found: Floats) -> Floats:
    """Return the effects of sigma in the shared block over their factor, (..., q_sigma, J).

    `found`, (..., d), are from `transport.unpack.transported_parameters` of the model of log sigma.
    """
    if cells.shared[0] < 0:
        return np.empty((*found.shape[:-1], 0, len(cells.starts) - 1))
    place = model.layout.blocks[cells.shared[0]]
    sd, effects = found[..., place.sds], found[..., place.effects]
    effects = effects.reshape(*found.shape[:-1], place.n_effects, place.n_groups)
    factor = sd[..., None] * cholesky_from_partials(found[..., place.partials], place.n_effects)
    return np.ascontiguousarray(np.linalg.solve(factor, effects))
