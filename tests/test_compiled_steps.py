"""Steps of ours in the place of numba's: the same result, in less time."""

import ctypes
import operator
import subprocess
import sys

import numba
import numpy as np
import pytest
from numba import types
from numba.core import compiler, ssa
from numba.core.registry import cpu_target
from numba.core.types import Function
from numba.core.typing.context import Context

from bayesmm.family.known import FAMILIES
from bayesmm.sampling.compiled import known_types, parts, steps
from bayesmm.sampling.compiled.kernels import density_rows
from bayesmm.sampling.compiled.kernels.pointers import floats
from bayesmm.sampling.compiled.loops import Loops


def branches(x, n):
    """Return a number whose variables are assigned in branches, and in none of some."""
    if x > 0.0:
        a = x
        b = 1
    elif n > 2:
        a = -x
    else:
        a = 2.0
        b = n
    return a + b


def loops(x, n):
    """Return a number whose variables change in nested loops that are left in their midst."""
    total, k = 0.0, 0
    for i in range(n):
        k = i
        while k > 0:
            total = total + x * k
            k -= 1
            if total > 100.0:
                total = 0.0
                break
        else:
            x = x * 0.5
            continue
        total += 1.0
    return total + k


@pytest.mark.parametrize("function", [branches, loops])
def test_single_assignments_are_numbas(function):
    """Fails where a block is passed over that names a variable, or a phi has other values.

    The blocks of a function are compared, statement by statement, with those of numba's own step.
    """

    def written(blocks):
        return {label: [str(one) for one in block.body] for label, block in blocks.items()}

    before = written(compiler.run_frontend(function).blocks)
    numbas = written(ssa._run_ssa(compiler.run_frontend(function).blocks))
    ours = written(steps._single_assignments(compiler.run_frontend(function).blocks))
    assert ours == numbas
    assert list(ours) == list(numbas)
    assert numbas != before


NUMBERS = (types.int64, types.uint64, types.float64, types.boolean, types.literal(0))


@pytest.mark.parametrize("called", [operator.add, operator.truediv, operator.lt, operator.iadd])
def test_signatures_are_numbas_the_second_time_too(called):
    """Fails where the memory mixes up kinds of numbers."""
    context = cpu_target.typing_context
    context.refresh()
    function = context.resolve_value_type(called)
    for _ in range(2):
        for kinds in [(a, b) for a in NUMBERS for b in NUMBERS]:
            expected = Context.resolve_function_type(context, function, kinds, {})
            found = known_types.signature_of(context, function, kinds)
            assert (found.args, found.return_type) == (expected.args, expected.return_type)


def test_numba_is_asked_once_for_what_depends_on_kinds_alone(monkeypatch):
    """Fails where operators or elements of arrays are resolved anew, or where more is remembered.

    What numba has as an overload is compiled with the flags of its caller: it is asked each time.
    """
    context = cpu_target.typing_context
    context.refresh()
    asked = []
    given = Function.get_call_type

    def counted(own, *rest):
        asked.append(own.typing_key)
        return given(own, *rest)

    monkeypatch.setattr(Function, "get_call_type", counted)
    monkeypatch.setattr(known_types, "_SIGNATURES", {})
    vector = types.Array(types.float64, 1, "C")
    for _ in range(3):
        add = context.resolve_value_type(operator.add)
        known_types.signature_of(context, add, (types.int64, types.float64))
        known_types.signature_of(context, operator.getitem, (vector, types.int64))
        known_types.signature_of(context, context.resolve_value_type(max), (types.int64,) * 2)
    assert asked.count(operator.add) == asked.count(operator.getitem) == 1
    assert asked.count(max) == 3


def test_the_second_process_imports_no_more_than_it_compiles():
    """Fails where half of a density needs data frames, models or scipy: a second of a processor."""
    code = (
        "import sys\n"
        "from bayesmm.sampling.compiled import ahead\n"
        "from bayesmm.sampling.compiled.kernels import priors, transported_gradient\n"
        "heavy = {'numba', 'pandas', 'scipy.special', 'bayesmm.model.design'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("loops", Loops)
def test_loops_give_the_same_bits_however_they_are_compiled(loops):
    """Fails where LLVM may change the arithmetic of a loop: add in another order, or fuse."""

    def total(n, x):
        numbers, found = floats(x, np.uint64(n)), 0.0
        for i in range(n):
            numbers[i] = 0.1 * numbers[i] + numbers[i] * numbers[i]
        for i in range(n):
            found += numbers[i]
        return found

    compiler = parts.whole_compiler(loops)
    assert compiler.loops is loops
    options = {"error_model": "numpy", "_nrt": False, "pipeline_class": compiler}
    made = numba.cfunc("float64(int64, CPointer(float64))", **options)(total)
    x = np.random.default_rng(1).normal(size=1003)
    own, expected = 0.1 * x + x * x, 0.0
    for number in own:
        expected += number
    assert made.ctypes(x.size, x.ctypes.data_as(ctypes.POINTER(ctypes.c_double))) == expected
    np.testing.assert_array_equal(x, own)


def test_links_of_a_family_share_what_they_have_in_common():
    """Fails where the kernel of a family is compiled once more for each of its links."""
    kernel = FAMILIES["weibull"].density.kernel
    assert density_rows._compilable(kernel) is density_rows._compilable(kernel)
    assert density_rows._row_read(0) is density_rows._row_read(0)
