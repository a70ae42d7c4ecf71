"""A saved fit is written whole or not at all, and what was changed since is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from saved_fits import CASES, RECORD, fit_of, rewrite

import bayesmm
from bayesmm.errors import BayesmmWarning, SavedFitError, UsageError
from bayesmm.storage.record import FORMAT


@pytest.fixture(scope="module")
def fit():
    return fit_of(CASES["crossed"])


# --- damage ----------------------------------------------------------------------------------


def test_a_change_of_the_data_is_told(saved, fit):
    changed = fit.data[["x", "g", "h"]].assign(y=fit.data["y"] + 1)
    changed.to_parquet(saved / "data.parquet")
    with pytest.raises(SavedFitError, match=r"data\.parquet' was changed after the fit was saved"):
        bayesmm.load(saved)


def test_a_change_of_one_byte_of_the_draws_is_told(saved):
    file = next(p for p in (saved / "draws.zarr").rglob("*") if p.is_file() and p.name == "0")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(SavedFitError, match=r"draws\.zarr' was changed"):
        bayesmm.load(saved)


def test_two_arrays_that_change_places_are_told(saved):
    folder = saved / "draws.zarr" / "posterior"
    (folder / "sigma").rename(folder / "s")
    (folder / "x").rename(folder / "sigma")
    (folder / "s").rename(folder / "x")
    with pytest.raises(SavedFitError, match=r"draws\.zarr' was changed"):
        bayesmm.load(saved)


@pytest.mark.parametrize("name", ["data.parquet", "draws.zarr"])
def test_a_missing_part_is_told(saved, name):
    path = saved / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(SavedFitError, match=f"is damaged: {name} is missing"):
        bayesmm.load(saved)


def test_an_edited_record_is_told(saved):
    rewrite(saved, lambda r: r["settings"].update(seed=12345), sign=False)
    with pytest.raises(SavedFitError, match=r"fit\.json' was changed"):
        bayesmm.load(saved)


@pytest.mark.parametrize("content", ["", "{", "[1, 2]", '"text"', "\x00\xff"])
def test_a_record_that_is_no_record(saved, content):
    (saved / RECORD).write_bytes(content.encode("latin-1"))
    with pytest.raises(SavedFitError, match=r"is damaged|is no saved fit"):
        bayesmm.load(saved)


@pytest.mark.parametrize("key", ["data", "draws", "priors", "check", "settings", "formula"])
def test_a_record_without_a_part(saved, key):
    rewrite(saved, lambda r: r.pop(key))
    with pytest.raises(SavedFitError, match="is damaged"):
        bayesmm.load(saved)


def test_a_newer_format_is_refused_in_words(saved):
    rewrite(saved, lambda r: r.update(format=FORMAT + 1), sign=False)
    said = rf"saved in format {FORMAT + 1} by a newer bayesmm.*Update"
    with pytest.raises(SavedFitError, match=said):
        bayesmm.load(saved)


def test_an_array_in_a_code_that_no_fit_uses_is_not_read(saved):
    """Some codecs of the library run what they read."""
    file = saved / "draws.zarr" / "posterior" / "sigma" / "zarr.json"
    metadata = json.loads(file.read_text())
    metadata["codecs"][-1] = {"name": "numcodecs.pickle", "configuration": {}}
    file.write_text(json.dumps(metadata))
    from bayesmm.storage.files import checksum

    rewrite(saved, lambda r: r["draws"].update(sha256=checksum(saved / "draws.zarr")))
    with pytest.raises(SavedFitError, match=r"coded by 'numcodecs\.pickle'"):
        bayesmm.load(saved)


@pytest.mark.parametrize("stored", ["../sigma", "/etc/passwd", "nothing"])
def test_an_array_outside_the_store_is_not_read(saved, stored):
    rewrite(saved, lambda r: r["draws"]["groups"][1]["variables"][0].update(stored=stored))
    with pytest.raises(SavedFitError, match="has no array"):
        bayesmm.load(saved)


# --- a model that means something else ---------------------------------------------------------


def test_another_formula_than_that_of_the_draws_is_refused(saved):
    rewrite(saved, lambda r: r.update(formula="y ~ w + (1 | g) + (0 + x | g) + (1 | h)"))
    with pytest.raises(SavedFitError, match=r"another model.*names is \['w'\] here and was \['x'"):
        bayesmm.load(saved)


def test_a_formula_that_cannot_be_read_is_refused(saved):
    rewrite(saved, lambda r: r.update(formula="y ~ nothing"))
    with pytest.raises(SavedFitError, match=r"cannot be built again: 'nothing' is not a column"):
        bayesmm.load(saved)


def test_levels_that_the_draws_do_not_have_are_refused(saved, fit):
    from bayesmm.storage.files import checksum
    from bayesmm.storage.frame import write_frame

    data = fit.data.assign(g=fit.data["g"].replace("g1", "other"))
    stored = write_frame(data, saved / "data.parquet", set())
    said = stored.description | {"sha256": checksum(saved / "data.parquet")}
    rewrite(saved, lambda r: r["data"].update(said))
    with pytest.raises(SavedFitError, match="levels of g are not those of the draws"):
        bayesmm.load(saved)


def test_another_prior_is_told_by_the_log_density(saved):
    rewrite(saved, lambda r: r["priors"]["of"].update(x="Normal(0, 0.01)"))
    with pytest.warns(BayesmmWarning, match="the log prior density of a stored draw is") as told:
        loaded = bayesmm.load(saved)
    assert len(told) == 1
    assert "log likelihood" not in str(told[0].message)
    assert str(loaded.priors["x"]) == "Normal(0, 0.01)"


def test_another_likelihood_is_told_by_the_log_density(saved):
    rewrite(saved, lambda r: r.update(family="t") or r["check"].update(log_likelihood=[0.0] * 12))
    with pytest.raises(SavedFitError, match=r"the draws have no \['nu'\]"):
        bayesmm.load(saved)
    rewrite(saved, lambda r: r.update(family="gaussian"))
    with pytest.warns(BayesmmWarning, match=r"log likelihood .* was 0 when it was saved"):
        bayesmm.load(saved)


def test_the_stored_log_density_is_that_of_the_model(saved, fit):
    """Recomputed here by hand: y ~ N(eta, sigma) and the priors by their formulas."""
    from scipy import stats

    check = json.loads((saved / RECORD).read_text())["check"]
    chain, draw = check["chain"][1], check["draw"][2]
    one = fit.draws["posterior"].to_dataset().isel(chain=chain, draw=draw)
    data, sigma = fit.data, float(one["sigma"])
    eta = float(one["Intercept"]) + float(one["x"]) * data["x"].to_numpy()
    for name, factor, column in (("1|g", "g", 1.0), ("x|g", "g", data["x"]), ("1|h", "h", 1.0)):
        eta = eta + one[name].sel({f"{factor}__factor_dim": data[factor].tolist()}).values * column
    likelihood = stats.norm.logpdf(data["y"], eta, sigma).sum()
    place = 1 * len(check["draw"]) + 2
    assert check["log_likelihood"][place] == pytest.approx(likelihood, rel=1e-12)
    at_mean = float(one["Intercept"]) + float(one["x"]) * data["x"].mean()
    values = {"Intercept": at_mean} | {k: float(one[k]) for k in fit.priors if k != "Intercept"}
    normal = sum(
        stats.norm.logpdf(values[k], *p.parameters)
        for k, p in fit.priors.items() if p.distribution == "Normal"
    )  # fmt: skip
    half_t = sum(
        np.log(2) + stats.t.logpdf(values[k], p.parameters[0], 0, p.parameters[1])
        for k, p in fit.priors.items() if p.distribution == "HalfStudentT"
    )  # fmt: skip
    assert {p.distribution for p in fit.priors.values()} == {"Normal", "HalfStudentT"}
    assert check["log_prior"][place] == pytest.approx(normal + half_t, rel=1e-12)


def test_other_versions_are_noted_not_refused(saved):
    rewrite(saved, lambda r: r["versions"].update(numpy="1.0.0", later="3"))
    loaded = bayesmm.load(saved)
    assert f"Other versions here: numpy {np.__version__} (sampled with 1.0.0)." in loaded.loaded
    assert loaded.versions["numpy"] == "1.0.0"


# --- folders -------------------------------------------------------------------------------------


def test_folders_that_are_no_saved_fit(tmp_path, fit):
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / RECORD).write_text('{"formula": "y ~ x"}')
    for name, words in {
        "nothing": "does not exist", "file": "is a file", "empty": r"it has no fit\.json",
        "results": "such as the tables of --out",
    }.items():  # fmt: skip
        with pytest.raises(SavedFitError, match=words):
            bayesmm.load(tmp_path / name)


def test_what_exists_is_not_replaced(saved, fit, tmp_path):
    before = (saved / RECORD).read_bytes()
    with pytest.raises(UsageError, match=r"holds a saved fit.*overwrite=True"):
        fit.save(saved)
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("x")
    for name, words in {"file": "is a file", "other": "is no saved fit, so it is not"}.items():
        for overwrite in (False, True):
            with pytest.raises(UsageError, match=words):
                fit.save(tmp_path / name, overwrite=overwrite)
    assert (saved / RECORD).read_bytes() == before
    assert {p.name for p in tmp_path.iterdir()} == {"fit", "file", "other"}


def test_a_saved_fit_is_replaced_when_asked_for(saved, tmp_path):
    other = fit_of(CASES["no groups"])
    other.save(saved, overwrite=True)
    assert bayesmm.load(saved).formula == other.formula
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]


def test_an_empty_folder_and_new_parents_are_filled(fit, tmp_path):
    (tmp_path / "empty").mkdir()
    assert bayesmm.load(fit.save(tmp_path / "empty")).formula == fit.formula
    assert bayesmm.load(fit.save(str(tmp_path / "a" / "b"))).formula == fit.formula


@pytest.mark.parametrize("step", ["checksum", "write_record", "write_tree", "write_data_of"])
def test_a_disk_that_refuses_leaves_nothing(fit, saved, tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"bayesmm.storage.write.{step}", full)
    before = (saved / RECORD).read_bytes()
    for name, overwrite in (("new", False), ("fit", True)):
        with pytest.raises(UsageError, match="cannot be written: No space left on device"):
            fit.save(tmp_path / name, overwrite=overwrite)
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]
    assert (saved / RECORD).read_bytes() == before


def test_a_target_that_cannot_be_written(fit, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot be written"):
        fit.save(tmp_path / "file" / "fit")
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        fit.save(locked / "fit")


def test_a_rename_that_fails_brings_the_former_one_back(saved, fit, tmp_path, monkeypatch):
    rename = Path.rename
    monkeypatch.setattr("bayesmm.storage.files.exchange", lambda *_: False)

    def fails(self, target):
        if ".saving-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(UsageError, match="Input/output error"):
        fit.save(saved, overwrite=True)
    assert bayesmm.load(saved).formula == fit.formula
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]


KILLED = """
import os, signal, sys
sys.path.insert(0, {tests!r})
from saved_fits import CASES, fit_of
import bayesmm.storage.write as module
def killed(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
module.write_record = killed
fit_of(CASES["crossed"]).save({target!r}, overwrite=True)
"""


def test_a_killed_process_leaves_nothing_that_loads(saved, fit, tmp_path):
    """The whole of a save; `killed_saves.py` has every step of giving the name."""
    before = (saved / RECORD).read_bytes()
    code = KILLED.format(tests=str(Path(__file__).parent), target=str(saved))
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (saved / RECORD).read_bytes() == before
    bayesmm.load(saved)
    (left,) = (p for p in tmp_path.iterdir() if p.name.startswith("."))
    with pytest.raises(SavedFitError, match="is no saved fit"):
        bayesmm.load(left)
    fit.save(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["fit", "other"]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_every_step_of_a_save_can_be_killed_and_saves_can_race(tmp_path):
    script = Path(__file__).with_name("killed_saves.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(script.parents[1])},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    *wrong, steps = done.stdout.strip().splitlines()
    assert wrong == []
    assert int(steps.split()[2]) > 100  # it did kill


def test_a_name_taken_after_the_last_look_is_not_replaced(tmp_path, monkeypatch):
    """Another save may take the name between the look at it and the renaming."""
    from bayesmm.saved_folder import WHAT
    from bayesmm.storage import files

    target, looks, refuse = tmp_path / "fit", [], files.refuse_name

    def too_early(*arguments):
        looks.append(arguments)
        if len(looks) > 2:
            refuse(*arguments)

    monkeypatch.setattr(files, "refuse_name", too_early)
    record = json.dumps({"what": WHAT, "format": 1})
    with (
        pytest.raises(UsageError, match="holds a saved fit"),
        files.new_folder(target, overwrite=False) as made,
    ):
        (made / "fit.json").write_text(record)
        target.mkdir()
        (target / "fit.json").write_text(record)
        (target / "faster").touch()
    assert (target / "faster").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["fit"]


def test_a_fit_that_a_killed_save_moved_away_is_found(saved, fit, tmp_path):
    saved.rename(tmp_path / ".fit.replaced-0")
    assert bayesmm.load(saved).formula == fit.formula
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]
    saved.rename(tmp_path / ".fit.replaced-1")
    with pytest.raises(UsageError, match="holds a saved fit"):
        fit.save(saved)


def test_parts_of_saves_of_other_versions_are_removed(saved, fit, tmp_path):
    """Those had no marker; what is none of ours stays, whatever its name."""
    (tmp_path / ".old.saving-0a1b2c3d" / "draws.zarr").mkdir(parents=True)
    (tmp_path / ".own.saving-0a1b2c3d").mkdir()
    (tmp_path / ".own.saving-0a1b2c3d" / "thesis.tex").write_text("years")
    fit.save(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".own.saving-0a1b2c3d", "fit", "other"]


def test_files_of_others_stay_when_a_fit_is_replaced(saved, fit):
    (saved / "thesis.tex").write_text("years")
    (saved / "figures").mkdir()
    (saved / "figures" / "one.png").write_text("one")
    (saved / "link").symlink_to("thesis.tex")
    fit.save(saved, overwrite=True)
    assert (saved / "link").read_text() == "years"
    assert (saved / "figures" / "one.png").read_text() == "one"
    assert bayesmm.load(saved).formula == fit.formula


def test_rights_stay_when_a_fit_is_replaced(saved, fit):
    saved.chmod(0o700)
    fit.save(saved, overwrite=True)
    assert saved.stat().st_mode & 0o777 == 0o700


def test_a_link_is_followed(saved, fit, tmp_path):
    (tmp_path / "link").symlink_to("fit")
    (tmp_path / "new").symlink_to("deep/place")
    other = fit_of(CASES["no groups"])
    assert other.save(tmp_path / "link", overwrite=True) == tmp_path / "link"
    other.save(tmp_path / "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "new").is_symlink()
    for name in ("fit", "link", "new", "deep/place"):
        assert bayesmm.load(tmp_path / name).formula == other.formula


@pytest.mark.parametrize("name", ["", "/", "a\0b", "x" * 250])
def test_what_is_no_name_of_a_folder(fit, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        fit.save(name)
    assert not any(tmp_path.iterdir())


def test_a_fit_that_is_replaced_while_it_is_read(saved, fit, monkeypatch):
    """The parts of two fits are told apart from damage."""
    from bayesmm.storage import read

    other, record = fit_of(CASES["no groups"]), read.read_record

    def replaced(folder):
        said = record(folder)
        monkeypatch.setattr(read, "read_record", record)
        other.save(saved, overwrite=True)
        return said

    monkeypatch.setattr(read, "read_record", replaced)
    assert bayesmm.load(saved).formula == other.formula
