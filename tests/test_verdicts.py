"""The benchmarks of verdicts and seeds count what they promise; no sampler takes part."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.sampling.grade import Grade
from benchmarks import seeds, verdicts
from benchmarks.small_models import STRUCTURES


@pytest.mark.parametrize("name", STRUCTURES)
def test_data_of_small_models_are_drawn_by_their_seed(name):
    structure = STRUCTURES[name]
    frame = structure.simulated(3)
    assert frame.equals(structure.simulated(3)) and not frame.equals(structure.simulated(4))
    design = build_design(structure.formula, frame, resolve_family(structure.family, None))
    assert design.n_obs == len(frame) and design.blocks


def test_the_promise_is_that_of_400_independent_draws():
    long = np.random.default_rng(0).normal(5.0, 2.0, size=(1, 4, 50_000))
    errors = verdicts.promised_errors(long)[:, 0]
    end = np.sqrt(0.025 * 0.975 / 400) / 0.05844  # density of a normal at its 2.5 % quantile
    np.testing.assert_allclose(errors, [2 / 20, 2 * end, 2 * end], rtol=0.05)
    np.testing.assert_allclose(verdicts.numbers(long)[:, 0], [5, 1.08, 8.92], atol=0.05)


def fit_record(grade, off, way="100 draws", **more):
    usual = {"beyond": False, "rhat": 1.0, "ess": 500.0, "diverged": 0.0, "findings": []}
    return {"way": way, "grade": str(grade), "off": off, **usual, **more}


def test_fits_are_counted_by_grade_and_by_what_decides_it():
    fits = [
        fit_record(Grade.NO_PROBLEM, False),
        fit_record(Grade.DO_NOT_USE, True, rhat=1.3, ess=10.0),
        fit_record(Grade.DO_NOT_USE, False, rhat=1.15, ess=60.0),
        fit_record(Grade.CAUTION, False, findings=["divergences"], diverged=0.02),
        fit_record(Grade.NO_PROBLEM, False, way="100 draws, sampled again"),
        fit_record(Grade.CAUTION, True, way="one chain", rhat=float("nan")),
    ]
    rows = {(row["by"], row["of"]): row for row in verdicts.tabled(fits)}
    best = rows["grade, sampled once", Grade.NO_PROBLEM]
    assert (best["fits"], best["off"]) == (1, 0)  # neither one chain nor a second run
    worst = rows["grade, sampled once", Grade.DO_NOT_USE]
    assert (worst["fits"], worst["off"], worst["share"]) == (2, 1, 0.5)
    assert rows["one chain", Grade.CAUTION]["off"] == 1
    assert rows["smallest ESS", "50 to 75"]["fits"] == 1
    assert rows["largest R-hat", "1.2 to 100"]["off"] == 1
    assert rows["divergences alone, share", "0.01 to 0.05"]["fits"] == 1


def test_seeds_has_every_course_model_and_every_shape():
    from bayesmm.course import course_models
    from benchmarks.shapes import SHAPES

    known = dict(seeds.models())
    assert set(known) == {*course_models(), *SHAPES} and set(seeds.QUICK) <= set(known)
    formula, data, family, priors = known["hg_fish"]()
    assert "region" in formula and len(data) and family == "gaussian" and not priors
    assert known["cbpp"]()[2] == "binomial"
