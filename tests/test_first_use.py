"""The wait of the first use is told once per machine."""

import pytest
from handmade import handmade_design

from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled import ahead, choice, first_use
from bayesmm.sampling.compiled.ahead import OF_SECOND, PIECES, beside, gaussian_designs
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.collapsed.engine import KINDS
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.first_use import (
    JOINT,
    LEFT_OUT_GROUPS,
    announced,
    is_warm,
)
from bayesmm.sampling.draws import SamplerSettings


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


def test_warming_up_covers_every_gaussian_path():
    """One factor; a small factor in the dense block; a second large factor, centred."""
    plans = [make_plan(design) for design in gaussian_designs().values()]
    assert [len(plan.dense) for plan in plans] == [0, 1, 0]
    assert [plan.centred is not None for plan in plans] == [False, False, True]


def test_a_further_family_is_no_further_wait(empty_cache, monkeypatch, capsys):
    """One driver for all: only the first model that needs it is announced."""
    monkeypatch.setattr(choice.joint, "sample_joint", lambda *_: None)
    for family, y in (("poisson", [0.0, 2.0, 1.0, 4.0]), ("gamma", [0.5, 2.0, 1.0, 4.0])):
        design = handmade_design(y, {"x": [1.0, 3.0, 2.0, 5.0]}, family=family, link="log")
        choice.sample_compiled(design, choose_priors(design), SamplerSettings())
    assert capsys.readouterr().err.count("once on this machine (5 to 15 s)") == 1


def test_every_kind_is_announced_by_a_name_of_its_own_and_warmed_up():
    """The centred path compiles other code than the one without sampled effects."""
    kinds = [collapsed.kind(design) for design in gaussian_designs().values()]
    assert kinds == [KINDS[0], KINDS[0], KINDS[1]]
    assert len({*KINDS, LEFT_OUT_GROUPS}) == 3


def test_the_first_model_of_each_kind_is_announced(empty_cache, monkeypatch, capsys):
    monkeypatch.setattr(collapsed, "sample_collapsed", lambda *_: None)
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 1)
    for _ in range(2):
        for design in gaussian_designs().values():
            choice.sample_compiled(design, choose_priors(design), SamplerSettings())
    told = capsys.readouterr().err
    assert told.count("once on this machine") == 2
    assert all(told.count(kind) == 1 for kind in KINDS)


def test_the_first_model_of_each_kind_compiles_its_draws_in_a_second_process(
    empty_cache, monkeypatch, second_processes
):
    monkeypatch.setattr(collapsed, "sample_collapsed", lambda *_: None)
    for _ in range(2):
        for design in gaussian_designs().values():
            choice.sample_compiled(design, choose_priors(design), SamplerSettings())
    assert [command[3:] for command in second_processes] == [
        [collapsed.DRAWS[kind]] for kind in KINDS
    ]
    assert set(collapsed.DRAWS.values()) < set(PIECES)


def test_a_second_process_tells_its_lines_and_whether_it_is_done(second_processes):
    told = []
    for done in (True, False):  # the second one fails
        with beside(tuple(PIECES), told.append) as finished:
            with beside(tuple(PIECES)) as third:
                assert not third()
            assert finished() is done
    assert told == ["done", "done"]
    assert len(second_processes) == 2


def test_what_the_second_process_did_not_compile_is_compiled_here(
    empty_cache, monkeypatch, second_processes
):
    second_processes.append("so that the next one fails")
    made = []
    monkeypatch.setattr(first_use, "compile_piece", lambda piece, _tell: made.append(piece))
    assert not is_warm()
    first_use.warm_up(lambda _line: None)
    assert made == list(PIECES)  # its own, then those of the second process
    assert set(OF_SECOND) < set(PIECES)
    assert is_warm()


def test_alone_on_one_core(monkeypatch, second_processes):
    monkeypatch.setattr(ahead.os, "cpu_count", lambda: 1)
    with beside(tuple(PIECES)) as finished:
        assert not finished()
    assert second_processes == []
