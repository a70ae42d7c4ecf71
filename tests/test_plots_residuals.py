"""Pictures of residuals and of group effects against normal quantiles."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

from bayesmm.errors import UsageError
from bayesmm.plots.effect_qq import effect_qq
from bayesmm.plots.residuals import residuals
from tests.pictures import segments_of


def test_panels_of_a_gaussian_model(sleepstudy_fit):
    figure, table = residuals(sleepstudy_fit)
    parts = dict(list(table.groupby("panel")))
    found = sleepstudy_fit.residuals()
    rows, bins = parts["rows"], parts["bins"]
    np.testing.assert_array_equal(rows["y"], found["raw"])
    np.testing.assert_array_equal(rows["x"], found["fitted"])
    assert bins["rows"].sum() == 180
    first = rows.sort_values("x").head(int(bins["rows"].iloc[0]))
    assert bins["y"].iloc[0] == pytest.approx(first["y"].mean())
    reach = stats.norm.ppf(0.975) * first["y"].std() / np.sqrt(len(first))
    assert bins["upper"].iloc[0] == pytest.approx(first["y"].mean() + reach)
    scatter, quantiles, groups = figure.axes
    np.testing.assert_array_equal(scatter.collections[0].get_offsets(), rows[["x", "y"]])
    np.testing.assert_array_equal(scatter.lines[1].get_xydata(), bins[["x", "y"]])
    np.testing.assert_array_equal(quantiles.lines[1].get_xydata(), parts["QQ"][["x", "y"]])
    boxes = parts["groups"]
    by_hand = found.groupby(sleepstudy_fit.data["Subject"].to_numpy())["raw"]
    np.testing.assert_allclose(boxes["y"], by_hand.median())
    np.testing.assert_allclose(boxes["inner_upper"], by_hand.quantile(0.75))
    np.testing.assert_array_equal(
        segments_of(groups.collections[0])[:, :, 0], boxes[["lower", "upper"]]
    )
    named = {text.get_text() for text in scatter.texts}
    assert named == set(found["raw"].abs().nlargest(3).index.astype(str))


def test_the_envelope_is_that_of_the_check(sleepstudy_fit):
    table = residuals(sleepstudy_fit).table.query("panel == 'QQ'")
    checked = sleepstudy_fit.check().tables["residuals", "rows"]
    np.testing.assert_allclose(table["y"], ndtri(checked["observed"]))
    np.testing.assert_allclose(table["lower"], ndtri(checked["lower"]))
    np.testing.assert_allclose(table["upper"], ndtri(checked["upper"]))


def test_counts_have_quantile_residuals_over_fitted_proportions(cbpp_fit):
    table = residuals(cbpp_fit).table.query("panel == 'rows'")
    found = cbpp_fit.residuals()
    np.testing.assert_array_equal(table["y"], found["quantile"])
    np.testing.assert_allclose(table["x"], found["fitted"] / cbpp_fit.data["size"].to_numpy())


def test_a_binary_response_has_bins_and_no_quantiles(mtcars_fit):
    picture = residuals(mtcars_fit)
    assert set(picture.table["panel"]) == {"rows", "bins"}
    assert "uniform whatever the model" in picture.caption
    by = residuals(mtcars_fit, by="cyl")
    assert by.table.query("panel == 'groups'")["label"].tolist() == ["4", "6", "8"]


def test_unknown_kinds_are_answered(sleepstudy_fit):
    with pytest.raises(UsageError, match="kind is 'ra'"):
        residuals(sleepstudy_fit, kind="ra")


def test_effects_against_normal_quantiles(sitka_fit):
    figure, table = effect_qq(sitka_fit)
    checked = sitka_fit.check()
    for ax, (effect, part) in zip(figure.axes, table.groupby("effect", sort=False), strict=True):
        numbers = checked.tables["normality of group effects", effect]
        for column in numbers:
            np.testing.assert_array_equal(part[column], numbers[column])
        ends = segments_of(ax.collections[1])
        np.testing.assert_array_equal(ends[:, :, 1], part[["lower", "upper"]])
        np.testing.assert_array_equal(ax.lines[1].get_xydata(), part[["quantile", "median"]])
        verdicts = checked.table.set_index("about")
        value = verdicts[verdicts["check"] == "normality of group effects"].loc[effect, "value"]
        assert ax.get_title(loc="left") == f"{effect}, p = {value:.3f}"


def test_too_few_levels_are_refused(cod_fit):
    with pytest.raises(UsageError, match="no group effects"):
        cod_fit.plot.effect_qq  # noqa: B018
