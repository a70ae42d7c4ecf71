"""The shrinkage picture: arrows from least squares to posterior means; places of group sizes."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from formula_fits import formula_fit
from matplotlib.quiver import Quiver

from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.plots.group_choice import block_of
from bayesmm.plots.sizes import places_by_size


def arrows_of(ax):
    (arrows,) = (artist for artist in ax.get_children() if isinstance(artist, Quiver))
    return np.column_stack([arrows.X, arrows.Y, arrows.U, arrows.V])


def test_arrows_go_from_least_squares_to_the_coefficients(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.shrinkage()
    data = load_data("sleepstudy")
    coefficients = sleepstudy_fit.coef().pivot(index="level", columns="term", values="mean")
    everyone = np.polyfit(data["Days"], data["Reaction"], 1)
    assert list(table["level"]) == list(data["Subject"].unique())
    assert set(table["x_term"]) == {"Intercept"} and set(table["y_term"]) == {"Days"}
    for row in table.itertuples():
        rows = data[data["Subject"] == row.level]
        own = np.polyfit(rows["Days"], rows["Reaction"], 1)
        np.testing.assert_allclose([row.y_no, row.x_no], own)
        np.testing.assert_allclose([row.y_complete, row.x_complete], everyone)
        assert [row.x_partial, row.y_partial] == list(
            coefficients.loc[row.level, ["Intercept", "Days"]]
        )
    (ax,) = figure.axes
    start, end = table[["x_no", "y_no"]], table[["x_partial", "y_partial"]].to_numpy()
    np.testing.assert_array_equal(arrows_of(ax), np.column_stack([start, end - start]))
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), start)
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), end)
    np.testing.assert_array_equal(ax.lines[2].get_xydata(), table[["x_complete", "y_complete"]][:1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Intercept [ms]", "Days [ms/day]")
    assert figure.get_suptitle().startswith("Shrinkage of the 18 groups of Subject")
    assert [text.get_text() for text in ax.texts] == list(table["level"])


def test_one_effect_stands_against_the_number_of_rows(penicillin_fit):
    labs = load_data("labs_twin")
    fit = formula_fit("y ~ x + (1 | Group)", labs)
    figure, table = fit.plot.shrinkage()
    sizes = labs.groupby("Group").size()
    np.testing.assert_array_equal(table["n_obs"], sizes[table["level"]])
    alone = table["n_obs"].map(table["n_obs"].value_counts()) == 1
    np.testing.assert_allclose(table["x"][alone], table["n_obs"][alone])
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    expected = table[["x", "y_no"]].assign(u=0.0, v=table["y_partial"] - table["y_no"])
    np.testing.assert_array_equal(arrows_of(ax), expected)
    assert set(ax.lines[2].get_ydata()) == {table["y_complete"][0]}
    slope = fit.fixef().set_index("term")["mean"]["x"]
    rows = labs[labs["Group"] == "5"]
    expected = (rows["y"] - slope * rows["x"]).mean()  # the slope does not vary: it is held
    assert table.set_index("level")["y_no"]["5"] == pytest.approx(expected)
    # all plates have six rows: they stand in order
    figure, table = penicillin_fit.plot.shrinkage(factor="plate")
    assert figure.axes[0].get_xlabel() == "groups in order, 6 rows each"
    ordered = table.sort_values("x")
    assert (np.diff(ordered["y_partial"]) >= 0).all() and table["x"].is_unique


def test_the_effects_can_be_chosen(sitka_fit):
    _, table = sitka_fit.plot.shrinkage(effects=("I(time^2)", "time"))
    assert (table["x_term"][0], table["y_term"][0]) == ("I(time^2)", "time")
    coefficients = sitka_fit.coef().pivot(index="level", columns="term", values="mean")
    expected = coefficients.loc[table["level"], ["I(time^2)", "time"]]
    np.testing.assert_array_equal(table[["x_partial", "y_partial"]], expected)
    _, table = sitka_fit.plot.shrinkage(effects="time")
    assert "x_term" not in table
    np.testing.assert_array_equal(table["y_partial"], coefficients.loc[table["level"], "time"])
    with pytest.raises(UsageError, match=r"'treat' does not vary.*Effects that vary: Intercept,"):
        sitka_fit.plot.shrinkage(effects="treat")
    with pytest.raises(UsageError, match=r"one or two of Intercept, time, I\(time\^2\); got 3"):
        sitka_fit.plot.shrinkage(effects=("Intercept", "time", "I(time^2)"))
    with pytest.raises(UsageError, match=r"got 0"):
        sitka_fit.plot.shrinkage(effects=())


def test_log_odds_are_those_of_a_logistic_regression_of_each_group(cbpp_fit):
    figure, table = cbpp_fit.plot.shrinkage()
    table = table.set_index("level")
    data = load_data("cbpp")
    beta = cbpp_fit.fixef()["mean"].to_numpy()
    rows = data[data["herd"] == "1"]
    rows = rows.assign(
        failures=rows["size"] - rows["incidence"],
        held=np.array([0, *beta[1:]])[rows["period"].astype(int) - 1],
    )
    from statsmodels.genmod.families import Binomial

    glm = smf.glm("incidence + failures ~ 1", rows, family=Binomial(), offset=rows["held"]).fit()
    assert table["y_no"]["1"] == pytest.approx(glm.params["Intercept"], rel=1e-6)
    assert figure.axes[0].get_ylabel() == "Intercept [log odds]"
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["1", "3", "4"]


def test_groups_without_an_estimate_are_drawn_and_named():
    data = load_data("sleepstudy")
    few = data[~data["Subject"].isin(["310", "335"]) | (data["Days"] == 3)]
    fit = formula_fit("Reaction ~ Days + (Days | Subject)", few)
    picture = fit.plot.shrinkage()
    table = picture.table
    assert list(table["level"][table["y_no"].isna()]) == ["310", "335"]
    assert "Too few rows for an estimate of their own: 310, 335." in picture.caption
    ax = picture.figure.axes[0]
    assert len(arrows_of(ax)) == 16
    without = table[table["y_no"].isna()][["x_partial", "y_partial"]]
    np.testing.assert_array_equal(ax.lines[2].get_xydata(), without)
    assert {"310", "335"} <= {text.get_text() for text in ax.texts}


def test_a_model_in_which_no_group_can_stand_alone_is_drawn():
    data = load_data("sleepstudy").query("Days < 4")
    shift = data["Subject"].astype(int) % 4
    two_values = data.assign(x=data["Days"] % 2 + shift)  # three coefficients
    fit = formula_fit("Reaction ~ x + (x + I(x^2) | Subject)", two_values)
    picture = fit.plot.shrinkage()
    assert picture.table["y_no"].isna().all()
    assert picture.png(50).startswith(b"\x89PNG")


def test_groups_of_one_size_stand_beside_each_other_in_order():
    places = places_by_size([3, 4, 4, 4, 6], [0.0, 2.0, 1.0, 3.0, 0.0])
    assert places[0] == 3 and places[4] == 6 and places[1] == pytest.approx(4)
    assert places[2] < places[1] < places[3]
    assert places[3] - places[2] == pytest.approx(0.6)  # a fifth of 3 to 6, less than 0.7 of 1
    log = places_by_size([1, 1, 2, 100], [0.0, 1.0, 0.0, 0.0])
    np.testing.assert_allclose(log[0] * log[1], 1.0)
    np.testing.assert_allclose(log[2:], [2, 100])
    assert log[1] < np.sqrt(2)


def test_the_default_factor_is_the_first_with_slopes():
    data = load_data("schools")
    fit = formula_fit("score ~ hours + (1 | school) + (hours | school:class)", data)
    assert block_of(fit.design, None).factor == "school:class"
