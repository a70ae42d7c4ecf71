"""The wait of the first use is told once per machine."""

import pytest

from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.first_use import _gaussian_designs, announced


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
    for name in ("binomial response and logit link", "binomial response and probit link"):
        with announced(name, tell=told.append):
            pass
    assert len(told) == 2


def test_a_compilation_that_failed_is_told_again(empty_cache):
    told = []
    with pytest.raises(RuntimeError), announced("beta response", tell=told.append):
        raise RuntimeError
    with announced("beta response", tell=told.append):
        pass
    assert len(told) == 2


def test_warming_up_covers_every_gaussian_path():
    """One factor; a small factor in the dense block; a second large factor, centred."""
    plans = [make_plan(design) for design in _gaussian_designs().values()]
    assert [len(plan.dense) for plan in plans] == [0, 1, 0]
    assert [plan.centred is not None for plan in plans] == [False, False, True]
