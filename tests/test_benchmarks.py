"""The benchmarks measure what they promise: sizes of the shapes, and every quantity counted."""

import json
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from bayesmm.model.names import effect_names, scalar_names

sys.path.insert(0, str(Path(__file__).parents[1]))

from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.quantities import reported_variables
from benchmarks import before_after, beyond, gradient, seeds
from benchmarks.compare import compared
from benchmarks.measure import Clock, min_ess, peak_memory, run_process
from benchmarks.results import FOLDER, save, table_text
from benchmarks.shapes import SHAPES, shape_named
from benchmarks.tables import HEADING, results_text

# Shape -> the densities that it has: two where it is not sampled as any other response is.
GRADIENTS = {"sleepstudy": ["collapsed", "joint"], "cbpp": ["joint"]}
OWN = [name for name, shape in SHAPES.items() if shape.origin != "lme4"]


@pytest.mark.parametrize("name", OWN)
def test_shapes_have_the_promised_sizes(name):
    shape = SHAPES[name]
    frame = shape.frame()
    assert len(frame) == shape.n_obs
    assert {factor: frame[factor].nunique() for factor in shape.levels} == dict(shape.levels)


@pytest.mark.parametrize("name", OWN)
def test_formulas_are_read_as_promised(name):
    shape = SHAPES[name]
    design = build_design(shape.formula, shape.frame(), resolve_family(shape.family, None))
    assert design.n_obs == shape.n_obs
    levels = {block.factor: block.n_groups for block in design.blocks}
    assert levels == dict(shape.levels)
    assert shape.has_correlations == any(block.covariance.correlated for block in design.blocks)


def test_simulated_shapes_are_the_same_every_time():
    for name in ("verbagg", "insteval", "rows_1e4_groups_1000_q_2"):
        assert SHAPES[name].frame().equals(SHAPES[name].frame())


def test_nested_factors_are_nested():
    marks = SHAPES["insteval"].frame()
    assert (marks.groupby("d")["dept"].nunique() == 1).all()
    ticks = SHAPES["grouseticks"].frame()
    assert (ticks.groupby("BROOD")["LOCATION"].nunique() == 1).all()


def test_shapes_of_any_size():
    shape = shape_named("rows_2e3_groups_50_q_3")
    assert shape.formula == "y ~ x1 + x2 + (1 + x1 + x2 | g)"
    frame = shape.frame()
    assert len(frame) == 2000
    assert frame["g"].nunique() == 50
    with pytest.raises(KeyError, match="is no shape"):
        shape_named("sleep")


def synthetic_draws(design, seed=0, chains=4, draws=200):
    """Return independent draws in the terms of a design: each ESS is near chains * draws."""
    from bayesmm.sampling.draws import BlockDraws, ParameterDraws

    random = np.random.default_rng(seed)
    shape = (chains, draws)
    blocks = []
    for block in design.blocks:
        q = block.n_effects
        corr = None
        if block.covariance.correlated:
            pairs = random.uniform(-1, 1, (*shape, q, q))
            corr = np.tril(pairs, -1)
            corr = corr + np.swapaxes(corr, -1, -2) + np.eye(q)
        effects = random.normal(size=(*shape, q, block.n_groups))
        blocks.append(BlockDraws(np.exp(random.normal(size=(*shape, q))), corr, effects))
    return ParameterDraws(
        intercept=random.normal(size=shape),
        beta=random.normal(size=(*shape, len(design.mu.names))),
        auxiliary={name: np.exp(random.normal(size=shape)) for name in design.family.auxiliary},
        blocks=tuple(blocks),
        statistics={},
        seconds={},
        facts={},
    )


@pytest.mark.parametrize("name", ["sleepstudy", "sitka", "penicillin", "cbpp", "grouseticks"])
def test_every_reported_quantity_is_counted(name):
    shape = SHAPES[name]
    design = build_design(shape.formula, shape.frame(), resolve_family(shape.family, None))
    posterior = assemble(design, synthetic_draws(design))["posterior"].dataset
    expected = len(scalar_names(design))
    for block in design.blocks:
        q = block.n_effects
        expected += q + q * (q - 1) // 2 * block.covariance.correlated + q * block.n_groups
    assert min_ess(posterior).n_quantities == expected
    assert set(posterior.data_vars) == set(reported_variables(design))


@pytest.mark.parametrize("name", ["Days", "sigma", "1|Subject_sigma", "Days|Subject"])
def test_the_worst_quantity_is_found_wherever_it_is(name):
    shape = SHAPES["sleepstudy"]
    design = build_design(shape.formula, shape.frame(), resolve_family("gaussian", None))
    posterior = assemble(design, synthetic_draws(design))["posterior"].dataset.copy(deep=True)
    before = min_ess(posterior)
    assert before.least > 400  # of 800 independent draws
    slow = posterior[name].values
    target = slow[..., 3] if slow.ndim == 3 else slow
    target[:] = np.cumsum(target, axis=1)  # a random walk
    found = min_ess(posterior)
    assert found.least < 50
    assert found.quantity == (f"{name}[3]" if slow.ndim == 3 else name)


def test_a_slow_correlation_is_found():
    shape = SHAPES["sitka"]
    design = build_design(shape.formula, shape.frame(), resolve_family("gaussian", None))
    posterior = assemble(design, synthetic_draws(design))["posterior"].dataset.copy(deep=True)
    corr = posterior["tree_corr"].values
    corr[:, :, 2] = np.tanh(np.cumsum(corr[:, :, 2], axis=1) / 10)  # of effects 1 and 2
    found = min_ess(posterior)
    assert found.quantity.startswith("tree_corr")
    assert found.least < 50


def test_a_quantity_that_never_moves_has_no_effective_draws():
    draws = np.random.default_rng(0).normal(size=(4, 100, 3))
    draws[:, :, 1] = 2.0
    dims = ("chain", "draw", "g")
    posterior = xr.Dataset({"u": (dims, draws), "b": (dims[:2], draws[:, :, 0])})
    ess = min_ess(posterior)
    assert (ess.least, ess.quantity, ess.n_quantities) == (0.0, "u[1]", 4)


def test_rows_of_earlier_runs_are_kept(tmp_path):
    chosen = Namespace(out=tmp_path, quick=False)
    save("speed", ("tool",), [{"tool": "ours", "s": 1.0}, {"tool": "peer", "s": 9.0}], chosen)
    merged = save("speed", ("tool",), [{"tool": "ours", "s": 0.5}], chosen)
    assert {row["tool"]: row["s"] for row in merged} == {"ours": 0.5, "peer": 9.0}
    content = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert {row["run"] for row in content["rows"]} == set(content["runs"])
    facts = next(iter(content["runs"].values()))
    assert {"processor", "cores", "memory_gib", "versions"} <= set(facts)


def test_tables_of_all_results(tmp_path):
    row = {"shape": "verbagg", "tool": "bayesmm", "seconds": 0.25}
    save("new_formula", ("shape", "tool"), [row], Namespace(out=tmp_path, quick=False))
    text = results_text(tmp_path)
    assert text.count("###") == 1
    assert "| verbagg" in text
    assert "0.25" in text


def test_the_page_has_the_numbers_of_the_committed_results():
    """Fails where a file was measured again and not told, or not written by `save`."""
    page = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert page.partition(HEADING)[2].strip() == results_text(FOLDER).strip()
    for path in FOLDER.glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        assert {row["run"] for row in content["rows"]} == set(content["runs"]), path.name
        keys = [tuple(row.get(key) for key in content["keys"]) for row in content["rows"]]
        assert len(set(keys)) == len(keys), path.name


def test_two_checkouts_are_compared(tmp_path):
    for folder, seconds in (("before", 2.0), ("after", 0.5)):
        rows = [{"shape": "a", "tool": "t", "seconds": seconds}, {"shape": folder, "tool": "t"}]
        save("q", ("shape", "tool"), rows, Namespace(out=tmp_path / folder, quick=False))
    paths = [tmp_path / folder / "q.json" for folder in ("before", "after")]
    keys, rows = compared(*paths, "seconds")
    assert keys == ["shape", "tool"]
    assert rows == [{"shape": "a", "tool": "t", "before": 2.0, "after": 0.5, "ratio": 0.25}]


def test_tables_are_markdown():
    rows = [{"a": "1|g", "b": 1234.5}, {"a": "x", "b": None}]
    assert table_text(rows, {"a": "name", "b": "ms"}).splitlines() == [
        "| name |    ms |",
        "| ---- | ----: |",
        "| 1\\|g | 1,234 |",
        "| x    |       |",
    ]


def test_processes_are_timed_and_stopped():
    done = run_process([sys.executable, "-c", "print(7)"])
    assert (done.status, done.output.strip()) == (0, "7")
    assert done.seconds > 0
    failed = run_process([sys.executable, "-c", "raise SystemExit(3)"])
    assert failed.status == 3
    stopped = run_process([sys.executable, "-c", "import time; time.sleep(60)"], limit=0.5)
    assert stopped.status == -1


def test_memory_and_clock_tell_something():
    assert peak_memory() > 10  # MiB; an interpreter with numpy has more
    clock = Clock.read()
    if clock is not None:
        sum(range(100_000))
        assert clock.others() >= 0


def test_gradients_are_timed_of_what_is_sampled():
    """The density that a fit samples, caught on its way to the sampler, whatever calls it."""
    kinds = {name: [r["density"] for r in gradient.measure(name, 0.01)] for name in GRADIENTS}
    assert kinds == GRADIENTS


def test_two_checkouts_side_by_side():
    """A ratio where both have a number; what one cannot answer is told, and no ratio."""
    before = {("start", "a"): 4.0, ("start", "b"): "no such option"}
    after = {("start", "a"): 1.0, ("start", "b"): 2.0, ("start", "c"): 3.0}
    rows = before_after.side_by_side(before, after)
    assert [(row["what"], row["before"], row["after"]) for row in rows] == [
        ("a", 4.0, 1.0),
        ("b", None, 2.0),
        ("c", None, 3.0),
    ]
    assert [row.get("ratio") for row in rows] == [0.25, None, None]
    assert [row.get("note") for row in rows] == [
        None,
        "before: no such option",
        "before: not asked",
    ]


@pytest.mark.parametrize("name", beyond.MODELS)
def test_every_quantity_beyond_the_normal_is_compared_with_brms(name):
    """All that is no group effect has a name there; what is compared with Bambi is among it."""
    model = beyond.MODELS[name]
    frame = model.frame()
    design = build_design(list(model.formulas), frame, resolve_family(model.family))
    effects = {effect for block in design.blocks for effect in effect_names(block)}
    assert set(model.brms) == set(reported_variables(design)) - effects
    assert set(model.bambi.names.values()) <= set(model.brms)
    assert frame.equals(model.frame())  # the same every time


def test_means_apart_are_counted_in_their_errors():
    ours = {"x": (1.0, 0.3), "y": (0.0, 1.0)}
    found = beyond.apart(ours, {"b_x": (2.0, 0.4), "b_y": (0.1, 1.0)}, {"x": "b_x", "y": "b_y"})
    assert found["apart"] == pytest.approx(2.0)
    assert found["compared"] == 2
    assert found["limit"] == pytest.approx(3.4808, abs=1e-4)  # normal quantile of 1 - .001 / 4
    assert beyond.apart(ours, {}, {}) == {}


def test_a_run_of_seeds_goes_on_with_what_is_left(tmp_path):
    chosen = Namespace(out=tmp_path, quick=False, again=False)
    rows = [
        {"model": "a", "seeds": 50, "sources": seeds.sources()},
        {"model": "b", "seeds": 10, "sources": seeds.sources()},
        {"model": "c", "seeds": 50, "sources": "others"},
        {"model": "d", "seeds": 50},
    ]
    save("seeds", seeds.KEYS, rows, chosen)
    there = seeds.measured(chosen)
    complete = [name for name in "abcde" if seeds.of_these_sources(there.get(name), 50)]
    assert complete == ["a"]
    chosen.again = True
    assert seeds.measured(chosen) == {}


def test_seeds_of_other_sources_hold_while_the_draws_are_the_same():
    """First and last seed are fitted again: one other bit, and the model is measured anew."""
    row = seeds.measure("random_intercept", 2, None)
    earlier = row | {"sources": "others", "good": -1}
    assert seeds.measure("random_intercept", 2, earlier) == row | {"good": -1}
    assert seeds.measure("random_intercept", 3, earlier)["good"] == 3  # more were asked for
    other = earlier | {"draws": [row["draws"][0], "0" * 16]}
    assert seeds.measure("random_intercept", 2, other)["good"] == 2
