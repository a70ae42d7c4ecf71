"""The words of `bayesmm.family.numeric` in compiled code, of numbers and of jets."""

import math
from collections.abc import Callable, Mapping

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.compiler import Flags
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import lower_builtin

from bayesmm.family import (
    beta_tails,
    conway_series,
    count_tails,
    gamma_tails,
    numeric,
    skew_normal_tails,
)
from bayesmm.sampling.compiled.kernels import beta_tails as compiled_beta
from bayesmm.sampling.compiled.kernels import conway, elementary, poisson_tails
from bayesmm.sampling.compiled.kernels import gamma_tails as compiled_gamma
from bayesmm.sampling.compiled.kernels import skew_normal_tails as compiled_skew
from bayesmm.sampling.compiled.kernels.jets import (
    JetType,
    jet_of,
    parts_of,
    plus,
    scaled,
    size_of,
)
from bayesmm.sampling.compiled.kernels.rising import rising_factorial
from bayesmm.sampling.compiled.kernels.tweedie import log_sum_of_tweedie

# Each word as its value and its derivative at a number.


def _exp(x):
    value = elementary.exp(x)
    return value, value


def _expm1(x):
    value = elementary.expm1(x)
    return value, value + 1.0


def _log(x):
    return math.log(x), 1.0 / x


def _log1p(x):
    return math.log1p(x), 1.0 / (1.0 + x)


def _softplus(x):
    e = elementary.exp(-abs(x))
    share = 1.0 / (1.0 + e)
    return max(x, 0.0) + elementary.log1p_unit(e), share if x > 0.0 else e * share


def _expit(x):
    e = elementary.exp(-abs(x))
    large = 1.0 / (1.0 + e)
    small = e * large
    return large if x > 0.0 else small, large * small


def _log1mexp(x):
    rest = -elementary.expm1(-x)
    slope = (1.0 - rest) / rest
    if x > 1.0:  # keeps the digits of what is nearly 0
        small = elementary.exp(-x)
        return math.log1p(-small), small / rest
    return math.log(rest), slope


def _lgamma(x):
    return math.lgamma(x), elementary.digamma(x)


def _erfc(x):
    return math.erfc(x), -1.1283791670955126 * math.exp(-x * x)


def _absolute(x):
    return abs(x), 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)


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


_LOG_ROOT_TWO_PI = 0.9189385332046727


def _log_ndtr(x):
    if x > 1.0:  # keeps the digits of what is nearly 0
        value = math.log1p(-0.5 * math.erfc(0.7071067811865476 * x))
        return value, math.exp(-0.5 * x * x - _LOG_ROOT_TWO_PI - value)
    if x > -5.0:
        value = math.log(0.5 * math.erfc(-0.7071067811865476 * x))
        return value, math.exp(-0.5 * x * x - _LOG_ROOT_TWO_PI - value)
    # Laplace's continued fraction of density / distribution function; 40 levels have all digits
    hazard = -x
    for level in range(40, 0, -1):
        hazard = level / hazard - x
    return -0.5 * x * x - _LOG_ROOT_TWO_PI - math.log(hazard), hazard


_WORDS: Mapping[Callable, Callable] = {
    numeric.exp: _exp,
    numeric.expm1: _expm1,
    numeric.log: _log,
    numeric.log1p: _log1p,
    numeric.softplus: _softplus,
    numeric.expit: _expit,
    numeric.log1mexp: _log1mexp,
    numeric.lgamma: _lgamma,
    numeric.erfc: _erfc,
    numeric.log_ndtr: _log_ndtr,
    numeric.absolute: _absolute,
    numeric.cos: _cos,
    numeric.arctan: _arctan,
    numeric.log_bessel: _log_bessel,
}
_PAIR = types.UniTuple(types.float64, 2)


def _flags() -> Flags:
    """Return how the functions of a word are compiled: as `inner.flat` does."""
    flags = Flags()
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.nrt = False
    flags.error_model = "numpy"
    flags.forceinline = True
    return flags


def _define_word(word: Callable, pair: Callable) -> None:
    @infer_global(word)
    class Typed(AbstractTemplate):
        def generic(self, arguments, _keywords):
            (kind,) = arguments
            return (kind if isinstance(kind, JetType) else types.float64)(kind)

    def evaluated(context, builder, value):
        signature = _PAIR(types.float64)
        inner = context.compile_subroutine(builder, pair, signature, flags=_flags())
        both = context.call_internal(builder, inner.fndesc, signature, [value])
        return cgutils.unpack_tuple(builder, both, 2)

    def of_jet(context, builder, signature, arguments):
        size = size_of(signature.args)
        x, slopes = parts_of(context, builder, signature.args[0], arguments[0], size)
        value, slope = evaluated(context, builder, x)
        slopes = [scaled(builder, slope, own) for own in slopes]
        return jet_of(context, builder, size, value, slopes)

    def of_number(context, builder, signature, arguments):
        x = context.cast(builder, arguments[0], signature.args[0], types.float64)
        return evaluated(context, builder, x)[0]

    lower_builtin(word, JetType)(of_jet)
    lower_builtin(word, types.Number)(of_number)


for _word, _pair in _WORDS.items():
    _define_word(_word, _pair)


# Words of a number and of others that may be jets: the value, and its derivatives in the others.
_OF_NUMBER_AND_OTHERS: Mapping[Callable, Callable] = {
    numeric.log_rising: rising_factorial,
    numeric.log_tweedie: log_sum_of_tweedie,
    count_tails.log_poisson_below: poisson_tails.poisson_below,
    count_tails.log_poisson_above: poisson_tails.poisson_above,
    gamma_tails.log_gamma_below: compiled_gamma.gamma_below,
    gamma_tails.log_gamma_above: compiled_gamma.gamma_above,
    conway_series.log_conway: conway.conway,
}
# Words of what may be jets or numbers: the value, and its derivatives in all of them.
_OF_ALL: Mapping[Callable, Callable] = {
    beta_tails.log_incomplete_beta: compiled_beta.incomplete_beta,
    beta_tails.log_student_below: compiled_beta.student_below,
    skew_normal_tails.log_skew_below: compiled_skew.skew_below,
}
_OF_SEVERAL: Mapping[Callable, Callable] = {**_OF_NUMBER_AND_OTHERS, **_OF_ALL}


def _define_several(word: Callable, function: Callable) -> None:
    count = function.__code__.co_argcount
    plain = 1 if word in _OF_NUMBER_AND_OTHERS else 0  # arguments without a derivative
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
        whole = types.UniTuple(types.float64, 1 + more)(*[types.float64] * count)
        inner = context.compile_subroutine(builder, function, whole, flags=_flags())
        values = [value for value, _ in parts]
        found = context.call_internal(builder, inner.fndesc, whole, values)
        value, *partials = cgutils.unpack_tuple(builder, found, 1 + more)
        if not size:
            return value
        slopes = [None] * size
        for partial, (_, own) in zip(partials, parts[plain:], strict=True):
            terms = [scaled(builder, partial, slope) for slope in own]
            slopes = [plus(builder, s, t) for s, t in zip(slopes, terms, strict=True)]
        return jet_of(context, builder, size, value, slopes)


for _word, _function in _OF_SEVERAL.items():
    _define_several(_word, _function)


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
