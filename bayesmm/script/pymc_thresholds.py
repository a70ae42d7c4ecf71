"""Ordered categories in plain PyMC: the thresholds, and the probabilities that they make."""

from collections.abc import Callable, Iterator

from bayesmm.family.thresholds import DISC, specific_names
from bayesmm.model.names import stored_name
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Prior
from bayesmm.script.arithmetic import Arithmetic, Written
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_priors import arguments, vector
from bayesmm.script.texts import python_text

__all__ = ["ordered_lines"]

_AT_MEAN = "thresholds_at_mean"
# What PyMC has not: log densities of a threshold, from those that it has.
_TURNED = {"MinGumbel": "pm.Gumbel.dist(mu={mu!r}, beta={beta!r}), -{value}"}


def ordered_lines(
    parts: ScriptParts, inverse: str, ending_of: Callable[[Predictor], str]
) -> Iterator[str]:
    """Yield the lines of a response of ordered categories, counted from 0.

    `inverse` is code of the inverse of the link, a function of ``(eta)``, and `ending_of` gives the
    ending of the names that belong to a predictor.
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
    if design.weights is None:
        yield 'pm.Categorical("y", p=probabilities, observed=y.astype(int))'
        return
    yield "# a row counts as often as its weight says"
    yield "log_likelihood = pm.logp(pm.Categorical.dist(p=probabilities), y.astype(int))"
    yield 'pm.Potential("y", (weights * log_likelihood).sum())'


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
