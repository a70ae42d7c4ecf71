"""Traces and ranks: which quantities, their tables, and the ink."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from scipy.stats import rankdata
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.errors import UsageError
from bayesmm.plots.rank import independent_draws, rank, rank_band, thinning
from bayesmm.plots.scalar_draws import worst_scalars
from bayesmm.plots.trace import trace


@pytest.fixture
def stuck_fit():
    """Return a fit whose second chain is elsewhere in `x`, and with three divergences."""
    x = np.arange(12.0)
    block = handmade_block("g", np.repeat(list("abc"), 4), {"Intercept": 1.0, "x": x})
    design = handmade_design(x, {"x": x, "z": x**2}, [block])
    drawn = synthetic_draws(design)
    drawn.beta[1, :, 0] += 3.0
    drawn.statistics["diverging"][0, [3, 70, 200]] = True
    return synthetic_fit(design, drawn)


def test_the_worst_comes_first(stuck_fit):
    worst = worst_scalars(stuck_fit, 4)
    assert worst[0].label == "x"
    measure = stuck_fit.convergence["x"]
    assert worst[0].rhat == measure.rhat[0] > 1.5
    scores = [max((one.rhat - 1) / 0.01, 400 / min(one.ess_bulk, one.ess_tail)) for one in worst]
    assert scores == sorted(scores, reverse=True)


def test_every_quantity_once(stuck_fit):
    labels = [one.label for one in worst_scalars(stuck_fit, 1000)]
    # 3 coefficients, sigma, 2 sds, 1 correlation, 2 effects of 3 levels
    assert len(labels) == len(set(labels)) == 3 + 1 + 2 + 1 + 6


def test_trace_draws_chains_and_divergences(stuck_fit):
    figure, table = trace(stuck_fit, count=2)
    first = table[table["quantity"] == "x"]
    expected = stuck_fit.draws["posterior"]["x"].values
    np.testing.assert_array_equal(first["value"], expected.ravel())
    ax = figure.axes[0]
    for line, values in zip(ax.lines[:4], expected, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines[:4]}) == 4
    np.testing.assert_array_equal(ax.lines[4].get_xdata(), [3, 70, 200])
    assert table.loc[table["diverging"], ["quantity", "chain", "draw"]].to_numpy().tolist() == [
        [name, 0, draw] for name in dict.fromkeys(table["quantity"]) for draw in (3, 70, 200)
    ]
    assert "R-hat" in ax.get_title(loc="left")


def test_names_pick_quantities(sleepstudy_fit):
    names = ["Days", "Days|Subject[308]", "Subject_corr"]
    table = trace(sleepstudy_fit, names=names).table
    assert list(dict.fromkeys(table["quantity"])) == [
        "Days", "Days|Subject[308]", "Subject_corr[Intercept, Days]"
    ]  # fmt: skip
    level = table[table["quantity"] == "Days|Subject[308]"]["value"]
    expected = sleepstudy_fit.draws["posterior"]["Days|Subject"].values[:, :, 0]
    np.testing.assert_array_equal(level, expected.ravel())
    assert len(trace(sleepstudy_fit, names="1|Subject").figure.axes) == 18
    with pytest.raises(UsageError, match=r"no quantity 'Day'\. Did you mean 'Days'"):
        trace(sleepstudy_fit, names="Day")
    with pytest.raises(UsageError, match=r"no quantity 'Days\|Subject\[3o8\]'"):
        trace(sleepstudy_fit, names="Days|Subject[3o8]")


def test_too_many_quantities_are_refused(sitka_fit):
    with pytest.raises(UsageError, match="79 quantities; 1 to 24"):
        trace(sitka_fit, names="time|tree")


def test_ranks_are_shares_of_each_chain(stuck_fit):
    figure, table = rank(stuck_fit, names="x")
    np.testing.assert_allclose(table.groupby("chain")["share"].sum(), 1)
    np.testing.assert_allclose(table.groupby("bin")["share"].mean(), 1 / 20)
    values = stuck_fit.draws["posterior"]["x"].values
    ranks = rankdata(values).reshape(values.shape)
    second = table[table["chain"] == 1]
    # the chain that is elsewhere has the highest ranks
    assert second["share"].iloc[-1] == np.mean(ranks[1] > 950)
    assert second["share"].iloc[:10].sum() == 0
    steps = figure.axes[0].patches[1:]
    np.testing.assert_array_equal(steps[1].get_data().values, second["share"])


@pytest.mark.parametrize(("chains", "draws"), [(4, 250), (3, 97)])
def test_the_band_holds_whole_pictures_of_independent_draws(chains, draws):
    sizes, lower, upper = rank_band(chains, draws, 20, 0.9)
    assert sizes.sum() == chains * draws and np.ptp(sizes) <= 1
    generator = np.random.default_rng(3)
    edges = np.concatenate([[0], np.cumsum(sizes)])
    repeats = 1000
    held = 0
    for _ in range(repeats):
        ranks = generator.permutation(chains * draws).reshape(chains, draws)
        counts = np.stack([np.histogram(row, edges - 0.5)[0] for row in ranks])
        held += np.all((lower <= counts) & (counts <= upper))
    # at least .9, and not much wider than that: one count less on either side is too narrow;
    # 4 standard errors of both simulations
    error = 4 * np.sqrt(0.9 * 0.1 * (1 / repeats + 1 / 4000))
    assert held / repeats > 0.9 - error
    counts = independent_draws(chains, draws, sizes, 2000)
    narrow = np.all((lower < counts) & (counts < upper), axis=(1, 2)).mean()
    assert narrow < 0.9


def test_the_band_is_drawn_and_dependent_draws_are_thinned():
    x = np.arange(12.0)
    design = handmade_design(x, {"x": x, "z": x**2})
    drawn = synthetic_draws(design, draws=1000)
    noise = np.random.default_rng(1).normal(size=(4, 1000))
    for draw in range(1, 1000):  # effective: (1 - .8) / (1 + .8) of the draws
        noise[:, draw] += 0.8 * noise[:, draw - 1]
    drawn.beta[:, :, 0] = noise
    figure, table = rank(synthetic_fit(design, drawn), names=["x", "z"], prob=0.95)
    every = table.groupby("quantity")["every"].first()
    assert 7 <= every["x"] <= 11 and every["z"] == 1
    part = table[table["quantity"] == "z"]
    _, lower, upper = rank_band(4, 1000, 20, 0.95)
    np.testing.assert_allclose(part["lower"], np.tile(lower, 4) / 1000)
    np.testing.assert_allclose(part["upper"], np.tile(upper, 4) / 1000)
    band = figure.axes[1].patches[0].get_data()
    np.testing.assert_array_equal(band.baseline, part["lower"][:20])
    np.testing.assert_array_equal(band.values, part["upper"][:20])
    title = figure.axes[0].get_title(loc="left")
    assert f"every {every['x']}th draw" in title


def test_chains_that_are_apart_are_not_thinned_away(stuck_fit):
    draws = stuck_fit.draws["posterior"]["x"].values
    assert thinning(draws) == 1
    assert thinning(np.zeros((2, 50))) == 1
