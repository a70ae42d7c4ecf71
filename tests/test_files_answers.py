"""Answers about every row of files, batch by batch: those of the same rows in memory.

What must fail when the property is broken: a row that is left out, counted twice or given to
another level moves a residual, a prediction or a sum, all of which are compared row by row.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from discrete_rows import frame_of, written
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.results.checks.ppc_statistics import statistics_of

MODELS = {
    "poisson": ("k ~ x + a + (x | g)", "poisson"),
    "gaussian": ("k ~ x + (1 | g)", "gaussian"),
    "binomial": ("p(s, m) ~ x + (1 | g)", "binomial"),
    "exposure": ("k ~ 0 + a + offset(log(m)) + (1 | g)", "poisson"),
    "counted": ("k | weights(m) ~ x + (1 | g)", "poisson"),
    "weights": ("k | weights(m) ~ 0 + a + offset(x) + (1 | g)", "gaussian"),
}


@pytest.fixture(scope="module", params=MODELS)
def fits(request, tmp_path_factory):
    """Return the same fit of rows in memory and of rows in files, whose folder comes third."""
    folder = written(tmp_path_factory.mktemp("files") / "rows", frame_of(2_500))
    how = {"seed": 1, "progress": False, "draws": 100, "max_effort": 1}
    with pytest.MonkeyPatch.context() as patch:
        with_small_chunks(patch, 1_000)
        formula, family = MODELS[request.param]
        memory = bayesmm.fit(formula, pd.read_parquet(folder), family, **how)
        # the same draws, where a prior differs in the last bit: what is asked of them is compared
        files = bayesmm.fit(formula, folder, family, **how)
        yield memory, replace(files, own_draws=memory.own_draws), folder


@pytest.mark.slow
def test_residuals_are_those_of_memory(fits, tmp_path):
    memory, files, _ = fits
    with pytest.raises(UnsupportedModelError, match="write_residuals"):
        files.residuals()
    found = pd.read_parquet(files.write_residuals(tmp_path / "residuals", seed=3))
    assert len(list((tmp_path / "residuals").iterdir())) == 3
    pd.testing.assert_frame_equal(found, pd.DataFrame(memory.residuals(seed=3)), rtol=1e-10)
    with pytest.raises(UsageError, match="not empty"):
        files.write_residuals(tmp_path / "residuals")


@pytest.mark.slow
@pytest.mark.parametrize("who", ["these groups", "new group", "population"])
def test_predictions_are_those_of_memory(fits, tmp_path, who):
    memory, files, folder = fits
    new = pd.read_parquet(folder).dropna().tail(1_500)
    if who == "new group":
        new = new.assign(g=new["g"] + 3)
    names = written(tmp_path / "new", new)
    found = pd.read_parquet(files.write_predictions(names, tmp_path / "told", who))
    expected = memory.predict(pd.read_parquet(names), who).table
    pd.testing.assert_frame_equal(found, pd.DataFrame(expected), rtol=1e-10, check_like=False)
    with pytest.raises(UsageError, match="one of mean, link"):
        files.write_predictions(names, tmp_path / "drawn", kind="response")
    with pytest.raises(UsageError, match="must name Parquet files"):
        files.write_predictions(new, tmp_path / "frame")


@pytest.mark.slow
def test_rows_left_out_are_those_of_memory(fits):
    memory, files, _ = fits
    expected, found = memory.loo(), files.loo()
    assert found.n_units == expected.n_units == memory.design.n_obs
    # nothing was integrated out, which files do not do
    assert expected.failed.empty and set(expected.units["how"]) == {"PSIS"}
    for name in ("elpd", "se", "p_loo", "max_k"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9), name
    assert f"{memory.design.n_obs} rows left out" in repr(found)
    with pytest.raises(UnsupportedModelError, match="every row"):
        files.loo(refit=True)


@pytest.mark.slow
def test_groups_left_out_are_those_of_memory(fits):
    memory, files, _ = fits
    if memory.design.family.linear:
        with pytest.raises(UnsupportedModelError, match="every row"):
            files.loo("group")
        return
    expected, found = memory.loo("group"), files.loo("group")
    for name in ("elpd", "se", "p_loo", "max_k"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-6), name


@pytest.mark.slow
def test_statistics_of_replicates_are_those_of_memory(fits):
    memory, files, _ = fits
    with pytest.raises(UnsupportedModelError, match="ppc_statistics"):
        files.ppc()
    found = files.ppc_statistics(seed=2, n_draws=200).set_index("statistic")
    again = memory.ppc_statistics(seed=2, n_draws=200).set_index("statistic")
    whole = memory.ppc(seed=2, n_draws=200).table.set_index("statistic")
    assert list(found.index) == list(again.index) == list(whole.index)
    assert list(statistics_of(memory.design)) == list(found.index)
    assert found["observed"].to_numpy() == pytest.approx(whole["observed"].to_numpy(), rel=1e-10)
    # the same draws with the same seed in memory: one batch, drawn as `ppc` draws it
    numbers = ["mean", "lower", "upper", "p_value"]
    assert again[numbers].to_numpy() == pytest.approx(whole[numbers].to_numpy(), rel=1e-9)
    # others in files, of the same distribution: within Monte Carlo errors of 200 replicates
    spread = (whole["upper"] - whole["lower"]) / 3.92
    apart = (found["mean"] - whole["mean"]).abs()
    assert (apart <= 5 * spread * np.sqrt(2 / 200) + 1e-12).all()


@pytest.mark.slow
def test_statistics_of_categories_are_refused_in_words(fits):
    memory, _, _ = fits
    ordered = replace(memory.design.family, response="ordered")
    other = replace(memory, design=replace(memory.design, family=ordered))
    with pytest.raises(UnsupportedModelError, match="not added up"):
        other.ppc_statistics()
