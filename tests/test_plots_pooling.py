"""The pooling picture: lines from the data alone by other means, and what is drawn is the table."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from formula_fits import formula_fit
from matplotlib.figure import Figure
from scipy.special import expit
from synthetic import with_variable

from bayesmm import load_data
from bayesmm.course import course_data, load_model
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.plots.group_choice import block_of
from bayesmm.plots.group_grid import group_grid
from bayesmm.plots.pooling_lines import pooling_lines


def lines_of(table, what, level):
    part = table[(table["what"] == what) & (table["level"] == level)]
    return part["x"].to_numpy(), part["y"].to_numpy()


def test_lines_of_sleepstudy_are_those_of_least_squares_and_of_the_coefficients(sleepstudy_fit):
    _, table = sleepstudy_fit.plot.pooling()
    data = load_data("sleepstudy")
    coefficients = sleepstudy_fit.coef().pivot(index="level", columns="term", values="mean")
    everyone = np.polyfit(data["Days"], data["Reaction"], 1)
    assert list(table.columns) == ["grp", "level", "what", "x", "y"]
    for level, rows in data.groupby("Subject"):
        x, y = lines_of(table, "data", level)
        np.testing.assert_array_equal(x, rows["Days"])
        np.testing.assert_array_equal(y, rows["Reaction"])
        x, y = lines_of(table, "complete", level)
        assert (x[0], x[-1]) == (0, 9)
        np.testing.assert_allclose(y, np.polyval(everyone, x))
        x, y = lines_of(table, "no", level)
        np.testing.assert_allclose(y, np.polyval(np.polyfit(rows["Days"], rows["Reaction"], 1), x))
        x, y = lines_of(table, "partial", level)
        intercept, slope = coefficients.loc[level, ["Intercept", "Days"]]
        np.testing.assert_allclose(y, intercept + slope * x)


def test_the_panels_draw_the_table(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.pooling()
    assert [ax.get_title(loc="left") for ax in figure.axes] == list(
        load_data("sleepstudy")["Subject"].unique()
    )
    for ax in figure.axes:
        assert len(ax.lines) == 4
        for line, what in zip(ax.lines, ("data", "complete", "no", "partial"), strict=True):
            x, y = lines_of(table, what, ax.get_title(loc="left"))
            np.testing.assert_array_equal(line.get_xdata(), x)
            np.testing.assert_array_equal(line.get_ydata(), y)
    assert figure.get_suptitle() == "Complete, no and partial pooling: all 18 groups of Subject"
    assert figure.get_supylabel() == "Reaction [ms]"
    (legend,) = figure.legends
    assert legend.get_title().get_text() == "Days [day]"
    assert [t.get_text() for t in legend.get_texts()] == [
        "data", "complete pooling", "no pooling", "partial pooling (posterior mean)"
    ]  # fmt: skip


def test_a_curve_holds_what_does_not_vary_at_each_groups_own_value(sitka_fit):
    picture = sitka_fit.plot.pooling()
    table, data = picture.table, course_data(load_model("sitka_mm1")).frame
    assert table["level"].nunique() == len(picture.figure.axes) == 12
    assert "12 of 79 groups of tree" in picture.caption
    assert "treat at each group's own value" in picture.caption
    means = sitka_fit.fixef().set_index("term")["mean"]
    u = sitka_fit.ranef().pivot(index="level", columns="term", values="mean")
    names = ["Intercept", "time", "I(time^2)"]
    everyone = smf.ols("size ~ treat * (time + I(time**2))", data).fit()
    for level in table["level"].unique():
        rows = data[data["tree"] == level]
        ozone = rows["treat"].iloc[0] == "ozone"
        own = [f"treat[ozone]{suffix}" for suffix in ("", ":time", ":I(time^2)")]
        held = means[own].to_numpy() * ozone
        x, y = lines_of(table, "partial", level)
        b = held + means[names].to_numpy() + u.loc[level, names].to_numpy()
        np.testing.assert_allclose(y, b[0] + b[1] * x + b[2] * x**2)
        t = rows["time"].to_numpy()
        rest = rows["size"] - np.polyval(held[::-1], t)
        b = np.polyfit(t, rest, 2) + held[::-1]
        x, y = lines_of(table, "no", level)
        np.testing.assert_allclose(y, np.polyval(b, x), rtol=1e-8)
        x, y = lines_of(table, "complete", level)
        new = pd.DataFrame({"time": x, "treat": rows["treat"].iloc[0]})
        np.testing.assert_allclose(y, everyone.predict(new), rtol=1e-8)


def test_proportions_over_a_factor(cbpp_fit):
    figure, table = cbpp_fit.plot.pooling()
    data = load_data("cbpp")
    share = table[table["what"] == "data"]
    expected = data.assign(y=data["incidence"] / data["size"]).sort_values(["herd", "period"])
    share = share.sort_values(["level", "x"])
    np.testing.assert_array_equal(share["y"], expected["y"])
    np.testing.assert_array_equal(share["x"], expected["period"].astype(int) - 1)
    u = cbpp_fit.ranef().set_index("level")["mean"]
    beta = cbpp_fit.fixef()["mean"].to_numpy()
    for level in u.index:
        _, y = lines_of(table, "partial", level)
        np.testing.assert_allclose(y, expit(u[level] + beta[0] + [0, *beta[1:]]))
    successes = data.assign(failures=data["size"] - data["incidence"])
    glm = smf.glm("incidence + failures ~ period", successes, family=_binomial()).fit()
    _, y = lines_of(table, "complete", "1")
    np.testing.assert_allclose(y, glm.predict(pd.DataFrame({"period": list("1234")})), rtol=1e-5)
    assert [t.get_text() for t in figure.axes[-1].get_xticklabels()] == list("1234")
    assert figure.get_supylabel() == "incidence (proportion)"


def _binomial():
    from statsmodels.genmod.families import Binomial

    return Binomial()


def test_curves_of_counts_are_at_the_mean_exposure():
    rng = np.random.default_rng(4)
    data = pd.DataFrame({"x": rng.normal(size=120), "t": rng.uniform(1, 5, size=120)})
    data["g"] = np.repeat(list("abcd"), 30)
    data["n"] = rng.poisson(data["t"] * np.exp(0.5 + 0.3 * data["x"]))
    fit = formula_fit("n ~ x + offset(log(t)) + (x | g)", data, "poisson")
    picture = fit.plot.pooling()
    from statsmodels.genmod.families import Poisson

    exposure = np.log(data["t"].mean())
    coefficients = fit.coef().pivot(index="level", columns="term", values="mean")
    for level, rows in data.groupby("g"):
        own = smf.glm("n ~ x", rows, family=Poisson(), offset=np.log(rows["t"])).fit().params
        x, y = lines_of(picture.table, "no", level)
        np.testing.assert_allclose(y, np.exp(exposure + own["Intercept"] + own["x"] * x), rtol=1e-5)
        b = coefficients.loc[level]
        x, y = lines_of(picture.table, "partial", level)
        np.testing.assert_allclose(y, np.exp(exposure + b["Intercept"] + b["x"] * x))
    assert f"t at its mean, {data['t'].mean():.4g}" in picture.caption


def test_groups_without_predictors_are_rows_of_one_panel(penicillin_fit):
    picture = penicillin_fit.plot.pooling(levels=["a", "x", "c"])
    (ax,) = picture.figure.axes
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "x", "c"]
    table = picture.table
    samples = penicillin_fit.ranef().query("grp == 'sample'").set_index("level")["mean"]
    plates = penicillin_fit.coef().query("grp == 'plate'").set_index("level")["mean"]
    data = load_data("penicillin")
    for place, level in zip((2, 1, 0), ["a", "x", "c"], strict=True):
        rows = data[data["plate"] == level]
        x, y = lines_of(table, "no", level)
        assert x == pytest.approx((rows["diameter"] - rows["sample"].map(samples)).mean())
        assert y == place
        assert lines_of(table, "partial", level)[0] == pytest.approx(plates[level])
        assert lines_of(table, "complete", level)[0] == pytest.approx(data["diameter"].mean())
    for line, what in zip(ax.lines, ("data", "complete", "no", "partial"), strict=True):
        part = table[table["what"] == what]
        np.testing.assert_array_equal(line.get_xydata(), part[["x", "y"]])
    assert "3 of 24 groups of plate" in picture.caption
    assert "Effects of sample are held at 0" in picture.caption
    assert ax.get_xlabel() == "diameter [mm]"


def test_the_line_of_a_class_has_the_effect_of_its_school():
    from bayesmm.model.names import effect_names
    from bayesmm.sampling.posterior import effect_draws

    data = load_data("schools")
    fit = formula_fit("score ~ hours + (1 | school/class)", data)
    for block, shift in zip(fit.design.blocks, (3.0, 0.5), strict=True):
        (draws,) = effect_draws(fit.own_draws, block)
        (name,) = effect_names(block)
        fit = with_variable(fit, name, draws + shift * np.arange(block.n_groups))
    block = block_of(fit.design, "school:class")
    grid = group_grid(fit, block, np.array([0, 20]), None)
    table = pooling_lines(fit, block, grid, fit.pooling())
    u = fit.ranef().set_index(["grp", "level"])["mean"]
    beta = fit.fixef()["mean"]
    hours = data["hours"].mean()
    for level in (block.levels[0], block.levels[20]):
        y = beta[0] + beta[1] * hours + u["school", level.split(":")[0]] + u["school:class", level]
        assert lines_of(table, "partial", level)[1] == pytest.approx(y)
    assert grid.held == {"hours": pytest.approx(hours)}
    # a line of a school leaves its classes at their average
    school = block_of(fit.design, "school")
    grid = group_grid(fit, school, np.array([2]), None)
    assert grid.averaged == ("school:class",)
    table = pooling_lines(fit, school, grid, fit.pooling())
    y = beta[0] + beta[1] * hours + u["school", school.levels[2]]
    assert lines_of(table, "partial", school.levels[2])[1] == pytest.approx(y)


def test_a_group_without_an_estimate_has_no_line_and_is_named():
    data = load_data("sleepstudy")
    alone = data[(data["Subject"] != "310") | (data["Days"] == 3)]
    fit = formula_fit("Reaction ~ Days + (Days | Subject)", alone)
    picture = fit.plot.pooling()
    y = lines_of(picture.table, "no", "310")[1]
    assert len(y) == 40 and np.isnan(y).all()
    assert np.isfinite(lines_of(picture.table, "partial", "310")[1]).all()
    assert "without pooling in 1 group (310)" in picture.caption
    assert "310 (n = 1)" in [ax.get_title(loc="left") for ax in picture.figure.axes]


def test_groups_are_chosen_from_the_smallest_to_the_largest():
    data = load_data("labs_twin")
    sizes = data.groupby("Group").size()
    fit = formula_fit("y ~ x + (1 + x | Group)", data)
    table = fit.plot.pooling().table
    shown = sizes[table["level"].unique()]
    assert len(shown) == 12 and {sizes.min(), sizes.max()} <= set(shown)
    chosen = fit.plot.pooling(levels=["3", 7]).table
    assert list(chosen["level"].unique()) == ["3", "7"]


def test_mistakes_are_explained(sleepstudy_fit):
    with pytest.raises(UsageError, match=r"'999' is not a level of 'Subject'\. Levels: 308"):
        sleepstudy_fit.plot.pooling(levels=["999"])
    with pytest.raises(
        UsageError, match=r"'subject' is no grouping factor.*Did you mean 'Subject'"
    ):
        sleepstudy_fit.plot.pooling(factor="subject")
    with pytest.raises(UsageError, match=r"'Day' is not a predictor\. Did you mean 'Days'"):
        sleepstudy_fit.plot.pooling(x="Day")
    with pytest.raises(UsageError, match=r"levels is empty"):
        sleepstudy_fit.plot.pooling(levels=[])
    with pytest.raises(UsageError, match=r"has 18 panels"):
        sleepstudy_fit.plot.pooling(ax=Figure().add_subplot())
    counts = load_data("sleepstudy").assign(n=lambda d: d["Days"] % 4)
    fit = formula_fit("n ~ Reaction + (1 | Subject)", counts, "zero_inflated_poisson")
    with pytest.raises(UsageError, match=r"zero_inflated_poisson .* has no estimates without"):
        fit.plot.pooling  # noqa: B018
    block = fit.design.blocks[0]
    grid = group_grid(fit, block, np.array([0]), None)
    with pytest.raises(UnsupportedModelError, match=r"depends on more than the pooled"):
        pooling_lines(fit, block, grid, sleepstudy_fit.pooling())


def test_another_predictor_on_the_axis_holds_the_first():
    data = load_data("sleepstudy").assign(dose=lambda d: (d["Days"] * 7) % 5)
    fit = formula_fit("Reaction ~ Days + dose + (Days | Subject)", data, beta=([2.0, 3.0], 0.1))
    picture = fit.plot.pooling(x="dose", levels=["308"])
    x, y = lines_of(picture.table, "partial", "308")
    np.testing.assert_allclose(np.diff(y) / np.diff(x), 3.0)
    assert "Days at its mean, 4.5" in picture.caption
