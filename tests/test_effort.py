"""Sampling until good: what comes after which finding, the budget, and that it is told."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from command_line import command
from handmade import herd_intercepts
from saved_fits import rewrite
from synthetic import synthetic_draws

import bayesmm
from bayesmm import api
from bayesmm.cli.options import SamplingOptions
from bayesmm.errors import UsageError
from bayesmm.sampling import effort
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import TARGET_TAKEN, SamplerSettings
from bayesmm.sampling.effort import MAX_EFFORT, next_settings, sample_until_good
from bayesmm.sampling.quantities import ReportedConvergence

SETTINGS = SamplerSettings(chains=4, draws=500, tune=200)
FORMULA = "Reaction ~ Days + (Days | Subject)"


@pytest.fixture(scope="module")
def design():
    return herd_intercepts()


def drawn(design, settings=SETTINGS, *, diverged=0, slow=0.0, shifted=0.0, stuck=False):
    """Return draws in which x is autocorrelated, or elsewhere in one chain, or does not move."""
    made = synthetic_draws(design, chains=settings.chains, draws=settings.draws)
    beta = made.beta.copy()
    for t in range(1, settings.draws if slow else 0):
        beta[:, t] = slow * beta[:, t - 1] + np.sqrt(1 - slow**2) * beta[:, t]
    beta[0] += shifted
    if stuck:
        beta[:] = 1.0
    diverging = np.zeros(beta.shape[:2], dtype=bool)
    diverging.flat[:diverged] = True
    return replace(made, beta=beta, statistics={**made.statistics, "diverging": diverging})


def after(design, *, left=3.0, settings=SETTINGS, **how):
    """Return what of the settings changes in the next run; None when there is none."""
    tree = assemble(design, drawn(design, settings, **how))
    further = next_settings(diagnose(tree, design, settings), settings, left, 1.0)
    if further is None:
        return None
    names = ("target_accept", "tune", "draws", "seed", "chains")
    return {n: getattr(further, n) for n in names if getattr(further, n) != getattr(settings, n)}


def test_nothing_follows_where_nothing_was_found(design):
    assert after(design) is None


def test_divergences_ask_for_a_higher_target(design):
    assert after(design, diverged=1) == {"target_accept": 0.95}
    once = replace(SETTINGS, target_accept=0.95)
    assert after(design, diverged=1, settings=once) == {"target_accept": 0.99}
    assert after(design, diverged=1, settings=replace(SETTINGS, target_accept=0.999)) is None
    odd = replace(SETTINGS, draws=1053)
    assert after(design, diverged=1, settings=odd) == {"target_accept": 0.95}  # the draws stay


def test_few_effective_draws_ask_for_more_draws(design):
    """ESS is 2000 (1 - r) / (1 + r); 400 are wanted, and a fifth more is taken."""
    found = after(design, slow=0.75)  # 286
    assert set(found) == {"draws"} and 700 < found["draws"] < 1200
    most = int(3.0 * 700) - 200  # of three times tune + draws
    assert after(design, slow=0.9)["draws"] <= most


def test_chains_in_different_places_ask_for_a_longer_warm_up(design):
    """And for all the draws that the budget has; the seed and so the starts stay."""
    assert after(design, shifted=0.5) == {"tune": 400, "draws": 3 * 700 - 400}


def test_a_budget_that_is_spent_ends_it(design):
    assert after(design, diverged=1, left=1.9) is None
    assert after(design, slow=0.75, left=1.1) is None
    assert after(design, slow=0.95, left=1.5)["draws"] <= 1.5 * 700 - 200


def test_what_more_draws_cannot_help_is_left(design):
    assert after(design, stuck=True, diverged=3) is None
    one = replace(SETTINGS, chains=1, draws=2000)
    assert after(design, settings=one) is None  # R-hat was not judged
    assert after(design, settings=one, diverged=3) == {"target_accept": 0.95}


def test_costly_trajectories_alone_are_no_reason(design):
    made = drawn(design)
    cut = np.ones((4, 500), dtype=bool)
    made = replace(made, statistics={**made.statistics, "reached_max_treedepth": cut})
    found = diagnose(assemble(design, made), design, SETTINGS)
    assert next_settings(found, SETTINGS, 100.0, 1.0) is None


def run(design, runs, max_effort=MAX_EFFORT):
    """Return what comes of runs of this kind, one after the other, and what was announced."""
    made, told = iter(runs), []
    asked = []

    def sample(settings):
        asked.append(settings)
        return drawn(design, settings, **next(made))

    return sample_until_good(sample, design, SETTINGS, max_effort, told.append), asked, told


def test_the_last_run_is_returned_and_told(design):
    found, asked, told = run(design, [{"diverged": 7}, {}])
    assert len(asked) == 2 and found.settings == asked[1] == replace(SETTINGS, target_accept=0.95)
    assert told == [
        "sampling again with target_accept=0.95, because 7 of 2,000 transitions diverged"
    ]
    assert found.facts["sampled again"] == (told[0].removeprefix("sampling again "),)
    assert found.seconds == {"compile": 0.2, "sample": 1.0}
    assert diagnose(found.draws, design, found.settings).findings == ()
    assert found.convergence is not None


def test_why_is_told_with_digits_that_show_it(design):
    """No "R-hat was 1.01" where 1.01 is the limit."""
    _, _, told = run(design, [{"shifted": 0.025}, {}])
    assert told[0].startswith("sampling again with draws=1000, because R-hat was 1.0")
    assert len(told[0].rpartition(" ")[2].rstrip(",")) == len("1.0123")


def test_all_runs_together_cost_no_more_than_the_budget(design):
    for kind in ({"diverged": 3}, {"slow": 0.97}, {"shifted": 1.0}, {"slow": 0.9, "diverged": 2}):
        for most in (1.5, 4.0, 10.0):
            _, asked, _ = run(design, [kind] * 50, most)
            cost = sum(s.tune + s.draws for s in asked) / (SETTINGS.tune + SETTINGS.draws)
            assert cost <= most, (kind, most, asked)
            assert {s.seed for s in asked} == {SETTINGS.seed}


def test_an_effort_of_one_samples_once_and_judges_nothing(design, monkeypatch):
    monkeypatch.setattr(effort, "diagnose", None)
    found, asked, told = run(design, [{"diverged": 7}], 1)
    assert len(asked) == 1 and told == [] and found.convergence is None
    assert "sampled again" not in found.facts


def stopping(design, runs):
    """Return what comes of these runs when the next one is stopped, and what was announced."""
    made, told = iter(runs), []

    def sample(settings):
        kind = next(made, None)
        if kind is None:
            raise KeyboardInterrupt
        return drawn(design, settings, **kind)

    return sample_until_good(sample, design, SETTINGS, MAX_EFFORT, told.append), told


def test_a_further_run_that_is_stopped_leaves_the_one_before(design):
    found, told = stopping(design, [{"diverged": 7}])
    assert found.settings == SETTINGS and found.draws["posterior"].sizes["draw"] == SETTINGS.draws
    assert told[1:] == ["stopped; the draws of the run before are kept"]
    [why] = found.facts["sampled again"]
    assert why == told[0].removeprefix("sampling again ") + (
        "; that run was stopped, and these are the draws of the one before it"
    )
    assert diagnose(found.draws, design, found.settings).divergences == 7
    found, _ = stopping(design, [{"diverged": 7}, {"diverged": 2}])
    assert found.settings == replace(SETTINGS, target_accept=0.95)
    assert [why.endswith("before it") for why in found.facts["sampled again"]] == [False, True]


def test_a_higher_target_that_an_engine_took_is_that_of_the_settings(design):
    def sample(settings):
        made = drawn(design, settings, diverged=3)
        return replace(made, facts={**made.facts, TARGET_TAKEN: max(0.95, settings.target_accept)})

    found = sample_until_good(sample, design, SETTINGS, 1, print)
    assert found.settings == replace(SETTINGS, target_accept=0.95)
    told = []
    sample_until_good(sample, design, SETTINGS, MAX_EFFORT, told.append)
    assert told[0].startswith("sampling again with target_accept=0.99, because 3 of")


def test_a_first_run_that_is_stopped_leaves_nothing(design):
    with pytest.raises(KeyboardInterrupt):
        stopping(design, [])


def test_nothing_is_sampled_that_the_memory_does_not_hold(design, monkeypatch):
    monkeypatch.setattr(effort, "lacking_memory", lambda *_: "too much")
    found, asked, _ = run(design, [{"slow": 0.8}])
    assert len(asked) == 1 and found.settings == SETTINGS


@pytest.fixture(scope="module")
def short():
    """Return a fit of 60 draws of each chain, which are not enough."""
    data = bayesmm.load_data("sleepstudy")
    return bayesmm.fit(FORMULA, data, seed=1, draws=60, tune=100, progress=False)


def test_a_fit_goes_on_where_its_chains_were(short):
    """More draws with the same seed: the first of them are those that were there."""
    data = bayesmm.load_data("sleepstudy")
    once = bayesmm.fit(FORMULA, data, seed=1, draws=60, tune=100, max_effort=1, progress=False)
    assert once.diagnostics.findings and "sampled again" not in once.facts
    assert short.settings.draws == short.own_draws["posterior"].sizes["draw"] > 60
    if short.settings.tune == 100 and short.settings.target_accept == 0.8:
        first = short.own_draws["posterior"]["sigma"].values[:, :60]
        np.testing.assert_array_equal(first, once.own_draws["posterior"]["sigma"].values)


def test_the_page_says_that_it_was_sampled_again(short):
    assert "sampled again with draws=" in " ".join(str(short.summary()).split())
    assert "sampled again: with draws=" in str(short.diagnostics)


def test_a_saved_fit_says_so_too_whatever_is_written_there(short, tmp_path):
    again = bayesmm.load(short.save(tmp_path / "fit"))
    assert str(again.summary()) == str(short.summary())
    rewrite(tmp_path / "fit", lambda record: record["facts"].update({"sampled again": 7}))
    assert "sampled again 7" in str(bayesmm.load(tmp_path / "fit").summary())


def test_the_convergence_that_was_looked_at_is_that_of_the_draws(short):
    """And of these alone: a record with other draws looks at its own."""
    known = short.__dict__["convergence"]
    fresh = ReportedConvergence(short.own_draws, short.design)
    for name in fresh:
        np.testing.assert_array_equal(known[name].rhat, fresh[name].rhat)
    halved = replace(short, own_draws=short.own_draws.isel(draw=slice(0, 30)))
    assert "convergence" not in halved.__dict__


def test_its_settings_make_the_same_draws_in_one_run(short):
    data, s = bayesmm.load_data("sleepstudy"), short.settings
    again = bayesmm.fit(
        FORMULA, data, seed=1, draws=s.draws, tune=s.tune, target_accept=s.target_accept,
        max_effort=1, progress=False,
    )  # fmt: skip
    assert again.own_draws["posterior"].dataset.equals(short.own_draws["posterior"].dataset)
    assert "max_effort=1" in short.script()


def test_it_is_told_on_the_command_line(monkeypatch, capsys, tmp_path):
    path = tmp_path / "d.csv"
    bayesmm.load_data("sleepstudy").to_csv(path, index=False)
    options = ["--draws", "60", "--tune", "100", "--out", tmp_path / "o"]
    command(monkeypatch, "fit", FORMULA, path, *options)
    seen = capsys.readouterr()
    assert "bayesmm: sampling again with --draws " in seen.err
    command(monkeypatch, "fit", FORMULA, path, *options, "--max-effort", "1")
    assert "sampling again" not in capsys.readouterr().err


@pytest.mark.parametrize("value", [0, 0.5, -1, float("nan"), 10**6, "much", True])
def test_an_effort_that_is_none_is_refused(value):
    with pytest.raises(UsageError, match="max_effort must be a number from 1"):
        bayesmm.fit("y ~ x", None, max_effort=value)


def test_the_command_line_has_the_defaults_of_fit():
    standard = inspect.signature(api.fit).parameters
    for name in ("chains", "draws", "tune", "target_accept", "max_effort", "engine"):
        assert getattr(SamplingOptions(), name) == standard[name].default, name
