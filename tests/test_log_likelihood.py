"""Log likelihoods of rows and groups against multivariate normals and quadrature."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design
from scipy import integrate, stats
from synthetic import synthetic_draws

from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters, known_of_rows
from bayesmm.model.small_cholesky import back_substitute, cholesky, forward_substitute
from bayesmm.results.comparison.grouping import grouping_of
from bayesmm.results.densities import group_likelihood
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.group_quadrature import integration_rule
from bayesmm.results.densities.log_likelihood import row_log_likelihood, total_log_likelihood
from bayesmm.sampling.assemble import assemble

CHAINS, DRAWS = 2, 5


def covariances(drawn, k, where):
    block = drawn.blocks[k]
    sd = block.sd[where]
    corr = np.eye(len(sd)) if block.corr is None else block.corr[where]
    return sd[:, None] * corr * sd


def predictor(design, drawn, where, without=()):
    eta = np.zeros(design.n_obs) if design.mu.offset is None else design.mu.offset.copy()
    if design.mu.intercept:
        eta += drawn.intercept[where]
    eta += design.mu.X @ drawn.beta[where]
    for block, own in zip(design.blocks, drawn.blocks, strict=True):
        if block.factor not in without:
            eta += np.sum(own.effects[where][:, block.columns.codes].T * block.columns.Z, axis=1)
    return eta


def brute_force(design, drawn, groups, factors):
    """Multivariate normal log density of each group, the covariance matrix written out."""
    result = np.empty((CHAINS, DRAWS, len(groups.levels)))
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    for where in np.ndindex(CHAINS, DRAWS):
        V = np.diag(drawn.auxiliary["sigma"][where] ** 2 / weights)
        for k, block in enumerate(design.blocks):
            if block.factor in factors:
                same = block.columns.codes[:, None] == block.columns.codes
                V = V + same * (block.columns.Z @ covariances(drawn, k, where) @ block.columns.Z.T)
        mean = predictor(design, drawn, where, factors)
        for j in range(len(groups.levels)):
            rows = np.flatnonzero(groups.codes == j)
            normal = stats.multivariate_normal(mean[rows], V[np.ix_(rows, rows)])
            result[(*where, j)] = normal.logpdf(design.y[rows])
    return result


def gaussian_design(rng, *, blocks, weights=False):
    n = 36
    x = rng.normal(size=n)
    school = rng.permutation(np.arange(n) % 5)
    pupil = school * 10 + rng.integers(0, 3, n)
    item = rng.integers(0, 4, n)
    made = {
        "slopes": lambda: [handmade_block("school", school, {"Intercept": 1.0, "x": x})],
        "two blocks": lambda: [
            handmade_block("school", school, {"Intercept": 1.0, "x": x}),
            handmade_block("school", school, {"z": rng.normal(size=n)}),
        ],
        "nested": lambda: [
            handmade_block("school", school, {"Intercept": 1.0, "x": x}),
            handmade_block("school:pupil", pupil, {"Intercept": 1.0, "x": x}),
        ],
        "nested, outer effects absent": lambda: [
            handmade_block("school:pupil", pupil, {"Intercept": 1.0})
        ],
        "crossed": lambda: [
            handmade_block("school", school, {"Intercept": 1.0}),
            handmade_block("item", item, {"Intercept": 1.0, "x": x}),
        ],
        "none": list,
    }[blocks]()
    w = rng.uniform(0.5, 2, n) if weights else None
    design = handmade_design(rng.normal(size=n), {"x": x}, made, weights=w)
    outer = handmade_design(
        design.y, {"x": x}, [handmade_block("school", school, {"Intercept": 1.0})]
    )
    return design, grouping_of([design, outer], "school")


@pytest.mark.parametrize(
    ("blocks", "integrated", "given"),
    [
        ("slopes", ("school",), ()),
        ("two blocks", ("school",), ()),
        ("nested", ("school:pupil", "school"), ()),
        ("nested, outer effects absent", ("school:pupil",), ()),
        ("crossed", ("school",), ("item",)),
        ("none", (), ()),
    ],
)
@pytest.mark.parametrize("weights", [False, True])
def test_gaussian_groups_are_multivariate_normal(blocks, integrated, given, weights):
    design, groups = gaussian_design(np.random.default_rng(3), blocks=blocks, weights=weights)
    drawn = synthetic_draws(design, chains=CHAINS, draws=DRAWS)
    found = group_log_likelihood(design, assemble(design, drawn), groups)
    assert (found.integrated, found.given, found.method) == (integrated, given, "exact")
    expected = brute_force(design, drawn, groups, integrated)
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)


def test_perfect_correlation_and_zero_sd_have_a_likelihood():
    """A draw on the boundary: u1 = u0, and an effect that does not vary."""
    design, groups = gaussian_design(np.random.default_rng(5), blocks="slopes")
    for sd, corr in (((2.0, 0.0), (1.0, 0.0)), (([2.0, 0.0], 0.0), (0.3, 0.0))):
        drawn = synthetic_draws(design, sd=sd, corr=corr, chains=CHAINS, draws=DRAWS)
        found = group_log_likelihood(design, assemble(design, drawn), groups)
        expected = brute_force(design, drawn, groups, ("school",))
        np.testing.assert_allclose(found.values, expected, rtol=1e-9)


def test_compiled_group_likelihood_agrees(monkeypatch):
    from bayesmm.sampling.compiled.collapsed.group_likelihood import (
        gaussian_group_log_likelihood as compiled,
    )

    design, groups = gaussian_design(np.random.default_rng(4), blocks="two blocks", weights=True)
    drawn = synthetic_draws(design, chains=CHAINS, draws=DRAWS)
    monkeypatch.setattr(group_likelihood, "_one_factor", lambda design, groups: False)
    ours = group_log_likelihood(design, assemble(design, drawn), groups).values
    np.testing.assert_allclose(compiled(design, drawn), ours, rtol=1e-9)


RESPONSES = {
    "bernoulli": ("logit", {}, lambda rng, n: rng.integers(0, 2, n)),
    "binomial": ("probit", {}, lambda rng, n: rng.integers(0, 6, n)),
    "poisson": ("log", {}, lambda rng, n: rng.poisson(4.0, n)),
    "negativebinomial": ("log", {"alpha": (2.0, 0.1)}, lambda rng, n: rng.poisson(4.0, n)),
    "zero_inflated_poisson": ("log", {"psi": (0.8, 0.01)}, lambda rng, n: rng.poisson(2.0, n)),
    "hurdle_negativebinomial": (
        "log",
        {"psi": (0.8, 0.01), "alpha": (2.0, 0.1)},
        lambda rng, n: rng.poisson(2.0, n),
    ),
    "gamma": ("log", {"alpha": (2.0, 0.1)}, lambda rng, n: rng.gamma(2.0, 2.0, n)),
    "beta": ("logit", {"kappa": (8.0, 0.1)}, lambda rng, n: rng.beta(2, 2, n)),
    "t": ("identity", {"sigma": (1.0, 0.1), "nu": (5.0, 0.2)}, lambda rng, n: rng.normal(1, 1, n)),
    "gaussian": ("log", {"sigma": (1.0, 0.1)}, lambda rng, n: rng.normal(2, 1, n)),
}


def numerical_case(family, effects, sd):
    rng = np.random.default_rng(11)
    n = 24
    link, auxiliary, response = RESPONSES[family]
    x = rng.normal(size=n)
    columns = {"Intercept": 1.0, "x": x, "z": rng.normal(size=n), "w": rng.normal(size=n)}
    block = handmade_block(
        "g", np.arange(n) % 4, {name: columns[name] for name in list(columns)[:effects]}
    )
    design = handmade_design(
        response(rng, n),
        {"x": x},
        [block],
        family=family,
        link=link,
        trials=np.full(n, 5.0) if family == "binomial" else None,
    )
    drawn = synthetic_draws(
        design,
        intercept=(0.4, 0.1),
        beta=(0.3, 0.05),
        auxiliary=auxiliary,
        sd=sd,
        chains=CHAINS,
        draws=DRAWS,
    )
    return design, drawn


def log_integrand(design, drawn, where, rows, u):
    """Return log p(y_rows | u) for effects u of shape (..., q)."""
    eta = predictor(design, drawn, where, ("g",))[rows] + u @ design.blocks[0].columns.Z[rows].T
    auxiliary = {name: values[where] for name, values in drawn.auxiliary.items()}
    known = known_of_rows(design.known, rows)
    mu = LINKS[design.family.link].inverse(eta)
    parameters = ResponseParameters(mu, auxiliary, known)
    log = design.family.log_density
    return log(design.y[rows], parameters).sum(axis=-1)


@pytest.mark.parametrize("family", RESPONSES)
def test_one_effect_against_quadrature(family):
    """Adaptive quadrature against scipy's quad, to 1e-5 of a log likelihood.

    A gaussian with log link is far from quadratic in eta, where the points are less well placed.
    """
    tolerance = 5e-4 if family == "gaussian" else 1e-5
    design, drawn = numerical_case(family, 1, (0.8, 0.1))
    found = group_log_likelihood(design, assemble(design, drawn), grouping_of([design]))
    assert found.method == "adaptive Gauss-Hermite quadrature, 15 points"
    for where in ((0, 0), (1, 3)):
        sd = drawn.blocks[0].sd[where][0]
        for j in range(4):
            rows = np.flatnonzero(design.blocks[0].columns.codes == j)

            near = log_integrand(design, drawn, where, rows, np.zeros(1))

            def density(u, where=where, rows=rows, sd=sd, near=near):
                log = log_integrand(design, drawn, where, rows, np.array([u]))
                return np.exp(log - near + stats.norm.logpdf(u, 0, sd))

            total, _ = integrate.quad(density, -10 * sd, 10 * sd, points=[0.0], limit=200)
            expected = near + np.log(total)
            assert found.values[(*where, j)] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("family", ["bernoulli", "poisson"])
@pytest.mark.parametrize("effects", [2, 4])
def test_several_effects_against_simulation(family, effects):
    """Against plain Monte Carlo over N(0, Sigma), within five of its standard errors."""
    design, drawn = numerical_case(family, effects, (0.5, 0.05))
    found = group_log_likelihood(design, assemble(design, drawn), grouping_of([design]))
    assert found.method == integration_rule(effects).words
    rng = np.random.default_rng(1)
    where = (1, 2)
    u = rng.multivariate_normal(np.zeros(effects), covariances(drawn, 0, where), size=200_000)
    for j in range(4):
        rows = np.flatnonzero(design.blocks[0].columns.codes == j)
        likelihood = np.exp(log_integrand(design, drawn, where, rows, u))
        error = likelihood.std() / np.sqrt(len(u)) / likelihood.mean()
        # 512 quasi-random points of four effects have an error of their own
        own = 0.02 if effects == 4 else 0.0
        assert found.values[(*where, j)] == pytest.approx(
            np.log(likelihood.mean()), abs=5 * error + own
        )


def test_rows_are_the_conditional_density_and_sum_to_the_total():
    design, _ = gaussian_design(np.random.default_rng(3), blocks="crossed", weights=True)
    drawn = synthetic_draws(design, chains=CHAINS, draws=DRAWS)
    tree = assemble(design, drawn)
    rows = row_log_likelihood(design, tree)
    where = (1, 4)
    scale = drawn.auxiliary["sigma"][where] / np.sqrt(design.weights)
    expected = stats.norm.logpdf(design.y, predictor(design, drawn, where), scale)
    np.testing.assert_allclose(rows[where], expected, rtol=1e-12)
    np.testing.assert_allclose(total_log_likelihood(design, tree), rows.sum(axis=2), rtol=1e-12)
    some = row_log_likelihood(design, tree, np.array([3, 1]))
    np.testing.assert_array_equal(some, rows[:, :, [3, 1]])


def test_weights_count_rows_of_other_families():
    rng = np.random.default_rng(2)
    y, weights = rng.poisson(3.0, 8), rng.integers(1, 4, 8).astype(float)
    plain = handmade_design(y, {"x": rng.normal(size=8)}, family="poisson")
    weighted = handmade_design(y, {"x": plain.mu.X[:, 0]}, family="poisson", weights=weights)
    tree = assemble(plain, synthetic_draws(plain, chains=CHAINS, draws=DRAWS))
    np.testing.assert_allclose(
        row_log_likelihood(weighted, tree), weights * row_log_likelihood(plain, tree), rtol=1e-12
    )


def test_small_cholesky_is_a_cholesky():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(7, 3, 3))
    matrices = np.moveaxis(root @ root.swapaxes(1, 2), 0, -1)
    right = rng.normal(size=(3, 7))
    L = cholesky(matrices)
    np.testing.assert_allclose(np.einsum("abs,cbs->acs", L, L), matrices, rtol=1e-12)
    np.testing.assert_allclose(
        np.einsum("abs,bs->as", L, forward_substitute(L, right)), right, rtol=1e-9
    )
    np.testing.assert_allclose(
        np.einsum("bas,bs->as", L, back_substitute(L, right)), right, rtol=1e-9
    )
