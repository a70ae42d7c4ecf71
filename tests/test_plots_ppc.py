"""Predictive checks: tables against counts by hand, ink against the table."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.plots.ppc import ppc
from bayesmm.plots.ppc_tables import proportion_table, rootogram_table
from bayesmm.plots.residual_tables import equal_bins
from bayesmm.results.checks.residuals import residuals
from tests.pictures import segments_of


def replicates(fit):
    tree = fit.ppc().draws["posterior_predictive"].dataset
    (name,) = tree.data_vars
    return tree[name].values.reshape(-1, fit.design.n_obs)


def test_densities_of_data_and_replicates(sleepstudy_fit):
    figure, table = ppc(sleepstudy_fit)
    lines = list(table.groupby("replicate", sort=False))
    assert len(lines) == 51
    assert set(table.loc[table["replicate"] == -1, "of"]) == {"data"}
    (ax,) = figure.axes
    drawn = {
        "replicate": [line for line in ax.lines if line.get_linewidth() < 1],
        "data": [line for line in ax.lines if line.get_linewidth() > 1],
    }
    assert [len(part) for part in drawn.values()] == [50, 1]
    y = {-1: sleepstudy_fit.design.y, **dict(enumerate(replicates(sleepstudy_fit)))}
    for replicate, part in lines:
        assert integrate.trapezoid(part["density"], part["x"]) == pytest.approx(1, abs=1e-3)
        mean = integrate.trapezoid(part["x"] * part["density"], part["x"])
        cell = part["x"].iloc[1] - part["x"].iloc[0]
        assert mean == pytest.approx(y[replicate].mean(), abs=cell)
    np.testing.assert_array_equal(
        drawn["data"][0].get_ydata(), table.loc[table["of"] == "data", "density"]
    )


def test_a_panel_per_level(sleepstudy_fit):
    figure, table = ppc(sleepstudy_fit, by="Subject")
    levels = sleepstudy_fit.design.blocks[0].levels
    assert list(dict.fromkeys(table["Subject"])) == list(levels)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [f"Subject {x}" for x in levels]
    assert len({ax.get_xlim() for ax in figure.axes}) == 1


def test_rootogram_counts_rows(cod_fit):
    figure, table = ppc(cod_fit)
    y, y_rep = cod_fit.design.y, replicates(cod_fit)
    assert table["observed"].sum() == len(y)
    assert table["expected"].sum() == pytest.approx(len(y))
    assert table["last"].iloc[-1] == np.inf
    assert (table["first"].iloc[1:].to_numpy() == table["last"].iloc[:-1].to_numpy() + 1).all()
    for row in table.iloc[[0, 1, 12, -1]].itertuples():
        inside = (y_rep >= row.first) & (y_rep <= row.last)
        assert row.observed == ((y >= row.first) & (y <= row.last)).sum()
        assert row.expected == pytest.approx(inside.sum(axis=1).mean())
        assert row.upper == np.quantile(inside.sum(axis=1), 0.975)
    (ax,) = figure.axes
    observed, band = (container.patches for container in ax.containers[:2])
    root = np.sqrt(table[["expected", "observed", "lower", "upper"]])
    np.testing.assert_allclose(
        [bar.get_y() + bar.get_height() for bar in observed], root["expected"] - root["observed"],
        atol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(
        [bar.get_y() for bar in band], root["expected"] - root["upper"], atol=1e-12
    )
    np.testing.assert_allclose(ax.lines[0].get_ydata(), root["expected"])


def test_small_counts_have_a_bar_each():
    y = np.array([0.0, 0, 1, 3])
    table = rootogram_table(y, np.array([[0.0, 0, 0, 9]]), 3, 0.95)
    assert table["first"].tolist() == [0, 1, 2, 3, 4]
    assert table["observed"].tolist() == [2, 1, 0, 1, 0]
    assert table["expected"].tolist() == [3, 0, 0, 0, 1]


def test_proportions_of_like_rows(cbpp_fit):
    figure, table = ppc(cbpp_fit)
    design = cbpp_fit.design
    assert table["trials"].sum() == design.trials.sum()
    assert (table["observed"] * table["trials"]).sum() == pytest.approx(design.y.sum())
    assert table["mean"].is_monotonic_increasing
    (ax,) = figure.axes
    ends = segments_of(ax.collections[0])
    np.testing.assert_array_equal(ends[:, :, 1], table[["lower", "upper"]])
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), table[["mean", "observed"]])


def test_proportions_of_a_right_model_are_within_their_intervals():
    """Of like rows by their predictors. By fitted values with group effects, which have learnt
    from the rows' own errors, the data of the very same model leave their intervals.
    """
    random = np.random.default_rng(5)
    group = np.repeat(np.arange(250), 4)
    x = random.normal(size=group.size)
    chance = 1 / (1 + np.exp(-x - random.normal(0, 1.2, 250)[group]))
    frame = pd.DataFrame({"y": (random.random(group.size) < chance) * 1, "x": x, "g": group})
    fit = bayesmm.fit("y ~ x + (1 | g)", frame, "bernoulli", draws=300, seed=1, max_effort=1)
    _, table = ppc(fit)
    outside = (table["observed"] < table["lower"]) | (table["observed"] > table["upper"])
    assert len(table) == 12 and outside.sum() <= 2
    codes = equal_bins(residuals(fit)["fitted"].to_numpy())
    table = proportion_table(fit.design.y, replicates(fit), np.ones(len(frame)), codes, 0.95)
    outside = (table["observed"] < table["lower"]) | (table["observed"] > table["upper"])
    assert outside.sum() >= 5


def test_proportions_of_levels(cbpp_fit):
    figure, table = ppc(cbpp_fit, by="herd")
    data = cbpp_fit.data.groupby("herd")[["incidence", "size"]].sum()
    expected = (data["incidence"] / data["size"]).loc[table["herd"]]
    np.testing.assert_allclose(table["observed"], expected)
    y_rep = replicates(cbpp_fit)
    rows = (cbpp_fit.data["herd"] == "3").to_numpy()
    third = y_rep[:, rows].sum(axis=1) / cbpp_fit.data.loc[rows, "size"].sum()
    row = table[table["herd"] == "3"].iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(np.quantile(third, [0.025, 0.975])))
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == list(table["herd"])


def test_statistics_agree_with_the_table_of_the_check(cod_fit):
    names = ["mean", "proportion of zeros"]
    figure, table = ppc(cod_fit, statistic=names)
    known = cod_fit.ppc().table.set_index("statistic")
    for ax, name in zip(figure.axes, names, strict=True):
        part = table[table["statistic"] == name]
        assert part["share"].sum() == pytest.approx(1)
        assert part["observed"].iloc[0] == known.loc[name, "observed"]
        assert part["p_value"].iloc[0] == known.loc[name, "p_value"]
        assert f"{name}, p = {known.loc[name, 'p_value']:.3f}" == ax.get_title(loc="left")
        np.testing.assert_allclose([bar.get_height() for bar in ax.patches], part["share"])
        np.testing.assert_array_equal(ax.lines[0].get_xdata(), 2 * [known.loc[name, "observed"]])


def test_statistics_of_levels(sleepstudy_fit):
    figure, table = ppc(sleepstudy_fit, statistic=["mean", "sd"], by="Subject")
    data = sleepstudy_fit.data.groupby("Subject")["Reaction"]
    for name, expected in (("mean", data.mean()), ("sd", data.std())):
        part = table[table["statistic"] == name]
        np.testing.assert_allclose(part["observed"], expected.loc[part["Subject"]])
    part = table[table["statistic"] == "sd"]
    ax = figure.axes[1]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), part["observed"])
    np.testing.assert_array_equal(segments_of(ax.collections[0])[:, :, 0], part[["lower", "upper"]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "rootogram"}, "kind is 'rootogram'; of a real response"),
        ({"statistic": "average"}, "no statistic 'average'"),
        ({"statistic": "mean", "kind": "density"}, "not both"),
        ({"by": "Subjct"}, "Did you mean 'Subject'"),
        ({"by": "Reaction"}, "different numbers; cut it"),
    ],
)
def test_mistakes_are_answered(sleepstudy_fit, options, message):
    with pytest.raises(UsageError, match=message):
        ppc(sleepstudy_fit, **options)


def test_too_many_panels_are_refused(sitka_fit):
    with pytest.raises(UsageError, match="79 levels, more than 24 panels"):
        ppc(sitka_fit, by="tree")
