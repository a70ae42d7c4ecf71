"""Properties that hold for any data: of designs, of predictions, and of what is saved.

Broken on purpose: with a row order that reaches an answer, a new row read by other contrasts than
an old one, or a name lost in saving, these tests fail.
"""

import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from saved_fits import Case, example_data, fit_of

import bayesmm
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.storage.sameness import differences

FORMULAS = (
    "y ~ x + (1 | g)",
    "y ~ poly(x, 2) * dose + (x | g)",
    "y ~ scale(x) + C(answer, Sum) + (1 | g/h)",
    "y ~ bs(x, df = 4) + (0 + x | g)",
    "y ~ x + (1 | p | g); sigma ~ dose + (1 | p | g)",
)
QUICK = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def design_of(formula: str, data: pd.DataFrame):
    return build_design(formula, data, resolve_family("gaussian"))


@QUICK
@given(st.sampled_from(FORMULAS), seeds)
def test_the_order_of_the_rows_is_that_of_the_design(formula, seed):
    """Shuffled rows give the shuffled design: the same columns, to the last bits of their sums."""
    data = example_data()
    order = np.random.default_rng(seed).permutation(len(data))
    one, other = design_of(formula, data), design_of(formula, data.iloc[order])
    np.testing.assert_array_equal(other.y, one.y[order])
    for a, b in zip(one.predictors, other.predictors, strict=True):
        assert a.names == b.names
        np.testing.assert_allclose(b.X, a.X[order], rtol=1e-9, atol=1e-12)
    for a, b in zip(one.blocks, other.blocks, strict=True):
        assert a.levels == b.levels
        np.testing.assert_array_equal(b.columns.codes, a.columns.codes[order])


@QUICK
@given(st.sampled_from(FORMULAS), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_columns_nobody_reads_and_labels_of_rows_change_nothing(formula, size, shift):
    data = example_data()
    more = data.assign(noise=size * np.arange(len(data)) + shift, **{"x ": "?"})
    more.index = [f"row {k}" for k in range(len(more))]
    one, other = design_of(formula, data), design_of(formula, more)
    for a, b in zip(one.predictors, other.predictors, strict=True):
        np.testing.assert_array_equal(a.X, b.X)
    np.testing.assert_array_equal(one.y, other.y)


@pytest.fixture(scope="module")
def fits():
    return [fit_of(Case(formula)) for formula in FORMULAS]


@QUICK
@given(st.integers(0, len(FORMULAS) - 1), seeds)
def test_a_prediction_is_of_its_row_alone(fits, k, seed):
    """Rows of the data, some of them, in any order: each has the numbers that it has among all."""
    fit, rng = fits[k], np.random.default_rng(seed)
    chosen = rng.permutation(60)[: rng.integers(1, 60)]
    whole = fit.predict().table
    part = fit.predict(fit.data.iloc[chosen]).table
    for name in ("mean", "lower", "upper"):
        np.testing.assert_allclose(
            part[name].to_numpy(), whole[name].to_numpy()[chosen], rtol=1e-9, atol=1e-9
        )


@pytest.mark.slow
@QUICK
@given(st.integers(0, len(FORMULAS) - 1), st.text(min_size=1, max_size=8), seeds)
def test_names_of_levels_are_names_only(fits, k, before, seed):
    """Levels called otherwise in the same order: the same design, and the same predictions."""
    assume(before.strip() and "\x00" not in before)
    data = example_data()
    renamed = data.assign(g=[f"{before}{level}" for level in data["g"]])
    try:
        fit = fit_of(Case(FORMULAS[k], change=lambda _: renamed))
    except bayesmm.BayesmmError as problem:  # a control character
        assert not _obeyed(str(problem))
        return
    rows = np.random.default_rng(seed).permutation(60)[:7]
    one, other = fits[k].predict(data.iloc[rows]).table, fit.predict(renamed.iloc[rows]).table
    for name in ("mean", "lower", "upper"):
        np.testing.assert_array_equal(one[name], other[name])


@QUICK
@given(st.integers(0, len(FORMULAS) - 1), st.floats(0.05, 0.99), st.floats(0.05, 0.99))
def test_an_interval_of_more_probability_holds_the_other(fits, k, p, q):
    assume(abs(p - q) > 1e-6)
    narrow, wide = (fits[k].predict(prob=prob).table for prob in sorted((p, q)))
    assert (wide["lower"] <= narrow["lower"]).all() and (narrow["upper"] <= wide["upper"]).all()


NAMES = st.text(
    st.characters(exclude_characters="`", exclude_categories=("Cs",)), min_size=1, max_size=12
).filter(lambda name: name.strip())


@pytest.mark.slow
# Without shrinking, which would save and load for minutes.
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(NAMES, NAMES, st.lists(NAMES, min_size=2, max_size=6, unique=True))
def test_whatever_is_called_as_it_is_called_is_kept(column, factor, levels):
    """Names of columns and levels in any script: the fit that is loaded is the fit."""
    assume(column != factor and not {column, factor} & {"y"})
    rng = np.random.default_rng(2)
    n = 12 * len(levels)
    data = pd.DataFrame({"y": rng.normal(size=n), column: rng.normal(size=n),
                         factor: [levels[k % len(levels)] for k in range(n)]})  # fmt: skip
    assume(list(data.columns) == ["y", column, factor])
    formula = f"y ~ `{_typed(column)}` + (1 | `{_typed(factor)}`)"
    try:
        fit = fit_of(Case(formula, change=lambda _: data))
    except bayesmm.BayesmmError as problem:  # a control character, or names that are one
        assert not _obeyed(str(problem))
        return
    with tempfile.TemporaryDirectory() as folder:
        again = bayesmm.load(fit.save(Path(folder) / "fit"))
    assert differences(again.design, fit.design) == ()
    assert again.formula == fit.formula and list(again.data.columns) == list(data.columns)
    for name, values in fit.own_draws["posterior"].data_vars.items():
        np.testing.assert_array_equal(again.own_draws["posterior"][name].values, values.values)
    assert not _obeyed(str(again.summary()))


def _typed(name: str) -> str:
    return name.replace("\\", "\\\\")


def _obeyed(text: str) -> set[str]:
    """Return the characters of a text that a terminal would obey."""
    return {c for c in text if unicodedata.category(c) == "Cc" and c != "\n"}


def test_nothing_that_prints_moves_the_cursor():
    """What a terminal obeys in a level of the data is written as an escape, wherever it stands."""
    data = example_data()
    data["g"] = data["g"].replace("g1", "\x1b]0;t\x07\x1b[2Jg\x9b1\r")
    fit = fit_of(Case("y ~ x + (1 | g)", change=lambda _: data))
    shown = {
        **{name: str(getattr(fit, name)()) for name in ASKED},
        **{f"script {language}": fit.script(language) for language in ("bayesmm", "pymc", "brms")},
        **{"fit": repr(fit), "diagnostics": repr(fit.diagnostics), "priors": repr(fit.priors)},
        **{"html": fit._repr_html_(), "plots": repr(fit.plot)},
        "explain": str(bayesmm.explain(fit.formula, data)),
    }
    assert {name: _obeyed(text) for name, text in shown.items() if _obeyed(text)} == {}
    assert r"\x1b[2J" in shown["ranef"]


ASKED = ("summary", "fixef", "ranef", "coef", "varcorr", "words", "equation", "answer", "methods",
         "check", "icc", "r2", "pooling", "residuals", "compare_ml", "predict")  # fmt: skip
