"""Comparison tables: their columns, what they say in words, and what they refuse."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws, synthetic_fit, with_variable

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml


def fits(**changes):
    rng = np.random.default_rng(1)
    n = 60
    x, z = rng.normal(size=(2, n))
    g = np.arange(n) % 12
    y = 1 + 0.5 * x + rng.normal(size=12)[g] + rng.normal(size=n)
    block = handmade_block("g", g, {"Intercept": 1.0})
    made = {}
    for name, columns, blocks in (
        ("pooled", {"x": x}, []),
        ("groups", {"x": x}, [block]),
        ("more", {"x": x, "z": z}, [block]),
    ):
        design = handmade_design(y, columns, blocks, **changes)
        ml = fit_ml(design, reml=False)
        modes = ml.blocks[0].modes if blocks else 0.0
        drawn = synthetic_draws(
            design,
            intercept=(ml.estimates[0], 0.3),
            beta=(ml.estimates[1:], 0.1),
            auxiliary={"sigma": (ml.sigma, 0.08)},
            sd=(0.9, 0.1),
            effects=(modes, 0.3),
        )
        made[name] = synthetic_fit(design, drawn, ml=ml)
    return made


def test_table_and_tests():
    comparison = bayesmm.compare(models := fits(), leave="group")
    table = comparison.table.set_index("model")
    assert list(comparison.table.columns) == [
        *("model", "elpd", "se", "p_loo", "d_elpd", "d_se", "weight", "max_k", "how"),
        *("loglik", "df", "aic", "bic"),
    ]
    assert table["elpd"].is_monotonic_decreasing
    best = table.index[0]
    for name, loo in comparison.loo.items():
        assert table["elpd"][name] == pytest.approx(loo.units["elpd"].sum())
        difference = (loo.units["elpd"] - comparison.loo[best].units["elpd"]).to_numpy()
        assert table["d_elpd"][name] == pytest.approx(difference.sum())
        assert table["d_se"][name] == pytest.approx(np.sqrt(12) * difference.std())
        assert table["loglik"][name] == pytest.approx(models[name].ml.loglik)
        assert table["aic"][name] == pytest.approx(models[name].ml.aic)
    assert table["weight"].sum() == pytest.approx(1)
    assert table["df"].to_dict() == {"pooled": 3, "groups": 4, "more": 5}
    pairs = comparison.tests[["m0", "m1"]].to_numpy().tolist()
    assert pairs == [["pooled", "groups"], ["pooled", "more"], ["groups", "more"]]
    expected = bayesmm.likelihood_ratio(models["groups"].ml, models["more"].ml)
    assert comparison.tests["p_value"][2] == pytest.approx(expected.p_value)
    text = repr(comparison)
    assert "A new level of g: its effects integrated out (exact)." in text
    assert "the model has no effects of it" in text


def test_draws_that_are_not_to_be_used_are_told():
    models = fits()
    apart = models["more"].own_draws["posterior"]["z"].values + np.arange(4)[:, None]
    models["more"] = with_variable(models["more"], "z", apart)
    notes = bayesmm.compare(models).notes
    told = [note for note in notes if note.startswith("more: Do not use these numbers: ")]
    assert len(told) == 1 and "R-hat" in told[0]
    assert not any(note.startswith("groups: Do not use") for note in notes)


def test_rows_warn_in_words_and_names_come_from_formulas():
    models = fits()
    comparison = bayesmm.compare({name: models[name] for name in ("groups", "more")})
    assert any("a new row of a known group" in note for note in comparison.notes)
    with pytest.raises(UsageError, match="same formula; name them"):
        bayesmm.compare([models["groups"], models["more"]])
    with pytest.raises(UsageError, match="at least two models"):
        bayesmm.compare([models["groups"]])


def test_models_of_other_data_are_refused():
    rng = np.random.default_rng(0)
    n = 10
    x, y = rng.normal(size=n), rng.poisson(3, n).astype(float)

    def of(response, family="poisson", rows=slice(None), **options):
        design = handmade_design(response[rows], {"x": x[rows]}, family=family, **options)
        return synthetic_fit(design, synthetic_draws(design, draws=10))

    first = of(y)
    for other, reason in (
        (of(y + 1), "differ in the response"),
        (of(y, rows=slice(0, 8)), "uses 10 rows and 'b' 8; they differ in 2 rows"),
        (of(y, family="gaussian"), "probabilities of a discrete response"),
        (of(y, weights=np.arange(1.0, n + 1)), "differ in the weights"),
    ):
        with pytest.raises(UsageError, match=reason):
            bayesmm.compare({"a": first, "b": other})
    from dataclasses import replace

    renamed = replace(first, design=replace(first.design, response="log(y)"))
    with pytest.raises(UsageError, match="different responses cannot be compared"):
        bayesmm.compare({"a": first, "b": renamed})
    with pytest.raises(UsageError, match="not both together"):
        bayesmm.compare({"a": first, "b": fit_ml(first.design)})


def test_families_without_ml_say_so():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 20))
    counts = np.round(np.exp(y))
    poisson = handmade_design(counts, {"x": x}, family="poisson", link="identity")
    # of a family that is not written in the words of `numeric` there are no third derivatives
    known = resolve_family("negativebinomial", "identity")
    unwritten = replace(known, density=None, own_log_density=known.log_density)
    unknown = handmade_design(counts, {"x": x}, family="negativebinomial", link="identity")
    designs = {"poisson": poisson, "unwritten": replace(unknown, family=unwritten)}
    models = {
        name: synthetic_fit(design, synthetic_draws(design, intercept=(3.0, 0.1), beta=(0.0, 0.1)))
        for name, design in designs.items()
    }
    comparison = bayesmm.compare(models)
    table = comparison.table.set_index("model")
    assert np.isnan(table["aic"]["unwritten"])
    assert np.isfinite(table["aic"]["poisson"])
    assert any("No maximum likelihood for 'unwritten'" in note for note in comparison.notes)


def test_models_are_taken_as_they_are_handed_in():
    data = bayesmm.load_data("sleepstudy")
    a = bayesmm.ml("Reaction ~ Days + (1 | Subject)", data, reml=False)
    b = bayesmm.ml("Reaction ~ Days + (Days | Subject)", data, reml=False)
    expected = bayesmm.compare([a, b]).table
    pd.testing.assert_frame_equal(bayesmm.compare(a, b).table, expected)
    pd.testing.assert_frame_equal(bayesmm.compare((a, b)).table, expected)
    assert set(bayesmm.compare({"a": a, "b": b}).table["model"]) == {"a", "b"}
    for given, message in (
        ((a,), "at least two models, got 1"),
        (([],), "at least two models, got 0"),
        ((a, a), 'name them: compare\\({"first": one'),
        (([a, b], "group"), "what is no model is named, as in leave='group'"),
        (([a, b], [a]), "not a list among others"),
        ((data, data), "not DataFrame"),
    ):
        with pytest.raises(UsageError, match=message):
            bayesmm.compare(*given)
