"""One 8 x 8 tile of a matrix product, held in vector registers.

A compiler turns a loop over one row into vector instructions, but keeps loading and storing that
row; the sums of a tile stay in registers until they are complete, which is three times as fast
for matrices of some 80 columns. The instructions are therefore written out. Each entry is summed
in the order of k, by fused multiply-add: the bits do not depend on the width of the registers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from bayesmm.sampling.compiled.kernels.inner import bare, cgutils, flat, intrinsic, ir, types

__all__ = ["TILE", "add_tile", "add_transposed_tile", "factorise_tile"]

TILE = 8

_ALIGNMENT = 8  # bytes: rows of numpy begin anywhere


def _double() -> Any:
    return ir.DoubleType()


def _index() -> Any:
    return ir.IntType(64)


def _row() -> Any:
    return ir.VectorType(_double(), TILE)


def _constant(value: int) -> Any:
    return ir.Constant(_index(), value)


def _spread(builder: Any, value: Any) -> Any:
    """Return a vector whose elements are all `value`."""
    undefined = ir.Constant(_row(), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), TILE), [0] * TILE)
    return builder.shuffle_vector(first, undefined, zeros)


def _sum_of_products(
    builder: Any,
    start: list[Any],
    count: Any,
    left: Callable[[Any, int], Any],
    right: Callable[[Any], Any],
) -> list[Any]:
    """Return start[a] + sum_k left(k, a) right(k), k from 0 to count, as a loop."""
    fused = _fused(builder)
    before = builder.block
    body = builder.append_basic_block("tile.body")
    after = builder.append_basic_block("tile.after")
    builder.cbranch(builder.icmp_signed(">", count, _constant(0)), body, after)
    builder.position_at_end(body)
    k = builder.phi(_index())
    sums = [builder.phi(_row()) for _ in start]
    row = right(k)
    more = [
        builder.call(fused, (_spread(builder, left(k, a)), row, sums[a])) for a in range(len(start))
    ]
    following = builder.add(k, _constant(1))
    k.add_incoming(_constant(0), before)
    k.add_incoming(following, builder.block)
    for a, total in enumerate(sums):
        total.add_incoming(start[a], before)
        total.add_incoming(more[a], builder.block)
    last = builder.block
    builder.cbranch(builder.icmp_signed("<", following, count), body, after)
    builder.position_at_end(after)
    results = [builder.phi(_row()) for _ in start]
    for a, result in enumerate(results):
        result.add_incoming(start[a], before)
        result.add_incoming(more[a], last)
    return results


def _fused(builder: Any) -> Any:
    """Return the fused multiply-add of vectors."""
    return cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(_row(), [_row(), _row(), _row()]), "llvm.fma.v8f64"
    )


def _rows_at(context: Any, builder: Any, kind: Any, array: Any, at: Any, width: Any) -> list[Any]:
    """Return pointers to the 8 rows of the tile whose first entry is at a flat position."""
    first = builder.gep(context.make_array(kind)(context, builder, array).data, [at])
    steps = [builder.mul(width, _constant(a)) for a in range(TILE)]
    return [builder.bitcast(builder.gep(first, [step]), _row().as_pointer()) for step in steps]


@intrinsic
def _factorise_tile(_typing, matrix, at, width, inverse, begin, along):  # type: ignore[no-untyped-def]
    """Overwrite a tile with its Cholesky factor U, and another with U^-1; zero below both."""
    index = types.int64
    signature = types.void(matrix, index, index, inverse, index, index)

    def generate(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        fused = _fused(builder)
        root = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_double(), [_double()]), "llvm.sqrt.f64"
        )

        def element(row: Any, column: int) -> Any:
            return builder.extract_element(row, ir.Constant(ir.IntType(32), column))

        into = _rows_at(context, builder, typed.args[0], *values[:3])
        U = [builder.load(row, align=_ALIGNMENT) for row in into]
        W: list[Any] = []
        for a in range(TILE):
            diagonal = builder.call(root, (element(U[a], a),))
            scale = builder.fdiv(ir.Constant(_double(), 1.0), diagonal)
            U[a] = builder.fmul(U[a], _spread(builder, scale))
            for c in range(a + 1, TILE):
                factor = builder.fneg(element(U[a], c))
                U[c] = builder.call(fused, (_spread(builder, factor), U[a], U[c]))
            W.append(scale)
        for a in range(TILE):  # what is left of the diagonal is rounding
            left = [0.0] * a + [1.0] * (TILE - a)
            U[a] = builder.fmul(U[a], ir.Constant(_row(), left))
        for a in range(TILE - 1, -1, -1):  # U[a, a] W[a] = e_a - sum_c U[a, c] W[c]
            unit = [1.0 if b == a else 0.0 for b in range(TILE)]
            row = ir.Constant(_row(), unit)
            for c in range(a + 1, TILE):
                factor = builder.fneg(element(U[a], c))
                row = builder.call(fused, (_spread(builder, factor), W[c], row))
            W[a] = builder.fmul(row, _spread(builder, W[a]))
        for row, pointer in zip(U, into, strict=True):
            builder.store(row, pointer, align=_ALIGNMENT)
        for row, pointer in zip(
            W, _rows_at(context, builder, typed.args[3], *values[3:]), strict=True
        ):
            builder.store(row, pointer, align=_ALIGNMENT)
        return context.get_dummy_value()

    return signature, generate


@bare
def factorise_tile(matrix, i, inverse):
    """Overwrite the tile of `matrix` at (i, i) with U, U'U the tile, and set that of `inverse`.

    Both are zero below the diagonal; NaN when the tile is not positive.
    """
    width = np.int64(matrix.shape[1])
    along = np.int64(inverse.shape[1])
    _factorise_tile(matrix, i * width + i, width, inverse, i * along + i, along)


@intrinsic
def _add_tile(  # type: ignore[no-untyped-def]
    _typing, target, at, width, left, begin, row_step, step, right, first, right_width, count, sign
):
    """Add sign * sum_k left[begin + a row_step + k step] right[first + k right_width + b].

    The target is entry at + a width + b of its array, 0 <= a, b < 8; every array is contiguous
    and indexed as if it were flat. No bounds are checked.
    """
    index = types.int64
    signature = types.void(
        target, index, index, left, index, index, index, right, index, index, index, types.float64
    )

    def generate(context: Any, builder: Any, typed: Any, values: Any) -> Any:
        target, at, width, left, begin, row_step, step, right, first, right_width, count, sign = (
            values
        )

        def entry(position: int, array: Any, offset: Any) -> Any:
            data = context.make_array(typed.args[position])(context, builder, array).data
            return builder.gep(data, [offset])

        def place(k: Any, a: int) -> Any:
            return builder.add(builder.mul(k, step), builder.mul(row_step, _constant(a)))

        of_left, of_right = entry(3, left, begin), entry(7, right, first)
        rows = _rows_at(context, builder, typed.args[0], target, at, width)
        start = [builder.load(row, align=_ALIGNMENT) for row in rows]
        sums = _sum_of_products(
            builder,
            start,
            count,
            lambda k, a: builder.fmul(sign, builder.load(builder.gep(of_left, [place(k, a)]))),
            lambda k: builder.load(
                builder.bitcast(
                    builder.gep(of_right, [builder.mul(k, right_width)]), _row().as_pointer()
                ),
                align=_ALIGNMENT,
            ),
        )
        for row, total in zip(rows, sums, strict=True):
            builder.store(total, row, align=_ALIGNMENT)
        return context.get_dummy_value()

    return signature, generate


@bare
def add_tile(target, row, j, left, i, right, low, high, sign):
    """Add sign * left[i:i+8, low:high] right[low:high, j:j+8] to target[row:row+8, j:j+8]."""
    across = np.int64(left.shape[1])
    _add(target, row, j, left, i * across + low, across, 1, right, low, high, sign)


@bare
def add_transposed_tile(target, row, j, left, i, right, low, high, sign):
    """Add sign * left[low:high, i:i+8]' right[low:high, j:j+8] to target[row:row+8, j:j+8]."""
    across = np.int64(left.shape[1])
    _add(target, row, j, left, low * across + i, 1, across, right, low, high, sign)


@flat
def _add(target, row, j, left, begin, row_step, step, right, low, high, sign):
    """Add what both have: a tile of products, `left` from `begin` on at these steps."""
    width, along = np.int64(target.shape[1]), np.int64(right.shape[1])
    at, first = row * width + j, low * along + j
    _add_tile(target, at, width, left, begin, row_step, step, right, first, along, high - low, sign)
