"""Estimates under priors half and twice as wide: against conjugate answers and refits."""

import numpy as np
import pytest
from formula_fits import formula_fit
from synthetic import exact_normal, with_variable
from test_prior_predictive import data

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.model.priors import DISTRIBUTIONS, Prior
from bayesmm.results.checks import sensitivity as module
from bayesmm.results.checks.sensitivity import rescaled
from bayesmm.results.tables.prior_scale import prior_centre_and_scale


def test_rescaling_changes_the_scale_and_nothing_else():
    parameters = {"nu": 3.0, "mu": 1.0, "sigma": 2.0, "alpha": 40.0, "beta": 30.0, "b": 2.0,
                  "lam": 2.0, "lower": -1.0, "upper": 2.0, "eta": 50.0, "concentration": 1.0,
                  "shape": 1.0, "scale": 2.0, "s": 2.0}  # fmt: skip
    seen = set()
    for name, names in DISTRIBUTIONS.items():
        prior = Prior(name, tuple(parameters[n] for n in names))
        new = rescaled(prior, 0.5)
        if new is None:
            seen.add(name)
            continue
        _, scale = prior_centre_and_scale(prior)
        # those of a concentration only as far as that is large
        tolerance = 0.02 if name in ("Beta", "LKJ") else 1e-12
        assert prior_centre_and_scale(new)[1] == pytest.approx(scale / 2, rel=tolerance), name
        assert rescaled(new, 2.0).parameters == pytest.approx(prior.parameters)
    assert seen == {"Flat", "HalfFlat", "Uniform"}


def conjugate(prior_sd: float, chains: int = 4, draws: int = 1000):
    """Return a fit whose draws of x are those of a normal mean, N(3, 1) times its prior."""
    fit = formula_fit(
        "y ~ 0 + x", data(), preset={"x": f"Normal(0, {prior_sd})"}, chains=chains, draws=draws
    )
    variance = 1 / (1 + prior_sd**-2)
    rng = np.random.default_rng(5)
    own = exact_normal(rng, 3 * variance, variance**0.5, chains, draws)
    return with_variable(fit, "x", own)


@pytest.mark.parametrize("prior_sd", [2.0, 4.0])
def test_reweighting_gives_the_conjugate_answer(prior_sd):
    row = conjugate(prior_sd).sensitivity().set_index(["prior", "term"]).loc[("x", "x")]
    for column, factor in (("halved", 0.5), ("doubled", 2.0)):
        exact = 3 / (1 + (factor * prior_sd) ** -2)
        # the posterior sd is at most 1, and weights leave a third of the 4000 draws or more
        assert row[column] == pytest.approx(exact, abs=4 / np.sqrt(1300)), column
        sd = (1 / (1 + prior_sd**-2)) ** 0.5
        assert row[f"shift_{column}"] == pytest.approx(
            (row[column] - row["estimate"]) / sd, rel=1e-3
        )
    assert row["how"] == "reweighted"


def test_weights_that_fail_are_refitted_when_asked(monkeypatch):
    fit = bayesmm.fit(
        "y ~ x", data(), priors={"x": "Normal(0, 0.02)"}, draws=500, seed=1, progress=False
    )
    by_weights = fit.sensitivity().set_index(["prior", "term"])
    row = by_weights.loc[("x", "x")]
    assert row["how"] == "refit"
    assert row["k_doubled"] > 0.7
    assert np.isnan(row["doubled"])
    table = fit.sensitivity(refit=True).set_index(["prior", "term"])
    refitted = bayesmm.fit(
        "y ~ x", data(), priors={"x": "Normal(0, 0.04)"}, draws=500, seed=1, progress=False
    )
    assert table.loc[("x", "x"), "how"] == "refitted"
    assert table.loc[("x", "x"), "doubled"] == refitted.fixef().set_index("term")["mean"]["x"]
    assert table.loc[("sigma", "sigma"), "how"] == "reweighted"

    monkeypatch.setattr(module, "_MOST_REFITS", 1)
    with pytest.raises(UsageError, match="more than 1"):
        fit.sensitivity(refit=True)


def test_every_prior_has_its_row(sleepstudy_fit):
    table = sleepstudy_fit.sensitivity()
    assert set(table["prior"]) == {*sleepstudy_fit.priors, "all"}
    own = table[table["prior"] == table["term"]]
    assert {"Intercept", "Days", "sigma", "1|Subject_sigma"} <= set(own["term"])
    assert "Subject_corr[Intercept, Days]" in set(table["term"])
    moved = table[["shift_halved", "shift_doubled"]].abs().max(axis=1)
    of_others = (table["prior"] != table["term"]) & (table["prior"] != "Subject_corr")
    assert (moved[of_others] >= 0.1).all()


def test_flat_priors_have_no_scale():
    table = formula_fit("y ~ x", data(), preset="brms").sensitivity().set_index("prior")
    assert table.loc["x", "how"] == "no scale"
    assert np.isnan(table.loc["x", "doubled"])
    assert table.loc["sigma", "how"] != "no scale"


def test_decov_is_one_prior_of_the_sds_of_a_block():
    fit = formula_fit("y ~ x + (x | g)", data(), preset="rstanarm")
    table = fit.sensitivity()
    rows = table[table["prior"] == "1|g_sigma"]
    assert set(rows["term"]) >= {"1|g_sigma", "x|g_sigma"}
    assert "x|g_sigma" not in set(table["prior"])
