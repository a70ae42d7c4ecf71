"""Sums within cells against the rows themselves: cross-products, means, levels that come late.

What must fail when the property is broken: `rows_and_sums` goes the old way over every row, in
another order and about other places; a cell, a block or a level that is mixed up moves whole
numbers, not last digits.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.family.known import resolve_family
from bayesmm.model import cell_sums
from bayesmm.model.build import build_design
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.in_files.table_files import files_of
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells
from bayesmm.sampling.compiled.collapsed.cell_products import moments_of_cells, products_of_cells
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.collapsed.rows import row_parts
from bayesmm.sampling.compiled.collapsed.scatter import block_moments
from bayesmm.sampling.compiled.collapsed.statistics import factorised_groups, statistics_of_products

GAUSSIAN = resolve_family("gaussian")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks."""
    with_small_chunks(monkeypatch, 500)


def frame_of(n_rows: int, far: float = 0.0) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    g, h = generator.integers(0, 25, n_rows), generator.integers(0, 4, n_rows)
    x = generator.normal(2.0, 1.0, n_rows) + far
    y = far + x + generator.normal(size=25)[g] + generator.normal(size=n_rows)
    own = pd.DataFrame({"y": y, "x": x, "g": g, "h": h, "z": generator.normal(size=n_rows)})
    own["a"] = np.array(["p", "q", "r"])[generator.integers(0, 3, n_rows)]
    return own


@pytest.mark.parametrize("far", [0.0, 300.0])
@pytest.mark.parametrize(
    "formula",
    [
        "y ~ x + (x | g)",
        "y ~ x * a + z + (x + z | g) + (1 | h)",
        "y ~ x + z",
        "y ~ 1 + (0 + a | g)",
    ],
)
def test_statistics_are_those_of_the_rows(formula, far):
    design = with_sums(build_design(formula, frame_of(2_300, far), GAUSSIAN), add_to_cells)
    priors = choose_priors(design)
    rows = prior_design(design, priors)
    sums = rows.in_sums
    assert sums is not rows
    plan, of_sums = make_plan(rows), make_plan(sums)
    R, T, within = factorised_groups(row_parts(rows, plan))
    found = statistics_of_products(*products_of_cells(sums, of_sums), rows.n_obs)
    size = np.sqrt(np.abs(np.diag(within)).max())
    m = within.shape[0]
    kept = [*range(m - 1), found.within.shape[0] - 1]  # without the columns of zeros
    # sums about other places: the squares of `far` may cost five digits of sixteen
    assert np.abs(found.within[np.ix_(kept, kept)] - within).max() < 1e-10 * size * size
    assert np.abs(found.R - R).max(initial=0.0) <= 1e-10 * np.abs(R).max(initial=0.0)
    assert np.abs(found.T[..., kept] - T).max(initial=0.0) < 1e-10 * size
    for block, other in zip(rows.blocks, sums.blocks, strict=True):
        if block.covariance.correlated:
            first, second = block_moments(rows, block), moments_of_cells(sums, other)
            assert second.n_obs == first.n_obs
            assert second.total == pytest.approx(first.total, rel=1e-6)
            assert second.products == pytest.approx(first.products, rel=1e-9, abs=1e-6)
            assert second.pull == pytest.approx(first.pull, rel=1e-6, abs=1e-4)


def test_priors_of_products_are_those_of_the_rows():
    design = build_design("y ~ x * z + x * a + (1 | g)", frame_of(2_300, 50.0), GAUSSIAN)
    rows, sums = choose_priors(design), choose_priors(with_sums(design, add_to_cells))
    for name, prior in rows.items():
        assert sums[name].parameters == pytest.approx(prior.parameters, rel=1e-10), name


@pytest.mark.parametrize("formula", ["y ~ x * a + (1 | g)", "y ~ x * z + (1 | g)"])
def test_products_of_numbers_far_from_zero_are_left_to_the_rows(tmp_path, formula):
    frame = frame_of(2_300, 1e5)
    design = build_design(formula, frame, GAUSSIAN)
    assert with_sums(design, add_to_cells) is design
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    files = build_design_of_files(formula, files_of(path), GAUSSIAN, add=add_to_cells)
    assert files.source.cells is None
    plain = build_design("y ~ x + (x | g)", frame, GAUSSIAN)  # its own origin keeps the digits
    assert with_sums(plain, add_to_cells) is not plain


def test_sums_are_not_those_of_other_rows():
    design = with_sums(build_design("y ~ x + (x | g)", frame_of(2_300), GAUSSIAN), add_to_cells)
    assert design.in_sums is not design
    changed = replace(design, y=design.y + 1.0)
    assert changed.in_sums is changed
    few = build_design("y ~ x + (x | g)", frame_of(400), GAUSSIAN)
    assert with_sums(few, add_to_cells) is few


@pytest.mark.parametrize("kind", ["sorted", "wide", "text", "fraction"])
def test_levels_that_come_late_or_far_apart_are_found(tmp_path, kind):
    frame = frame_of(2_300).sort_values("g", kind="stable", ignore_index=True)
    keys = {
        "sorted": lambda g: 12 - g,
        "wide": lambda g: (g - 12) * 10**12,
        "text": lambda g: np.char.add("s", g.astype(str)),
        "fraction": lambda g: g / 4,
    }
    frame["g"] = keys[kind](frame["g"].to_numpy())
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    memory = with_sums(build_design("y ~ x + (x | g)", frame, GAUSSIAN), add_to_cells).in_sums
    files = build_design_of_files("y ~ x + (x | g)", files_of(path), GAUSSIAN, add=add_to_cells)
    assert files.source.look.met is not None
    assert files.blocks[0].levels == memory.blocks[0].levels
    assert np.array_equal(files.source.cells.table, memory.source.cells.table)
    assert np.array_equal(files.source.cells.cells, memory.source.cells.cells)


def test_a_table_that_would_be_too_long_is_not_made(tmp_path, monkeypatch):
    frame = frame_of(2_300)
    path = tmp_path / "rows.parquet"
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    monkeypatch.setattr(cell_sums, "_MOST", 150)
    files = build_design_of_files("y ~ x + (1 | g)", files_of(path), GAUSSIAN, add=add_to_cells)
    assert files.source.cells is None
    assert files.n_obs == len(frame)
    design = build_design("y ~ x + (1 | g)", frame, GAUSSIAN)
    assert with_sums(design, add_to_cells) is design


def test_a_column_knows_whether_it_is_constant_within_levels():
    frame = frame_of(2_300)
    frame["w"] = frame["g"] ** 2 / 7
    frame["v"] = frame["w"].where(frame.index != 2_200, 0.1)
    design = with_sums(build_design("y ~ x + w + v + (1 | g)", frame, GAUSSIAN), add_to_cells)
    cells = design.in_sums.source.cells
    assert [cells.constant_within("g", k) for k in range(3)] == [False, True, False]
    assert cells.column(cells.way(1)).least == frame["w"].min()
    assert cells.mean(cells.way(2)) == pytest.approx(frame["v"].mean(), rel=1e-14)


@pytest.mark.slow
def test_sums_are_saved_and_loaded_with_what_functions_learnt(tmp_path):
    (tmp_path / "rows").mkdir()
    table = pa.Table.from_pandas(frame_of(2_300), preserve_index=False)
    parquet.write_table(table, tmp_path / "rows" / "all.parquet")
    how = {"seed": 1, "progress": False, "draws": 100, "max_effort": 1}
    fit = bayesmm.fit("y ~ scale(x) + (1 | g)", tmp_path / "rows", **how)
    fit.save(tmp_path / "kept")
    loaded = bayesmm.load(tmp_path / "kept")
    kept, cells = loaded.design.source.cells, fit.design.source.cells
    assert np.array_equal(kept.table, cells.table)
    assert loaded.design.encoder.states == fit.design.encoder.states
    assert str(loaded.summary()) == str(fit.summary())
    assert str(loaded.compare_ml()) == str(fit.compare_ml())
    new = pd.DataFrame({"x": [4.0, 6.0], "g": [1, 2]})
    assert str(loaded.predict(new)) == str(fit.predict(new))
