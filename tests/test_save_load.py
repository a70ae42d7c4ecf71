"""A loaded fit gives what the saved one gives, to the last bit."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from saved_fits import CASES, Case, example_data, fit_of

import bayesmm
from bayesmm.errors import BayesmmWarning, UnsupportedModelError, UsageError


@pytest.fixture(scope="module", params=CASES)
def pair(request, tmp_path_factory):
    """Return a fit of a kind, and the same loaded."""
    fit = fit_of(CASES[request.param])
    folder = tmp_path_factory.mktemp("saved") / "a fit"
    assert fit.save(folder) == folder
    return fit, bayesmm.load(folder)


def test_the_parts_are_the_same(pair):
    fit, loaded = pair
    assert loaded.draws.identical(fit.draws)
    for group in fit.draws.subtree:  # `identical` does not compare the order
        assert list(loaded.draws[group.path].data_vars) == list(group.data_vars)
    assert_frame_equal(loaded.data, fit.data)
    assert loaded.data.attrs == fit.data.attrs
    assert dict(loaded.priors) == dict(fit.priors)
    assert loaded.priors.table().equals(fit.priors.table())
    for name in ("formula", "engine", "settings", "seconds", "versions"):
        assert getattr(loaded, name) == getattr(fit, name)
    assert loaded.facts == fit.facts and type(loaded.facts["integrated"]) is tuple
    assert loaded.design.family == fit.design.family
    assert loaded.design.notes == fit.design.notes
    assert loaded.design.categorical == fit.design.categorical
    for name in ("y", "rows", "trials", "weights"):
        np.testing.assert_array_equal(getattr(loaded.design, name), getattr(fit.design, name))
    for one, other in zip(loaded.design.predictors, fit.design.predictors, strict=True):
        assert (one.parameter, one.link, one.terms) == (other.parameter, other.link, other.terms)
        np.testing.assert_array_equal(one.X, other.X)
        np.testing.assert_array_equal(one.offset, other.offset)
    assert "bayesmm" in loaded.loaded[0] and fit.loaded == ()


def test_the_page_is_the_same(pair):
    fit, loaded = pair
    assert str(loaded.summary()) == str(fit.summary())
    assert str(loaded.diagnostics) == str(fit.diagnostics)


def test_the_tables_are_the_same(pair):
    fit, loaded = pair
    assert_frame_equal(loaded.fixef(), fit.fixef(), check_exact=True)
    assert_frame_equal(loaded.varcorr(), fit.varcorr(), check_exact=True)
    if fit.design.blocks:
        assert_frame_equal(loaded.ranef(), fit.ranef(), check_exact=True)


def test_predictions_are_the_same(pair):
    fit, loaded = pair
    new = fit.data.iloc[3:9].dropna()
    for newdata in (None, new):
        one, other = fit.predict(newdata), loaded.predict(newdata)
        assert_frame_equal(other.table, one.table, check_exact=True)
        np.testing.assert_array_equal(other.draws, one.draws)
    drawn = fit.predict(new, kind="response", seed=4), loaded.predict(new, kind="response", seed=4)
    np.testing.assert_array_equal(drawn[0].draws, drawn[1].draws)


def test_checks_are_the_same(pair):
    fit, loaded = pair
    assert_frame_equal(loaded.loo().units, fit.loo().units, check_exact=True)
    assert_frame_equal(loaded.ppc(seed=2).table, fit.ppc(seed=2).table, check_exact=True)


@pytest.mark.parametrize(
    "name", ["sleepstudy_fit", "sitka_fit", "penicillin_fit", "cbpp_fit", "cod_fit", "mtcars_fit"]
)
def test_a_sampled_fit(name, request, tmp_path):
    fit = request.getfixturevalue(name)
    fit.save(tmp_path / "fit")
    loaded = bayesmm.load(tmp_path / "fit")
    assert loaded.draws.identical(fit.draws)
    assert str(loaded.summary()) == str(fit.summary())
    assert_frame_equal(loaded.fixef(), fit.fixef(), check_exact=True)
    assert_frame_equal(loaded.predict().table, fit.predict().table, check_exact=True)
    assert_frame_equal(loaded.loo().units, fit.loo().units, check_exact=True)
    assert loaded.check().table.equals(fit.check().table)
    assert loaded.to_dict() == fit.to_dict()


def test_loading_samples_nothing_and_needs_no_sampler(tmp_path):
    fit_of(CASES["names with strokes"]).save(tmp_path / "fit")
    code = (
        "import sys, bayesmm\n"
        f"fit = bayesmm.load({str(tmp_path / 'fit')!r})\n"
        "str(fit.summary()), fit.predict()\n"
        "heavy = {'pymc', 'pytensor', 'bambi', 'nutpie', 'nutpie._lib', 'matplotlib'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_a_loaded_fit_can_be_saved_again(tmp_path):
    fit = fit_of(CASES["splines"])
    fit.save(tmp_path / "one")
    bayesmm.load(tmp_path / "one").save(tmp_path / "two")
    first, second = (json.loads((tmp_path / x / "fit.json").read_text()) for x in ("one", "two"))
    assert first["data"]["sha256"] == second["data"]["sha256"]
    assert first["draws"]["sha256"] == second["draws"]["sha256"]
    assert first["check"] == second["check"]


def test_polars_comes_back_as_pandas(tmp_path):
    polars = pytest.importorskip("polars")
    data = polars.from_pandas(example_data()[["y", "x", "g"]])
    fit = bayesmm.fit(
        "y ~ x + (1 | g)", data, seed=1, draws=50, max_effort=1, tune=100, progress=False
    )
    fit.save(tmp_path / "fit")
    loaded = bayesmm.load(tmp_path / "fit")
    assert isinstance(loaded.data, pd.DataFrame)
    assert_frame_equal(loaded.predict().table, fit.predict().table, check_exact=True)


def test_the_stored_priors_can_be_typed(tmp_path):
    fit = fit_of(CASES["own priors"])
    fit.save(tmp_path / "fit")
    record = json.loads((tmp_path / "fit" / "fit.json").read_text())
    assert record["priors"]["of"]["x"] == f"StudentT(3.0, {1 / 3!r}, {2 / 7!r})"
    assert record["priors"]["of"]["Intercept"] == "Flat()"
    assert record["priors"]["changed"] == ["1|g_sigma", "Intercept", "g_corr", "x"]
    again = bayesmm.priors(fit.formula, fit.data, priors=record["priors"]["of"])
    assert dict(again) == dict(fit.priors)


def test_other_data_than_those_of_the_design_are_refused(tmp_path):
    fit = fit_of(CASES["crossed"])
    data = fit.data
    data.loc[3, "x"] = 99.0
    fit = replace(fit, own_data=data)
    with pytest.raises(UsageError, match=r"changed since the fit.*X, the columns of g"):
        fit.save(tmp_path / "fit")
    assert list(tmp_path.iterdir()) == []


def test_what_parquet_cannot_keep_is_named(tmp_path):
    def change(frame):
        days = pd.Categorical([pd.Timestamp("2024-01-01") + pd.Timedelta(days=k % 3)
                               for k in range(len(frame))])  # fmt: skip
        sparse = pd.arrays.SparseArray(frame["x"].to_numpy().round())
        frame = frame.assign(raw=[[1]] * len(frame), x=sparse, g=days)
        frame.attrs["object"] = object()
        return frame

    fit = fit_of(Case("y ~ x + (1 | g)", change=change))
    with pytest.warns(BayesmmWarning) as told:
        fit.save(tmp_path / "fit")
    words = sorted(str(w.message).partition(": ")[2] for w in told)
    assert [text.partition(")")[0] for text in words[:3]] == [
        "Column 'g' (category", "Column 'raw' (object", "Column 'x' (Sparse[float64, nan]",
    ]  # fmt: skip
    assert "left out" in words[1] and "numbers or labels that the model reads" in words[2]
    assert "The attribute 'object' of the data" in words[3]
    loaded = bayesmm.load(tmp_path / "fit")
    assert sorted(loaded.loaded[1:]) == words
    assert "raw" not in loaded.data and "object" not in loaded.data.attrs
    assert loaded.design.blocks[0].levels == fit.design.blocks[0].levels
    assert str(loaded.summary()) == str(fit.summary())


def test_a_design_of_arrays_is_refused(tmp_path):
    from handmade import handmade_design
    from synthetic import synthetic_draws, synthetic_fit

    design = handmade_design([1.0, 2.0, 4.0], {"x": [0.0, 1.0, 3.0]})
    with pytest.raises(UnsupportedModelError, match="built from arrays"):
        synthetic_fit(design, synthetic_draws(design)).save(tmp_path / "fit")


def test_names_of_files_are_plain(tmp_path):
    """Every name in the folder is one on every system, and told apart without its case."""
    fit_of(CASES["names with strokes"]).save(tmp_path / "fit")
    names = [p.relative_to(tmp_path).as_posix() for p in (tmp_path / "fit").rglob("*")]
    assert all(re.fullmatch(r"[\w./]+", name, re.ASCII) for name in names)
    assert len({name.lower() for name in names}) == len(names)


def test_the_draws_open_in_xarray(tmp_path):
    import xarray as xr

    fit = fit_of(CASES["names with strokes"])
    fit.save(tmp_path / "fit")
    with xr.open_datatree(
        tmp_path / "fit" / "draws.zarr", engine="zarr", consolidated=False
    ) as tree:
        assert set(tree) == {"posterior", "sample_stats", "observed_data"}
        assert tree["posterior"].sizes["chain"] == 4
        names = {v.attrs["long_name"] for v in tree["posterior"].data_vars.values()}
        assert {"I(x/2)", "a/b", "1|h"} <= names
        np.testing.assert_array_equal(tree["posterior"]["sigma"], fit.draws["posterior"]["sigma"])


def test_a_large_fit_is_written_in_seconds(tmp_path):
    """4 chains of 1000 draws of 10,000 effects: 320 MB."""
    from dataclasses import replace
    from time import perf_counter

    from synthetic import synthetic_draws, synthetic_fit

    from bayesmm.family.known import resolve_family
    from bayesmm.model.build import build_design

    rng = np.random.default_rng(0)
    n = 20_000
    data = pd.DataFrame({"y": rng.normal(size=n), "g": [f"g{k % 10_000}" for k in range(n)]})
    design = build_design("y ~ 1 + (1 | g)", data, resolve_family("gaussian"))
    fit = replace(synthetic_fit(design, synthetic_draws(design, draws=1000)), own_data=data)
    started = perf_counter()
    fit.save(tmp_path / "fit")
    written = perf_counter() - started
    loaded = bayesmm.load(tmp_path / "fit")
    assert written < 15
    effects = "1|g"
    assert loaded.draws["posterior"][effects].identical(fit.draws["posterior"][effects])
    files = [p for p in (tmp_path / "fit" / "draws.zarr").rglob("*") if p.is_file()]
    assert max(p.stat().st_size for p in files) < 20_000_000
