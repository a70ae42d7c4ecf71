"""What bayesmm uses of nutpie beyond its public functions; fails when nutpie renames it."""

import subprocess
import sys

import numba
import numpy as np
import pytest

from bayesmm.errors import DataError
from bayesmm.sampling.compiled.bridge import CompiledDensity, sample_density
from bayesmm.sampling.compiled.kernels.pointers import BAD_DENSITY, DENSITY_SIGNATURE
from bayesmm.sampling.compiled.nutpie_sampler import PRIVATE_SURFACE, STATISTICS, _nutpie
from bayesmm.sampling.draws import SamplerSettings


@numba.cfunc(DENSITY_SIGNATURE)
def normal(dimension, x, gradient, log_density, _table):
    """Independent N(i, 1) coordinates."""
    log_density[0] = 0.0
    for i in range(dimension):
        gradient[i] = i - x[i]
        log_density[0] -= 0.5 * gradient[i] ** 2
    return 0


@numba.cfunc(DENSITY_SIGNATURE)
def impossible(_dimension, _x, _gradient, _log_density, _table):
    """Fail everywhere."""
    return BAD_DENSITY


@numba.cfunc(DENSITY_SIGNATURE)
def slow(dimension, x, gradient, log_density, _table):
    """Take about 0.1 ms for a standard normal density."""
    spin = 0.0
    for i in range(100_000):
        spin += 1.0 / (1.0 + i)
    log_density[0] = 0.0 * spin
    for i in range(dimension):
        gradient[i] = -x[i]
        log_density[0] -= 0.5 * x[i] ** 2
    return 0


def density(function=normal, dimension: int = 3) -> CompiledDensity:
    return CompiledDensity(
        address=function.address,
        table=np.zeros(1, dtype=np.int64),
        keep=(),
        dimension=dimension,
        start=np.zeros(dimension),
        jitter=np.ones(dimension),
    )


@pytest.mark.parametrize("name", PRIVATE_SURFACE)
def test_names(name):
    found = getattr(_nutpie(), name)
    missing = [member for member in PRIVATE_SURFACE[name] if not hasattr(found, member)]
    assert missing == []


def test_draws_and_statistics():
    """Shapes, types, and the moments of N(i, 1) within 5 standard errors of white-noise draws."""
    settings = SamplerSettings(chains=3, draws=1000, tune=300, seed=4)
    raw = sample_density(density(), settings)
    assert raw.positions.shape == (3, 1000, 3)
    names = {ours for ours, _ in STATISTICS.values()}
    assert set(raw.statistics) == names
    assert all(value.shape == (3, 1000) for value in raw.statistics.values())
    assert raw.statistics["diverging"].dtype == bool
    np.testing.assert_allclose(raw.positions.mean((0, 1)), [0, 1, 2], atol=5 / np.sqrt(1000))
    kinetic = raw.statistics["energy"] + raw.statistics["lp"]
    assert np.all(kinetic >= -1e-9)
    expected = -0.5 * ((raw.positions - np.arange(3)) ** 2).sum(axis=-1)
    np.testing.assert_allclose(raw.statistics["lp"], expected, atol=1e-12)


def test_draws_do_not_depend_on_cores():
    runs = [
        sample_density(density(), SamplerSettings(draws=200, tune=100, seed=9, cores=cores))
        for cores in (1, 2, 4)
    ]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.positions, runs[0].positions)


def test_seeds_differ():
    first, second = (
        sample_density(density(), SamplerSettings(draws=50, tune=50, seed=seed)).positions
        for seed in (1, 2)
    )
    assert not np.array_equal(first, second)
    assert not np.array_equal(first[0], first[1])


def test_settings_reach_the_sampler():
    settings = SamplerSettings(draws=100, tune=100, seed=1, max_treedepth=2)
    raw = sample_density(density(), settings)
    assert raw.statistics["tree_depth"].max() <= 2
    assert raw.statistics["n_steps"].max() <= 3


def test_no_starting_point():
    with pytest.raises(DataError, match="No starting point with a finite log density"):
        sample_density(density(impossible), SamplerSettings(draws=10, tune=10))


def test_silent_without_progress_and_a_bar_with(capsys):
    settings = SamplerSettings(draws=100, tune=100, seed=1)
    sample_density(density(), settings)
    assert capsys.readouterr() == ("", "")
    sample_density(density(), SamplerSettings(draws=100, tune=100, seed=1, progress=True))
    shown = capsys.readouterr()
    assert "800/800 draws" in (shown.out + shown.err).replace("\n", " ")


def test_nutpie_itself_still_imports():
    """Loading the extension alone does not break a later ``import nutpie``."""
    code = (
        "import bayesmm.sampling.compiled.nutpie_sampler as b; m = b._nutpie(); import sys\n"
        "heavy = {'pymc', 'pytensor', 'arviz', 'pandas', 'xarray'} & set(sys.modules)\n"
        "import nutpie; from nutpie import _lib\n"
        "print(sorted(heavy), _lib is m, nutpie.__version__ == m.__version__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True True"


def test_ctrl_c_stops_all_chains():
    """An interrupt ends a run that would take hours."""
    code = (
        "import os, signal, threading, sys; sys.path.insert(0, 'tests')\n"
        "from test_nutpie_contract import *\n"
        "threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try: sample_density(density(slow), SamplerSettings(draws=10**6, tune=100))\n"
        "except KeyboardInterrupt: print('stopped')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "stopped"


@numba.cfunc(DENSITY_SIGNATURE)
def slowly_impossible(_dimension, x, _gradient, _log_density, _table):
    """Fail everywhere, after about 1 ms."""
    total = 0.0
    for _ in range(200_000):
        total += np.sin(x[0] + total)
    return BAD_DENSITY if total < 1e9 else 0


def test_a_run_that_fails_leaves_no_thread_that_calls_python():
    """The interpreter may end right after the error: no chain looks for a start any more."""
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from test_nutpie_contract import *\n"
        "try: sample_density(density(slowly_impossible), SamplerSettings(draws=10, tune=10))\n"
        "except DataError: print('told')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "told"), done.stderr
