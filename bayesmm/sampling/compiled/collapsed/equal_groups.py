"""Groups with equal cross-products of their effects, which share one factorisation."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.collapsed.tiled import NARROW
from bayesmm.sampling.compiled.kernels.records import Integers

__all__ = ["class_moments", "equal_groups", "worthwhile_classes"]

type Floats = NDArray[np.float64]

# What a pair of moments of a class costs, measured at 56 and 88 columns, in rows of a group.
_PAIR_OF_WIDE = 23


def worthwhile_classes(sizes: Integers, q: int, m: int) -> Integers:
    """Return the classes whose moments cost less than their groups one by one.

    In units of m^2 a group costs q and a class q (q + 1) / 2, of wide matrices much more, for its
    moments are read from memory; the first class costs m / 3 more.
    """
    pair = _PAIR_OF_WIDE if m > NARROW else 1
    saved = q * sizes - pair * (q * (q + 1) // 2)
    classes = np.flatnonzero((sizes > 1) & (saved > 0))
    return classes if saved[classes].sum() > m / 3 else classes[:0]


def equal_groups(R: Floats) -> tuple[Integers, Integers, Integers]:
    """Return the class of each group, class sizes and first members; equal up to rounding."""
    J, q, _ = R.shape
    if J == 0 or q == 0:
        empty = np.zeros(0, dtype=np.int64)
        return np.zeros(J, dtype=np.int64), empty, empty
    flat = R.reshape(J, q * q)
    # Rows in another order give other last bits. Only bits far below any effect on a density
    # are ignored, relative to the largest entry of each column.
    scale = np.abs(flat).max(axis=0)
    scale[scale == 0.0] = 1.0
    keys = np.ascontiguousarray(np.round(flat / scale, 13) + 0.0)
    packed = keys.view(np.dtype((np.void, keys.itemsize * keys.shape[1]))).ravel()
    _, first, class_of, sizes = np.unique(
        packed, return_index=True, return_inverse=True, return_counts=True
    )
    return class_of.astype(np.int64), sizes.astype(np.int64), first.astype(np.int64)


@array_function
def class_moments(T, class_of, E):
    """Sum T_j[k]'T_j[l] over the groups of each class, symmetrised."""
    J, q, m = T.shape
    for j in range(J):
        c = class_of[j]
        if c < 0:
            continue
        pair = c * (q * (q + 1) // 2)
        for k in range(q):
            for el in range(k + 1):
                for a in range(m):
                    for b in range(m):
                        E[a, pair, b] += T[j, k, a] * T[j, el, b]
                        if el < k:
                            E[a, pair, b] += T[j, el, a] * T[j, k, b]
                pair += 1
