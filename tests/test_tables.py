"""Tables of results on synthetic draws whose summaries are known."""

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UsageError
from bayesmm.results.tables import ranef as ranef_module
from bayesmm.results.tables.moments import moments
from bayesmm.sampling import posterior as posterior_module
from bayesmm.sampling.quantile import quantile_of_ordered, quantiles_in_place


@pytest.fixture(scope="module")
def design():
    x = np.linspace(0, 3, 12)
    w = np.tile([0.0, 1.0, 2.0], 4)
    herd = handmade_block("herd", list("aaabbcccddee"), {"Intercept": 1.0, "x": x, "v": x**2})
    vet = handmade_block("vet", list("123412341234"), {"Intercept": 1.0, "w": w}, correlated=False)
    return handmade_design(np.sin(x), {"x": x, "w": w}, [herd, vet])


@pytest.fixture(scope="module")
def drawn(design):
    return synthetic_draws(design, intercept=(10.0, 0.5), beta=([2.0, -1.0], [0.2, 0.3]))


@pytest.fixture(scope="module")
def fit(design, drawn):
    return synthetic_fit(design, drawn)


def test_moments_are_those_of_numpy():
    draws = np.random.default_rng(0).gamma(2.0, size=(3, 77, 5))
    flat = draws.reshape(-1, 5)
    found = moments(draws, 0.8)
    np.testing.assert_allclose(found["mean"], flat.mean(axis=0))
    np.testing.assert_allclose(found["sd"], flat.std(axis=0, ddof=1))
    for name, q in (("lower", 0.1), ("median", 0.5), ("upper", 0.9)):
        np.testing.assert_allclose(found[name], np.quantile(flat, q, axis=0))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 41, 400, 4001])
def test_quantiles_of_rows_out_of_order_are_those_of_rows_in_order(n):
    """Bit for bit, with ties, NaN and infinities; neighbouring and equal places too."""
    rng = np.random.default_rng(n)
    values = rng.normal(size=(12, n)).round(1)
    values[0], values[1, 0], values[2, -1], values[3, : n // 2] = 1.0, np.nan, np.inf, np.nan
    asked = [0.5, 0.025, 0.975, 0.0, 1.0, 0.5, 0.24, 0.26]
    with np.errstate(invalid="ignore"):  # infinity less infinity
        expected = [quantile_of_ordered(np.sort(values, axis=1), q) for q in asked]
        found = quantiles_in_place(values.copy(), asked)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("prob", [0.0, 1.0, 95])
def test_a_probability_that_is_none(fit, prob):
    with pytest.raises(UsageError, match="between 0 and 1"):
        fit.fixef(prob=prob)


def test_fixef(fit, drawn):
    table = fit.fixef()
    assert table["term"].tolist() == ["Intercept", "x", "w"]
    np.testing.assert_allclose(table["mean"], [10, 2, -1])
    np.testing.assert_allclose(table["sd"], [0.5, 0.2, 0.3])
    np.testing.assert_allclose(table["lower"][1], np.quantile(drawn.beta[:, :, 0], 0.025))
    assert table["prob_positive"].tolist() == [1.0, 1.0, (drawn.beta[:, :, 1] > 0).mean()]
    assert table.attrs == {
        "title": "Common effects",
        "probability": 0.95,
        "interval": "equal-tailed",
    }
    assert table["rhat"].max() < 1.05
    assert table["ess_bulk"].min() > 500


def test_a_wider_interval_contains_a_narrower_one(fit):
    narrow, wide = fit.fixef(prob=0.5), fit.fixef(prob=0.99)
    assert (wide["lower"] < narrow["lower"]).all()
    assert (narrow["upper"] < wide["upper"]).all()
    assert wide.attrs["probability"] == 0.99


def test_varcorr_has_the_rows_of_lme4(fit, drawn):
    # lme4: as.data.frame(VarCorr(m)): per block variances, then the lower triangle by column
    table = fit.varcorr()
    key = (
        table[["grp", "var1", "var2"]].astype(object).where(table[["grp", "var1", "var2"]].notna())
    )
    assert [tuple(None if pd.isna(v) else v for v in row) for row in key.to_numpy()] == [
        ("herd", "Intercept", None),
        ("herd", "x", None),
        ("herd", "v", None),
        ("herd", "Intercept", "x"),
        ("herd", "Intercept", "v"),
        ("herd", "x", "v"),
        ("vet", "Intercept", None),
        ("vet", "w", None),
        ("Residual", None, None),
    ]
    sd = drawn.blocks[0].sd
    np.testing.assert_allclose(table["sdcor"], [2, 2, 2, 0.1, 0.1, 0.1, 2, 2, 3])
    np.testing.assert_allclose(table["sd"], [0.2, 0.2, 0.2, 0.05, 0.05, 0.05, 0.2, 0.2, 0.1])
    np.testing.assert_allclose(table["vcov"][0], (sd[..., 0] ** 2).mean())
    covariance = drawn.blocks[0].corr[..., 1, 2] * sd[..., 1] * sd[..., 2]
    np.testing.assert_allclose(table["vcov"][5], covariance.mean())
    assert table["ess_bulk"].notna().all()


def test_ranef_rows_and_counts(fit, design, drawn):
    table = fit.ranef(diagnostics=True)
    assert len(table) == 5 * 3 + 4 * 2
    row = table[(table["grp"] == "herd") & (table["term"] == "x") & (table["level"] == "c")]
    expected = drawn.blocks[0].effects[:, :, 1, 2]
    np.testing.assert_allclose(row["mean"], expected.mean(), atol=1e-12)
    np.testing.assert_allclose(row["upper"], np.quantile(expected, 0.975))
    assert table.loc[table["grp"] == "herd", "n_obs"].tolist() == [3, 2, 3, 2, 2] * 3
    assert {"rhat", "ess_bulk", "ess_tail"} <= set(table)
    assert "rhat" not in fit.ranef()


def test_ranef_does_not_depend_on_the_chunks(fit, monkeypatch):
    whole = fit.ranef()
    monkeypatch.setattr(posterior_module, "LEVEL_CHUNK_VALUES", 2000)  # two levels at a time
    pd.testing.assert_frame_equal(fit.ranef(), whole)
    assert ranef_module.level_chunks is posterior_module.level_chunks


def test_coef_adds_draw_by_draw(fit, drawn):
    table = fit.coef()
    herd = table[table["grp"] == "herd"]
    # every common term, the constant ones too, then what varies around 0
    assert herd["term"].unique().tolist() == ["Intercept", "x", "w", "v"]
    row = herd[(herd["term"] == "x") & (herd["level"] == "b")].iloc[0]
    total = drawn.beta[:, :, 0] + drawn.blocks[0].effects[:, :, 1, 1]
    assert row["mean"] == pytest.approx(total.mean())
    assert row["sd"] == pytest.approx(total.std(ddof=1))
    assert row["lower"] == pytest.approx(np.quantile(total, 0.025))
    constant = herd[herd["term"] == "w"]
    assert constant["mean"].tolist() == pytest.approx([-1.0] * 5)
    only_group = herd[(herd["term"] == "v") & (herd["level"] == "a")].iloc[0]
    assert only_group["sd"] == pytest.approx(1.0)


def test_coef_joins_blocks_of_one_factor():
    x = np.arange(6.0)
    blocks = [
        handmade_block("g", list("aabbcc"), {"Intercept": 1.0}),
        handmade_block("g", list("aabbcc"), {"x": x}),
    ]
    design = handmade_design(x, {"x": x}, blocks)
    table = synthetic_fit(design, synthetic_draws(design)).coef()
    assert table["term"].tolist() == ["Intercept"] * 3 + ["x"] * 3
    assert table["sd"].tolist() == pytest.approx(
        synthetic_fit(design, synthetic_draws(design)).coef()["sd"].tolist()
    )


def test_a_model_without_groups():
    design = handmade_design([1.0, 2.0, 4.0], {"x": [0.0, 1.0, 2.0]})
    fit = synthetic_fit(design, synthetic_draws(design))
    assert fit.ranef().empty
    assert fit.coef().empty
    assert list(fit.ranef()) == ["grp", "level", "term", "mean", "sd", "median", "lower", "upper",
                                 "n_obs"]  # fmt: skip
    assert fit.varcorr()["grp"].tolist() == ["Residual"]


def test_tables_leave_the_draws_alone(design):
    drawn = synthetic_draws(design)
    fit = synthetic_fit(design, drawn)
    before = {name: v.values.copy() for name, v in fit.draws["posterior"].data_vars.items()}
    fit.summary(), fit.ranef(diagnostics=True), fit.coef(), fit.ppc()
    for name, values in before.items():
        np.testing.assert_array_equal(fit.draws["posterior"][name], values, err_msg=name)


def test_repr_is_one_line(fit):
    assert repr(fit) == (
        "Fit('handmade', gaussian(identity), n_obs=12, engine='compiled', no problem found)"
    )
