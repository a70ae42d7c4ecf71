"""Records of arrays behind a table, and scratch from an arena, as compiled code sees them."""

from typing import NamedTuple

import numpy as np
import pytest
from numba import cfunc

from bayesmm.sampling.compiled.kernels.arena import (
    close_arena,
    mark_of_arena,
    open_arena,
    rewind_arena,
    take,
    take_zeros,
)
from bayesmm.sampling.compiled.kernels.pointers import TABLE_SIGNATURE
from bayesmm.sampling.compiled.kernels.records import (
    Cube,
    Integers,
    Matrix,
    Rows,
    Vector,
    arrays_of_record,
    call_with_record,
    record_reader,
    table_of_record,
)


class Inner(NamedTuple):
    codes: Rows
    number: int


class Record(NamedTuple):
    factor: Vector
    inner: Inner
    out: Cube


class Scratch(NamedTuple):
    sizes: Integers
    out: Matrix


record_of_table = record_reader(Record)
scratch_of_table = record_reader(Scratch)


@cfunc(TABLE_SIGNATURE, _nrt=False)
def fill(table):
    record = record_of_table(table)
    A, B, C = record.out.shape
    for a in range(A):
        for b in range(B):
            for c in range(C):
                code = record.inner.codes[a, b] + record.inner.number
                record.out[a, b, c] = record.factor[c] * code
    return 0


@cfunc(TABLE_SIGNATURE, _nrt=False)
def use_scratch(table):
    job = scratch_of_table(table)
    arena = open_arena()
    for round_ in range(job.out.shape[0]):
        mark = mark_of_arena(arena)
        first = take(arena, (job.sizes[0],))
        second = take_zeros(arena, (job.sizes[1], 3))
        for i in range(first.size):
            first[i] = 1.0
        third = take_zeros(arena, first.shape)
        for i in range(second.shape[0]):
            for k in range(3):
                second[i, k] += 2.0
        for i in range(third.size):
            third[i] += first[i] + 3.0
        for i in range(first.size):
            job.out[round_, 0] += first[i]
            job.out[round_, 2] += third[i]
        for i in range(second.shape[0]):
            for k in range(3):
                job.out[round_, 1] += second[i, k]
        rewind_arena(arena, mark)
    close_arena(arena)
    return 0


def record(**changed):
    parts = {"factor": np.array([1.0, 10.0, 100.0]), "out": np.zeros((2, 4, 3))}
    codes = np.arange(8).reshape(2, 4)
    parts |= changed
    return Record(parts["factor"], Inner(codes, 5), parts["out"])


def test_compiled_code_reads_and_writes_the_arrays_of_a_record():
    given = record()
    call_with_record(fill.address, given)
    expected = (given.inner.codes + 5)[:, :, None] * given.factor
    np.testing.assert_array_equal(given.out, expected)
    assert [a.shape for a in arrays_of_record(given)] == [(3,), (2, 4), (2, 4, 3)]


@pytest.mark.parametrize(
    "changed",
    [
        {"factor": np.array([1, 10, 100])},
        {"factor": np.ones((3, 1))},
        {"out": np.zeros((2, 3, 4)).transpose(0, 2, 1)},
        {"factor": np.ones(6)[::2]},
    ],
    ids=["type", "dimensions", "order", "strides"],
)
def test_an_array_of_another_kind_is_refused(changed):
    with pytest.raises(TypeError, match="Record has an array of"):
        table_of_record(record(**changed))


@pytest.mark.parametrize("sizes", [(5, 7), (5, 100_000), (9000, 2), (0, 0), (3000, 1000)])
def test_arrays_of_an_arena_are_apart(sizes):
    """Small ones from its block, large ones by themselves; the memory is used again."""
    job = Scratch(np.array(sizes), np.zeros((40, 3)))
    call_with_record(use_scratch.address, job)
    expected = [sizes[0], 6 * sizes[1], 4 * sizes[0]]
    np.testing.assert_array_equal(job.out, np.tile(np.array(expected, float), (40, 1)))
