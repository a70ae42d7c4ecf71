"""A formula is data: it cannot run code, reach Python's names, or take long."""

import time
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from bayesmm.errors import BayesmmError, FormulaError
from bayesmm.family.known import resolve_family
from bayesmm.formula import parse_formula
from bayesmm.model.build import build_design
from bayesmm.model.transforms import most_columns

# A bound for a loaded machine; each takes milliseconds.
SECONDS = 2.0
BYTES = 200 * 2**20

# `{file}` is a file that must not come into being.
ATTACKS = [
    "y ~ os.system('touch {file}')",
    "y ~ I(os.system('touch {file}'))",
    "os.system('touch {file}') ~ x",
    "y ~ x + (1 | os.system('touch {file}'))",
    "y ~ offset(__import__('os').system('touch {file}'))",
    "y ~ __import__('os').system('touch {file}')",
    "y ~ eval('1')",
    'y ~ exec(\'open("{file}", "w")\')',
    "y ~ open('{file}', 'w')",
    "y ~ getattr(x, 'to_csv')('{file}')",
    "y ~ x.to_csv('{file}')",
    "y ~ x.__class__.__mro__[1].__subclasses__()",
    "y ~ I(x.__class__)",
    "y ~ ().__class__.__bases__[0]",
    "y ~ (lambda: x)()",
    "y ~ lambda x: x",
    "y ~ I([open('{file}', 'w') for _ in (1,)])",
    "y ~ {{x: 1 for x in (1,)}}",
    "y ~ I((x for x in x))",
    "y ~ f'{{x}}'",
    "y ~ '{{0.__class__}}'.format(x)",
    "y ~ x if x else y",
    "y ~ I(x := 3)",
    "y ~ print(x)",
    "y ~ np.save('{file}', x)",
    "y ~ system('touch {file}')",
    "y ~ x; import os",
    "y ~ x # comment",
    "y ~ `x`.__class__",
    "y ~ C(x, Treatment(open('{file}', 'w')))",
    "y ~ bs(x, knots = open('{file}', 'w'))",
    "y ~ poly(x, x)",
    "y ~ log(x, base = os.getpid())",
    "@y ~ x",
    "y ~ {{x}}",
    "y ~ x$y",
    "y ~ x@y",
    "y ~ base::system('touch {file}')",
]

CHAIN = "*".join(f"x{i}" for i in range(49))
FACTORIAL = "(a*b*c*d*e*f*g*h*i*j*k)"
HUGE = {
    "brackets": "y ~ " + "(" * 5000 + "x" + ")" * 5000,
    "open brackets": "y ~ " + "(" * 19_000,
    "signs": "y ~ " + "-" * 19_000 + "x",
    "calls": "y ~ " + "log(" * 4000 + "x" + ")" * 4000,
    "powers": "y ~ x" + "^9" * 9000,
    "power of powers": "y ~ (a + b)^9^9^9^9",
    "huge exponent": "y ~ (a + b)^999999999999999",
    "huge degree": "y ~ poly(x, 99999999)",
    "chain of products": f"y ~ {CHAIN}",
    "chains of products": "y ~ " + " + ".join([CHAIN] * 90),
    "cells": "y ~ " + ":".join(f"(a{i} + b{i})" for i in range(45)),
    "products that repeat": "y ~ " + "*".join([FACTORIAL] * 45),
    "sums of products that repeat": "y ~ " + " + ".join([f"{FACTORIAL}*{FACTORIAL}"] * 300),
    "powers of sums": "y ~ (" + " + ".join(f"x{i}" for i in range(1500)) + ")^2",
    "nested powers": "y ~ " + "(" * 40 + "a + b" + ")^9" * 40,
    "many terms": "y ~ " + " + ".join(f"x{i}" for i in range(3200)),
    "long": "y ~ " + "x" * 30_000,
    "many group terms": "y ~ " + " + ".join(f"({FACTORIAL} | g{i})" for i in range(300)),
    "nested groupings": "y ~ (1 | " + "/".join(f"g{i}" for i in range(45)) + ")",
    "products of groupings": "y ~ (1 | " + ":".join(f"(a{i}/b{i})" for i in range(45)) + ")",
    "bars": "y ~ (" + "x | " * 4000 + "g)",
    "tildes": "~" * 15_000,
    "operators": "y ~ x" + " +" * 9000,
    "strings": 'y ~ "' + "\\" * 15_000,
    "backticks": "`" * 15_000,
    "digits": "y ~ " + "9" * 15_000,
    "digits in a power": "y ~ (a + b)^" + "9" * 15_000,
    "null": "y ~ x\0",
    "surrogate": "y ~ \ud800",
    "right to left": "y ~ \u202ex",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_formula_runs_nothing(attack, tmp_path):
    file = tmp_path / "made"
    data = pd.DataFrame({"y": np.arange(9.0) % 4, "x": np.arange(9.0), "g": list("abc") * 3})
    with pytest.raises(FormulaError):
        build_design(attack.format(file=file), data, resolve_family("gaussian"))
    assert not file.exists()


@pytest.mark.parametrize("name", HUGE)
def test_a_hostile_formula_ends_soon_and_small(name):
    tracemalloc.start()
    start = time.perf_counter()
    try:
        formula = parse_formula(HUGE[name])
        assert parse_formula(str(formula)) == formula
    except FormulaError as error:
        assert len(str(error)) < 3 * len(HUGE[name]) + 1000
    finally:
        seconds = time.perf_counter() - start
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    # Tracing allocations makes parsing several times slower.
    assert seconds < 5 * SECONDS
    assert peak < BYTES


@pytest.mark.parametrize(
    "text", ["y ~ I(9^9^9^9^9^9)", "y ~ I(x^9999999)", "y ~ I(x * 1e999)", "y ~ exp(exp(exp(x)))"]
)
def test_huge_arithmetic_is_reported_not_computed_for_ever(text):
    data = pd.DataFrame({"y": np.arange(9.0) % 4, "x": np.arange(9.0)})
    start = time.perf_counter()
    with pytest.raises(BayesmmError):
        build_design(text, data, resolve_family("gaussian"))
    assert time.perf_counter() - start < SECONDS


def test_a_factor_of_very_many_levels_is_refused_before_its_columns_are_made():
    n = 200_000
    labels = np.arange(n // 2).astype(str)
    data = pd.DataFrame({"y": np.arange(n) % 7.0, "a": np.tile(labels, 2)}).assign(
        b=np.arange(n) % 7
    )
    start = time.perf_counter()
    with pytest.raises(BayesmmError, match=r"make a factor with many levels a grouping"):
        build_design("y ~ a", data, resolve_family("gaussian"))
    with pytest.raises(BayesmmError, match=r"make a factor with many levels a grouping"):
        build_design("y ~ a + factor(b):a", data, resolve_family("gaussian"))
    assert time.perf_counter() - start < 5 * SECONDS


# ---------------------------------------------------------------- designs that fill the memory

FACTORS = [f"f{i}" for i in range(12)]
BASES = " + ".join(f"bs(x, df = 99, Boundary.knots = c(-{i}, {100 + i}))" for i in range(300))
BLOWN_UP = {
    "y ~ big": "The model has 6,667 coefficients; at most 5,000 are possible: make a factor with",
    "y ~ big:u": "coefficients; leave predictors out, or make a factor with many levels a grouping",
    "y ~ factor(u)": "There are 20,000 rows for 20,000 coefficients",
    "y ~ (big | g)": "Each level of 'g' has 6,667 effects; at most 200 are possible",
    f"y ~ ({' * '.join(FACTORS[:9])} | g)": "Each level of 'g' has 512 effects",
    f"y ~ {BASES}": "30,900 columns of 20,000 rows need 4.6 GiB of memory, more than the 4 GiB",
}


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    n = 20_000
    i = np.arange(n)
    factors = {name: i // 2**k % 2 for k, name in enumerate(FACTORS)}
    more = {"big": i // 3, "u": i, "g": i % 2, "h": i % 5, "many": i % 180, "x": i % 97.0}
    return pd.DataFrame({"y": np.sin(i), **factors, **more})


@pytest.mark.parametrize("text", BLOWN_UP)
def test_a_design_that_fills_the_memory_is_refused_before_it_is_made(text, wide):
    categorical = [*FACTORS, "big", "u", "many"]
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(BayesmmError) as caught:
            build_design(text, wide, resolve_family("gaussian"), categorical=categorical)
        seconds = time.perf_counter() - start
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert BLOWN_UP[text] in str(caught.value)
    assert peak < BYTES
    assert seconds < 5 * SECONDS


@pytest.mark.parametrize(
    "call", ["poly(x, 7)", "bs(x, df = 9)", "bs(x, knots = c(1, 2, 3))", "ns(x, df = 5)", "sqrt(x)"]
)
def test_the_bound_on_columns_holds(call, wide):
    design = build_design(f"y ~ {call}", wide, resolve_family("gaussian"))
    node = parse_formula(f"y ~ {call}").terms[0].factors[0]
    assert len(design.mu.names) <= most_columns(node) <= len(design.mu.names) + 5


def test_blocks_count_together(monkeypatch, wide):
    """Each part of the design is small enough; all of them are not."""
    monkeypatch.setattr("bayesmm.model.data_checks._MOST_NUMBERS", 400 * 20_000)
    text = "y ~ many + (many | g) + (many | h)"
    with pytest.raises(BayesmmError, match=r"537 columns of 20,000 rows need"):
        build_design(text, wide, resolve_family("gaussian"), categorical=["many"])


def test_messages_stay_short_whatever_the_data_hold():
    labels = ["x" * 100_000, *(f"level {i}" for i in range(5000))] * 3
    data = pd.DataFrame({"y": np.arange(len(labels)) % 7.0, "a": labels})
    for text in ("y ~ log(a)", 'y ~ C(a, Treatment("levle 3"))', "a ~ y"):
        with pytest.raises(BayesmmError) as caught:
            build_design(text, data, resolve_family("gaussian"))
        assert len(str(caught.value)) < 2000
