"""Polynomials with given coefficients, written into the row that asks for them."""

from collections.abc import Sequence

from bayesmm.sampling.compiled.deferred import Deferred
from bayesmm.sampling.compiled.kernels.inner import intrinsic, ir, types

__all__ = ["polynomial"]


def polynomial(coefficients: Sequence[float]) -> Deferred:
    """Return the compiled function sum_k c_k x^k of a number x.

    In Estrin's order, which has short chains of dependent operations: neighbours are joined two
    and two, c_0 + c_1 x, then by x^2, by x^4 and so on.

    Parameters
    ----------
    coefficients : sequence of float
        c_0 first.
    """

    @intrinsic
    def of(_typing, x):
        def generate(_context, builder, _signature, arguments):
            terms = [ir.Constant(ir.DoubleType(), c) for c in coefficients]
            power = arguments[0]
            while len(terms) > 1:
                odd = terms[-1:] if len(terms) % 2 else []
                pairs = zip(terms[::2], terms[1::2], strict=False)
                terms = [builder.fadd(a, builder.fmul(power, b)) for a, b in pairs] + odd
                power = builder.fmul(power, power)
            return terms[0]

        return types.float64(x), generate

    return of
