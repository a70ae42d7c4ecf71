"""The same seed gives the same draws: on any cores, in threads, processes and joblib, and again.

Broken on purpose: with a stream that depends on the core, with a target that changes the
coordinates of the transported density, or with one bit of a saved draw changed, these tests fail.
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from command_line import command

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.sampling.draws import INCOMPLETE
from bayesmm.sampling.versions import other_versions, processor, versions
from bayesmm.storage.write import save_fit

FORMULA = "Reaction ~ Days + (Days | Subject)"
HOW = {"draws": 100, "chains": 3, "max_effort": 1, "progress": False}


# A model of every way to sample, and of every kind of response.
MODELS = (
    (FORMULA, "gaussian"),  # effects integrated out
    ("Reaction ~ Days + (1 | Subject); sigma ~ 0 + half", "gaussian"),  # several residual sds
    ("Reaction ~ Days + (1 | s | Subject); sigma ~ 1 + (1 | s | Subject)", "gaussian"),
    ("n ~ Days + (1 | Subject)", "poisson"),  # transported coordinates
    ("n ~ Days + (1 | Subject) + (1 | Days)", "poisson"),
    ("n ~ Days", "negativebinomial"),  # no groups
    ("slow ~ Days + (Days | Subject)", "bernoulli"),
    ("grade ~ Days + (1 | Subject)", "cumulative"),  # thresholds
    ("grade ~ Days + (1 | Subject)", "sratio"),
    ("grade ~ Days", "categorical"),
    ("Reaction | cens(event = seen) ~ Days + (1 | Subject)", "lognormal"),
    ("Reaction | trunc(100, ) ~ Days + (1 | Subject)", "gaussian"),
    ("share ~ Days + (1 | Subject); zoi ~ Days", "zero_one_inflated_beta"),
)


def draws_of(seed: int, cores: int = 2) -> list[np.ndarray]:
    """Return all draws of all `MODELS`."""
    data = bayesmm.load_data("sleepstudy")
    data["n"] = (data["Reaction"] // 50).astype(int)
    data["half"] = np.where(data["Days"] < 5, "first", "second")
    data["slow"] = (data["Reaction"] > 300).astype(int)
    data["grade"] = np.searchsorted([250.0, 300.0, 350.0], data["Reaction"])
    data["seen"] = data["Reaction"] < 400
    data["share"] = ((data["Reaction"] - 200) / 200).clip(0.0, 1.0)
    fits = [
        bayesmm.fit(formula, data, family, seed=seed, cores=cores, **HOW)
        for formula, family in MODELS
    ]
    return [f.own_draws["posterior"][name].values for f in fits for name in
            f.own_draws["posterior"].data_vars]  # fmt: skip


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def once():
    return draws_of(7)


@pytest.mark.slow
def test_on_any_number_of_cores(once):
    assert all(same(once, draws_of(7, cores)) for cores in (1, 3, 8))
    assert not same(once, draws_of(8))


@pytest.mark.slow
def test_in_threads_at_the_same_time(once):
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(draws_of, [7, 7, 7]):
            assert same(once, found)


@pytest.mark.slow
def test_in_processes_and_joblib(once):
    joblib = pytest.importorskip("joblib")
    found = joblib.Parallel(n_jobs=2)(joblib.delayed(draws_of)(7) for _ in range(2))
    assert all(same(once, one) for one in found)
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests'); from test_rerun import draws_of\n"
        "print(hashlib.sha256(b''.join(d.tobytes() for d in draws_of(7))).hexdigest())"
    )
    command = [sys.executable, "-c", code]
    digests = {subprocess.run(command, capture_output=True, text=True, check=True).stdout
               for _ in range(2)}  # fmt: skip
    assert len(digests) == 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["pymc", "numpyro"])
def test_other_engines_on_any_number_of_cores_and_again(engine):
    if engine == "numpyro":
        pytest.importorskip("numpyro")
    data = bayesmm.load_data("sleepstudy")

    def once_more(cores: int) -> list[np.ndarray]:
        fit = bayesmm.fit("Reaction ~ Days + (1 | Subject)", data, seed=3, engine=engine,
                          cores=cores, draws=50, tune=100, chains=2, max_effort=1,
                          progress=False)  # fmt: skip
        return [values.values for values in fit.own_draws["posterior"].data_vars.values()]

    first = once_more(1)
    assert same(first, once_more(1)) and same(first, once_more(2))


@pytest.fixture(scope="module")
def fit():
    return bayesmm.fit(FORMULA, bayesmm.load_data("sleepstudy"), seed=1, **HOW)


def test_a_fit_is_repeated_to_the_last_bit(fit, tmp_path):
    found = bayesmm.rerun(fit.save(tmp_path / "fit"), cores=1, progress=False)
    assert found.identical and found.differ == () and found.largest == 0.0
    assert repr(found).startswith("Identical: all 300 draws of ")
    assert found.other_versions == ()


def test_one_bit_is_seen(fit):
    draws = fit.own_draws.copy(deep=True)
    values = draws["posterior"]["Days"].values.copy()
    values[1, 5] = np.nextafter(values[1, 5], np.inf)
    draws["posterior"]["Days"] = draws["posterior"]["Days"].copy(data=values)
    found = bayesmm.rerun(replace(fit, own_draws=draws), progress=False)
    assert not found.identical and found.differ == ("Days",) and found.agrees
    assert "Versions and processor are those of the fit" in " ".join(repr(found).split())


def test_another_posterior_is_told(fit, monkeypatch):
    """Not only that bits differ: means that chance does not make."""
    draws = fit.own_draws.copy(deep=True)
    draws["posterior"]["Days"] = draws["posterior"]["Days"] + 20.0
    other = replace(fit, own_draws=draws, versions={**fit.versions, "numpy": "1.0"})
    found = bayesmm.rerun(other, progress=False)
    assert not found.agrees and found.largest_of == "Days"
    told = " ".join(repr(found).split())
    assert "this is another posterior" in told and "numpy" in told


@pytest.mark.slow
def test_a_target_that_was_taken_makes_the_same_draws(tmp_path):
    """The settings of a fit for which a higher target was taken are those of its draws."""
    rng = np.random.default_rng(3)
    x, g, u = rng.normal(size=400), rng.integers(0, 30, 400), rng.normal(size=30)
    mean = np.exp(0.3 + 0.4 * x + 0.6 * u[g])
    y = rng.negative_binomial(1.2, 1.2 / (1.2 + mean)) * (rng.random(400) > 0.2)
    data = pd.DataFrame({"y": y, "x": x, "g": [f"g{k}" for k in g]})
    fit = bayesmm.fit("y ~ x + (1 | g)", data, "zero_inflated_negativebinomial", seed=1, **HOW)
    assert fit.settings.target_accept == 0.95  # or this test says nothing
    assert bayesmm.rerun(fit, progress=False).identical


def test_what_no_settings_make_is_refused(fit):
    for fact, word in ((INCOMPLETE, "stopped"), ("continued", "continued")):
        with pytest.raises(UsageError, match=f"Sampling of this fit was {word}"):
            bayesmm.rerun(replace(fit, facts={**fit.facts, fact: "x"}))


def test_the_command_says_it_and_leaves_with_it(fit, tmp_path, monkeypatch, capsys):
    fit.save(tmp_path / "fit")
    assert command(monkeypatch, "rerun", tmp_path / "fit") == 0
    assert capsys.readouterr().out.startswith("Identical: ")
    draws = fit.own_draws.copy(deep=True)
    draws["posterior"]["sigma"] = draws["posterior"]["sigma"] * 1.0000001
    save_fit(replace(fit, own_draws=draws), tmp_path / "other")
    assert command(monkeypatch, "rerun", tmp_path / "other", "--json", "-") == 3
    said = json.loads(capsys.readouterr().out)
    assert said["differ"] == ["sigma"] and said["agrees"] and not said["identical"]


def test_the_processor_is_told_with_the_versions(fit):
    assert versions()["processor"] == processor() == fit.versions["processor"] != ""
    told = other_versions({**versions(), "processor": "Z80"})
    assert told == (f"processor {processor()} (sampled with Z80)",)
    assert processor() not in str(fit.methods()) and "processor" not in str(fit.methods())
