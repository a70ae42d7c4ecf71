"""Rows in files that are larger than memory: the posterior of the same rows in memory, to the bit.

What must fail when the property is broken: any sum that is taken in another order, a level that is
numbered otherwise or a row that is dropped moves a bit of some draw, and `identical` compares all.
That a question which needs rows is refused, not answered with what is not there, is held by going
through the methods of `Fit`.
"""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pytest
from command_line import command
from pyarrow import parquet
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.errors import DataError, FormulaError, UnsupportedModelError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model import row_sums
from bayesmm.model.build import build_design
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.in_files.levels import Seen
from bayesmm.model.in_files.table_files import files_of
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.compiled.collapsed.bases import is_nearly_singular
from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells
from bayesmm.sampling.compiled.collapsed.model import gaussian_model
from bayesmm.sampling.compiled.collapsed.plan import make_plan

GAUSSIAN = resolve_family("gaussian")
FORMULAS = (
    "y ~ x + (1 | g)",
    "y ~ x + a + (x | g)",
    "y ~ I(x^2) + b + (x || t) + (1 | a)",
    "y ~ log(x + 100) + (1 | t:a)",
    "y ~ a + (0 + a | g)",
    "y ~ 1 + (1 | b)",
    "y ~ x + a",
    "y ~ x + (1 | f) + (1 | u)",
    "y ~ scale(x) + (scale(x) | g)",
    "scale(y) ~ center(log(x + 100)) + a + (1 | g)",
    "y ~ x * a + (x | g)",
    "y ~ x * I(x / 10 + b) + (x:a | t)",
    "y ~ a * b + (0 + x | g) + (1 | t)",
    "log(y + 100) ~ x + I(x^2) + (1 + x + I(x^2) | t)",
    "y ~ x + (1 | b/a)",
)


def frame_of(n_rows: int, n_groups: int = 30, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    g = generator.integers(0, n_groups, n_rows)
    x = generator.normal(2.0, 1.0, n_rows)
    effects = generator.normal(0.0, 0.7, (2, n_groups))
    y = 1 + 0.5 * x + effects[0, g] + 0.4 * effects[1, g] * x + generator.normal(size=n_rows)
    frame = pd.DataFrame({"y": y, "x": x, "g": 7 * g - 40, "t": np.char.add("s", g.astype(str))})
    frame["a"] = pd.Categorical(
        generator.choice(["low", "mid", "high"], n_rows), ["low", "mid", "high"]
    )
    frame["f"] = (g % 7).astype(np.float32) / 4
    frame["u"] = pd.array(np.where(g == 5, None, g % 11), dtype="UInt8")
    frame["b"] = generator.integers(0, 2, n_rows).astype(bool)
    frame.loc[[3, n_rows // 2], "x"] = np.nan
    frame.loc[n_rows // 3, "t"] = None
    return frame


def written(folder, frame: pd.DataFrame, files: int = 3) -> str:
    folder.mkdir(exist_ok=True)
    for k, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        parquet.write_table(
            pa.Table.from_pandas(frame.iloc[part], preserve_index=False),
            folder / f"part{k}.parquet",
            row_group_size=997,
        )
    return str(folder)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks, for both ways."""
    with_small_chunks(monkeypatch, 1_000)


def models(formula: str, frame: pd.DataFrame, folder: str):
    """Return the engine's arrays of both ways, with the priors."""
    for design in (
        with_sums(build_design(formula, frame, GAUSSIAN), add_to_cells),
        build_design_of_files(formula, files_of(folder), GAUSSIAN, add=add_to_cells),
    ):
        priors = choose_priors(design)
        own = prior_design(design, priors).in_sums
        yield design, priors, gaussian_model(own, priors, make_plan(own))


@pytest.mark.parametrize("formula", FORMULAS)
def test_what_the_density_reads_is_that_of_memory_to_the_bit(tmp_path, formula):
    frame = frame_of(5_000)
    folder = written(tmp_path / "rows", frame)
    (design, priors, memory), (other, others, files) = models(
        formula, pd.read_parquet(folder), folder
    )
    assert dict(priors) == dict(others)
    for preset in ("rstanarm", "bambi"):
        assert dict(choose_priors(design, preset)) == dict(choose_priors(other, preset))
    assert design.notes == other.notes
    assert [b.levels for b in design.blocks] == [b.levels for b in other.blocks]
    assert (design.n_obs, design.n_dropped) == (other.n_obs, other.n_dropped)
    for name in ("rows", "priors"):
        first, second = getattr(memory.data, name), getattr(files.data, name)
        for field in first._fields:
            assert np.array_equal(getattr(first, field), getattr(second, field)), (name, field)
    for field in ("start", "shift", "jitter", "order"):
        assert np.array_equal(getattr(memory, field), getattr(files, field)), field


@pytest.mark.slow
def test_draws_and_tables_are_those_of_memory(tmp_path):
    frame = frame_of(3_000)
    folder = written(tmp_path / "rows", frame)
    how = {"seed": 1, "progress": False, "draws": 200, "max_effort": 1}
    formula = "y ~ x + a + (x | g)"
    memory = bayesmm.fit(formula, pd.read_parquet(folder), **how)
    files = bayesmm.fit(formula, f"{folder}/*.parquet", **how)
    for name, drawn in memory.own_draws["posterior"].data_vars.items():
        assert np.array_equal(drawn, files.own_draws["posterior"][name]), name
    for table in ("fixef", "ranef", "coef", "varcorr"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(memory, table)()), pd.DataFrame(getattr(files, table)())
        )
    new = frame.dropna().head(5)
    assert str(memory.predict(new)) == str(files.predict(new))
    for who in ("typical group", "population"):
        means = [fit.emmeans("a", at={"x": 2.0}, who=who).draws for fit in (memory, files)]
        assert np.array_equal(*means)
    with pytest.raises(UsageError, match="At which value 'x' is held"):
        files.emmeans("a")
    with pytest.raises(UnsupportedModelError, match="numbers of every row"):
        files.avg_predictions(by="x")
    assert "2,998 rows in files; 2 more left out" in str(files.summary())
    assert str(memory.compare_ml()) == str(files.compare_ml())
    for question in ("augment", "check", "ppc", "predict", "r2", "residuals", "pooling"):
        with pytest.raises(UnsupportedModelError, match="every row"):
            getattr(files, question)()


def test_a_covariance_is_looked_at_in_sums(tmp_path):
    """Fails if the pilot of a covariance that has a basis reads rows, which are not there."""
    frame = frame_of(5_000)
    frame["x"] += 8.0  # far from zero: intercepts and slopes go together
    folder = written(tmp_path / "rows", frame)
    for design, _, model in models("y ~ x + (x | g)", pd.read_parquet(folder), folder):
        own, bases = design.in_sums, model.data.priors.bases
        assert own.source.cells is not None and bases.any()
        if design.source is None:  # first: by the rows in memory
            expected = is_nearly_singular(design, make_plan(design), bases)
        assert is_nearly_singular(own, make_plan(own), bases) == expected


@pytest.mark.parametrize("reml", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + a + (x | g)",
        "y ~ x + (1 | t:a) + (x || b)",
        "y ~ x + a",
        "y ~ 1 + (0 + x | g)",  # a search with a wall at zero stays there
        "y ~ x + (x || g) + (1 | a)",
    ],
)
def test_reml_and_ml_are_those_of_memory(tmp_path, formula, reml):
    folder = written(tmp_path / "rows", frame_of(5_000))
    memory = bayesmm.ml(formula, pd.read_parquet(folder), reml=reml)
    files = bayesmm.ml(formula, folder, reml=reml)
    # the search is another one: what differs is far below what is printed, and a standard error
    assert files.loglik == pytest.approx(memory.loglik, abs=1e-6)
    assert files.converged and files.singular == memory.singular
    assert files.n_parameters == memory.n_parameters
    assert files.sigma == pytest.approx(memory.sigma, rel=1e-6)
    error = memory.standard_errors
    assert np.abs((files.estimates - memory.estimates) / error).max() < 1e-4
    assert files.standard_errors == pytest.approx(error, rel=1e-4)
    assert files.degrees_of_freedom == pytest.approx(memory.degrees_of_freedom, rel=1e-3)
    for own, other in zip(files.blocks, memory.blocks, strict=True):
        assert own.sd == pytest.approx(other.sd, rel=1e-4, abs=1e-5)
        assert np.abs(own.modes - other.modes).max() < 1e-4 * other.mode_sds.max() + 1e-9
        assert own.mode_sds == pytest.approx(other.mode_sds, rel=1e-4, abs=1e-5)


def test_rows_that_stand_for_all_have_their_cross_products(tmp_path):
    frame = frame_of(3_000).assign(y=lambda own: own["y"] + 1e5)
    folder = written(tmp_path / "rows", frame)
    design = build_design("y ~ x + (x | g) + (1 | a)", pd.read_parquet(folder), GAUSSIAN)
    few = build_design_of_files(design.formula, files_of(folder), GAUSSIAN).condensed()
    assert few.n_obs <= 30 * 3 * 3
    rows = np.column_stack([design.mu.matrix, design.y])
    own = np.column_stack([few.mu.X, few.y]) * np.sqrt(few.weights)[:, None]
    assert own.T @ own == pytest.approx(rows.T @ rows, rel=1e-9)
    for block, other in zip(design.blocks, few.blocks, strict=True):
        for level in (0, block.n_groups - 1):
            here, there = block.columns.codes == level, other.columns.codes == level
            root = np.sqrt(few.weights[there])[:, None]
            Z, few_Z = block.columns.Z[here], root * other.columns.Z[there]
            assert few_Z.T @ few_Z == pytest.approx(Z.T @ Z, rel=1e-9)
            assert few_Z.T @ own[there] == pytest.approx(Z.T @ rows[here], rel=1e-9)


def test_too_many_combinations_of_levels_for_reml_are_refused_in_words(tmp_path, monkeypatch):
    from bayesmm.model.in_files import cells

    folder = written(tmp_path / "rows", frame_of(300))
    monkeypatch.setattr(cells, "_MOST", 100)
    with pytest.raises(UnsupportedModelError, match="90 combinations of the levels of g and a"):
        bayesmm.ml("y ~ x + (1 | g) + (1 | a)", folder)
    with pytest.raises(UnsupportedModelError, match="30 levels of g are too many"):
        bayesmm.ml("y ~ x + (1 | g)", folder)


def test_sums_of_chunks_are_numpys_up_to_a_chunk_and_exact_beyond():
    values = np.random.default_rng(1).normal(1e6, 1.0, (1_000, 2))
    assert row_sums.mean(values[:, 0]) == values[:, 0].mean()
    assert np.array_equal(row_sums.column_means(values), values.mean(axis=0))
    assert row_sums.column_sd(values[:, 1], 1) == values[:, 1].std(ddof=1)
    many = np.random.default_rng(2).normal(1e6, 1.0, 7_300)
    assert row_sums.mean(many) == pytest.approx(many.mean(), rel=1e-15)
    # squares about the mean of the first chunk lose what the square of its error is worth
    assert row_sums.column_sd(many) == pytest.approx(many.std(), rel=1e-12)


def test_what_stands_for_rows_refuses_to_be_numbers():
    rows = RowsInFiles(3, None)
    for read in (
        *(np.asarray, np.sum, list, sum, float, lambda r: r[0]),
        *(lambda r: r == 1, lambda r: r - 1, lambda r: 1 - r, lambda r: np.zeros(3) - r),
        *(lambda r: r @ r, lambda r: r.mean(), bool, np.unique),
        *(lambda r: r[:2], lambda r: -r, lambda r: 1 in r, lambda r: r < 2, lambda r: r.T),
    ):
        with pytest.raises(UnsupportedModelError, match="every row"):
            read(rows)


def test_numbers_met_are_found_whatever_their_range():
    for values in ([5, 5, 7], [5, -(10**15), 10**15, 5], [1.5, 2.5, 1.5], ["a", "b", "a"]):
        seen = Seen(["g"])
        first = seen.new_rows(pa.table({"g": values}))
        assert [values[i] for i in first] == list(dict.fromkeys(values))
        assert len(seen.new_rows(pa.table({"g": values}))) == 0
    seen = Seen(["g"])  # a table that becomes too long goes on as a set
    assert len(seen.new_rows(pa.table({"g": [1, 2]}))) == 2
    assert len(seen.new_rows(pa.table({"g": [2, 10**12, 1]}))) == 1


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("y ~ poly(x, 2) + (1 | g)", "learns from all rows"),
        ("y | cens(b) ~ 1 + (1 | g)", "censored"),
        ("y ~ x + (1 | g); sigma ~ x", "formula of sigma"),
    ],
)
def test_a_model_that_needs_rows_is_refused_in_words(tmp_path, formula, says):
    folder = written(tmp_path / "rows", frame_of(300))
    with pytest.raises(UnsupportedModelError, match=f"(?i){says}"):
        bayesmm.fit(formula, folder)
    with pytest.raises(UnsupportedModelError, match="gamma family"):
        bayesmm.fit("y ~ x + (1 | g)", folder, "gamma")


def test_columns_of_files_are_found_by_name(tmp_path):
    """Fails if columns are taken by place, or a gap is read where a file has no such column."""
    frame = frame_of(3_000)
    folder = written(tmp_path / "rows", frame)
    for name, columns in (("part1", list(frame)[::-1]), ("part2", [*frame, "more"])):
        table = parquet.read_table(f"{folder}/{name}.parquet")
        more = pa.array(np.ones(len(table)))
        table = table.append_column("more", more).select(columns)
        if name == "part1":  # without a gap, and saying so: the same type
            table = table.cast(table.schema.set(0, table.schema.field(0).with_nullable(False)))
        parquet.write_table(table, f"{folder}/{name}.parquet")
    assert files_of(folder).names == tuple(frame)
    formula = "y ~ x + a + b + (x | g) + (1 | t)"
    (_, priors, memory), (design, others, files) = models(formula, frame, folder)
    assert dict(priors) == dict(others) and design.n_dropped == 3
    for field in memory.data.rows._fields:
        first, second = getattr(memory.data.rows, field), getattr(files.data.rows, field)
        assert np.array_equal(first, second), field
    with pytest.raises(DataError, match=r"'more' is missing in .*part0\.parquet', and other files"):
        bayesmm.ml("y ~ more + (1 | g)", folder)


def test_files_that_are_no_table_are_refused_in_words(tmp_path):
    frame = frame_of(300)
    folder = tmp_path / "rows"
    with pytest.raises(DataError, match="no file"):
        bayesmm.fit("y ~ x", str(folder / "*.parquet"))
    written(folder, frame)
    with pytest.raises(FormulaError, match="'z' is not a column"):
        bayesmm.fit("y ~ z", str(folder))
    with pytest.raises(DataError, match="constant"):
        bayesmm.fit("y ~ x + (1 | g)", written(tmp_path / "same", frame.assign(y=1.0)))
    with pytest.raises(DataError, match="linear combination"):
        bayesmm.fit("y ~ x + z", written(tmp_path / "twice", frame.assign(z=2 * frame["x"])))
    with pytest.raises(DataError, match="'x' is infinite in 1 row, first in row 7 "):
        infinite = frame.assign(x=frame["x"].where(frame.index != 7, np.inf))
        bayesmm.fit("y ~ x + (1 | g)", written(tmp_path / "infinite", infinite))
    with pytest.raises(DataError, match="no rows"):
        bayesmm.fit("y ~ x + (1 | g)", written(tmp_path / "empty", frame.head(0), files=1))
    with pytest.raises(DataError, match="None of the 300 rows"):
        bayesmm.fit("y ~ x + (1 | g)", written(tmp_path / "gaps", frame.assign(x=np.nan)))
    parquet.write_table(pa.table({"y": [1.0], "x": ["no"]}), folder / "z.parquet")
    with pytest.raises(DataError, match="not of one table: column 'x' is"):
        bayesmm.fit("y ~ x", str(folder))
    (folder / "z.parquet").write_text("no table")
    with pytest.raises(DataError, match="cannot be read as a Parquet file"):
        bayesmm.fit("y ~ x", str(folder))


@pytest.mark.slow
def test_the_command_line_reads_a_pattern(tmp_path, capsys, monkeypatch):
    folder = written(tmp_path / "rows", frame_of(600))
    formula, out = "y ~ x + (1 | g)", tmp_path / "out"
    how = ("--draws", 100, "--max-effort", 1, "--no-progress", "--out", out)
    left = command(monkeypatch, "fit", formula, f"{folder}/*.parquet", *how)
    assert left in (0, 3)  # 3: so few draws may not be enough
    printed = capsys.readouterr()
    assert "598 rows in files" in printed.out
    assert "Results written" in printed.err
    assert command(monkeypatch, "ml", formula, folder) == 0
    assert "REML criterion at convergence" in capsys.readouterr().out
    kept = tmp_path / "kept"
    how = (*how[:-2], "--save", kept, "--report", tmp_path / "page.html")
    assert command(monkeypatch, "fit", formula, folder, *how) in (0, 3)
    assert "Fit saved in" in capsys.readouterr().err
    assert "It was not checked: that needs every row" in (tmp_path / "page.html").read_text()
    assert command(monkeypatch, "summary", kept) in (0, 3)
    assert "598 rows in files" in capsys.readouterr().out


def test_an_engine_whose_model_has_every_row_is_refused(tmp_path):
    folder = written(tmp_path / "rows", frame_of(300))
    with pytest.raises(UnsupportedModelError, match="engine 'pymc': its model has every row"):
        bayesmm.fit("y ~ x + (1 | g)", folder, engine="pymc")


def test_a_file_that_changes_is_noticed(tmp_path):
    folder = written(tmp_path / "rows", frame_of(300))
    files = files_of(pyarrow.dataset.dataset(folder))
    design = build_design_of_files("y ~ x + (1 | g)", files, GAUSSIAN)
    os.utime(files.paths[1])
    with pytest.raises(DataError, match="has changed since"):
        list(design.parts())
    os.remove(files.paths[1])
    with pytest.raises(DataError, match="is gone"):
        list(design.parts())
