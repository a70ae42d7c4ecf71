"""Compiled code made once, and real fits that several test modules share, each sampled once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from quick_run import is_slow
from saved_fits import CASES, fit_of

import bayesmm
from bayesmm.course import course_data, load_model
from bayesmm.fitted import Fit
from bayesmm.sampling.compiled.warm_up import is_warm


def pytest_configure(config: pytest.Config) -> None:
    """Compile all densities before there are workers, each of which would compile them."""
    workers = config.getoption("numprocesses", None)
    if workers and not config.option.collectonly and not is_warm():
        subprocess.run([sys.executable, "-m", "bayesmm", "warmup"], check=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `quick_run` leaves to the slow run."""
    for item in items:
        if is_slow(item.nodeid):
            item.add_marker(pytest.mark.slow)


def course_fit(name: str) -> Fit:
    """Return a fit of a course model: 4 chains of 500, enough for what is drawn from it."""
    model = load_model(name)
    return bayesmm.fit(
        model.formula,
        course_data(model).frame,
        model.family,
        dict(model.priors) or None,
        draws=500,
        max_effort=1,
        seed=1,
        progress=False,
    )


@pytest.fixture(scope="session")
def sleepstudy_fit() -> Fit:
    """Gaussian, one factor, correlated slopes."""
    return course_fit("correlated_slopes")


@pytest.fixture(scope="session")
def sitka_fit() -> Fit:
    """Gaussian, one factor, three correlated effects, an interaction with a factor."""
    return course_fit("sitka_mm1")


@pytest.fixture(scope="session")
def penicillin_fit() -> Fit:
    """Gaussian, two crossed factors, an intercept alone."""
    return course_fit("penicillin_crossed")


@pytest.fixture(scope="session")
def cbpp_fit() -> Fit:
    """Binomial, a factor as predictor."""
    return course_fit("logistic_glmm")


@pytest.fixture(scope="session")
def cod_fit() -> Fit:
    """Counts, negative binomial."""
    return course_fit("cod_negativebinomial")


@pytest.fixture(scope="session")
def mtcars_fit() -> Fit:
    """Bernoulli, no group effects."""
    return course_fit("mtcars_logistic")


@pytest.fixture(scope="session")
def gear_fit() -> Fit:
    """Ordered categories, a number as predictor, no group effects."""
    data = bayesmm.load_data("mtcars")
    return bayesmm.fit("gear ~ wt", data, "cumulative", seed=1, progress=False)


@pytest.fixture(scope="session")
def original(tmp_path_factory) -> Path:
    """Return the folder of a saved fit without draws of a sampler, of two crossed factors."""
    return fit_of(CASES["crossed"]).save(tmp_path_factory.mktemp("original") / "fit")


@pytest.fixture
def saved(original, tmp_path) -> Path:
    """Return a copy of a saved fit, to be damaged."""
    return Path(shutil.copytree(original, tmp_path / "fit"))
