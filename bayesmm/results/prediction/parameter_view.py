"""A fit as a model of one of its parameters: what answers of mu answers of sigma in the same way.

Whatever reads the linear predictor of mu alone (marginal means, slopes, predictions of a mean)
reads that of another parameter when the record it is given has that one in the place of mu.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from bayesmm.errors import UnsupportedModelError, UsageError, suggestion
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.formula.functions import columns_of
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import (
    coefficient_names,
    corr_name,
    correlation_pairs,
    effect_names,
    pair_dim,
    pair_labels,
    sd_names,
    stored_name,
)
from bayesmm.model.parameter_design import Places, design_of_parameter
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.priors import Priors
from bayesmm.wording import either, option

if TYPE_CHECKING:
    import xarray as xr

    from bayesmm.likelihood.ml_fit import MLFit

__all__ = [
    "of_parameter",
    "refuse_several_predictors",
    "refuse_specific",
    "refuse_varying",
    "view_of_parameter",
]


def of_parameter(fit: FitRecord, parameter: str | None) -> FitRecord:
    """Return the record that answers for a parameter; for the response where none is named.

    Its maximum-likelihood fit is the part of the whole one that is of the parameter.
    """
    if parameter is None:
        return fit
    found = view_of_parameter(fit, parameter)
    if found is not fit:
        found.__dict__["_ml_or_reason"] = _ml_or_reason(fit, parameter, found.design)
    return found


def refuse_several_predictors(design: Design) -> None:
    """Raise where the slope of E y has parts by several linear predictors, to have one named."""
    if design.varying and design.family.mean is not None:
        several = ", ".join((MEAN, *design.varying))
        raise UnsupportedModelError(
            f"The slope of the mean of {design.response} has parts by several linear predictors "
            f"({several}). Name one, {option('parameter', MEAN)} or "
            f"{option('parameter', design.varying[-1])}"
            + either(", or take fit.avg_slopes().", ".")
        )


def refuse_specific(design: Design, variables: Iterable[str], instead: str) -> None:
    """Raise where mu alone does not say what some variables change: those in ``cs()``.

    `instead` is what can be had of the variables that are asked for.
    """
    named = set(variables)
    for own in design.specific_predictors[:1]:
        terms = design.encoder.written[own.parameter].terms
        inside = (c.value for t in terms for f in t.factors for c in columns_of(f))
        for name in inside:
            if name in named:
                raise UsageError(
                    f"'{name}' stands in cs(): it has an effect of its own at each threshold, "
                    f"and none on mu alone. Take {instead}, or one threshold, as in "
                    f"{option('parameter', own.parameter)}."
                )


def refuse_varying(design: Design, what: str, instead: str) -> None:
    """Raise for a model in which further parameters vary, where that cannot be answered.

    `what` cannot be had, at the beginning of a sentence; `instead` is what can be done, as the end
    of it.
    """
    if design.varying:
        raise UnsupportedModelError(
            f"{what} cannot be had from a model in which {' and '.join(design.varying)} "
            f"{'varies' if len(design.varying) == 1 else 'vary'} from row to row; {instead}."
        )


def view_of_parameter(fit: FitRecord, parameter: str) -> FitRecord:
    """Return a record whose mu is a parameter of this one, with its coefficients and effects.

    The mean of its response is the parameter itself. The maximum-likelihood fit is not asked for,
    which takes time: that of the parameter is in the record that `of_parameter` returns.
    """
    design = fit.design
    if parameter == MEAN and not design.varying and design.family.mean is None:
        return fit
    known = [predictor.parameter for predictor in design.predictors]
    if parameter not in known:
        raise UsageError(
            f"{option('parameter')} is {parameter!r}. "
            + suggestion(str(parameter), known, label="Possible")
        )
    predictor = design.predictor(parameter)
    if parameter in design.constants:
        raise UsageError(
            f"{parameter} is one number, the same in all rows; "
            f"{either('fit.summary()', 'bayesmm summary')} has it, and a formula "
            f"'{parameter} ~ ...' lets it differ."
        )
    family = _family(design.family, parameter, predictor.link)
    of_mean = parameter == MEAN and design.family.mean is None
    name = None if of_mean else parameter
    viewed, places = design_of_parameter(design, parameter, family, name)
    found = replace(
        fit,
        design=viewed,
        own_draws=_draws(fit.own_draws, design, predictor, viewed.blocks, places),
        priors=Priors({}, fit.priors.preset),
    )
    reason = f"The maximum-likelihood fit of {parameter} was not asked for."
    found.__dict__["_ml_or_reason"] = (None, reason)
    return found


def _ml_or_reason(fit: FitRecord, parameter: str, viewed: Design) -> "tuple[MLFit | None, str]":
    """Return the maximum-likelihood fit of a parameter, or why there is none."""
    if fit.ml is None:
        return None, fit.ml_note
    from bayesmm.likelihood.parameter_part import ml_of_parameter  # noqa: PLC0415  (slow)

    return ml_of_parameter(fit.ml, parameter, viewed), ""


def _family(family: Family, parameter: str, link: str) -> Family:
    """Return a family of the parameter as the mean of a response, without a density."""
    if parameter == MEAN and family.mean is None:
        return replace(family, parameters=(family.parameters[0],), link=link)
    own = Parameter(MEAN, links=(link,), meaning=parameter)
    kind = "proportion" if link == "logit" else "positive"
    return Family(parameter, kind if link != "identity" else "real", (own,), link=link)


def _draws(
    draws: "xr.DataTree",
    design: Design,
    predictor: Predictor,
    blocks: tuple[Block, ...],
    places: Places,
) -> "xr.DataTree":
    """Return the draws of a parameter under the names that those of mu have."""
    import xarray as xr  # noqa: PLC0415  (slow to import, and few models have such views)

    from bayesmm.sampling.named_arrays import named_array  # noqa: PLC0415  (xarray)

    posterior = draws["posterior"].to_dataset()
    pairs = list(zip(coefficient_names(predictor), predictor.terms, strict=True))
    for block, (index, own) in zip(blocks, places, strict=True):
        old = design.blocks[index]
        for names in (effect_names, sd_names):
            pairs += [(names(old)[k], new) for k, new in zip(own, names(block), strict=True)]
    found = {
        stored_name(new): posterior[stored_name(name)].variable.copy(deep=False)
        for name, new in pairs
    }
    for (name, new), variable in zip(pairs, found.values(), strict=True):
        variable.attrs = {"long_name": new if name != new else name}
    coords = {name: posterior[name] for name in posterior.dims if name in posterior.coords}
    for position, (block, (index, own)) in enumerate(zip(blocks, places, strict=True)):
        new = corr_name(blocks, position)
        if new is None:
            continue
        every = correlation_pairs(design.blocks[index])
        kept = [every.index((own[a], own[b])) for a, b in correlation_pairs(block)]
        values = posterior[stored_name(str(corr_name(design.blocks, index)))].values[..., kept]
        dim = stored_name(pair_dim(blocks, position))
        coords.pop(dim, None)
        found[stored_name(new)] = named_array(("chain", "draw", dim), values, {"long_name": new})
        coords[dim] = xr.Variable((dim,), pair_labels(block))
    used = {dim for variable in found.values() for dim in variable.dims}
    coords = {name: value for name, value in coords.items() if name in used | {"chain", "draw"}}
    groups = {node.name: node.to_dataset() for node in draws.children.values()}
    groups["posterior"] = xr.Dataset(found, coords, dict(posterior.attrs))
    return xr.DataTree.from_dict(groups)
