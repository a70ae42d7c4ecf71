"""The response of a model in plain PyMC: the parameters in every row, and the distribution."""

from collections.abc import Iterator, Mapping

from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.script.parts import ScriptParts
from bayesmm.script.pymc_thresholds import ordered_lines
from bayesmm.script.texts import identifier

__all__ = ["ending_of", "response_lines"]

_INVERSE: Mapping[str, str] = {
    "identity": "eta",
    "log": "pm.math.exp(eta)",
    "logit": "pm.math.sigmoid(eta)",
    "probit": "pm.math.invprobit(eta)",
    "cloglog": "1 - pm.math.exp(-pm.math.exp(eta))",
    "tan_half": "2 * pm.math.arctan(eta)",
    "inverse": "1 / eta",
}


def ending_of(predictor: Predictor) -> str:
    """Return the ending of names that belong to a predictor: none for mu."""
    return "" if predictor.parameter == MEAN else f"_{identifier(predictor.parameter)}"


def response_lines(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of the response."""
    family, weights = parts.design.family, parts.design.weights
    yield ""
    if parts.design.mu_is_empty:
        yield from _categories(parts)
        return
    if not family.thresholds:
        yield f"mu = {_INVERSE[family.link]}"
    for predictor in parts.design.linear_predictors[1:]:
        own = predictor.parameter
        if predictor in parts.design.specific_predictors:
            continue  # they are added to eta
        yield f"{own} = {_INVERSE[predictor.link].replace('eta', f'eta_{own}')}"
    if family.thresholds:
        yield from ordered_lines(parts, _INVERSE[family.link], ending_of)
        return
    distribution, _, inside = family.words.pymc.partition(": ")
    if weights is None:
        yield f'pm.{distribution}("y", {inside}, observed=y)'
    elif family.precision_weights:
        yield 'pm.Normal("y", mu=mu, sigma=sigma / np.sqrt(weights), observed=y)'
    else:
        yield "# a row counts as often as its weight says"
        yield f"log_likelihood = pm.logp(pm.{distribution}.dist({inside}), y)"
        yield 'pm.Potential("y", (weights * log_likelihood).sum())'


def _categories(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of a response of categories, counted from 0."""
    design = parts.design
    etas = ", ".join(f"eta{ending_of(own)}" for own in design.coefficient_predictors)
    yield f"log_odds = pm.math.stack([np.zeros(len(data)), {etas}], axis=-1)"
    inside, observed = "logit_p=log_odds", "y.astype(int)"
    if design.family.response == "multinomial":
        inside, observed = "n=y.sum(axis=1), p=pm.math.softmax(log_odds, axis=-1)", "y"
    name = design.family.words.pymc
    if design.weights is None:
        yield f'pm.{name}("y", {inside}, observed={observed})'
        return
    yield "# a row counts as often as its weight says"
    yield f"log_likelihood = pm.logp(pm.{name}.dist({inside}), {observed})"
    yield 'pm.Potential("y", (weights * log_likelihood).sum())'
