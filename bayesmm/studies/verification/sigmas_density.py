"""The density of log sigma, coefficients and effects of mu integrated out, as something to verify.

Given the positions x, which say every sigma_i and the covariances, coefficients and effects of mu
are normal. Effects are u = m + L e with m and L L' their mean and covariance given effects of sigma
that they are correlated with, so that v = (beta, e) ~ N(P^-1 t, P^-1) with
P = A' diag(w_i / sigma_i^2) A + diag(precisions of beta, 1), A the columns of v. What is held while
x moves is v: effects that were held would leave the plane on which they are where a correlation is
near 1, and the densities that are compared would be differences of far larger numbers.
"""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from scipy.sparse import block_diag, csc_matrix, diags_array, eye_array, kron

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import RawDraws
from bayesmm.sampling.compiled.engine import model_draws
from bayesmm.sampling.compiled.heteroscedastic.conditional import draw_cells
from bayesmm.sampling.compiled.heteroscedastic.model import (
    CellModel,
    cell_model,
    standardised_effects,
)
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, BlockPart, block_parts
from bayesmm.sampling.compiled.heteroscedastic.plan import cell_plan
from bayesmm.sampling.compiled.heteroscedastic.unpack import unpack_cells
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
)
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws
from bayesmm.sampling.draws import BlockDraws, SamplerSettings
from bayesmm.studies.verification.engine_density import EngineDensity, EngineState, Given
from bayesmm.studies.verification.joint_density import coordinates_of_levels, joint_engine_density
from bayesmm.studies.verification.normal_rest import (
    COEFFICIENTS,
    STREAM,
    coefficient_columns,
    design_columns,
    minus_log_normal,
    mixed_coefficients,
)

__all__ = ["sigmas_engine_density"]


def sigmas_engine_density(
    design: Design, priors: Priors, settings: SamplerSettings
) -> EngineDensity | str:
    """Return the density of a model in which sigma varies, which `heteroscedastic.prepare` takes.

    The model is in the columns of its priors. The settings are those of the draws: transported
    coordinates are found by a first run.
    """
    plan = cell_plan(design, priors)
    if isinstance(plan, str):
        return plan
    model = cell_model(design, priors, plan)
    first = pilot(model.predictor)
    if first.problem is not None:  # as the engine does then
        return joint_engine_density(design, priors, settings)
    transported, raw, _ = sample_refreshed(first, settings)
    start = np.zeros(raw.positions.shape[-1])
    rest = _RestOfMean(design, model, transported)
    return EngineDensity(
        path="log sigma, coefficients and effects of mu integrated out",
        density=compiled_transported_density(transported, start, start),
        positions=lambda _settings: raw.positions.reshape(-1, start.size),
        given=rest.given,
        state=rest.state,
        log_weight=rest.log_weight,
        levels=coordinates_of_levels(model.predictor.layout),
        coefficients_integrated=True,
        effects=rest.effects_of_sigma,
    )


class _RestOfMean:
    """What is normal given the coordinates: coefficients and effects of mu."""

    def __init__(self, design: Design, model: CellModel, transported: TransportedModel) -> None:
        self._design, self._model, self._transported = design, model, transported
        self._of_mean, self._of_sigma = block_parts(design, MEAN), block_parts(design, SIGMA)
        self._columns = design_columns(model.plan.mu)
        self._n_mean = len(design.mu.terms)

    def given(self, x: Array) -> Given:
        """Return a draw of coefficients and standardised effects of mu at each position."""
        coefficients, _, blocks = self._unpacked(x)
        held = {COEFFICIENTS: coefficients[0, :, : self._n_mean]}
        for part in self._of_mean:
            mean, factor = self._conditional(part, blocks[part.block])
            u = blocks[part.block].effects[0][:, list(part.effects)]
            held[str(part.block)] = np.linalg.solve(factor, u - mean)
        return held

    def state(self, x: Array, given: Given) -> EngineState:
        """Return the model at positions with the rest as given."""
        coefficients, constants, blocks = self._held(x, given)
        raw = RawDraws(x[None], {"n_steps": np.zeros((1, len(x)))}, 0.0)
        parameters = model_draws(self._design, (coefficients, constants, blocks), raw, {}, {})
        omegas = self._mixing_precisions(x, (coefficients, constants, blocks))
        return EngineState(parameters, np.log(omegas))

    def effects_of_sigma(self, x: Array, given: Given) -> Array:
        """Return the effects of sigma, shape (n, m)."""
        del given  # they do not depend on it
        blocks = self._unpacked(x)[2]
        parts = [blocks[p.block].effects[0][:, list(p.effects)] for p in self._of_sigma]
        return np.concatenate([np.empty((len(x), 0)), *(p.reshape(len(x), -1) for p in parts)], 1)

    def log_weight(self, x: Array, given: Given) -> Array:
        """Return densities of mixing precisions and log |dz / du|, less log N(v | x)."""
        unpacked = self._held(x, given)
        omegas, log_sd = self._mixing_precisions(x, unpacked), self._log_sd(unpacked)
        found = np.full(len(x), np.nan)
        for i in range(len(x)):
            with suppress(RuntimeError):  # no factor at impossible positions: NaN
                found[i] = self._log_weight(unpacked, given, log_sd[i], omegas[i], i)
        return found + self._log_scales(unpacked[2])

    def _unpacked(self, x: Array) -> UnpackedDraws:
        return unpack_cells(
            self._design, self._model, self._transported, x[None], STREAM, threads=1
        )

    def _held(self, x: Array, given: Given) -> UnpackedDraws:
        """Return the parameters at positions with what is normal as given."""
        coefficients, constants, blocks = self._unpacked(x)
        coefficients[0, :, : self._n_mean] = given[COEFFICIENTS]
        for part in self._of_mean:
            mean, factor = self._conditional(part, blocks[part.block])
            u = mean + factor @ given[str(part.block)]
            blocks[part.block].effects[0][:, list(part.effects)] = u
        return coefficients, constants, blocks

    def _conditional(self, part: BlockPart, drawn: BlockDraws) -> tuple[Array, Array]:
        """Return means and factors of the effects of mu of a block, (n, q, J) and (n, q, q)."""
        own, theirs = list(part.effects), []
        if part.shared:
            theirs = [a for a in range(drawn.sd.shape[2]) if a not in part.effects]
        sd, k = drawn.sd[0], len(theirs)
        L = _factors(drawn, [*theirs, *own])
        standard = np.linalg.solve(L[:, :k, :k], drawn.effects[0][:, theirs] / sd[:, theirs, None])
        scale = sd[:, own, None]
        return scale * (L[:, k:, :k] @ standard), scale * L[:, k:, k:]

    def _log_sd(self, unpacked: UnpackedDraws) -> Array:
        """Return log sigma of every row at each position, by the design, shape (n, n_obs)."""
        coefficients, _, blocks = unpacked
        sigma = self._design.predictor(SIGMA)
        gamma = coefficients[0, :, self._n_mean :]
        found = gamma @ coefficient_columns(sigma).T + sigma.known
        for part in self._of_sigma:
            block = self._design.blocks[part.block]
            for a, (_, z) in enumerate(block.effect_columns()):
                if a in part.effects:
                    found += blocks[part.block].effects[0][:, a, block.columns.codes] * z
        return found

    def _mixing_precisions(self, x: Array, unpacked: UnpackedDraws) -> Array:
        """Return the mixing precisions of priors of mu at each position."""
        model = self._model
        found = transported_parameters(self._transported, x)
        drawn = draw_cells(
            model.cells,
            np.ascontiguousarray(self._log_sd(unpacked)[:, model.plan.cells.first_rows]),
            np.ascontiguousarray(found[:, model.predictor.layout.auxiliary]),
            standardised_effects(model.predictor, model.cells, found),
            STREAM,
            threads=1,
        )
        return drawn.values[:, 1 + model.cells.priors.effects :]

    def _log_weight(
        self, unpacked: UnpackedDraws, given: Given, log_sd: Array, omegas: Array, i: int
    ) -> float:
        mu, beta = self._model.plan.mu, given[COEFFICIENTS][i]
        mixed = dict(zip(self._model.cells.priors.mixtures.tolist(), omegas, strict=True))
        means, precisions, found = mixed_coefficients(mu, self._model.plan.priors, beta, mixed)
        blocks, standard = unpacked[2], [np.empty(0)]
        columns, effects = [eye_array(len(beta))], [beta]
        for part in self._of_mean:
            e, drawn = given[str(part.block)][i], blocks[part.block]
            factor = self._conditional(part, _only(drawn, i))[1][0]
            columns.append(kron(factor, eye_array(e.shape[1])))
            effects.append(drawn.effects[0, i, list(part.effects)].ravel())
            standard.append(e.ravel())
        e = np.concatenate(standard)
        weights = np.ones(mu.n_obs) if mu.weights is None else mu.weights
        A = csc_matrix(self._columns @ csc_matrix(block_diag(columns)))
        of_rows = A.T @ diags_array(weights * np.exp(-2.0 * log_sd))
        P = of_rows @ A + diags_array(np.concatenate([precisions, np.ones(len(e))]))
        known = mu.mu.known + self._columns @ np.concatenate(effects)
        slope = of_rows @ (mu.family.location(mu.y) - known)
        slope += np.concatenate([precisions * (means - beta), -e])
        return found + minus_log_normal(csc_matrix(P), slope)

    def _log_scales(self, blocks: tuple[BlockDraws, ...]) -> Array:
        """Return log |dz / du| of all effects with log |du / de| of those of mu, shape (n,)."""
        found = np.zeros(1)
        for block, drawn in zip(self._design.blocks, blocks, strict=True):
            factor = drawn.sd[0, :, :, None] * _factors(drawn, range(block.n_effects))
            found = found - block.n_groups * _log_det(factor)
        for part in self._of_mean:
            factor = self._conditional(part, blocks[part.block])[1]
            found = found + self._design.blocks[part.block].n_groups * _log_det(factor)
        return found


def _only(drawn: BlockDraws, i: int) -> BlockDraws:
    """Return the draws of a block at one position."""
    corr = None if drawn.corr is None else drawn.corr[:, i : i + 1]
    return BlockDraws(drawn.sd[:, i : i + 1], corr, drawn.effects[:, i : i + 1])


def _log_det(factors: Array) -> Array:
    """Return log |L| of lower factors, shape (n,)."""
    return np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)


def _factors(drawn: BlockDraws, order: Sequence[int]) -> Array:
    """Return the lower factors of correlation matrices in an order; NaN where there is none."""
    n, q = drawn.sd.shape[1], len(order)
    if drawn.corr is None:
        return np.broadcast_to(np.eye(q), (n, q, q))
    found = np.full((n, q, q), np.nan)
    for i, matrix in enumerate(drawn.corr[0][:, order][:, :, order]):
        with suppress(np.linalg.LinAlgError):  # a correlation of 1 but for rounding
            found[i] = np.linalg.cholesky(matrix)
    return found
