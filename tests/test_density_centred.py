"""The density with a sampled factor against dense algebra, and its draws against closed forms."""

import numpy as np
import pytest
from agreement import assert_same_draws, assert_same_posterior, everything
from scipy import stats

from bayesmm.model.names import sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.collapsed.draws import draw_conditionals
from bayesmm.sampling.compiled.collapsed.engine import prepare
from bayesmm.sampling.compiled.collapsed.model import compiled_density, gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.collapsed.sampling import sample_plan
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.kernels.signed import SINH
from bayesmm.sampling.draws import SamplerSettings
from tests.compiled_parts import sd_of
from tests.differences import assert_gradient
from tests.handmade import handmade_block, handmade_design

N = 240
RNG = np.random.default_rng(11)
G = np.r_[np.arange(40), RNG.integers(0, 40, N - 40)]
H = np.r_[np.arange(12), RNG.integers(0, 12, N - 12)]
OUTER = H // 4
SMALL = RNG.integers(0, 3, N)
C, T = RNG.normal(size=(2, N))
LEVEL = RNG.normal(size=12)[H]  # constant within levels of h
Y = 5 + RNG.normal(size=N) + RNG.normal(size=12)[H] + 0.5 * RNG.normal(size=40)[G]


def block(factor, labels, **effects):
    return handmade_block(factor, labels, {"Intercept": 1.0, **effects}, correlated=False)


CASES = {
    "three intercepts": ([block("g", G), block("h", H), block("outer", OUTER)], {}, {}),
    "two intercepts, no slopes": ([block("h", H), block("g", G)], {}, {"columns": {}}),
    "slopes, crossed factor, weights, offset": (
        [block("outer", OUTER), block("g", G, c=C), block("small", SMALL, t=T), block("h", H)],
        {"level": Prior("StudentT", (3.0, 0.0, 1.0)), "t": Prior("Laplace", (0.0, 1.0))},
        {"weights": RNG.uniform(0.3, 3, N), "offset": T},
    ),
    "flat, no intercept": (
        [block("g", G), block("h", H)],
        {"c": Prior("Flat", ()), "level": Prior("Flat", ())},
        {"intercept": False},
    ),
}


def make(name):
    blocks, coefficients, parts = CASES[name]
    parts = dict(parts)
    columns = parts.pop("columns", {"c": C, "level": LEVEL, "t": T})
    design = handmade_design(Y, columns, blocks, **parts)
    of = {term: coefficients.get(term, Prior("Normal", (1.0, 4.0))) for term in design.mu.terms}
    of["sigma"] = Prior("HalfStudentT", (3.0, 2.0))
    for b in design.blocks:
        of |= dict.fromkeys(sd_names(b), Prior("HalfNormal", (3.0,)))
    priors = Priors(of)
    return design, priors, gaussian_model(design, priors, make_plan(design, widest=0))


def scattered(model, seed):
    """Return a point near the start, with sds of both signs."""
    rng = np.random.default_rng(seed)
    x = model.start + 0.3 * rng.normal(size=model.dimension)
    signed = model.data.priors.coordinates[:, 0] == SINH
    x[: len(signed)] *= np.where(signed, rng.choice([-1.0, 1.0], len(signed)), 1.0)
    return x


def joint_parts(design, model, x):
    """Return the prior density and, per named part, its columns and prior precisions.

    Coefficients have their columns in the order of the terms; effects level by level.
    """
    t = model.data.priors
    parts = [sd_of(row, t.coordinates[k], x[k]) for k, row in enumerate(t.positive)]
    values = np.array([p[0] for p in parts])
    precision = np.empty(len(model.order))
    mean = np.empty(len(model.order))
    scaled = t.precision.copy()
    scaled[t.mixtures] *= values[1 + t.effects :]
    precision[model.order], mean[model.order] = scaled, (t.centre + model.shift)
    X = design.mu.X - design.mu.centre
    if design.mu.intercept:
        X = np.column_stack([np.ones(N), X])
    effects = {}
    for b, first in zip(design.blocks, model.plan.block_effects, strict=True):
        indicators = (b.columns.codes[:, None] == np.arange(b.n_groups)).astype(float)
        columns = np.hstack([indicators * b.columns.Z[:, [k]] for k in range(b.n_effects)])
        sds = values[1 + first : 1 + first + b.n_effects]
        effects[b.factor] = columns, np.repeat(sds, b.n_groups)
    return sum(p[2] for p in parts), values, X, precision, mean, effects


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_that_of_the_density(name):
    _, _, model = make(name)
    for seed in range(2):
        assert_gradient(compiled_density(model), scattered(model, seed))


@pytest.mark.parametrize("name", [n for n in CASES if "flat" not in n])
def test_density_is_that_of_rows_given_totals_times_that_of_totals(name):
    design, _, model = make(name)
    weights = np.ones(N) if design.weights is None else design.weights
    offset = 0.0 if design.mu.offset is None else design.mu.offset
    K = len(model.data.totals.squares)
    p1 = len(model.order) - model.data.totals.fixed.shape[1]
    gaps = []
    for seed in range(4):
        x = scattered(model, seed)
        a = x[-K:]
        log_prior, values, X, precision, mean, effects = joint_parts(design, model, x)
        V = np.diag(values[0] ** 2 / weights)
        for factor in ("g", "small"):
            if factor in effects:
                Z, sd = effects[factor]
                V += (Z * sd**2) @ Z.T
        by_row, by_level = model.order[:p1], model.order[p1:]
        V += (X[:, by_row] / precision[by_row]) @ X[:, by_row].T
        codes = model.plan.centred.codes
        shift = np.zeros(len(mean))
        shift[model.order] = model.shift
        given = X[:, by_row] @ mean[by_row] + a[codes] + (X @ shift) + offset
        log_p = stats.multivariate_normal(given, V).logpdf(design.y)
        first = model.plan.centred.first_effect
        prior = values[1 + first] ** 2 * np.eye(K)
        W = model.data.totals.fixed
        prior += (W / precision[by_level]) @ W.T
        if "outer" in effects:
            sd = effects["outer"][1][0]
            prior += sd**2 * (model.data.totals.outer[0][:, None] == model.data.totals.outer[0])
        centre = W @ (mean - shift)[by_level]
        log_p += stats.multivariate_normal(centre, prior).logpdf(a)
        gaps.append(evaluate(compiled_density(model), x)[0] - log_p - log_prior)
    assert np.ptp(gaps) < 1e-8 * max(1.0, abs(np.mean(gaps)))


def test_draws_given_totals_have_the_closed_form():
    design, _, model = make("slopes, crossed factor, weights, offset")
    x = scattered(model, 3)
    D = 40_000
    drawn = draw_conditionals(model, np.tile(x, (D, 1)), seed=5, threads=2)
    K = len(model.data.totals.squares)
    _, values, X, precision, mean, effects = joint_parts(design, model, x)
    shift = np.zeros(len(mean))
    shift[model.order] = model.shift
    names = [b.factor for b in design.blocks]
    A = np.hstack([X, *(effects[f][0] for f in names)])
    P = np.diag(np.r_[precision, *(effects[f][1] ** -2.0 for f in names)])
    target = np.diag(P) * np.r_[mean, np.zeros(len(P) - len(mean))]
    weights = design.weights / values[0] ** 2
    P += (A.T * weights) @ A
    target += (A.T * weights) @ (design.y - design.mu.offset)
    # Given that the totals (intercept, level-constant column, outer and own effects) equal a:
    # condition the joint normal on B theta = a exactly.
    representative = np.array([np.flatnonzero(model.plan.centred.codes == k)[0] for k in range(K)])
    B = np.zeros((K, len(P)))
    p1 = len(model.order) - model.data.totals.fixed.shape[1]
    by_level = model.order[p1:]
    B[:, by_level] = X[np.ix_(representative, by_level)]
    at = X.shape[1]
    for f in names:
        width = effects[f][0].shape[1]
        if f in ("outer", "h"):
            B[:, at : at + width] = effects[f][0][representative]
        at += width
    covariance = np.linalg.inv(P)
    exact = covariance @ target
    gain = covariance @ B.T @ np.linalg.inv(B @ covariance @ B.T)
    exact = exact + gain @ (x[-K:] + (X @ shift)[representative] - B @ exact)
    covariance = covariance - gain @ B @ covariance

    draws = np.hstack([drawn.coefficients, *(drawn.effects[f].reshape(D, -1) for f in names)])
    sd = np.sqrt(np.diag(covariance))
    assert np.abs((draws.mean(0) - exact) / (sd / np.sqrt(D))).max() < 5
    S = np.cov(draws.T) / np.outer(sd, sd)
    R = covariance / np.outer(sd, sd)
    assert (np.abs(S - R) / np.sqrt((1.0 + R**2) / D)).max() < 6
    totals = draws @ B.T
    assert totals == pytest.approx(np.tile(x[-K:] + shift[0], (D, 1)), abs=1e-9)


def test_both_plans_sample_one_posterior():
    design, priors, model = make("three intercepts")
    settings = SamplerSettings(draws=1500, tune=400, seed=2, cores=2)
    dense = prepare(design, priors).sample(settings)
    centred = sample_plan(design, priors, model.plan, settings)
    assert dense.facts["centred"] is None
    assert centred.facts["centred"] == "h"
    assert_same_posterior(everything(dense), everything(centred))


def test_draws_do_not_depend_on_the_number_of_threads():
    design, priors, model = make("slopes, crossed factor, weights, offset")
    settings = {"chains": 2, "draws": 30, "tune": 30, "seed": 3}
    one = sample_plan(design, priors, model.plan, SamplerSettings(**settings, cores=1))
    two = sample_plan(design, priors, model.plan, SamplerSettings(**settings, cores=2))
    assert_same_draws(one, two)


def test_the_plan_gives_each_factor_its_part():
    design, _, model = make("slopes, crossed factor, weights, offset")
    plan = model.plan
    assert plan.eliminated.name == "g"
    assert [f.name for f in plan.dense] == ["small"]
    assert plan.centred.name == "h"
    assert [f.name for f in plan.outer] == ["outer"]
    # effects in the order g (2), small (2), h, outer; blocks in the order of the design
    assert plan.block_effects == (5, 0, 2, 4)
    assert [design.mu.terms[k] for k in model.order] == ["c", "t", "Intercept", "level"]


def test_large_factors_with_slopes_are_left_to_others():
    n = 3000
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    rows = np.arange(n)
    blocks = [block("a", rows % 500, x=x), block("b", rows % 399, x=x)]
    design = handmade_design(rng.normal(size=n), {}, blocks)
    priors = Priors({"Intercept": Prior("Flat", ())})
    assert "a (1000), b (798)" in prepare(design, priors)
