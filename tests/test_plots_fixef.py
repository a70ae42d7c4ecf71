"""The forest of common effects: its table against the draws and ML, its ink against the table."""

import numpy as np
import pytest
from handmade import handmade_design
from scipy import stats
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UsageError
from bayesmm.plots.fixef import fixef
from bayesmm.sampling.posterior import common_draws
from tests.pictures import segments_of

Z = stats.norm.ppf(0.975)


def test_table_is_of_the_draws_and_of_ml(sitka_fit):
    table = fixef(sitka_fit).table.set_index("term")
    draws = common_draws(sitka_fit.draws, sitka_fit.design).reshape(-1, len(table))
    np.testing.assert_allclose(table["mean"], draws.mean(axis=0))
    for column, share in (
        ("lower", 0.025), ("upper", 0.975), ("inner_lower", 0.25), ("inner_upper", 0.75),
    ):  # fmt: skip
        np.testing.assert_allclose(table[column], np.quantile(draws, share, axis=0))
    ml = sitka_fit.ml.fixef().set_index("term")
    np.testing.assert_allclose(table["ml_estimate"], ml["estimate"])
    np.testing.assert_allclose(table["ml_upper"] - table["ml_estimate"], Z * ml["se"])


def test_ink_is_the_table(sitka_fit):
    picture = fixef(sitka_fit)
    axes = picture.figure.axes
    assert len(axes) == 2
    for ax, panel in zip(axes, ("intercept", "effects"), strict=True):
        part = picture.table[picture.table["panel"] == panel]
        outer, inner, ml = (segments_of(lines)[:, :, 0] for lines in ax.collections)
        np.testing.assert_array_equal(outer, part[["lower", "upper"]])
        np.testing.assert_array_equal(inner, part[["inner_lower", "inner_upper"]])
        np.testing.assert_array_equal(ml, part[["ml_lower", "ml_upper"]])
        points = {line.get_label(): line.get_xdata() for line in ax.lines}
        np.testing.assert_array_equal(points["posterior"], part["mean"])
        np.testing.assert_array_equal(points["REML"], part["ml_estimate"])
        labels = [text.get_text() for text in ax.get_yticklabels()]
        assert [label.partition(" [")[0] for label in labels] == list(part["term"])
    assert "50 % and 95 %" in axes[0].get_title(loc="left")


def test_odds_ratios_are_exp_within_the_draws(cbpp_fit):
    picture = fixef(cbpp_fit, exponentiate=True, intercept=False)
    draws = np.exp(common_draws(cbpp_fit.draws, cbpp_fit.design).reshape(-1, 4)[:, 1:])
    np.testing.assert_allclose(picture.table["median"], np.median(draws, axis=0))
    np.testing.assert_allclose(picture.table["upper"], np.quantile(draws, 0.975, axis=0))
    assert "mean" not in picture.table
    (ax,) = picture.figure.axes
    assert ax.get_xscale() == "log"
    assert "odds ratio" in ax.get_xlabel()
    assert "intercept is left out" in picture.caption


def test_per_sd_multiplies_by_the_sd_of_the_column(cod_fit):
    plain, scaled = (fixef(cod_fit, per_sd=choice).table for choice in (False, True))
    sd = cod_fit.design.mu.X.std(axis=0, ddof=1)
    for column in ("mean", "lower", "ml_estimate", "ml_upper"):
        np.testing.assert_allclose(scaled[column][1:], plain[column][1:] * sd)
        assert scaled[column][0] == plain[column][0]


def test_without_ml_it_says_so():
    design = handmade_design(np.arange(6.0), {"x": np.arange(6.0)})
    picture = fixef(synthetic_fit(design, synthetic_draws(design)))
    assert picture.table["ml_estimate"].isna().all()
    assert "There is no ML fit here." in picture.caption
    assert "no maximum-likelihood fit" in picture.figure.axes[0].get_title(loc="left")
    assert picture.figure.axes[0].get_legend() is None


def test_what_cannot_be_drawn_is_refused(penicillin_fit, sleepstudy_fit):
    with pytest.raises(UsageError, match="only common effect is the intercept"):
        fixef(penicillin_fit, intercept=False)
    with pytest.raises(UsageError, match="no ratio with the identity link"):
        fixef(sleepstudy_fit, exponentiate=True)
