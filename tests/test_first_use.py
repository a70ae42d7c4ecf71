"""The wait of the first use is told once per machine."""

import pytest

from bayesmm.sampling.compiled.first_use import announced


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
