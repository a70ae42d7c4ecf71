"""The wait of the first use is told once per machine."""

import pytest
from handmade import handmade_design

from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled import choice
from bayesmm.sampling.compiled.collapsed import engine as collapsed
from bayesmm.sampling.compiled.collapsed.engine import KINDS
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.first_use import (
    JOINT,
    LEFT_OUT_GROUPS,
    _gaussian_designs,
    announced,
)
from bayesmm.sampling.draws import SamplerSettings


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))


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
    plans = [make_plan(design) for design in _gaussian_designs().values()]
    assert [len(plan.dense) for plan in plans] == [0, 1, 0]
    assert [plan.centred is not None for plan in plans] == [False, False, True]


def test_a_further_family_is_no_further_wait(empty_cache, monkeypatch, capsys):
    """One driver for all: only the first model that needs it is announced."""
    monkeypatch.setattr(choice.joint, "sample_joint", lambda *_: None)
    for family, y in (("poisson", [0.0, 2.0, 1.0, 4.0]), ("gamma", [0.5, 2.0, 1.0, 4.0])):
        design = handmade_design(y, {"x": [1.0, 3.0, 2.0, 5.0]}, family=family, link="log")
        choice.sample_compiled(design, choose_priors(design), SamplerSettings())
    assert capsys.readouterr().err.count("once on this machine (5 to 20 s)") == 1


def test_every_kind_is_announced_by_a_name_of_its_own_and_warmed_up():
    """The centred path compiles other code than the one without sampled effects."""
    kinds = [collapsed.kind(design) for design in _gaussian_designs().values()]
    assert kinds == [KINDS[0], KINDS[0], KINDS[1]]
    assert len({*KINDS, LEFT_OUT_GROUPS}) == 3


def test_the_first_model_of_each_kind_is_announced(empty_cache, monkeypatch, capsys):
    monkeypatch.setattr(collapsed, "sample_collapsed", lambda *_: None)
    for _ in range(2):
        for design in _gaussian_designs().values():
            choice.sample_compiled(design, choose_priors(design), SamplerSettings())
    told = capsys.readouterr().err
    assert told.count("once on this machine") == 2
    assert all(told.count(kind) == 1 for kind in KINDS)
