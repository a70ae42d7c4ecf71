"""The response of a model in plain PyMC: its parameters in every row, and the distribution."""

from collections.abc import Iterator, Mapping

from bayesmm.family.thresholds import DISC, specific_names
from bayesmm.model.names import stored_name
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.priors import Prior
from bayesmm.script.arithmetic import Arithmetic, Written
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_priors import arguments, vector
from bayesmm.script.texts import identifier, python_text

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
        yield from _ordered_lines(parts, _INVERSE[family.link])
        return
    distribution, _, inside = family.words.pymc.partition(": ")
    if weights is not None and family.precision_weights:
        yield 'pm.Normal("y", mu=mu, sigma=sigma / np.sqrt(weights), observed=y)'
    else:
        yield from _observed(weights, distribution, inside, "y")


def _observed(weights: object, distribution: str, inside: str, y: str) -> Iterator[str]:
    """Yield the lines of a response whose rows count as often as their weights say, if any."""
    if weights is None:
        yield f'pm.{distribution}("y", {inside}, observed={y})'
        return
    yield "# a row counts as often as its weight says"
    yield f"log_likelihood = pm.logp(pm.{distribution}.dist({inside}), {y})"
    yield 'pm.Potential("y", (weights * log_likelihood).sum())'


def _categories(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of a response of categories, counted from 0."""
    design = parts.design
    etas = ", ".join(f"eta{ending_of(own)}" for own in design.coefficient_predictors)
    yield f"log_odds = pm.math.stack([np.zeros(len(data)), {etas}], axis=-1)"
    inside, observed = "logit_p=log_odds", "y.astype(int)"
    if design.family.response == "multinomial":
        inside, observed = "n=y.sum(axis=1), p=pm.math.softmax(log_odds, axis=-1)", "y"
    yield from _observed(design.weights, design.family.words.pymc, inside, observed)


_AT_MEAN = "thresholds_at_mean"
# What PyMC has not: log densities of a threshold, from those that it has.
_TURNED = {"MinGumbel": "pm.Gumbel.dist(mu={mu!r}, beta={beta!r}), -{value}"}


def _ordered_lines(parts: ScriptParts, inverse: str) -> Iterator[str]:
    """Yield the lines of a response of ordered categories, counted from 0.

    `inverse` is code of the inverse of the link, a function of ``(eta)``.
    """
    design = parts.design
    names = design.family.thresholds
    yield from _thresholds(parts)
    shift = " + X.mean().to_numpy() @ beta" if design.mu.names else ""
    for k, name in enumerate(names):
        value = f"thresholds[{k}]{shift}"
        yield f"pm.Deterministic({python_text(stored_name(name))}, {value})"
    arithmetic = Arithmetic()
    added = {own.parameter: f" - eta{ending_of(own)}" for own in design.specific_predictors}
    scale = f"{DISC.name} * " if DISC.name in design.varying else ""
    distances = []
    for k, own in enumerate(specific_names(names)):
        code = f"thresholds[{k}] - eta{added.get(own, '')}"
        distances.append(arithmetic.value(f"{scale}({code})" if scale else code))

    def share(z: Written) -> Written:
        return arithmetic.named("share", inverse.replace("(eta)", f"({z.code})"))

    shares = [share.code for share in design.family.shares(share, distances)]
    yield from arithmetic.lines
    yield f"probabilities = pm.math.stack([{', '.join(shares)}], axis=-1)"
    yield from _observed(design.weights, "Categorical", "p=probabilities", "y.astype(int)")


def _thresholds(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of the thresholds at the means of the columns, where their priors are."""
    design = parts.design
    names = design.family.thresholds
    priors = [parts.priors[name] for name in names]
    shape = [f"shape={len(names)}"]
    if design.family.in_order:
        # increasing, and starting so
        shape.append("transform=pm.distributions.transforms.ordered")
        shape.append(f"initval=np.linspace(-1.0, 1.0, {len(names)})")
    at = " at the mean of the predictors" if design.mu.names else ""
    yield f"# thresholds{at}"
    one_kind = len({prior.distribution for prior in priors}) == 1
    if one_kind and priors[0].distribution not in _TURNED:
        (line,) = vector(_AT_MEAN, names, priors, "")
        yield f"thresholds = {line.removesuffix(', dims="")')}, {', '.join(shape)})"
        return
    yield f'thresholds = pm.Flat("{_AT_MEAN}", {", ".join(shape)})'
    yield f'pm.Potential("{_AT_MEAN}_prior", pm.math.stack(['
    for k, prior in enumerate(priors):
        yield f"    pm.logp({_distribution_at(prior, f'thresholds[{k}]')}),"
    yield "]).sum())"


def _distribution_at(prior: Prior, value: str) -> str:
    """Return the arguments of ``pm.logp``: a distribution, and where its density is wanted."""
    if prior.distribution in _TURNED:
        mu, beta = prior.parameters
        return _TURNED[prior.distribution].format(mu=0.0 - mu, beta=beta, value=value)
    return f"pm.{prior.distribution}.dist({arguments(prior)}), {value}"
