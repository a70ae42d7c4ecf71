"""Machine code is kept apart for each version, in a folder that only this user can open."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import numba
import pytest
from numba.core import codegen, compiler, inline_closurecall, lowering, typed_passes, untyped_passes
from numba.core.typing import context

from bayesmm.sampling.compiled import (
    cache,
    code,
    kept_code,
    one_compiler,
    parts,
    private_folder,
    versions_in_use,
)
from bayesmm.sampling.compiled.kernels.inner import bare, merged

POSIX = pytest.mark.skipif(os.name == "nt", reason="rights and locks of POSIX")
KERNELS = Path(cache.__file__).parent / "kernels"


@pytest.fixture(autouse=True)
def own_places(tmp_path, monkeypatch):
    """Give every test an empty cache, and nothing that another one settled."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "_user_cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    cache._settled.cache_clear()
    yield
    cache._settled.cache_clear()


def rights(path):
    return path.stat().st_mode & 0o777


def run(code, **environment):
    """Return what a fresh process prints; a variable that is None is not set."""
    given = {k: v for k, v in {**os.environ, **environment}.items() if v is not None}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=given
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# --- which folder ------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [False, True])
def test_folder_is_of_this_version(tmp_path, monkeypatch, chosen):
    """With ``NUMBA_CACHE_DIR`` too: else an old density runs after an upgrade."""
    if chosen:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    folder = cache.cache_folder()
    above = tmp_path / "mine" / "bayesmm" if chosen else tmp_path / "cache" / "bayesmm" / "numba"
    assert folder.parent == above and folder.is_dir()
    assert cache.cache_folder() == folder
    monkeypatch.setattr(cache, "_source_digest", lambda: "changed")
    assert cache.cache_folder() not in (folder, tmp_path)


def test_digest_notices_every_change_of_the_sources(tmp_path, monkeypatch):
    (tmp_path / "kernels").mkdir()
    file = tmp_path / "kernels" / "a.py"
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "cache.py"))
    found = set()
    for content in ("x = 1\n", "x = 2\n"):
        file.write_text(content)
        cache._source_digest.cache_clear()
        found.add(cache._source_digest())
    file.rename(file.with_name("b.py"))
    cache._source_digest.cache_clear()
    found.add(cache._source_digest())
    cache._source_digest.cache_clear()
    assert len(found) == 3


# --- what is kept there ------------------------------------------------------------------------

COPY = """
import sys
import numpy as np
from bayesmm.sampling.compiled import kept_code
from bayesmm.sampling.compiled.kernels.pointers import copy_address
import ctypes
kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_uint64] * 2, *[ctypes.c_void_p] * 3)
x, y = np.arange(3.0), np.zeros(3)
status = kind(copy_address())(3, 3, x.ctypes.data, y.ctypes.data, None)
print(status, y.tolist(), "numba" in sys.modules, kept_code._file("copy_position"))
"""


def test_code_is_compiled_once_and_loaded_without_numba(tmp_path):
    """And again where what is kept is damaged."""

    def started():
        (line,) = run(COPY, NUMBA_CACHE_DIR=str(tmp_path / "mine"))
        *said, file = line.rsplit(" ", 1)
        return said, Path(file)

    first, file = started()
    assert first == ["0 [0.0, 1.0, 2.0] True"]
    whole = file.read_bytes()
    assert started() == (["0 [0.0, 1.0, 2.0] False"], file)
    here = kept_code._file("copy_position")
    for damaged in (whole[:-1], whole[:40], b"", whole.replace(b"copy", b"cope")):
        assert damaged != whole
        for place in (file, here):
            place.write_bytes(damaged)
        assert kept_code.kept_address("copy_position") is None
    here.write_bytes(whole)
    assert kept_code.kept_address("copy_position") is not None
    assert started() == (first, file)
    assert file.read_bytes() not in (b"", whole[:-1])


def test_code_of_another_processor_or_version_is_not_taken(monkeypatch):
    kept_code.keep_code("made", "symbol", b"code")
    assert kept_code._file("made").exists()
    monkeypatch.setattr(kept_code, "_made_for", lambda: "another")
    assert not kept_code._file("made").exists()
    monkeypatch.undo()
    assert kept_code._file("made") != kept_code._file("other")


def test_a_full_disk_costs_no_fit(monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(kept_code.os, "replace", full)
    kept_code.keep_code("made", "symbol", b"code")
    assert not [p for p in cache.cache_folder().iterdir() if p.name.startswith("made")]


@POSIX
def test_who_needs_a_function_that_another_process_compiles_waits():
    code = (
        "import sys\nfrom bayesmm.sampling.compiled.one_compiler import one_compiler\n"
        "with one_compiler('function'):\n"
        "    print('compiling', flush=True)\n"
        "    sys.stdin.read()\n"
        "    print('done', flush=True)\n"
    )
    order = []
    given = {**os.environ, "XDG_CACHE_HOME": str(cache.cache_folder().parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=given,
    ) as other:  # fmt: skip
        assert other.stdout.readline() == "compiling\n"

        def wait():
            with one_compiler.one_compiler("function"):
                order.append(other.stdout.readline())

        waiting = Thread(target=wait)
        waiting.start()
        waiting.join(0.2)
        assert order == []
        other.stdin.close()
        waiting.join()
    assert order == ["done\n"]
    with one_compiler.one_compiler("function"):  # and nobody waits for one that has ended
        pass


def test_waiting_for_another_process_is_told(monkeypatch):
    """Fails where only one's own compiling is: half of a density is made by the second process."""
    order = []

    @contextmanager
    def told(reason):
        order.append(reason)
        yield
        order.append("over")

    @contextmanager
    def lock(name):
        order.append(f"lock of {name}")
        yield

    for name, instead in {
        "ADDRESSES": {},
        "waiting": told,
        "one_compiler": lock,
        "ready_address": lambda _: None,
        "kept_address": lambda _: 7,
    }.items():
        monkeypatch.setattr(code, name, instead)
    assert code.c_address("half.f1", "int64(voidptr)", lambda: None) == 7
    assert order == ["compiling half", "lock of half.f1", "over"]


# --- whose folder ------------------------------------------------------------------------------


@POSIX
def test_rights_do_not_depend_on_the_umask(tmp_path):
    before = os.umask(0)
    try:
        folder = cache.cache_folder()
    finally:
        os.umask(before)
    for path in (folder, *folder.parents):
        if path == tmp_path:
            break
        assert rights(path) == 0o700, path


@POSIX
def test_a_folder_that_others_could_write_is_emptied_and_closed(tmp_path):
    folder = cache.cache_folder()
    (folder / "planted.nbi").write_bytes(b"pickle")
    (folder / "deep").mkdir()
    folder.chmod(0o777)
    cache._settled.cache_clear()
    assert cache.cache_folder() == folder
    assert rights(folder) == 0o700 and not list(folder.iterdir())


@POSIX
@pytest.mark.parametrize("level", ["bayesmm", "bayesmm/numba"])
def test_a_link_is_not_followed(tmp_path, level):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "cache" / level
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "elsewhere")
    folder = cache.cache_folder()
    assert tmp_path / "temporary" in folder.parents
    assert not any((tmp_path / "elsewhere").iterdir())


@POSIX
def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("no folder can be made here")
    planted = tmp_path / "temporary" / f"bayesmm-{os.getuid()}"
    planted.mkdir(mode=0o700)
    me = os.geteuid()
    monkeypatch.setattr(private_folder.os, "geteuid", lambda: me + 1)
    folder = cache.cache_folder()
    assert planted not in folder.parents and not list(planted.iterdir())
    assert folder.is_dir() and rights(folder) == 0o700


ALONE = """
from bayesmm.sampling.compiled import cache
print(cache.cache_folder())
"""


@POSIX
def test_a_folder_of_this_process_is_gone_with_it(tmp_path):
    """Nothing that lasts can be had: no home, and the name in the temporary folder is taken."""
    (tmp_path / f"bayesmm-{os.getuid()}").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    (folder,) = run(ALONE, TMPDIR=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "file" / "x"))
    assert Path(folder).parent == tmp_path and not Path(folder).exists()


def test_an_unwritable_home_falls_back_to_a_temporary_folder(tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    folder = cache.cache_folder()
    assert tmp_path / "temporary" in folder.parents


@POSIX
def test_no_home_and_no_entry_of_the_user(tmp_path):
    code = (
        "import os, pwd\n"
        "def gone(*_): raise KeyError\n"
        "pwd.getpwuid = gone\n"
        "from bayesmm.sampling.compiled import cache\n"
        "assert cache._user_cache() is None\n"
        "print(cache.cache_folder())"
    )
    (folder,) = run(code, HOME=None, XDG_CACHE_HOME=None, TMPDIR=str(tmp_path))
    assert Path(folder).parents[0] == tmp_path / f"bayesmm-{os.getuid()}"


@pytest.mark.parametrize("home", ["", "relative"])
def test_a_home_that_is_no_path_is_none(monkeypatch, home):
    monkeypatch.undo()
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(variable, home)
    assert cache._user_cache() is None or cache._user_cache().is_absolute()


# --- versions that nobody uses -----------------------------------------------------------------


@POSIX
def test_unused_versions_are_removed_and_used_ones_are_not(tmp_path):
    above = tmp_path / "cache" / "bayesmm" / "numba"
    names = ("old", "recent", "in use")
    for name in names:
        (above / name).mkdir(parents=True)
    for name in ("old", "in use"):
        os.utime(above / name, (0, 0))
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from bayesmm.sampling.compiled.versions_in_use import hold\n"
        f"hold(Path({str(above)!r}), 'in use')\n"
        "print('held', flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        assert user.stdout.readline() == "held\n"
        current = cache.cache_folder()
        kept = {p.name for p in above.iterdir() if p.is_dir()}
        assert kept == {"recent", "in use", current.name}
        user.stdin.close()
    versions_in_use.remove_unused(above, current.name)
    assert {p.name for p in above.iterdir() if p.is_dir()} == {"recent", current.name}
    assert not (above / ".in use.lock").exists()


@POSIX
def test_a_version_that_began_to_be_used_is_not_removed(tmp_path):
    """The age is asked again when no process can begin any more."""
    folder = tmp_path / "old"
    folder.mkdir()
    versions_in_use._remove(folder, oldest=time.time() - 60)
    assert folder.exists()


# --- numba -------------------------------------------------------------------------------------


def test_the_private_surface_of_numbas_compiler():
    homes = (codegen, compiler, context, inline_closurecall, lowering, typed_passes, untyped_passes)
    for name, members in parts.PRIVATE_SURFACE.items():
        owner = next(getattr(home, name) for home in homes if hasattr(home, name))
        for member in members:
            assert hasattr(owner, member), f"{name}.{member}"


def test_a_function_has_a_symbol_and_an_object_file():
    made = numba.cfunc("float64(float64)")(lambda x: 2.0 * x)
    symbol, code = parts.object_code(made)
    assert made.address and symbol == made.native_name
    assert code[:4] == b"\x7fELF" or not sys.platform.startswith("linux")


def test_a_part_has_no_machine_code_and_its_caller_has_its_own():
    """Two levels of parts: only the function that is called from outside is optimised."""
    leaf = bare(lambda x: 2.0 * x)
    branch = bare(lambda x: leaf(x) + 1.0)
    whole = numba.njit(lambda x: branch(x) - 0.5)
    assert whole(3.0) == 6.5
    for part in (leaf, branch):
        (made,) = part.overloads.values()
        assert made.library._final_module is not None
        assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0
    (made,) = whole.overloads.values()
    assert made.library.get_pointer_to_function(made.fndesc.llvm_cpython_wrapper_name) != 0


def compiled(function):
    """Return a C function of int64 and float64, made as ours are."""
    options = {"error_model": "numpy", "_nrt": False, "pipeline_class": parts.WholeCompiler}
    return numba.cfunc("float64(int64, float64)", **options)(function)


def test_a_part_is_compiled_once_for_all_integers():
    """Fails where numba compiles a part, and what it calls, again for a literal 0."""
    leaf = bare(lambda i, x: x * i if i else 3.0)
    branch = bare(lambda i, x: leaf(i, x) + leaf(0, x) + leaf(2, x))
    made = compiled(lambda i, x: branch(i, x) + branch(0, x) + branch(1, x))
    x = 2.5
    expected = sum((x * i if i else 3.0) + 3.0 + 2 * x for i in (4, 0, 1))
    assert made.ctypes(4, x) == expected
    assert len(leaf.overloads) == len(branch.overloads) == 1


def test_a_function_written_into_two_places_keeps_them_apart():
    """Its blocks are not copied, so they have to be made for each place: loops and names too."""

    @merged
    def power(n, x):
        found = 1.0
        for i in range(n):
            found *= x if i >= 0 else -x
        return found

    @merged
    def both(n, x):
        found = power(n, x)
        return found + power(n + 1, x)

    made = compiled(lambda n, x: both(n, x) - both(n - 1, x) * power(2, x))
    n, x = 3, 1.5
    assert made.ctypes(n, x) == x**3 + x**4 - (x**2 + x**3) * x**2


def test_operators_of_numbers_keep_their_types():
    """What was found for integers is not taken for floats, nor for a comparison."""
    made = compiled(lambda i, x: (i + i) // 3 + (x + x) + (i + x) + (i < i + 1) + (x < x - 1.0))
    assert made.ctypes(4, 0.25) == 8 // 3 + 0.5 + 4.25 + 1 + 0
