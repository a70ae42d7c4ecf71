"""Relations of DuckDB and dataframes of Dask: the same rows in memory, to the bit.

What must fail when the property is broken: rows in another order, a partition that is read twice
or a batch that is cut otherwise moves a bit of some sum, and all are compared.
"""

import numpy as np
import pandas as pd
import pytest
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.in_files import any_data
from bayesmm.model.in_files.any_data import design_of_data, owned_data, source_of
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells
from bayesmm.sampling.compiled.collapsed.model import gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan

GAUSSIAN = resolve_family("gaussian")
FORMULA = "y ~ x + (1 + x | g)"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks, and many."""
    with_small_chunks(monkeypatch, 1_000)
    monkeypatch.setattr(any_data, "_FEW", 2_000)


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(7)
    g = generator.integers(0, 40, 5_300)
    x = generator.normal(2.0, 1.0, len(g))
    y = 1 + 0.5 * x + generator.normal(size=40)[g] + generator.normal(size=len(g))
    own = pd.DataFrame({"y": y, "x": x, "g": g, 'odd "name"': "a"})
    own["t"] = np.char.add("s", g.astype(str))
    own.loc[[5, 4_000], "x"] = np.nan
    return own


def duck(frame: pd.DataFrame):
    connection = pytest.importorskip("duckdb").connect()
    return connection.from_df(frame)


def dask(frame: pd.DataFrame):
    return pytest.importorskip("dask.dataframe").from_pandas(frame, npartitions=7)


@pytest.mark.parametrize("kind", [duck, dask])
@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + (1 | t)",
        pytest.param(FORMULA, marks=pytest.mark.slow),
        pytest.param("y ~ scale(x) + t + (1 | g)", marks=pytest.mark.slow),
    ],
)
def test_sums_are_those_of_memory_to_the_bit(frame, kind, formula):
    data = kind(frame)
    models = []
    for design in (
        with_sums(build_design(formula, frame, GAUSSIAN), add_to_cells),
        design_of_data(formula, owned_data(data), GAUSSIAN, add=add_to_cells),
    ):
        priors = choose_priors(design)
        own = prior_design(design, priors).in_sums
        models.append((dict(priors), design.n_obs, gaussian_model(own, priors, make_plan(own))))
    (first, n_first, memory), (second, n_second, pieces) = models
    assert (first, n_first) == (second, n_second)
    for name in ("rows", "priors"):
        one, other = getattr(memory.data, name), getattr(pieces.data, name)
        for field in one._fields:
            assert np.array_equal(getattr(one, field), getattr(other, field)), (name, field)


@pytest.mark.parametrize("kind", [duck, dask])
def test_few_rows_are_read_into_memory(frame, kind):
    few = frame.head(1_500)
    own = owned_data(kind(few))
    assert isinstance(own, pd.DataFrame)
    assert np.array_equal(own["y"], few["y"])


@pytest.mark.parametrize("kind", [duck, dask])
def test_questions_about_rows_and_saving_are_refused(frame, kind, tmp_path):
    data = kind(frame)
    with pytest.raises(UnsupportedModelError, match="names the Parquet files"):
        bayesmm.fit(FORMULA, data, store=tmp_path / "kept")
    with pytest.raises(UnsupportedModelError, match="formula of sigma"):
        bayesmm.fit(FORMULA + "; sigma ~ x", data)


def test_rows_that_change_are_noticed(frame):
    connection = pytest.importorskip("duckdb").connect()
    connection.register("frame", frame)
    connection.execute("create table rows as select * from frame")
    source = source_of(connection.table("rows"))
    list(source.chunks(["y"]))
    connection.execute("delete from rows where g = 3")
    with pytest.raises(DataError, match="have changed since"):
        list(source.chunks(["y"]))


@pytest.mark.slow
def test_a_fit_of_a_relation_is_not_saved(frame, tmp_path):
    how = {"seed": 1, "progress": False, "draws": 100, "max_effort": 1}
    fit = bayesmm.fit("y ~ x + (1 | g)", duck(frame), **how)
    assert "5,298 rows" in str(fit.summary())
    with pytest.raises(UnsupportedModelError, match="write them to Parquet files and fit those"):
        fit.save(tmp_path / "kept")
