"""The log likelihood of each group given the draws, its own effects integrated out."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.model.design import Design
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.owned import writable
from bayesmm.results.comparison.grouping import Grouping, design_of_rows
from bayesmm.results.densities.group_gaussian import gaussian_groups
from bayesmm.results.densities.group_levels import level_of_factor
from bayesmm.results.densities.group_quadrature import Integrand, integrate_groups, integration_rule
from bayesmm.results.densities.group_scales import NODES, effect_on_scale, groups_of_several_scales
from bayesmm.results.densities.log_likelihood import (
    weighted_log_density,
    weighted_log_density_of_mu,
)
from bayesmm.results.densities.parameters_of_draws import parameters_of_draws
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.results.prediction.response_parameters import Where, draw_chunks, parameters_at
from bayesmm.sampling.posterior import named_draws

__all__ = ["GroupLogLikelihood", "group_log_likelihood", "integrated_factors"]


@dataclass(frozen=True, slots=True, eq=False)
class GroupLogLikelihood:
    """log p(y_j | common effects, covariances, auxiliary) of the groups of one factor."""

    values: Array  # (chain, draw, J): log likelihoods in the order of the levels
    method: str  # how the effects were integrated out
    # factors whose effects are integrated out, and those whose drawn effects are kept
    integrated: tuple[str, ...]
    given: tuple[str, ...]


def group_log_likelihood(
    design: Design,
    draws: xr.DataTree,
    grouping: Grouping,
    factors: tuple[str, ...] | None = None,
) -> GroupLogLikelihood:
    """Return the log likelihood of each group, as for groups that were never seen.

    log p(y_j | beta, Sigma, auxiliary, other effects) = log int p(y_j | u_j, ...) p(u_j | Sigma)
    du_j. Exact for the gaussian family with identity link, where the effects of factors nested
    in the groups are integrated out too; otherwise by adaptive quadrature over the effects of
    the grouping factor (see `bayesmm.results.densities.group_quadrature`). The effects of all other
    factors keep their drawn values, and a model without effects of the grouping factor has
    independent rows.

    `factors` are those whose effects are integrated out, where the design has not all rows of
    theirs; by default `integrated_factors`.
    """
    if factors is None:
        factors = integrated_factors(design, grouping)
    effect = effect_on_scale(design, grouping, factors) if design.varying else None
    given = tuple(factor for factor in design.factors if factor not in factors)
    if _one_factor(design, grouping):
        # matrices that rounding makes singular (correlations of +-1) have no LAPACK factor
        with suppress(np.linalg.LinAlgError):
            return GroupLogLikelihood(_compiled(design, draws), "exact", factors, given)
    sizes = draws["posterior"].sizes
    order = np.argsort(grouping.codes, kind="stable")
    groups = replace(grouping, codes=grouping.codes[order])
    ordered = design_of_rows(design, order, all_levels=True)
    integrate, method = _numerical if factors and not _conjugate(design) else _closed, "exact"
    if design.varying:
        integrate = partial(groups_of_several_scales, effect=effect)
        if effect is not None:
            method = f"adaptive quadrature with {NODES} nodes"
    elif integrate is _numerical:
        blocks = (block for block in design.blocks if block.factor in factors)
        method = integration_rule(sum(block.n_effects for block in blocks)).words
    values = np.empty((sizes["chain"] * sizes["draw"], len(grouping.levels)))
    width = sum(block.n_effects for block in design.blocks) + 1
    for part, where in draw_chunks(draws, design.n_obs * width**2):
        values[part] = integrate(ordered, draws, where, groups, factors)
    shape = (sizes["chain"], sizes["draw"], -1)
    return GroupLogLikelihood(values.reshape(shape), method, factors, given)


def _conjugate(design: Design) -> bool:
    return design.family.linear


def _one_factor(design: Design, grouping: Grouping) -> bool:
    """Return whether the compiled likelihood of the groups of the only factor applies."""
    one = tuple(design.factors) == (grouping.factor,)
    return _conjugate(design) and one and not design.varying


def _compiled(design: Design, draws: xr.DataTree) -> Array:
    # here, because numba takes a second to import and other models need none of it
    from bayesmm.sampling.compiled.collapsed import group_likelihood  # noqa: PLC0415
    from bayesmm.sampling.compiled.first_use import LEFT_OUT_GROUPS, announced  # noqa: PLC0415

    parameters = parameters_of_draws(draws, design, effects=False)
    with announced(LEFT_OUT_GROUPS):
        return group_likelihood.gaussian_group_log_likelihood(
            writable(design), writable(parameters)
        )


def integrated_factors(design: Design, grouping: Grouping) -> tuple[str, ...]:
    """Return the factors to integrate out, the innermost first.

    The factors nested in the groups join only where the integral is closed, and as far as
    they form a chain: what is crossed within a group is conditioned on.
    """
    codes = {block.factor: block.columns.codes for block in design.blocks}
    own = (grouping.factor,) if grouping.factor in codes else ()
    if not _conjugate(design):
        return own
    chain: list[str] = []
    outer = grouping.codes
    inside = [f for f in codes if f not in own and is_constant_within(codes[f], grouping.codes)]
    for factor in sorted(inside, key=lambda f: codes[f].max()):
        if is_constant_within(codes[factor], outer):
            chain.insert(0, factor)
            outer = codes[factor]
    return (*chain, *own)


def _closed(
    design: Design, draws: xr.DataTree, where: Where, grouping: Grouping, factors: Sequence[str]
) -> Array:
    """Return the log likelihoods of a gaussian model, or of rows that are independent."""
    eta = _given_predictor(design, draws, where, factors)
    if not _conjugate(design):
        rows = weighted_log_density(design, parameters_at(design, draws, eta, where))
        return np.add.reduceat(rows, _starts(grouping), axis=1)
    return gaussian_groups(
        design.y - eta,
        named_draws(draws, design.family.residual_scale)[where] ** 2,
        design.weights,
        grouping.codes,
        [level_of_factor(design, draws, where, factor) for factor in factors],
    )


def _numerical(
    design: Design, draws: xr.DataTree, where: Where, grouping: Grouping, factors: Sequence[str]
) -> Array:
    level = level_of_factor(design, draws, where, factors[-1])
    # the gaussian's weights are in its variance already
    counted = design.weights is not None and not design.family.precision_weights
    weights = design.weights if counted else 1.0
    link = LINKS[design.family.link_of_mu]
    given = _given_predictor(design, draws, where, factors)
    with np.errstate(all="ignore"):
        others = parameters_at(design, draws, given, where)
    of_mu = weighted_log_density_of_mu(design, others)

    def score(eta: Array) -> tuple[Array, Array]:
        with np.errstate(all="ignore"):  # a mean at the edge of its range has no score
            parameters = replace(others, mu=link.inverse(eta))
            mu_derivative = link.derivative(eta)
            first, information = design.family.score_in_mean(design.y, parameters)
            result = weights * first * mu_derivative, weights * information * mu_derivative**2
        return tuple(np.where(np.isfinite(part), part, 0.0) for part in result)

    def log_density(eta: Array) -> Array:
        with np.errstate(all="ignore"):
            mu = link.inverse(eta)
        return of_mu(mu)

    return integrate_groups(
        Integrand(
            log_density,
            score,
            given,
            _starts(grouping),
            level.Z,
            level.factors,
        )
    )


def _starts(grouping: Grouping) -> NDArray[np.int64]:
    return np.searchsorted(grouping.codes, np.arange(len(grouping.levels)))


def _given_predictor(
    design: Design, draws: xr.DataTree, where: Where, factors: Sequence[str]
) -> Array:
    blocks = tuple(block for block in design.blocks if block.factor not in factors)
    return linear_predictor(design, draws, where, blocks=blocks)
