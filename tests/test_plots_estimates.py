"""Dots and intervals of any estimates: the table against the draws, the ink against the table."""

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit
from matplotlib.figure import Figure
from scipy import stats

import bayesmm
from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import moments, state_interval
from tests.pictures import segments_of


def labels_of(ax):
    return [text.get_text() for text in ax.get_yticklabels()]


@pytest.fixture(scope="module")
def drugz():
    return formula_fit("FC ~ IC * Dose", load_data("drugz"), ml=True)


def test_contrasts_with_their_band_and_ml(drugz):
    estimates = drugz.contrasts("Dose")
    picture = bayesmm.plot_estimates(estimates)
    table, (ax,) = picture.table, picture.figure.axes
    pd.testing.assert_frame_equal(table[list(estimates.table.columns)], estimates.table)
    draws = estimates.draws.reshape(-1, 3)
    np.testing.assert_allclose(table["inner_lower"], np.quantile(draws, 0.25, axis=0))
    np.testing.assert_allclose(table["inner_upper"], np.quantile(draws, 0.75, axis=0))
    reach = stats.norm.ppf(0.975) * table["ml_se"]
    np.testing.assert_allclose(table["ml_upper"], table["ml_estimate"] + reach)
    np.testing.assert_allclose(table["ml_lower"], table["ml_estimate"] - reach)
    band, outer, inner, ml = (segments_of(lines) for lines in ax.collections)
    for ends, columns in (
        (band, ["simultaneous_lower", "simultaneous_upper"]), (outer, ["lower", "upper"]),
        (inner, ["inner_lower", "inner_upper"]), (ml, ["ml_lower", "ml_upper"]),
    ):  # fmt: skip
        np.testing.assert_array_equal(ends[:, :, 0], table[columns])
    # posterior above, ML below the middle of the row
    assert np.all(outer[:, 0, 1] > table["place"]) and np.all(ml[:, 0, 1] < table["place"])
    points = {line.get_label(): line.get_xdata() for line in ax.lines}
    np.testing.assert_array_equal(points["posterior"], table["mean"])
    np.testing.assert_array_equal(points["ML"], table["ml_estimate"])
    assert list(ax.lines[0].get_xdata()) == [0, 0]
    assert labels_of(ax) == list(table["contrast"])
    assert ax.get_xlabel() == "difference of FC"
    assert "50 % and 95 % intervals" in ax.get_title(loc="left")


def test_probabilities_stand_beside_their_rows(drugz):
    estimates = drugz.contrasts("Dose")
    table, ax = (picture := bayesmm.plot_estimates(estimates)).table, picture.figure.axes[0]
    beside = {text.xy[1]: text.get_text() for text in ax.texts[1:]}
    assert ax.texts[0].get_text() == "P(> 0)"
    for place, value in zip(table["place"], table["prob_positive"], strict=True):
        text = beside[place]
        if 0.0005 <= value <= 0.9995:
            assert float(text) == pytest.approx(value, abs=0.0005)
        else:
            assert text == ("> 0.999" if value > 0.5 else "< 0.001")


def test_families_have_a_heading_each(drugz):
    picture = bayesmm.plot_estimates(drugz.contrasts("Dose", by="IC", at={"IC": [3, 6.5]}))
    labels = labels_of(ax := picture.figure.axes[0])
    assert labels[0] == "IC = 3" and labels[4] == "IC = 6.5"
    assert labels[1:4] == labels[5:8] == list(picture.table["contrast"][:3])
    ticks = dict(zip(ax.get_yticks(), labels, strict=True))
    assert [ticks[place] for place in picture.table["place"]] == list(picture.table["contrast"])
    assert picture.table["place"].is_monotonic_decreasing


def test_a_column_that_is_the_same_everywhere_names_no_row(drugz):
    picture = bayesmm.plot_estimates(drugz.slopes("IC", by="Dose"))
    assert labels_of(picture.figure.axes[0]) == ["control", "dose1", "dose2"]
    assert labels_of(bayesmm.plot_estimates(drugz.slopes("IC")).figure.axes[0]) == ["IC"]


def test_marginal_means_have_no_zero_line_and_say_whom(cbpp_fit):
    estimates = cbpp_fit.emmeans("period", scale="response", who="population", prob=0.8)
    ax = bayesmm.plot_estimates(estimates).figure.axes[0]
    assert labels_of(ax) == [f"period = {k}" for k in (1, 2, 3, 4)]
    # the ML estimate of a population mean has no error: a point per row, and no other line
    assert [line.get_label() for line in ax.lines] == ["posterior", "ML"]
    assert not ax.texts and len(ax.figure.legends) == 1
    title = ax.get_title(loc="left")
    assert "population" in title and "80 %" in title
    assert ax.get_xlabel() == "incidence (proportion)"


def test_hypotheses_with_the_region_of_equivalence(sleepstudy_fit):
    estimates = sleepstudy_fit.hypothesis(["Days > 10", "Days = 10"], rope=(-1, 2))
    picture = bayesmm.plot_estimates(estimates)
    ax = picture.figure.axes[0]
    (region,) = ax.patches
    assert (region.get_x(), region.get_x() + region.get_width()) == (-1, 2)
    assert [t.get_text() for t in ax.texts if "P" in t.get_text()] == ["P(true)", "in ROPE"]
    assert "in ROPE" in picture.caption


@pytest.mark.parametrize("name", ["r2", "icc"])
def test_shares_of_the_variance(name, sleepstudy_fit):
    estimates = getattr(sleepstudy_fit, name)()
    picture = bayesmm.plot_estimates(estimates)
    ax = picture.figure.axes[0]
    assert [line.get_label() for line in ax.lines] == ["posterior", "ML"]
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), estimates.table["ml"])
    assert ax.get_xlabel() == "share of the variance"


def test_it_draws_where_it_is_told(sleepstudy_fit):
    axes = Figure().subplots(1, 2)
    picture = bayesmm.plot_estimates(sleepstudy_fit.icc(), ax=axes[1])
    assert picture.figure is axes[1].figure and not axes[0].has_data()
    assert picture.png(50).startswith(b"\x89PNG")


def test_probabilities_never_round_to_certainty():
    draws = np.linspace(-1, 1, 5000)[None, :, None] + np.array([[[2.0, 0.9995, -2.0]]])
    table = pd.DataFrame({"term": ["a", "b", "c"], **moments(draws)})
    table["prob_positive"] = (draws > 0).mean(axis=(0, 1))
    table = state_interval(table, 0.95)
    table.attrs |= {"title": "t", "quantity": "q"}
    ax = bayesmm.plot_estimates(Estimates(table, draws)).figure.axes[0]
    assert [text.get_text() for text in ax.texts[1:]] == ["> 0.999", "> 0.999", "< 0.001"]


def test_something_else_is_refused(sleepstudy_fit):
    with pytest.raises(UsageError, match=r"fit.contrasts.*got ResultTable"):
        bayesmm.plot_estimates(sleepstudy_fit.fixef())
    estimates = sleepstudy_fit.icc()
    with pytest.raises(UsageError, match="no rows"):
        bayesmm.plot_estimates(Estimates(estimates.table.iloc[:0], estimates.draws[..., :0]))
