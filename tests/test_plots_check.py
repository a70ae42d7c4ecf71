"""One figure of all checks: a panel per finding, under its verdict."""

import numpy as np
import pandas as pd
import pytest

from bayesmm.plots.check import check
from bayesmm.plots.check_panels import PANELS
from bayesmm.results.checks.check import CHECKS
from tests.pictures import segments_of


def test_every_check_has_a_panel():
    assert set(PANELS) == {one.name for one in CHECKS}


@pytest.mark.parametrize("of", ["sleepstudy", "penicillin", "cod"])
def test_panels_are_the_findings(of, request):
    fit = request.getfixturevalue(f"{of}_fit")
    panel = fit.check()
    picture = check(fit, panel=panel)
    pd.testing.assert_frame_equal(picture.table, panel.table)
    assert len(picture.figure.axes) == len(panel.table)
    for ax, row in zip(picture.figure.axes, panel.table.itertuples(), strict=True):
        title = ax.get_title(loc="left").replace("\n", " ")
        assert title == f"{row.verdict}: {row.check} ({row.about})"
        assert ax.has_data()
        if row.verdict != "fine":
            assert row.words in picture.caption


def test_ink_is_the_numbers_of_the_checks(cod_fit):
    panel = cod_fit.check()
    axes = {
        row.check: ax
        for ax, row in zip(
            check(cod_fit, panel=panel).figure.axes, panel.table.itertuples(), strict=True
        )
    }
    zeros = panel.tables["zero inflation", "rows"]["zeros"]
    bars = axes["zero inflation"].patches
    assert sum(bar.get_height() for bar in bars) == len(zeros)
    assert axes["zero inflation"].lines[0].get_xdata()[0] == (cod_fit.design.y == 0).sum()
    spread = panel.tables["overdispersion", "rows"]
    np.testing.assert_array_equal(axes["overdispersion"].lines[0].get_xydata(), spread)
    weights = panel.tables["prior against data", "parameters"]
    for line, column in zip(axes["prior against data"].lines[1:], ("prior", "likelihood"),
                            strict=True):  # fmt: skip
        np.testing.assert_array_equal(line.get_xdata(), weights[column])
    rows = panel.tables["outliers", "rows"]
    np.testing.assert_array_equal(axes["outliers"].lines[3].get_xydata(), rows[["row", "quantile"]])


def test_few_groups_and_distances(penicillin_fit):
    panel = penicillin_fit.check()
    picture = check(penicillin_fit, panel=panel)
    axes = {
        (row.check, row.about): ax
        for ax, row in zip(picture.figure.axes, panel.table.itertuples(), strict=True)
    }
    assert axes["few groups", "sample"].lines[1].get_xdata() == [6]
    distance = panel.tables["influence of groups", "plate"]["distance"]
    stems = segments_of(axes["influence of groups", "plate"].collections[0])
    np.testing.assert_array_equal(stems[:, 1, 1], distance)
