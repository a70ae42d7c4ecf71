"""Link functions: the curves against the links, the rows against the draws, ink and table."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from matplotlib.figure import Figure
from scipy import stats
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.family.links import LINKS
from bayesmm.plots.link_curves import SHAPES, link_curve, mean_linear_predictor, predictor_window
from bayesmm.plots.links import links
from bayesmm.results.prediction.linear_predictor import linear_predictor
from tests.pictures import segments_of

# g^-1 written once more
INVERSES = {
    "identity": lambda eta: eta,
    "log": np.exp,
    "inverse": lambda eta: 1 / eta,
    "logit": stats.logistic.cdf,
    "probit": stats.norm.cdf,
    "cloglog": stats.gumbel_l.cdf,
    "tan_half": lambda eta: 2 * np.arctan(eta),
}


def fit_of(link, eta, family="gaussian"):
    """Return a fit whose linear predictor at the posterior means is `eta`."""
    y = {"gaussian": np.arange(len(eta)) + 1.0, "bernoulli": np.arange(len(eta)) % 2.0}[family]
    design = handmade_design(y, {"x": eta}, family=family, link=link)
    return synthetic_fit(design, synthetic_draws(design, intercept=(0.0, 0.1), beta=(1.0, 0.1)))


@pytest.mark.parametrize("name", LINKS)
def test_curves_are_the_inverse_links(name):
    curve = link_curve(name)
    known = curve.dropna()
    np.testing.assert_allclose(known["mean"], INVERSES[name](known["eta"].to_numpy()), atol=1e-12)
    assert tuple(known["eta"].iloc[[0, -1]]) == SHAPES[name].window
    # no mean outside the range that the picture marks as possible
    assert known["mean"].between(SHAPES[name].lower, SHAPES[name].upper).all()


@pytest.mark.parametrize("name", LINKS)
def test_marked_ranges_are_the_limits_of_the_links(name):
    far = 1e15 if name == "tan_half" else 700.0  # which levels off as 1 / eta
    ends = LINKS[name].inverse(np.array([-far, far]))
    shape = SHAPES[name]
    for limit, end in zip((shape.lower, shape.upper), ends, strict=True):
        if np.isfinite(limit):
            assert end == pytest.approx(limit, abs=1e-12)
        elif name != "inverse":
            assert abs(end) >= 700


def test_the_inverse_link_has_two_branches():
    curve = link_curve("inverse")
    (pole,) = np.flatnonzero(curve["mean"].isna())
    assert curve["eta"][pole] == 0
    assert (curve["mean"][:pole] < 0).all() and (curve["mean"][pole + 1 :] > 0).all()
    assert not link_curve("inverse", (0.1, 2.0))["mean"].isna().any()


def test_a_panel_per_link():
    picture = bayesmm.plot_links(["logit", "inverse"])
    logit, inverse = picture.figure.axes
    for ax, name in ((logit, "logit"), (inverse, "inverse")):
        part = picture.table[picture.table["link"] == name]
        np.testing.assert_array_equal(ax.lines[-1].get_xydata(), part[["eta", "mean"]])
        assert ax.get_title(loc="left").startswith(f"{name} link: ")
    # impossible: below 0 and above 1
    ends = [sorted((p.get_y(), p.get_y() + p.get_height())) for p in logit.patches]
    low, high = logit.get_ylim()
    np.testing.assert_allclose(ends, [[low, 0], [1, high]], atol=1e-12)
    assert not inverse.patches
    assert "0 < μ < 1" in logit.get_title(loc="left") and "μ ≠ 0" in inverse.get_title(loc="left")
    assert "default of bernoulli, binomial, beta" in picture.caption
    assert len(bayesmm.plot_links().figure.axes) == len(LINKS) - 1
    assert bayesmm.plot_links("log").table["link"].unique() == ["log"]


def test_links_that_do_not_exist_are_refused():
    with pytest.raises(UsageError, match="Did you mean 'logit'"):
        bayesmm.plot_links(["logti"])
    with pytest.raises(UsageError, match="at least one link"):
        bayesmm.plot_links([])
    with pytest.raises(UsageError, match="has 2 panels"):
        bayesmm.plot_links(["log", "logit"], ax=Figure().subplots())


def test_mean_linear_predictor_is_the_mean_over_the_draws(sitka_fit, cbpp_fit):
    for fit in (sitka_fit, cbpp_fit):
        sizes = fit.draws["posterior"].sizes
        every = np.indices((sizes["chain"], sizes["draw"])).reshape(2, -1)
        eta = linear_predictor(fit.design, fit.draws, (every[0], every[1])).mean(axis=0)
        np.testing.assert_allclose(mean_linear_predictor(fit), eta, atol=1e-10)


def test_offsets_are_part_of_the_linear_predictor():
    block = handmade_block("g", [0, 0, 1, 1], {"Intercept": 1.0})
    design = handmade_design([0.0, 1, 2, 3], {}, [block], family="poisson", offset=[5.0, 0, 0, 1])
    drawn = synthetic_draws(design, intercept=(1.0, 0.1), effects=([[0.5, -0.5]], 0.1))
    eta = mean_linear_predictor(synthetic_fit(design, drawn))
    np.testing.assert_allclose(eta, [6.5, 1.5, 0.5, 1.5])


def test_rows_of_a_fit_are_marked_along_the_axis(cbpp_fit):
    picture = cbpp_fit.plot.links()
    rows = picture.table[picture.table["part"] == "rows"]
    curve = picture.table[picture.table["part"] == "curve"]
    np.testing.assert_array_equal(rows["eta"], mean_linear_predictor(cbpp_fit))
    np.testing.assert_array_equal(rows["row"].astype(int), cbpp_fit.design.rows)
    ax = picture.figure.axes[0]
    np.testing.assert_array_equal(segments_of(ax.collections[0])[:, 0, 0], rows["eta"])
    whole, reached = (line.get_xydata() for line in ax.lines[-2:])
    np.testing.assert_array_equal(whole, curve[["eta", "mean"]].astype(float))
    np.testing.assert_allclose(reached[[0, -1], 0], [rows["eta"].min(), rows["eta"].max()])
    assert ax.get_xlabel() == "linear predictor η: log odds of incidence"
    assert ax.get_ylabel() == "mean μ: incidence (proportion)"
    assert "56 rows, with its groups' effects" in ax.get_title(loc="left")


@pytest.mark.parametrize(
    ("link", "eta"),
    [("inverse", [0.5, 2.0]), ("inverse", [-2.0, -0.5]), ("log", [1.0, 5.0]), ("log", [2.0, 2.0])],
)
def test_windows_hold_all_rows_and_no_pole(link, eta):
    low, high = predictor_window(link, np.array(eta))
    assert low < min(eta) and high > max(eta)
    if link == "inverse":
        assert low > 0 or high < 0


def test_curves_that_level_off_are_shown_whole():
    picture = links(fit_of("logit", np.array([0.0, 0.1, 0.2]), "bernoulli"))
    curve = picture.table[picture.table["part"] == "curve"]
    assert tuple(curve["eta"].iloc[[0, -1]]) == SHAPES["logit"].window


def test_rows_on_both_sides_of_the_pole():
    picture = links(fit_of("inverse", np.array([-1.0, 0.5, 2.0])))
    reached = picture.figure.axes[0].lines[-1].get_xydata()
    gap = np.isnan(reached[:, 1])
    assert gap.sum() == 1 and np.all(reached[~gap, 0] * reached[~gap, 1] > 0)
