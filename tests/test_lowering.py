"""Numbers, slices and rows of arrays as `lowering` writes them: what Python says, in less code."""

from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba.core import codegen

from bayesmm.sampling.compiled import lowering, parts
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.records import (
    Matrix,
    Vector,
    record_reader,
    table_of_record,
)

_SIDE = 5


class Look(NamedTuple):
    """What is read and written, as the records of densities."""

    vector: Vector
    matrix: Matrix
    out: Vector


look_of_table = record_reader(Look)


def looked_up(look, i, j, first, last):
    """Write all that can be read at two positions and between two bounds; change some numbers."""
    a, m, out = look.vector, look.matrix, look.out
    part, rows, row = a[first:last], m[first:last], m[i]
    sizes = (part.size, a[first:].size, a[:last].size, rows.shape[0], rows.shape[1], rows.size)
    for k in range(6):
        out[k] = sizes[k]
    out[6], out[7], out[8], out[9] = a[i], m[i, j], row[j], row.size
    for k in range(part.size):
        if k % 2 == 0:
            out[10] += (k + 1) * part[k] * look.vector[i]
        else:
            out[11] += rows[k, j] * rows[k][i] + look.matrix[k, -1] * a[-1]
    row[j] += 3.0
    m[j, i] -= 1.0
    for k in range(rows.shape[0]):
        rows[k, 1] = 7.0
    if part.size > 0:
        part[0] = 5.0
        part[-1] += 1.0


def compiled_look():
    """Return `looked_up` as our compiler makes it."""
    part = bare(looked_up)

    def whole(table, i, j, first, last):
        part(look_of_table(table), i, j, first, last)
        return 0

    options = {"error_model": "numpy", "_nrt": False, "pipeline_class": parts.WholeCompiler}
    return numba.cfunc("int64(voidptr, int64, int64, int64, int64)", **options)(whole)


def test_positions_and_bounds_mean_what_they_mean_in_python():
    """Negative positions count from the end, and bounds beyond either end are cut.

    Fails when a position is not counted from the end, a bound is not cut, or a row has the wrong
    stride: all 100 pairs of positions with all 225 of bounds, by turns.
    """
    made = compiled_look()
    rng = np.random.default_rng(5)
    positions = [(i, j) for i in range(-_SIDE, _SIDE) for j in range(-_SIDE, _SIDE)]
    bounds = [(i, j) for i in range(-7, 8) for j in range(-7, 8)]
    for k, (first, last) in enumerate(bounds):
        i, j = positions[k % len(positions)]
        look = Look(rng.normal(size=_SIDE), rng.normal(size=(_SIDE, _SIDE)), np.zeros(12))
        expected = Look(*(array.copy() for array in look))
        looked_up(expected, i, j, first, last)
        made.ctypes(table_of_record(look).ctypes.data, i, j, first, last)
        for own, right in zip(look, expected, strict=True):
            np.testing.assert_allclose(own, right, rtol=1e-14)


def test_there_is_less_code_than_numbas(monkeypatch):
    """Fails where numba's own steps are taken again: they wrote 2,868 lines, and ours 1,556."""
    written = []
    given = codegen.CPUCodeLibrary.add_ir_module

    def counted(library, module):
        written.append(len(str(module).splitlines()))
        given(library, module)

    monkeypatch.setattr(codegen.CPUCodeLibrary, "add_ir_module", counted)
    compiled_look()
    ours = sum(written)
    written.clear()
    for name in ("delvar", "lower_expr", "lower_getitem", "lower_setitem", "storevar"):
        monkeypatch.delattr(lowering.ShortLower, name)
    compiled_look()
    assert ours < 0.7 * sum(written)


@pytest.mark.parametrize("name", lowering.LOWERING_SURFACE)
def test_names_of_numbas_step(name):
    assert hasattr(lowering.Lower, name)
