"""Offsets, weights and models without an intercept of rows in files: what memory gives.

The cross-products of the rows and the rows that stand for others are the same to the bit; numbers
that scale priors and starts are sums of another order, and are compared to ten digits. What must
fail when the property is broken: an offset that is left in the response, taken twice or not among
what makes rows alike, a weight that is missing in one of the sums, and columns of a model without
an intercept that are measured from their means, change digits that are compared.
"""

import numpy as np
import pandas as pd
import pytest
from discrete_rows import frame_of as discrete_frame
from small_chunks import with_small_chunks
from test_files import frame_of, models, written

import bayesmm
from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.model import row_quantiles
from bayesmm.model.build import build_design
from bayesmm.model.in_files import cell_rows, table_files
from bayesmm.model.in_files.build import build_design_of_files, design_of_kept_rows
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.sampling.compiled.joint.start import starting_point
from bayesmm.sampling.compiled.joint.transport.model import plain_model

GAUSSIAN = (
    "y ~ x + offset(o) + (x | g)",
    "y ~ x + a + offset(o) + offset(scale(x)) + (1 | t)",
    "y ~ 0 + x + (1 | g)",
    "y ~ 0 + a + x + (x | g)",
    "y ~ 0 + a + b + a:x + (1 | t)",
    "y ~ 0 + (1 | g)",
    "y | weights(w) ~ x + (x | g)",
    "y | weights(w) ~ x + a + offset(o) + (0 + a | g) + (1 | t)",
    "y | weights(w) ~ 0 + a + (x || g)",
)
DISCRETE = (
    ("k ~ x + offset(log(n)) + (x | g)", "poisson", None),
    ("k | rate(n) ~ x + (1 | g)", "poisson", None),
    ("k ~ x + offset(o)", "geometric", None),
    ("k ~ I(x^2) + offset(n) + (1 | g)", "poisson", "identity"),
    ("b ~ x + offset(o) + (1 | g)", "bernoulli", None),
    ("p(s, m) ~ a + offset(o) + (1 | g)", "binomial", "probit"),
    ("k ~ 0 + a + a:x + offset(o) + (1 | g)", "poisson", None),
    ("z ~ 0 + x + (1 | g)", "bernoulli", None),
    ("k | weights(v) ~ x + a + (x | g)", "poisson", None),
    ("k | weights(n) ~ x + offset(o) + (1 | g)", "poisson", None),
    ("b | weights(v) ~ x + (1 | g) + (1 | a)", "bernoulli", "probit"),
    ("p(s, m) | weights(n) ~ 0 + a + (1 | g)", "binomial", None),
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks, for both ways."""
    with_small_chunks(monkeypatch, 1_000)
    monkeypatch.setattr(cell_rows, "_AT_ONCE", 100)


def real_frame(n_rows: int) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    more = {"w": generator.uniform(0.5, 2.0, n_rows), "o": generator.normal(3.0, 2.0, n_rows)}
    frame = frame_of(n_rows).assign(**more)
    frame.loc[[7, n_rows // 2], "o"] = np.nan
    return frame


def count_frame(n_rows: int) -> pd.DataFrame:
    generator = np.random.default_rng(3)
    n, o = generator.integers(1, 4, n_rows) * 1.5, generator.integers(0, 3, n_rows) * 0.7
    return discrete_frame(n_rows).assign(n=n, o=o, v=generator.integers(1, 4, n_rows))


def assert_near(first: object, second: object, what: object, size: float = 0.0) -> None:
    """Compare arrays to ten digits of their largest number."""
    first, second = (np.asarray(own, dtype=np.float64) for own in (first, second))
    assert first.shape == second.shape, what
    size = np.abs(first[np.isfinite(first)]).max(initial=size)
    assert second == pytest.approx(first, rel=1e-10, abs=1e-10 * size), what


def assert_near_priors(first, second) -> None:
    assert list(first) == list(second)
    for name in first:
        assert first[name].distribution == second[name].distribution
        assert_near(first[name].parameters, second[name].parameters, name)


def assert_same_priors(design, other) -> None:
    for preset in ("default", "rstanarm", "bambi"):
        assert_near_priors(choose_priors(design, preset), choose_priors(other, preset))


@pytest.mark.parametrize("formula", GAUSSIAN)
def test_what_the_gaussian_density_reads_is_that_of_memory(tmp_path, formula):
    folder = written(tmp_path / "rows", real_frame(5_000))
    frame = pd.read_parquet(folder)
    (design, _, memory), (other, _, files) = models(formula, frame, folder)
    assert design.notes == other.notes
    assert (design.n_obs, design.n_dropped) == (other.n_obs, other.n_dropped)
    assert_same_priors(design, other)
    for name in ("rows", "priors"):
        first, second = getattr(memory.data, name), getattr(files.data, name)
        for field in first._fields:
            # the centre of a prior is told from the response, whose sd is about 1
            least = 1.0 if field == "centre" else 0.0
            assert_near(getattr(first, field), getattr(second, field), (name, field), least)
    for field in ("start", "shift", "jitter", "order"):
        assert_near(getattr(memory, field), getattr(files, field), field)


@pytest.mark.parametrize(("formula", "family", "link"), DISCRETE)
def test_what_the_density_of_counts_reads_is_that_of_memory(tmp_path, formula, family, link):
    folder = written(tmp_path / "rows", count_frame(4_000))
    own = resolve_family(family, link)
    design = build_design(formula, pd.read_parquet(folder), own)
    other = build_design_of_files(formula, table_files.files_of(folder), own)
    assert design.notes == other.notes
    assert_same_priors(design, other)
    first, second = (
        plain_model(prior_design(each, priors), priors)
        for each in (design, other)
        for priors in [choose_priors(each)]
    )
    assert first.n_merged == second.n_merged > 3_500
    for name in first.data._fields:
        near = assert_near if name == "priors" else np.testing.assert_array_equal
        near(getattr(first.data, name), getattr(second.data, name), name)
    starts = [starting_point(m.inside, m.layout, m.geometry, m.priors) for m in (first, second)]
    for one, two in zip(*starts, strict=True):
        assert_near(one, two, "start")


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ 0 + a + x + offset(o) + (x | g)", "gaussian"),
        ("y ~ x + offset(o)", "gaussian"),
        ("k ~ 0 + a + offset(log(n)) + (1 | g)", "poisson"),
        ("p(s, m) ~ x + offset(o)", "binomial"),
        ("k | weights(v) ~ x + (x | g)", "poisson"),
        ("y | weights(w) ~ x + a + (x | g)", "gaussian"),
        ("y | weights(w) ~ 0 + a + offset(o) + (1 | t) + (1 | b)", "gaussian"),
        ("y | weights(w) ~ x + b", "gaussian"),
    ],
)
def test_maximum_likelihood_is_that_of_memory(tmp_path, formula, family):
    frame = real_frame(3_000) if family == "gaussian" else count_frame(3_000)
    folder = written(tmp_path / "rows", frame)
    memory = bayesmm.ml(formula, pd.read_parquet(folder), family)
    files = bayesmm.ml(formula, folder, family)
    assert files.loglik == pytest.approx(memory.loglik, abs=1e-6)
    assert (files.aic, files.bic) == pytest.approx((memory.aic, memory.bic), abs=1e-5)
    if family == "gaussian":
        assert files.sigma == pytest.approx(memory.sigma, rel=1e-6)
        assert files.degrees_of_freedom == pytest.approx(memory.degrees_of_freedom, rel=1e-3)
    assert np.abs((files.estimates - memory.estimates) / memory.standard_errors).max() < 1e-4
    assert files.standard_errors == pytest.approx(memory.standard_errors, rel=1e-4)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y | weights(w) ~ 0 + a + offset(o) + (x | g)", "gaussian"),
        ("k ~ x + offset(log(n)) + (1 | g)", "poisson"),
        ("p(s, m) | weights(v) ~ x + (1 | g)", "binomial"),
    ],
)
def test_what_is_kept_gives_the_priors_without_the_files(tmp_path, formula, family):
    frame = real_frame(3_000) if family == "gaussian" else count_frame(3_000)
    files, own = table_files.files_of(written(tmp_path / "rows", frame)), resolve_family(family)
    design = build_design_of_files(formula, files, own)
    priors = choose_priors(design)
    arrays = {name: np.array(array) for name, array in design.source.kept(design)}
    for path in files.paths:  # from here on there is nothing to read
        (tmp_path / path).unlink()
    again = design_of_kept_rows(formula, files, own, design.source.look.examples, arrays)
    assert dict(choose_priors(again)) == dict(priors)
    again = dict(again.source.kept(again))
    assert list(again) == list(arrays)
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ x + offset(o) + (x | g)", "gaussian"),
        ("y | weights(w) ~ x", "gaussian"),
        ("k ~ x + offset(log(n)) + (1 | g)", "poisson"),
        ("b ~ x + (1 | g)", "bernoulli"),
        ("k ~ x", "geometric"),
    ],
)
def test_medians_of_the_preset_of_brms_are_those_of_memory(tmp_path, monkeypatch, formula, family):
    monkeypatch.setattr(row_quantiles, "_FEW", 20)
    frame = real_frame(3_000) if family == "gaussian" else count_frame(3_000)
    folder, own = written(tmp_path / "rows", frame), resolve_family(family)
    design = build_design(formula, pd.read_parquet(folder), own)
    other = build_design_of_files(formula, table_files.files_of(folder), own)
    assert_near_priors(choose_priors(design, "brms"), choose_priors(other, "brms"))


@pytest.mark.parametrize("n", [1, 2, 999, 1_000])
@pytest.mark.parametrize("kind", ["plain", "ties", "halves", "far", "huge"])
def test_medians_of_parts_are_numpys(monkeypatch, n, kind):
    """Fails if a number on an edge of two bins is counted twice, or in none."""
    monkeypatch.setattr(row_quantiles, "_FEW", 10)
    monkeypatch.setattr(row_quantiles, "_BINS", 8)
    generator = np.random.default_rng(n)
    values = {
        "plain": generator.normal(size=n),
        "ties": generator.integers(0, 4, n) / 4.0,
        "halves": np.repeat([0.0, 1.0], [n // 2, n - n // 2]),
        "far": np.r_[np.full(n - 1, 1e-9), 1e9],
        "huge": 1e300 * generator.normal(size=n),
    }[kind]
    generator.shuffle(values)
    parts = np.array_split(values, 1 + n // 100)
    assert row_quantiles.median_of_parts(lambda: iter(parts)) == np.median(values)
    distinct, counts = np.unique(values, return_counts=True)
    assert row_quantiles.median_of_counts(distinct, counts) == np.median(values)


def test_what_weights_do_not_allow_is_refused_in_words(tmp_path):
    folder = written(tmp_path / "rows", real_frame(300))
    with pytest.raises(DataError, match="weights w - 1 must be positive"):
        bayesmm.fit("y | weights(w - 1) ~ x + (1 | g)", folder)
    with pytest.raises(DataError, match="weights w - 1 must be positive"):
        bayesmm.fit("b | weights(w - 1) ~ x + (1 | g)", folder, "bernoulli")
