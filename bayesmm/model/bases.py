"""Bases of polynomials and splines with R's knots and signs, learnt once and then applied.

Each basis is a frozen record of what was learnt from the data of the fit, with a method
``columns(x)`` that gives its columns, shape (n, k), at any x, and ``derivatives(x)``.
"""

from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError

__all__ = [
    "NaturalSpline",
    "OrthogonalPolynomial",
    "RawPolynomial",
    "Spline",
    "learn_natural_spline",
    "learn_polynomial",
    "learn_spline",
]

type Basis = OrthogonalPolynomial | RawPolynomial | Spline | NaturalSpline


@dataclass(frozen=True, slots=True, eq=False)
class OrthogonalPolynomial:
    """Polynomials P_1 ... P_d, orthonormal over the data, with positive leading coefficients.

    By the recurrence p_{j+1}(x) = (x - a_j) p_j(x) - (n_j / n_{j-1}) p_{j-1}(x) with p_0 = 1,
    n_j = |p_j|^2 over the data, and P_j = p_j / sqrt(n_j) [1]_.

    References
    ----------
    .. [1] W. J. Kennedy and J. E. Gentle (1980). Statistical Computing. Marcel Dekker,
       pp. 343-344: the recurrence behind R's ``poly``.
    """

    alphas: tuple[float, ...]
    norms: tuple[float, ...]

    def columns(self, x: Array) -> Array:
        """Return P_1 ... P_d at x, shape (n, d)."""
        previous, current = np.zeros_like(x), np.ones_like(x)
        out = np.empty((len(x), len(self.alphas)))
        before = 1.0
        for j, (alpha, norm) in enumerate(zip(self.alphas, self.norms[:-1], strict=True)):
            following = (x - alpha) * current - (norm / before if j else 0.0) * previous
            previous, current, before = current, following, norm
            out[:, j] = current / np.sqrt(self.norms[j + 1])
        return out

    def derivatives(self, x: Array) -> Array:
        """Return P_1' ... P_d' at x, by the recurrence differentiated."""
        previous, current = np.zeros_like(x), np.ones_like(x)
        slope_before, slope = np.zeros_like(x), np.zeros_like(x)
        out = np.empty((len(x), len(self.alphas)))
        before = 1.0
        for j, (alpha, norm) in enumerate(zip(self.alphas, self.norms[:-1], strict=True)):
            ratio = norm / before if j else 0.0
            following = (x - alpha) * current - ratio * previous
            slope_after = current + (x - alpha) * slope - ratio * slope_before
            previous, current, before = current, following, norm
            slope_before, slope = slope, slope_after
            out[:, j] = slope / np.sqrt(self.norms[j + 1])
        return out


@dataclass(frozen=True, slots=True)
class RawPolynomial:
    """The powers x, x^2, ..., x^degree."""

    degree: int

    def columns(self, x: Array) -> Array:
        """Return the powers, shape (n, degree)."""
        return x[:, None] ** np.arange(1, self.degree + 1)

    def derivatives(self, x: Array) -> Array:
        """Return j x^(j - 1) for j = 1 ... degree."""
        powers = np.arange(1, self.degree + 1)
        return powers * x[:, None] ** (powers - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """B-splines on a sequence of knots; outside the boundary the end pieces go on."""

    knots: Array
    degree: int
    intercept: bool

    def columns(self, x: Array) -> Array:
        """Return the basis at x; without the intercept its first column is left out."""
        design = _basis(x, self.knots, self.degree)
        return design if self.intercept else design[:, 1:]

    def derivatives(self, x: Array) -> Array:
        """Return the derivatives; at a kink, a knot of straight pieces, the mean of both sides."""
        slopes = _slopes(x, self.knots, self.degree)
        return slopes if self.intercept else slopes[:, 1:]


@dataclass(frozen=True, slots=True, eq=False)
class NaturalSpline:
    """Cubic splines with zero second derivative at the boundary, straight lines outside it."""

    knots: Array
    intercept: bool
    projection: Array

    def columns(self, x: Array) -> Array:
        """Return the basis at x."""
        low, high = self.knots[0], self.knots[-1]
        inside = np.clip(x, low, high)
        basis = _basis(inside, self.knots, 3)
        for edge, beyond in ((low, x < low), (high, x > high)):
            if beyond.any():
                slope = _derivative(edge, self.knots, 1)
                basis[beyond] += (x[beyond] - edge)[:, None] * slope
        return (basis if self.intercept else basis[:, 1:]) @ self.projection

    def derivatives(self, x: Array) -> Array:
        """Return the derivatives, which outside the boundary are those at the boundary."""
        slopes = _slopes(np.clip(x, self.knots[0], self.knots[-1]), self.knots, 3)
        return (slopes if self.intercept else slopes[:, 1:]) @ self.projection


def learn_polynomial(x: Array, *, degree: int = 1, raw: bool = False) -> Basis:
    """Return the basis of R's ``poly(x, degree, raw)``."""
    distinct = len(np.unique(x))
    if degree >= distinct:
        raise DataError(
            f"degree = {degree} needs more than {degree} distinct values, and there are {distinct}."
        )
    if raw:
        return RawPolynomial(degree)
    alphas, norms = [], [float(len(x))]
    previous, current = np.zeros_like(x), np.ones_like(x)
    for j in range(degree):
        alpha = float((x * current**2).sum() / norms[j])
        ratio = norms[j] / norms[j - 1] if j else 0.0
        previous, current = current, (x - alpha) * current - ratio * previous
        alphas.append(alpha)
        norms.append(float((current**2).sum()))
    return OrthogonalPolynomial(tuple(alphas), tuple(norms))


def learn_spline(
    x: Array,
    *,
    df: int | None = None,
    knots: tuple[float, ...] | None = None,
    degree: int = 3,
    intercept: bool = False,
    boundary: tuple[float, ...] | None = None,
) -> Basis:
    """Return the basis of R's ``bs(x, df, knots, degree, intercept, Boundary.knots)``."""
    low, high = _boundary(x, boundary)
    least = degree + intercept
    inner = _inner_knots(x, df, knots, least, (low, high))
    return Spline(_sequence(inner, low, high, degree + 1), degree, intercept)


def learn_natural_spline(
    x: Array,
    *,
    df: int | None = None,
    knots: tuple[float, ...] | None = None,
    intercept: bool = False,
    boundary: tuple[float, ...] | None = None,
) -> Basis:
    """Return the basis of R's ``ns(x, df, knots, intercept, Boundary.knots)``."""
    low, high = _boundary(x, boundary)
    inner = _inner_knots(x, df, knots, 1 + intercept, (low, high))
    sequence = _sequence(inner, low, high, 4)
    curvature = np.stack([_derivative(edge, sequence, 2) for edge in (low, high)])
    if not intercept:
        curvature = curvature[:, 1:]
    # The null space of the two conditions, by Householder reflections as in R's qr().
    q = np.linalg.qr(curvature.T, mode="complete").Q
    return NaturalSpline(sequence, intercept, q[:, 2:])


def _boundary(x: Array, boundary: tuple[float, ...] | None) -> tuple[float, float]:
    """Return the boundary knots, by default the range of x."""
    low, high = (float(x.min()), float(x.max())) if boundary is None else sorted(boundary)[:2]
    if not low < high:
        raise DataError(f"all values are {low:g}; a spline needs a range.")
    return low, high


def _inner_knots(
    x: Array,
    df: int | None,
    knots: tuple[float, ...] | None,
    least: int,
    boundary: tuple[float, float],
) -> Array:
    """Return the inner knots: as given, or at quantiles so that there are `df` columns."""
    low, high = boundary
    if knots is not None:
        inner = np.sort(np.asarray(knots, dtype=float))
        if inner[0] <= low or inner[-1] >= high:
            raise DataError(f"the knots must lie between {low:g} and {high:g}.")
        return inner
    if df is None:
        return np.empty(0)
    if df < least:
        raise DataError(f"df = {df} is too small; at least {least} is needed.")
    inside = x[(x >= low) & (x <= high)]
    inner = np.quantile(inside, np.linspace(0, 1, df - least + 2)[1:-1])
    if len(inner) and (inner[0] <= low or inner[-1] >= high):
        raise DataError(
            f"df = {df} puts a knot at the edge of the data, because many values are equal; "
            "choose a smaller df, or give the knots."
        )
    return inner


def _sequence(inner: Array, low: float, high: float, order: int) -> Array:
    """Return the knots with the boundary repeated `order` times."""
    return np.concatenate([np.full(order, low), inner, np.full(order, high)])


def _basis(x: Array, knots: Array, degree: int) -> Array:
    """Return the B-splines at x, shape (n, k); outside the knots the end pieces go on."""
    from scipy.interpolate import BSpline  # noqa: PLC0415  (half a second; few formulas need it)

    return BSpline.design_matrix(x, knots, degree, extrapolate=True).toarray()


def _slopes(x: Array, knots: Array, degree: int) -> Array:
    """Return the derivatives of the B-splines at x, shape (n, k): means of left and right."""
    from scipy.interpolate import BSpline  # noqa: PLC0415

    slopes = BSpline(knots, np.eye(len(knots) - degree - 1), degree).derivative()
    return (slopes(np.nextafter(x, -np.inf)) + slopes(np.nextafter(x, np.inf))) / 2


def _derivative(x: float, knots: Array, order: int) -> Array:
    """Return a derivative of the cubic B-splines at x, shape (k,)."""
    from scipy.interpolate import BSpline  # noqa: PLC0415

    return BSpline(knots, np.eye(len(knots) - 4), 3).derivative(order)(x)
