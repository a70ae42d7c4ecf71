"""From typed functions to LLVM's code, with fewer lines than numba writes for the same.

Numba reads a number of an array by way of a copy of the array on the stack, a field of a record by
way of the whole record, and empties a variable before it is written, for what counts references.
LLVM throws nearly all of that away, which takes as long as the rest of its work. Here the same
instructions are written without: they do the same arithmetic in the same order.

A position that is computed counts from the start, as no kernel of ours computes another. Numba
looks at its sign first, which keeps loops over positions such as ``x[i + k]`` from becoming vector
instructions: a gradient of 7,584 bernoulli rows took 1.11 times as long, of 403 Poisson rows 1.18.
"""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import LoweringError, new_error_context
from numba.core.ir import UNDEFINED, Arg, Assign
from numba.core.lowering import Lower
from numba.np.arrayobj import load_item, store_item

from bayesmm.sampling.compiled.known_types import implementation, is_number

__all__ = ["LOWERING_SURFACE", "ShortLower"]

# Members of `Lower` used or replaced here; the contract test fails when one is gone.
LOWERING_SURFACE = (
    "_alloca_var",
    "alloca_lltype",
    "getvar",
    "loadvar",
    "lower_assign",
    "lower_binop",
    "lower_block",
    "lower_expr",
    "lower_getitem",
    "lower_inst",
    "lower_setitem",
    "post_block",
    "pre_block",
    "storevar",
    "typeof",
)

_WORD = ir.IntType(64)
_ZERO = ir.Constant(_WORD, 0)


class ShortLower(Lower):
    """Numba's step; what it does not know, and all that counts references, is left to numba."""

    def storevar(self, value, name, argidx=None):  # type: ignore[no-untyped-def]
        """Store a value in a variable, without reading what was there."""
        if argidx is not None or self.context.enable_nrt or name in self._singly_assigned_vars:
            super().storevar(value, name, argidx)
        else:
            self._alloca_var(name, self.typeof(name))
            self.builder.store(value, self.getvar(name))

    def lower_block(self, block):  # type: ignore[no-untyped-def]
        """Write a block; of an error the line is told, without one context for each statement."""
        self.pre_block(block)
        with new_error_context("lowering the block at {loc}", loc=block.loc, errcls_=LoweringError):
            for statement in block.body:
                self.loc = statement.loc
                self.lower_inst(statement)
        self.post_block(block)

    def lower_inst(self, inst):  # type: ignore[no-untyped-def]
        """Write a statement; an assignment without its line and its text, which debuggers read."""
        if isinstance(inst, Assign) and not isinstance(inst.value, Arg):
            kind = self.typeof(inst.target.name)
            self.storevar(self.lower_assign(kind, inst), inst.target.name)
        else:
            super().lower_inst(inst)

    def alloca_lltype(self, name, lltype, datamodel=None):  # type: ignore[no-untyped-def]
        """Make room for a variable, without its size in bytes, which is for debuggers."""
        del datamodel
        return cgutils.alloca_once(self.builder, lltype, name=name, zfill=False)

    def lower_binop(self, resty, expr, op):  # type: ignore[no-untyped-def]
        """Write an operator of two numbers, of which numba is asked once (`known_types`)."""
        kinds = self.fndesc.calltypes[expr].args
        known = expr.static_lhs is not UNDEFINED or expr.static_rhs is not UNDEFINED
        if known or not all(is_number(kind) for kind in kinds):
            return super().lower_binop(resty, expr, op)
        signature, write = implementation(self.context, op, kinds)
        both = [
            self._of_type(own, kind) for own, kind in zip((expr.lhs, expr.rhs), kinds, strict=True)
        ]
        result = write(self.builder, both)
        return self.context.cast(self.builder, result, signature.return_type, resty)

    def lower_expr(self, resty, expr):  # type: ignore[no-untyped-def]
        """Read a field of a record that is in memory alone."""
        if expr.op == "getattr" and expr.value.name not in self._blk_local_varmap:
            record = self.typeof(expr.value.name)
            if isinstance(record, types.NamedTuple) and expr.attr in record.fields:
                at = record.fields.index(expr.attr)
                if record[at] == resty:
                    places = [ir.Constant(ir.IntType(32), k) for k in (0, at)]
                    own = self.getvar(expr.value.name)
                    return self.builder.load(self.builder.gep(own, places, inbounds=True))
        return super().lower_expr(resty, expr)

    def lower_getitem(self, resty, expr, value, index, signature):  # type: ignore[no-untyped-def]
        """Read a number of an array in C order, or make a view of its first dimension."""
        array, kind = signature.args[:2]
        if not self._is_plain(array) or resty != signature.return_type:
            return super().lower_getitem(resty, expr, value, index, signature)
        if resty == array.dtype and _is_position(kind, array.ndim):
            own = self._of_type(value, array)
            at = self._address(own, array, kind, self._of_type(index, kind))
            return load_item(self.context, self.builder, array, at)
        if _is_view(resty, array, array.ndim) and _is_slice(kind):
            return self._slice(self._of_type(value, array), array, self._of_type(index, kind))
        if _is_view(resty, array, array.ndim - 1) and isinstance(kind, types.Integer):
            own = self._of_type(value, array)
            return self._row(own, array, resty, kind, self._of_type(index, kind))
        return super().lower_getitem(resty, expr, value, index, signature)

    def lower_setitem(self, target_var, index_var, value_var, signature):  # type: ignore[no-untyped-def]
        """Write a number into an array in C order."""
        array, kind, number = signature.args
        plain = self._is_plain(array) and _is_position(kind, array.ndim)
        if not plain or not isinstance(number, types.Number | types.Boolean):
            super().lower_setitem(target_var, index_var, value_var, signature)
            return
        own, index = self._of_type(target_var, array), self._of_type(index_var, kind)
        value = self.context.cast(
            self.builder, self._of_type(value_var, number), number, array.dtype
        )
        at = self._address(own, array, kind, index)
        store_item(self.context, self.builder, array, value, at)

    def _is_plain(self, array: Any) -> bool:
        """Return whether a type is of arrays of numbers in C order, whose bounds nobody checks."""
        return (
            isinstance(array, types.Array)
            and array.layout == "C"
            and array.aligned
            and array.ndim > 0
            and isinstance(array.dtype, types.Number)
            and not self.context.enable_nrt
            and not self.context.enable_boundscheck
        )

    def _of_type(self, variable: Any, kind: Any) -> Any:
        """Return the value of a variable as one of a type."""
        own = self.loadvar(variable.name)
        return self.context.cast(self.builder, own, self.typeof(variable.name), kind)

    def _field(self, array: Any, name: str) -> int:
        """Return where the value of an array has a field."""
        return self.context.data_model_manager[array].get_field_position(name)

    def _extent(self, own: Any, array: Any, dimension: int) -> Any:
        return self.builder.extract_value(own, [self._field(array, "shape"), dimension])

    def _from_start(self, index: Any, extent: Any) -> Any:
        """Return a position counted from the start: a negative one is counted from the end."""
        if isinstance(index, ir.Constant) and index.constant >= 0:
            return index
        below = self.builder.icmp_signed("<", index, _ZERO)
        return self.builder.select(below, self.builder.add(index, extent), index)

    def _position(self, own: Any, array: Any, kind: Any, index: Any, dimension: int) -> Any:
        """Return an integer index of one dimension; one that is written may be negative."""
        if not kind.signed:
            return self.context.cast(self.builder, index, kind, types.uintp)
        word = self.context.cast(self.builder, index, kind, types.intp)
        if isinstance(word, ir.Constant):
            return self._from_start(word, self._extent(own, array, dimension))
        return word

    def _address(self, own: Any, array: Any, kind: Any, index: Any) -> Any:
        """Return where a number is."""
        kinds = [kind] if isinstance(kind, types.Integer) else list(kind)
        pick = self.builder.extract_value
        parts = (
            [index]
            if isinstance(kind, types.Integer)
            else [pick(index, k) for k in range(len(kinds))]
        )
        at = self._position(own, array, kinds[0], parts[0], 0)
        for d in range(1, array.ndim):
            step = self.builder.mul(at, self._extent(own, array, d))
            at = self.builder.add(step, self._position(own, array, kinds[d], parts[d], d))
        return self.builder.gep(pick(own, self._field(array, "data")), [at])

    def _moved(self, own: Any, array: Any, first: Any) -> Any:
        """Return the address of the part of an array that begins at `first`."""
        for d in range(1, array.ndim):
            first = self.builder.mul(first, self._extent(own, array, d))
        data = self.builder.extract_value(own, self._field(array, "data"))
        return self.builder.gep(data, [first])

    def _slice(self, own: Any, array: Any, bounds: Any) -> Any:
        """Return the view ``own[start:stop]``."""
        size = self._extent(own, array, 0)
        start, stop = (self._clipped(self.builder.extract_value(bounds, k), size) for k in (0, 1))
        # so that LLVM sees that it is not negative: else it minds indices from the end in all loops
        length = self.builder.sub(stop, start)
        empty = self.builder.icmp_signed("<=", length, _ZERO)
        length = self.builder.select(empty, _ZERO, length)
        items = length
        for d in range(1, array.ndim):
            items = self.builder.mul(items, self._extent(own, array, d))
        view = self.builder.insert_value(
            own, self._moved(own, array, start), self._field(array, "data")
        )
        view = self.builder.insert_value(view, items, self._field(array, "nitems"))
        return self.builder.insert_value(view, length, [self._field(array, "shape"), 0])

    def _clipped(self, bound: Any, size: Any) -> Any:
        """Return a bound of a slice as a position from 0 to `size`.

        By branches that are seldom taken, as numba's: what chooses without them stays in all loops.
        """
        bound = self._from_start(bound, size)
        place = cgutils.alloca_once(self.builder, _WORD)
        self.builder.store(bound, place)
        outside = (("<", _ZERO, _ZERO), (">=", size, size))
        for comparison, limit, instead in outside:
            beyond = self.builder.icmp_signed(comparison, bound, limit)
            with self.builder.if_then(beyond, likely=False):
                self.builder.store(instead, place)
        return self.builder.load(place)

    def _row(self, own: Any, array: Any, kept: Any, kind: Any, index: Any) -> Any:
        """Return the view ``own[index]``, which has one dimension less."""
        insert, pick = self.builder.insert_value, self.builder.extract_value
        at = self._position(own, array, kind, index, 0)
        view = ir.Constant(self.context.get_value_type(kept), ir.Undefined)
        for name in ("meminfo", "parent", "itemsize"):
            view = insert(view, pick(own, self._field(array, name)), self._field(kept, name))
        view = insert(view, self._moved(own, array, at), self._field(kept, "data"))
        items = None
        for d in range(kept.ndim):
            extent = self._extent(own, array, d + 1)
            items = extent if items is None else self.builder.mul(items, extent)
            view = insert(view, extent, [self._field(kept, "shape"), d])
            stride = pick(own, [self._field(array, "strides"), d + 1])
            view = insert(view, stride, [self._field(kept, "strides"), d])
        return insert(view, items, self._field(kept, "nitems"))


def _is_position(kind: Any, dimensions: int) -> bool:
    """Return whether an index has an integer for each dimension."""
    if isinstance(kind, types.Integer):
        return dimensions == 1
    tuple_of_all = isinstance(kind, types.BaseTuple) and len(kind) == dimensions
    return tuple_of_all and all(isinstance(own, types.Integer) for own in kind)


def _is_slice(kind: Any) -> bool:
    return isinstance(kind, types.SliceType) and not kind.has_step


def _is_view(kind: Any, array: Any, dimensions: int) -> bool:
    """Return whether a type is that of a view of whole parts of an array."""
    return kind == array.copy(ndim=dimensions)
