"""The words of `bayesmm.family.numeric` in compiled code, of numbers and of jets."""

import math
from collections.abc import Callable, Mapping, Sequence

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from bayesmm.family import (
    beta_binomial_tails,
    beta_tails,
    conway_series,
    conway_tails,
    count_tails,
    gamma_tails,
    numeric,
    skew_normal_tails,
    tweedie_tails,
)
from bayesmm.sampling.compiled.kernels import beta_binomial_tails as compiled_beta_binomial
from bayesmm.sampling.compiled.kernels import beta_tails as compiled_beta
from bayesmm.sampling.compiled.kernels import conway, gamma_functions, normal_tails
from bayesmm.sampling.compiled.kernels import conway_tails as compiled_conway
from bayesmm.sampling.compiled.kernels import gamma_tails as compiled_gamma
from bayesmm.sampling.compiled.kernels import skew_normal_tails as compiled_skew
from bayesmm.sampling.compiled.kernels import tweedie_tails as compiled_tweedie
from bayesmm.sampling.compiled.kernels.elementary import (
    exp_of,
    expm1_of,
    log1p_of,
    log1p_unit_of,
    log_of,
)
from bayesmm.sampling.compiled.kernels.instructions import Float64, absolute, select, written_out
from bayesmm.sampling.compiled.kernels.jets import (
    JetType,
    jet_of,
    parts_of,
    plus,
    scaled,
    size_of,
)
from bayesmm.sampling.compiled.kernels.pure_calls import pure_call
from bayesmm.sampling.compiled.kernels.tweedie import log_sum_of_tweedie

# Each word as its value and its derivative at a number. First those that are instructions.


def _exp(x: Float64) -> tuple[Float64, Float64]:
    value = exp_of(x)
    return value, value


def _expm1(x: Float64) -> tuple[Float64, Float64]:
    value = expm1_of(x)
    return value, value + 1.0


def _log(x: Float64) -> tuple[Float64, Float64]:
    return log_of(x), 1.0 / x


def _log1p(x: Float64) -> tuple[Float64, Float64]:
    return log1p_of(x), 1.0 / (1.0 + x)


def _softplus(x: Float64) -> tuple[Float64, Float64]:
    e, positive = exp_of(-absolute(x)), x.is_above(0.0)
    share = 1.0 / (1.0 + e)
    return select(positive, x, 0.0) + log1p_unit_of(e), select(positive, share, e * share)


def _expit(x: Float64) -> tuple[Float64, Float64]:
    e = exp_of(-absolute(x))
    large = 1.0 / (1.0 + e)
    small = e * large
    return select(x.is_above(0.0), large, small), large * small


def _log1mexp(x: Float64) -> tuple[Float64, Float64]:
    small, rest = exp_of(-x), -expm1_of(-x)
    value = log_of(rest)
    lost = (1.0 - rest) - small  # beyond 1 the rest is near 1, and has not all digits of the small
    return select(x.is_above(1.0), value + lost / rest, value), small / rest


def _absolute(x: Float64) -> tuple[Float64, Float64]:
    return absolute(x), select(x.is_above(0.0), 1.0, select(x.is_below(0.0), -1.0, 0.0))


# Then those that are compiled, and called.


def _cos(x):
    return math.cos(x), -math.sin(x)


def _arctan(x):
    return math.atan(x), 1.0 / (1.0 + x * x)


def _log_bessel(x):
    """Return log I0 and I1 / I0: by power series, and from 30 on by Hankel's."""
    zero = one = term = other = 1.0
    if x < 30.0:
        for k in range(1, 80):
            term *= 0.25 * x * x / (k * k)
            other *= 0.25 * x * x / (k * (k + 1.0))
            zero += term
            one += other
        return math.log(zero), 0.5 * x * one / zero
    for k in range(1, 20):
        odd = (2.0 * k - 1.0) * (2.0 * k - 1.0)
        term *= odd / (8.0 * x * k)
        other *= (odd - 4.0) / (8.0 * x * k)
        zero += term
        one += other
    return x - 0.5 * math.log(6.283185307179586 * x) + math.log(zero), one / zero


type Rule = Callable[..., Sequence]


def _instructions(function: Callable) -> Rule:
    """Return the rule of a word that is written out."""

    def values(_context, builder, numbers, _count):
        return written_out(builder, function, numbers)

    return values


def _called(function: Callable) -> Rule:
    """Return the rule of a word that is a call of a compiled function."""

    def values(context, builder, numbers, count):
        return pure_call(context, builder, function, numbers, count)

    return values


def _compiled(function: Callable) -> tuple[Rule, int]:
    """Return the rule of a word of several numbers, a compiled function, and how many it takes."""
    return _called(function), function.__code__.co_argcount


_OF_ONE: Mapping[Callable, Rule] = {
    numeric.exp: _instructions(_exp),
    numeric.expm1: _instructions(_expm1),
    numeric.log: _instructions(_log),
    numeric.log1p: _instructions(_log1p),
    numeric.softplus: _instructions(_softplus),
    numeric.expit: _instructions(_expit),
    numeric.log1mexp: _instructions(_log1mexp),
    numeric.lgamma: _instructions(gamma_functions.log_gamma_of),
    numeric.erfc: _instructions(normal_tails.erfc_of),
    numeric.log_ndtr: _instructions(normal_tails.log_ndtr_of),
    numeric.absolute: _instructions(_absolute),
    numeric.cos: _called(_cos),
    numeric.arctan: _called(_arctan),
    numeric.log_bessel: _called(_log_bessel),
}


def _define_word(word: Callable, rule: Rule) -> None:
    @infer_global(word)
    class Typed(AbstractTemplate):
        def generic(self, arguments, _keywords):
            (kind,) = arguments
            return (kind if isinstance(kind, JetType) else types.float64)(kind)

    def of_jet(context, builder, signature, arguments):
        size = size_of(signature.args)
        x, slopes = parts_of(context, builder, signature.args[0], arguments[0], size)
        value, slope = rule(context, builder, [x], 2)
        slopes = [scaled(builder, slope, own) for own in slopes]
        return jet_of(context, builder, size, value, slopes)

    def of_number(context, builder, signature, arguments):
        x = context.cast(builder, arguments[0], signature.args[0], types.float64)
        return rule(context, builder, [x], 2)[0]

    lower_builtin(word, JetType)(of_jet)
    lower_builtin(word, types.Number)(of_number)


for _word, _rule in _OF_ONE.items():
    _define_word(_word, _rule)


# Words of a number and of one that may be a jet, and more: the value, and its derivatives in them.
# Of each the rule and how many numbers it takes.
_OF_NUMBER_AND_OTHERS: Mapping[Callable, tuple[Rule, int]] = {
    numeric.log_rising: (_instructions(gamma_functions.log_rising_of), 2),
    numeric.log_tweedie: _compiled(log_sum_of_tweedie),
    count_tails.log_poisson_below: _compiled(compiled_gamma.poisson_below),
    count_tails.log_poisson_above: _compiled(compiled_gamma.poisson_above),
    gamma_tails.log_gamma_below: _compiled(compiled_gamma.gamma_below),
    gamma_tails.log_gamma_above: _compiled(compiled_gamma.gamma_above),
    conway_series.log_conway: _compiled(conway.conway),
    conway_tails.log_conway_below: _compiled(compiled_conway.conway_below),
    conway_tails.log_conway_above: _compiled(compiled_conway.conway_above),
    tweedie_tails.log_tweedie_below: _compiled(compiled_tweedie.tweedie_below),
    tweedie_tails.log_tweedie_above: _compiled(compiled_tweedie.tweedie_above),
}
# Words of what may be jets or numbers: the value, and its derivatives in all of them.
_OF_ALL: Mapping[Callable, tuple[Rule, int]] = {
    beta_tails.log_incomplete_beta: _compiled(compiled_beta.incomplete_beta),
    beta_tails.log_student_below: _compiled(compiled_beta.student_below),
    beta_binomial_tails.log_beta_binomial_below: _compiled(
        compiled_beta_binomial.beta_binomial_below
    ),
    skew_normal_tails.log_skew_below: _compiled(compiled_skew.skew_below),
}


def _define_several(word: Callable, rule: Rule, count: int, plain: int) -> None:
    """Say what a word of `count` numbers means, of which the first `plain` have no derivative."""
    more = count - plain

    @infer_global(word)
    class Typed(AbstractTemplate):
        def generic(self, arguments, _keywords):
            size = size_of(arguments)
            numbers = (types.float64,) * plain
            return (JetType(size) if size else types.float64)(*numbers, *arguments[plain:])

    @lower_builtin(word, *(types.Number,) * plain, *(types.Any,) * more)
    def lowered(context, builder, signature, arguments):
        size = size_of(signature.args)
        parts = [
            parts_of(context, builder, kind, argument, size)
            for kind, argument in zip(signature.args, arguments, strict=True)
        ]
        numbers = [value for value, _ in parts]
        value, *partials = rule(context, builder, numbers, 1 + more)
        if not size:
            return value
        slopes = [None] * size
        for partial, (_, own) in zip(partials, parts[plain:], strict=True):
            terms = [scaled(builder, partial, slope) for slope in own]
            slopes = [plus(builder, s, t) for s, t in zip(slopes, terms, strict=True)]
        return jet_of(context, builder, size, value, slopes)


for _plain, _words in ((1, _OF_NUMBER_AND_OTHERS), (0, _OF_ALL)):
    for _word, (_rule, _count) in _words.items():
        _define_several(_word, _rule, _count, _plain)


@infer_global(numeric.is_positive)
class _TypedSign(AbstractTemplate):
    def generic(self, arguments, _keywords):
        return types.boolean(*arguments)


@lower_builtin(numeric.is_positive, types.Any)
def _lowered_sign(context, builder, signature, arguments):
    value, _ = parts_of(context, builder, signature.args[0], arguments[0], size_of(signature.args))
    return builder.fcmp_ordered(">", value, ir.Constant(ir.DoubleType(), 0.0))


@infer_global(numeric.where)
class _TypedWhere(AbstractTemplate):
    def generic(self, arguments, _keywords):
        size = size_of(arguments)
        return (JetType(size) if size else types.float64)(*arguments)


@lower_builtin(numeric.where, types.Boolean, types.Any, types.Any)
def _lowered_where(context, builder, signature, arguments):
    size = size_of(signature.args)
    zero = ir.Constant(ir.DoubleType(), 0.0)
    sides = []
    for kind, number in zip(signature.args[1:], arguments[1:], strict=True):
        value, slopes = parts_of(context, builder, kind, number, size)
        sides.append([value, *(zero if slope is None else slope for slope in slopes)])
    chosen = [builder.select(arguments[0], a, b) for a, b in zip(*sides, strict=True)]
    return jet_of(context, builder, size, chosen[0], chosen[1:]) if size else chosen[0]
