"""Lines of the data, coefficients by size, and the multilevel mean: tables and what is drawn."""

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit
from matplotlib.figure import Figure

import bayesmm
from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.plots.multilevel_mean import DEFAULT_CASES, plot_multilevel_mean
from tests.conftest import course_fit
from tests.pictures import segments_of


def test_data_lines_are_the_data(sitka_fit):
    figure, table = sitka_fit.plot.data_lines()
    data = sitka_fit.data
    expected = data.assign(level=data["tree"].astype(str)).sort_values(["level", "time"])
    ours = table.sort_values(["level", "x"])
    np.testing.assert_array_equal(ours["x"], expected["time"])
    np.testing.assert_array_equal(ours["y"], expected["size"])
    assert set(table["panel"]) == {"treat: control", "treat: ozone"}
    assert [len(ax.lines) for ax in figure.axes] == [2 * 25, 2 * 54]
    first = table[table["level"] == table["level"].iloc[0]]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xydata(), first[["x", "y"]])


def test_rows_alike_are_averaged_and_counted():
    frame = pd.DataFrame(
        {"y": [1.0, 3.0, 5.0, 2.0, 4.0, 9.0], "x": [0, 0, 1] * 2, "g": list("aaabbb")}
    )
    fit = bayesmm.fit("y ~ x + (1 | g)", frame, draws=50, max_effort=1, seed=1, progress=False)
    picture = fit.plot.data_lines()
    table = picture.table
    assert list(table["y"]) == [2.0, 5.0, 3.0, 9.0]
    assert list(table["n_obs"]) == [2, 1, 2, 1]
    assert "averaged" in picture.caption


def test_lines_need_a_predictor(penicillin_fit):
    with pytest.raises(UsageError, match="the model has no predictors"):
        penicillin_fit.plot.data_lines  # noqa: B018


def test_coefficients_stand_at_the_size_of_their_group():
    fit = course_fit("labs_lmm1")
    figure, table = fit.plot.intercepts_by_size(prob=0.9)
    coefficients = fit.coef(0.9)
    expected = coefficients[coefficients["term"] == "Intercept"]
    np.testing.assert_array_equal(table["mean"], expected["mean"])
    sizes = fit.data["Group"].astype(str).value_counts()
    assert list(table["n_obs"]) == [sizes[level] for level in table["level"]]
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    ends = next(segments_of(c) for c in ax.collections if len(c.get_paths()) == len(table))
    np.testing.assert_array_equal(ends[:, :, 0], np.tile(table[["x"]], 2))
    alone = table["n_obs"].map(table["n_obs"].value_counts()) == 1
    np.testing.assert_allclose(table["x"][alone], table["n_obs"][alone])
    np.testing.assert_array_equal(ends[:, :, 1], table[["lower", "upper"]])
    assert "90 %" in ax.get_title(loc="left")


def test_groups_of_one_size_stand_beside_each_other(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.intercepts_by_size()
    assert table["x"].is_unique and (table["n_obs"] == 10).all()
    assert (np.diff(table.sort_values("x")["mean"]) > 0).all()
    assert figure.axes[0].get_xlabel() == "groups in order, 10 rows each, Subject"


def test_a_factor_of_many_levels_makes_no_panels_unasked():
    frame = pd.DataFrame({"y": np.random.default_rng(1).normal(size=60), "x": [0, 1, 2] * 20})
    frame = frame.assign(
        g=[f"g{i // 3}" for i in range(60)], site=[f"s{i // 6}" for i in range(60)]
    )
    fit = formula_fit("y ~ x + site + (1 | g)", frame)
    assert len(fit.plot.data_lines().figure.axes) == 1
    assert len(fit.plot.data_lines(by="site").figure.axes) == 10


def test_columns_that_are_no_predictors_can_be_drawn_too():
    data = load_data("sitka").assign(time=lambda d: d["Time"] / 100)
    data.loc[:3, "Time"] = np.nan  # nothing of the model
    fit = formula_fit("size ~ time + (time | tree)", data)
    picture = fit.plot.data_lines(x="Time", by="treat", levels=["1", "60"])
    drawn = data[data["tree"].isin(["1", "60"])].dropna()
    assert list(picture.table["y"]) == list(drawn.sort_values(["treat", "Time"])["size"])
    assert [ax.get_title(loc="left") for ax in picture.figure.axes] == [
        "treat: control (1 group)", "treat: ozone (1 group)"
    ]  # fmt: skip
    assert "4 rows have no value of Time" in picture.caption
    with pytest.raises(UsageError, match=r"no column 'treatment'\. Did you mean 'treat'"):
        fit.plot.data_lines(by="treatment")
    with pytest.raises(UsageError, match=r"by has 79 combinations of levels"):
        fit.plot.data_lines(by="tree")


def test_a_term_that_does_not_vary_is_refused(sleepstudy_fit):
    with pytest.raises(UsageError, match=r"'Dys' does not vary.*Did you mean 'Days'"):
        sleepstudy_fit.plot.intercepts_by_size(term="Dys")


def test_multilevel_means_are_those_of_the_equation():
    figure, table = plot_multilevel_mean()
    assert list(dict.fromkeys(table["case"])) == list(DEFAULT_CASES)
    for line, (name, numbers) in zip(figure.axes[0].lines, DEFAULT_CASES.items(), strict=False):
        own, spread = numbers["sigma_y"] ** 2, numbers["sigma_alpha"] ** 2
        n = np.arange(101)
        expected = (n / own * numbers["y_group"] + numbers["y_all"] / spread) / (
            n / own + 1 / spread
        )
        part = table[table["case"] == name]
        np.testing.assert_allclose(part["mean"], expected, rtol=1e-12)
        np.testing.assert_array_equal(line.get_ydata(), part["mean"])


def test_multilevel_means_are_drawn_where_told():
    ax = Figure().add_subplot()
    case = {"a": {"y_group": 1.0, "y_all": 0.0, "sigma_y": 1.0, "sigma_alpha": 1.0}}
    figure, table = bayesmm.plot_multilevel_mean(case, n=[0, 1], ax=ax)
    assert figure is ax.figure
    assert list(table["mean"]) == [0.0, 0.5]
    with pytest.raises(UsageError, match="cases is empty"):
        bayesmm.plot_multilevel_mean({})
