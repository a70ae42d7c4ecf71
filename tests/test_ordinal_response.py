"""How a response becomes ordered categories: never as text in silence."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from synthetic import synthetic_draws, synthetic_fit
from wine import wine

from bayesmm.errors import BayesmmError, DataError, FormulaError, UsageError
from bayesmm.family.known import OF_CATEGORIES, is_known, resolve_family
from bayesmm.model.build import build_design

N = 40


def frame(values: object) -> pd.DataFrame:
    return pd.DataFrame({"y": values, "x": np.arange(N) % 7 / 2})


def read(values: object, formula: str = "y ~ x", **options):
    return build_design(formula, frame(values), resolve_family("cumulative"), **options)


def test_whole_numbers_have_their_order_and_gaps_are_told():
    """brms #580: -3, ..., 3 are ordered by value, not as text; a gap is no category."""
    values = np.arange(N) % 7 - 3
    design = read(np.where(values == 1, 2, values))
    assert design.categories == ("-3", "-2", "-1", "0", "2", "3")
    assert design.family.thresholds == ("-3|-2", "-2|-1", "-1|0", "0|2", "2|3")
    assert any("no row has 1" in note for note in design.notes)
    np.testing.assert_array_equal(design.y[:4], [1, 2, 3, 4])
    as_text = read([str(v) for v in values])
    assert as_text.categories == ("-3", "-2", "-1", "0", "1", "2", "3")
    assert read(pd.Categorical([str(v) for v in values])).categories == as_text.categories


def test_texts_need_a_declared_order():
    words = np.array(["low", "mid", "high"])[np.arange(N) % 3]
    with pytest.raises(DataError, match="not sorted as text") as refusal:
        read(words)
    told = str(refusal.value)
    assert 'ordered(y, levels = c("high", "low", "mid")) ~ ...' in told
    assert "data['y'] = pandas.Categorical(data['y'], ['high', 'low', 'mid'], ordered=True)" in told
    written = read(words, 'ordered(y, levels = c("low", "mid", "very", "high")) ~ x')
    assert written.categories == ("low", "mid", "high")
    assert written.response == "y"
    assert any("without rows left out" in note and "very" in note for note in written.notes)
    declared = read(pd.Categorical(words, ["low", "mid", "high"], ordered=True))
    assert declared.categories == written.categories
    np.testing.assert_array_equal(declared.y, written.y)
    with pytest.raises(DataError, match="not known"):
        read(pd.Categorical(words))  # pandas sorted them, nobody put them in order


@pytest.mark.parametrize(
    ("formula", "what"),
    [
        ("ordered(y) ~ x", "levels = c"),
        ('ordered(y, levels = c("low", "low")) ~ x', "stands twice"),
        ('ordered(y, levels = c("low", "mid")) ~ x', "does not name: high"),
        ('ordered(log(y), levels = c("a", "b")) ~ x', "takes one column"),
        ("y ~ 0 + x", "take the place of an intercept"),
        ("y ~ cs(x)", "they could cross"),
    ],
)
def test_a_mistake_is_told(formula, what):
    words = np.array(["low", "mid", "high"])[np.arange(N) % 3]
    values = pd.Categorical(words, ["low", "mid", "high"], ordered=True)
    with pytest.raises(BayesmmError, match=what):
        read(values, formula)


def test_measurements_and_constants_are_no_categories():
    with pytest.raises(DataError, match="not whole"):
        read(np.linspace(0, 1, N))
    with pytest.raises(DataError, match="in every row"):
        read(np.ones(N))
    with pytest.raises(DataError, match="at most 60"):
        build_design(
            "y ~ x", pd.DataFrame({"y": range(80), "x": range(80)}), resolve_family("acat")
        )
    with pytest.raises(DataError, match="family='cumulative'"):
        build_design(
            'ordered(y, levels = c("a", "b")) ~ x',
            frame(["a", "b"] * 20),
            resolve_family("poisson"),
        )
    with pytest.raises(UsageError, match="success"):
        read(np.arange(N) % 3, success=1)


def test_new_rows_have_the_categories_of_the_fit():
    design = read(np.arange(N) % 4)
    rows = design.encoder.encode(frame(np.arange(N) % 3), response=True)
    np.testing.assert_array_equal(rows.y[:4], [1, 2, 3, 1])
    with pytest.raises(DataError, match="no category: 4"):
        design.encoder.encode(frame(np.arange(N) % 5), response=True)


@pytest.mark.parametrize(
    "name", [name for name, own in OF_CATEGORIES.items() if own.response == "ordered"]
)
def test_a_family_made_for_categories_is_found_again(name):
    """For saved fits and other processes: by its name, its link and its categories."""
    family = resolve_family(name, "probit").made_for(("a", "b", "c"))
    assert is_known(family)
    assert family.made_for(("a", "b", "c")) == family
    assert family.made_for(("a", "b")).thresholds == ("a|b",)
    scaled = family.with_optional("disc")
    assert scaled.auxiliary == ("a|b", "b|c", "disc")
    assert scaled.without_optional() == family
    with pytest.raises(FormulaError, match="no parameter 'sigma'"):
        build_design("y ~ x; sigma ~ x", frame(np.arange(N) % 3), family)


def test_new_rows_keep_their_numbers_where_these_are_groups_too():
    """brms #1141: of a column that is a predictor and a grouping, new rows were coded anew."""
    data = wine().assign(day=np.tile([1, 2, 4], 24))
    design = build_design("rating ~ day + (1 | day)", data, resolve_family("cumulative"))
    auxiliary = {name: (k - 1.5, 0.1) for k, name in enumerate(design.family.thresholds)}
    drawn = synthetic_draws(design, auxiliary=auxiliary, effects=(0.0, 1.0), draws=10, chains=2)
    fit = replace(synthetic_fit(design, drawn), own_data=data)
    every = fit.predict(kind="probability").draws.reshape(2, 10, 72, 5)
    for rows in ([2], [1, 2], [4, 3]):
        found = fit.predict(data.iloc[rows], kind="probability").draws
        np.testing.assert_allclose(found.reshape(2, 10, len(rows), 5), every[:, :, rows])
