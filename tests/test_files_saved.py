"""Fits of rows in files, saved and loaded: their answers, without the files, to the bit.

What must fail when the property is broken: a sum that is not kept, or kept with fewer digits,
changes what is compared here, or needs a file, which by then is gone.
"""

import shutil

import numpy as np
import pandas as pd
import pytest
from discrete_rows import frame_of, written

import bayesmm
from bayesmm.errors import DataError, SavedFitError, UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.in_files.build import build_design_of_files, design_of_kept_rows
from bayesmm.model.in_files.table_files import files_of
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.storage.sameness import describe_design

MODELS = (
    ("k ~ x + a + (x | g)", "poisson"),
    ("b ~ I(x^2) + (1 | a:t)", "bernoulli"),
    ("p(s, m) ~ 1 + (x || g) + (1 | a)", "binomial"),
    ("k ~ x + a + (x | t)", "gaussian"),
    ("k ~ x", "gaussian"),
)


def same(first: object, second: object) -> bool:
    """Return whether two arrays, of rows or of sums of them, are the same to the bit."""
    if not isinstance(first, RowsInFiles):
        return np.array_equal(first, second)
    parts = ("n_rows", "is_matrix", "columns", "centre", "products", "constant_within", "counts")
    pairs = [(getattr(first, name), getattr(second, name)) for name in parts]
    equal = all(a is b if a is None or b is None else np.array_equal(a, b) for a, b in pairs)
    if first.shares is None or second.shares is None:
        return equal and first.shares is second.shares
    return equal and same(first.shares, second.shares)


def assert_same(one, other) -> None:
    assert describe_design(one) == describe_design(other)
    assert same(one.y, other.y)
    assert all(same(one.known[name], other.known[name]) for name in one.known)
    assert same(one.mu.X, other.mu.X)
    assert [b.levels for b in one.blocks] == [b.levels for b in other.blocks]
    for a, b in zip(one.blocks, other.blocks, strict=True):
        assert same(a.columns.Z, b.columns.Z) and same(a.columns.codes, b.columns.codes)


@pytest.mark.parametrize(("formula", "family"), MODELS)
def test_what_is_kept_gives_the_design_without_the_files(tmp_path, formula, family):
    folder = written(tmp_path / "rows", frame_of(3_000))
    files, own = files_of(folder), resolve_family(family)
    design = build_design_of_files(formula, files, own)
    priors = choose_priors(design)
    in_columns = prior_design(design, priors)  # other columns are kept too
    few = design.condensed(), in_columns.condensed()
    arrays = dict(design.source.kept(design))
    shutil.rmtree(folder)
    again = design_of_kept_rows(
        formula,
        files,
        own,
        design.source.look.examples,
        arrays,
        success=design.success,
        notes=design.notes,
    )
    assert_same(design, again)
    assert dict(choose_priors(again)) == dict(priors)
    other_columns = prior_design(again, priors)
    assert_same(in_columns, other_columns)
    for one, other in zip(few, (again.condensed(), other_columns.condensed()), strict=True):
        assert_same(one, other)
        assert np.array_equal(one.weights, other.weights)
    with pytest.raises(DataError, match="is gone"):
        next(iter(again.parts()))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "family"), [("k ~ x + a + (x | g)", "poisson"), ("k ~ x + (1 | g)", "gaussian")]
)
def test_a_loaded_fit_answers_the_same(tmp_path, formula, family):
    folder = written(tmp_path / "rows", frame_of(3_000))
    how = {"seed": 1, "progress": False, "draws": 100, "max_effort": 1}
    fit = bayesmm.fit(formula, folder, family, **how)
    kept = fit.save(tmp_path / "kept")
    with pytest.raises(UnsupportedModelError, match="every row"):
        fit.check()
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    loaded = bayesmm.load(kept)
    assert any("is gone" in sentence for sentence in loaded.loaded)
    for table in ("fixef", "ranef", "coef", "varcorr", "compare_ml"):
        first, second = (pd.DataFrame(getattr(own, table)()) for own in (fit, loaded))
        pd.testing.assert_frame_equal(first, second)
    assert str(fit.summary()) == str(loaded.summary())
    new = frame_of(20, seed=2).dropna()
    assert str(fit.predict(new)) == str(loaded.predict(new))
    assert np.array_equal(fit.draws["posterior"]["x"], loaded.draws["posterior"]["x"])
    page = loaded.report(tmp_path / "page.html").read_text()
    assert "rows of 3 files" in page
    with pytest.raises(DataError, match="is gone"):
        loaded.update("- x")
    shutil.move(moved, folder)
    again = loaded.update(priors="rstanarm", draws=50)
    assert again.priors.preset == "rstanarm" and again.design.n_obs == fit.design.n_obs
    assert bayesmm.rerun(kept).identical


@pytest.mark.slow
def test_a_saved_fit_that_was_changed_is_refused(tmp_path):
    folder = written(tmp_path / "rows", frame_of(2_000))
    how = {"seed": 1, "progress": False, "draws": 50, "max_effort": 1}
    kept = bayesmm.fit("k ~ x", folder, "poisson", **how).save(tmp_path / "kept")
    whole = (kept / "sums.parquet").read_bytes()
    (kept / "sums.parquet").write_bytes(whole[:-1])
    with pytest.raises(SavedFitError, match="its checksum is another"):
        bayesmm.load(kept)
    (kept / "sums.parquet").unlink()
    with pytest.raises(SavedFitError, match=r"sums\.parquet is missing"):
        bayesmm.load(kept)
    (kept / "sums.parquet").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SavedFitError, match="no file of its own"):
        bayesmm.load(kept)
