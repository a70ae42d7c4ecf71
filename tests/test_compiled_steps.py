"""Steps of ours in the place of numba's: the same result, in less time."""

import operator
import subprocess
import sys

import pytest
from numba import types
from numba.core import compiler, ssa
from numba.core.registry import cpu_target
from numba.core.types import Function
from numba.core.typing.context import Context

from bayesmm.sampling.compiled import known_types, steps


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
