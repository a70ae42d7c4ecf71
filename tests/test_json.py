"""The JSON object: exactly these keys, plain values, null where there is nothing."""

import json

import numpy as np
import pytest
from handmade import handmade_design, herd_slopes
from synthetic import synthetic_draws, synthetic_fit, synthetic_ml

# Keys as the command line promises them.
KEYS = ["formula", "family", "engine", "seed", "n_obs", "dropped_rows", "data_kind", "groups",
        "probability", "fixef", "varcorr", "auxiliary", "ranef", "diagnostics", "timings",
        "versions"]  # fmt: skip
FIXEF = ["term", "mean", "sd", "median", "lower", "upper", "rhat", "ess_bulk", "ess_tail",
         "ml_estimate", "ml_se"]  # fmt: skip
VARCORR = ["grp", "var1", "var2", "mean", "sd", "median", "lower", "upper", "rhat", "ess_bulk",
           "ml"]  # fmt: skip
RANEF = ["grp", "level", "term", "mean", "sd", "lower", "upper", "ml"]


@pytest.fixture(scope="module")
def design():
    return herd_slopes()


@pytest.fixture(scope="module")
def ml(design):
    return synthetic_ml(
        design, estimates=[1.25, 0.5], standard_errors=[0.1, 0.2], sd=[(2.5, 1.5)], corr=0.5,
        sigma=3.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def result(design, ml):
    return json.loads(synthetic_fit(design, synthetic_draws(design), ml=ml).to_json())


def test_keys(result):
    assert list(result) == KEYS
    assert {tuple(row) for row in result["fixef"]} == {tuple(FIXEF)}
    assert {tuple(row) for row in result["varcorr"]} == {tuple(VARCORR)}
    assert {tuple(row) for row in result["ranef"]} == {tuple(RANEF)}
    assert list(result["diagnostics"]) == [
        "grade", "ok", "findings", "not_judged", "rhat_max", "ess_bulk_min", "ess_tail_min",
        "divergences",
    ]  # fmt: skip
    assert result["timings"] == {"compile_s": 0.1, "sample_s": 0.5, "total_s": 0.75}


def test_further_parameters(design):
    counts = handmade_design(np.arange(12.0), {}, design.blocks, family="negativebinomial")
    ml = synthetic_ml(
        counts, estimates=[1.0], standard_errors=[0.1], sd=[(1.0, 1.0)], corr=0.5,
        auxiliary={"alpha": 2.25},
    )  # fmt: skip
    drawn = synthetic_draws(counts, auxiliary={"alpha": (2.0, 0.5)})
    (alpha,) = json.loads(synthetic_fit(counts, drawn, ml=ml).to_json())["auxiliary"]
    assert list(alpha) == ["term", *VARCORR[3:10], "ess_tail", "ml"]
    assert (alpha["term"], alpha["ml"]) == ("alpha", 2.25)
    assert (alpha["mean"], alpha["sd"]) == pytest.approx((2.0, 0.5))


def test_values(result):
    assert (result["formula"], result["family"], result["engine"]) == (
        "handmade", "gaussian", "compiled",
    )  # fmt: skip
    assert (result["seed"], result["n_obs"], result["dropped_rows"]) == (7, 12, 0)
    assert result["groups"] == {"herd": 4}
    assert result["diagnostics"]["ok"] is True
    assert result["diagnostics"]["grade"] == "no problem found"
    assert result["diagnostics"]["findings"] == []
    assert result["diagnostics"]["divergences"] == 0
    intercept, slope = result["fixef"]
    assert intercept["mean"] == pytest.approx(1.0)
    assert (intercept["ml_estimate"], intercept["ml_se"]) == pytest.approx((1.25, 0.1))
    assert slope["term"] == "x"


def test_varcorr_rows(result):
    rows = [(r["grp"], r["var1"], r["var2"], r["ml"]) for r in result["varcorr"]]
    assert rows == [
        ("herd", "Intercept", None, 2.5),
        ("herd", "x", None, 1.5),
        ("herd", "Intercept", "x", 0.5),
        ("Residual", None, None, 3.0),
    ]
    assert [r["mean"] for r in result["varcorr"]] == pytest.approx([2.0, 2.0, 0.1, 3.0])


def test_ranef_rows(result):
    assert [(r["level"], r["term"]) for r in result["ranef"]] == [
        (level, term) for term in ("Intercept", "x") for level in "abcd"
    ]
    assert {r["ml"] for r in result["ranef"]} == {0.25}


def test_without_ml_the_values_are_null(design):
    result = synthetic_fit(design, synthetic_draws(design)).to_dict()
    assert {r["ml_estimate"] for r in result["fixef"]} == {None}
    assert {r["ml"] for r in result["varcorr"]} == {None}
    assert {r["ml"] for r in result["ranef"]} == {None}


def test_what_is_not_a_number_is_null(design, ml):
    drawn = synthetic_draws(design, chains=1, draws=400)  # R-hat needs two chains
    text = synthetic_fit(design, drawn, ml=ml).to_json()
    assert "NaN" not in text
    result = json.loads(text)
    assert result["diagnostics"]["rhat_max"] is None
    assert result["diagnostics"]["ok"] is True  # nothing failed,
    assert result["diagnostics"]["not_judged"] == ["R-hat"]  # and nothing shows convergence
    assert {r["rhat"] for r in result["fixef"]} == {None}


def test_a_model_without_groups():
    design = handmade_design([1.0, 2.0, 4.0], {"x": [0.0, 1.0, 2.0]}, family="poisson")
    result = json.loads(synthetic_fit(design, synthetic_draws(design)).to_json())
    assert result["groups"] == {}
    assert result["ranef"] == []
    assert result["varcorr"] == []
