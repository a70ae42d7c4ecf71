"""The Bambi/PyMC model is the model that the documentation states, and keeps its names."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from handmade import handmade_block, handmade_design
from scipy import stats

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.bambi_model import bambi_formula, bambi_frame, build_bambi_model
from bayesmm.model.correlation import (
    cholesky_from_partials,
    partial_concentrations,
    partials_from_correlation,
)
from bayesmm.model.names import effect_labels
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.pymc_path import parameter_draws_of_pymc, pymc_variables


@pytest.fixture(scope="module")
def design():
    rng = np.random.default_rng(5)
    n = 60
    x, w = rng.normal(3, 1, n), rng.normal(size=n)
    subject = np.repeat(np.arange(10), 6)
    item = np.tile(np.arange(6), 10)
    return handmade_design(
        rng.normal(size=n),
        {"x": x, "I(x^2)": x**2, "treat[ozone]": (subject % 2).astype(float)},
        [
            handmade_block("a:b", subject, {"Intercept": 1.0, "x": x, "I(x^2)": x**2}),
            handmade_block("item", item, {"Intercept": 1.0, "w": w}, correlated=False),
        ],
    )


@pytest.fixture(scope="module")
def model(design):
    return build_bambi_model(design, choose_priors(design))


def test_formula_uses_the_names_of_the_tables(design):
    assert bambi_formula(design) == (
        "`y` ~ 1 + `x` + `I(x^2)` + `treat[ozone]` + (1 | `a:b`) + (0 + `x` | `a:b`)"
        " + (0 + `I(x^2)` | `a:b`) + (1 | `item`) + (0 + `w` | `item`)"
    )


def test_variables_of_the_pymc_model(design, model):
    """The contract with Bambi: these names, these dimensions, nothing else is free."""
    pymc_model = model.backend.model
    assert {v.name for v in pymc_model.free_RVs} == {
        "Intercept_centred",
        "x",
        "I(x^2)",
        "treat[ozone]",
        "sigma",
        "1|a:b_sigma",
        "x|a:b_sigma",
        "I(x^2)|a:b_sigma",
        "a:b__offset",
        "a:b__partials_half",
        "1|item_sigma",
        "w|item_sigma",
        "1|item_offset",
        "w|item_offset",
    }
    assert set(pymc_variables(design)) <= set(pymc_model.named_vars)
    assert list(pymc_model.named_vars_to_dims["x|a:b"]) == ["a:b__factor_dim"]
    assert list(pymc_model.coords["a:b__factor_dim"]) == list(design.blocks[0].levels)


def test_log_density_is_the_stated_model(design, model):
    """log p(y, parameters) by hand: X centred, u = sd * (L z), priors on the natural scale."""
    rng = np.random.default_rng(1)
    priors = choose_priors(design)
    q, J = 3, 10
    point = {
        "Intercept_centred": 0.3,
        "x": -0.2,
        "I(x^2)": 0.1,
        "treat[ozone]": 0.7,
        "sigma": 0.8,
        "1|a:b_sigma": 0.5,
        "x|a:b_sigma": 0.4,
        "I(x^2)|a:b_sigma": 0.2,
        "1|item_sigma": 0.6,
        "w|item_sigma": 0.3,
        "a:b__offset": rng.normal(size=(q, J)),
        "a:b__partials_half": rng.uniform(0.2, 0.8, 3),
        "1|item_offset": rng.normal(size=6),
        "w|item_offset": rng.normal(size=6),
    }
    pymc_model = model.backend.model
    logp = pymc_model.compile_logp(jacobian=False, mode="FAST_COMPILE")
    transformed = {}
    for variable in pymc_model.free_RVs:
        value = pymc_model.rvs_to_values[variable]
        transform = pymc_model.rvs_to_transforms[variable]
        raw = np.asarray(point[variable.name], dtype=float)
        if transform is not None:
            raw = transform.forward(raw, *variable.owner.inputs).eval()
        transformed[value.name] = raw
    eta = point["Intercept_centred"] + (design.mu.X - design.mu.X.mean(0)) @ [-0.2, 0.1, 0.7]
    L = cholesky_from_partials(2 * point["a:b__partials_half"] - 1, q)
    u = np.array([0.5, 0.4, 0.2])[:, None] * (L @ point["a:b__offset"])
    first, second = design.blocks
    eta = eta + np.sum(first.columns.Z * u[:, first.columns.codes].T, axis=1)
    v = np.stack([0.6 * point["1|item_offset"], 0.3 * point["w|item_offset"]])
    eta = eta + np.sum(second.columns.Z * v[:, second.columns.codes].T, axis=1)
    expected = stats.norm.logpdf(design.y, eta, 0.8).sum()
    for name in ("a:b__offset", "1|item_offset", "w|item_offset"):
        expected += stats.norm.logpdf(point[name]).sum()
    for name in design.mu.terms:
        at = point["Intercept_centred" if name == "Intercept" else name]
        expected += stats.norm.logpdf(at, *priors[name].parameters)
    for name in priors:
        if name.endswith("sigma"):
            nu, scale = priors[name].parameters
            expected += np.log(2) + stats.t.logpdf(point[name], nu, 0, scale)
    k = partial_concentrations(q, 1.0)
    expected += stats.beta.logpdf(point["a:b__partials_half"], k, k).sum()
    assert float(logp(transformed)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("q", "eta"), [(2, 1.0), (3, 1.0), (4, 2.5)])
def test_partials_give_the_lkj_density(q, eta):
    """Product of Beta densities x Jacobian = |R|^(eta - 1), up to a constant."""
    rng = np.random.default_rng(q)
    n = q * (q - 1) // 2
    k = partial_concentrations(q, eta)

    def correlations(partials):
        L = cholesky_from_partials(partials, q)
        return (L @ L.T)[np.tril_indices(q, -1)]

    constants = []
    for _ in range(6):
        t = rng.uniform(-0.8, 0.8, n)
        steps = 1e-6 * np.eye(n)
        jacobian = [(correlations(t + h) - correlations(t - h)) / 2e-6 for h in steps]
        density = stats.beta.logpdf((t + 1) / 2, k, k).sum()
        density -= np.linalg.slogdet(np.array(jacobian))[1]
        R = np.eye(q)
        R[np.tril_indices(q, -1)] = correlations(t)
        R = R + np.tril(R, -1).T
        constants.append(density - (eta - 1) * np.linalg.slogdet(R)[1])
        assert partials_from_correlation(R) == pytest.approx(t, abs=1e-12)
    assert np.ptp(constants) < 1e-7


def test_draws_are_in_the_terms_of_the_model(design):
    """The correlation is made from the partials."""
    rng = np.random.default_rng(2)
    shape = (2, 5)
    sizes = {"a:b": (3, 10, ("1|a:b", "x|a:b", "I(x^2)|a:b")), "item": (2, 6, ("1|item", "w|item"))}
    posterior = {name: rng.normal(size=shape) for name in (*design.mu.terms, "sigma")}
    for _, J, names in sizes.values():
        for name in names:
            posterior[name] = rng.normal(size=(*shape, J))
            posterior[f"{name}_sigma"] = rng.uniform(1, 2, shape)
    posterior["a:b__partials"] = rng.uniform(-0.5, 0.5, (*shape, 3))
    draws = parameter_draws_of_pymc(design, posterior, {"diverging": np.zeros(shape, bool)}, {}, {})
    assert draws.intercept == pytest.approx(posterior["Intercept"])
    assert draws.blocks[0].effects[1, 2, 1] == pytest.approx(posterior["x|a:b"][1, 2])
    assert draws.blocks[0].corr.shape == (2, 5, 3, 3)
    assert draws.blocks[0].corr[..., 1, 0] == pytest.approx(posterior["a:b__partials"][..., 0])
    assert draws.blocks[1].corr is None


@pytest.mark.parametrize("preset", ["default", "brms", "rstanarm", "bambi"])
def test_every_preset_builds_with_a_finite_gradient(design, preset):
    built = build_bambi_model(design, choose_priors(design, preset)).backend.model
    point = built.initial_point()
    assert np.isfinite(built.compile_logp(mode="FAST_COMPILE")(point))
    assert np.isfinite(built.compile_dlogp(mode="FAST_COMPILE")(point)).all()


def test_bambi_predicts_as_the_equation_says(design, model):
    """Bambi's own prediction from our draws equals b0 + X beta + Z u: names, order and dims."""
    rng = np.random.default_rng(3)
    shape, dims = (1, 4), ("chain", "draw")
    variables = {name: (dims, rng.normal(size=shape)) for name in (*design.mu.terms, "sigma")}
    coords = {"chain": np.arange(1), "draw": np.arange(4)}
    for block in design.blocks:
        dim = f"{block.factor}__factor_dim"
        coords[dim] = list(block.levels)
        for effect in effect_labels(block):
            name = f"{'1' if effect == 'Intercept' else effect}|{block.factor}"
            values = rng.normal(size=(*shape, block.n_groups))
            variables[name] = ((*dims, dim), values)
    posterior = xr.Dataset(variables, coords=coords)
    tree = xr.DataTree.from_dict({"posterior": posterior})
    predicted = model.predict(tree, kind="response_params", inplace=False)
    mu = np.asarray(predicted.posterior["mu"])
    expected = posterior["Intercept"].values[..., None] + sum(
        posterior[n].values[..., None] * design.mu.X[:, j] for j, n in enumerate(design.mu.names)
    )
    for block in design.blocks:
        for column, effect in enumerate(effect_labels(block)):
            name = f"{'1' if effect == 'Intercept' else effect}|{block.factor}"
            expected = (
                expected
                + posterior[name].values[..., block.columns.codes] * block.columns.Z[:, column]
            )
    assert mu == pytest.approx(expected, abs=1e-10)


def test_levels_keep_their_order():
    """Bambi sorts levels as text unless told otherwise, and would name the wrong groups."""
    labels = [str(k) for k in (3, 1, 12, 2, 11, 10)]
    blocks = [
        handmade_block("g", np.repeat(labels, 3), {"Intercept": 1.0}),
        handmade_block("h", np.tile(labels, 3), {"Intercept": 1.0, "x": np.arange(18.0)}),
    ]
    design = handmade_design(np.random.default_rng(0).normal(size=18), {}, blocks)
    coords = build_bambi_model(design, choose_priors(design)).backend.model.coords
    assert list(coords["g__factor_dim"]) == labels == list(design.blocks[0].levels)
    assert list(coords["h__factor_dim"]) == list(design.blocks[1].levels)


def test_awkward_names_reach_pymc():
    """A slash in a name, and a number that is a predictor and a grouping factor at once."""
    rng = np.random.default_rng(4)
    year = np.repeat([2010.0, 2001.0, 2005.0], 4)
    labels = [str(int(v)) for v in sorted(set(year))]
    block = handmade_block("year", [str(int(v)) for v in year], {"Intercept": 1.0, "km/h": year})
    codes = np.array([labels.index(str(int(v))) for v in year])
    block = replace(block, columns=block.columns.with_codes(codes), levels=tuple(labels))
    columns = {"year": year, "I(year/2)": rng.normal(size=12), "km/h": year}
    design = handmade_design(rng.normal(size=12), columns, [block])
    built = build_bambi_model(design, choose_priors(design)).backend.model
    assert set(pymc_variables(design)) <= set(built.named_vars)
    assert np.isfinite(built.compile_logp(mode="FAST_COMPILE")(built.initial_point()))
    disordered = replace(
        design, blocks=(replace(block, columns=block.columns.with_codes(2 - codes)),)
    )
    with pytest.raises(UnsupportedModelError, match="'year' is a number and a grouping factor"):
        bambi_frame(disordered)
