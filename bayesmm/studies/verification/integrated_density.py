"""The gaussian density with coefficients and effects integrated out, as something to verify."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy.sparse import block_diag, csc_matrix, diags_array, eye_array, hstack, kron, vstack

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.nested_levels import values_of_levels
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import RawDraws, sample_density
from bayesmm.sampling.compiled.collapsed.draws import draw_conditionals
from bayesmm.sampling.compiled.collapsed.model import (
    GaussianModel,
    compiled_density,
    gaussian_model,
)
from bayesmm.sampling.compiled.collapsed.parameters import (
    ConditionalDraws,
    gaussian_parameter_draws,
)
from bayesmm.sampling.compiled.collapsed.plan import Factor, plan_or_reason
from bayesmm.sampling.compiled.joint.nesting import outer_levels
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.studies.verification.engine_density import EngineDensity, EngineState, Given
from bayesmm.studies.verification.normal_rest import (
    COEFFICIENTS,
    STREAM,
    coefficient_columns,
    design_columns,
    minus_log_normal,
    mixed_coefficients,
)

__all__ = ["integrated_engine_density"]


def integrated_engine_density(design: Design, priors: Priors) -> EngineDensity | str:
    """Return the gaussian density of a model in the columns of its priors, or why there is none."""
    plan = plan_or_reason(design, priors)
    reason = plan if isinstance(plan, str) else prior_problem(design, priors)
    if isinstance(plan, str) or reason is not None:
        return str(reason)
    model = gaussian_model(design, priors, plan)
    density = compiled_density(model)
    rest = _NormalRest(design, priors, model)

    def positions(settings: SamplerSettings) -> Array:
        return sample_density(density, settings).positions.reshape(-1, model.dimension)

    return EngineDensity(
        path="effects integrated out"
        + (f", totals of {plan.centred.name} sampled" if plan.centred else ""),
        density=density,
        positions=positions,
        given=rest.given,
        state=rest.state,
        log_weight=rest.log_weight,
        levels=np.arange(model.dimension - rest.n_totals, model.dimension),
        integrated=frozenset(range(len(design.blocks))),
        coefficients_integrated=True,
    )


class _NormalRest:
    """What is normal given the coordinates: coefficients and effects, w ~ N(P^-1 t, P^-1).

    With level totals a sampled, w = M v + w0, a = C v + u_c: the effects u_c of that factor follow
    from v and a.
    """

    def __init__(self, design: Design, priors: Priors, model: GaussianModel) -> None:
        self._design, self._priors, self._model = design, priors, model
        self._columns = design_columns(design)
        centred = model.plan.centred
        self.n_totals = centred.n_groups if centred else 0
        self._M = self._from_rest(centred) if centred else None

    def given(self, x: Array) -> Given:
        """Return a draw of coefficients and effects at each position, u_c less its total."""
        drawn = draw_conditionals(self._model, x, STREAM, threads=1)
        held = {COEFFICIENTS: drawn.coefficients, **drawn.effects}
        if (centred := self._model.plan.centred) is not None:
            held[centred.name] = held[centred.name] - x[:, None, -self.n_totals :]
        return held

    def state(self, x: Array, given: Given) -> EngineState:
        """Return the model at positions with the rest as given."""
        drawn = self._drawn(x, given)
        parameters = gaussian_parameter_draws(
            self._design, self._model.plan, RawDraws(x[None], {}, 0.0), drawn, {}, {}
        )
        return EngineState(
            parameters, np.log(drawn.values[:, 1 + self._model.data.priors.effects :])
        )

    def log_weight(self, x: Array, given: Given) -> Array:
        """Return the densities of mixing precisions, less log N(v | x), plus log |dz / du|."""
        drawn = self._drawn(x, given)
        found = np.full(len(x), np.nan)
        for i in range(len(x)):
            with suppress(np.linalg.LinAlgError, RuntimeError):  # sds of 0 but for rounding: NaN
                found[i] = self._log_weight(drawn, i)
        return found

    def _drawn(self, x: Array, given: Given) -> ConditionalDraws:
        """Return the covariances at positions, and coefficients and effects as given."""
        found = draw_conditionals(self._model, x, STREAM, threads=1)
        effects = {name: given[name] for name in found.effects}
        if (centred := self._model.plan.centred) is not None:
            effects[centred.name] = given[centred.name] + x[:, None, -self.n_totals :]
        return replace(found, coefficients=given[COEFFICIENTS], effects=effects)

    def _log_weight(self, drawn: ConditionalDraws, i: int) -> float:
        design, plan = self._design, self._model.plan
        beta, sigma = drawn.coefficients[i], drawn.values[i, 0]
        tables = self._model.data.priors
        at = self._model.order[tables.mixtures]
        omegas = dict(zip(at.tolist(), drawn.values[i, 1 + tables.effects :], strict=True))
        means, precisions, log_weight = mixed_coefficients(design, self._priors, beta, omegas)
        parts, w = [diags_array(precisions)], [beta]
        first_of = {factor.name: factor.first_effect for factor in plan.factors}
        for block, first in zip(design.blocks, plan.block_effects, strict=True):
            q, J = block.n_effects, block.n_groups
            sd = drawn.values[i, 1 + first : 1 + first + q]
            covariance = sd[:, None] * drawn.correlations[i, first : first + q,
                                                          first : first + q] * sd  # fmt: skip
            parts.append(kron(np.linalg.inv(covariance), eye_array(J)))
            log_weight -= 0.5 * J * np.linalg.slogdet(covariance)[1]
            local = first - first_of[block.factor]
            w.append(drawn.effects[block.factor][i, local : local + q].ravel())
        weights = np.ones(design.n_obs) if design.weights is None else design.weights
        A, v = self._columns, np.concatenate(w)
        of_rows = A.T @ diags_array(weights / sigma**2)
        P = of_rows @ A + csc_matrix(block_diag(parts))
        t = of_rows @ (design.family.location(design.y) - design.mu.known)
        t[: len(beta)] += precisions * means
        slope = t - P @ v
        if self._M is not None:
            P, slope = self._M.T @ P @ self._M, self._M.T @ slope
        return log_weight + minus_log_normal(csc_matrix(P), slope)

    def _from_rest(self, centred: Factor) -> csc_matrix:
        """Return M of w = M v + w0, v all but the effects of the factor with sampled totals."""
        design, plan = self._design, self._model.plan
        p = len(design.mu.terms)
        widths = [block.n_effects * block.n_groups for block in design.blocks]
        starts = p + np.cumsum([0, *widths])
        own = next(k for k, b in enumerate(design.blocks) if b.factor == centred.name)
        outside = {factor.name for factor in plan.outer}
        n_rows = len(self._model.order) - self._model.data.totals.fixed.shape[1]
        fixed = self._model.order[n_rows:]
        parts = []
        of_levels = np.zeros((centred.n_groups, p))
        for column in fixed:
            values = coefficient_columns(design.mu)[:, column]
            of_levels[:, column] = values_of_levels(centred.codes, values)
        parts.append(csc_matrix(-of_levels))
        for k, block in enumerate(design.blocks):
            if k == own:
                continue
            C = csc_matrix((centred.n_groups, widths[k]))
            if block.factor in outside:
                levels = outer_levels(design.blocks[own], block)
                here = (np.arange(centred.n_groups), levels)
                C = csc_matrix((-np.ones(centred.n_groups), here), shape=C.shape)
            parts.append(C)
        free = [k for k in range(starts[-1]) if not starts[own] <= k < starts[own + 1]]
        whole = csc_matrix(eye_array(len(free)))
        before = int(starts[own])
        return csc_matrix(vstack([whole[:before], hstack(parts), whole[before:]]))
