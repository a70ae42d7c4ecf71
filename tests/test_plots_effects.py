"""Predictions over a variable: the table against formulas, the ink against the table."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from bayesmm.errors import UsageError
from bayesmm.plots.effect_curves import effect_curves
from bayesmm.plots.effects import effects
from bayesmm.results.marginal.grid import clean_mean
from bayesmm.sampling.posterior import common_draws, effect_draws, sd_draws
from tests.pictures import segments_of


def test_a_line_of_the_typical_group(sleepstudy_fit):
    figure, table = effects(sleepstudy_fit)
    beta = common_draws(sleepstudy_fit.draws, sleepstudy_fit.design).reshape(-1, 2)
    lines = beta[:, :1] + beta[:, 1:] * table["Days"].to_numpy()
    assert table["Days"].iloc[[0, -1]].tolist() == [0, 9]
    np.testing.assert_allclose(table["mean"], lines.mean(axis=0))
    np.testing.assert_allclose(table["lower"], np.quantile(lines, 0.025, axis=0))
    (ax,) = figure.axes
    x, y = ax.lines[0].get_data()
    np.testing.assert_array_equal(x, table["Days"])
    np.testing.assert_array_equal(y, table["mean"])
    band = ax.collections[0].get_paths()[0].get_extents()
    np.testing.assert_allclose([band.y0, band.y1], [table["lower"].min(), table["upper"].max()])
    data = ax.collections[1].get_offsets()
    np.testing.assert_array_equal(data[:, 0], sleepstudy_fit.data["Days"])
    np.testing.assert_array_equal(data[:, 1], sleepstudy_fit.data["Reaction"])
    assert "95 % interval for the typical group" in ax.get_title(loc="left")


def test_the_gap_of_jensen_is_drawn_for_a_logit_link(cbpp_fit):
    table = effect_curves(cbpp_fit)
    assert list(dict.fromkeys(table["who"])) == ["typical group", "population"]
    beta = common_draws(cbpp_fit.draws, cbpp_fit.design).reshape(-1, 4)
    eta = beta @ np.column_stack([np.ones(4), np.eye(4)[:, 1:]]).T
    typical = table[table["who"] == "typical group"]
    np.testing.assert_allclose(typical["mean"], expit(eta).mean(axis=0))
    sd = sd_draws(cbpp_fit.draws, cbpp_fit.design.blocks[0]).reshape(-1, 1, 1)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    average = expit(eta[..., None] + sd * nodes) @ weights / weights.sum()
    population = table[table["who"] == "population"]
    np.testing.assert_allclose(population["mean"], average.mean(axis=0), rtol=1e-6)
    assert (population["mean"].to_numpy() > typical["mean"].to_numpy()).all()


def test_points_and_intervals_of_a_factor(cbpp_fit):
    figure, table = effects(cbpp_fit, who="typical group")
    (ax,) = figure.axes
    outer, inner = (segments_of(lines) for lines in ax.collections[:2])
    np.testing.assert_array_equal(outer[:, :, 1], table[["lower", "upper"]])
    np.testing.assert_array_equal(inner[:, :, 1], table[["inner_lower", "inner_upper"]])
    np.testing.assert_array_equal(outer[:, 0, 0], np.arange(4))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["1", "2", "3", "4"]
    data = ax.collections[2].get_offsets()
    herd = cbpp_fit.data
    np.testing.assert_allclose(data[:, 1], herd["incidence"] / herd["size"])
    np.testing.assert_array_equal(np.round(data[:, 0]) + 1, herd["period"].astype(int))


def test_these_groups_are_thin_lines_of_their_own_treatment(sitka_fit):
    figure, table = effects(
        sitka_fit, variable="time", who=["these groups", "typical group"], by="treat"
    )
    groups = table[table["who"] == "these groups"]
    pairs = groups[["groups", "treat"]].drop_duplicates()
    known = sitka_fit.data[["tree", "treat"]].astype(str).drop_duplicates()
    assert set(map(tuple, pairs.to_numpy())) == set(map(tuple, known.to_numpy()))
    tree, treat = known.iloc[0]
    curve = groups[groups["groups"] == tree]
    beta = common_draws(sitka_fit.draws, sitka_fit.design)
    u = [e[..., sitka_fit.design.blocks[0].levels.index(tree)]
         for e in effect_draws(sitka_fit.draws, sitka_fit.design.blocks[0])]  # fmt: skip
    t = curve["time"].to_numpy()
    columns = dict(zip(sitka_fit.design.mu.terms, np.moveaxis(beta, -1, 0), strict=True))
    ozone = float(treat == "ozone")
    by_hand = sum(
        ((columns[name] + ozone * columns[f"treat[ozone]:{name}"]) if power
         else columns["Intercept"] + ozone * columns["treat[ozone]"])[..., None] * t**power
        + u[power][..., None] * t**power
        for power, name in enumerate(("", "time", "I(time^2)"))
    )  # fmt: skip
    np.testing.assert_allclose(curve["mean"], by_hand.mean(axis=(0, 1)))
    (ax,) = figure.axes
    thin = [line for line in ax.lines if line.get_linewidth() < 1]
    assert len(thin) == 79
    assert len(ax.lines) - len(thin) == 2
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["control", "ozone", "these groups", "typical group"]


def test_other_predictors_are_held_and_said(cod_fit):
    picture = effects(cod_fit, by="Area")
    assert picture.table.attrs["held"] == {"Year": "1999"}
    assert "Year = 1999" in picture.caption
    assert "Year = 1999" in picture.figure.axes[0].get_title(loc="left")
    moved = effects(cod_fit, by="Area", at={"Year": 2000}).table
    draws = common_draws(cod_fit.draws, cod_fit.design)
    beta = dict(zip(cod_fit.design.mu.terms, np.moveaxis(draws, -1, 0), strict=True))
    first = moved[moved["Area"] == "1"]
    eta = beta["Intercept"] + beta["Year[2000]"]
    eta = eta[..., None] + beta["Length"][..., None] * first["Length"].to_numpy()
    np.testing.assert_allclose(first["mean"], np.exp(eta).mean(axis=(0, 1)))


def test_rows_off_the_axis_are_marked_and_counted(cod_fit):
    picture = effects(cod_fit)
    (ax,) = picture.figure.axes
    rows, marks = ax.collections[-2:]
    top = ax.get_ylim()[1]
    above = int((cod_fit.design.y > top).sum())
    assert 0 < above == len(marks.get_offsets())
    assert f"{above} rows lie above the axis" in picture.caption
    assert len(rows.get_offsets()) == cod_fit.design.n_obs


def test_a_number_as_by_is_cut_at_its_mean_and_sd(cod_fit):
    table = effect_curves(cod_fit, "Area", by="Length")
    length = cod_fit.data["Length"].iloc[cod_fit.design.rows]
    expected = length.mean() + length.std(ddof=0) * np.arange(-1, 2)
    np.testing.assert_allclose(np.unique(table["Length"]), expected)


def test_a_new_response_is_as_wide_as_the_model(mtcars_fit, sleepstudy_fit):
    new = effect_curves(sleepstudy_fit, who="new group", kind="response", at={"Days": [0, 9]})
    sigma = sleepstudy_fit.varcorr().query("grp == 'Residual'")["sdcor"].item()
    assert (new["upper"] - new["lower"] > 2 * stats.norm.ppf(0.975) * sigma).all()
    assert len(new) == 2
    link = effects(mtcars_fit, kind="link")
    assert len(link.figure.axes[0].collections) == 1  # the band; no data on this scale


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"variable": "Dys"}, "'Dys' is not a predictor. Did you mean 'Days'"),
        ({"who": "everybody"}, "who is 'everybody'"),
        ({"by": "Days"}, "by is the variable itself"),
        ({"kind": "guess"}, "kind is 'guess'"),
    ],
)
def test_mistakes_are_answered(sleepstudy_fit, options, message):
    with pytest.raises(UsageError, match=message):
        effects(sleepstudy_fit, **options)


def test_more_mistakes_are_answered(cod_fit, penicillin_fit):
    with pytest.raises(UsageError, match="at has 2 values of 'Year'"):
        effects(cod_fit, at={"Year": [1999, 2000]})
    with pytest.raises(UsageError, match="no group effects"):
        effects(cod_fit, who="population")
    with pytest.raises(UsageError, match="the model has no predictors"):
        penicillin_fit.plot.effects  # noqa: B018


def test_the_mean_of_a_centred_column_is_zero():
    centred = np.array([0.1, 0.7, 1.3]) - np.mean([0.1, 0.7, 1.3])
    assert centred.mean() != 0.0
    assert clean_mean(centred) == 0.0
    assert clean_mean(centred + 1e-6) == pytest.approx(1e-6)
