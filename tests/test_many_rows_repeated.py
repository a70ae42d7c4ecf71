"""Fits of many rows that are repeated, continued or changed: by the sums that they were sampled by.

What must fail when the property is broken: by the rows instead of their sums the density differs in
its last digits, and with it the draws, all of which are compared. The same of rows in files whose
draws are kept as they come.
"""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.errors import DataError, SavedFitError
from bayesmm.fit_sampling import add_rows_to_cells
from bayesmm.model.in_files.table_files import TableFiles
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling import kept_draws
from bayesmm.sampling.compiled import bridge
from bayesmm.saved_folder import unfinished_folder
from bayesmm.storage.unfinished import read_unfinished

FORMULA = "y ~ x + (x | g)"
HOW = {"seed": 1, "progress": False, "draws": 100, "chains": 2, "max_effort": 1}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be many."""
    with_small_chunks(monkeypatch, 500)


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(3)
    g = generator.integers(0, 25, 2_300)
    x = generator.normal(2.0, 1.0, len(g))
    y = x + generator.normal(size=25)[g] + generator.normal(size=len(g))
    own = pd.DataFrame({"y": y, "x": x, "g": g, "k": generator.poisson(2, len(g))})
    own["z"] = generator.integers(0, 4, len(g))
    return own


@pytest.fixture
def folder(frame, tmp_path) -> str:
    (tmp_path / "rows").mkdir()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    parquet.write_table(table, tmp_path / "rows" / "all.parquet")
    return str(tmp_path / "rows")


def assert_same_draws(one, other) -> None:
    for name, drawn in one.own_draws["posterior"].data_vars.items():
        assert np.array_equal(drawn, other.own_draws["posterior"][name]), name


def killed(monkeypatch, data, store, formula=FORMULA, family="gaussian"):
    """Fit, and end as a kill would, before a draw is there."""

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    with monkeypatch.context() as changed:
        changed.setattr(bridge, "_write", kill)
        changed.setattr(kept_draws, "_SECONDS_BETWEEN_WRITES", 0.0)
        with pytest.raises(Killed):
            bayesmm.fit(formula, data, family, store=store, **HOW)


def test_a_fit_of_many_rows_is_repeated_by_its_sums(frame, tmp_path):
    fit = bayesmm.fit(FORMULA, frame, **HOW)
    assert with_sums(fit.design, add_rows_to_cells).in_sums.source.cells is not None
    fit.save(tmp_path / "kept")
    for saved in (fit, tmp_path / "kept"):
        assert bayesmm.rerun(saved, progress=False).identical
    other = bayesmm.fit("y ~ 1 + (1 | g)", frame, **HOW)
    changed = other.update(FORMULA, progress=False, draws=100, max_effort=1)
    assert dict(changed.priors) == dict(fit.priors) == dict(bayesmm.priors(FORMULA, frame))
    assert_same_draws(changed, fit)


def test_a_fit_of_many_rows_is_continued_by_its_sums(frame, tmp_path, monkeypatch):
    killed(monkeypatch, frame, tmp_path / "fit")
    assert_same_draws(
        bayesmm.resume(tmp_path / "fit", progress=False), bayesmm.fit(FORMULA, frame, **HOW)
    )


@pytest.mark.parametrize(
    ("formula", "family"),
    [(FORMULA, "gaussian"), pytest.param("k ~ z + (1 | g)", "poisson", marks=pytest.mark.slow)],
)
def test_rows_in_files_are_continued_without_the_files(
    folder, tmp_path, monkeypatch, formula, family
):
    """Fails if a sum is not kept beside the draws: by then the files are elsewhere."""
    whole = bayesmm.fit(formula, folder, family, **HOW)
    killed(monkeypatch, folder, tmp_path / "fit", formula, family)
    moved = f"{folder} moved"
    os.rename(folder, moved)
    fit = bayesmm.resume(tmp_path / "fit", progress=False)
    assert_same_draws(fit, whole)
    assert isinstance(fit.own_data, TableFiles) and str(fit.summary()) == str(whole.summary())
    with pytest.raises(DataError, match="is gone"):
        next(iter(fit.design.parts()))
    fit.save(tmp_path / "fit")
    assert not unfinished_folder(tmp_path / "fit").exists()
    assert bayesmm.load(tmp_path / "fit").design.n_obs == 2_300


def test_sums_that_were_changed_are_refused(folder, tmp_path, monkeypatch):
    killed(monkeypatch, folder, tmp_path / "fit")
    path = unfinished_folder(tmp_path / "fit") / "sums.parquet"
    assert read_unfinished(tmp_path / "fit").design.n_obs == 2_300
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SavedFitError, match=r"sums\.parquet' was changed"):
        bayesmm.resume(tmp_path / "fit")
