"""Variance explained by a model, by its common and by its group effects; intraclass correlation."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.parameters import Parameters, ml_parameters, posterior_parameters
from bayesmm.results.prediction.predictor import effect_columns_on, group_variance
from bayesmm.results.tables.distribution_variance import distribution_variance, fixed_chunks
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval

__all__ = ["icc", "r2", "r2_nakagawa", "r2_zhang"]

_PARTS = ("model", "fixed", "random")


def r2(fit: FitRecord, prob: float = PROB) -> Estimates:
    """Proportion of variance explained by the model, its common and its group effects.

    Two definitions, each a distribution over the draws:

    - ``nakagawa``: F / (F + G + D) for the common effects and G / (F + G + D) for the group
      effects, with F the variance over the rows (n - 1) of X beta + offset, G the mean over the
      rows of z' Sigma z, and D the variance of the family on the link scale (see
      `distribution_variance`). About the population: the y of the data enter through the
      parameters only.
    - ``zhang``: fixed = 1 - sum m_i^2 / SST and model = 1 - sum E(e_i^2 | y_i) / SST, with
      m_i = y_i - x_i beta, SST = sum (y_i - mean y)^2 and e_i = m_i - z_i' u given its own row:
      E(e_i^2 | y_i) = sigma^2 t / (1 + t) + (m_i / (1 + t))^2, t = z_i' Sigma z_i / sigma^2;
      random is the difference. This is what ``rsq`` of the R package rsq reports. Only gaussian
      models with the identity link, one sigma and without weights have it.

    Where sigma varies D is the mean over the rows of the data of E sigma^2, as G is of z' Sigma z.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    Estimates
        ``table``: ``definition``, ``part`` (model, fixed, random), ``mean``, ``sd``, ``median``,
        ``lower``, ``upper``, ``ml``: the same at the ML or REML estimates, NaN without them.
        ``draws``: shape (chain, draw, row).

    Raises
    ------
    UnsupportedModelError
        For a family and link without a variance on the link scale.

    References
    ----------
    Nakagawa and Schielzeth (2013), Methods in Ecology and Evolution 4, 133-142,
    doi:10.1111/j.2041-210x.2012.00261.x. Johnson (2014), ibid. 5, 944-946,
    doi:10.1111/2041-210X.12225. Zhang (2022), Journal of Agricultural, Biological and
    Environmental Statistics 27, 674-689, doi:10.1007/s13253-022-00507-0
    """
    definitions: dict[str, Callable[[Design, Parameters], Array]] = {"nakagawa": r2_nakagawa}
    family = fit.design.family
    if family.linear and fit.design.weights is None and not fit.design.varying:
        definitions["zhang"] = r2_zhang
    keys = {
        "definition": [name for name in definitions for _ in _PARTS],
        "part": [*_PARTS] * len(definitions),
    }

    def quantity(parameters: Parameters) -> Array:
        return np.concatenate([f(fit.design, parameters) for f in definitions.values()], axis=-1)

    return _summarised(fit, keys, quantity, prob, "Variance explained (R2)")


def icc(fit: FitRecord, prob: float = PROB) -> Estimates:
    """Intraclass correlation of each grouping factor: its share of the variance of one response.

    G_f / (sum over factors of G + D) on the scale of the link, with G_f the mean over the rows
    of z' Sigma z, z the columns of the factor's effects in a row: where slopes vary, the variance
    differs from row to row. Over the factors these add up to the adjusted intraclass correlation
    G / (G + D) [1]_; with the common effects in the denominator it is ``random`` of `r2`, the
    conditional one. D is the variance of the family on the link scale (see
    `distribution_variance`): residual for the gaussian family, the mean over the rows of the data
    where sigma varies; latent for logistic models.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    Estimates
        ``table``: ``grp``, ``mean``, ``sd``, ``median``, ``lower``, ``upper``, ``ml``; ``draws``:
        shape (chain, draw, row).

    Raises
    ------
    UsageError
        When the model has no group effects.
    UnsupportedModelError
        For a family and link without a variance on the link scale.

    References
    ----------
    .. [1] Nakagawa, Johnson and Schielzeth (2017), Journal of the Royal Society Interface 14,
       20170213, doi:10.1098/rsif.2017.0213; Johnson (2014), doi:10.1111/2041-210X.12225
    """
    design = fit.design
    blocks = [k for k, block in enumerate(design.blocks) if MEAN in _parameters(block)]
    if not blocks:
        raise UsageError(
            f"The model has no group effects{' on mu' if design.blocks else ''}; there is no "
            "intraclass correlation."
        )
    factors = list(dict.fromkeys(design.blocks[k].factor for k in blocks))

    def quantity(parameters: Parameters) -> Array:
        shares = {factor: np.zeros(parameters.shape) for factor in factors}
        for k in blocks:
            block, covariance = design.blocks[k], parameters.covariances[k]
            shares[block.factor] = shares[block.factor] + _mean_variance(block, covariance)
        total = sum(shares.values()) + distribution_variance(design, parameters)
        return np.stack([share / total for share in shares.values()], axis=-1)

    return _summarised(fit, {"grp": factors}, quantity, prob, "Intraclass correlation")


def _parameters(block: Block) -> set[str]:
    """Return the parameters that a block has effects on."""
    return {effect.predictor for effect in block.effects}


def r2_nakagawa(design: Design, parameters: Parameters) -> Array:
    """Return R2 of model, fixed and random part by variance components, (chain, draw, 3)."""
    columns = design.mu.X
    slopes = parameters.common[..., int(design.mu.intercept) :]
    if design.mu.offset is not None:
        columns = np.column_stack([columns, design.mu.offset])
        slopes = np.concatenate([slopes, np.ones((*parameters.shape, 1))], axis=-1)
    spread = np.atleast_2d(np.cov(columns.T)) if columns.shape[1] else np.zeros((0, 0))
    fixed = np.einsum("...i,ij,...j->...", slopes, spread, slopes)
    random = np.zeros(parameters.shape)
    for block, covariance in zip(design.blocks, parameters.covariances, strict=True):
        random += _mean_variance(block, covariance)
    total = fixed + random + distribution_variance(design, parameters)
    return np.stack([(fixed + random) / total, fixed / total, random / total], axis=-1)


def _mean_variance(block: Block, covariance: Array) -> Array:
    """Return the mean over the rows of z' Sigma z, which needs only the mean of z z'.

    Of the effects on mu, those on other parameters left out.
    """
    [Z] = effect_columns_on([block], [block.columns.Z])
    return np.einsum("...ij,ij->...", covariance, Z.T @ Z / len(Z))


def r2_zhang(design: Design, parameters: Parameters) -> Array:
    """Return Zhang's R2 of model, fixed and random part, shape (chain, draw, 3)."""
    variance = parameters.auxiliary[design.family.residual_scale][..., None] ** 2
    columns = [block.columns.Z for block in design.blocks]
    marginal, own = np.zeros(parameters.shape), np.zeros(parameters.shape)
    for part, eta in fixed_chunks(design, parameters):
        residual = design.y[part] - eta
        ratio = group_variance(parameters, columns, part) / variance
        marginal += (residual**2).sum(axis=-1)
        own += (variance * ratio / (1 + ratio) + (residual / (1 + ratio)) ** 2).sum(axis=-1)
    total = np.sum((design.y - design.y.mean()) ** 2)
    model, fixed = 1 - own / total, 1 - marginal / total
    return np.stack([model, fixed, model - fixed], axis=-1)


def _summarised(
    fit: FitRecord,
    keys: Mapping[str, list[str]],
    quantity: Callable[[Parameters], Array],
    prob: float,
    title: str,
) -> Estimates:
    """Return the table of a function of the parameters, with its value at the ML estimates."""
    draws = quantity(posterior_parameters(fit.own_draws, fit.design))
    ml = np.full(draws.shape[-1], np.nan)
    if fit.ml is not None:
        ml = quantity(ml_parameters(fit.ml))[0, 0]
    if fit.design.varying:
        title += f", {fit.design.family.residual_scale}² of the mean row"
    table = state_interval(pd.DataFrame({**keys, **moments(draws, prob), "ml": ml}), prob)
    table.attrs |= {"title": title, "quantity": "share of the variance"}
    return Estimates(table, draws)
