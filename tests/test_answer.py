"""Answers in words: every number is that of the tables, every direction that of an interval."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit
from handmade import handmade_design
from saved_fits import CASES
from saved_fits import fit_of as new_fit
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.results.answer.focus import step_of
from bayesmm.results.answer.sentences import numbers_of
from bayesmm.sampling.grade import Grade

# One of every kind: links, families, factors, functions, interactions, groups and none.
KINDS = ("names with strokes", "no groups", "no intercept", "trials", "successes and failures",
         "offset", "rows left out", "splines", "ordered factor", "sum contrasts", "intervals",
         "crossed", "t", "negative binomial", "zero inflated", "hurdle", "gamma",
         "beta")  # fmt: skip
SENTENCE = re.compile(
    r"(?P<ratio>ratio|difference)[\w ]*? (?P<estimate>-?[\d.e+-]+)[^(]*"
    r"\(95 % equal-tailed interval (?P<lower>-?[\d.e+-]+) to (?P<upper>-?[\d.e+-]+)"
)


@cache
def fit_of(name):
    return new_fit(CASES[name])


@pytest.fixture(scope="module")
def answers():
    return {name: fit_of(name).answer() for name in KINDS}


@pytest.mark.parametrize("name", KINDS)
def test_a_direction_is_that_of_the_whole_interval(name, answers):
    found = answers[name]
    told = [s for s in found.sentences if SENTENCE.search(s)]
    assert told
    for sentence in told:
        numbers = SENTENCE.search(sentence)
        null = 1.0 if numbers["ratio"] == "ratio" else 0.0
        lower, upper = float(numbers["lower"]), float(numbers["upper"])
        assert lower <= float(numbers["estimate"]) <= upper
        word = re.search(r"(is|are) (higher|lower) where", sentence)
        if "is not settled" in sentence:
            assert lower <= null <= upper
        elif word:
            assert found.usable
            assert lower > null if word[2] == "higher" else upper < null
        else:  # numbers alone: not usable, or the mean response beside a ratio
            assert not found.usable or sentence.startswith("In the ")


@pytest.mark.parametrize("name", KINDS)
def test_the_numbers_are_those_of_the_table_beside(name, answers):
    found = answers[name]
    table, shown = found.table, found.shown()
    column = dict(zip(shown.header, zip(*shown.rows, strict=True), strict=True))
    cells = set(zip(column["estimate"], column["lower"], column["upper"], strict=True))
    told = [SENTENCE.search(s) for s in found.sentences if "the one" not in s]
    first = [(n["estimate"], n["lower"], n["upper"]) for n in told if n]
    assert first and set(first) <= cells
    for cell, value in zip(column["lower"], table["lower"], strict=True):
        assert float(cell) == pytest.approx(value, abs=0.006 * max(1.0, abs(value)))
    assert (table["lower"] <= table["estimate"]).all()
    assert (table["estimate"] <= table["upper"]).all()


@pytest.mark.parametrize("name", KINDS)
def test_whether_to_trust_it_is_said(name, answers):
    fit, found = fit_of(name), answers[name]
    grade = fit.diagnostics.grade
    assert found.usable == (grade is not Grade.DO_NOT_USE)
    if not found.usable:
        assert found.lead.startswith("Do not use these numbers")
    else:
        word = "found no problem" if grade is Grade.NO_PROBLEM else "usable, with caution"
        assert word in found.lead
    whom = "population that" in found.lead or "typical" in found.lead
    assert whom == bool(fit.design.blocks)


def test_effects_are_those_of_the_coefficients():
    fit = fit_of("ordered factor")
    fixef = fit.fixef().set_index("term")
    table = fit.answer().table
    np.testing.assert_allclose(table["estimate"], fixef["mean"].iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(table["upper"], fixef["upper"].iloc[1:], rtol=1e-9)
    np.testing.assert_allclose(table["ml_estimate"], fit.ml.estimates[1:], rtol=1e-6)
    fit = fit_of("trials")
    ratio = fit.fixef(exponentiate=True).iloc[1]
    row, mean = fit.answer().table.iloc[0], fit.answer().table.iloc[1]
    assert row["estimate"] == pytest.approx(ratio["median"], rel=1e-9)
    assert (row["quantity"], row["whom"]) == ("odds ratio", "typical group")
    assert row["prob_higher"] == ratio["prob_above_1"]
    average = fit.avg_comparisons("x", who="population").table.iloc[0]
    assert mean["estimate"] == pytest.approx(average["mean"], rel=1e-9)
    assert mean["whom"] == "population"


def test_with_zeros_added_the_ratio_is_of_the_means_with_them():
    fit = fit_of("hurdle")
    expected = fit.avg_comparisons("x", scale="rate ratio", who="typical group").table.iloc[0]
    row = fit.answer().table.iloc[0]
    assert row["estimate"] == pytest.approx(expected["median"], rel=1e-9)
    assert "(counts)" not in row["quantity"]


def test_interactions_are_told_at_values_of_the_partner():
    fit = fit_of("sum contrasts")
    found = fit.answer()
    x = fit.data["x"]
    expected = [f"x = {q:.4g}" for q in np.quantile(x, [0.25, 0.75])]
    assert found.table["where"].tolist() == ["", *expected]
    assert found.sentences[0].startswith("On average, ")
    text = " ".join(found.sentences)
    difference = found.table["estimate"].iloc[2] - found.table["estimate"].iloc[1]
    assert f"the one less the other is {difference:.4f} ms" in text
    assert "x is held at its quartiles in turn." in found.about
    other = fit.answer("x")
    assert other.table["where"].tolist() == ["", "answer = no", "answer = yes"]
    assert other.focus == ("x",) and not any("formula names" in s for s in other.about)


def test_the_question_is_about_the_first_predictor_unless_said_otherwise():
    fit = fit_of("splines")
    found = fit.answer()
    assert found.focus == ("x",)
    assert "about x, which the formula names first; focus='a/b' asks" in found.about[-1]
    assert fit.answer(["w", "x"]).focus == ("w", "x")
    with pytest.raises(UsageError, match=r"'g' is not a predictor .*Predictors: x, a/b, w"):
        fit.answer("g")


def test_a_model_without_predictors_says_level_and_groups():
    fit = formula_fit("Yield ~ 1 + (1 | Batch)", bayesmm.load_data("dyestuff"), ml=True)
    found = fit.answer()
    mean = fit.fixef().iloc[0]
    assert found.table["estimate"].item() == pytest.approx(mean["mean"], rel=1e-9)
    assert found.sentences[0].startswith("The mean of Yield is ")
    share = fit.icc().table.iloc[0]
    assert f"groups of Batch is {share['mean']:.4f}" in found.sentences[1]


def test_a_design_of_arrays_says_that_it_knows_no_question():
    design = handmade_design([1.0, 2.0, 3.5], {"x": [0.0, 1.0, 2.0]})
    fit = synthetic_fit(design, synthetic_draws(design))
    found = fit.answer()
    assert not len(found.table) and "built from arrays" in found.text
    with pytest.raises(UsageError, match="has no predictors to name"):
        fit.answer("x")


def test_a_step_is_one_unless_that_says_nothing():
    assert step_of(np.arange(10.0)) == 1.0
    assert step_of(np.array([0.001, 0.002, 0.004])) == 0.001
    assert step_of(np.array([1e5, 4e5, 9e5])) == 1e5
    assert step_of(np.full(3, 2.0)) == 1.0


def test_numbers_never_look_like_no_effect_unless_they_are():
    assert numbers_of(0.5, 0.25, (0.0003, 1.0), is_ratio=False)[1] == "0.0003"
    assert numbers_of(1.2, 0.1, (1.0004, 1.4), is_ratio=True) == ["1.20", "1.0004", "1.40"]
    assert numbers_of(0.0, 0.1, (0.0, 1.0), is_ratio=False)[0] == "0.000"


def test_two_values_of_a_number_are_compared_as_levels():
    data = bayesmm.load_data("mtcars")
    fit = formula_fit("mpg ~ am + wt", data)
    row = fit.answer().table.iloc[0]
    assert row["comparison"] == "am = 1 against 0"
    assert row["estimate"] == pytest.approx(fit.fixef()["mean"].iloc[1], rel=1e-9)


@pytest.mark.parametrize("name", ["no groups", "sum contrasts", "zero inflated"])
def test_the_table_is_one(name, answers):
    table = answers[name].table
    assert table.attrs["probability"] == 0.95
    assert isinstance(table, pd.DataFrame) and table.to_latex()
    assert "".join(answers[name].lead.split()) in "".join(repr(answers[name]).split())
    assert "<table>" in answers[name]._repr_html_()


# --- methods -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
def test_methods_say_what_was_done(name):
    fit = fit_of(name)
    text = fit.methods()
    assert repr(text) == str(text)
    paragraph = text.partition("\n")[0]
    assert fit.formula in paragraph and fit.words() in paragraph
    for prior in map(str, fit.priors.values()):
        assert prior in paragraph
    assert f"seed {fit.settings.seed}" in paragraph
    assert f"{fit.diagnostics.rhat_max:.3f}" in paragraph
    assert f"{fit.diagnostics.ess_bulk_min:,.0f} (bulk)" in paragraph
    assert "95 % equal-tailed intervals" in paragraph
    dropped = fit.design.n_dropped
    assert (f"{dropped} of {fit.design.n_obs + dropped} rows left out" in paragraph) == bool(
        dropped
    )
    assert ("No row was left out." in paragraph) == (not dropped)
    if fit.diagnostics.findings:
        assert "The verdict of bayesmm on these draws" in paragraph
    assert fit.ml.method[1:] in paragraph


def test_what_is_cited_is_in_the_references():
    fit = fit_of("own priors")
    paragraph, _, references = fit.methods().partition("\n\nReferences\n")
    for who, year in re.findall(r"([A-Z]\w+)(?: and \w+| et al\.), (\d{4})", paragraph):
        assert re.search(rf"- {who}.*\({year}\)", references)
    assert "chosen by the authors" in paragraph
    entries = bayesmm.cite("bibtex")
    for doi in re.findall(r"doi:(\S+)", references):
        assert doi in entries
