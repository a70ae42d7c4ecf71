"""Collapsed Gaussian densities against dense algebra, and their draws against closed forms."""

import json

import numpy as np
import pytest
from agreement import assert_moments_of, assert_same_draws
from references import BRMS
from scipy import integrate, stats

from bayesmm.data import load_data
from bayesmm.errors import UnsupportedModelError
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.collapsed import bases
from bayesmm.sampling.compiled.collapsed.draws import draw_conditionals
from bayesmm.sampling.compiled.collapsed.engine import prepare
from bayesmm.sampling.compiled.collapsed.group_likelihood import gaussian_group_log_likelihood
from bayesmm.sampling.compiled.collapsed.model import compiled_density, gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.evaluate import evaluate as evaluate_density
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.sampling.compiled.kernels.signed import SINH
from bayesmm.sampling.draws import SamplerSettings
from tests.compiled_parts import cholesky_backward, cholesky_of_scores, sd_of
from tests.differences import assert_gradient
from tests.handmade import handmade_block, handmade_design, sleepstudy_design
from tests.joint_reference import log_decov

N = 120
RNG = np.random.default_rng(20)
G = np.r_[np.arange(12), RNG.integers(0, 12, N - 12)]
H = np.r_[np.arange(5), RNG.integers(0, 5, N - 5)]
S = np.arange(N) % 11
C, T = RNG.normal(size=(2, N))
Y = 5 + 0.3 * G + 3 * RNG.normal(size=N)
WEIGHTS = RNG.uniform(0.3, 3, N)
BALANCED = np.repeat(np.arange(24), 5)
PAIRS = np.repeat(np.arange(60), 2)
DAYS = np.tile(np.arange(5.0), 24)
ONES = np.r_[np.arange(100), RNG.integers(0, 5, 20)]  # most groups have one row
YEAR = RNG.uniform(1990, 2020, N)
NORMAL = Prior("Normal", (1.0, 40.0))
FLAT = Prior("Flat", ())


def block(factor, labels, correlated=True, **effects):
    return handmade_block(factor, labels, {"Intercept": 1.0, **effects}, correlated=correlated)


def slopes(factor, labels, correlated=True, **effects):
    return handmade_block(factor, labels, effects, correlated=correlated)


# name: (blocks, priors that are not the usual ones, further parts of the design)
CASES = {
    "no factor": ([], {}, {}),
    "no factor, flat": ([], {"Intercept": FLAT, "c": FLAT, "t": FLAT}, {}),
    "no coefficients": ([block("g", G)], {}, {"columns": {}, "intercept": False}),
    "q = 1": ([block("g", G)], {}, {}),
    "q = 2": ([block("g", G, c=C)], {}, {}),
    "q = 3, weights, offset": ([block("g", G, c=C, t=T)], {}, {"weights": WEIGHTS, "offset": T}),
    "balanced": ([block("b", BALANCED, days=DAYS)], {}, {}),
    "double bar and a second block": (
        [block("g", G, correlated=False, c=C), slopes("g", G, t=T)],
        {},
        {},
    ),
    "two correlated blocks on one factor": (
        [block("g", G, c=C), slopes("g", G, t=T, ct=C * T)],
        {},
        {},
    ),
    "flat": ([block("g", G, c=C)], {"Intercept": FLAT, "c": FLAT, "t": FLAT}, {}),
    "student": ([block("g", G, c=C)], {"Intercept": Prior("StudentT", (3.0, 4.0, 2.0))}, {}),
    "laplace, cauchy, no intercept": (
        [block("g", G, c=C)],
        {"t": Prior("Laplace", (1.0, 2.0)), "c": Prior("Cauchy", (0.0, 1.0))},
        {"intercept": False},
    ),
    "groups of one row": ([block("o", ONES, c=C)], {}, {}),
    "uncentred column of Z": ([block("o", ONES, year=YEAR)], {}, {"columns": {"year": YEAR}}),
    "crossed": ([block("g", G), block("h", H)], {}, {}),
    "crossed, correlated, weights": (
        [block("h", H, t=T), block("g", G, c=C)],
        {"Intercept": FLAT, "c": FLAT},
        {"weights": WEIGHTS},
    ),
    "decov": (
        [block("g", G, c=C), slopes("g", G, t=T), block("h", H, correlated=False, t=T)],
        {
            name: Prior("Decov", numbers)
            for names, numbers in [
                (("1|g_sigma", "c|g_sigma"), (1.5, 2.5, 0.7)),
                (("t|g_sigma",), (1.0, 1.0, 1.0)),
                (("1|h_sigma", "t|h_sigma"), (0.8, 3.0, 2.0)),
            ]
            for name in names
        },
        {},
    ),
    "three factors": (
        [block("h", H, t=T, c=C), block("g", G, c=C), block("k", H // 2), slopes("h", H, c2=C**2)],
        {},
        {},
    ),
    "wide, unlike groups": ([block("g", G, c=C), block("s", S, c=C)], {}, {}),
    "wide, three effects": ([block("g", G, c=C, t=T), block("s", S, c=C, t=T)], {}, {}),
    "wide, three factors": (
        [block("g", G, c=C), block("s", S, t=T), block("k", H // 2, correlated=False, c=C)],
        {"c": Prior("Laplace", (1.0, 2.0))},
        {"weights": WEIGHTS},
    ),
    "wide, balanced": ([block("p", PAIRS), block("s", S, t=T)], {}, {}),
    "nested": ([block("h", H, c=C), block("h:b", 100 * H + BALANCED)], {}, {}),
}


def make(name):
    blocks, coefficients, parts = CASES[name]
    parts = dict(parts)
    columns = parts.pop("columns", {"c": C, "t": T})
    design = handmade_design(Y, columns, blocks, **parts)
    return design, make_priors(design, coefficients)


def make_priors(design, coefficients=()):
    of = {name: dict(coefficients).get(name, NORMAL) for name in design.mu.terms}
    of["sigma"] = Prior("HalfStudentT", (3.0, 20.0))
    for index, b in enumerate(design.blocks):
        of |= dict.fromkeys(sd_names(b), Prior("HalfNormal", (3.0,)))
        if corr_name(design.blocks, index):
            of[corr_name(design.blocks, index)] = Prior("LKJ", (1.5,))
    return Priors(of | dict(coefficients))


def model_of(design, priors):
    return gaussian_model(design, priors, make_plan(design))


def evaluate(model, x):
    return evaluate_density(compiled_density(model), x)


def points(model, n, size, seed):
    """Return points around the start, sds of both signs."""
    rng = np.random.default_rng(seed)
    xs = model.start + size * rng.normal(size=(n, model.dimension))
    signed = model.data.priors.coordinates[:, 0] == SINH
    xs[:, : len(signed)] *= np.where(signed, rng.choice([-1.0, 1.0], (n, len(signed))), 1.0)
    return xs


def effects_of_basis(model, x, k):
    """Return log sds and correlations of block k, whose coordinates are those of a basis."""
    first, q, z = model.data.priors.corr[k]
    part = slice(first, first + q)
    M = np.eye(q)
    cholesky_of_scores(model.data.priors.scores[k], x[z : z + q * (q - 1) // 2], q, M)
    Lam = model.data.priors.bases[part, part] @ np.diag(np.exp(x[1:][part])) @ np.tril(M)
    G = Lam @ Lam.T
    sd = np.sqrt(np.diag(G))
    return np.log(sd), (G / np.outer(sd, sd))[np.tril_indices(q, -1)]


def jacobian_of_basis(model, x, k):
    """Return log |d(log sd, correlations) / d(coordinates)| of block k by central differences."""
    first, q, z = model.data.priors.corr[k]
    at = [*range(1 + first, 1 + first + q), *range(z, z + q * (q - 1) // 2)]
    h = 1e-4
    columns = []
    for step in h * np.eye(len(x))[at]:
        ahead, behind, far, further = (
            np.concatenate(effects_of_basis(model, x + c * step, k)) for c in (1, -1, 2, -2)
        )
        columns.append((8 * (ahead - behind) - (far - further)) / (12 * h))
    return np.linalg.slogdet(columns)[1]


def in_effects(model, x):
    """Return the position with log sds of the effects, and the log prior of bases."""
    t = model.data.priors
    natural, log_prior = x.copy(), 0.0
    for k, (first, q, _) in enumerate(t.corr):
        if t.bases[first, first] > 0:
            natural[1 + first : 1 + first + q], lower = effects_of_basis(model, x, k)
            R = np.eye(q)
            R[np.tril_indices(q, -1)] = lower
            R = R + np.tril(R, -1).T
            log_prior += (t.etas[k] - 1) * np.linalg.slogdet(R)[1] + jacobian_of_basis(model, x, k)
    return natural, log_prior


def dense_parts(design, model, x):
    """Return prior density, V, columns, prior precisions and means of the coefficients."""
    natural, log_prior_of_bases = in_effects(model, x)
    tables = model.data.priors
    parts = [
        sd_of(row, own, natural[k])
        for k, (row, own) in enumerate(zip(tables.positive, tables.coordinates, strict=True))
    ]
    values = np.array([p[0] for p in parts])
    log_prior = sum(p[2] for p in parts) + log_prior_of_bases
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    V = np.diag(values[0] ** 2 / weights)
    G_of = []
    k = 0
    for b, first in zip(design.blocks, model.plan.block_effects, strict=True):
        q = b.n_effects
        L = np.eye(q)
        sds = values[1 + first : 1 + first + q]
        if b.covariance.correlated and model.data.priors.bases[first, first] > 0:
            R = np.eye(q)
            R[np.tril_indices(q, -1)] = effects_of_basis(model, x, k)[1]
            L = np.linalg.cholesky(R + np.tril(R, -1).T)
            k += 1
        elif b.covariance.correlated:
            z = x[model.data.priors.corr[k, 2] :][: q * (q - 1) // 2]
            cholesky_of_scores(model.data.priors.scores[k], z, q, L)
            log_prior += cholesky_backward(
                model.data.priors.scores[k],
                z,
                q,
                L,
                np.zeros((q, q)),
                model.data.priors.etas[k],
                np.empty(q**2),
            )
            k += 1
        code, *numbers = model.data.priors.positive[1 + first, :4]
        if code == PRIOR_CODES["Decov"]:
            # of the log sds, as the rest
            log_prior += log_decov(Prior("Decov", tuple(numbers)), sds, values[0])
            log_prior += np.log(sds).sum()
        Lam = np.diag(sds) @ np.tril(L)
        G_of.append(Lam @ Lam.T)
        V += (b.columns.codes[:, None] == b.columns.codes) * (
            b.columns.Z @ G_of[-1] @ b.columns.Z.T
        )
    X = design.mu.X - design.mu.centre
    if design.mu.intercept:
        X = np.column_stack([np.ones(design.n_obs), X])
    precision = model.data.priors.precision.copy()
    precision[model.data.priors.mixtures] *= values[1 + model.data.priors.effects :]
    return log_prior, values, V, G_of, X, precision, (model.data.priors.centre + model.shift)


def dense_log_density(design, model, x):
    """The same density from n x n matrices; coefficients with precision 0 by their Gram matrix."""
    log_prior, _, V, _, X, precision, mean = dense_parts(design, model, x)
    offset = 0.0 if design.mu.offset is None else design.mu.offset
    r = design.y - offset - X @ mean
    flat = precision == 0.0
    V = V + (X[:, ~flat] / precision[~flat]) @ X[:, ~flat].T
    quad = r @ np.linalg.solve(V, r)
    log_det = np.linalg.slogdet(V)[1]
    if flat.any():
        F = X[:, flat]
        H_ = F.T @ np.linalg.solve(V, F)
        h = F.T @ np.linalg.solve(V, r)
        quad -= h @ np.linalg.solve(H_, h)
        log_det += np.linalg.slogdet(H_)[1]
    return log_prior - 0.5 * (log_det + quad)


@pytest.fixture(params=["effects", "uncorrelated effects"])
def coordinates(request, monkeypatch):
    """All blocks in sds and correlations of the effects, then all in those of a basis."""
    monkeypatch.setattr(bases, "_UNCORRELATED", 0.0 if request.param == "effects" else 2.0)
    monkeypatch.setattr(bases, "_WORTH", -np.inf)
    return request.param


@pytest.mark.usefixtures("coordinates")
@pytest.mark.parametrize("name", CASES)
def test_gradient_is_that_of_the_density(name):
    model = model_of(*make(name))
    for x in points(model, 3, 0.4, seed=1):
        assert_gradient(compiled_density(model), x)


@pytest.mark.parametrize("name", CASES)
def test_density_is_the_dense_normal_one(name, coordinates):
    design, priors = make(name)
    model = model_of(design, priors)
    with_basis = [
        model.data.priors.bases[first, first] > 0 for first, _, _ in model.data.priors.corr
    ]
    assert with_basis == [coordinates != "effects"] * len(with_basis)
    xs = points(model, 4, 0.4, seed=2)
    gaps = [evaluate(model, x)[0] - dense_log_density(design, model, x) for x in xs]
    # An uncentred column costs three digits of the cross-products on both sides.
    tolerance = 1e-6 if name == "uncentred column of Z" else 1e-8
    assert np.ptp(gaps) < tolerance * max(1.0, abs(np.mean(gaps)))


@pytest.mark.parametrize("crossed", [False, True])
def test_more_groups_than_stand_side_by_side_in_one_stretch(crossed):
    random = np.random.default_rng(11)
    groups = np.repeat(np.arange(300), random.integers(1, 4, 300))
    n = len(groups)
    x, other = random.normal(size=n), np.arange(n) % 17
    blocks = [block("many", groups, x=x), *([block("other", other)] if crossed else [])]
    y = random.normal(size=300)[groups] + x + random.normal(size=n)
    design = handmade_design(y, {"x": x}, blocks)
    model = model_of(design, make_priors(design))
    assert model.data.rows.n_alone > 256
    assert bool(model.data.rows.in_rows) == crossed
    xs = points(model, 3, 0.3, seed=5)
    gaps = [evaluate(model, own)[0] - dense_log_density(design, model, own) for own in xs]
    assert np.ptp(gaps) < 1e-8 * max(1.0, abs(np.mean(gaps)))
    assert_gradient(compiled_density(model), xs[0])


@pytest.mark.parametrize("name", ["q = 2", "balanced", "crossed, correlated, weights"])
def test_density_is_smooth_where_the_variance_between_groups_vanishes(name):
    """It is even in all sds of a block together, finite at 0, and has no slope there."""
    model = model_of(*make(name))
    [x] = points(model, 1, 0.3, seed=4)
    sds = slice(1, 1 + model.data.priors.effects)
    turned, none = x.copy(), x.copy()
    turned[sds] *= -1.0
    none[sds] = 0.0
    value, gradient = evaluate(model, x)
    other, turned_gradient = evaluate(model, turned)
    assert other == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(turned_gradient[sds], -gradient[sds], rtol=1e-9)
    at_zero, slopes = evaluate(model, none)
    assert slopes[sds] == pytest.approx(0.0, abs=1e-9)
    none[sds] = 1e-6
    assert evaluate(model, none)[0] == pytest.approx(at_zero, abs=1e-6)


@pytest.mark.parametrize("name", ["q = 2", "balanced", "crossed, correlated, weights"])
def test_density_in_a_basis_where_the_variance_between_groups_vanishes(name, monkeypatch):
    monkeypatch.setattr(bases, "_UNCORRELATED", 2.0)
    monkeypatch.setattr(bases, "_WORTH", -np.inf)
    model = model_of(*make(name))
    own = np.diag(model.data.priors.bases) > 0.0
    sds = np.flatnonzero(own) + 1
    x = model.start.copy()
    x[sds] = -30.0
    value, gradient = evaluate(model, x)
    near = x.copy()
    near[sds] = -25.0
    # The likelihood no longer depends on the sds; their prior on the log scale has slope 1.
    assert gradient[sds].sum() == pytest.approx(own.sum(), abs=1e-8)
    assert value - evaluate(model, near)[0] == pytest.approx(-5.0 * own.sum(), abs=1e-8)


def test_student_prior_is_the_mixture_that_is_sampled():
    scale, mu = 2.0, 4.0
    prior = Prior("StudentT", (3.0, mu, scale))
    design = handmade_design(Y, {}, [block("g", G)])
    model = model_of(design, make_priors(design, {"Intercept": prior}))
    x = model.start
    _, _, V, _, X, _, _ = dense_parts(design, model, x)
    one = X[:, 0]
    P = one @ np.linalg.solve(V, one)
    estimate = one @ np.linalg.solve(V, design.y) / P

    def over_omega(log_omega):
        at = np.r_[x[:2], log_omega]
        return np.exp(evaluate(model, at)[0] - evaluate(model, x)[0])

    def over_coefficient(b):
        return stats.norm.pdf(b, estimate, P**-0.5) * stats.t.pdf(b, 3, mu, scale)

    # Up to a constant both are the marginal likelihood; compare at two values of sigma.
    ratios = []
    for log_sigma in (x[0], x[0] + 0.5):
        x = np.r_[log_sigma, x[1:]]
        _, _, V, _, _, _, _ = dense_parts(design, model, x)
        P = one @ np.linalg.solve(V, one)
        estimate = one @ np.linalg.solve(V, design.y) / P
        r = design.y - estimate
        ml = -0.5 * (np.linalg.slogdet(V)[1] + r @ np.linalg.solve(V, r) + np.log(P))
        t = model.data.priors
        ml += sum(sd_of(t.positive[k], t.coordinates[k], x[k])[2] for k in range(2))
        left = np.log(integrate.quad(over_omega, -12, 8, epsabs=0, epsrel=1e-10)[0])
        left += evaluate(model, x)[0]
        right = ml + np.log(
            integrate.quad(over_coefficient, -60, 60, points=[estimate], epsabs=0, epsrel=1e-10)[0]
        )
        ratios.append(left - right)
    assert ratios[0] == pytest.approx(ratios[1], abs=1e-5)


@pytest.mark.parametrize(
    "name",
    [
        "q = 3, weights, offset",
        "balanced",
        "student",
        "flat",
        "crossed, correlated, weights",
        "three factors",
        "groups of one row",
    ],
)
def test_conditional_draws_have_the_closed_form(name):
    design, priors = make(name)
    model = model_of(design, priors)
    [x] = points(model, 1, 0.3, seed=3)
    D = 40_000
    drawn = draw_conditionals(model, np.tile(x, (D, 1)), seed=5, threads=2)
    _, values, _, G_of, X, precision, mean = dense_parts(design, model, x)
    columns, prior = [X], [np.diag(precision)]
    at = {}
    position = X.shape[1]
    for index, (b, cov) in enumerate(zip(design.blocks, G_of, strict=True)):
        for k in range(b.n_effects):
            columns.append(
                (b.columns.codes[:, None] == np.arange(b.n_groups)) * b.columns.Z[:, [k]]
            )
        prior.append(np.kron(np.linalg.inv(cov), np.eye(b.n_groups)))
        at[index] = slice(position, position + b.n_effects * b.n_groups)
        position += b.n_effects * b.n_groups
    A = np.hstack(columns)
    weights = (1.0 if design.weights is None else design.weights) / values[0] ** 2
    weights = np.broadcast_to(weights, design.n_obs)
    offset = 0.0 if design.mu.offset is None else design.mu.offset
    P = np.zeros((position, position))
    k = 0
    for part in prior:
        P[k : k + len(part), k : k + len(part)] = part
        k += len(part)
    target = (A.T * weights) @ (design.y - offset)
    target[: len(mean)] += precision * mean
    covariance = np.linalg.inv((A.T * weights) @ A + P)
    exact = covariance @ target

    draws = np.empty((D, position))
    draws[:, : X.shape[1]] = drawn.coefficients
    first_of = {factor.name: factor.first_effect for factor in model.plan.factors}
    for index, b in enumerate(design.blocks):
        k = model.plan.block_effects[index] - first_of[b.factor]
        draws[:, at[index]] = drawn.effects[b.factor][:, k : k + b.n_effects].reshape(D, -1)
    sd = np.sqrt(np.diag(covariance))
    z = (draws.mean(0) - exact) / (sd / np.sqrt(D))
    assert np.abs(z).max() < 5  # hundreds of comparisons: 5 standard errors
    S = np.cov(draws.T) / np.outer(sd, sd)
    R = covariance / np.outer(sd, sd)
    error = np.sqrt((1.0 + R**2) / D)
    assert (np.abs(S - R) / error).max() < 6


def test_draws_do_not_depend_on_the_number_of_threads():
    design, priors = make("crossed, correlated, weights")
    settings = {"chains": 2, "draws": 50, "tune": 50, "seed": 3}
    one = prepare(design, priors).sample(SamplerSettings(**settings, cores=1))
    two = prepare(design, priors).sample(SamplerSettings(**settings, cores=2))
    assert_same_draws(one, two)


def test_parameters_come_out_in_the_order_of_the_design():
    # Block 0 belongs to the small factor, which is dense; block 1 to the eliminated one.
    design, priors = make("three factors")
    drawn = prepare(design, priors).sample(SamplerSettings(chains=1, draws=30, tune=30, seed=1))
    for b, own in zip(design.blocks, drawn.blocks, strict=True):
        assert own.sd.shape == (1, 30, b.n_effects)
        assert own.effects.shape == (1, 30, b.n_effects, b.n_groups)
        assert (own.corr is not None) == b.covariance.correlated
        if b.covariance.correlated:
            assert own.corr[0, :, 0, 0] == pytest.approx(1.0)
            assert np.linalg.eigvalsh(own.corr).min() > 0
    assert drawn.facts["eliminated"] == "g"
    assert drawn.facts["dense_width"] == 3 + 5 * 4 + 3


def test_every_form_of_the_sums_is_tested():
    forms = {name: model_of(*make(name)).data.rows for name in CASES}
    assert len(forms["balanced"].class_size) == 1
    assert forms["q = 2"].n_alone == 12
    assert not forms["q = 2"].in_rows
    assert forms["three factors"].n_alone == 12
    assert forms["three factors"].in_rows
    mixed = forms["q = 1"]
    assert len(mixed.class_size) > 0
    assert mixed.class_size.sum() + mixed.n_alone == 12


def test_group_likelihoods_are_those_of_the_margins():
    design, priors = make("q = 3, weights, offset")
    drawn = prepare(design, priors).sample(SamplerSettings(chains=2, draws=4, tune=20, seed=1))
    got = gaussian_group_log_likelihood(design, drawn, cores=2)
    b = design.blocks[0]
    assert got.shape == (2, 4, b.n_groups)
    own = drawn.blocks[0]
    for chain, draw in ((0, 0), (1, 3)):
        sd = own.sd[chain, draw]
        cov = own.corr[chain, draw] * np.outer(sd, sd)
        sigma = drawn.auxiliary["sigma"][chain, draw]
        mean = (
            drawn.intercept[chain, draw] + design.mu.X @ drawn.beta[chain, draw] + design.mu.offset
        )
        for j in range(b.n_groups):
            rows = b.columns.codes == j
            Z = b.columns.Z[rows]
            V = Z @ cov @ Z.T + np.diag(sigma**2 / design.weights[rows])
            exact = stats.multivariate_normal(mean[rows], V).logpdf(design.y[rows])
            assert got[chain, draw, j] == pytest.approx(exact, rel=1e-9, abs=1e-9)


def test_group_likelihood_needs_one_factor():
    design, priors = make("crossed")
    drawn = prepare(design, priors).sample(SamplerSettings(chains=1, draws=2, tune=2))
    with pytest.raises(UnsupportedModelError, match="one grouping factor"):
        gaussian_group_log_likelihood(design, drawn)


def test_what_cannot_be_integrated_out_is_named():
    design, priors = make("q = 2")
    bounded = Priors({**priors.by_name, "c": Prior("Uniform", (-1.0, 1.0))})
    assert "Uniform prior of 'c'" in prepare(design, bounded)
    counts = handmade_design(np.arange(N), {"c": C}, [block("g", G)], family="poisson")
    assert "poisson" in prepare(counts, priors)
    assert prepare(design, priors).engine == "compiled"


def student(*parameters):
    return Prior("StudentT" if len(parameters) == 3 else "HalfStudentT", parameters)


def compare_with_brms(name, drawn, names, ranef):
    """Mean and sd of every parameter and effect, within 4 Monte Carlo errors of both sides."""
    reference = json.loads((BRMS / f"{name}.json").read_text())
    published = {row["variable"]: row for row in reference["draws"]}
    compared = [(name, ours, published[name]) for name, ours in names(drawn).items()]
    # brms gives no ESS of effects; the smallest of its parameters stands for it.
    low = min(row["ess_bulk"] for row in reference["draws"])
    for (factor, term), ours in ranef(drawn).items():
        rows = [r for part in reference["ranef"][factor] for r in part if r["term"] == term]
        assert len(rows) == ours.shape[-1]
        for j, row in enumerate(rows):
            own = {"mean": row["Estimate"], "sd": row["Est.Error"], "ess_bulk": low}
            compared.append((row["level"], ours[..., j], own))
    for label, ours, row in compared:
        assert_moments_of(ours, row, label)
    return len(compared)


def test_sleepstudy_is_that_of_brms():
    frame = load_data("sleepstudy")
    design = sleepstudy_design(frame)
    half = student(3.0, 59.3)
    priors = Priors(
        {
            "Intercept": student(3.0, 288.7, 59.3),
            "Days": FLAT,
            "sigma": half,
            "1|Subject_sigma": half,
            "Days|Subject_sigma": half,
            "Subject_corr": Prior("LKJ", (1.0,)),
        }
    )
    drawn = prepare(design, priors).sample(SamplerSettings(draws=4000, tune=400, seed=1, cores=2))
    own = drawn.blocks[0]
    checked = compare_with_brms(
        "sleepstudy",
        drawn,
        lambda d: {
            "b_Intercept": d.intercept,
            "b_Days": d.beta[..., 0],
            "sigma": d.auxiliary["sigma"],
            "sd_Subject__Intercept": own.sd[..., 0],
            "sd_Subject__Days": own.sd[..., 1],
            "cor_Subject__Intercept__Days": own.corr[..., 0, 1],
        },
        lambda d: {
            ("Subject", "Intercept"): own.effects[:, :, 0],
            ("Subject", "Days"): own.effects[:, :, 1],
        },
    )
    assert checked == 6 + 36
    assert drawn.statistics["diverging"].sum() == 0


def test_penicillin_is_that_of_brms():
    frame = load_data("penicillin")
    design = handmade_design(
        frame["diameter"], {}, [block("plate", frame["plate"]), block("sample", frame["sample"])]
    )
    half = student(3.0, 2.5)
    priors = Priors(
        {
            "Intercept": student(3.0, 23.0, 2.5),
            "sigma": half,
            "1|plate_sigma": half,
            "1|sample_sigma": half,
        }
    )
    # brms's sd of sigma is 2.6 of its own errors from ours: ours are made small beside it
    settings = SamplerSettings(draws=16_000, tune=400, seed=1, cores=2)
    drawn = prepare(design, priors).sample(settings)
    plate, sample = drawn.blocks
    checked = compare_with_brms(
        "penicillin",
        drawn,
        lambda d: {
            "b_Intercept": d.intercept,
            "sigma": d.auxiliary["sigma"],
            "sd_plate__Intercept": plate.sd[..., 0],
            "sd_sample__Intercept": sample.sd[..., 0],
        },
        lambda d: {
            ("plate", "Intercept"): plate.effects[:, :, 0],
            ("sample", "Intercept"): sample.effects[:, :, 0],
        },
    )
    assert checked == 4 + 24 + 6
    assert drawn.statistics["diverging"].mean() < 0.001
