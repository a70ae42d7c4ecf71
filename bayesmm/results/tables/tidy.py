"""Tables as R's broom.mixed has them, and draws in long form for plotting libraries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.choices import EffectKind
from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.names import correlation_pairs, effect_labels, prefixed
from bayesmm.results.checks.residuals import residuals
from bayesmm.results.comparison.loo import leave_one_out
from bayesmm.results.prediction.parameters import Parameters, posterior_parameters
from bayesmm.results.prediction.predict import predict
from bayesmm.results.tables.coefficient_ratios import ratio_words
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.posterior import effect_draws
from bayesmm.wording import option, refuse_other

__all__ = ["EFFECTS", "augment", "glance", "tidy", "tidy_draws"]

EFFECTS: tuple[str, ...] = get_args(EffectKind)
_USUAL: tuple[EffectKind, ...] = ("fixed", "ran_pars", "auxiliary")
_KEYS = ["effect", "group", "level", "term"]
_SUMMARY = {"mean": "estimate", "sd": "std.error", "lower": "conf.low", "upper": "conf.high"}
_MOST_VALUES = 200_000_000  # of one table of draws: 1.6 GB, and the keys as much again


@dataclass(frozen=True, slots=True, eq=False)
class _Quantities:
    """Some quantities of one kind and one group: keys, and draws of shape (chain, draw, k)."""

    effect: str
    group: str | None
    levels: tuple[str | None, ...]
    terms: tuple[str, ...]
    draws: Array

    @property
    def keys(self) -> pd.DataFrame:
        frame = pd.DataFrame({"level": self.levels, "term": self.terms}, dtype=object)
        return frame.assign(effect=self.effect, group=self.group)[_KEYS]


def tidy(
    fit: FitRecord,
    effects: EffectKind | Sequence[EffectKind] = _USUAL,
    prob: float = PROB,
    *,
    exponentiate: bool = False,
) -> pd.DataFrame:
    """Return one row per parameter under the names of R's broom.mixed.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    effects : {"fixed", "ran_pars", "ran_vals", "auxiliary"} or sequence of them
        Common effects; standard deviations and correlations of the group effects with the
        residual sd; the group effects themselves; further parameters of the family, which
        broom.mixed does not have. All but the group effects by default.
    prob : float
        Probability of the equal-tailed interval.
    exponentiate : bool
        Summarise the draws of exp(beta) of the common effects: odds ratios, rate ratios; see
        `fixef`. Nothing else is changed.

    Returns
    -------
    pandas.DataFrame
        Columns ``effect``; ``group``, the grouping factor or ``"Residual"``, missing for common
        effects; ``level``, of group effects alone; ``term``: ``(Intercept)``, ``Days``,
        ``sd__(Intercept)``, ``cor__(Intercept).Days``, ``sd__Observation``; ``estimate`` and
        ``std.error``, the mean and the sd of the draws; ``conf.low``, ``conf.high``.

    Raises
    ------
    UsageError
        For an unknown kind of effects, or when exp of a coefficient is no ratio.
    """
    ratio = ratio_words(fit.design.family)[0] if exponentiate else ""
    parts = []
    for found in _quantities(fit, _chosen(effects)):
        is_ratio = exponentiate and found.effect == "fixed"
        summary = moments(np.exp(found.draws) if is_ratio else found.draws, prob)
        parts.append(found.keys.assign(**{new: summary[old] for old, new in _SUMMARY.items()}))
    empty = pd.DataFrame(columns=[*_KEYS, *_SUMMARY.values()])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    if "ran_vals" not in _chosen(effects):
        table = table.drop(columns="level")
    return state_interval(table, prob, f"Common effects: {ratio}" if ratio else "")


def tidy_draws(fit: FitRecord, effects: EffectKind | Sequence[EffectKind] = _USUAL) -> pd.DataFrame:
    """Return one row per draw and parameter, for seaborn, plotnine, Altair and their like.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    effects : {"fixed", "ran_pars", "ran_vals", "auxiliary"} or sequence of them
        As in `tidy`.

    Returns
    -------
    pandas.DataFrame
        Columns ``chain`` and ``draw`` (of the chain), both from 0 as in ``fit.draws``, the keys
        of `tidy` and ``value``. ``effect``, ``group``, ``level`` and ``term`` are categorical.

    Raises
    ------
    UsageError
        For an unknown kind of effects, or a table that no memory holds.
    """
    parts = list(_quantities(fit, _chosen(effects)))
    if not parts:
        return pd.DataFrame(columns=["chain", "draw", *_KEYS, "value"])
    size = sum(part.draws.size for part in parts)
    if size > _MOST_VALUES:
        raise UsageError(
            f"The table would have {size:,} rows, more than {_MOST_VALUES:,}; leave 'ran_vals' out "
            f"of {option('effects')}, or take the arrays of fit.draws."
        )
    sizes = fit.own_draws["posterior"].sizes
    n_chains, n_draws = sizes["chain"], sizes["draw"]
    keys = pd.concat([part.keys for part in parts], ignore_index=True)
    values = np.concatenate([part.draws for part in parts], axis=-1)
    repeated = {name: pd.Categorical(keys[name]).repeat(n_chains * n_draws) for name in _KEYS}
    table = pd.DataFrame(
        {
            "chain": np.tile(np.repeat(np.arange(n_chains), n_draws), len(keys)),
            "draw": np.tile(np.arange(n_draws), n_chains * len(keys)),
            **repeated,
            "value": values.reshape(-1, len(keys)).T.reshape(-1),
        }
    )
    return table if "ran_vals" in _chosen(effects) else table.drop(columns="level")


def glance(fit: FitRecord, *, looic: bool = False) -> pd.DataFrame:
    """Return one row about the whole fit under the names of R's broom.mixed.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    looic : bool
        Whether to add the predictive accuracy by leave-one-out, which takes longer.

    Returns
    -------
    pandas.DataFrame
        Columns ``algorithm``, ``pss`` (posterior sample size: draws of all chains), ``nobs``,
        ``sigma`` (posterior mean of the residual sd; NaN without one); ``logLik``, ``AIC``,
        ``BIC`` of the REML or ML fit of the same design and ``REML`` (NaN and missing without
        one); ``rhat.max``, ``ess.bulk.min``, ``divergences``, ``grade`` of the draws; with
        `looic` ``elpd_loo``, ``se_elpd_loo``, ``p_loo``, ``looic``.
    """
    sizes, ml, found = fit.own_draws["posterior"].sizes, fit.ml, fit.diagnostics
    scale = fit.design.family.residual_scale
    auxiliary = posterior_parameters(fit.own_draws, fit.design).auxiliary
    row: dict[str, Any] = {
        "algorithm": "NUTS",
        "pss": sizes["chain"] * sizes["draw"],
        "nobs": fit.design.n_obs,
        "sigma": float(auxiliary[scale].mean()) if scale in auxiliary else np.nan,
        "logLik": np.nan if ml is None else ml.loglik,
        "AIC": np.nan if ml is None else ml.aic,
        "BIC": np.nan if ml is None else ml.bic,
        "REML": None if ml is None else ml.reml,
        "rhat.max": found.rhat_max,
        "ess.bulk.min": found.ess_bulk_min,
        "divergences": found.divergences,
        "grade": str(found.grade),
    }
    if looic:
        loo = leave_one_out(fit)
        row |= {"elpd_loo": loo.elpd, "se_elpd_loo": loo.se, "p_loo": loo.p_loo}
        row["looic"] = -2 * loo.elpd
    return pd.DataFrame([row])


def augment(fit: FitRecord, newdata: Any = None, prob: float = PROB) -> pd.DataFrame:
    """Return the rows with what the model says of each, under the names of R's broom.mixed.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    newdata : DataFrame, optional
        Rows of groups of the data; default: the rows of the fit.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    pandas.DataFrame
        The columns of the rows, then ``.fitted``, ``.se.fit``, ``.lower``, ``.upper``: mean, sd
        and interval of the mean response (of binomial rows the probability of success), given
        the effects of the group; ``.fixed``: its mean for the typical group, whose effects are
        0; and of the rows of the fit ``.resid``, the response (the proportion of successes) less
        ``.fitted``. Of categories without order a row for each ``.category`` with its probability,
        of which ``.resid`` is 1 where the row is of it, less ``.fitted``; of counts of categories
        the share of each, less ``.fitted``.
    """
    of_data, fitted = apart(predict(fit, newdata, prob=prob).table)
    typical = apart(predict(fit, newdata, "typical group", prob=prob).table)[1]
    names = {"mean": ".fitted", "sd": ".se.fit", "lower": ".lower", "upper": ".upper"}
    unordered = fit.design.family.against_reference
    counts = fit.design.category_counts
    columns = {".category": fitted["category"].to_numpy()} if unordered else {}
    columns |= {new: fitted[old].to_numpy() for old, new in names.items()}
    columns[".fixed"] = typical["mean"].to_numpy()
    if newdata is None and counts is not None:
        columns[".resid"] = (counts / counts.sum(axis=1)[:, None]).ravel() - columns[".fitted"]
    elif newdata is None:
        observed = residuals(fit)["observed"].to_numpy()
        if unordered:
            own = np.repeat(observed, len(fit.design.categories))
            observed = (own == columns[".category"]).astype(float)
        trials = fit.design.trials
        columns[".resid"] = observed / (1 if trials is None else trials) - columns[".fitted"]
    return state_interval(beside(of_data, pd.DataFrame(columns)), prob)


def _chosen(effects: EffectKind | Sequence[EffectKind]) -> tuple[str, ...]:
    chosen = (effects,) if isinstance(effects, str) else tuple(effects)
    for one in chosen:
        refuse_other("effects", one, EFFECTS)
    return chosen


def _quantities(fit: FitRecord, effects: Sequence[str]) -> Iterator[_Quantities]:
    """Yield the quantities of some kinds, in the order of broom.mixed."""
    design = fit.design
    parameters = posterior_parameters(fit.own_draws, design)
    for own in design.linear_predictors if "fixed" in effects else ():
        if own.terms:
            terms = tuple(prefixed(_term(term), own.parameter) for term in own.terms)
            draws = parameters.coefficients(own.parameter)
            yield _Quantities("fixed", None, (None,) * len(terms), terms, draws)
    if "ran_pars" in effects:
        for index, block in enumerate(design.blocks):
            yield _spread(block, parameters.covariances[index])
        yield from _residual(fit, parameters)
    if "auxiliary" in effects:
        for name, draws in parameters.auxiliary.items():
            if name != design.family.residual_scale:
                yield _Quantities("auxiliary", None, (None,), (name,), draws[..., None])
    if "ran_vals" in effects:
        for block in design.blocks:
            values = effect_draws(fit.own_draws, block)
            for effect, draws in zip(effect_labels(block), values, strict=True):
                terms = (_term(effect),) * block.n_groups
                yield _Quantities("ran_vals", block.factor, tuple(block.levels), terms, draws)


def _spread(block: Block, covariances: Array) -> _Quantities:
    """Return the sds of a block, then its correlations."""
    labels = [_term(label) for label in effect_labels(block)]
    pairs = correlation_pairs(block)
    sds = np.sqrt(np.diagonal(covariances, axis1=-2, axis2=-1))
    parts = [sds, *((covariances[..., a, b] / (sds[..., a] * sds[..., b]))[..., None]
                    for a, b in pairs)]  # fmt: skip
    terms = [f"sd__{label}" for label in labels]
    terms += [f"cor__{labels[a]}.{labels[b]}" for a, b in pairs]
    levels = (None,) * len(terms)
    return _Quantities("ran_pars", block.factor, levels, tuple(terms), np.concatenate(parts, -1))


def _residual(fit: FitRecord, parameters: Parameters) -> Iterator[_Quantities]:
    scale = fit.design.family.residual_scale
    if scale in parameters.auxiliary:
        draws = parameters.auxiliary[scale][..., None]
        yield _Quantities("ran_pars", "Residual", (None,), ("sd__Observation",), draws)


def _term(label: str) -> str:
    return "(Intercept)" if label == "Intercept" else label
