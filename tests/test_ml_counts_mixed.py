"""ML of overdispersed and zero-inflated counts with group effects, against glmmTMB and by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from ml_designs import design_of
from references import REAL_FILES
from scipy import stats
from scipy.integrate import quad
from scipy.special import expit

from bayesmm.data import load_data
from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.likelihood import fit_ml, laplace_fit
from bayesmm.likelihood.curvature import derivatives
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.laplace_fit import starts
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.likelihood.rows import with_numbers
from bayesmm.likelihood.search import Minimum, find_minimum
from bayesmm.model.names import effect_labels
from bayesmm.studies.bootstrap import simulate_response

# glmmTMB 1.1.5; made by reference_r/glmmtmb/make_reference.R, versions inside each file.
FOLDER = Path(__file__).parent / "reference_r" / "glmmtmb"
REAL = {f"cod_counts_{family}" for family in ("negativebinomial", "zero_inflated_poisson",
        "zero_inflated_negativebinomial")}  # fmt: skip
ALL_NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
# The real file of the cod may not be shipped: its fits are compared where it is.
NAMES = [n for n in ALL_NAMES if n not in REAL or (REAL_FILES / "cod_parasites.csv").is_file()]
FAMILIES = [
    "negativebinomial", "zero_inflated_poisson", "zero_inflated_negativebinomial",
    "hurdle_poisson", "hurdle_negativebinomial",
]  # fmt: skip
# Where glmmTMB meets the end of a range its search stops on the way there, and where it has no
# Hessian there are no standard errors. Compared there: the likelihood, which must not be smaller.
BOUNDARY = {
    "cod_counts_zero_inflated_negativebinomial",
    "cod_counts_zero_inflated_negativebinomial_twin",
    "cod_zero_inflated_negativebinomial",
    "cod_slopes_zero_inflated_negativebinomial",
    "cod_crossed_zero_inflated",
}


def data_of(reference: dict) -> pd.DataFrame:
    name = reference["data"].split()[0]
    if name == "counts":
        data = pd.read_csv(FOLDER / "counts.csv")
    elif name == "cod_parasites":
        data = pd.read_csv(REAL_FILES / "cod_parasites.csv")
    else:
        data = load_data(name)
    if name.startswith("cod_parasites"):
        data = data.dropna(subset=["Intensity", "Length"])
        data = data.assign(size=(data["Length"] - 50) / 10)
    for column in {"Area", "Year", "Age", "g", "herd", "period"} & set(data):
        data[column] = data[column].astype(str)
    return data


def fitted(name: str):
    reference = json.loads((FOLDER / f"{name}.json").read_text())
    design = design_of(reference["formula"], data_of(reference), reference["family"])
    return fit_ml(design), reference


@pytest.mark.parametrize("name", NAMES)
def test_estimates_of_glmmtmb(name):
    """Estimates to 0.002 standard errors, standard errors and sds to 0.2 %, modes to 0.002 sds.

    glmmTMB's standard errors rest on a Hessian by finite differences, good to 0.1 %.
    """
    fit, theirs = fitted(name)
    assert fit.converged
    assert fit.design.n_obs == theirs["nobs"]
    assert fit.n_parameters == theirs["df"]
    assert fit.aic == pytest.approx(2 * theirs["df"] - 2 * theirs["loglik"], abs=2e-3)
    if name in BOUNDARY:
        assert any("psi is at its bound" in sentence for sentence in fit.singular)
        assert fit.loglik == pytest.approx(theirs["loglik"], abs=1e-3)
        assert fit.loglik > theirs["loglik"] - 1e-6
        return
    # glmmTMB's search stops with a gradient of up to 0.002
    assert theirs["loglik"] - 1e-6 < fit.loglik < theirs["loglik"] + 1e-4
    estimate, se = np.array([(row["estimate"], row["se"]) for row in theirs["fixef"]]).T
    np.testing.assert_array_less(np.abs(fit.estimates - estimate), 2e-3 * se)
    np.testing.assert_allclose(fit.standard_errors, se, rtol=2e-3)
    assert set(fit.auxiliary) == {"alpha", "psi"} & set(theirs)
    for parameter, value in fit.auxiliary.items():
        assert value == pytest.approx(theirs[parameter], rel=1e-3)
    if "varcorr" in theirs:
        _same_groups(fit, theirs)


def _same_groups(fit, theirs):
    table = fit.varcorr().fillna("")
    ours = {(r.grp, _plain(r.var1), _plain(r.var2)): r.sdcor for r in table.itertuples()}
    assert len(ours) == len(theirs["varcorr"])
    for row in theirs["varcorr"]:
        key = (row["grp"].removesuffix(".1"), _plain(row["var1"]), _plain(row["var2"] or ""))
        assert ours[key] == pytest.approx(row["sdcor"], rel=2e-3, abs=2e-3 * bool(row["var2"]))
    modes = fit.ranef()
    ours = {(r.grp, r.level, r.term): r.estimate for r in modes.itertuples()}
    assert len(ours) == len(theirs["ranef"])
    for row in theirs["ranef"]:
        key = (row["grp"].removesuffix(".1"), row["level"], _plain(row["term"]))
        assert ours[key] == pytest.approx(row["estimate"], abs=2e-3 * row["se"]), key


def _plain(term: str) -> str:
    return "Intercept" if term == "(Intercept)" else term


def test_every_reference_is_there():
    assert len(ALL_NAMES) == 32


def example(family: str, **optional):
    """Return counts of 15 groups crossed with 6, with a random slope."""
    rng = np.random.default_rng(0)
    n = 200
    g, h, x = rng.integers(15, size=n), rng.integers(6, size=n), rng.normal(size=n)
    mu = np.exp(1 + 0.3 * x + 0.5 * rng.normal(size=15)[g] + 0.4 * rng.normal(size=6)[h])
    y = rng.poisson(mu * rng.gamma(3, 1 / 3, n)) * (rng.random(n) < 0.8)
    if family in ("bernoulli", "binomial"):
        largest = 1 if family == "bernoulli" else 4
        y = np.minimum(y, largest)
        optional |= {"trials": np.full(n, 4)} if family == "binomial" else {}
    if optional.get("link") == "identity":
        y = y + 20
    blocks = [
        handmade_block("h", h, {"Intercept": 1.0}),
        handmade_block("g", g, {"Intercept": 1.0, "x": x}),
    ]
    return handmade_design(y, {"x": x}, blocks, family=family, **optional)


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_the_distribution_and_its_derivatives(family):
    rng = np.random.default_rng(1)
    y = rng.poisson(2.0, 60) * (rng.random(60) < 0.7) * 1.0
    y[:2] = 40, 200
    design = handmade_design(y, {}, family=family, weights=rng.uniform(0.5, 2, 60))
    eta = 1.5 * rng.normal(size=60)
    eta[2:8] = -25, -10, -5, 3, 5, 6  # means from 1e-11 on
    further = design.family.further
    real = np.array([{"alpha": 0.3, "psi": 0.8}[own.name] for own in further])
    auxiliary = {
        own.name: np.asarray(own.natural(value)) for own, value in zip(further, real, strict=True)
    }

    def rows(shift):
        """Return the rows with the derivatives in all predictors, which are moved by a shift."""
        etas, numbers = [eta + shift[0], *(real + shift[1:])], range(1, 1 + len(real))
        evaluate = density_rows(design)
        return with_numbers(evaluate(etas, (0,), (0,)), evaluate, etas, numbers, (0,))

    found = rows(np.zeros(1 + len(real)))
    parameters = ResponseParameters.from_mean(design, np.exp(eta), auxiliary)
    expected = resolve_family(family).log_density(y, parameters)
    np.testing.assert_allclose(found.log_likelihood, design.weights * expected, atol=1e-11)

    for k, axis in enumerate(np.eye(1 + len(real))):

        def moved(shift, axis=axis):
            r = rows(shift[0] * axis)
            return np.concatenate([r.log_likelihood, r.score[0], r.curvature[0, 0]])

        _, first, _ = derivatives(moved, np.zeros(1), np.array([0.01]))
        named = np.concatenate([found.score[k], -found.curvature[0, k], found.bend[0, 0, k]])
        np.testing.assert_allclose(first[0], named, rtol=1e-6, atol=1e-6 if k else 1e-7)


@pytest.mark.parametrize("counts", ["poisson", "negativebinomial"])
def test_rows_at_the_ends_of_the_range_are_finite(counts):
    # poisson counts alone are fitted by Fisher scoring
    alone = () if counts == "poisson" else (counts,)
    for family in (*alone, f"zero_inflated_{counts}", f"hurdle_{counts}"):
        design = handmade_design(np.tile([0.0, 1, 5], 3), {}, family=family)
        real = np.full(len(design.family.auxiliary), 19.0)
        eta = np.repeat([-290.0, 0, 290], 3)
        found = density_rows(design)([eta, *real], (0,), (0,))
        assert np.isfinite(found.curvature).all() and np.isfinite(found.score).all()


FISHER = [
    ("bernoulli", "logit"),
    ("bernoulli", "probit"),
    ("binomial", "cloglog"),
    ("poisson", "log"),
    ("poisson", "identity"),
]


@pytest.mark.parametrize(("family", "link"), [*((name, "log") for name in FAMILIES), *FISHER])
def test_gradient_is_that_of_the_deviance(family, link):
    """Two factors, a correlated slope, weights and an offset; fourth-order differences."""
    rng = np.random.default_rng(5)
    optional = {"offset": 0.1 * rng.normal(size=200), "weights": rng.uniform(0.5, 1.5, size=200)}
    design = example(family, link=link, **optional)
    problem = LaplaceProblem(design)
    point = starts(problem, laplace_fit._plain)[0]
    point = point + 0.1 * rng.normal(size=len(point))
    _, gradient = problem.deviance(point)
    _, first, _ = derivatives(
        lambda x: np.array([problem.deviance(x)[0]]), point, np.full(len(point), 0.01)
    )
    np.testing.assert_allclose(gradient, first[:, 0], rtol=1e-5, atol=1e-5 * np.abs(gradient).max())


@pytest.mark.parametrize("family", FAMILIES)
def test_laplace_approximation_is_near_the_integral(family):
    """Many rows per group: the log likelihood by quadrature, one scalar effect at a time."""
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(6), 60)
    mu = np.exp(1.2 + 0.5 * rng.normal(size=6)[g])
    y = rng.poisson(mu * rng.gamma(2, 1 / 2, 360)) * (rng.random(360) < 0.75) * 1.0
    block = handmade_block("g", g, {"Intercept": 1.0})
    fit = fit_ml(handmade_design(y, {}, [block], family=family))
    auxiliary = {name: np.asarray(value) for name, value in fit.auxiliary.items()}
    log_likelihood = resolve_family(family).log_density
    total = 0.0
    for j in range(6):
        rows = g == j

        def log_integrand(u, rows=rows):
            eta = np.full(rows.sum(), fit.estimates[0] + u)
            p = ResponseParameters(np.exp(eta), auxiliary)
            return log_likelihood(y[rows], p).sum() + stats.norm.logpdf(u, 0, fit.blocks[0].sd[0])

        centre, sd = fit.blocks[0].modes[0, j], fit.blocks[0].mode_sds[0, j]
        top = log_integrand(centre)
        range_ = centre - 8 * sd, centre + 8 * sd
        area = quad(lambda u, top=top, f=log_integrand: np.exp(f(u) - top), *range_)[0]
        total += top + np.log(area)
        assert np.exp(log_integrand(centre + 1e-3 * sd) - top) < 1  # a mode
        assert area == pytest.approx(sd * np.sqrt(2 * np.pi), rel=0.02)
    assert fit.loglik == pytest.approx(total, abs=0.02)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_variance_between_groups_leaves_the_plain_model(family):
    rng = np.random.default_rng(2)
    part = rng.poisson(3 * rng.gamma(2, 1 / 2, 24)) * (rng.random(24) < 0.7) * 1.0
    y = np.tile(part, 8)
    x = np.tile(np.linspace(-1, 1, 24), 8)
    block = handmade_block("g", np.repeat(np.arange(8), 24), {"Intercept": 1.0})
    fit = fit_ml(handmade_design(y, {"x": x}, [block], family=family))
    plain = fit_ml(handmade_design(y, {"x": x}, family=family))
    assert "estimated at zero" in fit.singular[0] and fit.converged
    assert fit.loglik == pytest.approx(plain.loglik, abs=1e-6)
    np.testing.assert_allclose(fit.estimates, plain.estimates, atol=1e-4)
    np.testing.assert_allclose(fit.standard_errors, plain.standard_errors, rtol=1e-3)
    for name, value in plain.auxiliary.items():
        assert fit.auxiliary[name] == pytest.approx(value, rel=1e-3)


def test_one_factor_is_the_same_whichever_leads():
    """The elimination of the leading factor is algebra: nested effects written as one or two."""
    design = example("zero_inflated_negativebinomial")
    swapped = handmade_design(
        design.y, {"x": design.mu.X[:, 0]}, design.blocks[::-1], family=design.family.name
    )
    first, second = fit_ml(design), fit_ml(swapped)
    assert first.loglik == pytest.approx(second.loglik, abs=1e-7)
    np.testing.assert_allclose(first.estimates, second.estimates, atol=1e-5)
    np.testing.assert_allclose(first.standard_errors, second.standard_errors, rtol=1e-4)


def test_weights_are_repeated_rows():
    design = example("hurdle_negativebinomial", weights=np.tile([1.0, 2.0], 100))
    rows = np.repeat(np.arange(200), np.tile([1, 2], 100))
    blocks = [
        handmade_block(
            b.factor,
            b.columns.codes[rows],
            dict(zip(effect_labels(b), b.columns.Z[rows].T, strict=True)),
        )
        for b in design.blocks
    ]
    repeated = handmade_design(
        design.y[rows], {"x": design.mu.X[rows, 0]}, blocks, family=design.family.name
    )
    weighted, plain = fit_ml(design), fit_ml(repeated)
    assert weighted.loglik == pytest.approx(plain.loglik, abs=1e-6)
    np.testing.assert_allclose(weighted.standard_errors, plain.standard_errors, rtol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_simulated_counts_give_back_what_they_were_simulated_from(family):
    rng = np.random.default_rng(11)
    n, groups = 4000, 80
    g, x = np.arange(n) % groups, rng.normal(size=n)
    mu = np.exp(1 + 0.4 * x + 0.6 * rng.normal(size=groups)[g])
    y = rng.poisson(mu * rng.gamma(2, 1 / 2, n)) * (rng.random(n) < expit(1)) * 1.0
    block = handmade_block("g", g, {"Intercept": 1.0})
    start = fit_ml(handmade_design(y, {"x": x}, [block], family=family))
    simulated = simulate_response(start, rng)
    again = fit_ml(handmade_design(simulated, {"x": x}, [block], family=family))
    gap = (again.estimates - start.estimates) / again.standard_errors
    assert np.abs(gap).max() < 4  # standard errors
    # sd of the estimate of an sd from 80 groups: 1 / sqrt(160) of it
    assert again.blocks[0].sd[0] == pytest.approx(start.blocks[0].sd[0], rel=4 / np.sqrt(160))
    for name, value in start.auxiliary.items():
        assert again.auxiliary[name] == pytest.approx(value, rel=0.35)


def test_effects_of_a_group_without_events_do_not_disturb():
    """A hurdle model whose groups have counts of 1 alone: their means go to 0, far down."""
    rng = np.random.default_rng(3)
    g, x = np.repeat(np.arange(6), 30), rng.normal(size=180)
    y = rng.poisson(np.exp(np.array([1.5, 2, 1, 0, 0, 0])[g])) * 1.0
    y[g >= 3] = np.minimum(y[g >= 3], 1)
    block = handmade_block("g", g, {"Intercept": 1.0})
    fit = fit_ml(handmade_design(y, {"x": x}, [block], family="hurdle_poisson"))
    assert fit.converged
    assert fit.blocks[0].modes[0, 3:].max() < fit.blocks[0].modes[0, :3].min() - 2
    assert np.isfinite(fit.standard_errors).all()


def test_no_point_with_a_mode_is_told(monkeypatch):
    search = laplace_fit._search

    def nowhere(problem, points):
        if not problem.grouped:  # the model in which the search begins
            return search(problem, points)
        return Minimum(points[0], 1e12, np.eye(len(points[0])), False), None

    monkeypatch.setattr(laplace_fit, "_search", nowhere)
    with pytest.raises(DataError, match=r"No maximum.*group effects of h and g have no mode"):
        fit_ml(example("zero_inflated_poisson"))


def test_the_search_leaves_saddles_and_stays_in_flat_directions():
    def double_well(x):
        """Minima at +-1 in the first coordinate; the second is an ellipse, the third nothing."""
        value = (x[0] ** 2 - 1) ** 2 + 3 * (x[1] - 2) ** 2
        return value, np.array([4 * x[0] * (x[0] ** 2 - 1), 6 * (x[1] - 2), 0.0])

    bounds = np.array([[-10.0, 10.0]] * 3)
    found = find_minimum(
        double_well, np.array([0.0, 0.0, 0.5]), bounds, lambda x: np.zeros(3, bool)
    )
    assert found.converged
    np.testing.assert_allclose(np.abs(found.x), [1, 2, 0.5], atol=1e-6)
    # the second derivative of the well is 8, by differences over 0.001
    curved = np.ix_([0, 1], [0, 1])
    np.testing.assert_allclose(found.inverse[curved], np.diag([1 / 8, 1 / 6]), atol=1e-6)
    # nothing is known of the third, and it says nothing of the others
    assert found.inverse[2, 2] > 1e5
    np.testing.assert_allclose(found.inverse[2, :2], 0, atol=1e-6)


def test_a_parameter_at_the_end_of_its_range_stays():
    def slope(x):
        return float(np.exp(-x[0]) + (x[1] - 1) ** 2), np.array([-np.exp(-x[0]), 2 * (x[1] - 1)])

    found = find_minimum(
        slope, np.zeros(2), np.array([[-5.0, 30.0]] * 2), lambda x: np.array([x[0] > 8, False])
    )
    assert found.converged and found.x[0] > 8
    np.testing.assert_allclose(found.inverse, [[0, 0], [0, 0.5]], atol=1e-9)


def test_the_page_shows_groups_and_further_parameters():
    fit = fit_ml(example("zero_inflated_negativebinomial"))
    page = str(fit.summary())
    assert f"alpha {fit.auxiliary['alpha']:#.5g}" in page
    assert f"psi {fit.auxiliary['psi']:#.5g}" in page
    assert "Group effects:" in page
