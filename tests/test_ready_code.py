"""Machine code that comes with a wheel is used where every check holds; else numba compiles."""

import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from bayesmm.family.known import resolve_family
from bayesmm.sampling.compiled import ahead, code, evaluate, first_use, ready, stored_case, warm_up
from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.kernels import registry
from bayesmm.sampling.compiled.kernels.pointers import copy_address
from bayesmm.sampling.compiled.source_digest import digest_of
from tools.cases import make_cases

ROOT = Path(__file__).parents[1]
COMPILER = shutil.which("cc")
needs_a_linker = pytest.mark.skipif(
    COMPILER is None or not sys.platform.startswith("linux"), reason="a C compiler on Linux"
)

# -(x - m)^2 / 2 summed, m behind the first address of the table.
DENSITY = """
#include <stdint.h>
int64_t normal(uint64_t n, const double *x, double *g, double *lp, const int64_t *table) {
  const double *m = (const double *)table[0];
  *lp = 0.0;
  for (uint64_t i = 0; i < n; i++) { g[i] = m[i] - x[i]; *lp -= 0.5 * g[i] * g[i]; }
  return 0;
}
"""


NAMES = {"a density": "normal"}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Return a folder as a wheel has it, with one density."""
    folder = tmp_path_factory.mktemp("ready")
    source, path = folder / "code.c", folder / "code.so"
    source.write_text(DENSITY)
    subprocess.run([COMPILER, "-shared", "-fPIC", "-o", path, source], check=True)
    means = np.array([1.0, 2.0, 3.0])
    address = ready.ReadyCode(ctypes.CDLL(str(path)), NAMES).address("a density")
    table = np.array([means.ctypes.data])
    density = evaluate.CompiledDensity(address, table, (means,), 3, means, means)
    case = stored_case.case_of(density, np.array([0.5, 0.25, 7.0]), {"a density": address})
    stored_case.write_cases(folder / "cases.npz", [case])
    write_manifest(folder)
    return folder


def write_manifest(folder, **changes):
    library = (folder / "code.so").read_bytes()
    content = {
        "library": "code.so",
        "sha256": hashlib.sha256(library).hexdigest(),
        "sources": ready.digest_of_sources(),
        "instructions": [],
        "symbols": NAMES,
    }
    (folder / "manifest.json").write_text(json.dumps(content | changes))


@pytest.fixture
def copy(library, tmp_path):
    return shutil.copytree(library, tmp_path / "copy")


@needs_a_linker
def test_a_library_that_passes_every_check_is_used(copy):
    found = ready.load_code(copy)
    assert found.address("a density") != 0
    assert found.address("another density") is None
    (case,) = stored_case.read_cases(copy / "cases.npz")
    g = np.array([0.5, 1.75, -4.0])
    np.testing.assert_array_equal(case.result, [-0.5 * (g**2).sum(), *g])


@needs_a_linker
@pytest.mark.parametrize(
    "changes",
    [
        {"sources": "of another version"},
        {"instructions": ["avx1024"]},
        {"sha256": "of another library"},
        {"symbols": {}},
    ],
    ids=str,
)
def test_a_manifest_of_something_else_is_refused(copy, changes):
    write_manifest(copy, **changes)
    assert ready.load_code(copy) is None


@needs_a_linker
def test_a_library_that_cannot_be_loaded_is_refused(copy):
    (copy / "code.so").write_bytes(b"not a library")
    write_manifest(copy)
    assert ready.load_code(copy) is None


@needs_a_linker
def test_one_bit_is_enough_to_refuse(copy):
    (case,) = stored_case.read_cases(copy / "cases.npz")
    case.result[2] = np.nextafter(case.result[2], np.inf)
    stored_case.write_cases(copy / "cases.npz", [case])
    assert ready.load_code(copy) is None


def test_a_checkout_has_none(tmp_path):
    assert ready.load_code(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "can"),
    [("processor\t: 0\nflags\t\t: fpu avx2 fma\n", True), ("flags\t\t: fpu avx2\n", False)],
)
def test_the_processor_is_asked(tmp_path, monkeypatch, content, can):
    (tmp_path / "cpuinfo").write_text(content)
    monkeypatch.setattr(ready, "_PROCESSOR", tmp_path / "cpuinfo")
    assert ready._can_run(["avx2", "fma"]) is can


def test_a_system_that_does_not_say_has_no_instructions(tmp_path, monkeypatch):
    monkeypatch.setattr(ready, "_PROCESSOR", tmp_path / "nothing")
    assert not ready._can_run([])


def test_the_digest_is_of_kernels_and_families(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "one.py").write_text("x = 1\n")
    before = digest_of(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / "one.py").write_text("x = 1\n")
    after = digest_of(tmp_path / "a", tmp_path / "b")
    assert before != after != digest_of(tmp_path / "a")
    compiled = Path(ready.__file__).parent
    assert ready.digest_of_sources() == digest_of(compiled, ROOT / "bayesmm" / "family")


def test_ready_code_is_taken_before_numba_is_asked(monkeypatch):
    monkeypatch.setattr(code, "ready_address", {"there": 42}.get)
    monkeypatch.setattr(code, "numba", lambda: pytest.fail("nothing is to be compiled"))
    assert code.c_address("there", "", lambda: None) == 42
    with pytest.raises(pytest.fail.Exception):
        code.c_address("not there", "", lambda: None)


def test_with_ready_code_nothing_is_announced_or_compiled(monkeypatch):
    for module in (first_use, warm_up):
        monkeypatch.setattr(module, "has_ready_code", lambda: True)
    monkeypatch.setattr(warm_up, "compile_piece", lambda *_: pytest.fail("compiled"))
    told = []
    with first_use.announced("a kind", tell=told.append, second_process=tuple(ahead.PIECES)):
        pass
    assert told == []
    warm_up.warm_up(told.append)
    assert len(told) == 1 and "nothing to compile" in told[0]
    assert warm_up.is_warm()


# --- functions of arrays ------------------------------------------------------------------------


@array_function
def _weighted(x, k, weight, seed, out):
    """Set out to the weighted sums of the rows of x, times k, and the seed."""
    for i in range(x.shape[0]):
        total = 0.0
        for j in range(x.shape[1]):
            total += weight * x[i, j]
        out[i] = k * total
    out[x.shape[0]] = float(seed)


def test_arrays_and_numbers_arrive_as_they_are():
    x, out = np.arange(6.0).reshape(2, 3), np.empty(3)
    _weighted(x, -2, 0.5, np.uint64(2**63 + 2**40), out)
    np.testing.assert_array_equal(out, [-3.0, -12.0, 2.0**63 + 2.0**40])


@pytest.mark.parametrize(
    "wrong", [np.ones((2, 3), np.float32), np.ones((3, 2)).T, "text", np.array(1.0), None]
)
def test_what_a_compiled_function_cannot_take_is_an_error(wrong):
    with pytest.raises(TypeError, match="cannot take"):
        _weighted(wrong, 1, 1.0, 1, np.empty(3))


@array_function
def _two_of(x):
    first, second = x
    x[0] = first + second


def test_a_failure_inside_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # where numba is there, it says why
    with pytest.raises(RuntimeError, match="_two_of failed"):
        _two_of(np.ones(3))
    two = np.ones(2)
    _two_of(two)
    assert two[0] == 2.0


# --- the wheel ----------------------------------------------------------------------------------

# Every density: gaussian without and with sampled totals, transported, joint.
FITS = """
import json, sys, bayesmm
import numpy as np, pandas as pd
from bayesmm.sampling.compiled.ready import has_ready_code
found = {"ready": has_ready_code(), "draws": {}, "paths": {}}
rng = np.random.default_rng(1)
n, g, h = 1200, np.arange(1200) % 400, rng.integers(0, 300, 1200)
crossed = pd.DataFrame({"x": rng.normal(size=n), "g": g.astype(str), "h": h.astype(str)})
crossed["y"] = crossed.x + rng.normal(size=400)[g] + rng.normal(size=300)[h] + rng.normal(size=n)
ticks = pd.DataFrame({"chick": np.arange(240).astype(str), "height": rng.normal(size=240)})
crossed["z"] = (crossed.y > 0).astype(int)
for name, k in (("brood", 3), ("place", 9)):
    ticks[name] = (np.arange(240) // k).astype(str)
herds = bayesmm.load_data("cbpp")
eta = 0.5 - ticks.height + rng.normal(size=80)[np.arange(240) // 3] + rng.normal(size=240) / 2
ticks["ticks"] = rng.poisson(np.exp(eta))
for formula, data, family in (
    ("Reaction ~ Days + (Days | Subject)", bayesmm.load_data("sleepstudy"), "gaussian"),
    ("y ~ x + (1 | g) + (1 | h)", crossed, "gaussian"),
    ("cbind(incidence, size - incidence) ~ period + (1 | herd)", herds, "binomial"),
    ("ticks ~ height + (1 | brood) + (1 | place) + (1 | chick)", ticks, "poisson"),
    ("z ~ x + (1 | g) + (1 | h)", crossed, "bernoulli"),
):
    fit = bayesmm.fit(formula, data, family, seed=1, draws=200, progress=False)
    str(fit.summary())
    draws = fit.own_draws["posterior"].dataset
    found["draws"][formula] = {str(k): draws[k].values.tobytes().hex() for k in sorted(draws)}
    found["paths"][formula] = [str(fit.facts.get(k)) for k in ("centred", "not_transported")]
found["numba"] = "numba" in sys.modules
print(json.dumps(found))
"""


def run(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_cases_of_a_wheel_hold_where_they_were_made():
    """What is stored with a library is of today's records; the slow set builds a wheel."""
    for piece in ahead.PIECES:
        if "density" in piece or "gradient" in piece:
            ahead.compile_piece(piece, lambda _: None)
    registry.rows_address(resolve_family("poisson"), np.full((2, 1), 2.0))
    copy_address()
    cases = make_cases(code.ADDRESSES)
    assert [str(case.functions[0]) for case in cases[1:]] == [
        "joint_density",
        "transported_density",
    ]
    assert all(case.matches(code.ADDRESSES.get) for case in cases)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@needs_a_linker
def test_an_installed_wheel_needs_no_numba(tmp_path):
    """Built and installed as a user does it; without its library, numba gives the same bits."""
    if shutil.which("uv") is None:
        pytest.skip("uv builds and installs the wheel")
    run(["uv", "build", "--wheel", "--out-dir", tmp_path / "dist", ROOT])
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    if wheel.name.endswith("any.whl"):
        pytest.skip("no machine code is made here: see what the build says")
    assert wheel.stat().st_size < 5e6
    python = tmp_path / "venv" / "bin" / "python"
    run(["uv", "venv", "--python", sys.executable, tmp_path / "venv"])
    run(["uv", "pip", "install", "--python", python, wheel])
    found = json.loads(run([python, "-c", FITS], cwd=tmp_path).splitlines()[-1])
    assert found["ready"] and not found["numba"]
    _, (sampled_totals, _), (_, cbpp), (_, ticks), (_, crossed) = found["paths"].values()
    assert (sampled_totals, cbpp, ticks) == ("h", "", "")
    assert "us per gradient" in crossed  # in the coordinates of the joint density

    (folder,) = (tmp_path / "venv").glob("lib/*/site-packages/bayesmm/sampling/compiled")
    manifest = folder / "machine_code" / "manifest.json"
    content = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(content | {"sources": "of another version"}))
    # in a cache of its own: in the user's is code of the same kernels, as these tests made it
    empty = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    compiled = json.loads(run([python, "-c", FITS], cwd=tmp_path, env=empty).splitlines()[-1])
    assert not compiled["ready"] and compiled["numba"]
    for formula, draws in found["draws"].items():
        assert compiled["draws"][formula] == draws, formula


def test_an_editable_installation_compiles_nothing_and_asks_for_no_numba():
    from tools import build_backend

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["build-system"]["build-backend"] == "tools.build_backend"
    of_wheel = build_backend.get_requires_for_build_wheel()
    of_editable = build_backend.get_requires_for_build_editable()
    assert any(name.startswith("numba") for name in of_wheel)
    assert not any(name.startswith("numba") for name in of_editable)
