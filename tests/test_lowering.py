"""Numbers, slices and rows of arrays as `lowering` writes them: what Python says, in less code."""

import ast
import os
import subprocess
import sys
from pathlib import Path
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
            out[11] += rows[k, j] * rows[k][i] + look.matrix[k][-1] * a[-1]
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
    """A written negative position counts from the end, and bounds beyond either end are cut.

    Fails when -1 is not counted from the end, a bound is not cut, or a row has the wrong stride:
    all 25 pairs of positions with all 225 of bounds, by turns.
    """
    made = compiled_look()
    rng = np.random.default_rng(5)
    positions = [(i, j) for i in range(_SIDE) for j in range(_SIDE)]
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
    for name in ("lower_expr", "lower_getitem", "lower_setitem", "storevar"):
        monkeypatch.delattr(lowering.ShortLower, name)
    compiled_look()
    assert ours < 0.7 * sum(written)


KERNELS = Path(lowering.__file__).parent / "kernels"
COMPILED = frozenset({"bare", "merged", "flat", "inlined", "array_function"})


def positions_from_the_end(file):
    """Yield the lines of compiled functions of a file where a tuple has a written -1, -2, ..."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        marks = {getattr(mark, "id", None) for mark in function.decorator_list}
        if file.parent != KERNELS and not marks & COMPILED:
            continue
        for part in ast.walk(function):
            if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Tuple):
                for index in part.slice.elts:
                    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
                        yield part.lineno


def test_no_kernel_writes_a_position_from_the_end_in_a_tuple(tmp_path):
    """Fails for ``matrix[k, -1]``, which would read what is before the row: a tuple is computed."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text("@bare\ndef f(m, k):\n    return m[k, -1]\n", encoding="utf-8")
    assert list(positions_from_the_end(wrong)) == [3]
    files = [file for file in KERNELS.parent.rglob("*.py") if any(positions_from_the_end(file))]
    assert files == []


AUDIT = """
from llvmlite import ir
from bayesmm.sampling.compiled import lowering

position, places = lowering.ShortLower._position, 0

def stopping(self, own, array, kind, index, dimension):
    global places
    found = position(self, own, array, kind, index, dimension)
    if kind.signed and not isinstance(found, ir.Constant):
        places += 1
        below = self.builder.icmp_signed("<", found, ir.Constant(found.type, 0))
        with self.builder.if_then(below, likely=False):
            nothing = ir.FunctionType(ir.VoidType(), ())
            trap = self.builder.module.declare_intrinsic("llvm.trap", (), nothing)
            self.builder.call(trap, [])
    return found

lowering.ShortLower._position = stopping
import bayesmm
for formula, data, family in (
    ("Reaction ~ Days + (Days | Subject)", "sleepstudy", "gaussian"),
    ("diameter ~ 1 + (1 | plate) + (1 | sample)", "penicillin", "gaussian"),
    ("Reaction ~ Days + (Days | Subject); sigma ~ Days", "sleepstudy", "gaussian"),
    ("incidence ~ period + offset(log(size)) + (1 | herd)", "cbpp", "negativebinomial"),
):
    bayesmm.fit(
        formula, bayesmm.load_data(data), family,
        chains=1, draws=20, tune=60, seed=1, max_effort=1, progress=False,
    )
print(places)
"""


@pytest.mark.slow
def test_no_kernel_computes_a_position_from_the_end(tmp_path):
    """Fails, by an illegal instruction, where a kernel computes a negative position."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", AUDIT], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500


@pytest.mark.parametrize("name", lowering.LOWERING_SURFACE)
def test_names_of_numbas_step(name):
    assert hasattr(lowering.Lower, name)
