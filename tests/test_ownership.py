"""A fit owns what it was fitted to: nothing that an outsider does to it changes an answer."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import bayesmm
from bayesmm.likelihood import MLFit
from bayesmm.model.priors import Prior
from bayesmm.owned import FrozenMapping, copied_frame, owned, read_only, writable

FORMULA = "y ~ a + x + poly(z, 2) + (x | g)"
QUICK = {"seed": 1, "chains": 2, "draws": 100, "max_effort": 1, "progress": False}


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    n = 120
    data = pd.DataFrame(
        {
            "x": rng.normal(50, 10, n),
            "z": rng.normal(size=n),
            "a": pd.Categorical(rng.choice(list("pq"), n)),
            "g": rng.integers(0, 10, n),
        }
    )
    data["y"] = 3 + 0.2 * data["x"] + (data["a"] == "q") + rng.normal(size=n)
    data.attrs["units"] = {"y": "ms"}
    return data


def answers(fit) -> dict[str, np.ndarray]:
    """Return what a fit says, as numbers: of tables, of predictions, of the model beside."""
    new = pd.DataFrame({"x": [40.0, 60.0], "z": [0.0, 1.0], "a": ["p", "q"], "g": [0, 1]})
    return {
        "summary": np.array([str(fit.summary()), repr(fit)]),
        "emmeans": fit.emmeans("a").table.select_dtypes("number").to_numpy(),
        "slopes": fit.slopes("x").table.select_dtypes("number").to_numpy(),
        "predict": fit.predict().table.select_dtypes("number").to_numpy(),
        "new": fit.predict(new).table.select_dtypes("number").to_numpy(),
        "r2": fit.r2().draws,
        "varcorr": fit.varcorr().select_dtypes("number").to_numpy(),
        "ml": fit.ml.fixef().select_dtypes("number").to_numpy(),
        "loo": fit.loo().units[["elpd", "k"]].to_numpy(),
        "diagnostics": np.array([str(fit.diagnostics), str(fit.priors), str(fit.script())]),
    }


def assert_same(before, after):
    for name, values in before.items():
        np.testing.assert_array_equal(values, after[name], err_msg=name)


@pytest.fixture(scope="module")
def fitted():
    """Return a fit, the frame that it was given and what it said at once."""
    data = frame()
    fit = bayesmm.fit(FORMULA, data, **QUICK)
    return fit, data, answers(fit)


def overwritten(data):
    data["x"] = (data["x"] - data["x"].mean()) / data["x"].std()
    data.loc[:, "y"] = np.sort(data["y"])
    data.columns = [{"z": "zz"}.get(name, name) for name in data.columns]
    data.pop("a")
    data.attrs["units"]["y"] = "years"


def test_the_users_frame_may_change(fitted):
    fit, data, before = fitted
    overwritten(data)
    assert_same(before, answers(fit))
    assert fit.data.attrs["units"] == {"y": "ms"}


def test_what_the_fit_hands_out_may_change(fitted):
    fit, _, before = fitted
    overwritten(fit.data)
    values = fit.data["x"].to_numpy()
    values.flags.writeable = True
    values[:] = 0
    tree = fit.draws
    tree["posterior"]["x"] = tree["posterior"]["x"] * 0
    del tree["posterior"]["sigma"]
    tree["posterior"].attrs["formula"] = ""
    del tree["sample_stats"]
    tree["log_likelihood"] = tree["observed_data"]
    assert "log_likelihood" in fit.draws.children  # what PyMC adds to a tree stays in it
    for table in (fit.fixef(), fit.varcorr(), fit.emmeans("a").table, fit.priors.table()):
        table.iloc[:, -1] = table.iloc[0, -1]
    assert_same(before, answers(fit))
    assert fit.data["x"].std() > 5


def arrays_of(value, path=""):
    """Yield every array that a record holds, with the way to it."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from arrays_of(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, (tuple, list)):
        for k, item in enumerate(value):
            yield from arrays_of(item, f"{path}[{k}]")
    elif hasattr(value, "items"):
        for key, item in value.items():
            yield from arrays_of(item, f"{path}[{key}]")


def test_no_array_can_be_written_to(fitted):
    fit, _, _ = fitted
    found = [
        *arrays_of(fit.design, "design"),
        *arrays_of(fit.ml, "ml"),
        *arrays_of(fit.ml.sensitivity, "ml.sensitivity"),
        *arrays_of(fit.convergence, "convergence"),
    ]
    names = {path for path, _ in found}
    assert {"design.predictors[0].X", "design.y", "design.blocks[0].columns.Z",
            "design.blocks[0].columns.codes", "design.rows",
            "ml.estimates", "ml.covariance", "convergence[x].rhat"} <= names  # fmt: skip
    for tree in (replace(fit).draws, fit.own_draws):
        found += [(v.name, v.values) for node in tree.subtree for v in node.data_vars.values()]
    for path, array in found:
        assert not array.flags.writeable, path
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def mappings_of(value, path=""):
    """Yield every mapping that a record holds."""
    if hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from mappings_of(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from mappings_of(item, path)
    elif hasattr(value, "items") and not isinstance(value, (pd.DataFrame, pd.Series)):
        yield path, value
        for item in value.values():
            yield from mappings_of(item, f"{path}[]")


def test_no_mapping_can_be_written_to(fitted):
    fit, _, _ = fitted
    roots = {name: getattr(fit, name) for name in
             ("design", "priors", "seconds", "facts", "versions", "ml", "diagnostics",
              "convergence", "settings")}  # fmt: skip
    for name, root in roots.items():
        for path, mapping in mappings_of(root, name):
            assert not hasattr(mapping, "__setitem__"), path
            assert not hasattr(mapping, "update"), path


def test_the_users_priors_may_change():
    data = frame()
    parameters = [0.0, 10.0]
    given = {"x": Prior("Normal", parameters)}
    table = bayesmm.priors("y ~ x", data, priors=given)
    parameters[1] = 1e-9
    given["x"] = "Normal(0, 1)"
    assert str(table["x"]) == "Normal(0, 10)"
    fit = bayesmm.fit("y ~ x", data, priors=given, **QUICK)
    given["x"] = "Normal(7, 1)"
    assert str(fit.priors["x"]) == "Normal(0, 1)"


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table, pd.DataFrame])
def test_frames_over_memory_of_the_user(make):
    """Arrow frames share the memory of numpy arrays, and a frame may be made without a copy."""
    rng = np.random.default_rng(1)
    arrays = {"x": rng.normal(size=40), "y": rng.normal(size=40)}
    data = pd.DataFrame(arrays, copy=False) if make is pd.DataFrame else make(arrays)
    ml = bayesmm.ml("y ~ x", data)
    fit = bayesmm.fit("y ~ x", data, **QUICK)
    assert type(fit.data) is type(data)
    before, estimates = fit.predict().table["mean"].to_numpy(), fit.fixef()
    at_first = ml.fixef()
    for values in arrays.values():
        values[:] = 0
    np.testing.assert_array_equal(fit.predict().table["mean"], before)
    pd.testing.assert_frame_equal(fit.fixef(), estimates)
    pd.testing.assert_frame_equal(ml.fixef(), at_first)
    assert np.asarray(fit.data["x"]).std() > 0.5


def test_a_copied_frame_shares_nothing():
    numbers, lists = np.arange(3.0), [[1], [2], [3]]
    kind = pd.Categorical(list("aba"))
    data = pd.DataFrame({"x": numbers, "kind": kind, "lists": lists, "x2": numbers}, copy=False)
    data["whole"] = pd.array([1, None, 3], dtype="Int64")
    data["mixed"] = pd.Series([1, "a", None], dtype=object)
    data.columns = ["x", "kind", "lists", "x", "whole", "mixed"]  # two of one name
    data.index = pd.Index(["i", "j", "k"], name="place")
    data.attrs["notes"] = ["one"]
    copy = copied_frame(data)
    pd.testing.assert_frame_equal(copy, data)
    lists[0].append(9)
    numbers[:] = -1
    data.attrs["notes"].append("two")
    assert copy["lists"].tolist() == [[1], [2], [3]]
    assert copy.iloc[:, 0].tolist() == copy.iloc[:, 3].tolist() == [0, 1, 2]
    assert copy.attrs == {"notes": ["one"]}
    assert copy.index.name == "place"


def test_frozen_values_can_be_pickled_and_thawed(fitted):
    fit, _, before = fitted
    again = pickle.loads(pickle.dumps(fit.design))
    np.testing.assert_array_equal(again.mu.X, fit.design.mu.X)
    mapping = owned({"a": [1, {"b": np.ones(2)}]})
    assert isinstance(mapping, FrozenMapping)
    assert mapping == {"a": (1, mapping["a"][1])}
    assert str(mapping["a"][0]) == "1"
    assert isinstance(pickle.loads(pickle.dumps(mapping)), FrozenMapping)
    loose = writable(fit.design)
    loose.mu.X[:] = 0
    assert_same({"X": again.mu.X}, {"X": fit.design.mu.X})
    assert not np.shares_memory(writable(read_only(np.ones(3))), np.ones(3))
    assert before["summary"][0] == str(fit.summary())


def test_a_loaded_fit_owns_what_it_is(fitted, tmp_path):
    fit, _, before = fitted
    fit.save(tmp_path / "saved")
    loaded = bayesmm.load(tmp_path / "saved")
    overwritten(loaded.data)
    loaded.draws["posterior"]["x"] = loaded.draws["posterior"]["x"] * 0
    with pytest.raises(ValueError, match="read-only"):
        loaded.own_draws["posterior"]["x"].values[:] = 0
    after = answers(loaded)
    before = {name: v for name, v in before.items() if name not in ("summary", "diagnostics")}
    assert_same(before, after)


def test_ml_fits_hold_no_array_of_the_user():
    data = frame()
    ml = bayesmm.ml("y ~ x + (x | g)", data)
    assert isinstance(ml, MLFit)
    for _, array in arrays_of(ml):
        for name in ("x", "z", "g", "y"):
            assert not np.shares_memory(array, data[name].to_numpy())
    with pytest.raises(ValueError, match="read-only"):
        ml.estimates[:] = 0
    with pytest.raises(TypeError):
        ml.auxiliary["sigma"] = 1.0
