"""Bad chains on purpose: each failing check, its advice, and agreement with ArviZ."""

import re
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from arviz_stats import diagnose as arviz_diagnose
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws

from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.grade import DIVERGENT_SHARE, Grade, worst_grade
from bayesmm.sampling.mixing_checks import written_apart
from bayesmm.sampling.transitions import Transitions, transitions

SETTINGS = SamplerSettings(chains=4, draws=500, tune=400)


@pytest.fixture(scope="module")
def design():
    x = np.linspace(-1, 1, 12)
    block = handmade_block("herd", list("aabbccddeeff"), {"Intercept": 1.0, "x": x})
    return handmade_design(x**2, {"x": x}, [block])


@pytest.fixture
def drawn(design):
    return synthetic_draws(design, draws=500)


def judge(design, drawn, settings=SETTINGS, **facts):
    return diagnose(assemble(design, drawn), design, settings, facts)


def failing(found):
    return [check.name for check in found.failed]


def cautions(found):
    return [check.name for check in found.cautions]


def named(found, name):
    return next(check for check in found.checks if check.name == name)


def arviz_says(design, drawn):
    """Return whether ArviZ finds an error."""
    return arviz_diagnose(assemble(design, drawn), show_diagnostics=False)


def test_nothing_is_found_in_good_draws(design, drawn):
    found = judge(design, drawn)
    assert found.ok and found.grade is Grade.NO_PROBLEM and found.in_short == "no problem found"
    assert failing(found) == [] and found.findings == ()
    assert not arviz_says(design, drawn)
    assert found.rhat_max < 1.01
    assert found.ess_bulk_min > 1000
    assert found.divergences == 0
    assert found.max_treedepth_share == 0
    assert len(found.bfmi) == 4
    assert str(found).startswith("No problem found: all 7 checks of the draws are within")
    assert "trust" not in str(found)


def with_statistics(drawn, **changed):
    return replace(drawn, statistics={**drawn.statistics, **changed})


def diverging(drawn, count):
    """Return draws of which the first transitions of one chain diverged."""
    places = np.zeros((4, 500), dtype=bool)
    places[1, :count] = True
    return with_statistics(drawn, diverging=places)


def test_few_divergences_are_a_caution(design, drawn):
    bad = diverging(drawn, 7)
    found = judge(design, bad)
    assert cautions(found) == ["divergences"] and failing(found) == []
    assert found.ok and found.grade is Grade.CAUTION and found.in_short == "usable, with 1 caution"
    assert arviz_says(design, bad)
    assert found.divergences == 7
    check = found.findings[0]
    assert check.sentence == "7 of 2,000 transitions diverged."
    assert "near 0, is visited less" in check.meaning
    assert "target_accept=0.95 (it was 0.8)" in check.advice
    assert "'herd' has the fewest levels (6)" in check.advice
    page = " ".join(str(found).split())
    assert page.startswith("Usable, with this caution: 7 of 2,000 transitions diverged.")
    assert check.meaning in page and check.advice in page
    assert ">caution<" in found._repr_html_()


def test_divergences_beyond_the_limit_are_not_to_be_used(design, drawn):
    most = int(DIVERGENT_SHARE * 2000)
    assert judge(design, diverging(drawn, most)).ok
    found = judge(design, diverging(drawn, most + 1))
    assert not found.ok and failing(found) == ["divergences"]
    assert found.in_short == "DO NOT USE, see .diagnostics"
    assert "too narrow or in the wrong place" in found.failed[0].meaning
    assert str(found).startswith("Do not use these numbers: 1 of 7 checks failed (divergences).")
    assert ">FAIL<" in found._repr_html_()


def test_divergences_when_the_target_is_high_already(design, drawn):
    bad = with_statistics(drawn, diverging=np.ones((4, 500), dtype=bool))
    found = judge(design, bad, replace(SETTINGS, target_accept=0.9999))
    assert "change the model or its priors" in found.failed[0].advice


def test_tree_depth(design, drawn):
    cut = np.zeros((4, 500), dtype=bool)
    cut[0, :100] = True
    bad = with_statistics(drawn, reached_max_treedepth=cut)
    found = judge(design, bad)
    assert found.ok
    assert arviz_says(design, bad)
    assert found.max_treedepth_share == 0.05
    check = next(check for check in found.checks if check.name == "tree depth")
    assert "100 of 2,000 trajectories were cut" in check.sentence
    assert "dear, not wrong" in check.meaning
    assert "max_treedepth=12" in check.advice
    page = str(found)
    assert found.grade is Grade.NO_PROBLEM
    assert page.startswith("No problem found: all 7 checks of the draws are within their limits.")
    assert check.advice[:40] in page
    assert "None" not in page and "nan" not in found._repr_html_()


def test_tree_depth_where_the_chains_do_not_agree(design, drawn):
    """Trajectories that are cut are then the likely reason, and nothing is called valid."""
    effects = drawn.blocks[0].effects.copy()
    effects[3, :, 1, 4] += 3
    bad = replace(drawn, blocks=(replace(drawn.blocks[0], effects=effects),))
    bad = with_statistics(bad, reached_max_treedepth=np.ones((4, 500), dtype=bool))
    found = judge(design, bad, replace(SETTINGS, max_treedepth=20))
    assert failing(found) == ["R-hat", "bulk ESS", "tail ESS"] and cautions(found) == ["tree depth"]
    depth = found.cautions[0]
    assert "explore slowly" in depth.meaning
    assert "wrong" not in depth.told and "max_treedepth" not in depth.advice  # 20 is the deepest


@pytest.mark.parametrize(
    ("value", "limit", "places", "text"),
    [(399.7, 400, 0, "399.7"), (1.01004, 1.01, 4, "1.01004"), (0.2996, 0.3, 2, "0.2996"),
     (400.0, 400, 0, "400"), (23.2, 400, 0, "23")],
)  # fmt: skip
def test_no_number_is_rounded_to_its_limit(value, limit, places, text):
    """No "smallest bulk ESS is 400" beside "400 are wanted"."""
    assert written_apart(value, limit, places) == text


def test_low_bfmi_names_the_chain(design, drawn):
    energy = drawn.statistics["energy"].copy()
    energy[2] = np.cumsum(energy[2])  # a random walk: changes of energy are small beside its sd
    bad = with_statistics(drawn, energy=energy)
    found = judge(design, bad)
    assert cautions(found) == ["E-BFMI"] and found.ok
    assert arviz_says(design, bad)
    assert "in chain 2 " in found.cautions[0].sentence
    assert found.bfmi[2] == pytest.approx((np.diff(energy[2]) ** 2).mean() / energy[2].var(ddof=1))
    assert "tune=800" in found.cautions[0].advice
    assert "ends of intervals" in " ".join(found.cautions[0].meaning.split())


def test_a_chain_elsewhere(design, drawn):
    effects = drawn.blocks[0].effects.copy()
    effects[3, :, 1, 4] += 3
    bad = replace(drawn, blocks=(replace(drawn.blocks[0], effects=effects),))
    found = judge(design, bad)
    assert failing(found) == ["R-hat", "bulk ESS", "tail ESS"]
    assert arviz_says(design, bad)
    assert found.rhat_worst == found.ess_bulk_worst == "x|herd[e]"
    assert "in different places for x|herd[e]" in found.failed[0].meaning
    assert not found.ok and found.grade is Grade.DO_NOT_USE
    assert "draws=1000" in found.failed[0].advice


def test_few_independent_draws(design, drawn):
    rng = np.random.default_rng(5)
    slow = np.empty((4, 500))
    slow[:, 0] = rng.normal(size=4)
    for t in range(1, 500):
        slow[:, t] = 0.9 * slow[:, t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=4)
    corr = drawn.blocks[0].corr.copy()
    corr[:, :, 0, 1] = corr[:, :, 1, 0] = np.tanh(slow)
    bad = replace(drawn, blocks=(replace(drawn.blocks[0], corr=corr),))
    found = judge(design, bad)
    check = named(found, "bulk ESS")
    assert found.ess_bulk_worst == "herd_corr[Intercept, x]"
    # AR(1) with 0.9: ESS = S (1 - 0.9) / (1 + 0.9) = 105, of which the estimate has sd ~ 15 %
    assert found.ess_bulk_min == pytest.approx(105, rel=0.5)
    assert check.sentence.endswith("(herd_corr[Intercept, x]), below 400.")
    assert check.grade is (Grade.CAUTION if found.ess_bulk_min >= 100 else Grade.DO_NOT_USE)


def test_one_chain_is_no_evidence(design):
    drawn = synthetic_draws(design, chains=1, draws=1000)
    found = judge(design, drawn, replace(SETTINGS, chains=1, draws=1000))
    assert failing(found) == [] and found.ok and found.grade is Grade.CAUTION
    assert [check.name for check in found.unjudged] == cautions(found) == ["R-hat"]
    assert found.in_short == "convergence not judged"
    assert "Sample at least 4 chains" in found.unjudged[0].advice
    assert np.isnan(found.rhat_max)
    page = str(found)
    assert page.startswith("Usable, with this caution: R-hat cannot be computed from one chain: ")
    assert "  ?        R-hat" in page and "Sample at least 4 chains" in " ".join(page.split())
    assert ">?<" in found._repr_html_()


def test_one_chain_can_fail_too(design):
    drawn = synthetic_draws(design, chains=1, draws=20)
    found = judge(design, drawn, replace(SETTINGS, chains=1, draws=20))
    assert "bulk ESS" in failing(found) and not found.ok
    assert str(found).startswith("Do not use these numbers: ")


def test_a_quantity_that_never_moves(design, drawn):
    sigma = np.full((4, 500), 2.0)
    found = judge(design, replace(drawn, auxiliary={"sigma": sigma}))
    assert failing(found) == ["all quantities move"]
    assert "1 quantities never move" in found.failed[0].sentence
    assert "sigma" in found.failed[0].sentence


def test_values_that_are_not_finite(design, drawn):
    beta = drawn.beta.copy()
    beta[0, 3, 0] = np.inf
    found = judge(design, replace(drawn, beta=beta))
    assert failing(found) == ["all quantities move"]


def test_statistics_that_were_not_recorded_are_not_checked(design, drawn):
    found = judge(design, replace(drawn, statistics={}))
    assert found.ok
    assert found.divergences is None
    assert [c.name for c in found.checks][:1] == ["R-hat"]


def test_facts_of_the_engine_are_shown(design, drawn):
    page = str(judge(design, drawn, parameterisation={"herd": "centred"}, density="joint"))
    assert "  parameterisation: herd centred" in page
    assert "  density: joint" in page


def test_a_name_with_a_slash_can_be_the_worst():
    x = np.arange(6.0)
    design = handmade_design(x, {"I(x / 2)": x})
    drawn = synthetic_draws(design, draws=500)
    beta = drawn.beta.copy()
    beta[0] += 5
    found = judge(design, replace(drawn, beta=beta))
    assert found.rhat_worst == "I(x / 2)"
    assert "R-hat" in failing(found)


def test_transitions_are_counted_as_arviz_counts_them(design, drawn):
    """The numbers of ``arviz.diagnose``, without importing it."""
    random = np.random.default_rng(5)
    shape = (4, 500)
    tree = assemble(
        design,
        with_statistics(
            drawn,
            diverging=random.random(shape) < 0.02,
            reached_max_treedepth=random.random(shape) < 0.05,
            energy=random.normal(size=shape).cumsum(axis=1),
        ),
    )
    _, theirs = arviz_diagnose(tree, show_diagnostics=False, return_diagnostics=True)
    ours = transitions(tree["sample_stats"].to_dataset())
    assert ours.divergences == theirs["divergent"]["n_divergent"] > 0
    assert ours.max_treedepth == theirs["treedepth"]["n_max"] > 0
    np.testing.assert_allclose(ours.bfmi, theirs["bfmi"]["bfmi_values"], rtol=1e-13)
    assert transitions(xr.Dataset()) == Transitions(None, None, None)


def slowly(draws, chains, correlation, seed=5):
    """Return an autoregressive series of variance 1: ESS = S (1 - r) / (1 + r)."""
    rng = np.random.default_rng(seed)
    series = rng.normal(size=(chains, draws))
    for t in range(1, draws):
        series[:, t] *= np.sqrt(1 - correlation**2)
        series[:, t] += correlation * series[:, t - 1]
    return series


def test_a_caution_says_how_well_the_numbers_are_known(design, drawn):
    """ESS 2000 (1 - .85) / (1 + .85) = 162: the mean is known to 1 / sqrt(162) = .079 sd."""
    beta = drawn.beta.copy()
    beta[:, :, 0] = 1234.567 + 100 * slowly(500, 4, 0.85)
    found = judge(design, replace(drawn, beta=beta))
    assert found.ok and set(cautions(found)) >= {"bulk ESS", "tail ESS"}
    check = named(found, "bulk ESS")
    assert re.search(r"mean of x is known to 0\.0[6-9]\d? of its posterior sd", check.meaning)
    # two standard errors are 16: tens are known, ones are not
    assert re.search(r"give it as 1,2\d0\.$", check.meaning)
    tail = named(found, "tail ESS").meaning
    assert re.search(r"ends of the 95 % interval of x are known to 0\.\d+ of its", tail)


def test_r_hat_between_its_limits_is_a_caution(design, drawn):
    beta = drawn.beta.copy()
    beta[3, :, 0] += 0.05  # half a posterior sd
    found = judge(design, replace(drawn, beta=beta))
    assert 1.01 < found.rhat_max <= 1.1
    check = named(found, "R-hat")
    assert check.grade is Grade.CAUTION and found.ok
    assert "not mixed fully" in check.meaning and "ends of its 95 % interval to" in check.meaning


def test_the_worst_grade_counts():
    assert worst_grade([]) is Grade.NO_PROBLEM
    assert worst_grade([Grade.CAUTION, Grade.NO_PROBLEM]) is Grade.CAUTION
    assert worst_grade([Grade.CAUTION, Grade.DO_NOT_USE, Grade.NO_PROBLEM]) is Grade.DO_NOT_USE


def test_what_is_not_to_be_used_is_told_first(design, drawn):
    beta = drawn.beta.copy()
    beta[3, :, 0] += 5
    found = judge(design, diverging(replace(drawn, beta=beta), 3))
    assert found.findings[0] in found.failed and found.findings[-1].name == "divergences"
