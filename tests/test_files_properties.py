"""Files give what memory gives, whatever the formula, the columns and the way they are cut.

What must fail when the property is broken: a level that appears late, a missing value, an empty
file or another batch size must move nothing; every array of the density is compared to the bit. A
model that memory refuses, files refuse too.
"""

import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from small_chunks import with_small_chunks

from bayesmm.errors import BayesmmError, UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.in_files import cell_rows, table_files
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_columns import prior_design
from bayesmm.sampling.compiled.joint.start import starting_point
from bayesmm.sampling.compiled.joint.transport.model import plain_model

N = 150
DAYS = [datetime.date(2024, 1, day) for day in (1, 2, 5)]
# name: (values, type of Arrow, whether it may be a grouping)
COLUMNS = {
    "x": ([0.0, -0.5, 2.25], pa.float64(), False),
    "h": ([0.5, 1.5], pa.float32(), False),
    "i": ([3, 4, 7], pa.int16(), True),
    "u": ([1, 2], pa.uint64(), True),
    "o": ([True, False], pa.bool_(), False),
    "d": ([Decimal("1.25"), Decimal("2.50")], pa.decimal128(6, 2), False),
    "w": (["ä", "b b", "c"], pa.string(), True),
    "l": (["p", "q"], pa.large_string(), True),
    "c": (["late", "early", "mid"], pa.dictionary(pa.int32(), pa.string()), True),
    "t": (DAYS, pa.date32(), True),
}
RESPONSES = {
    "k": ([0, 1, 2, 5], pa.int64(), "poisson"),
    "f": ([0.0, 1.0, 3.0], pa.float64(), "poisson"),
    "z": ([0, 1], pa.int8(), "bernoulli"),
    "v": (["no", "yes"], pa.string(), "bernoulli"),
    "b": ([True, False], pa.bool_(), "bernoulli"),
}
PREDICTORS = [name for name in COLUMNS if name != "t"]
GROUPS = [name for name, (_, _, grouping) in COLUMNS.items() if grouping]


@st.composite
def models(draw) -> tuple[str, str]:
    """Return a formula and the name of its family."""
    response = draw(st.sampled_from(sorted(RESPONSES)))
    terms = draw(st.lists(st.sampled_from(PREDICTORS), max_size=2, unique=True))
    if "x" in terms and draw(st.booleans()):
        terms[terms.index("x")] = "I(x^2)"
    group = draw(st.sampled_from([None, *GROUPS]))
    if group is not None:
        inner = draw(st.sampled_from(["1", "x", "c"]))
        bar = draw(st.sampled_from(["|", "||"]))
        within = draw(st.sampled_from(["", ":w"]))
        terms.append(f"({inner} {bar} {group}{within if group != 'w' else ''})")
    return f"{response} ~ {' + '.join(terms) or '1'}", RESPONSES[response][2]


def table_of(seed: int, missing: list[str], nan: bool) -> pa.Table:
    """Return rows of few values each, of which some are missing, the later levels late."""
    generator = np.random.default_rng(seed)
    columns = {}
    for name, (values, kind, _) in (COLUMNS | RESPONSES).items():
        places = generator.integers(0, len(values), N)
        places[: N // 3] = np.minimum(places[: N // 3], len(values) - 2)  # the last level is late
        own = [values[place] for place in places]
        if name in missing:
            absent = float("nan") if nan and pa.types.is_floating(kind) else None
            own = [
                absent if gone else v
                for v, gone in zip(own, generator.random(N) < 0.1, strict=True)
            ]
        columns[name] = pa.array(own, kind)
    return pa.table(columns)


def both(formula: str, family: str, table: pa.Table, cuts: list[int], group_size: int):
    """Return what both ways make of a model: a design, or why there is none."""
    own = resolve_family(family)
    with TemporaryDirectory() as folder:
        edges = [0, *sorted(cuts), N]
        for number, (first, last) in enumerate(pairwise(edges)):
            part = table.slice(first, last - first)
            parquet.write_table(part, Path(folder) / f"{number}.parquet", row_group_size=group_size)
        found = []
        files = table_files.files_of(folder)
        for build, data in (
            (build_design, pd.read_parquet(folder)),
            (build_design_of_files, files),
        ):
            try:
                design = build(formula, data, own)
                priors = choose_priors(design)
                model = plain_model(prior_design(design, priors), priors)
                start = starting_point(model.inside, model.layout, model.geometry, model.priors)
                found.append((design, priors, model.data, model.n_merged, start))
            except BayesmmError as problem:
                found.append(problem)
        return found


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # an example is read as it is: minutes
)
@given(
    model=models(),
    seed=st.integers(0, 2**32 - 1),
    missing=st.lists(st.sampled_from(sorted(COLUMNS | RESPONSES)), max_size=2, unique=True),
    nan=st.booleans(),
    cuts=st.lists(st.integers(0, N), max_size=4),
    group_size=st.integers(1, N),
    chunk=st.integers(7, 200),
)
def test_files_are_memory(model, seed, missing, nan, cuts, group_size, chunk):
    table = table_of(seed, missing, nan)
    with pytest.MonkeyPatch.context() as patch:
        with_small_chunks(patch, chunk)
        patch.setattr(cell_rows, "_AT_ONCE", 20)
        patch.setattr(cell_rows, "is_worth_merging", lambda n, of: True)
        memory, files = both(*model, table, cuts, group_size)
    if isinstance(memory, BayesmmError):
        assert isinstance(files, BayesmmError), memory
        return
    if isinstance(files, UnsupportedModelError):
        raise files
    assert not isinstance(files, BayesmmError), files
    design, priors, first, n_merged, start = memory
    other, others, second, n_merged_too, start_too = files
    assert isinstance(design, Design) and dict(priors) == dict(others)
    assert [b.levels for b in design.blocks] == [b.levels for b in other.blocks]
    assert (design.n_obs, design.n_dropped) == (other.n_obs, other.n_dropped)
    assert design.mu.names == other.mu.names and design.success == other.success
    assert sorted(design.notes) == sorted(other.notes)
    if not n_merged:
        return  # memory keeps rows that are hardly alike as they are
    assert n_merged == n_merged_too
    for name in first._fields:
        assert np.array_equal(getattr(first, name), getattr(second, name)), name
    assert np.array_equal(start, start_too)
