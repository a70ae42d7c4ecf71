"""Discrete responses in files, from their distinct rows: what the same rows in memory give.

What must fail when the property is broken: a row that is merged with one that is not like it, that
is counted twice or left out, changes a sum of `joint_model`'s data, all of which are compared to
the bit; so are starts and priors.
"""

import numpy as np
import pandas as pd
import pytest
from discrete_rows import frame_of, written
from small_chunks import with_small_chunks

import bayesmm
from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.in_files import cell_rows, table_files
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.sampling.compiled.joint.model import joint_model
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.compiled.joint.start import starting_point
from bayesmm.sampling.compiled.joint.transport.model import plain_model

MODELS = (
    ("k ~ x + a + (x | g)", "poisson", None),
    ("k ~ I(x^2) + (1 | a:t)", "poisson", "identity"),
    ("k ~ x", "geometric", None),
    ("b ~ x + a + (a | g)", "bernoulli", None),
    ("b ~ x + (1 | g) + (1 | a)", "binomial", "probit"),
    ("z ~ x + (x || t)", "bernoulli", "cloglog"),
    ("p(s, m) ~ x + a + (1 | g)", "binomial", None),
    ("cbind(s, f) ~ a + (1 | g)", "binomial", None),
    ("m - 1 ~ 1 + (1 | t)", "poisson", None),
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks, for both ways."""
    with_small_chunks(monkeypatch, 1_000)
    monkeypatch.setattr(cell_rows, "_AT_ONCE", 100)


def both(formula, frame, folder, family, link=None):
    own = resolve_family(family, link)
    files = table_files.files_of(folder)
    return build_design(formula, frame, own), build_design_of_files(formula, files, own)


def same_arrays(first, second) -> list[str]:
    """Return what differs in the arrays of two joint models."""
    fields = [n for n in first.data._fields if not same(first.data, second.data, n)]
    starts = [starting_point(m.inside, m.layout, m.geometry, m.priors) for m in (first, second)]
    fields += [] if np.array_equal(*starts) else ["start"]
    return fields + ([] if first.n_merged == second.n_merged else ["n_merged"])


def same(first, second, name: str) -> bool:
    return np.array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize(("formula", "family", "link"), MODELS)
def test_what_the_density_reads_is_that_of_memory_to_the_bit(tmp_path, formula, family, link):
    folder = written(tmp_path / "rows", frame_of(4_000))
    design, other = both(formula, pd.read_parquet(folder), folder, family, link)
    assert design.notes == other.notes and design.success == other.success
    assert (design.n_obs, design.n_dropped) == (other.n_obs, other.n_dropped)
    priors, others = choose_priors(design), choose_priors(other)
    assert dict(priors) == dict(others)
    own, own_other = prior_design(design, priors), prior_design(other, others)
    first, second = plain_model(own, priors), plain_model(own_other, others)
    assert first.n_merged > 3_500
    assert same_arrays(first, second) == []
    # in the coordinates of models whose transport is too dear
    levels = informed_levels(own), informed_levels(own_other.condensed())
    assert all(np.array_equal(a, b) for a, b in zip(*levels, strict=True))
    centred = [np.arange(block.n_groups) % 2 == 0 for block in design.blocks]
    first, second = joint_model(own, priors, centred), joint_model(own_other, others, centred)
    assert same_arrays(first, second) == []


def test_distinct_rows_are_those_that_pandas_counts(tmp_path):
    folder = written(tmp_path / "rows", frame_of(4_000))
    _, design = both("p(s, m) ~ x + (1 | g)", frame_of(4_000), folder, "binomial")
    cells = design.condensed()
    frame = pd.read_parquet(folder).dropna(subset="x")
    counts = frame.groupby(["g", "x", "s", "m"]).size()
    found = pd.DataFrame(
        {
            "g": np.array(sorted(frame["g"].unique()))[cells.blocks[0].columns.codes],
            **{"x": cells.mu.X[:, 0], "s": cells.y, "m": cells.trials, "n": cells.weights},
        }
    ).set_index(["g", "x", "s", "m"])["n"]
    assert len(found) == len(counts)
    assert (found.sort_index() == counts.sort_index()).all()
    assert np.array_equal(cells.mu.centre, design.mu.centre)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("k ~ x + a + (x | g)", "poisson"),
        ("b ~ x + (1 | g) + (1 | a)", "bernoulli"),
        ("p(s, m) ~ x + a", "binomial"),
    ],
)
def test_maximum_likelihood_is_that_of_memory(tmp_path, formula, family):
    folder = written(tmp_path / "rows", frame_of(3_000))
    memory = bayesmm.ml(formula, pd.read_parquet(folder), family)
    files = bayesmm.ml(formula, folder, family)
    # the same function of the same numbers, but for the rounding of sums
    assert files.loglik == pytest.approx(memory.loglik, abs=1e-8)
    assert (files.aic, files.bic) == pytest.approx((memory.aic, memory.bic), abs=1e-7)
    assert np.abs((files.estimates - memory.estimates) / memory.standard_errors).max() < 1e-4
    assert files.standard_errors == pytest.approx(memory.standard_errors, rel=1e-4)
    for own, other in zip(files.blocks, memory.blocks, strict=True):
        assert own.sd == pytest.approx(other.sd, rel=1e-4, abs=1e-5)
        assert own.mode_sds == pytest.approx(other.mode_sds, rel=1e-4, abs=1e-5)
    assert str(files.summary()).splitlines()[:2] == str(memory.summary()).splitlines()[:2]


def test_both_values_of_a_response_are_found_wherever_they_are(tmp_path):
    """Fails if the values are looked for in a row of each level, or in one piece of the files."""
    frame = frame_of(2_000).dropna().sort_values("b", kind="stable", ignore_index=True)
    folder = written(tmp_path / "rows", frame)
    files, memory = (bayesmm.ml("b ~ x + (1 | g)", own, "bernoulli") for own in (folder, frame))
    assert files.loglik == pytest.approx(memory.loglik, abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "family", "option"),
    [
        ("k ~ x + a + (x | g)", "poisson", {}),
        ("b ~ x + a + (1 | g)", "bernoulli", {"success": "no"}),
        ("p(s, m) ~ x + (1 | g) + (1 | a)", "binomial", {"priors": "rstanarm"}),
    ],
)
def test_draws_and_tables_are_those_of_memory(tmp_path, formula, family, option):
    folder = written(tmp_path / "rows", frame_of(100_000 if not option else 5_000))
    frame = pd.read_parquet(folder)
    how = {"seed": 1, "progress": False, "draws": 100, "max_effort": 1} | option
    memory, files = (bayesmm.fit(formula, data, family, **how) for data in (frame, folder))
    for name, drawn in memory.own_draws["posterior"].data_vars.items():
        assert np.array_equal(drawn, files.own_draws["posterior"][name]), name
    assert memory.facts == files.facts
    for table in ("fixef", "ranef", "coef", "varcorr"):
        first, second = (pd.DataFrame(getattr(fit, table)()) for fit in (memory, files))
        pd.testing.assert_frame_equal(first, second)
    new = frame.dropna().head(5)
    assert str(memory.predict(new)) == str(files.predict(new))
    assert list(memory.compare_ml()["var1"]) == list(files.compare_ml()["var1"])


def test_rows_that_are_not_alike_are_refused_in_words(tmp_path, monkeypatch):
    frame = frame_of(600)
    few = frame.assign(x=np.random.default_rng(5).normal(size=600))
    with pytest.raises(UnsupportedModelError, match="600 rows have 600 distinct combinations"):
        bayesmm.ml("z ~ x + (1 | g)", written(tmp_path / "few", few), "bernoulli")
    monkeypatch.setattr(cell_rows, "_MOST", 50)
    with pytest.raises(UnsupportedModelError, match="More than 50 rows differ"):
        bayesmm.ml("k ~ x + a + (1 | g)", written(tmp_path / "many", frame), "poisson")


def test_responses_that_cannot_be_are_refused_as_in_memory(tmp_path):
    frame = frame_of(600)
    for formula, family, own, says in (
        ("k ~ x", "poisson", frame.assign(k=frame["k"] - 1), "must be whole"),
        ("z ~ x", "bernoulli", frame.assign(z=1), "constant"),
        ("p(s, m) ~ x", "binomial", frame.assign(s=0), "is a failure"),
        ("p(s, m) ~ x", "binomial", frame.assign(s=frame["m"]), "is a success"),
        ("p(s, m) ~ x", "binomial", frame.assign(s=frame["m"] + 1), "fewer trials"),
    ):
        folder = written(tmp_path / "rows", own)
        refused = []
        for data in (pd.read_parquet(folder), folder):
            with pytest.raises(DataError, match=says) as problem:
                bayesmm.ml(formula, data, family)
            refused.append(str(problem.value))
        # of files the rows are counted in those that were read by then
        assert refused[0].partition(" in ")[0] == refused[1].partition(" in ")[0]
        rows = [sentence.partition("first in row ")[2].split(" ")[0] for sentence in refused]
        assert rows[0] == rows[1]


def test_fits_of_files_are_not_compared_by_rows_that_are_not_there(tmp_path):
    # their distinct rows differ from model to model: as many, perhaps, and not the same
    folder = written(tmp_path / "rows", frame_of(600))
    one, other = (bayesmm.ml(f"k ~ {term}", folder, "poisson") for term in ("x", "a"))
    with pytest.raises(UnsupportedModelError, match="every row"):
        bayesmm.compare({"one": one, "other": other})
