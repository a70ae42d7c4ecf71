"""The scale of the coordinates of sds from draws."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.folded_line import LEAST_SHARE, folded_line, unfolded_line
from bayesmm.sampling.compiled.kernels.signed import POSITIVE

__all__ = ["refolded"]

type Floats = NDArray[np.float64]


def refolded(sds: Floats, flat: Floats) -> tuple[Floats, Floats]:
    """Return coordinates of sds whose scale is their root mean square, and draws in them.

    `sds` is ``TransportData.sds``, `flat`, (draws, sds), in its coordinates.
    """
    new, moved = sds.copy(), flat.copy()
    for a, (kind, _, fold) in enumerate(sds):
        if kind != POSITIVE:
            x = fold * folded_line(flat[:, a])
            new[a, 2] = max(float(np.sqrt(np.mean(x**2))), LEAST_SHARE)
            moved[:, a] = unfolded_line(x / new[a, 2])
    return new, moved
