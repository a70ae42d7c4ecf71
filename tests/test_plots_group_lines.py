"""Lines of groups: the posterior means of each group, the band of the typical one, the ink."""

import numpy as np
import pytest
from formula_fits import formula_fit
from matplotlib.collections import LineCollection
from scipy.special import expit
from synthetic import with_variable

from bayesmm import load_data
from bayesmm.course import course_data, load_model
from bayesmm.errors import UsageError
from bayesmm.model.names import effect_names
from bayesmm.plots.group_choice import line_predictor
from bayesmm.plots.group_lines import group_lines
from bayesmm.sampling.posterior import common_draws, effect_draws, sd_draws
from tests.pictures import segments_of


def part_of(table, what, level=None):
    part = table[table["what"] == what]
    return part if level is None else part[part["level"] == level]


def lines_in(ax):
    (lines,) = (c for c in ax.collections if type(c) is LineCollection)
    return lines.get_segments()


def test_lines_of_sleepstudy_are_its_coefficients(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.group_lines()
    data = load_data("sleepstudy")
    coefficients = sleepstudy_fit.coef().pivot(index="level", columns="term", values="mean")
    for level, (intercept, slope) in coefficients[["Intercept", "Days"]].iterrows():
        line = part_of(table, "these groups", level)
        assert (line["x"].min(), line["x"].max()) == (0, 9)
        np.testing.assert_allclose(line["y"], intercept + slope * line["x"])
        rows = part_of(table, "data", level)
        np.testing.assert_array_equal(
            rows[["x", "y"]], data[data["Subject"] == level][["Days", "Reaction"]]
        )
    top = part_of(table, "typical group")
    beta = common_draws(sleepstudy_fit.draws, sleepstudy_fit.design)
    eta = (beta[..., :1] + beta[..., 1:] * top["x"].to_numpy()).reshape(-1, len(top))
    np.testing.assert_allclose(top["y"], eta.mean(axis=0))
    np.testing.assert_allclose(top["lower"], np.quantile(eta, 0.025, axis=0))
    np.testing.assert_allclose(top["upper"], np.quantile(eta, 0.975, axis=0))
    assert table.attrs["probability"] == 0.95
    (ax,) = figure.axes
    drawn = lines_in(ax)
    for line, level in zip(drawn, coefficients.index, strict=True):
        np.testing.assert_array_equal(line, part_of(table, "these groups", level)[["x", "y"]])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), part_of(table, "data")[["x", "y"]])
    np.testing.assert_array_equal(ax.lines[-1].get_xydata(), top[["x", "y"]])
    band = next(c for c in ax.collections if type(c) is not LineCollection)
    corners = band.get_paths()[0].vertices
    assert set(top["lower"]) | set(top["upper"]) <= set(corners[:, 1])
    assert figure.get_suptitle() == (
        "The 18 groups of Subject, and the typical group with its 95 % interval"
    )
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Days [day]", "Reaction [ms]")


def test_a_treatment_of_the_groups_splits_the_picture(sitka_fit):
    figure, table = sitka_fit.plot.group_lines(prob=0.5)
    data = course_data(load_model("sitka_mm1")).frame
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["treat: control", "treat: ozone"]
    treatment = data.drop_duplicates("tree").set_index("tree")["treat"]
    panels = table[table["level"].notna()].drop_duplicates("level").set_index("level")["panel"]
    assert (panels == "treat: " + treatment[panels.index]).all()
    assert len(panels) == 79
    beta = sitka_fit.fixef().set_index("term")["mean"]
    top = part_of(table, "typical group")
    for treat, ozone in (("control", 0), ("ozone", 1)):
        line = top[top["panel"] == f"treat: {treat}"]
        x = line["x"]
        expected = beta["Intercept"] + beta["time"] * x + beta["I(time^2)"] * x**2
        extra = (beta[f"treat[ozone]{end}"] for end in ("", ":time", ":I(time^2)"))
        expected += ozone * sum(b * x**k for k, b in enumerate(extra))
        np.testing.assert_allclose(line["y"], expected)
        assert [len(lines_in(ax)) for ax in figure.axes] == [25, 54]
    one = sitka_fit.plot.group_lines(by=())
    assert len(one.figure.axes) == 1
    assert (
        "treat at each group's own value (the typical group at the most frequent level, 'ozone'"
        in (one.caption)
    )
    np.testing.assert_allclose(
        part_of(one.table, "typical group")["y"], top[top["panel"] == "treat: ozone"]["y"]
    )


def test_probabilities_over_a_factor_of_groups_the_typical_one_and_the_population(cbpp_fit):
    beta = common_draws(cbpp_fit.draws, cbpp_fit.design)
    block = cbpp_fit.design.blocks[0]
    (u,) = effect_draws(cbpp_fit.draws, block)
    period = np.concatenate([np.zeros(beta.shape[:2])[..., None], beta[..., 1:]], axis=-1)
    eta = beta[..., :1] + period
    table = cbpp_fit.plot.group_lines().table
    for level in ("1", "8", "15"):
        line = part_of(table, "these groups", level)
        rows = eta[..., line["x"].astype(int)] + u[..., [block.levels.index(level)]]
        np.testing.assert_allclose(line["y"], expit(rows).mean(axis=(0, 1)))
    assert len(part_of(table, "these groups", "8")) == 1  # herd 8 was seen once
    np.testing.assert_allclose(part_of(table, "typical group")["y"], expit(eta).mean(axis=(0, 1)))
    figure, table = cbpp_fit.plot.group_lines(who="population")
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    sd = sd_draws(cbpp_fit.draws, block)
    average = expit(eta[..., None] + sd[..., None] * nodes) @ (weights / weights.sum())
    top = part_of(table, "population")
    np.testing.assert_allclose(top["y"], average.mean(axis=(0, 1)), rtol=1e-6)
    np.testing.assert_allclose(top["upper"], np.quantile(average, 0.975, axis=(0, 1)), rtol=1e-6)
    (ax,) = figure.axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == list("1234")
    intervals = segments_of([c for c in ax.collections if type(c) is LineCollection][-1])
    np.testing.assert_array_equal(intervals[:, :, 1], top[["lower", "upper"]])


def test_lines_end_where_the_data_of_a_group_do():
    labs = load_data("labs_twin")
    fit = formula_fit("y ~ x + (1 + x | Group)", labs)
    table = fit.plot.group_lines().table
    ends = part_of(table, "these groups").groupby("level")["x"].agg(["min", "max"])
    expected = labs.groupby("Group")["x"].agg(["min", "max"]).loc[ends.index]
    np.testing.assert_array_equal(ends, expected)
    assert len(part_of(table, "data")) == len(labs)
    without = fit.plot.group_lines(data=False)
    assert set(without.table["what"]) == {"these groups", "typical group"}
    assert "data" not in without.caption


def test_effects_of_crossed_factors_are_at_their_average():
    rng = np.random.default_rng(1)
    data = load_data("penicillin").assign(x=lambda d: rng.normal(size=len(d)))
    fit = formula_fit("diameter ~ x + (x | plate) + (1 | sample)", data, beta=(2.0, 0.1))
    for block in fit.design.blocks:
        drawn = zip(effect_names(block), effect_draws(fit.own_draws, block), strict=True)
        for name, draws in drawn:
            fit = with_variable(fit, name, draws + 5.0 * np.arange(block.n_groups))
    picture = fit.plot.group_lines(levels=["c"])
    coefficients = fit.coef().query("grp == 'plate' and level == 'c'").set_index("term")["mean"]
    line = part_of(picture.table, "these groups")
    assert set(line["level"]) == {"c"}
    np.testing.assert_allclose(line["y"], coefficients["Intercept"] + coefficients["x"] * line["x"])
    assert "1 of 24 groups of plate" in picture.caption
    assert "Effects of sample are held at 0" in picture.caption


def test_the_predictor_and_the_panels_can_be_chosen():
    data = load_data("sleepstudy").assign(
        late=lambda d: np.where(d["Days"] > 4, "late", "early"), dose=lambda d: (d["Days"] * 7) % 5
    )
    fit = formula_fit("Reaction ~ Days + dose + late + (Days | Subject)", data)
    assert line_predictor(fit, "Subject") == "Days"
    picture = fit.plot.group_lines(x="dose", by="late")
    names = [ax.get_title(loc="left") for ax in picture.figure.axes]
    assert names == ["late: early", "late: late"]
    line = part_of(picture.table, "these groups", "308")
    assert set(line["panel"]) == set(names)  # a subject has both
    assert "Days at its mean, 4.5" in picture.caption
    beta = fit.fixef().set_index("term")["mean"]
    u = fit.ranef().query("level == '308'").set_index("term")["mean"]
    late = line[line["panel"] == "late: late"]
    days = 4.5 * (beta["Days"] + u["Days"])
    expected = beta["Intercept"] + u["Intercept"] + days + beta["late[late]"]
    np.testing.assert_allclose(late["y"], expected + beta["dose"] * late["x"])


def test_mistakes_are_explained(sleepstudy_fit, penicillin_fit):
    with pytest.raises(UsageError, match=r"who is 'everyone'\. Possible: typical group, pop"):
        sleepstudy_fit.plot.group_lines(who="everyone")
    with pytest.raises(UsageError, match=r"'Days' is on the horizontal axis"):
        sleepstudy_fit.plot.group_lines(by="Days")
    with pytest.raises(UsageError, match=r"'Subject' is no predictor; a picture is split by"):
        sleepstudy_fit.plot.group_lines(by="Subject")
    with pytest.raises(UsageError, match=r"'Reaction' is not a predictor"):
        sleepstudy_fit.plot.group_lines(x="Reaction")
    with pytest.raises(UsageError, match=r"the model has no predictors"):
        penicillin_fit.plot.group_lines  # noqa: B018
    between = formula_fit("size ~ treat + (1 | tree)", load_data("sitka"))
    with pytest.raises(UsageError, match=r"no predictor varies within the groups of 'tree'"):
        between.plot.group_lines  # noqa: B018
    with pytest.raises(UsageError, match=r"No predictor varies within the groups of tree, so"):
        group_lines(between)
