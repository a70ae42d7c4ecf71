"""What the PyMC model samples, from the draws of what is reported: draws that PyMC can go on with.

PyMC conditions on the free variables of a model by name, and draws anew, without a word, what a
tree lacks. The reported draws hold functions of them: the intercept at X = 0, the group effects
u = sd * (L z), the correlations of L L'. Here these are solved for the centred intercept, z and
the partial correlations, block by block, whichever engine sampled.
"""

from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.model.centred_intercept import CommonEffects
from bayesmm.model.correlation import cholesky_of_correlation, partials_from_correlation
from bayesmm.model.design import Design
from bayesmm.model.names import (
    CENTRED_THRESHOLDS,
    block_offset_names,
    centred_name,
    coefficient_names,
    decov_names,
    effect_labels,
    factor_dim,
    half_partials_name,
    offset_dim,
    offset_name,
    partials_dim,
    sd_names,
    share_dim,
    stored_name,
    thresholds_dim,
)
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.priors import Priors
from bayesmm.model.shared_effects import SharedEffects
from bayesmm.owned import read_only
from bayesmm.sampling.named_arrays import named_array
from bayesmm.sampling.posterior import (
    common_draws,
    correlation_draws,
    effect_draws,
    named_draws,
    sd_draws,
)
from bayesmm.sampling.raw_columns import draws_of_prior_columns

__all__ = ["block_variables", "free_variables", "read_only_tree", "tree_for_pymc"]

type Array = NDArray[np.float64]
type Drawn = Iterator[tuple[str, tuple[str, ...], Array]]

_SAMPLE_DIMS = ("chain", "draw")


def tree_for_pymc(draws: xr.DataTree, design: Design, priors: Priors) -> xr.DataTree:
    """Return draws with all that the PyMC model of a design samples.

    The tree is one of its own over the same arrays, which are read-only. With ``pymc_model`` of the
    fit it goes into every function of PyMC, and every function of ArviZ takes it.
    """
    groups = {node.name: _of_its_own(node.to_dataset()) for node in draws.children.values()}
    posterior = groups["posterior"]
    for name, dims, values in free_variables(draws, design, priors):
        stored = tuple(stored_name(dim) for dim in dims)
        attributes = {"long_name": name}
        variable = named_array((*_SAMPLE_DIMS, *stored), read_only(values), attributes)
        posterior[stored_name(name)] = variable
    groups["posterior"] = posterior.assign_coords(_coordinates(design, posterior))
    return xr.DataTree.from_dict(groups)


def read_only_tree(draws: xr.DataTree) -> xr.DataTree:
    """Return a tree over the same arrays, which cannot be written to."""
    groups = {}
    for node in draws.children.values():
        dataset = node.to_dataset()
        variables = {
            name: named_array(variable.dims, read_only(variable.values), dict(variable.attrs))
            for name, variable in dataset.data_vars.variables.items()
        }
        groups[node.name] = xr.Dataset(variables, dataset.coords, dict(dataset.attrs))
    return xr.DataTree.from_dict(groups)


def free_variables(draws: xr.DataTree, design: Design, priors: Priors) -> Drawn:
    """Yield name, dimensions and draws of what the PyMC model samples and no table reports."""
    centred = draws_of_prior_columns(draws, design, priors, effects=True)
    for predictor in design.linear_predictors:
        common = CommonEffects(design, priors, predictor.parameter)
        if not common.needed:
            continue
        values = common_draws(centred, design, predictor.parameter)
        centre = prior_design(design, priors).predictor(predictor.parameter).centre
        for k, name in enumerate(coefficient_names(predictor)):
            if k == 0 and predictor.intercept:
                yield common.sampled_name(k), (), values[:, :, 0] + values[:, :, 1:] @ centre
            elif common.sampled_name(k) != stored_name(name):
                yield common.sampled_name(k), (), values[:, :, k]
    if design.family.thresholds:
        values = np.stack([named_draws(draws, n) for n in design.family.thresholds], axis=-1)
        shift = common_draws(draws, design) @ design.mu.centre
        yield CENTRED_THRESHOLDS, (thresholds_dim(),), values - shift[..., None]
    for index in range(len(design.blocks)):
        yield from block_variables(centred, design, priors, index)


def block_variables(centred: xr.DataTree, design: Design, priors: Priors, index: int) -> Drawn:
    """Yield what the PyMC model samples for one block of group effects: z, partials, decov's parts.

    The inverse of what `bayesmm.model.shared_effects` makes of them.

    `centred` has draws in the columns of the priors, under the names of the reported ones.
    """
    block = design.blocks[index]
    levels = factor_dim(block.factor)
    sds, effects = sd_draws(centred, block), effect_draws(centred, block)
    matrices = correlation_draws(centred, design, index)
    if SharedEffects(design, index, priors).centring is not None:
        for k, name in enumerate(sd_names(block)):
            yield centred_name(name), (), sds[:, :, k]
    unit = [_ratio(u, sds[:, :, k, None]) for k, u in enumerate(effects)]
    if matrices is None:
        for name, z in zip(block_offset_names(block), unit, strict=True):
            yield name, (levels,), z
    else:
        z = np.stack(_solved(cholesky_of_correlation(matrices), unit), axis=2)
        yield offset_name(design.blocks, index), (offset_dim(design.blocks, index), levels), z
        half = (partials_from_correlation(matrices) + 1) / 2
        dims = (partials_dim(design.blocks, index),)
        yield half_partials_name(design.blocks, index), dims, half
    prior = priors[sd_names(block)[0]]
    if prior.distribution == "Decov":
        yield from _decov_variables(centred, design, index, prior.parameters[2], sds)


def _decov_variables(
    draws: xr.DataTree, design: Design, index: int, scale: float, sds: Array
) -> Drawn:
    """Yield tau = |sd| / (scale dispersion sqrt q) and pi = sd^2 / |sd|^2."""
    q = sds.shape[-1]
    tau, share = decov_names(design.blocks, index)
    own = design.family.dispersion
    dispersion = named_draws(draws, own) if own else 1.0
    yield tau, (), np.linalg.norm(sds, axis=-1) / (scale * dispersion * np.sqrt(q))
    if q > 1:
        squares = sds**2
        shares = squares / squares.sum(axis=-1, keepdims=True)
        yield share, (share_dim(design.blocks, index),), shares


def _solved(L: Array, right: list[Array]) -> list[Array]:
    """Return z of L z = right for L of shape (chain, draw, q, q) and q arrays (chain, draw, J)."""
    z: list[Array] = []
    for a, value in enumerate(right):
        known = sum((L[:, :, a, b, None] * z[b] for b in range(a)), np.zeros_like(value))
        z.append(_ratio(value - known, L[:, :, a, a, None]))
    return z


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Return the ratio; 0 where the denominator is 0, for then nothing depends on it."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


def _of_its_own(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset with the same arrays and copies of coordinates and attributes."""
    coordinates = {name: (c.dims, np.array(c.values)) for name, c in dataset.coords.items()}
    variables = {
        name: named_array(variable.dims, variable.values, dict(variable.attrs))
        for name, variable in dataset.data_vars.variables.items()
    }
    return xr.Dataset(variables, coordinates, dict(dataset.attrs))


def _coordinates(design: Design, posterior: xr.Dataset) -> dict[str, NDArray]:
    """Return the coordinates of the dimensions of z, of the partials and of decov's shares."""
    found: dict[str, NDArray] = {}
    if design.family.thresholds:
        found[thresholds_dim()] = np.array(design.family.thresholds, dtype=str)
    for index, block in enumerate(design.blocks):
        effects = np.array(effect_labels(block), dtype=str)
        partials = stored_name(partials_dim(design.blocks, index))
        choices = {
            stored_name(offset_dim(design.blocks, index)): effects,
            stored_name(share_dim(design.blocks, index)): effects,
            partials: np.arange(posterior.sizes.get(partials, 0)),
        }
        found |= {dim: values for dim, values in choices.items() if dim in posterior.dims}
    return found
