"""Arrays as types, called the same everywhere."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Integers"]

type Array = NDArray[np.float64]
type Integers = NDArray[np.int64]
