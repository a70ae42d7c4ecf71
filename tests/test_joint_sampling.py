"""Draws from the joint density: brms's posteriors, reproducible seeds, choice of geometry."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from arviz_stats.base import array_stats
from handmade import handmade_block, handmade_design, sleepstudy_design
from joint_reference import default_priors
from references import BRMS

from bayesmm.model.design import Design
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.engine import sample_joint
from bayesmm.sampling.compiled.joint.pilot import (
    informed_levels,
    level_shares,
)
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

ROOT = Path(__file__).parents[1]
DATA = ROOT / "bayesmm" / "data"
SETTINGS = SamplerSettings(chains=4, draws=2000, tune=500, seed=11, cores=2)


def sleepstudy() -> tuple[Design, Priors]:
    scale = Prior("HalfStudentT", (3.0, 59.3))
    return sleepstudy_design(pd.read_csv(DATA / "sleepstudy.csv")), Priors(
        {
            "Intercept": Prior("StudentT", (3.0, 288.7, 59.3)),
            "Days": Prior("Flat", ()),
            "sigma": scale,
            "1|Subject_sigma": scale,
            "Days|Subject_sigma": scale,
            "Subject_corr": Prior("LKJ", (1.0,)),
        }
    )


def penicillin() -> tuple[Design, Priors]:
    frame = pd.read_csv(DATA / "penicillin.csv")
    blocks = [handmade_block(f, frame[f], {"Intercept": 1.0}) for f in ("plate", "sample")]
    scale = Prior("HalfStudentT", (3.0, 2.5))
    return handmade_design(frame["diameter"], {}, blocks), Priors(
        {
            "Intercept": Prior("StudentT", (3.0, 23.0, 2.5)),
            "sigma": scale,
            "1|plate_sigma": scale,
            "1|sample_sigma": scale,
        }
    )


def cbpp() -> tuple[Design, Priors]:
    frame = pd.read_csv(DATA / "cbpp.csv")
    periods = {f"period[{p}]": (frame["period"] == p).astype(float) for p in (2, 3, 4)}
    design = handmade_design(
        frame["incidence"],
        periods,
        [handmade_block("herd", frame["herd"], {"Intercept": 1.0})],
        family="binomial",
        trials=frame["size"],
    )
    flat = dict.fromkeys(periods, Prior("Flat", ()))
    return design, Priors(
        {
            "Intercept": Prior("StudentT", (3.0, 0.0, 2.5)),
            **flat,
            "1|herd_sigma": Prior("HalfStudentT", (3.0, 2.5)),
        }
    )


def draws_by_brms_name(name: str, fit: ParameterDraws) -> dict[str, np.ndarray]:
    """Return the draws of every parameter that brms reports."""
    first = fit.blocks[0]
    if name == "sleepstudy":
        return {
            "b_Intercept": fit.intercept,
            "b_Days": fit.beta[..., 0],
            "sd_Subject__Intercept": first.sd[..., 0],
            "sd_Subject__Days": first.sd[..., 1],
            "cor_Subject__Intercept__Days": first.corr[..., 1, 0],
            "sigma": fit.auxiliary["sigma"],
        }
    if name == "penicillin":
        return {
            "b_Intercept": fit.intercept,
            "sd_plate__Intercept": first.sd[..., 0],
            "sd_sample__Intercept": fit.blocks[1].sd[..., 0],
            "sigma": fit.auxiliary["sigma"],
        }
    slopes = {f"b_period{p}": fit.beta[..., p - 2] for p in (2, 3, 4)}
    return {"b_Intercept": fit.intercept, "sd_herd__Intercept": first.sd[..., 0], **slopes}


MODELS = {"sleepstudy": sleepstudy, "penicillin": penicillin, "cbpp": cbpp}


@pytest.mark.parametrize("transported", [True, False])
@pytest.mark.parametrize("name", MODELS)
def test_posterior_of_brms(name, transported):
    """Means and sds within 4 Monte Carlo errors of both sides, with brms's priors."""
    design, priors = MODELS[name]()
    centred = None if transported else informed_levels(design)
    fit = sample_joint(design, priors, SETTINGS, centred=centred)
    assert (fit.facts["not_transported"] == "") is transported
    rows = {r["variable"]: r for r in json.loads((BRMS / f"{name}.json").read_text())["draws"]}
    ours = draws_by_brms_name(name, fit)
    assert set(ours) == set(rows)
    for variable, draws in ours.items():
        theirs = rows[variable]
        axes = {"chain_axis": 0, "draw_axis": 1}
        error = np.hypot(array_stats.mcse(draws, method="mean", **axes), theirs["mcse_mean"])
        assert abs(draws.mean() - theirs["mean"]) <= 4 * error, variable
        # The sd of an sd is about sd / sqrt(2 ess) for a normal, and up to twice that here.
        error = np.hypot(
            array_stats.mcse(draws, method="sd", **axes),
            2 * theirs["sd"] / np.sqrt(2 * theirs["ess_bulk"]),
        )
        assert abs(draws.std() - theirs["sd"]) <= 4 * error, variable


@pytest.mark.parametrize("centred", [(False, True), (True, False)])
def test_parameterisations_agree(centred):
    """The posterior does not depend on what is centred (5 Monte Carlo errors)."""
    design, priors = penicillin()
    fits = [sample_joint(design, priors, SETTINGS, centred=c) for c in (centred, (True, True))]
    first, second = (
        np.concatenate(
            [f.intercept[..., None], *(b.sd for b in f.blocks), f.blocks[0].effects[:, :, 0]], -1
        )
        for f in fits
    )
    axes = {"chain_axis": 0, "draw_axis": 1}
    for i in range(first.shape[-1]):
        a, b = first[..., i], second[..., i]
        error = np.hypot(array_stats.mcse(a, **axes), array_stats.mcse(b, **axes))
        assert abs(a.mean() - b.mean()) <= 5 * error


CODE = """
import sys
sys.path.insert(0, "tests")
import hashlib
from test_joint_sampling import *
digest = hashlib.sha256()
for model in (sleepstudy, cbpp):
    fit = sample_joint(*model(), SamplerSettings(draws=100, tune=100, seed=5, cores={cores}))
    digest.update(fit.blocks[0].effects.tobytes() + fit.beta.tobytes())
print(digest.hexdigest())
"""


def test_same_seed_same_bits(tmp_path, monkeypatch):
    """One seed gives the same bits in every process, cold or warm cache, on any cores."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    digests = [
        subprocess.run(
            [sys.executable, "-c", CODE.format(cores=cores)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        for cores in (1, 2)  # cold, warm
    ]
    assert digests[0] == digests[1]
    assert len(digests[0].strip()) == 64


def groups(n_groups: int, rows: int, sd: float, family: str) -> Design:
    """Return a design with `n_groups` intercepts of that sd and `rows` rows each."""
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(n_groups), rows)
    eta = 0.5 + rng.normal(0.0, sd, n_groups)[codes]
    y = {
        "gaussian": lambda: rng.normal(eta, 1.0),
        "bernoulli": lambda: (rng.random(eta.size) < 1 / (1 + np.exp(-eta))).astype(float),
        "poisson": lambda: rng.poisson(np.exp(eta)).astype(float),
    }[family]()
    block = handmade_block("g", codes, {"Intercept": 1.0})
    return handmade_design(y, {}, [block], family=family)


@pytest.mark.parametrize("family", ["gaussian", "bernoulli", "poisson"])
def test_informed_groups_are_centred_and_others_not(family):
    assert informed_levels(groups(40, 100, 1.0, family))[0].mean() > 0.5
    assert informed_levels(groups(40, 4, 0.2, family))[0].mean() < 0.5


def test_pooling_fraction_of_a_balanced_gaussian_design():
    """With n rows per group it is n t^2 / (n t^2 + sigma^2), here 10 / 11."""
    [shares] = level_shares(groups(400, 10, 1.0, "gaussian"))
    assert np.median(shares) == pytest.approx(10 / 11, abs=0.02)


def test_information_is_blurred_by_nested_effects():
    """A factor is less informed when a strong factor is nested in it."""
    rng = np.random.default_rng(2)
    outer = np.repeat(np.arange(30), 40)
    inner = np.repeat(np.arange(120), 10)
    eta = rng.normal(0, 0.3, 30)[outer] + rng.normal(0, 1.0, 120)[inner]
    blocks = [
        handmade_block("a", outer, {"Intercept": 1.0}),
        handmade_block("a:b", inner, {"Intercept": 1.0}),
    ]
    design = handmade_design(rng.normal(eta, 1.0), {}, blocks)
    fractions = [np.median(shares) for shares in level_shares(design)]
    # 4 inner levels of variance 1.1 each tell 3.6 about t^2 of at most 0.3
    assert fractions[0] < 0.7
    assert fractions[1] > 0.85


def test_facts_and_statistics():
    design, priors = penicillin()
    settings = SamplerSettings(draws=50, tune=100, seed=1)
    transported = sample_joint(design, priors, settings)
    assert transported.facts["parameterisation"] == dict.fromkeys(
        ("1|plate", "1|sample"), "transported"
    )
    fit = sample_joint(design, priors, settings, centred=informed_levels(design))
    assert fit.facts["engine"] == transported.facts["engine"] == "joint"
    assert set(fit.facts["parameterisation"]) == {"1|plate", "1|sample"}
    assert fit.facts["carried"]["Intercept"] in {"1|plate", "1|sample"}
    assert fit.statistics["lp"].shape == (4, 50)
    assert set(fit.seconds) == {"compile", "sample"}


def test_without_blocks():
    """A common regression: the posterior of flat priors is centred at least squares."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    y = 1.0 + 2.0 * x + rng.normal(size=200)
    design = handmade_design(y, {"x": x})
    flat = Prior("Flat", ())
    priors = default_priors(design, Intercept=flat, x=flat, sigma=Prior("HalfFlat", ()))
    fit = sample_joint(design, priors, SETTINGS)
    slope, intercept = np.polyfit(x, y, 1)
    axes = {"chain_axis": 0, "draw_axis": 1}
    for draws, estimate in ((fit.beta[..., 0], slope), (fit.intercept, intercept)):
        assert abs(draws.mean() - estimate) <= 5 * array_stats.mcse(draws, **axes)
