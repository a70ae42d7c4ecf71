"""Calibration finds what is wrong and nothing else."""

import importlib
import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lacking_jacobian import without_jacobian
from scipy import stats

import bayesmm
from bayesmm.errors import DataError, PriorError, UnsupportedModelError, UsageError
from bayesmm.family.known import FAMILIES, OF_CATEGORIES, resolve_family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.build import build_design
from bayesmm.model.response_range import indistinct
from bayesmm.plots.calibration import Calibration
from bayesmm.studies import calibration
from bayesmm.studies.simulated_design import simulated_design
from bayesmm.studies.uniformity import ecdf_band, uniformity_p_value

ONE = "y ~ x + (1 | g)"
GAUSSIAN = resolve_family("gaussian")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    g = np.repeat(np.arange(10), 5)
    return pd.DataFrame(
        {
            "y": rng.normal(size=50),
            "b": np.arange(50) % 2,
            "x": rng.normal(size=50),
            "g": [f"g{k}" for k in g],
        }
    )


# --- the test of uniformity -------------------------------------------------------------------


def test_p_values_of_uniform_numbers_are_uniform():
    """For one number p is 2 min(u, 1 - u) exactly; of more, 400 p values are uniform."""
    assert uniformity_p_value(np.array([0.2])) == pytest.approx(0.4, abs=1e-12)
    rng = np.random.default_rng(1)
    p = [uniformity_p_value(rng.random(15)) for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_the_band_holds_all_order_statistics_with_its_probability():
    low, high = ecdf_band(20, 0.9)
    draws = np.sort(np.random.default_rng(2).random((40_000, 20)), axis=1)
    inside = ((draws >= low) & (draws <= high)).all(axis=1).mean()
    assert inside == pytest.approx(0.9, abs=4 * np.sqrt(0.9 * 0.1 / 40_000))


@pytest.mark.parametrize(("a", "b"), [(1.5, 1.5), (0.7, 0.7), (1.3, 1.0)])
def test_what_is_not_uniform_is_found(a, b):
    assert uniformity_p_value(np.random.default_rng(3).beta(a, b, 500)) < 1e-3


# --- the record ------------------------------------------------------------------------------


def made(positions, **changes):
    priors = {"x": bayesmm.Prior("Normal", (0.0, 1.0))}
    table = pd.DataFrame({"data_set": np.arange(len(positions)), "x": positions})
    return Calibration(None, priors, priors, table, len(positions), 0, **changes)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [(3, 1, "too low"), (1, 3, "too high"), (0.5, 0.5, "too narrow"), (4, 4, "too wide")],
)
def test_a_verdict_says_how_posteriors_are_wrong(a, b, words):
    found = made(np.random.default_rng(4).beta(a, b, 200))
    assert found.verdict == "problem"
    assert found.table["means"].tolist() == [f"posteriors are {words}"]


def test_the_record_prints_counts_and_draws():
    found = made(np.random.default_rng(5).random(100), not_usable=3, refused={"constant.": 7})
    assert found.verdict == "ok"
    assert "3 fits" in repr(found) and "7 data sets were refused: constant." in repr(found)
    picture = found.plot()
    assert set(picture.table["quantity"]) == {"x"}
    inside = picture.table.query("lower <= difference <= upper")
    assert len(inside) == len(picture.table)
    # at the ends nothing is left to chance
    ends = picture.table.iloc[[0, -1]]
    np.testing.assert_allclose(ends[["difference", "lower", "upper"]], 0.0, atol=1e-12)


def test_a_study_is_the_same_each_time_and_names_what_it_ranked(data):
    options = {"n": 20, "chains": 2, "draws": 60, "max_effort": 1, "progress": False}
    one, two = (bayesmm.calibrate(ONE, data, **options) for _ in range(2))
    pd.testing.assert_frame_equal(one.positions, two.positions)
    expected = ("Intercept", "x", "sigma", "1|g_sigma", "1|g[g0]", "log likelihood")
    assert one.quantities == expected
    assert "20 of 20 simulated data sets fitted" in repr(one)
    assert {field.name for field in fields(one)} >= {"positions", "refused", "truth"}


def test_what_cannot_be_calibrated(data):
    with pytest.raises(PriorError, match="nothing to draw from"):
        bayesmm.calibrate(ONE, data, priors="brms")
    with pytest.raises(UsageError, match="n must be a whole number of at least 20"):
        bayesmm.calibrate(ONE, data, n=5)
    sure = {"Intercept": "Normal(-60, 0.1)", "x": "Normal(0, 0.01)", "1|g_sigma": "HalfNormal(1)"}
    with pytest.raises(DataError, match="Only 0 of 20 simulated data sets could be fitted"):
        bayesmm.calibrate(ONE.replace("y", "b"), data, "bernoulli", sure, n=20, progress=False)


# --- what it finds -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "family", "priors"),
    [
        ("y ~ x + (x | g)", "gaussian", None),
        ("b ~ x + (1 | g)", "bernoulli", None),
        ("y ~ x + (1 | g); sigma ~ x", "gaussian", None),
    ],
)
def test_right_posteriors_are_calibrated(data, formula, family, priors):
    found = bayesmm.calibrate(formula, data, family, priors, n=60, seed=1, progress=False)
    assert found.verdict == "ok", found


@pytest.mark.slow
def test_a_wrong_prior_is_found(data):
    """The fits' prior of the sd of groups is a third of that of the truths: the check can fail."""
    found = bayesmm.calibrate(
        ONE,
        data,
        priors={"1|g_sigma": "HalfNormal(0.3)"},
        truth={"1|g_sigma": "HalfNormal(1)"},
        n=100,
        progress=False,
    )
    row = found.table.set_index("quantity").loc["1|g_sigma"]
    assert row["verdict"] == "problem" and row["means"] == "posteriors are too low"
    assert "other priors" in repr(found)


@pytest.mark.slow
def test_a_lacking_jacobian_is_found(data, monkeypatch):
    """With four rows sigma is known badly, and the factor is seen in 200 data sets."""
    few = data.iloc[:4]
    options = {"n": 200, "chains": 2, "max_effort": 1, "cores": 1, "progress": False}
    right = bayesmm.calibrate("y ~ 1", few, **options)
    monkeypatch.setattr(calibration, "choose_engine", without_jacobian)
    wrong = bayesmm.calibrate("y ~ 1", few, **options)
    verdicts = [dict(zip(c.table["quantity"], c.table["verdict"], strict=True))["sigma"]
                for c in (right, wrong)]  # fmt: skip
    assert verdicts == ["ok", "problem"]


def test_simulated_responses_are_censored_at_the_bounds_of_the_data():
    """Rows with bounds are censored again where they lie beyond them; all others are seen."""
    data = pd.DataFrame({"t": [1.0, 2.0, 3.0, 4.0], "e": [True, False, False, True],
                         "x": [0.0, 1.0, 0.5, 2.0]})  # fmt: skip
    design = build_design("t | cens(event = e) ~ x", data, resolve_family("weibull"))
    again = simulated_design(design, np.array([9.0, 9.0, 2.5, 1.0]))
    assert again.known["censoring"].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert again.y.tolist() == [9.0, 2.0, 2.5, 1.0]
    assert again.family is design.family  # compiled once


def test_a_share_that_is_rounded_to_1_is_no_data(data):
    design = build_design("u ~ x", data.assign(u=0.4 + 0.01 * data.b), resolve_family("beta"))
    for end in (1.0, 1.0 - 2.0**-53):
        with pytest.raises(DataError, match="within rounding of an end"):
            simulated_design(design, np.r_[end, np.full(49, 0.5)])
    with pytest.raises(DataError, match="which the beta family does not have"):
        simulated_design(design, np.r_[np.nan, np.full(49, 0.5)])


@pytest.mark.parametrize(
    ("response", "family", "further", "atoms"),
    [
        ("proportion", "zero_one_inflated_beta", {"kappa": 0.01, "zoi": 0.0, "coi": 0.5}, (0, 1)),
        ("proportion", "zero_inflated_beta", {"kappa": 0.01, "psi": 1.0}, (0,)),
        ("positive", "hurdle_gamma", {"alpha": 1e-3, "psi": 1.0}, (0,)),
    ],
)
def test_a_row_of_the_continuous_part_is_never_drawn_as_an_atom(response, family, further, atoms):
    """Most of these are rounded to an end: as numbers beside it, which no study takes for data.

    Drawn as 0 and 1 they would be rows of the other part, and ranks of calibrations wrong.
    """
    own = resolve_family(family)
    assert own.response == response
    rows = ResponseParameters(
        np.full(1000, 0.5), {name: np.full(1000, value) for name, value in further.items()}
    )
    y = own.random(np.random.default_rng(1), rows)
    assert not np.isin(y, atoms).any()
    assert indistinct(own, y).any()
    frame = pd.DataFrame({"y": np.tile([0.0, 0.3, 0.6, 0.9], 250), "x": y})
    with pytest.raises(DataError, match="within rounding of an end"):
        simulated_design(build_design("y ~ x", frame, own), y)


def test_rows_that_count_several_times_are_refused(data):
    """A simulated response in the place of w equal ones is other data than those of the model."""
    formula, rows = "b | weights(w) ~ x", data.assign(w=2.0)
    refused = pytest.raises(UnsupportedModelError, match="Give each case a row of its own")
    with refused:
        bayesmm.calibrate(formula, rows, "bernoulli", n=20)
    ml = bayesmm.ml(formula, rows, "bernoulli")
    with refused:
        bayesmm.bootstrap(ml, n=20)
    with refused:
        bayesmm.power(formula, rows, "x", {"rows": 60}, "bernoulli", n=2, progress=False)
    calibration.check_single_rows(build_design("y | weights(w) ~ x", rows, GAUSSIAN), "calibration")


def test_a_bootstrap_of_censored_times_is_refused():
    data = pd.DataFrame({"t": np.linspace(1, 3, 30), "e": np.arange(30) % 3 > 0,
                         "x": np.sin(np.arange(30))})  # fmt: skip
    ml = bayesmm.ml("t | cens(event = e) ~ x", data, "weibull")
    with pytest.raises(UnsupportedModelError, match="There is no bootstrap of these data"):
        bayesmm.bootstrap(ml, n=20)


@pytest.mark.slow
def test_posteriors_of_censored_times_are_calibrated():
    """With simulated times beside the statuses of the data all four quantities are problems."""
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"t": rng.gamma(2.0, 1.0, 40), "e": np.arange(40) % 2 > 0,
                         "x": rng.normal(size=40)})  # fmt: skip
    priors = {"Intercept": "Normal(1, 0.5)", "x": "Normal(0, 0.5)"}
    found = bayesmm.calibrate("t | cens(event = e) ~ x", data, "weibull", priors, n=80, chains=2,
                              max_effort=1, progress=False)  # fmt: skip
    assert found.verdict == "ok", found


# --- docs/CALIBRATION.md -----------------------------------------------------------------------


@pytest.mark.slow
def test_the_page_is_of_what_was_kept_and_finds_what_is_wrong(monkeypatch):
    """What is wrong on purpose is told, what is right is no problem; every family is a kind.

    Only families that draw responses can be calibrated.

    Broken on purpose: with a family that no response of the script has, or with ranks among the
    draws of a wrong engine in docs/calibration.json, this fails.
    """
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "docs")
    page = importlib.import_module("make_calibration")
    kept = json.loads(page.KEPT.read_text(encoding="utf-8"))
    known = page.kinds()
    drawn = {n for n, f in {**FAMILIES, **OF_CATEGORIES}.items() if not f.without_random}
    assert len(drawn) > 30 and {f"family {name}" for name in drawn} <= set(known)
    text = page.PAGE.read_text(encoding="utf-8")
    assert text == page.page(kept)
    rows = [line[2:-2].split(" | ") for line in text.splitlines() if line.startswith("| ")]
    verdicts = {row[0].replace("\\|", "|"): row[-1] for row in rows if row[-1] != "verdict"}
    assert verdicts.keys() == kept.keys() & known.keys()
    for name, verdict in verdicts.items():
        assert verdict == "problem" if name in page.WRONG else verdict != "problem", name
    assert "not usable" not in verdicts.values()
