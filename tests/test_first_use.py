"""The wait of the first use is told once per machine."""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design

from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled import ahead, choice, engine, warm_up
from bayesmm.sampling.compiled.ahead import (
    DRAWS,
    GAUSSIAN_GRADIENT,
    PIECES,
    STARTING_POINTS,
    TRANSPORTED_GRADIENT,
    compiling_beside,
)
from bayesmm.sampling.compiled.collapsed import sampling
from bayesmm.sampling.compiled.collapsed.engine import KIND
from bayesmm.sampling.compiled.first_use import JOINT, LEFT_OUT_GROUPS, announced
from bayesmm.sampling.compiled.kernels.registry import every_rows
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def second_processes(monkeypatch):
    """Return the commands of the second processes, which only say what they would compile."""
    started = []
    popen = ahead.subprocess.Popen

    def fake(command, **options):
        started.append(command)
        said = f"import sys; print('done', flush=True); sys.exit({len(started) > 1})"
        return popen([command[0], "-c", said], **options)

    monkeypatch.setattr(ahead.subprocess, "Popen", fake)
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 2)
    return started


def test_compiling_is_told_once(empty_cache):
    told = []
    for _ in range(2):
        with announced("gaussian response", tell=told.append):
            pass
    assert len(told) == 1
    assert "gaussian response, once on this machine" in told[0]


def test_each_kind_of_model_is_told(empty_cache):
    told = []
    for name in ("gaussian response, effects integrated out", JOINT):
        with announced(name, tell=told.append):
            pass
    assert len(told) == 2


def test_a_compilation_that_failed_is_told_again(empty_cache):
    told = []
    with pytest.raises(RuntimeError), announced(JOINT, tell=told.append):
        raise RuntimeError
    with announced(JOINT, tell=told.append):
        pass
    assert len(told) == 2


def test_a_further_family_is_no_further_wait(empty_cache, monkeypatch, second_processes, capsys):
    """One driver for all: only the first model that needs it is announced."""
    monkeypatch.setattr(engine, "sample_joint", lambda *_: None)
    for family, y in (("poisson", [0.0, 2.0, 1.0, 4.0]), ("gamma", [0.5, 2.0, 1.0, 4.0])):
        design = handmade_design(y, {"x": [1.0, 3.0, 2.0, 5.0]}, family=family, link="log")
        choice.prepare(design, choose_priors(design)).sample(SamplerSettings())
    assert capsys.readouterr().err.count("once on this machine (5 to 15 s)") == 1
    assert [command[3:] for command in second_processes] == [
        [TRANSPORTED_GRADIENT, STARTING_POINTS, "rows: poisson, log link"]
    ]
    assert {STARTING_POINTS, TRANSPORTED_GRADIENT} < set(PIECES)
    assert "poisson, log link" in {label for label, _, _ in every_rows()}


def gaussian_models():
    """One factor; a second large factor, whose level totals are sampled."""
    rows = np.arange(900)
    rng = np.random.default_rng(0)
    for second in (rows // 450, rows % 300):
        blocks = [
            handmade_block(f, codes, {"Intercept": 1.0})
            for f, codes in (("g", rows // 2), ("h", second))
        ]
        yield handmade_design(rng.normal(size=900), {}, blocks)


def test_the_first_gaussian_model_compiles_half_in_a_second_process(
    empty_cache, monkeypatch, second_processes, capsys
):
    """One density for all: a model with sampled totals is no further wait."""
    plans = []
    nothing = ParameterDraws(None, np.empty((1, 1, 0)), {}, (), {}, {}, {})

    def sample_plan(_design, _priors, plan, _settings):
        plans.append(plan)
        return nothing

    monkeypatch.setattr(sampling, "sample_plan", sample_plan)
    for design in gaussian_models():
        choice.prepare(design, choose_priors(design)).sample(SamplerSettings())
    assert [plan.centred is not None for plan in plans] == [False, True]
    told = capsys.readouterr().err
    assert told.count("once on this machine") == told.count(KIND) == 1
    assert [command[3:] for command in second_processes] == [[GAUSSIAN_GRADIENT, DRAWS]]
    assert {GAUSSIAN_GRADIENT, DRAWS} < set(PIECES)
    assert KIND != LEFT_OUT_GROUPS


def test_a_second_process_tells_its_lines_and_whether_it_is_done(second_processes):
    told = []
    for done in (True, False):  # the second one fails
        with compiling_beside(tuple(PIECES), told.append) as finished:
            with compiling_beside(tuple(PIECES)) as third:
                assert not third()
            assert finished() is done
    assert told == ["done", "done"]
    assert len(second_processes) == 2


def test_what_the_second_process_did_not_compile_is_compiled_here(
    empty_cache, monkeypatch, second_processes
):
    second_processes.append("so that the next one fails")
    made = []
    monkeypatch.setattr(warm_up, "compile_piece", lambda piece, _tell: made.append(piece))
    assert not warm_up.is_warm()
    warm_up.warm_up(lambda _line: None)
    assert made == list(PIECES)
    assert warm_up.is_warm()


def test_alone_on_one_core(monkeypatch, second_processes):
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 1)
    with compiling_beside(tuple(PIECES)) as finished:
        assert not finished()
    assert second_processes == []
