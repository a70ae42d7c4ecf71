"""Bad chains on purpose: each failing check, its advice, and agreement with ArviZ."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from arviz_stats import diagnose as arviz_diagnose
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws

from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.checks import _apart
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import SamplerSettings
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


def arviz_says(design, drawn):
    """Return whether ArviZ finds an error."""
    return arviz_diagnose(assemble(design, drawn), show_diagnostics=False)


def test_good_draws_are_trusted(design, drawn):
    found = judge(design, drawn)
    assert found.ok
    assert failing(found) == []
    assert not arviz_says(design, drawn)
    assert found.rhat_max < 1.01
    assert found.ess_bulk_min > 1000
    assert found.divergences == 0
    assert found.max_treedepth_share == 0
    assert len(found.bfmi) == 4
    assert str(found).startswith("The draws can be trusted: all 7 checks passed.")


def with_statistics(drawn, **changed):
    return replace(drawn, statistics={**drawn.statistics, **changed})


def test_divergences(design, drawn):
    diverging = np.zeros((4, 500), dtype=bool)
    diverging[1, :7] = True
    bad = with_statistics(drawn, diverging=diverging)
    found = judge(design, bad)
    assert failing(found) == ["divergences"]
    assert arviz_says(design, bad)
    assert found.divergences == 7
    check = found.failed[0]
    assert check.sentence == "7 of 2000 transitions diverged."
    assert "target_accept=0.9 (it was 0.8)" in check.advice
    assert "'herd' has the fewest levels (6)" in check.advice
    assert "Do not trust these draws yet: 1 of 7 checks failed (divergences)." in str(found)
    assert check.advice[:30] in str(found)
    assert "FAIL" in found._repr_html_()


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
    assert "100 of 2000 trajectories were cut" in check.sentence
    assert "dear, not wrong" in check.advice
    assert "max_treedepth=12" in check.advice
    page = str(found)
    assert page.startswith("The draws can be trusted: all 7 checks passed.")
    assert check.advice[:40] in page
    assert "None" not in page and "nan" not in found._repr_html_()


def test_tree_depth_where_the_chains_do_not_agree(design, drawn):
    """Trajectories that are cut are then the likely reason, and nothing is called valid."""
    effects = drawn.blocks[0].effects.copy()
    effects[3, :, 1, 4] += 3
    bad = replace(drawn, blocks=(replace(drawn.blocks[0], effects=effects),))
    bad = with_statistics(bad, reached_max_treedepth=np.ones((4, 500), dtype=bool))
    found = judge(design, bad, replace(SETTINGS, max_treedepth=20))
    assert failing(found) == ["tree depth", "R-hat", "bulk ESS", "tail ESS"]
    advice = found.failed[0].advice
    assert "explore slowly" in advice
    assert "wrong" not in advice and "max_treedepth" not in advice  # 20 is the deepest


@pytest.mark.parametrize(
    ("value", "limit", "places", "text"),
    [(399.7, 400, 0, "399.7"), (1.01004, 1.01, 4, "1.01004"), (0.2996, 0.3, 2, "0.2996"),
     (400.0, 400, 0, "400"), (23.2, 400, 0, "23")],
)  # fmt: skip
def test_no_number_is_rounded_to_its_limit(value, limit, places, text):
    """No "smallest bulk ESS is 400" beside "400 are wanted"."""
    assert _apart(value, limit, places) == text


def test_low_bfmi_names_the_chain(design, drawn):
    energy = drawn.statistics["energy"].copy()
    energy[2] = np.cumsum(energy[2])  # a random walk: changes of energy are small beside its sd
    bad = with_statistics(drawn, energy=energy)
    found = judge(design, bad)
    assert failing(found) == ["E-BFMI"]
    assert arviz_says(design, bad)
    assert "in chain 2 " in found.failed[0].sentence
    assert found.bfmi[2] == pytest.approx((np.diff(energy[2]) ** 2).mean() / energy[2].var(ddof=1))
    assert "tune=800" in found.failed[0].advice


def test_a_chain_elsewhere(design, drawn):
    effects = drawn.blocks[0].effects.copy()
    effects[3, :, 1, 4] += 3
    bad = replace(drawn, blocks=(replace(drawn.blocks[0], effects=effects),))
    found = judge(design, bad)
    assert failing(found) == ["R-hat", "bulk ESS", "tail ESS"]
    assert arviz_says(design, bad)
    assert found.rhat_worst == found.ess_bulk_worst == "x|herd[e]"
    assert "The chains disagree about x|herd[e]." in found.failed[0].advice
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
    assert "bulk ESS" in failing(found)
    assert found.ess_bulk_worst == "herd_corr[Intercept, x]"
    # AR(1) with 0.9: ESS = S (1 - 0.9) / (1 + 0.9) = 105, of which the estimate has sd ~ 15 %
    assert found.ess_bulk_min == pytest.approx(105, rel=0.5)
    advice = next(c.advice for c in found.failed if c.name == "bulk ESS")
    assert "400 are wanted" in advice


def test_one_chain_is_no_evidence(design):
    drawn = synthetic_draws(design, chains=1, draws=1000)
    found = judge(design, drawn, replace(SETTINGS, chains=1, draws=1000))
    assert failing(found) == [] and found.ok
    assert [check.name for check in found.unjudged] == ["R-hat"]
    assert "Sample at least 4 chains" in found.unjudged[0].advice
    assert np.isnan(found.rhat_max)
    page = str(found)
    assert page.startswith("No check failed, but 1 of 7 could not be made (R-hat): whether the")
    assert "  ?     R-hat" in page and "R-hat: Sample at least 4 chains" in page
    assert "trusted" not in page and ">?<" in found._repr_html_()


def test_one_chain_can_fail_too(design):
    drawn = synthetic_draws(design, chains=1, draws=20)
    found = judge(design, drawn, replace(SETTINGS, chains=1, draws=20))
    assert "bulk ESS" in failing(found) and not found.ok
    assert str(found).startswith("Do not trust these draws yet: ")


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
