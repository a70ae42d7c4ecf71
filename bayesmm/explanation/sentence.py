"""The model in one sentence, as a paper would print it."""

from collections.abc import Iterator, Sequence

from bayesmm.explanation.bounds import bounds_in_words
from bayesmm.explanation.english import counted, listed
from bayesmm.explanation.terms import (
    TermColumns,
    common_terms,
    offset_labels,
    power_of,
    response_and_trials,
    varying_terms,
)
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN, Predictor

__all__ = ["sentence"]


def sentence(design: Design, *, fitted: bool = True) -> str:
    """Return the sentence that a paper would print about a model.

    It names the response, family and link, the fixed effects, the random effects with what they
    vary by and whether they are correlated, the numbers of groups and observations, and NUTS.

    Parameters
    ----------
    design : Design
        The model.
    fitted : bool
        Whether it was fitted; else the sentence says what is to be done.
    """
    family = design.family
    title = family.words.title or family.name
    kind = family.words.models.get(family.link, title)
    what = "multilevel model" if design.blocks else "regression model"
    has = "had" if fitted else "has"
    first, *others = _effects_of_predictors(design)
    further = "".join(f"; {name} {has} {effects}" for name, effects in others)
    effects = first[1] if first[0] == MEAN else f"{first[1]} on {first[0]}"
    return (
        f"{_response(design)} {'was' if fitted else 'is'} modelled with a Bayesian {kind} {what} "
        f"({title} family, {family.link} link) with {effects}{further}{_joined(design)}; "
        f"the model {'was' if fitted else 'is to be'} fitted to "
        f"{counted(design.n_obs, 'observation')} by Hamiltonian Monte Carlo (NUTS)."
    )


def _effects_of_predictors(design: Design) -> Iterator[tuple[str, str]]:
    """Yield what has effects, and which; categories that have the same ones together."""
    if not design.mu_is_empty:
        for own in design.linear_predictors:
            if own in design.specific_predictors:
                continue
            of = MEAN if own.parameter == MEAN else f"{own.link}({own.parameter})"
            yield of, _all_effects(design, own)
        return
    found: dict[str, list[str]] = {}
    for own in design.coefficient_predictors:
        found.setdefault(_all_effects(design, own), []).append(own.parameter)
    for effects, names in found.items():
        each = " each" if len(names) > 1 else ""
        yield f"the log odds of {listed(names)}{each} against {design.categories[0]}", effects


def _response(design: Design) -> str:
    response, trials = response_and_trials(design)
    if design.family.decisions:
        return f"{response} with the sign of its decision"
    if design.success is not None:
        return f"P({response} = {design.success})"
    bounds = "; ".join(bounds_in_words(design))
    counted = response if trials is None else f"{response} out of {trials}"
    return f"{counted} ({bounds})" if bounds else counted


def _all_effects(design: Design, predictor: Predictor) -> str:
    """Return the effects on a parameter; each holds an "and" of its own, so commas part them."""
    *parts, last = *_fixed(design, predictor), *_random(design, predictor.parameter)
    return f"{', '.join(parts)}, and {last}" if parts else last


def _joined(design: Design) -> str:
    """Return which effects are correlated across parameters."""
    shared = [
        f"{listed(tuple(dict.fromkeys(e.predictor for e in block.effects)))} by {block.factor}"
        for block in design.blocks
        if len({e.predictor for e in block.effects}) > 1
    ]
    return f"; random effects on {listed(shared)} are correlated" if shared else ""


def _fixed(design: Design, predictor: Predictor) -> Iterator[str]:
    terms = [_words(term) for term in common_terms(design, predictor.parameter)]
    if len(terms) == 1:
        yield f"a fixed effect of {terms[0]}"
    elif terms:
        yield f"fixed effects of {listed(terms)}"
    for specific in design.specific_predictors[:1] if predictor.thresholds else ():
        own = [_words(term) for term in common_terms(design, specific.parameter)]
        yield f"effects of {listed(own)} that differ between thresholds"
    if predictor.thresholds:
        K = len(design.categories)
        yield f"{counted(K - 1, 'threshold')} between {K} categories"
    elif not predictor.intercept:
        yield "no fixed intercept"
    elif not terms:
        yield "a fixed intercept"
    for offset in offset_labels(design, predictor.parameter):
        yield f"an offset of {offset}"
    if design.weights is not None and predictor.parameter == MEAN:
        precisions = design.family.precision_weights
        yield "observations weighted by precision" if precisions else "rows counted by weights"


def _words(term: TermColumns) -> str:
    """Return a term in words: ``"Time²"``, ``"treat × Time"``."""
    superscripts = str.maketrans("23456789", "²³⁴⁵⁶⁷⁸⁹")
    powers = [(power_of(name), name) for name in term.variables]
    return " × ".join(
        name if power is None else f"{power[0]}{power[1].translate(superscripts)}"
        for power, name in powers
    )


def _random(design: Design, parameter: str) -> Iterator[str]:
    """Yield the random effects on a parameter by factor; independent blocks of one are joined."""
    blocks = [
        (index, block)
        for index, block in enumerate(design.blocks)
        if any(effect.predictor == parameter for effect in block.effects)
    ]
    for factor in design.factors:
        own = [(index, block) for index, block in blocks if block.factor == factor]
        if not own:
            continue
        joined = (
            [own] if not any(b.covariance.correlated for _, b in own) else [[pair] for pair in own]
        )
        for pairs in joined:
            effects = [
                e.name for _, block in pairs for e in block.effects if e.predictor == parameter
            ]
            terms = [t for index, _ in pairs for t in varying_terms(design, index, parameter)]
            relation = ""
            if len(effects) > 1:
                relation = "correlated " if pairs[0][1].covariance.correlated else "uncorrelated "
            groups = counted(pairs[0][1].n_groups, "group")
            yield f"{relation}by-{factor} random {_effects(effects, terms)} ({groups})"


def _effects(effects: Sequence[str], terms: Sequence[TermColumns]) -> str:
    """Return ``"intercepts"``, ``"slopes of Days"``, ``"intercepts and effects of period"``."""
    words = ["intercepts"] if "Intercept" in effects else []
    if terms:
        kind = "slopes" if all(term.numeric for term in terms) else "effects"
        words.append(f"{kind} of {listed([_words(term) for term in terms])}")
    return " and ".join(words)
