"""Long names in pictures: no text overlaps another or leaves the figure, and none is lost."""

import pickle

import numpy as np
import pandas as pd
import pytest
from long_names import HOURS, LONG_NAMES, PROGRAMMES, SCHOOLS, long_named_fit
from matplotlib.figure import Figure
from matplotlib.text import Text
from text_in_pictures import faults_of_text

import bayesmm
from bayesmm.plots.layout import RoomForText
from bayesmm.plots.menu import PLOTS
from bayesmm.plots.outcomes import observed_proportions, spread_apart
from bayesmm.plots.point_names import name_points
from bayesmm.plots.style import drawing, single
from bayesmm.plots.text_room import fits, inches, wrap
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.marginal.grid import typical_value

QUICK = "points"  # the other fits are for the slow run, and so are pictures that take seconds
QUICK_PLOTS = (
    "caterpillar", "effects", "fixef", "group_lines", "intercepts_by_size", "ranef_scatter",
    "shrinkage",
)  # fmt: skip


def cases():
    for of in LONG_NAMES:
        for name in PLOTS:
            quick = of == QUICK and name in QUICK_PLOTS
            yield pytest.param(of, name, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("of", "name"), list(cases()))
def test_no_text_overlaps_or_is_clipped(of, name):
    fit = long_named_fit(of)
    if name not in dir(fit.plot):
        assert PLOTS[name].refuses(fit)
        return
    assert faults_of_text(getattr(fit.plot, name)().figure) == []


OPTIONS = {
    "effects over a factor": lambda fit: fit.plot.effects("Förderprogramm der Schule im Schuljahr"),
    "effects by a factor": lambda fit: fit.plot.effects(HOURS, by="Erstsprache_des_Kindes"),
    "lines over a factor": lambda fit: fit.plot.group_lines(x="Erstsprache_des_Kindes"),
    "statistics by school": lambda fit: fit.plot.ppc(statistic="mean", by="Schule und Standort"),
    "densities by programme": lambda fit: fit.plot.ppc(by="Förderprogramm der Schule im Schuljahr"),
    "one effect by size": lambda fit: fit.plot.shrinkage(effects="Intercept"),
    "contrasts": lambda fit: bayesmm.plot_estimates(
        fit.contrasts("Förderprogramm der Schule im Schuljahr", by="Erstsprache_des_Kindes")
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("option", OPTIONS)
def test_nor_with_other_options(option):
    assert faults_of_text(OPTIONS[option](long_named_fit(QUICK)).figure) == []


def test_the_test_finds_what_overlaps_and_what_is_clipped():
    figure = Figure(figsize=(3, 2))
    ax = figure.add_subplot()
    ax.set_axis_off()
    ax.text(0.2, 0.5, "some words")
    ax.text(0.3, 0.52, "others, turned", rotation=30)
    ax.text(0.9, 0.1, "beyond the edge of it")
    ax.text(0.1, 0.9, "alone")
    found = faults_of_text(figure)
    assert [fault.split(":")[0] for fault in found] == ["clipped", "overlap"]
    assert "'some words' and 'others, turned'" in found[1]
    # side by side, and turned above each other, they are fine
    free = Figure(figsize=(3, 2))
    ax = free.add_subplot()
    ax.set_axis_off()
    for place in (0.2, 0.4):
        ax.text(place, 0.1, "parallel words", rotation=45, rotation_mode="anchor", fontsize=8)
    assert faults_of_text(free) == []


@pytest.mark.parametrize("name", [*SCHOOLS, *PROGRAMMES, "", "a", "ü" * 80])
@pytest.mark.parametrize("width", [0.4, 1.0, 2.5, 20.0])
def test_wrapped_texts_are_within_their_width_and_keep_their_words(name, width):
    shown = wrap(name, width, 9.0, 2)
    assert shown.count("\n") < 2
    assert inches(shown, 9.0) <= width
    whole = wrap(name, width, 9.0, 99)
    assert whole.replace("\n", "").replace(" ", "") == name.replace(" ", "")
    if "…" in shown:
        head, tail = shown.replace("\n", "").replace(" ", "").split("…")
        plain = name.replace(" ", "")
        assert plain.startswith(head) and plain.endswith(tail) and len(head + tail) < len(plain)
    else:
        assert shown == whole
    assert fits(name, 20.0, 9.0, 1)


def test_names_that_differ_at_their_end_differ_when_shortened():
    short = [wrap(name, 1.4, 8.0, 1) for name in SCHOOLS]
    assert len(set(short)) == len(SCHOOLS)


def test_what_was_written_returns_when_there_is_room():
    with drawing():
        ax = single(None, 2.0, 2.0)
        name_ticks(ax.yaxis, [0, 1], ["short", SCHOOLS[1]])
        ax.set_ylim(-0.5, 1.5)
        ax.set_title(SCHOOLS[1])
        ax.set_xlabel(f"{SCHOOLS[1]}, 10 $ bis 20 $")
    figure = ax.figure
    assert isinstance(figure.get_layout_engine(), RoomForText)
    assert faults_of_text(figure) == []
    assert "\n" in ax.get_title(loc="left")
    assert ax.get_yticklabels()[1].get_text() != SCHOOLS[1]
    figure.set_size_inches(9, 4)
    assert faults_of_text(figure) == []
    assert ax.get_title(loc="left") == SCHOOLS[1]
    assert ax.get_xlabel() == f"{SCHOOLS[1]}, 10 $ bis 20 $"
    assert ax.get_yticklabels()[1].get_text().replace("\n", " ") == SCHOOLS[1]
    ax.set_title("another", loc="left")
    figure.draw_without_rendering()
    assert ax.get_title(loc="left") == "another"


def test_a_figure_can_be_pickled():
    with drawing():
        ax = single(None)
        name_ticks(ax.xaxis, [0, 1], SCHOOLS[:2])
        name_points(ax, [0.2], [0.3], ["here"])
    again = pickle.loads(pickle.dumps(ax.figure))
    assert faults_of_text(again) == []
    assert again.axes[0].texts[0].get_text() == "here"


def test_names_of_points_are_clear_of_each_other_and_of_the_marks():
    ax = Figure(figsize=(5, 4)).add_subplot()
    x, y = np.random.default_rng(3).normal(size=(2, 12))
    ax.plot(x, y, "o", markersize=5)
    name_points(ax, x, y, [f"{SCHOOLS[k % 9]} {k}" for k in range(12)])
    assert faults_of_text(ax.figure) == []
    shown = [text for text in ax.texts if text.get_visible()]
    assert len(shown) >= 10
    marks = ax.transData.transform(np.column_stack([x, y]))
    for text in shown:
        box = Text.get_window_extent(text)  # without the line to its point
        assert not any(box.shrunk(0.9, 0.9).contains(*mark) for mark in marks)


def test_a_name_without_room_is_left_out_and_not_written_over_others():
    ax = Figure(figsize=(1.2, 1.0)).add_subplot()
    x = np.linspace(0, 1, 30)
    ax.plot(x, x, "o")
    name_points(ax, x, x, [SCHOOLS[0]] * 30)
    found = faults_of_text(ax.figure)
    assert not any("overlap" in fault and SCHOOLS[0][:4] in fault for fault in found)
    assert 0 <= sum(text.get_visible() for text in ax.texts) < 30


def test_factors_are_held_at_their_most_frequent_level():
    column = pd.Series(["b", "a", "c", "b", "c"], name="f")
    assert typical_value(column, ("a", "b", "c")) == "b"  # as frequent as c, and before it
    assert typical_value(column, ("c", "b", "a")) == "c"
    assert typical_value(pd.Series([1.0, 2.0, 6.0], name="x"), None) == 3.0


def test_proportions_are_those_of_the_rows():
    x = np.repeat([0.0, 1.0], [4, 6])
    y = np.array([0, 1, 1, 1, 0, 0, 0, 1, 0, 1.0])
    found = observed_proportions(x, y, ("a", "b"))
    assert list(found["y"]) == [0.75, pytest.approx(1 / 3)]
    assert list(found["n_obs"]) == [4, 6]
    over, up = spread_apart(x, y, of_levels=True)
    assert np.abs(over - x).max() <= 0.12 and np.abs(up - y).max() <= 0.03
    assert len(set(up)) == len(up)
    numbers = np.linspace(0, 10, 60)
    bins = observed_proportions(numbers, (numbers > 5).astype(float), ())
    assert bins["n_obs"].sum() == 60 and bins["x"].is_monotonic_increasing
    assert (bins["y"] * bins["n_obs"]).sum() == 30


def test_a_number_is_not_cut_at_its_point():
    for width in np.arange(0.8, 3.0, 0.05):
        shown = wrap("Wochenstunden Deutsch|Schule, p = 0.548, n = 1,000", width, 9.0, 9)
        assert "0.548" in shown and "1,000" in shown
