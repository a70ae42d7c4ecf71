"""The PyMC model of a design that Bambi has no model of: the specification of every engine.

Bambi cannot correlate effects on several predictors, has psi where zi may be written, and no bounds
of a row. This is PyMC alone, with the coefficients and effects that `bayesmm.model.bambi_model` has
too.
"""

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.centred_intercept import CommonEffects
from bayesmm.model.design import Design
from bayesmm.model.names import (
    block_offset_names,
    effect_names,
    factor_dim,
    sd_names,
    stored_name,
    thresholds_dim,
)
from bayesmm.model.observed_rows import observed_rows
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Prior, Priors
from bayesmm.model.pymc_thresholds import pymc_shares, threshold_variables
from bayesmm.model.shared_effects import SharedEffects
from bayesmm.wording import option

__all__ = ["build_pymc_model", "pymc_alone", "pymc_problem"]

_ROWS = "__obs__"


def pymc_alone(design: Design) -> bool:
    """Return whether the specification of a design is made of PyMC, because Bambi has none."""
    family = design.family
    bounds = bool(family.forms.columns)
    return bool(design.varying or family.thresholds or bounds or "bambi" not in family.words.names)


def pymc_problem(design: Design) -> str:
    """Return why PyMC has no such model; empty when it has one."""
    if design.weights is not None and design.category_counts is not None:
        return f"PyMC has no {design.family.name} family of weighted rows"
    if design.family.words.pymc or design.family.shares is not None:
        return ""
    return f"PyMC has no {design.family.name} family"


def build_pymc_model(design: Design, priors: Priors) -> Any:
    """Return the `pymc.Model` of a design, whichever of its parameters vary.

    For each parameter theta with a predictor, g(theta) = b0 + X beta + offset + sum_k Z_k u_k; the
    names of its variables are those of the draws, and ``mu`` (``p`` of successes) and each
    parameter that varies are there in every row.

    The priors are of the columns that `prior_columns` says. A family that PyMC does not have is not
    supported.
    """
    import pymc as pm  # noqa: PLC0415  (heavy: seconds; most fits never need it)

    if problem := pymc_problem(design):
        raise UnsupportedModelError(f"{problem}. Use {option('engine', 'compiled')}.")
    coords: dict[str, Any] = {_ROWS: np.arange(design.n_obs)}
    coords |= {stored_name(factor_dim(b.factor)): list(b.levels) for b in design.blocks}
    if design.family.thresholds:
        coords[thresholds_dim()] = list(design.family.thresholds)
    with pm.Model(coords=coords) as model:
        effects = _effects(design, priors)
        binary = design.family.response in ("binary", "binomial")
        values: dict[str, Any] = {}
        for predictor in design.predictors[int(design.mu_is_empty) :]:
            own = predictor.parameter
            if own in design.family.thresholds:
                continue
            if own in design.constants:
                values[own] = _variable(own, priors[own])
                continue
            eta = _linear_predictor(design, priors, predictor, effects)
            name = "p" if binary and own == design.mu.parameter else own
            values[own] = pm.Deterministic(name, _INVERSE[predictor.link](eta), dims=_ROWS)
        if design.family.thresholds:
            coefficients = [model[stored_name(name)] for name in design.mu.names]
            values |= threshold_variables(design, priors, coefficients)
        _response(design, values)
    return model


def _linear_predictor(
    design: Design, priors: Priors, predictor: Predictor, effects: Mapping[tuple[str, str], Any]
) -> Any:
    import pytensor.tensor as pt  # noqa: PLC0415

    coefficients = CommonEffects(design, priors, predictor.parameter).variables()
    eta = pt.zeros(design.n_obs) + predictor.known
    if predictor.intercept:
        eta += coefficients[0]
    if predictor.names:
        eta += pt.dot(predictor.X, pt.stack(coefficients[int(predictor.intercept) :]))
    for block in design.blocks:
        for (effect, column), name in zip(block.effect_columns(), effect_names(block), strict=True):
            if effect.predictor == predictor.parameter:
                eta += effects[block.factor, name][block.columns.codes] * column
    return eta


def _effects(design: Design, priors: Priors) -> dict[tuple[str, str], Any]:
    """Return the variables of all group effects, by factor and name."""
    import pymc as pm  # noqa: PLC0415

    found = {}
    for index, block in enumerate(design.blocks):
        shared, dim = SharedEffects(design, index, priors), stored_name(factor_dim(block.factor))
        z_names = block_offset_names(block)
        for k, (name, sd_name) in enumerate(zip(effect_names(block), sd_names(block), strict=True)):
            if shared.centring is not None:
                sd = shared.reported_sd(k)(stored_name(sd_name))
            elif priors[sd_name].distribution == "Decov":
                sd = shared.decov_sd(k)(stored_name(sd_name))
            else:
                sd = _variable(sd_name, priors[sd_name])
            if block.covariance.correlated:
                u = shared.effect(k)(stored_name(name), sigma=sd, dims=dim)
            else:
                z = pm.Normal(stored_name(z_names[k]), 0.0, 1.0, dims=dim)
                u = pm.Deterministic(stored_name(name), sd * z, dims=dim)
            found[block.factor, name] = u
    return found


def _response(design: Design, values: Mapping[str, Any]) -> None:
    """Add the observed response to the model."""
    import pymc as pm  # noqa: PLC0415

    family, weights = design.family, design.weights
    names = dict(values)
    if design.trials is not None:
        names["trials"] = design.trials.astype(np.int64)
    if weights is not None and family.precision_weights:
        names[family.residual_scale] = names[family.residual_scale] / np.sqrt(weights)
    observed = design.y.astype(np.int64) if family.discrete else design.y
    counts, dims = design.category_counts, _ROWS
    if design.categories and counts is None:
        observed -= 1  # PyMC counts them from 0
    if family.shares is not None:
        distribution = "Categorical"
        parameters = {"p": pymc_shares(design, values, _INVERSE[family.link])}
    elif design.mu_is_empty:
        distribution, parameters = family.words.pymc, {"logit_p": _log_odds(design, values)}
        if counts is not None:
            p = pm.math.softmax(parameters["logit_p"], axis=-1)
            parameters, observed, dims = {"n": observed, "p": p}, counts.astype(np.int64), None
    else:
        distribution, _, inside = family.words.pymc.partition(": ")
        call = ast.parse(f"_({inside})", mode="eval").body
        parameters = {str(word.arg): _value(word.value, names) for word in call.keywords}
    of_one: Any = getattr(pm, distribution)
    if family.forms.columns:
        of_one = observed_rows(of_one, distribution, design.known, weights)
    elif weights is not None and not family.precision_weights:
        of_one = observed_rows(of_one, distribution, {}, weights)
    of_one(stored_name(design.response), observed=observed, dims=dims, **parameters)


def _log_odds(design: Design, values: Mapping[str, Any]) -> Any:
    """Return the log odds of all categories against the first, shape (n_obs, K)."""
    import pytensor.tensor as pt  # noqa: PLC0415

    reference = pt.zeros(design.n_obs)
    return pt.stack([reference, *(values[name] for name in design.family.auxiliary)], axis=-1)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return the value of arithmetic over some names, as `Words.pymc` has it."""
    match node:
        case ast.Name(id=name):
            return names[name]
        case ast.Constant(value=value):
            return value
        case ast.BinOp(left=left, op=operator, right=right):
            return _OPERATORS[type(operator)](_value(left, names), _value(right, names))
        case ast.Call(func=ast.Attribute(attr=name), args=[argument]):  # pm.math.exp(...)
            return _of_math(name)(_value(argument, names))
    raise TypeError(f"{ast.unparse(node)} is no arithmetic of parameters")


def _variable(name: str, prior: Prior) -> Any:
    import pymc as pm  # noqa: PLC0415

    return getattr(pm, prior.distribution)(stored_name(name), **prior.named)


def _of_math(name: str) -> Callable[[Any], Any]:
    def inverse(eta: Any) -> Any:
        import pymc as pm  # noqa: PLC0415

        return getattr(pm.math, name)(eta)

    return inverse


def _cloglog(eta: Any) -> Any:
    import pytensor.tensor as pt  # noqa: PLC0415

    return -pt.expm1(-pt.exp(eta))


def _tan_half(eta: Any) -> Any:
    import pytensor.tensor as pt  # noqa: PLC0415

    return 2 * pt.arctan(eta)


_INVERSE: Mapping[str, Callable[[Any], Any]] = {
    "identity": lambda eta: eta,
    "log": _of_math("exp"),
    "inverse": lambda eta: 1 / eta,
    "logit": _of_math("sigmoid"),
    "probit": _of_math("invprobit"),
    "cloglog": _cloglog,
    "tan_half": _tan_half,
}
_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: lambda a, b: a + b,
        ast.Sub: lambda a, b: a - b,
        ast.Mult: lambda a, b: a * b,
        ast.Div: lambda a, b: a / b,
    }
)
