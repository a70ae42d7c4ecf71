"""Draws as a labelled tree: names, dimensions, no copies, and every ArviZ function takes it."""

import arviz as az
import numpy as np
import pytest
import xarray as xr
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws

from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.named_arrays import indexed
from bayesmm.sampling.posterior import correlation_draws, named_draws


@pytest.fixture(scope="module")
def design():
    x = np.linspace(-1, 1, 12)
    herd = handmade_block("herd", list("aabbccddeeff"), {"Intercept": 1.0, "x": x})
    vet = handmade_block("vet", ["1", "2", "3"] * 4, {"Intercept": 1.0})
    return handmade_design(x**2, {"x": x, "I(x / 2)": x / 2}, [herd, vet])


@pytest.fixture(scope="module")
def drawn(design):
    return synthetic_draws(design, draws=50)


def test_names_and_dimensions_are_those_of_bambi(design, drawn):
    posterior = assemble(design, drawn)["posterior"].dataset
    assert set(posterior.data_vars) == {
        "Intercept", "x", "I(x ∕ 2)", "sigma",
        "1|herd", "x|herd", "1|herd_sigma", "x|herd_sigma", "herd_corr",
        "1|vet", "1|vet_sigma",
    }  # fmt: skip
    assert posterior["1|herd"].dims == ("chain", "draw", "herd__factor_dim")
    assert posterior["herd__factor_dim"].values.tolist() == list("abcdef")
    assert posterior["vet__factor_dim"].values.tolist() == ["1", "2", "3"]
    assert posterior["herd_corr"].dims == ("chain", "draw", "herd__pair_dim")
    assert posterior["herd__pair_dim"].values.tolist() == ["Intercept, x"]


def test_a_slash_in_a_name_is_stored_as_a_division_slash_and_remembered(design, drawn):
    tree = assemble(design, drawn)
    assert tree["posterior"]["I(x ∕ 2)"].attrs["long_name"] == "I(x / 2)"
    np.testing.assert_array_equal(named_draws(tree, "I(x / 2)"), drawn.beta[:, :, 1])


def test_a_slash_in_a_factor_or_level_does_no_harm():
    block = handmade_block("a/b", ["1/1", "1/2", "1/1", "1/2"], {"Intercept": 1.0})
    design = handmade_design([1.0, 2.0, 3.0, 4.0], {}, [block])
    posterior = assemble(design, synthetic_draws(design, draws=4))["posterior"].dataset
    assert posterior["1|a∕b"].dims[-1] == "a∕b__factor_dim"
    assert posterior["a∕b__factor_dim"].values.tolist() == ["1/1", "1/2"]


def test_the_tree_holds_views(design, drawn):
    tree = assemble(design, drawn)
    assert np.shares_memory(named_draws(tree, "1|herd"), drawn.blocks[0].effects)
    assert np.shares_memory(named_draws(tree, "x|herd"), drawn.blocks[0].effects)
    np.testing.assert_array_equal(
        named_draws(tree, "herd_corr")[..., 0], drawn.blocks[0].corr[..., 0, 1]
    )
    np.testing.assert_array_equal(correlation_draws(tree, design, 0), drawn.blocks[0].corr)
    assert np.shares_memory(named_draws(tree, "x"), drawn.beta)


def test_observed_data_and_statistics(design, drawn):
    tree = assemble(design, drawn)
    np.testing.assert_array_equal(tree["observed_data"]["y"], design.y)
    assert tree["observed_data"]["y"].dims == ("__obs__",)
    assert not tree["sample_stats"]["diverging"].any()
    assert tree["posterior"].attrs["creation_library"] == "bayesmm"
    assert tree["posterior"].attrs["sampling_time"] == 0.5


def test_arviz_takes_it(design, drawn):
    tree = assemble(design, drawn)
    table = az.summary(tree, round_to="none")
    rhat = az.rhat(tree)
    assert table.notna().all(axis=None)
    assert table.loc["sigma", "mean"] == pytest.approx(3.0, rel=1e-12)
    assert "1|herd[a]" in table.index
    assert float(rhat["sigma"]) == pytest.approx(1, abs=0.05)
    assert float(az.ess(tree)["x"]) > 100
    assert az.bfmi(tree)["energy"].shape == (4,)


def test_no_common_effects(drawn):
    block = handmade_block("g", ["a", "b", "a", "b"], {"Intercept": 1.0})
    design = handmade_design([1.0, 2.0, 3.0, 4.0], {}, [block], intercept=False)
    tree = assemble(design, synthetic_draws(design, chains=2, draws=5))
    assert dict(tree["posterior"].sizes) == {"chain": 2, "draw": 5, "g__factor_dim": 2}
    assert "Intercept" not in tree["posterior"]


@pytest.mark.parametrize(
    "labels",
    [np.arange(3), np.array(["a", "bcd", "é"]), np.array(["a", "\ud800", "b"]), np.zeros(0, "U1")],
    ids=["numbers", "texts", "half a character", "none"],
)
def test_coordinates_are_those_that_xarray_makes(labels):
    values = {"chain": np.arange(2), "level": labels}
    y = {"y": (("chain", "level"), np.zeros((2, len(labels))))}
    expected, found = xr.Dataset(y, coords=values), xr.Dataset(y, coords=indexed(values))
    assert found.identical(expected)
    for name in values:
        assert found[name].dtype == expected[name].dtype
        assert found.indexes[name].dtype == expected.indexes[name].dtype
