"""Data sets that priors expect: against PyMC's own, and what is said of absurd ones."""

import json
import logging

import numpy as np
import pandas as pd
import pytest
from command_line import command
from scipy import stats

import bayesmm
from bayesmm.errors import PriorError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model.bambi_model import build_bambi_model
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import DISTRIBUTIONS, Prior
from bayesmm.report.material import Material
from bayesmm.report.priors_section import priors_section
from bayesmm.report.record import Figure, Paragraph
from bayesmm.results.checks.ppc_statistics import statistics_of
from bayesmm.results.densities.log_prior import prior_log_density
from bayesmm.sampling.prior_draws import prior_values
from bayesmm.studies.prior_absurdities import far_limits

DRAWS = 2000
# Kolmogorov and Smirnov's test of two samples, which heavy tails do not mislead as they do means.
LEAST_P = 1e-4


def data(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(4, 1, n), "g": np.arange(n) % 6})
    frame["y"] = 1 + 0.5 * frame["x"] + rng.normal(size=n)
    frame["count"] = rng.poisson(3, n)
    frame["won"] = rng.integers(0, 2, n)
    return frame


MODELS = {
    "correlated slopes, centred": ("y ~ x + (x | g)", "gaussian", None),
    "decov in units of sigma": ("y ~ x + (x | g)", "gaussian", "rstanarm"),
    "counts": ("count ~ x + (1 | g)", "negativebinomial", None),
    "binary, no groups": ("won ~ x", "bernoulli", None),
}


def correlated(tree):
    """Return u_0 u_1 corr of the first group of each draw."""
    prior = tree["prior"]
    effects = [prior[name].values.reshape(DRAWS, -1)[:, 0] for name in ("1|g", "x|g")]
    return effects[0] * effects[1] * prior["g_corr"].values.reshape(DRAWS)


@pytest.mark.parametrize("name", MODELS)
def test_draws_are_those_of_pymc(name):
    import pymc as pm

    formula, family, preset = MODELS[name]
    ours = bayesmm.prior_predictive(formula, data(), family, preset, draws=DRAWS, seed=3)
    design = ours.design
    model = build_bambi_model(design, choose_priors(design, preset))
    model.build()
    logging.getLogger("pymc").setLevel(logging.ERROR)
    with model.backend.model:
        theirs = pm.sample_prior_predictive(
            DRAWS, random_seed=4, compile_kwargs={"mode": "FAST_COMPILE"}
        )
    compared = 0
    if "g_corr" in theirs["prior"]:
        # effects of one group are correlated as their draw says
        assert stats.ks_2samp(correlated(ours.draws), correlated(theirs)).pvalue > LEAST_P
    for variable, values in ours.draws["prior"].dataset.data_vars.items():
        if variable not in theirs["prior"]:
            continue
        own = values.values.reshape(DRAWS, -1)
        other = theirs["prior"][variable].values.reshape(DRAWS, -1)
        for k in range(min(own.shape[1], 2)):
            assert stats.ks_2samp(own[:, k], other[:, k]).pvalue > LEAST_P, variable
        compared += 1
    assert compared >= len(design.mu.terms) + len(design.family.auxiliary) + len(design.blocks)
    replicated = theirs["prior_predictive"][design.response].values.reshape(DRAWS, -1)
    for what, statistic in statistics_of(design).items():
        own, other = statistic(ours.yrep), statistic(replicated)
        assert stats.ks_2samp(own, other).pvalue > LEAST_P, what


def test_every_distribution_is_drawn_from_its_density():
    parameters = {"nu": 3.0, "mu": 1.0, "sigma": 2.0, "alpha": 2.0, "beta": 3.0, "b": 2.0,
                  "lam": 2.0, "lower": -1.0, "upper": 2.0, "s": 1.5}  # fmt: skip
    drawn = 0
    for name, names in DISTRIBUTIONS.items():
        if name in ("Flat", "HalfFlat", "LKJ", "Decov"):
            continue
        prior = Prior(name, tuple(parameters[n] for n in names))
        values = prior_values(np.random.default_rng(1), prior, (4000,))
        edges = np.quantile(values, [0.2, 0.8])
        grid = np.linspace(*edges, 4001)
        within = np.trapezoid(np.exp(prior_log_density(prior, grid)), grid)
        # the share of 4000 draws between two of their quantiles has an sd of 0.0063
        assert within == pytest.approx(0.6, abs=4 * 0.0063), name
        drawn += 1
    assert drawn == len(DISTRIBUTIONS) - 4


def test_flat_priors_are_refused_by_name():
    with pytest.raises(PriorError, match=r"prior of x is flat .*'x': 'Normal\(0, 10\)'"):
        bayesmm.prior_predictive("y ~ x + (1 | g)", data(), priors="brms")
    fine = bayesmm.prior_predictive(
        "y ~ x", data(), priors={"preset": "brms", "x": "Normal(0, 10)"}, draws=100
    )
    assert np.isfinite(fine.yrep).all()


@pytest.mark.parametrize("draws", [99, 100.5, True, 10**8])
def test_too_few_or_too_many_data_sets_are_refused(draws):
    with pytest.raises(UsageError, match="draws"):
        bayesmm.prior_predictive("y ~ x", data(), draws=draws)


def test_same_seed_same_data_sets():
    one, two, other = (
        bayesmm.prior_predictive("count ~ x + (1 | g)", data(), "poisson", draws=100, seed=s)
        for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.yrep, two.yrep)
    assert (one.yrep != other.yrep).any()
    assert one.yrep.shape == (100, 60)
    assert dict(one.draws["prior"].sizes)["draw"] == 100


ABSURD = {
    "counts of 1e18": ("count ~ x", "poisson", {"x": "Normal(0, 100)"}, "beyond 1000 times"),
    "infinite": ("count ~ x", "hurdle_negativebinomial", {"x": "Normal(0, 3000)"}, "beyond 1000"),
    "certain": ("won ~ x", "bernoulli", {"x": "Normal(0, 100)"}, "certain before any data"),
    "wide": ("y ~ x", "gaussian", {"x": "Normal(0, 100000)"}, "beyond 1000 times"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_priors_are_told_and_drawn_in_red(name):
    formula, family, priors, words = ABSURD[name]
    found = bayesmm.prior_predictive(formula, data(), family, priors)
    assert found.absurd
    assert words in " ".join(repr(found).split())
    assert "Narrow the priors" in repr(found)
    picture = found.plot()
    assert "ABSURD" in picture.figure.axes[0].get_title("left")
    assert picture.figure.axes[0].patches[0].get_fc()[:3] == pytest.approx(
        (0xB2 / 255, 0x18 / 255, 0x2B / 255)
    )
    assert found.absurdities[0].what in picture.caption


@pytest.mark.parametrize(
    ("formula", "family"),
    [("y ~ x + (x | g)", "gaussian"), ("won ~ x", "bernoulli"), ("y ~ x", "t")],
)
def test_default_priors_are_not_absurd(formula, family):
    found = bayesmm.prior_predictive(formula, data(), family)
    assert not found.absurd
    assert "Nothing absurd." in repr(found)
    assert "ABSURD" not in found.plot().figure.axes[0].get_title("left")


def test_the_command_prints_what_the_function_does(monkeypatch, capsys, tmp_path):
    data().to_csv(tmp_path / "data.csv", index=False)
    asked = ["count ~ x", tmp_path / "data.csv", "--family", "poisson", "--draws", "200"]
    absurd = ["--priors", "x=Normal(0, 100)"]
    found = bayesmm.prior_predictive(
        "count ~ x", data(), "poisson", {"x": "Normal(0, 100)"}, draws=200
    )
    picture, numbers = tmp_path / "priors.png", tmp_path / "said.json"
    written = ["--out", picture, "--json", numbers]
    assert command(monkeypatch, "prior-predictive", *asked, *absurd, *written) == 0
    shown = capsys.readouterr()
    assert f"ABSURD: {found.absurdities[0].what}" in shown.out
    assert "bayesmm explain prints them" in shown.out
    assert picture.read_bytes().startswith(b"\x89PNG") and str(picture) in shown.err
    said = json.loads(numbers.read_text())
    assert said["absurd"] and said["data_sets"] == 200
    assert [row["median"] for row in said["table"]] == pytest.approx(list(found.table["median"]))
    assert command(monkeypatch, "prior-predictive", *asked, *absurd, "--quiet") == 0
    shown = capsys.readouterr()
    assert shown.out == "" and "ABSURD" in shown.err
    assert command(monkeypatch, "prior-predictive", *asked, "--priors", "x=Normal(0, 1)") == 0
    assert "Nothing absurd." in capsys.readouterr().out


def test_the_report_says_when_priors_are_absurd(cod_fit, sleepstudy_fit):
    parts = priors_section(Material(cod_fit, {}, None)).parts
    said = [part.text for part in parts if isinstance(part, Paragraph)]
    assert any("ABSURD" in text and "beyond 1000 times" in text for text in said)
    assert any(isinstance(part, Figure) and "Absurd: " in part.caption for part in parts)
    fine = priors_section(Material(sleepstudy_fit, {}, None)).parts
    assert not any("ABSURD" in part.text for part in fine if isinstance(part, Paragraph))


def test_means_that_no_response_can_have_are_told():
    found = bayesmm.prior_predictive("count ~ x", data(), "poisson", link="identity")
    lost = int(np.isnan(found.yrep).all(axis=1).sum())
    assert 0 < lost < 1000
    page = " ".join(repr(found).split())  # lines end where the terminal does
    assert f"{lost / 10:.0f} % of the data sets the mean of some row" in page
    assert f"{1000 - lost} data sets ({lost} more have no possible response)" in page


def test_the_page_counts_what_it_says():
    found = bayesmm.prior_predictive("count ~ x", data(), "poisson", {"x": "Normal(0, 3)"})
    low, high = far_limits(found.design)
    share = ((found.yrep < low) | (found.yrep > high)).any(axis=1).mean()
    assert found.absurdities[0].share == share
    row = found.table.set_index("statistic").loc["mean"]
    means = found.yrep.mean(axis=1)
    assert row["observed"] == found.design.y.mean()
    assert row["below"] == (means < row["observed"]).mean()
    assert row["upper"] == np.sort(means)[974]
    table = found.plot().table
    for column in ("observed", "median"):
        assert table[column].between(0, 1).all()
    assert table["observed"].sum() == pytest.approx(1)


def test_families_without_a_generator_are_refused():
    from dataclasses import replace

    family = replace(resolve_family("poisson"), random=None)
    with pytest.raises(UsageError, match="says nothing of how to draw"):
        bayesmm.prior_predictive("count ~ x", data(), family)


def test_certain_probabilities_are_seen_at_the_ends():
    found = bayesmm.prior_predictive("won ~ x", data(), "bernoulli", {"x": "Normal(0, 100)"})
    table = found.plot().table
    assert table["rows"].sum() == pytest.approx(1)
    assert table["data_sets"].sum() == pytest.approx(1)
    ends = ((found.mean < 0.05) | (found.mean >= 0.95)).mean()
    assert table["rows"].iloc[[0, -1]].sum() == pytest.approx(ends)
    assert ends > 0.9


def test_a_sigma_that_varies_spreads_the_data_sets():
    """The log of the sd of every row's replicates rises with x as the prior of sigma_x says.

    The log of an sd of 1,000 draws has an error of 1 / sqrt(2,000).
    """
    frame = data()
    narrow = {name: "Normal(0, 0.001)" for name in ("Intercept", "x", "sigma_Intercept")}
    priors = narrow | {"1|g_sigma": "HalfNormal(0.001)", "sigma_x": "Normal(2, 0.001)"}
    formulas = ["y ~ x + (1 | g)", "sigma ~ x"]
    found = bayesmm.prior_predictive(formulas, frame, priors=priors, draws=1000, seed=2)
    x = frame["x"].to_numpy(float)
    spread = np.log(found.yrep.reshape(1000, -1).std(axis=0))
    # the prior of the intercept of sigma is at the mean of x
    np.testing.assert_allclose(spread, 2 * (x - x.mean()), atol=5 / np.sqrt(2000))
