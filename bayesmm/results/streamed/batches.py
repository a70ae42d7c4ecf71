"""Batches of the rows of a fit, each with the draws of all."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.rows_in_files import NEEDS_ROWS

__all__ = ["batch_records", "readable", "unweighted_parts"]


def batch_records(fit: FitRecord) -> Iterator[FitRecord]:
    """Yield records of the same draws whose designs are batches of the rows, in their order.

    Only what is said of a row by itself may be asked of them: a batch has not all rows of a group.
    """
    for part in fit.design.parts():
        yield replace(fit, design=part)


def readable(design: Design) -> Design:
    """Return a design whose rows, weighted by how many each stands for, have its likelihood.

    It is one of rows in memory, or of discrete responses in files; the few rows of a gaussian model
    of rows in files are none of them, which is not supported.
    """
    if design.source is not None and design.family.linear:
        raise UnsupportedModelError(NEEDS_ROWS)
    return design.condensed()


def unweighted_parts(design: Design) -> Iterator[tuple[Design, NDArray[np.float64] | None]]:
    """Yield designs of rows, each of them once, and how many rows each stands for.

    Rows that are alike but for their weights are not: then every row comes by itself.

    Of rows in memory that is the design itself; of distinct rows in files these and their counts,
    shape (n,); of other files batch after batch. The counts are None where a row is one.
    """
    if design.source is not None and not design.family.linear and design.weights is None:
        distinct = design.condensed()
        yield replace(distinct, weights=None, whole=None, repeats=None), distinct.repeats
        return
    for part in design.parts():
        yield part, None
