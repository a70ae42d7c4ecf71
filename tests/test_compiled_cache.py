"""Machine code is kept where it can be written, apart for each version."""

import os
import subprocess
import sys
from pathlib import Path

from bayesmm.sampling.compiled import cache


def test_folder_is_of_this_version_and_writable(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_user_cache", lambda: tmp_path)
    folder = cache.cache_folder()
    assert folder.parent == tmp_path / "numba"
    (folder / "code").write_text("")
    monkeypatch.setattr(cache, "_source_digest", lambda: "changed")
    assert cache.cache_folder() != folder


def test_unwritable_home_falls_back_to_a_temporary_folder(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setattr(cache, "_user_cache", lambda: blocked)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = cache.cache_folder()
    assert tmp_path in folder.parents
    assert folder.is_dir()


def test_unused_versions_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "_user_cache", lambda: tmp_path)
    old, recent = tmp_path / "numba" / "old", tmp_path / "numba" / "recent"
    for folder in (old, recent):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    current = cache.cache_folder()
    assert {p.name for p in (tmp_path / "numba").iterdir()} == {"recent", current.name}


def test_choice_of_the_user_is_respected(tmp_path):
    code = "import bayesmm.sampling.compiled, numba; print(numba.config.CACHE_DIR)"
    shown = {
        chosen: subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": chosen, "XDG_CACHE_HOME": str(tmp_path)},
        ).stdout.strip()
        for chosen in (str(tmp_path / "mine"), "")
    }
    assert shown[str(tmp_path / "mine")] == str(tmp_path / "mine")
    if sys.platform.startswith("linux"):
        assert Path(shown[""]).parent == tmp_path / "bayesmm" / "numba"
