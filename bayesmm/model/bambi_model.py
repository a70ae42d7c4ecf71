"""The Bambi and PyMC model of a design and its priors: the specification of every engine.

The only module that imports Bambi. Bambi gets generated columns, named as in the tables, so that
its own reading of formulas takes no part. Correlated effects come through its public hook, a
prior with ``dist=``: Bambi makes each sd from its own prior and calls ``dist`` for the effect.
Correlations are canonical partial correlations, which compile in a sixth of the time of PyMC's
``LKJCholeskyCov``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.bambi_columns import bambi_group_columns, effects_under_other_names
from bayesmm.model.block import Block
from bayesmm.model.centred_intercept import CommonEffects, intercept_of_rows
from bayesmm.model.design import Design
from bayesmm.model.names import (
    effect_labels,
    effect_name,
    factor_dim,
    scalar_names,
    sd_name,
    stored_name,
)
from bayesmm.model.observed_rows import observed_rows
from bayesmm.model.priors import Prior, Priors
from bayesmm.model.shared_effects import SharedEffects
from bayesmm.wording import option

if TYPE_CHECKING:
    import bambi

__all__ = [
    "ResponseColumns",
    "bambi_formula",
    "bambi_frame",
    "build_bambi_model",
    "response_columns",
]


def build_bambi_model(design: Design, priors: Priors) -> "bambi.Model":
    """Return the built Bambi model; its PyMC model is ``model.backend.model``.

    The priors are of the columns that `prior_columns` says. The one of ``"Intercept"`` is of the
    centred design: the model samples ``"Intercept_centred"`` and has ``"Intercept"`` at X = 0 as a
    function of it; so it is with all that is centred. Bambi gives known weights of a gaussian model
    another meaning: they are refused, as are families that it does not have.
    """
    import bambi as bmb  # noqa: PLC0415  (heavy: seconds; most fits never need it)

    if design.varying:
        raise UnsupportedModelError(
            f"There is no Bambi model of {design.varying[0]} that varies; the PyMC model is "
            "fit.pymc_model."
        )
    if design.family.forms.columns:
        raise UnsupportedModelError(
            "There is no Bambi model of censored or truncated responses here; the PyMC model is "
            "fit.pymc_model."
        )
    if "bambi" not in design.family.words.names:
        raise UnsupportedModelError(
            f"Bambi has no {design.family.name} family. Use {option('engine', 'compiled')}."
        )
    if design.weights is not None and design.family.precision_weights:
        raise UnsupportedModelError(
            "Bambi multiplies the log likelihood by the weights; for a gaussian model weights "
            f"are precisions here, as in lme4. Use {option('engine', 'compiled')}."
        )
    model = bmb.Model(
        bambi_formula(replace(design, weights=None)),
        bambi_frame(design),
        family=design.family.words.names["bambi"],
        link=design.family.link,
        priors=_bambi_priors(design, priors),
        auto_scale=False,
        center_predictors=False,  # the hook of the intercept centres, and names both intercepts
    )
    renamed = {theirs: own for own in design.family.auxiliary
               if (theirs := bambi_name(design, own)) != own}  # fmt: skip
    if renamed := {**renamed, **effects_under_other_names(design)}:
        model.set_alias(renamed)
    if design.weights is not None:
        from bambi.backend.utils import get_distribution_from_likelihood  # noqa: PLC0415

        # Bambi's weighted(y, w) drops the weights of binomial counts, and fails for bernoulli and t
        likelihood = model.family.likelihood
        of_one = get_distribution_from_likelihood(likelihood)
        likelihood.dist = observed_rows(of_one, likelihood.name, {}, design.weights)
    _name_response(model, design)
    model.build()
    _name_levels(model.backend.model, design)
    return model


def _name_response(model: "bambi.Model", design: Design) -> None:
    """Give the response the name that it has in the draws."""
    bambis, ours = model.response_term.name, stored_name(design.response)
    if bambis != ours:
        model.set_alias({bambis: ours})


def _name_levels(model: Any, design: Design) -> None:
    """Give the levels of factors that Bambi reads as numbers the labels that the draws have."""
    for block in design.blocks:
        dim = stored_name(factor_dim(block.factor))
        if tuple(model.coords[dim]) != block.levels:
            model.set_dim(dim, block.n_groups, coord_values=block.levels)


def bambi_name(design: Design, name: str) -> str:
    """Return Bambi's name of a scalar of a model."""
    own = design.family.parameter(name)
    return stored_name(name) if own is None else own.names.get("bambi", stored_name(name))


def bambi_formula(design: Design) -> str:
    """Return the formula over the generated columns of `bambi_frame`."""
    columns = response_columns(design)
    response = _quoted(columns.response)
    if design.trials is not None:
        response = f"p({response}, {_quoted(columns.trials)})"
    elif design.weights is not None:
        response = f"weighted({response}, {_quoted(columns.weights)})"
    parts = ["1" if design.mu.intercept else "0", *map(_quoted, design.mu.names)]
    for block, columns_of_block in zip(design.blocks, bambi_group_columns(design), strict=True):
        for column in columns_of_block:
            left = "1" if column == "Intercept" else f"0 + {_quoted(column)}"
            parts.append(f"({left} | {_quoted(block.factor)})")
    if design.mu.offset is not None:
        parts.append(f"offset({_quoted(columns.offset)})")
    return f"{response} ~ {' + '.join(parts)}"


def bambi_frame(design: Design) -> pd.DataFrame:
    """Return one column per quantity of the design, named as in the tables."""
    columns = response_columns(design)
    frame: dict[str, Any] = {}
    whole = design.family.response in ("binary", "binomial", "count")
    frame[columns.response] = design.y.astype(np.int64) if whole else design.y
    if design.trials is not None:
        frame[columns.trials] = design.trials.astype(np.int64)
    if design.weights is not None:
        frame[columns.weights] = design.weights
    if design.mu.offset is not None:
        frame[columns.offset] = design.mu.offset
    frame |= {stored_name(n): x for n, x in zip(design.mu.names, design.mu.X.T, strict=True)}
    for block, names in zip(design.blocks, bambi_group_columns(design), strict=True):
        for name, (_, column) in zip(names, block.effect_columns(), strict=True):
            if name != "Intercept":
                frame.setdefault(stored_name(name), column)
    for block in design.blocks:
        name = stored_name(block.factor)
        if name not in frame:
            levels = pd.Index(block.levels, dtype=object)
            # Ordered, because Bambi sorts the levels of any other factor as text: 1, 10, 2.
            frame[name] = pd.Categorical.from_codes(
                block.columns.codes, categories=levels, ordered=True
            )
        elif not isinstance(frame[name], pd.Categorical):
            _check_number_as_factor(block, frame[name])
    return pd.DataFrame(frame)


def _check_number_as_factor(block: Block, column: NDArray[np.float64]) -> None:
    """Check that Bambi's levels of a number, its sorted values, are those of the design."""
    codes = np.unique(column, return_inverse=True)[1]
    if not np.array_equal(codes, block.columns.codes):
        raise UnsupportedModelError(
            f"'{block.factor}' is a number and a grouping factor with levels in another order; "
            "Bambi cannot name both. Copy it to a second column for the grouping."
        )


@dataclass(frozen=True, slots=True)
class ResponseColumns:
    """Names of the response and its companions among the generated columns."""

    response: str
    trials: str
    weights: str
    offset: str


def response_columns(design: Design) -> ResponseColumns:
    """Return names for the response and its companions that no other column has."""
    taken = {*design.mu.names, *(e for b in design.blocks for e in (*effect_labels(b), b.factor))}

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    response = "successes" if design.trials is not None else design.response
    return ResponseColumns(*(free(n) for n in (response, "trials", "weights", "known")))


def _quoted(name: str) -> str:
    return f"`{stored_name(name)}`"


def _bambi_priors(design: Design, priors: Priors) -> dict[str, Any]:
    plain = scalar_names(design)
    given = {bambi_name(design, name): _bambi_prior(priors[name]) for name in plain}
    columns = bambi_group_columns(design)
    common = CommonEffects(design, priors)
    if common.needed:
        given |= {stored_name(name): _hook("Coefficient", common.dist) for name in design.mu.terms}
    elif not design.blocks and design.mu.offset is None:
        given["Intercept"] = _hook("InterceptOfRows", intercept_of_rows(design, priors))
    for index, block in enumerate(design.blocks):
        shared = SharedEffects(design, index, priors)
        for position, effect in enumerate(block.effects):
            sd_prior = priors[sd_name(effect, block.factor)]
            if shared.centring is not None:
                sd = _hook("ReportedSd", shared.reported_sd(position))
            elif sd_prior.distribution == "Decov":
                sd = _hook("Decov", shared.decov_sd(position))
            else:
                sd = _bambi_prior(sd_prior)
            of_column = replace(effect, name=columns[index][position])
            given[stored_name(effect_name(of_column, block.factor))] = (
                _hook("LKJNormal", shared.effect(position), sigma=sd)
                if block.covariance.correlated
                else _bambi_prior(Prior("Normal", (0.0, 1.0)), sigma=sd)
            )
    return given


def _bambi_prior(prior: Prior, **replaced: Any) -> Any:
    import bambi as bmb  # noqa: PLC0415

    parameters = {**prior.named, **replaced}
    return bmb.Prior(prior.distribution, auto_scale=False, **parameters)


def _hook(name: str, dist: Callable[..., Any], **parts: Any) -> Any:
    import bambi as bmb  # noqa: PLC0415

    return bmb.Prior(name, auto_scale=False, dist=dist, noncentered=False, **parts)
