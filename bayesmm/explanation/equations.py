"""The equations of a model: response, link, linear predictor, group effects, priors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from bayesmm.explanation.bounds import bounds_in_words
from bayesmm.explanation.notation import Notation
from bayesmm.explanation.symbols import ModelSymbols
from bayesmm.explanation.terms import (
    TermColumns,
    common_terms,
    offset_labels,
    response_and_trials,
    varying_terms,
)
from bayesmm.family.thresholds import DISC
from bayesmm.formula.syntax import show
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.prior_columns import centrings_of, prior_places
from bayesmm.model.priors import Priors

__all__ = ["Equation", "model_equations", "prior_equations"]

# More columns of one term, or effects of one block, are written as the first, dots and the last.
_MOST = 4


@dataclass(frozen=True, slots=True)
class Equation:
    """One equation."""

    # what stands left, and ``=`` or ``~`` in the notation
    left: str
    relation: str
    right: tuple[str, ...]  # summands; a line may be broken before each
    below: tuple[str, ...] = ()  # further lines under the right side, for a matrix
    condition: str = ""  # what it holds for, or what a symbol means


def model_equations(design: Design, notation: Notation) -> Iterator[Equation]:
    """Yield the equations of the model without its priors, b0 of the priors defined last."""
    symbols = ModelSymbols(design, notation)
    yield _response(design, notation)
    if design.family.words.category:
        yield _categories(design, notation)
    for own in design.specific_predictors[:1]:  # each threshold has the same terms
        slopes = (symbols.slope_of_thresholds(k) for k in range(1, len(own.names) + 1))
        terms = common_terms(design, own.parameter)
        added = (part for term in terms for part in _products(term, slopes, notation))
        yield Equation(_mean_at_threshold(notation), "=", (_mean(design, notation), *added))
    for predictor in design.coefficient_predictors:
        if predictor in design.specific_predictors:
            continue
        left = notation.link[predictor.link](_of_row(design, predictor.parameter, notation))
        right = tuple(_summands(design, predictor, symbols, notation))
        condition = notation.words(_against(design, predictor)) if predictor.always else ""
        yield Equation(left, "=", right, condition=condition)
    for index in range(len(design.blocks)):
        yield from _block(design, index, symbols, notation)
    for predictor in design.coefficient_predictors:
        if predictor.intercept and predictor.names:
            yield _centred_intercept(design, predictor.parameter, symbols, notation)


def prior_equations(design: Design, priors: Priors, notation: Notation) -> Iterator[Equation]:
    """Yield the priors, those that follow each other and are equal in one line."""
    symbols = ModelSymbols(design, notation)
    symbol_of = symbols.by_parameter
    places = prior_places(design, centrings_of(design, priors.preset, priors.changed))
    for (prior, place), names in groupby(priors, key=lambda n: (priors[n], places.get(n, ""))):
        members = list(names)
        numbers = [notation.number(value) for value in prior.parameters]
        condition = ""
        if prior.distribution == "LKJ":
            matrices = (symbols.covariance(symbols.block_of_correlation[name]) for name in members)
            condition = notation.words("the correlations of ") + ", ".join(matrices)
        if place:
            condition += notation.words(f", {place}" if condition else place)
        yield Equation(
            ", ".join(symbol_of[name] for name in members),
            notation.distributed,
            (notation.distribution(prior.distribution, numbers),),
            condition=condition,
        )


def _centred_intercept(
    design: Design, parameter: str, symbols: ModelSymbols, notation: Notation
) -> Equation:
    """Return the intercept at the mean of the predictors, which is the one with a prior."""
    columns = [parts for term in common_terms(design, parameter) for parts in term.columns]
    means = [
        f"{symbols.slope(k, parameter)} {notation.mean(parts)}"
        for k, parts in enumerate(columns, 1)
    ]
    right = (symbols.intercept(parameter), *_shortened(means, notation))
    return Equation(symbols.centred_intercept(parameter), "=", right)


def _of_row(design: Design, parameter: str, notation: Notation) -> str:
    """Return the symbol of a parameter in row i."""
    if parameter == MEAN:
        return _mean(design, notation)
    own = design.family.parameter(parameter)
    if own is not None and own.always:
        return notation.greek("eta", f"{design.family.auxiliary.index(parameter) + 1},i")
    return notation.greek((own and own.symbol) or parameter, "i")


def _against(design: Design, predictor: Predictor) -> str:
    return f"{predictor.parameter} against {design.categories[0]}"


def _mean(design: Design, notation: Notation) -> str:
    """Return the symbol of the mean of row i: a probability p, or mu."""
    probability = design.family.response in ("binary", "binomial")
    return notation.greek("p" if probability else "mu", "i")


def _mean_at_threshold(notation: Notation) -> str:
    """Return the symbol of mu of row i at threshold k."""
    return notation.greek("mu", "k,i")


def _response(design: Design, notation: Notation) -> Equation:
    family = design.family
    response, trials = response_and_trials(design)
    trials = "n" if family.response == "multinomial" else trials
    weight = _weight(design, notation)
    varying = design.varying
    symbols = {
        p.name: _of_row(design, p.name, notation)
        if p.name in varying
        else notation.greek(p.symbol or p.name, "")
        for p in family.further
    }
    symbols["mu"] = _mean(design, notation)
    symbols["c"] = notation.greek("c", "")
    symbols["trials"] = "1" if trials is None else notation.row(trials)
    if family.precision_weights and weight:
        scale = family.residual_scale
        symbols[scale] = notation.quotient(symbols[scale], notation.sqrt(weight))
    default = (family.name, *(f"{{{name}}}" for name in ("mu", *family.auxiliary)))
    if design.mu_is_empty:
        default = (family.words.pymc,)
    name, *arguments = family.words.equation or default
    if design.mu_is_empty:
        shares = ("0", *(symbols[own] for own in family.auxiliary))
        known = [_argument(text, symbols, notation) for text in arguments]
        arguments = [*known, notation.distribution("softmax", shares)]
    else:
        arguments = [_argument(text, symbols, notation) for text in arguments]
    condition = ""
    if weight and not design.family.precision_weights:
        condition = f"{notation.words('row ')}i{notation.words(' counts ')}{weight}" + (
            notation.words(" times")
        )
    if bounds := "; ".join(bounds_in_words(design)):
        condition = f"{condition}{notation.words(f'{"; " if condition else ""}{bounds}')}"
    right = (notation.distribution(name, arguments),)
    return Equation(notation.row(response), notation.distributed, right, condition=condition)


def _categories(design: Design, notation: Notation) -> Equation:
    """Return what the probabilities of ordered categories are by their thresholds."""
    family, (response, _) = design.family, response_and_trials(design)
    pattern, sign = family.words.category
    at = design.specific_predictors
    mu = _mean_at_threshold(notation) if at else _mean(design, notation)
    threshold, minus = notation.greek("c", "k"), notation.words(" - ")
    scale = notation.greek(DISC.name, "i") if DISC.name in design.varying else ""
    right = f"{mu}{minus}{threshold}" if sign == MEAN else f"{threshold}{minus}{mu}"
    if scale:
        right = f"{scale} ({right})"
    left = notation.link[family.link](notation.words(pattern.format(*[response] * 2)))
    last, dots = len(family.thresholds), notation.dots
    first, final = (notation.greek("c", str(k)) for k in (1, last))
    order = notation.words(" < ").join([first, *[dots] * (last > 2), final])
    order = f"; {order}" if family.in_order and last > 1 else ""
    return Equation(left, "=", (right,), condition=f"k = 1, {dots}, {last}{order}")


def _argument(text: str, symbols: Mapping[str, str], notation: Notation) -> str:
    """Return an argument of a distribution, with its symbols; ``a / b`` is a quotient."""
    parts = [part.format(**symbols) for part in text.split(" / ")]
    return notation.quotient(*parts) if len(parts) > 1 else parts[0]


def _weight(design: Design, notation: Notation) -> str:
    if design.weights is None:
        return ""
    if design.encoder is None:
        return notation.row("weight")
    return notation.row(show(design.encoder.formula.response.weights, bare=True))


def _summands(
    design: Design, predictor: Predictor, symbols: ModelSymbols, notation: Notation
) -> Iterator[str]:
    parameter = predictor.parameter
    if predictor.intercept:
        yield symbols.intercept(parameter)
    slopes = (symbols.slope(k, parameter) for k in range(1, len(predictor.names) + 1))
    for term in common_terms(design, parameter):
        yield from _products(term, slopes, notation)
    for index, block in enumerate(design.blocks):
        own = [
            (effect, notation.effect(k, block.factor))
            for effect, k in zip(block.effects, symbols.numbers[index], strict=True)
            if effect.predictor == parameter
        ]
        yield from (symbol for effect, symbol in own if effect.is_intercept)
        others = (symbol for effect, symbol in own if not effect.is_intercept)
        for term in varying_terms(design, index, parameter):
            yield from _products(term, others, notation)
    yield from (notation.row(label) for label in offset_labels(design, parameter))


def _products(term: TermColumns, symbols: Iterator[str], notation: Notation) -> Iterator[str]:
    """Yield each column of a term times its symbol."""
    products = [
        f"{next(symbols)} {f' {notation.times} '.join(notation.row(part) for part in parts)}"
        for parts in term.columns
    ]
    yield from _shortened(products, notation)


def _shortened(items: Sequence[str], notation: Notation) -> Sequence[str]:
    return items if len(items) <= _MOST else (items[0], notation.dots, items[-1])


def _block(
    design: Design, index: int, symbols: ModelSymbols, notation: Notation
) -> Iterator[Equation]:
    block = design.blocks[index]
    numbers = symbols.numbers[index]
    levels = [notation.level(k) for k in numbers]
    sds = [notation.greek("tau", k) for k in numbers]
    condition = f"j = 1, {notation.dots}, {block.n_groups}" + notation.words(f" ({block.factor})")
    if not block.covariance.correlated:
        for level, sd in zip(levels, sds, strict=True):
            right = (notation.distribution("Normal", ("0", sd)),)
            yield Equation(level, notation.distributed, right, condition=condition)
        return
    Sigma = symbols.covariance(index)
    right = (notation.distribution("MultivariateNormal", (notation.zero, Sigma)),)
    left = notation.column(_shortened(levels, notation))
    yield Equation(left, notation.distributed, right, condition=condition)
    if block.n_effects > _MOST:
        D = notation.diagonal(_shortened(sds, notation))
        yield Equation(Sigma, "=", (f"{D} {symbols.correlation(index)} {D}",))
        return
    first, *below = notation.matrix(_covariance(numbers, sds, notation))
    yield Equation(Sigma, "=", (first,), tuple(below))


def _covariance(numbers: Sequence[str], sds: Sequence[str], notation: Notation) -> list[list[str]]:
    """Return the cells of Sigma: tau_a^2 on the diagonal, rho_ab tau_a tau_b beside it."""
    joint = "" if all(len(k) == 1 for k in numbers) else ","
    rows = []
    for a, sd_a in zip(numbers, sds, strict=True):
        row = []
        for b, sd_b in zip(numbers, sds, strict=True):
            low, high = sorted((a, b), key=int)
            rho = notation.greek("rho", f"{low}{joint}{high}")
            first, second = (sd_a, sd_b) if low == a else (sd_b, sd_a)
            row.append(notation.square(sd_a) if a == b else f"{rho} {first} {second}")
        rows.append(row)
    return rows
