"""How coordinates lean on what is known least, by regression among the draws of a short run."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.transport.model import TransportedModel
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters

__all__ = ["coefficient_lines", "moved_to", "shear_in_new", "shear_of"]

type Floats = NDArray[np.float64]

# A parabola in a further parameter is taken where it leaves less of the variance than that part of
# what a line leaves: of 200 draws that depend on one another, less would be by chance.
_WORTH_BENDING = 0.9
# Correlation up to which draws of a short run are as if by chance.
_BY_CHANCE = 0.2
# Share of the variance of a coordinate that goes with a further parameter although the shear is
# taken off, from which on the shear is not that of these coordinates. Numbers of parasites in cod
# whose zero inflation has a formula: .67 and .91, and a smallest ESS of 400 to 1,200 of 4,000; with
# that of the new coordinates .1 and 1,500 of 2,000. Of 14 structures of `benchmarks/transport.py`
# and 7 other course models none has so much: draws are as before. Looked at are so many draws.
_LEANS, _LOOKED_AT = 0.5, 60


def shear_of(model: TransportedModel, flat: Floats) -> tuple[Floats, Floats]:
    """Return ``TransportData.shear`` by regression among draws, and the draws in its coordinates.

    The last parameter is first: what is known least, an sd, a share or the tails, bends those that
    are known well given it.
    """
    leading, n, m = model.data.leading, *model.data.shear.shape
    m //= 2
    first, moved = n - m, flat[:, leading].copy()
    shear = np.zeros((n, 2 * m))
    for i in range(n - 1, -1, -1):
        after = np.arange(max(i + 1 - first, 0), m)
        lines = moved[:, first + after]
        own = np.flatnonzero(_tells(lines, moved[:, i]))
        after, lines = after[own], lines[:, own]
        bends = np.hstack([lines, lines**2])
        straight, left = _regression(lines, moved[:, i])
        bent, less = _regression(bends, moved[:, i])
        if less < _WORTH_BENDING * left:
            shear[i, np.r_[after, m + after]] = bent
            moved[:, i] -= bends @ bent
        else:
            shear[i, after] = straight
            moved[:, i] -= lines @ straight
    found = flat.copy()
    found[:, leading] = moved
    return shear, found


def shear_in_new(
    model: TransportedModel, flat: Floats, parameters: Floats, shear: Floats, sheared: Floats
) -> tuple[Floats, Floats]:
    """Return the shear found in other coordinates of coefficients, or that of these if it is wrong.

    New weights change the coordinates of the coefficients, but mostly not how they lean. Where they
    do (an inflation that few zeros tell of has a sixth of the information at its mode), what is
    left leans as much as before, to the other side.

    `model` has the new weights, and no shear; `flat`, (draws, d), are coordinates without shear,
    those of the coefficients of the old weights, `parameters` the parameters there, and `shear` and
    `sheared` from `shear_of`, in the old coordinates.
    """
    p = model.joint.layout.coefficients.stop
    m = shear.shape[1] // 2
    if p == 0 or m == 0 or model.plan.rotated or len(model.data.bounds):
        return shear, sheared
    step = max(1, len(flat) // _LOOKED_AT)
    left = sheared[::step]
    after = left[:, model.data.leading[p:]]
    own = moved_to(model, flat[::step], parameters[::step])[:, :p]
    own = own - after @ shear[:p, :m].T - after**2 @ shear[:p, m:].T
    # beside draws so far out that no coordinate is theirs there is nothing to be told
    if not np.isfinite(own).all() or not (_correlations(own, after) ** 2 > _LEANS).any():
        return shear, sheared
    moved = moved_to(model, flat, parameters)
    return shear_of(model, moved) if np.isfinite(moved).all() else (shear, sheared)


def _correlations(some: Floats, others: Floats) -> Floats:
    """Return the correlations of columns with others, 0 of what does not move."""
    some, others = some - some.mean(axis=0), others - others.mean(axis=0)
    size = np.sqrt((some**2).sum(axis=0)[:, None] * (others**2).sum(axis=0))
    return (some.T @ others) / np.where(size > 0.0, size, 1.0)


def coefficient_lines(model: TransportedModel, flat: Floats) -> tuple[Floats, Floats]:
    """Return b, (draws, p), and T, (draws, p, p), of draws with coefficients b + T z.

    Coefficients are affine in their own coordinates z, and in no others, where the border is not
    rotated and no coefficient bounded: b and T are those at 0 and at the unit vectors. Of `flat`,
    without shear, the coordinates of further parameters, sds and correlations count.
    """
    p = model.joint.layout.coefficients.stop
    at = np.repeat(flat[:, None, :], p + 1, axis=1)
    at[:, :, :p] = np.vstack([np.zeros(p), np.eye(p)])
    found = transported_parameters(model, at)[..., :p]
    return found[:, 0], np.swapaxes(found[:, 1:] - found[:, :1], 1, 2)


def moved_to(model: TransportedModel, flat: Floats, parameters: Floats) -> Floats:
    """Return draws with the coordinates that their coefficients have in a model without shear.

    `flat` is as in `coefficient_lines`, `parameters` are those there. NaN for coefficients of a
    draw where T, in floating point, has no inverse.
    """
    p = model.joint.layout.coefficients.stop
    first, T = coefficient_lines(model, flat)
    there = np.isfinite(T).all(axis=(1, 2))
    # not the determinant itself, which is 0 in floating point of many small scales too
    there[there] = np.linalg.slogdet(T[there]).sign != 0.0
    moved = flat.copy()
    moved[:, :p] = np.nan
    apart = (parameters[:, :p] - first)[there, :, None]
    moved[there, :p] = np.linalg.solve(T[there], apart)[..., 0]
    return moved


def _tells(columns: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return which columns, or their squares, go with y beyond what is by chance."""
    both = np.stack([columns, columns**2])
    both = both - both.mean(axis=1, keepdims=True)
    size = np.sqrt((both**2).sum(axis=1) * ((y - y.mean()) ** 2).sum())
    with np.errstate(invalid="ignore"):  # of what did not move
        return (np.abs(np.einsum("kdc,d->kc", both, y)) > _BY_CHANCE * size).any(axis=0)


def _regression(columns: Floats, y: Floats) -> tuple[Floats, float]:
    """Return slopes of least squares, and the variance that they leave."""
    columns, y = columns - columns.mean(axis=0), y - y.mean()
    slopes = np.linalg.lstsq(columns, y, rcond=None)[0]
    return slopes, float(np.mean((y - columns @ slopes) ** 2))
