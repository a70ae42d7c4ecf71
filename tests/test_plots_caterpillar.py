"""The caterpillar plot: its table is right, and what is drawn is the table."""

import numpy as np
import pandas as pd
import pytest

from bayesmm.errors import UsageError
from tests.pictures import segments_of

KEYS = ["grp", "term", "level"]


def same_rows(table: pd.DataFrame, expected: pd.DataFrame) -> bool:
    ours = table[list(expected.columns)].sort_values(KEYS).reset_index(drop=True)
    return ours.equals(expected.sort_values(KEYS).reset_index(drop=True))


def assert_drawn(figure, table):
    parts = table.groupby(["grp", "term"], sort=False)
    assert len(figure.axes) == len(parts)
    for ax, ((_, term), part) in zip(figure.axes, parts, strict=True):
        assert np.all(np.diff(part["mean"]) >= 0)
        x, y = ax.lines[1].get_data()
        np.testing.assert_array_equal(x, part["mean"])
        np.testing.assert_array_equal(y, part["place"])
        drawn = segments_of(ax.collections[0])
        np.testing.assert_array_equal(drawn[:, :, 0], part[["lower", "upper"]])
        assert term in ax.get_title(loc="left")


def test_caterpillar_draws_the_group_effects_in_order(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.caterpillar()
    assert same_rows(table, sleepstudy_fit.ranef())
    assert_drawn(figure, table)
    for ax, (_, part) in zip(figure.axes, table.groupby("term", sort=False), strict=True):
        assert [t.get_text() for t in ax.get_yticklabels()] == list(part["level"])
    assert [ax.get_xlabel() for ax in figure.axes] == ["Intercept [ms]", "Days [ms/day]"]
    assert figure.get_suptitle() == "Group effects, 95 % equal-tailed intervals"


def test_coefficients_stand_around_the_common_effect(sleepstudy_fit):
    picture = sleepstudy_fit.plot.caterpillar(kind="coef", effect="Days", prob=0.5)
    expected = sleepstudy_fit.coef(0.5).query("term == 'Days'")
    assert same_rows(picture.table, expected)
    assert_drawn(picture.figure, picture.table)
    (ax,) = picture.figure.axes
    common = sleepstudy_fit.fixef().set_index("term")["mean"]["Days"]
    assert ax.lines[0].get_xdata()[0] == pytest.approx(common)
    assert picture.figure.get_suptitle() == "Coefficients of groups, 50 % equal-tailed intervals"
    assert "the line is the common effect" in picture.caption


def test_factor_and_effects_can_be_chosen(penicillin_fit, sitka_fit):
    figure, table = penicillin_fit.plot.caterpillar(factor="sample")
    assert set(table["grp"]) == {"sample"} and len(figure.axes) == 1
    figure, table = sitka_fit.plot.caterpillar(effect=("I(time^2)", "Intercept"))
    assert list(dict.fromkeys(table["term"])) == ["Intercept", "I(time^2)"]
    assert_drawn(figure, table)
    # 79 names would overlap
    assert [ax.get_ylabel() for ax in figure.axes] == ["79 groups in order"] * 2


def test_mistakes_are_explained(sleepstudy_fit):
    plot = sleepstudy_fit.plot.caterpillar
    with pytest.raises(UsageError, match=r"'Sub' is no grouping factor.* Factors: Subject"):
        plot(factor="Sub")
    with pytest.raises(UsageError, match=r"'Day' does not vary between groups\. Did you mean 'Da"):
        plot(effect="Day")
    with pytest.raises(UsageError, match=r"kind is 'fixef'\. Possible: ranef, coef"):
        plot(kind="fixef")
