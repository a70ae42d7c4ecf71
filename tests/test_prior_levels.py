"""Priors see the level and the spread of the response: cell means, offsets, weights, products.

A coefficient that holds the level of y (cell means) has its prior where that of an intercept
would be; what an offset or a unit of the weights adds to sd(y) is no spread of the residuals.
"""

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_design

import bayesmm
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.predictor_scale import column_scales, constant_weights
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_presets import PRESETS
from bayesmm.model.priors import Prior
from bayesmm.model.response_scale import response_scale
from bayesmm.sampling.compiled.collapsed.model import gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.joint.pilot import level_shares
from bayesmm.sampling.compiled.joint.start import predictor_scale

N = 120


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(11)
    i = np.arange(N)
    mean = 36.8 + 0.3 * (i % 2)
    return pd.DataFrame(
        {
            "a": np.array(["ctl", "trt"])[i % 2],
            "b": np.array(["u", "v", "w"])[i // 2 % 3],
            "g": i // 12,
            "x": rng.normal(size=N),
            "year": 2000.0 + i % 11,
            "y": mean + rng.normal(0, 0.4, N),
            "count": rng.poisson(40, N),
            "share": rng.beta(8, 2, N),
            "won": rng.integers(0, 2, N),
            "positive": rng.gamma(4, 9, N),
            "w": rng.choice([0.5, 1.0, 4.0], N),
            "size": rng.choice([1.0, 10.0, 1e4], N),
        }
    )


def design_of(formula, frame, family="gaussian", link=None):
    return build_design(formula, frame, resolve_family(family, link))


# Right-hand sides that hold the constant, with its weights in the first columns of each.
HELD = {
    "0 + a": [1, 1],
    "0 + a + (1 | g)": [1, 1],
    "0 + a:b": [1] * 6,
    "0 + a * b": [1, 1, 0, 0, 0, 0],
    "0 + a + b": [1, 1, 0, 0],
    "0 + a + x": [1, 1, 0],
    "0 + x + a": [0, 1, 1],
    "0 + a + a:x + (1 | g)": [1, 1, 0, 0],
    "0 + I(x - x + 4)": [0.25],
    "0 + I(year - 1990) + I(2015 - year)": [0.04, 0.04],
    "0 + bs(x, df = 5, intercept = TRUE)": [1] * 5,
}
NOT_HELD = ("0 + x", "0 + x + year", "0 + a:x", "0 + x + (1 | g)", "0 + (1 | g)")
RESPONSES = {
    ("gaussian", "identity"): "y",
    ("gaussian", "log"): "y",
    ("gaussian", "inverse"): "y",
    ("t", "identity"): "y",
    ("poisson", "log"): "count",
    ("poisson", "identity"): "count",
    ("negativebinomial", "log"): "count",
    ("gamma", "log"): "positive",
    ("gamma", "inverse"): "positive",
    ("bernoulli", "logit"): "won",
    ("bernoulli", "probit"): "won",
    ("bernoulli", "cloglog"): "won",
    ("beta", "logit"): "share",
}


@pytest.mark.parametrize("right", [*HELD, *NOT_HELD])
def test_the_constant_is_found_by_linear_algebra(frame, right):
    design = design_of(f"y ~ {right}", frame)
    expected = HELD.get(right, [0] * len(design.mu.names))
    np.testing.assert_allclose(constant_weights(design.mu.X), expected, atol=1e-10)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("family", "link"), RESPONSES)
def test_cell_means_have_their_priors_where_the_intercept_has_its(frame, preset, family, link):
    for right, held in HELD.items():
        design = design_of(f"{RESPONSES[family, link]} ~ {right}", frame, family, link)
        with_intercept = choose_priors(
            handmade_design(design.y, {}, family=family, link=link), preset
        )["Intercept"]
        level, scale = with_intercept.parameters[-2:]
        priors = choose_priors(design, preset)
        meanings = priors.table().set_index("parameter")["of"]
        for name, column, weight in zip(design.mu.names, design.mu.X.T, held, strict=True):
            prior = priors[name]
            if preset == "brms":  # flat, as brms has them
                assert prior == Prior("Flat")
                continue
            assert prior.distribution == "Normal"
            assert prior.parameters[0] == pytest.approx(level * weight, rel=1e-9)
            # as wide as the intercept's, in units of the column
            if weight:
                least = scale / np.sqrt(np.mean(column**2))
                assert prior.parameters[1] >= least * (1 - 1e-12)
                assert meanings[name].startswith("level ")
            else:
                assert meanings[name].startswith("change ")


def test_two_cells_have_the_prior_of_an_intercept_and_a_difference(frame):
    """b0 ~ N(m, s), b ~ N(0, s / sd(d)): the cell means b0 + (d - mean d) b are independent."""
    uneven = frame.iloc[np.r_[0:120, 1:60:2, 1:60:2]]
    with_intercept = choose_priors(design_of("y ~ a", uneven))
    m, s0 = with_intercept["Intercept"].parameters
    s1 = with_intercept["a[trt]"].parameters[1]
    share = float((uneven.a == "trt").mean())
    to_cells = np.array([[1, -share], [1, 1 - share]])
    covariance = to_cells @ np.diag([s0**2, s1**2]) @ to_cells.T
    cells = choose_priors(design_of("y ~ 0 + a", uneven))
    for k, name in enumerate(("a[ctl]", "a[trt]")):
        mean, sd = cells[name].parameters
        assert mean == pytest.approx(m)
        # sd has n - 1 below, the root mean square n
        assert sd**2 == pytest.approx(covariance[k, k], rel=1 / len(uneven))
    assert abs(covariance[0, 1]) < covariance[0, 0] / len(uneven)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_line_through_the_origin_is_not_centred(frame, preset):
    """0 + x has no level; the default's scale holds the distance of y from 0."""
    design = design_of("y ~ 0 + x", frame)
    prior = choose_priors(design, preset)["x"]
    assert not design.mu.centre.any()
    if preset == "brms":
        assert prior == Prior("Flat")
        return
    assert prior.parameters[0] == 0.0
    if preset == "default":
        root = np.sqrt(np.mean(design.y**2))
        assert prior.parameters[1] == pytest.approx(2.5 * root / frame.x.std(), rel=1e-4)
        sigma = choose_priors(design)["sigma"]  # of residuals about 0 where x says nothing
        assert sigma.parameters[1] == pytest.approx(root, rel=1e-4)
        assert choose_priors(design_of("y ~ 0 + (1 | g)", frame))["1|g_sigma"].parameters[
            1
        ] == pytest.approx(root, rel=1e-4)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ a * year", "gaussian"),
        ("y ~ 0 + a + year", "gaussian"),
        ("y ~ 0 + a + a:year + (1 | g)", "gaussian"),
        ("y ~ 0 + a:b + a:b:year", "gaussian"),
        ("y ~ year * x", "gaussian"),
        ("count ~ a * year", "poisson"),
    ],
)
def test_slopes_do_not_depend_on_the_zero_of_a_number(frame, formula, family):
    """The sd of a[trt]:year grows with the mean of year; its prior must not shrink with it."""
    near, far = (
        choose_priors(design_of(formula, frame.assign(year=frame.year + shift), family))
        for shift in (-2005.0, 1e4)
    )
    design = design_of(formula, frame, family)
    products = [n for n in design.mu.names if n.endswith(("year", "year:x"))]
    assert products
    for name in products:
        assert far[name].parameters == pytest.approx(near[name].parameters, rel=1e-6)
    # effects at year 0, far away now, must not be held more than those near the data
    for name in set(design.mu.names) - set(products) - {"x"}:
        assert far[name].parameters[1] > 0.99 * near[name].parameters[1]


def test_scales_of_centred_products_stay_those_of_their_columns(frame):
    design = design_of(
        "y ~ a * x", frame.assign(x=frame.x - frame.groupby("a").x.transform("mean"))
    )
    scales = column_scales(design)
    np.testing.assert_allclose(scales.spread, design.mu.X.std(axis=0, ddof=1))
    np.testing.assert_allclose(scales.held, 0, atol=1e-12)


@pytest.mark.parametrize("preset", PRESETS)
def test_an_offset_is_no_spread_of_the_response(frame, preset):
    rng = np.random.default_rng(0)
    off = rng.normal(0, 1e4, N)
    plain = choose_priors(design_of("y ~ x + (x | g)", frame), preset)
    moved = design_of("yo ~ x + (x | g) + offset(off)", frame.assign(yo=frame.y + off, off=off))
    for name, prior in choose_priors(moved, preset).items():
        assert prior.distribution == plain[name].distribution
        assert prior.parameters == pytest.approx(plain[name].parameters, rel=1e-6), name
    assert predictor_scale(moved) == pytest.approx(predictor_scale(design_of("y ~ x", frame)))


def test_the_level_of_counts_with_an_exposure_is_the_log_rate(frame):
    rng = np.random.default_rng(1)
    data = frame.assign(count=rng.poisson(0.2 * frame["size"]))
    design = design_of("count ~ x + offset(log(size))", data, "poisson")
    rate = data["count"].sum() / data["size"].sum()
    assert choose_priors(design)["Intercept"].parameters == pytest.approx((np.log(rate), 2.5))
    cells = design_of("count ~ 0 + a + offset(log(size))", data, "poisson")
    assert choose_priors(cells)["a[ctl]"].parameters[0] == pytest.approx(np.log(rate))


@pytest.mark.parametrize("link", ["log", "inverse"])
def test_sigma_is_not_scaled_by_what_the_offset_does_to_the_mean(frame, link):
    rng = np.random.default_rng(2)
    off = {"log": np.log(frame["size"]), "inverse": 10.0 / frame["size"]}[link].to_numpy()
    mean = {"log": 3 * np.exp(off), "inverse": 1 / (0.01 + off)}[link]
    data = frame.assign(z=mean + rng.normal(0, 0.3, N), off=off)
    scale = response_scale(design_of("z ~ 1 + offset(off)", data, "gaussian", link))
    assert scale.residual == pytest.approx(0.3, rel=0.2)
    assert scale.level == pytest.approx({"log": np.log(3), "inverse": 0.01}[link], rel=0.01)


UNIT = 1e4


@pytest.mark.parametrize("preset", PRESETS)
def test_a_unit_of_the_weights_changes_nothing_but_sigma(frame, preset):
    formula = "y | weights(w) ~ x + (x | g)"
    designs = [design_of(formula, frame.assign(w=frame.w * c)) for c in (1.0, UNIT)]
    one, other = (choose_priors(design, preset) for design in designs)
    rate = np.sqrt(UNIT)
    for name, prior in one.items():
        *shape, last = prior.parameters or (1.0,)
        scaled = last
        if name == "sigma":
            scaled = last / rate if prior.distribution == "Exponential" else last * rate
        if prior.distribution == "Decov":  # in units of sigma
            scaled = last / rate
        assert (*(other[name].parameters or (1.0,)),) == pytest.approx((*shape, scaled)), name
    starts = [
        gaussian_model(d, p, make_plan(d)).start for d, p in zip(designs, (one, other), strict=True)
    ]
    starts[0][0] += np.log(rate)
    if preset != "rstanarm":  # whose sds are sampled in units of sigma
        np.testing.assert_allclose(starts[1], starts[0], rtol=1e-9)
    for a, b in zip(*(level_shares(design) for design in designs), strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-9)


def test_counted_rows_have_the_level_of_the_rows_that_they_stand_for():
    y, w = np.array([0.0, 1, 2, 9]), np.array([60.0, 30, 9, 1])
    counted = handmade_design(y, {}, family="poisson", weights=w)
    long = handmade_design(np.repeat(y, w.astype(int)), {}, family="poisson")
    assert choose_priors(counted)["Intercept"] == choose_priors(long)["Intercept"]


def test_gamma_has_the_log_link_unless_told_otherwise(frame):
    assert resolve_family("gamma").link == "log"
    assert design_of("positive ~ x", frame, "gamma", "inverse").family.link == "inverse"


def test_the_posterior_of_cell_means_is_that_of_intercept_and_difference(frame):
    """Body temperatures of 36.8 +- 0.4, with groups, in both ways of writing the two arms."""
    options = {"seed": 1, "chains": 2, "draws": 500, "max_effort": 1, "progress": False}
    cells = bayesmm.fit("y ~ 0 + a + year + (1 | g)", frame, **options)
    other = bayesmm.fit("y ~ a + year + (1 | g)", frame, **options)
    at = bayesmm.fit("y ~ 0 + a + (1 | g)", frame, **options).fixef()
    means = frame.groupby("a").y.mean().to_numpy()
    assert np.abs(at["mean"].to_numpy() - means).max() < 3 * at["sd"].max()
    ours, theirs = (f.fixef().set_index("term") for f in (cells, other))
    error = 5 / np.sqrt(1000)  # five Monte Carlo errors of a mean of nearly independent draws
    assert abs(ours["mean"]["year"] - theirs["mean"]["year"]) < error * theirs["sd"]["year"] * 1.5
    difference = ours["mean"]["a[trt]"] - ours["mean"]["a[ctl]"]
    assert abs(difference - theirs["mean"]["a[trt]"]) < 1.5 * error * theirs["sd"]["a[trt]"]
    sds = [f.varcorr()["sdcor"] for f in (cells, other)]
    np.testing.assert_allclose(sds[0], sds[1], rtol=0.15)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("response", "family", "link"),
    [("positive", "gamma", "inverse"), ("count", "poisson", "log"), ("y", "t", "identity")],
)
def test_cell_means_of_other_families_are_found_by_the_joint_density(frame, response, family, link):
    fit = bayesmm.fit(
        f"{response} ~ 0 + a + (1 | g)", frame, family, link=link, seed=1, chains=2, progress=False
    )
    expected = {"identity": lambda m: m, "log": np.log, "inverse": np.reciprocal}[link](
        frame.groupby("a")[response].mean().to_numpy()
    )
    table = fit.fixef()
    assert np.abs(table["mean"].to_numpy() - expected).max() < 4 * table["sd"].max()


@pytest.mark.slow
def test_slopes_of_an_interaction_are_found_whatever_the_zero(frame):
    """Slopes of 0.2 and 0.6 per year came out alike (0.38) in years 2000 to 2010."""
    rng = np.random.default_rng(3)
    slope = np.where(frame.a == "trt", 0.6, 0.2)
    data = frame.assign(y=10 + slope * (frame.year - 2005) + rng.normal(0, 0.5, N))
    fits = [
        bayesmm.fit("y ~ a * year", data.assign(year=data.year - shift), seed=1, progress=False)
        for shift in (0, 2005)
    ]
    far, near = (f.fixef().set_index("term") for f in fits)
    for name in ("year", "a[trt]:year"):
        assert abs(far["mean"][name] - near["mean"][name]) < 0.15 * near["sd"][name]
        assert far["sd"][name] == pytest.approx(near["sd"][name], rel=0.1)
