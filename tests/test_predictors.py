"""Linear predictors, blocks of effects on them, and their names."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from handmade import handmade_block, handmade_design

from bayesmm.errors import UsageError
from bayesmm.family.known import FAMILIES
from bayesmm.model.block import Block, Effect
from bayesmm.model.block_columns import Indicator
from bayesmm.model.covariance import Diagonal, Unstructured
from bayesmm.model.names import (
    coefficient_names,
    corr_name,
    correlation_pairs,
    effect_labels,
    effect_names,
    pair_labels,
    scalar_names,
    sd_names,
)
from bayesmm.model.predictor import Predictor
from bayesmm.model.prior_choice import choose_priors
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.sampling.engines import choose_engine

LINKS = {"positive": "log", "share": "logit", "real": "identity"}
N = 24


def design_with(sigma=None, blocks=(), family="gaussian"):
    rng = np.random.default_rng(1)
    design = handmade_design(
        rng.normal(size=N), {"x": rng.normal(size=N) + 3}, blocks, family=family
    )
    return design if sigma is None else design.with_predictor(sigma)


def sigma_of(x=True, offset=None):
    X = np.linspace(0, 1, N)[:, None] if x else np.empty((N, 0))
    return Predictor("sigma", "log", True, X, ("x",) if x else (), offset)


def shared_block():
    """``(1 + x | p | g)`` on mu and ``(1 | p | g)`` on sigma: three effects, two columns."""
    codes = np.arange(N) % 4
    Z = np.column_stack([np.ones(N), np.arange(N) / 7])
    effects = (Effect("mu", "Intercept", 0), Effect("mu", "x", 1), Effect("sigma", "Intercept", 0))
    return Block("g", tuple("abcd"), effects, Indicator(codes, Z), Unstructured())


@pytest.mark.parametrize("name", FAMILIES)
def test_every_parameter_has_a_predictor_that_is_constant_today(name):
    family = FAMILIES[name]
    y = np.full(N, 0.5) if family.response == "proportion" else np.ones(N)
    design = handmade_design(y, {"x": np.arange(N)}, family=name)
    assert [p.parameter for p in design.predictors] == ["mu", *family.auxiliary]
    assert design.mu is design.predictors[0] and design.mu.link == family.link
    for predictor in design.predictors[1:]:
        assert design.predictor(predictor.parameter) is predictor
        assert (
            predictor.constant
            and predictor.link == LINKS[family.parameter(predictor.parameter).support]
        )
        assert predictor.X.shape == (N, 0) and predictor.n_obs == N
        assert coefficient_names(predictor) == (predictor.parameter,)
    assert scalar_names(design) == ("Intercept", "x", *family.auxiliary)
    assert design.varying == ()


def test_a_parameter_that_the_family_lacks_is_refused():
    with pytest.raises(UsageError, match=r"'nu' is not a parameter of the gaussian family.*sigma"):
        design_with().predictor("nu")


def test_columns_of_a_predictor():
    X = np.arange(6.0).reshape(3, 2)
    mu = Predictor("mu", "identity", True, X, ("a", "b"), np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(mu.matrix, np.column_stack([np.ones(3), X]))
    np.testing.assert_array_equal(mu.centre, X.mean(axis=0))
    np.testing.assert_array_equal(mu.known, [1, 2, 3])
    some = mu.take(np.array([2, 0]))
    np.testing.assert_array_equal(some.X, X[[2, 0]])
    np.testing.assert_array_equal(some.offset, [3, 1])
    assert not mu.constant and mu.terms == ("Intercept", "a", "b")
    through = replace(mu, intercept=False, offset=None)
    np.testing.assert_array_equal(through.matrix, X)
    assert not through.centre.any() and not through.known.any()
    assert not through.constant and through.terms == ("a", "b")


def test_names_of_further_predictors_have_their_prefix():
    assert coefficient_names(sigma_of()) == ("sigma_Intercept", "sigma_x")
    assert scalar_names(design_with(sigma_of())) == (
        *("Intercept", "x"),
        *("sigma_Intercept", "sigma_x"),
    )


def test_effects_of_a_block_may_be_on_two_predictors():
    block = shared_block()
    assert effect_labels(block) == ("Intercept", "x", "sigma_Intercept")
    assert effect_names(block) == ("1|g", "x|g", "sigma_1|g")
    assert sd_names(block) == ("1|g_sigma", "x|g_sigma", "sigma_1|g_sigma")
    assert pair_labels(block)[1] == "Intercept, sigma_Intercept"
    columns = [column for _, column in block.effect_columns()]
    np.testing.assert_array_equal(columns[2], np.ones(N))
    np.testing.assert_array_equal(columns[1], block.columns.Z[:, 1])


def test_covariance_says_which_correlations_there_are():
    full, none = shared_block(), replace(shared_block(), covariance=Diagonal())
    assert correlation_pairs(full) == ((0, 1), (0, 2), (1, 2))
    assert correlation_pairs(none) == ()
    assert corr_name((none, full), 0) is None and corr_name((none, full), 1) == "g_corr"
    single = handmade_block("g", "aabb", {"Intercept": 1.0}, correlated=True)
    assert single.covariance == Diagonal()


def test_columns_of_a_block():
    rng = np.random.default_rng(2)
    columns, u = shared_block().columns, rng.normal(size=(3, 4))
    expected = u[:, columns.codes] * columns.Z[:, 1]
    np.testing.assert_array_equal(columns.times(u, 1), expected)
    rows = np.array([5, 1, 8])
    np.testing.assert_array_equal(columns.take(rows).times(u, 1), expected[:, rows])
    turned = columns.with_codes(3 - columns.codes)
    np.testing.assert_array_equal(turned.times(u[:, ::-1], 1), expected)
    np.testing.assert_array_equal(columns.with_values(2 * columns.Z).times(u, 1), 2 * expected)


def test_each_predictor_gets_its_own_coefficients_and_effects():
    rng = np.random.default_rng(3)
    offset = rng.normal(size=N)
    design = design_with(sigma_of(offset=offset), [shared_block()])
    values = {name: rng.normal(size=(1, 2)) for name in scalar_names(design)}
    effects = {name: rng.normal(size=(1, 2, 4)) for name in effect_names(design.blocks[0])}
    posterior = xr.Dataset(
        {name: (("chain", "draw"), v) for name, v in values.items()}
        | {name: (("chain", "draw", "g__factor_dim"), v) for name, v in effects.items()}
    )
    draws = xr.DataTree.from_dict({"posterior": posterior})
    codes = design.blocks[0].columns.codes
    v = {name: x[0, 1] for name, x in (values | effects).items()}
    mu = v["Intercept"] + v["x"] * design.mu.X[:, 0] + v["1|g"][codes]
    mu += v["x|g"][codes] * np.arange(N) / 7
    eta = v["sigma_Intercept"] + v["sigma_x"] * np.linspace(0, 1, N) + offset
    eta += v["sigma_1|g"][codes]
    where = ([0], [1])
    np.testing.assert_allclose(linear_predictor(design, draws, where)[0], mu, rtol=1e-12)
    np.testing.assert_allclose(linear_predictor(design, draws, where, "sigma")[0], eta, rtol=1e-12)


@pytest.mark.parametrize(
    "design",
    [
        design_with(sigma_of()),
        design_with(sigma_of(x=False, offset=np.ones(N))),
        design_with(blocks=[shared_block()]),
    ],
    ids=["column", "offset", "group effect"],
)
def test_the_compiled_engine_takes_a_parameter_that_varies(design):
    assert design.varying == ("sigma",)
    assert choose_engine(design, choose_priors(design)).engine == "compiled"
    assert set(scalar_names(design)) <= set(choose_priors(design))
