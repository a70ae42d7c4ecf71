"""Differences of elpd: the table against sums over units, the ink against the table."""

from dataclasses import replace

import numpy as np
import pytest
from formula_fits import formula_fit
from matplotlib.figure import Figure

import bayesmm
from bayesmm import load_data
from bayesmm.errors import UsageError
from tests.pictures import segments_of


@pytest.fixture(scope="module")
def comparison():
    drugz = load_data("drugz")
    formulas = {"none": "FC ~ 1", "doses": "FC ~ Dose", "both": "FC ~ IC + Dose"}
    return bayesmm.compare({k: formula_fit(f, drugz, ml=True) for k, f in formulas.items()})


def test_differences_and_standard_errors_are_of_the_units(comparison):
    table = bayesmm.plot_compare(comparison).table.set_index("model")
    best = table.index[0]
    elpd = {name: loo.units["elpd"].to_numpy() for name, loo in comparison.loo.items()}
    for name, row in table.iterrows():
        difference = elpd[name] - elpd[best]
        se = np.sqrt(len(difference)) * difference.std()
        assert row["elpd"] == pytest.approx(elpd[name].sum())
        assert row["d_elpd"] == pytest.approx(difference.sum())
        ends = row[["lower", "inner_lower", "inner_upper", "upper"]].to_numpy(float)
        expected = difference.sum() + se * np.array([-2, -1, 1, 2])
        np.testing.assert_allclose(ends, expected, atol=1e-9)


def test_ink_is_the_table(comparison):
    picture = bayesmm.plot_compare(comparison)
    table, (ax,) = picture.table, picture.figure.axes
    outer, inner = (segments_of(lines) for lines in ax.collections)
    np.testing.assert_array_equal(outer[:, :, 0], table[["lower", "upper"]])
    np.testing.assert_array_equal(inner[:, :, 0], table[["inner_lower", "inner_upper"]])
    (points,) = ax.lines[1:]
    np.testing.assert_array_equal(points.get_xydata(), table[["d_elpd", "place"]])
    assert points.get_marker() == "o"
    assert [text.get_text() for text in ax.get_yticklabels()] == list(table["model"])
    assert table["place"].tolist() == [2, 1, 0]
    texts = [text.get_text().replace("\N{MINUS SIGN}", "-") for text in ax.texts]
    assert texts == [
        *("elpd", *(f"{x:.1f}" for x in table["elpd"])),
        *("weight", *(f"{x:.2f}" for x in table["weight"])),
    ]
    (small,) = ax.patches
    assert (small.get_x(), small.get_width()) == (-4, 4)
    assert "new row, 150 left out" in ax.get_title(loc="left")


def test_models_that_psis_cannot_judge_are_squares(comparison):
    best = comparison.table["model"][0]
    units = comparison.loo[best].units.copy()
    units.loc[[3, 5], "k"] = [0.9, np.nan]
    doubtful = {**comparison.loo, best: replace(comparison.loo[best], units=units)}
    picture = bayesmm.plot_compare(replace(comparison, loo=doubtful))
    assert picture.table["n_failed"].tolist() == [2, 0, 0]
    markers = {
        line.get_marker(): len(line.get_xdata()) for line in picture.figure.axes[0].lines[1:]
    }
    assert markers == {"s": 1, "o": 2}
    assert f"{best} (2)" in picture.caption
    (legend,) = picture.figure.legends
    assert "PSIS fails" in legend.get_texts()[1].get_text()


def test_groups_left_out_are_named(sleepstudy_fit):
    models = {"one": sleepstudy_fit, "again": sleepstudy_fit}
    rows = bayesmm.plot_compare(bayesmm.compare(models))
    assert "new row of a known group, 180" in rows.figure.axes[0].get_title(loc="left")
    groups = bayesmm.plot_compare(bayesmm.compare(models, leave="group"))
    assert "new group of Subject, 18" in groups.figure.axes[0].get_title(loc="left")
    assert "new group of Subject" in groups.caption


def test_it_draws_where_it_is_told(comparison):
    axes = Figure().subplots(1, 2)
    picture = bayesmm.plot_compare(comparison, ax=axes[1])
    assert picture.figure is axes[1].figure and not axes[0].has_data()
    assert picture.png(50).startswith(b"\x89PNG")


def test_without_elpd_there_is_nothing_to_draw(comparison):
    drugz = load_data("drugz")
    of_ml = bayesmm.compare([bayesmm.ml(f, drugz, reml=False) for f in ("FC ~ IC", "FC ~ Dose")])
    with pytest.raises(UsageError, match="ML fits has no elpd"):
        bayesmm.plot_compare(of_ml)
    with pytest.raises(UsageError, match="got ResultTable"):
        bayesmm.plot_compare(comparison.table)
