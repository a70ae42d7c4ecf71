"""The profiled deviance of linear mixed models against mixedlm and differences of itself."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread

import numpy as np
import pandas as pd
import pytest
from ml_designs import crossed_design
from threadpoolctl import threadpool_info

from bayesmm import one_thread
from bayesmm.likelihood import fit_ml
from bayesmm.likelihood.blocks import free_elements
from bayesmm.likelihood.linear_model import LinearModel
from bayesmm.likelihood.profile_search import ProfileSearch
from bayesmm.one_thread import one_blas_thread


def formula_and_frame(design):
    """Return the model of `crossed_design` as mixedlm reads it."""
    columns = dict(zip(("x", "z"), design.mu.X.T, strict=True)) | {"y": design.y}
    columns |= {block.factor: block.columns.codes for block in design.blocks}
    bar = "|" if design.blocks[1].covariance.correlated else "||"
    return f"y ~ x + z + (1 | h) + (1 + x {bar} g)", pd.DataFrame(columns)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("correlated", [True, False])
def test_as_mixedlm(correlated, reml):
    """Another program's REML and ML, with weights: fails with a wrong deviance or gradient."""
    from mixedlm import lmer

    weights = np.random.default_rng(3).uniform(0.5, 2, size=120)
    design = crossed_design(correlated=correlated, weights=weights)
    formula, frame = formula_and_frame(design)
    theirs = lmer(formula, frame, REML=reml, weights=weights)
    ours = fit_ml(design, reml)
    standard_errors = np.sqrt(np.diag(ours.covariance))
    own = np.array(list(theirs.fixef().values()))
    assert np.abs(ours.estimates - own).max() < 1e-4 * standard_errors.min()
    assert ours.sigma == pytest.approx(theirs.sigma, rel=1e-5)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("zero", [False, True])
def test_the_gradient_is_the_slope(reml, zero):
    """By central differences, also at singular Lambda: fails with any term left out."""
    design = crossed_design()
    X = np.column_stack([np.ones(120), design.mu.X])
    weights = np.random.default_rng(4).uniform(0.5, 2, size=120)
    search = ProfileSearch(LinearModel(design.y, X, weights, design.blocks), 117, reml)
    theta = np.random.default_rng(5).normal(size=len(free_elements(design.blocks)))
    if zero:
        theta[:2] = 0.0
    gradient = search.deviance(theta)[1]
    for k, step in enumerate(1e-5 * np.eye(len(theta))):
        slope = (search.deviance(theta + step)[0] - search.deviance(theta - step)[0]) / 2e-5
        assert gradient[k] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_small_fits_compute_with_one_thread():
    """Fails when BLAS that SciPy or NumPy loaded is not found."""
    with one_blas_thread():
        own = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        assert own
        assert {pool["num_threads"] for pool in own} == {1}


LATER = """
import numpy
from threadpoolctl import threadpool_info
from bayesmm.one_thread import one_blas_thread
def threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
before = threads()
with one_blas_thread():
    import scipy.linalg
    with one_blas_thread():
        inside = threads()
    still = threads()
after = threads()
print(before, inside, still, after, sep="|")
"""


def test_blas_that_is_imported_inside_has_one_thread_too():
    """SciPy brings its own, which is found where somebody enters again, and left as it was."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", LATER], capture_output=True, text=True, check=True,
                          env=environment)  # fmt: skip
    before, inside, still, after = map(json.loads, done.stdout.split("|"))
    assert set(inside) == set(still) == {1}
    assert len(inside) > len(before)
    assert after == [before[0]] * len(inside)


@pytest.fixture
def blas(monkeypatch):
    """A library that counts threads as BLAS does: a limit sets the number, and then what it was."""

    class Library:
        threads = 2

        @contextmanager
        def limit(self, limits, user_api):
            assert user_api == "blas"
            before, self.threads = self.threads, limits
            yield
            self.threads = before

    library = Library()
    monkeypatch.setattr(one_thread, "_controller", lambda _with_scipy: library)
    return library


def test_threads_that_overlap_leave_blas_as_they_found_it(blas):
    """The first to enter leaves first. One that only restores what it found leaves one for good.

    And those that are still inside have one thread until they leave.
    """
    entered, others_in, seen = Event(), Event(), []

    def first():
        with one_blas_thread():
            entered.set()
            assert others_in.wait(timeout=60)

    def second(leave):
        assert entered.wait(timeout=60)
        with one_blas_thread():
            others_in.set()
            leave.join(timeout=60)
            seen.append(blas.threads)

    one = Thread(target=first)
    other = Thread(target=second, args=(one,))
    for thread in (one, other):
        thread.start()
    other.join(timeout=60)
    assert seen == [1]
    assert blas.threads == 2


def test_a_mistake_inside_leaves_blas_as_it_was(blas):
    with pytest.raises(ValueError, match="inside"), one_blas_thread():
        raise ValueError("inside")
    assert blas.threads == 2
