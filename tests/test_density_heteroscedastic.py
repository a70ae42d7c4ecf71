"""Densities with several residual sds, coefficients and effects of the mean integrated out.

Each equals the model as written, integrated by a dense normal distribution of all rows; its
gradient is its derivative; and what was integrated out is drawn from its normal distribution.
"""

import numpy as np
import pytest
from differences import assert_gradient, assert_same_density
from handmade import handmade_block, handmade_design, varying_design
from joint_reference import default_priors, log_prior, parameter_of_rows
from scipy import stats
from test_transport import points

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_names, prefixed, sd_names
from bayesmm.model.predictor import MEAN
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.heteroscedastic import plan
from bayesmm.sampling.compiled.heteroscedastic.engine import prepare
from bayesmm.sampling.compiled.heteroscedastic.model import CellModel, cell_model
from bayesmm.sampling.compiled.heteroscedastic.unpack import unpack_cells
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
    transported_model,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation

N = 60
rng = np.random.default_rng(8)
A = np.repeat(np.arange(6), 10)
B = np.tile(np.arange(5), 12)
WIDE = np.arange(N) % 19
X = rng.normal(2.0, 1.0, N)
OF_ROW = (rng.random(N) < 0.4).astype(float)  # two values within each level of a
OF_LEVEL = (A % 2).astype(float)
Y = 3.0 + 0.8 * X + rng.normal(size=6)[A] + rng.normal(size=N) * np.exp(0.4 * OF_ROW)
INTERCEPT, SLOPE = {"Intercept": 1.0}, {"Intercept": 1.0, "x": X}
MU, SIGMA = ("mu", "Intercept", 1.0), ("sigma", "Intercept", 1.0)

# name -> blocks of mu alone, columns of sigma, further blocks, more
CASES = {
    "one cell per level": ([("a", A, SLOPE)], {}, [("a", A, [SIGMA])], {}),
    "sigma of a class, weights and offset": (
        [("a", A, SLOPE)],
        {"z": OF_LEVEL},
        [],
        {"weights": rng.uniform(0.5, 2.0, N), "offset": rng.normal(size=N)},
    ),
    "two cells per level": ([("a", A, SLOPE)], {"z": OF_ROW}, [("a", A, [SIGMA])], {}),
    "no effects of the mean": ([], {"z": OF_ROW}, [("a", A, [SIGMA])], {}),
    "no effects at all, no intercept": ([], {"z": OF_ROW}, [], {"intercept": False}),
    "crossed, wide": ([("a", A, SLOPE), ("f", WIDE, INTERCEPT)], {}, [("a", A, [SIGMA])], {}),
    "sigma by another factor": ([("a", A, SLOPE)], {}, [("b", B, [SIGMA])], {}),
    "correlated": ([], {"z": OF_LEVEL}, [("a", A, [MU, ("mu", "x", X), SIGMA])], {}),
    "correlated, two of sigma first": (
        [("a", A, {"x": X})],
        {},
        [("a", A, [SIGMA, ("sigma", "z", OF_ROW), MU, ("mu", "z", OF_ROW)])],
        {},
    ),
    "correlated beside another block of sigma": (
        [("f", B, INTERCEPT)],
        {},
        [("b", B, [SIGMA]), ("a", A, [MU, ("mu", "x", X), ("mu", "z", OF_ROW), SIGMA])],
        {},
    ),
}


def made(name: str) -> Design:
    """Return the design of a case."""
    blocks, columns, joined, more = CASES[name]
    own = [handmade_block(*block) for block in blocks]
    design = handmade_design(Y, {"x": X}, own, **more)
    offsets = {"sigma": np.where(OF_LEVEL > 0, 0.2, 0.0)} if "class" in name else None
    return varying_design(design, {"sigma": columns}, joined, offsets)


def normal_priors(design: Design) -> Priors:
    """Return priors under which what is integrated out has a normal prior."""
    return default_priors(
        design, Intercept=Prior("Normal", (1.0, 2.0)), x=Prior("Normal", (0.2, 1.5))
    )


@pytest.fixture
def any_cost(monkeypatch):
    """Integrate out what it may, however many cells there are."""
    monkeypatch.setattr(plan, "_SMALL", np.inf)


def taken_apart(design: Design, priors: Priors) -> tuple[CellModel, TransportedModel]:
    """Return a model, and coordinates that have little to do with its data."""
    found = plan.cell_plan(design, priors)
    assert not isinstance(found, str), found
    model = cell_model(design, priors, found)
    rows = np.random.default_rng(4)
    n = model.predictor.data.codes.shape[1]
    weights = rows.uniform(0.5, 8.0, (1, 1, n))
    transported = transported_model(
        model.predictor, Approximation(weights, rows.normal(size=(1, n)))
    )
    return model, transported


def draws_at(design, model, transported, x, seed=0):
    """Return ``(coefficients, blocks)`` at positions, shape (positions, ...)."""
    coefficients, _, blocks = unpack_cells(design, model, transported, x[None], seed, 1)
    return coefficients[0], blocks


def values_at(design, model, transported, x, seed=0) -> dict:
    """Return every parameter by its name, coefficients of mu and its effects drawn."""
    coefficients, blocks = draws_at(design, model, transported, x[None], seed)
    names = [prefixed(t, p.parameter) for p in design.linear_predictors for t in p.terms]
    values = dict(zip(names, coefficients[0], strict=True))
    for k, (block, own) in enumerate(zip(design.blocks, blocks, strict=True)):
        values |= dict(zip(sd_names(block), own.sd[0, 0], strict=True))
        values |= dict(zip(effect_names(block), own.effects[0, 0], strict=True))
        if own.corr is not None:
            values[corr_name(design.blocks, k)] = own.corr[0, 0]
    return values


def sampled(design, model, transported, x) -> np.ndarray:
    """Return all that is a function of x, of a correlation matrix what is below its diagonal."""
    values, parts = values_at(design, model, transported, x), []
    for p in design.linear_predictors[1:]:
        parts.append([values[prefixed(term, p.parameter)] for term in p.terms])
    for k, block in enumerate(design.blocks):
        parts.append([values[name] for name in sd_names(block)])
        effects = zip(block.effects, effect_names(block), strict=True)
        parts += [values[name] for effect, name in effects if effect.predictor != MEAN]
        if block.covariance.correlated:
            corr = values[corr_name(design.blocks, k)]
            parts.append(corr[np.tril_indices(len(corr), -1)])
    return np.concatenate([np.ravel(part) for part in parts])


def margin(design: Design, priors: Priors, values: dict) -> tuple[np.ndarray, np.ndarray, list]:
    """Return mean and covariance of y given sigma's side, and ``(columns, mean, covariance)``.

    Of each independent part of what is integrated out: the coefficients, then block by block
    the effects of mu given those of sigma, level by level.
    """
    mu = design.mu
    X = np.column_stack([np.ones((N, int(mu.intercept))), mu.X - mu.centre])
    own = [priors[term] for term in mu.terms]
    parts = [
        (X, np.array([p.parameters[0] for p in own]), np.diag([p.parameters[1] ** 2 for p in own]))
    ]
    for k, block in enumerate(design.blocks):
        of_mean = [a for a, e in enumerate(block.effects) if e.predictor == MEAN]
        others = [a for a, e in enumerate(block.effects) if e.predictor != MEAN]
        if not of_mean:
            continue
        sd = np.array([values[name] for name in sd_names(block)])
        corr = np.eye(len(sd))
        if block.covariance.correlated:
            corr = values[corr_name(design.blocks, k)]
        G = sd[:, None] * corr * sd
        slopes = G[np.ix_(of_mean, others)] @ np.linalg.inv(G[np.ix_(others, others)])
        given = G[np.ix_(of_mean, of_mean)] - slopes @ G[np.ix_(others, of_mean)]
        names = effect_names(block)
        Z = np.column_stack([block.columns.column(block.effects[a].column) for a in of_mean])
        for j in range(block.n_groups):
            v = np.array([values[names[a]][j] for a in others])
            inside = (block.columns.codes == j)[:, None]
            parts.append((Z * inside, slopes @ v, given))
    w = np.ones(N) if design.weights is None else design.weights
    S = np.diag(parameter_of_rows(design, design.predictor("sigma"), values) ** 2 / w)
    mean = np.zeros(N) if mu.offset is None else mu.offset.copy()
    for columns, centre, covariance in parts:
        mean += columns @ centre
        S += columns @ covariance @ columns.T
    return mean, S, parts


def reference(design, priors, model, transported, x) -> float:
    """Return the log density of x: a dense normal, the priors, the Jacobian of the coordinates."""
    values = values_at(design, model, transported, x)
    mean, V, _ = margin(design, priors, values)
    total = stats.multivariate_normal(mean, V).logpdf(design.y)
    scalars = [prefixed(term, "sigma") for term in design.predictor("sigma").terms]
    scalars += [name for block in design.blocks for name in sd_names(block)]
    total += sum(log_prior(priors[name], float(values[name])) for name in scalars)
    for k, block in enumerate(design.blocks):
        sd = np.array([values[name] for name in sd_names(block)])
        corr = np.eye(len(sd))
        if block.covariance.correlated:
            name = corr_name(design.blocks, k)
            corr = values[name]
            total += (priors[name].parameters[0] - 1) * np.linalg.slogdet(corr)[1]
        others = [a for a, e in enumerate(block.effects) if e.predictor != MEAN]
        if others:
            names = effect_names(block)
            v = np.stack([values[names[a]] for a in others], axis=1)
            G = (sd[:, None] * corr * sd)[np.ix_(others, others)]
            total += stats.multivariate_normal(cov=G).logpdf(v).sum()
    steps = 1e-5 * np.eye(x.size)
    jacobian = [
        sampled(design, model, transported, x + e) - sampled(design, model, transported, x - e)
        for e in steps
    ]
    return float(total + np.linalg.slogdet(np.array(jacobian) / 2e-5)[1])


@pytest.mark.usefixtures("any_cost")
@pytest.mark.parametrize("name", CASES)
def test_density_is_the_joint_one_integrated(name):
    design = made(name)
    priors = normal_priors(design)
    model, transported = taken_apart(design, priors)
    zero = np.zeros(transported.joint.layout.dimension)
    density = compiled_transported_density(transported, zero, zero)
    assert_same_density(
        density,
        points(transported, 3, 0.5),
        lambda x: reference(design, priors, model, transported, x),
    )


@pytest.mark.usefixtures("any_cost")
@pytest.mark.parametrize("name", ["crossed, wide", "two cells per level", "correlated"])
def test_draws_have_the_closed_form(name):
    """Of 4,000 draws at one position: means and covariances within 5 standard errors."""
    design = made(name)
    priors = normal_priors(design)
    model, transported = taken_apart(design, priors)
    x = points(transported, 1, 0.5)[0]
    values = values_at(design, model, transported, x)
    mean, V, parts = margin(design, priors, values)
    columns = np.hstack([part[0] for part in parts])
    centre = np.concatenate([part[1] for part in parts])
    prior = np.zeros((len(centre), len(centre)))
    at = 0
    for _, _, covariance in parts:
        prior[at : at + len(covariance), at : at + len(covariance)] = covariance
        at += len(covariance)
    gain = prior @ columns.T @ np.linalg.inv(V)
    expected = centre + gain @ (design.y - mean)
    covariance = prior - gain @ columns @ prior
    draws = 4000
    coefficients, blocks = draws_at(design, model, transported, np.tile(x, (draws, 1)))
    found = [coefficients[:, : len(design.mu.terms)]]
    for block, own in zip(design.blocks, blocks, strict=True):
        of_mean = [a for a, e in enumerate(block.effects) if e.predictor == MEAN]
        found.append(np.swapaxes(own.effects[0][:, of_mean], 1, 2).reshape(draws, -1))
    found = np.hstack(found)
    sd = np.sqrt(np.diag(covariance))
    assert np.abs((found.mean(axis=0) - expected) / sd).max() < 5 / np.sqrt(draws)
    correlations = (covariance / sd).T / sd
    error = np.sqrt((1 + correlations**2) / draws)
    gap = ((np.cov(found.T) / sd).T / sd - correlations) / error
    assert np.abs(gap).max() < 5


@pytest.mark.usefixtures("any_cost")
def test_heavy_tailed_coefficients_are_mixtures_of_normals():
    """Density and gradient where precisions of coefficients are sampled."""
    design = made("two cells per level")
    model, transported = taken_apart(design, default_priors(design))
    assert len(model.cells.priors.mixtures)
    zero = np.zeros(transported.joint.layout.dimension)
    density = compiled_transported_density(transported, zero, zero)
    for x in points(transported, 2, 0.5):
        assert_gradient(density, x)


def test_what_is_left_to_the_joint_density_says_why(monkeypatch):
    monkeypatch.setattr(plan, "_SMALL", 0.0)
    design = made("two cells per level")
    priors = default_priors(design)
    uniform = priors.by_name | {"x": Prior("Uniform", (0.0, 1.0))}
    of_rows = varying_design(design, {"sigma": {"x": X}})
    across = varying_design(
        handmade_design(Y, {"x": X}, [handmade_block("f", WIDE, INTERCEPT)]),
        {"sigma": {}},
        [("a", A, [MU, SIGMA])],
    )
    reasons = [
        prepare(design, Priors(uniform)),
        prepare(of_rows, default_priors(of_rows)),
        prepare(across, default_priors(across)),
    ]
    assert "Uniform prior of 'x'" in reasons[0]
    assert "60 cells" in reasons[1]
    assert "'a' is not the factor that is eliminated" in reasons[2]
