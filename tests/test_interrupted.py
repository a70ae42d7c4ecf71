"""Sampling that is stopped or killed: what is returned, what is on the disk, and who goes on.

Broken on purpose: with `part_is_welcome` never entered, or with `KeptRun.append` writing nothing,
these tests fail.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from command_line import command
from handmade import herd_intercepts
from saved_fits import rewrite
from synthetic import synthetic_draws

import bayesmm
from bayesmm.errors import SavedFitError, UsageError
from bayesmm.fitted_kept import kept_in
from bayesmm.sampling import kept_draws
from bayesmm.sampling.compiled import bridge
from bayesmm.sampling.compiled.nutpie_sampler import Running
from bayesmm.sampling.draws import INCOMPLETE, SamplerSettings
from bayesmm.sampling.effort import sample_until_good
from bayesmm.sampling.kept_draws import KeptRun
from bayesmm.sampling.part_of_draws import part_is_welcome, usable_draws, whole_draws
from bayesmm.sampling.pymc_rows import PymcRows
from bayesmm.saved_folder import unfinished_folder

FORMULA = "Reaction ~ Days + (Days | Subject)"
HOW = {"seed": 1, "cores": 2, "progress": False}
ENDLESS = 200_000  # draws of a run that is stopped long before
DRAWS = 4_000  # of one that is killed, and then finished


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((10, 10, 10), (3, 10)),
        ((10, 8, 9), (3, 8)),
        ((1000, 1000, 30, 0), (2, 1000)),
        ((100, 90, 80, 3), (3, 80)),
        ((3, 3, 3), (0, 0)),  # fewer than any fit has
        ((0, 500), (0, 0)),  # the first chains only: the same seed gives those
        ((500, 0), (1, 500)),
    ],
)
def test_as_many_draws_of_the_first_chains_as_there_are(counts, expected):
    assert whole_draws(counts) == expected


def test_a_part_is_for_those_who_have_a_use_for_it():
    settings = SamplerSettings(chains=2, draws=10)
    assert usable_draws((10, 10), settings) == (2, 10)
    with pytest.raises(KeyboardInterrupt):
        usable_draws((10, 9), settings)
    with part_is_welcome():
        assert usable_draws((10, 9), settings) == (2, 9)
        with pytest.raises(KeyboardInterrupt):
            usable_draws((3, 9), settings)


def test_what_is_on_the_disk_are_whole_draws(tmp_path):
    run = KeptRun(tmp_path, 2, 3)
    rows = np.arange(12.0).reshape(4, 3)
    run.append(0, rows[:3])
    path = tmp_path / "chain-0.f64"
    path.write_bytes(path.read_bytes() + b"half a draw")
    assert run.lengths() == [3, 0]
    np.testing.assert_array_equal(run.rows(0, 100), rows[:3])
    run.append(0, rows[3:])  # in the place of the half
    np.testing.assert_array_equal(run.rows(0, 100), rows)
    assert run.rows(0, 2).shape == (2, 3) and run.rows(1, 5).shape == (0, 3)


@pytest.fixture(scope="module")
def design():
    return herd_intercepts()


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4, 60), "60 of 500 draws of each of 4 chains"),
        ((2, 500), "500 draws of each of 2 of 4 chains"),
        ((1, 30), "30 of 500 draws of each of 1 of 4 chains"),
    ],
)
def test_a_run_that_was_stopped_is_returned_as_that(design, shape, words):
    """And never sampled again, whatever its checks find."""
    asked, told = [], []

    def sample(settings):
        asked.append(settings)
        return synthetic_draws(design, chains=shape[0], draws=shape[1])

    found = sample_until_good(
        sample, design, SamplerSettings(chains=4, draws=500, tune=200), 4.0, told.append
    )
    assert found.facts[INCOMPLETE] == words
    assert (found.settings.chains, found.settings.draws) == shape and len(asked) == 1
    assert told == [f"stopped with {words}; these are returned"]


def after(draws, stop):
    """Return a way of waiting for a sampler that stops it when every chain has so many draws.

    And none so many more that the draws of fewer chains would be returned: on a busy machine one
    begins late, or waits while the other goes on until it is stopped.
    """
    usual = Running.is_over

    def is_over(one, seconds):
        while not usual(one, 0.02):
            counts = [len(positions) for positions, _ in one.so_far()]
            if min(counts) >= draws and 4 * min(counts) >= 3 * max(counts):
                raise stop
            if seconds is not None:
                return False
        return True

    return is_over


@pytest.fixture(scope="module")
def sleepstudy():
    return bayesmm.load_data("sleepstudy")


def test_a_fit_that_is_stopped_has_the_draws_so_far(monkeypatch, sleepstudy, capsys):
    """They are the first of those that a run to its end has, and the fit says what they are."""
    with monkeypatch.context() as changed:
        changed.setattr(Running, "is_over", after(5_000, KeyboardInterrupt))
        fit = bayesmm.fit(FORMULA, sleepstudy, draws=ENDLESS, chains=2, **HOW)
    assert "stopped with" in capsys.readouterr().err
    posterior, settings = fit.own_draws["posterior"], fit.settings
    assert 5_000 <= posterior.sizes["draw"] == settings.draws < ENDLESS and settings.chains == 2
    whole = bayesmm.fit(FORMULA, sleepstudy, draws=settings.draws, chains=2, max_effort=1, **HOW)
    assert whole.own_draws["posterior"].dataset.equals(posterior.dataset)
    [told] = [check for check in fit.diagnostics.findings if check.name == "all draws are there"]
    assert told.sentence == f"Sampling was stopped: these are {fit.facts[INCOMPLETE]}."
    assert "Sampling was stopped" in " ".join(str(fit.summary()).split())
    assert INCOMPLETE not in whole.facts


def test_nothing_is_returned_of_a_warm_up(monkeypatch, sleepstudy):
    monkeypatch.setattr(Running, "is_over", after(0, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        bayesmm.fit(FORMULA, sleepstudy, draws=50, tune=100_000, chains=2, **HOW)


def test_what_nutpie_returns_of_a_pymc_model_that_was_stopped(design):
    """Its chains are as long as the longest; what is not there is NaN."""
    rows = PymcRows(design)
    rng = np.random.default_rng(0)
    sizes = {name: () if size is None else (size,) for name, size in rows.sizes.items()}
    drawn = xr.Dataset(
        {
            name: (
                ("chain", "draw", *(f"of {name}" for _ in size)),
                rng.normal(size=(2, 10, *size)),
            )
            for name, size in sizes.items()
        }
    )
    told = ("diverging", "energy", "n_steps", "depth", "maxdepth_reached", "step_size",
            "mean_tree_accept", "logp")  # fmt: skip
    statistics = xr.Dataset({name: (("chain", "draw"), np.ones((2, 10))) for name in told})
    statistics["step_size"][1, 6:] = np.nan
    trace = xr.DataTree.from_dict({"posterior": drawn, "sample_stats": statistics})
    found = rows.of_trace(trace)
    assert [own.shape for own in found] == [(10, rows.width), (6, rows.width)]
    variables, sampled = rows.variables([own[:6] for own in found])
    for name in rows.sizes:
        np.testing.assert_array_equal(variables[name], drawn[name][:, :6])
    assert sampled["lp"].shape == (2, 6) and sampled["diverging"].dtype == bool
    assert rows.of_trace(xr.DataTree()) == []  # stopped before anything


class Killed(BaseException):
    """Stands for a kill: nothing of ours runs after it but what clears threads away."""


def kill():
    """Raise what stands for a kill."""
    raise Killed


@pytest.fixture
def killed(monkeypatch, sleepstudy, tmp_path):
    """Return a folder with draws of a fit whose process came to an end."""

    usual = bridge._write

    def write(running, run, written):
        usual(running, run, written)
        if min(run.lengths()) >= 20:
            kill()
        return 0.0

    with monkeypatch.context() as changed:
        changed.setattr(kept_draws, "_SECONDS_BETWEEN_WRITES", 0.0)
        changed.setattr(bridge, "_write", write)
        with pytest.raises(Killed):
            bayesmm.fit(FORMULA, sleepstudy, draws=DRAWS, chains=2, store=tmp_path / "fit", **HOW)
    return tmp_path / "fit"


def test_a_killed_fit_is_finished_or_salvaged(killed, sleepstudy):
    whole = bayesmm.fit(FORMULA, sleepstudy, draws=DRAWS, chains=2, **HOW)
    salvaged = bayesmm.resume(killed, salvage=True, progress=False)
    draws = salvaged.settings.draws
    assert 4 <= draws < DRAWS and INCOMPLETE in salvaged.facts
    part = whole.own_draws["posterior"].dataset.isel(draw=slice(0, draws))
    chains = salvaged.settings.chains  # one of them, where the other had hardly begun
    np.testing.assert_array_equal(part["sigma"][:chains], salvaged.own_draws["posterior"]["sigma"])
    fit = bayesmm.resume(killed, progress=False)
    posterior = fit.own_draws["posterior"]
    assert fit.settings.draws == posterior.sizes["draw"] == DRAWS and INCOMPLETE not in fit.facts
    np.testing.assert_array_equal(posterior["sigma"][:chains, :draws], part["sigma"][:chains])
    assert fit.facts["continued"][0].startswith("after ")
    again = bayesmm.resume(killed, progress=False)  # all of it is on the disk now
    assert again.own_draws["posterior"].dataset.equals(posterior.dataset)
    fit.save(killed)
    assert not unfinished_folder(killed).exists() and bayesmm.load(killed).settings.draws == DRAWS


def test_draws_of_another_fit_stay(killed, sleepstudy):
    """A name with draws is refused to a new fit, and saving another fit there leaves them."""
    with pytest.raises(UsageError, match="holds draws of a fit that was not finished"):
        bayesmm.fit("Reaction ~ 1", sleepstudy, draws=50, store=killed, **HOW)
    bayesmm.fit("Reaction ~ 1", sleepstudy, draws=50, max_effort=1, **HOW).save(killed)
    assert unfinished_folder(killed).is_dir()


def test_a_store_that_was_begun_and_no_more(monkeypatch, sleepstudy, tmp_path):
    """Nothing is to be salvaged, and going on gives the fit that was never stopped."""
    with monkeypatch.context() as changed:
        changed.setattr(Running, "is_over", lambda *_: kill())
        with pytest.raises(Killed):
            bayesmm.fit(FORMULA, sleepstudy, draws=100, chains=2, store=tmp_path / "a", **HOW)
    with pytest.raises(UsageError, match=r"There are no draws in .* yet"):
        bayesmm.resume(tmp_path / "a", salvage=True)
    fit = bayesmm.resume(tmp_path / "a", progress=False)
    whole = bayesmm.fit(FORMULA, sleepstudy, draws=100, chains=2, **HOW)
    assert whole.own_draws["posterior"].dataset.equals(fit.own_draws["posterior"].dataset)
    assert "continued" not in fit.facts


def test_what_somebody_changed_is_refused(killed, tmp_path):
    """Links, other data, other arguments, another density: one sentence each, nothing is run."""
    kept = unfinished_folder(killed)

    def refused(change, match):
        copy = tmp_path / "copy.unfinished"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(kept, copy)
        change(copy)
        with pytest.raises((SavedFitError, UsageError), match=match):
            bayesmm.resume(tmp_path / "copy", salvage=True)

    def link(copy):
        (copy / "run-000" / "chain-0.f64").unlink()
        (copy / "run-000" / "chain-0.f64").symlink_to("/dev/zero")

    def dimension(copy):
        path = copy / "run-000" / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "dimension": 10**9}))

    def density(copy):
        path = copy / "run-000" / "run.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "log_density": "-1.5"}))

    def arguments(record):
        record["arguments"]["draws"] = 10**12

    def engine(record):
        record["arguments"]["engine"] = "__import__('os')"

    name = "unfinished.json"
    refused(link, "is a link or a special file")
    refused(dimension, "of another density")
    refused(density, "of another density")
    refused(lambda c: (c / "run-000" / "run.json").write_text("[]"), "is damaged")
    refused(lambda c: (c / "data.parquet").write_bytes(b"PAR1"), "was changed")
    refused(lambda c: (c / name).write_text("{}"), "is no unfinished fit")
    refused(lambda c: rewrite(c, arguments, name), "must be at most 1,000,000")
    refused(lambda c: rewrite(c, engine, name), "of another kind")
    with pytest.raises(SavedFitError, match="is no unfinished fit"):
        bayesmm.resume(tmp_path / "nothing")


def test_a_fit_that_is_not_finished_is_told_by_name(killed, monkeypatch, capsys):
    with pytest.raises(SavedFitError, match=r"was not finished; go on with it: bayesmm\.resume"):
        bayesmm.load(killed)
    assert command(monkeypatch, "summary", killed) == 2
    assert f"bayesmm resume {killed}." in capsys.readouterr().err
    assert command(monkeypatch, "resume", killed.parent) == 2
    assert "is no unfinished fit" in capsys.readouterr().err


def test_the_disk_has_only_what_the_sampler_gave(monkeypatch, tmp_path, sleepstudy):
    """A store that cannot be written is told before sampling, and nothing is kept after a fit."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        bayesmm.fit(FORMULA, sleepstudy, draws=50, store=tmp_path / "file" / "x", **HOW)
    assert kept_draws.keeper() is None


def wait_for(process: subprocess.Popen, found) -> None:
    until = time.monotonic() + 240
    while not found() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    assert process.poll() is None, process.returncode


SCRIPT = (
    "import bayesmm, sys; bayesmm.fit(sys.argv[1], bayesmm.load_data('sleepstudy'), seed=1, "
    "draws=60_000, tune=200, store=sys.argv[2], progress=False)"
)


def salvaged_after_a_kill(script: str, formula: str, folder: Path):
    """Return what is salvaged of a fit whose process is killed while it samples."""
    process = subprocess.Popen([sys.executable, "-c", script, formula, str(folder)])
    last = unfinished_folder(folder) / "run-000" / "chain-0.f64"
    wait_for(process, lambda: last.exists() and last.stat().st_size > 0)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    return bayesmm.resume(folder, salvage=True, progress=False)


@pytest.mark.slow
def test_a_process_that_is_killed_loses_seconds(tmp_path, sleepstudy):
    salvaged = salvaged_after_a_kill(SCRIPT, FORMULA, tmp_path / "fit")
    how = salvaged.settings
    whole = bayesmm.fit(
        FORMULA, sleepstudy, chains=how.chains, draws=how.draws, tune=how.tune, max_effort=1, **HOW
    )
    assert whole.own_draws["posterior"].dataset.equals(salvaged.own_draws["posterior"].dataset)
    fit = bayesmm.resume(tmp_path / "fit", progress=False)
    assert fit.settings.draws == 60_000 and fit.diagnostics.ok
    drawn = [f.own_draws["posterior"]["Days"].values for f in (whole, fit)]
    errors = [d.std() / np.sqrt(np.min(f.convergence["Days"].ess_bulk))
              for d, f in zip(drawn, (whole, fit), strict=True)]  # fmt: skip
    assert abs(drawn[0].mean() - drawn[1].mean()) < 5 * np.hypot(*errors)


def test_an_engine_without_draws_before_the_end_says_so(tmp_path, capsys, sleepstudy):
    """NumPyro's chains come all at once: nothing is kept, and that is told."""
    keep = kept_in(tmp_path / "fit", None, None, sleepstudy, {})
    with keep("numpyro"):
        assert kept_draws.keeper() is None
    words = " ".join(capsys.readouterr().err.split())
    assert "nothing is kept in" in words and "'numpyro' come when all are there" in words
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_killed_process_of_pymc_loses_seconds(tmp_path, sleepstudy):
    """What is salvaged are the first draws of a run to its end; going on keeps them."""
    formula, draws = "Reaction ~ Days + (1 | Subject)", 60_000
    script = SCRIPT.replace("draws=60_000", f"draws={draws}, chains=2, engine='pymc'")
    salvaged = salvaged_after_a_kill(script, formula, tmp_path / "fit")
    how, part = salvaged.settings, salvaged.own_draws["posterior"].dataset
    assert INCOMPLETE in salvaged.facts and 4 <= how.draws <= draws and salvaged.engine == "pymc"
    whole = bayesmm.fit(
        formula, sleepstudy, engine="pymc", chains=2, draws=how.draws, tune=200, max_effort=1, **HOW
    )
    assert whole.own_draws["posterior"].dataset.isel(chain=slice(0, how.chains)).equals(part)
    fit = bayesmm.resume(tmp_path / "fit", progress=False)
    posterior = fit.own_draws["posterior"].dataset
    assert fit.settings.draws == draws and fit.diagnostics.ok
    assert fit.facts["continued"][0].startswith("after ")
    assert posterior.isel(chain=slice(0, how.chains), draw=slice(0, how.draws)).equals(part)


@pytest.mark.slow
def test_ctrl_c_on_the_command_line(monkeypatch, capsys, tmp_path, sleepstudy):
    """What is there is shown, kept and told, with exit code 130; ``resume`` saves it."""
    sleepstudy.to_csv(tmp_path / "d.csv", index=False)
    process = subprocess.Popen(
        [sys.executable, "-m", "bayesmm", "fit", FORMULA, "d.csv", "--save", "fit", "--draws",
         "600000"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    last = tmp_path / "fit.unfinished" / "run-000" / "chain-1.f64"
    wait_for(process, lambda: last.exists() and last.stat().st_size > 0)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130 and "Traceback" not in err
    assert "Sampling was stopped" in out and "bayesmm resume fit" in err
    assert not (tmp_path / "fit").exists()
    monkeypatch.chdir(tmp_path)
    code = command(monkeypatch, "resume", "fit", "--salvage", "--quiet")
    assert code == 130 and (tmp_path / "fit").is_dir()
    assert INCOMPLETE in bayesmm.load("fit").facts
    capsys.readouterr()


def test_the_folder_of_an_unfinished_fit():
    assert unfinished_folder(Path("a/b")) == Path("a/b.unfinished")
    assert unfinished_folder(Path("a/b.unfinished")) == Path("a/b.unfinished")
    assert os.sep in str(Path("a/b"))
