"""What a default prior does to a common effect: against conjugate answers and a wide prior."""

from dataclasses import replace

import numpy as np
import pytest
from formula_fits import formula_fit
from test_prior_predictive import data
from test_sensitivity import conjugate

import bayesmm
from bayesmm.results.tables.prior_pull import default_prior_pulls, pull_note

DRAWS = 4000


def by_default(prior_sd):
    """Return draws of N(3, 1) times a normal prior that counts as a default one."""
    fit = conjugate(prior_sd)
    changed = replace(fit, priors=replace(fit.priors, changed=frozenset()))
    changed.__dict__["_ml_or_reason"] = fit._ml_or_reason
    return changed


def exact(prior_sd):
    """Return mean and sd of the posterior."""
    variance = 1 / (1 + prior_sd**-2)
    return 3 * variance, variance**0.5


@pytest.mark.parametrize("prior_sd", [2.0, 3.0, 6.0])
def test_the_pull_is_that_of_the_conjugate_posterior(prior_sd):
    (pull,) = default_prior_pulls(by_default(prior_sd))
    mean, sd = exact(prior_sd)
    assert pull.posterior == pytest.approx(mean)
    # the weights of the narrowest leave a third of the draws
    assert pull.flat == pytest.approx(3.0, abs=4 / np.sqrt(DRAWS / 3))
    assert pull.sds == pytest.approx((mean - 3) / sd, abs=4 / np.sqrt(DRAWS / 3))
    assert pull.large == (prior_sd == 2.0)


def test_where_weights_fail_the_slope_says_at_least():
    fit = by_default(0.8)
    (pull,) = default_prior_pulls(fit)
    mean, sd = exact(0.8)
    assert np.isnan(pull.flat)
    # Cov(beta, -beta^2 / 2 s^2) of a normal posterior, which is less than all of it
    assert pull.sds == pytest.approx(-mean * sd**2 / 0.64 / sd, abs=4 * 2 / np.sqrt(DRAWS))
    assert abs(pull.sds) < (3 - mean) / sd
    note = pull_note(fit)
    assert f"pulls x by {abs(pull.sds):.1f} posterior sds or more towards 0" in note
    assert "with a flat prior" not in note


def test_priors_of_the_user_and_flat_ones_are_not_told():
    assert default_prior_pulls(conjugate(0.8)) == ()
    assert default_prior_pulls(formula_fit("y ~ x", data(), preset="brms")) == ()
    assert default_prior_pulls(formula_fit("y ~ 1 + (1 | g)", data())) == ()


def test_only_the_strongest_are_named():
    frame = data()
    for k in range(7):
        frame[f"z{k}"] = np.random.default_rng(k).normal(size=len(frame))
    formula = "y ~ " + " + ".join(f"z{k}" for k in range(7))
    note = pull_note(formula_fit(formula, frame, beta=(60.0, 10.0)))
    assert note.count("posterior sds") == 5
    assert "and 2 more" in note


def test_mtcars_says_so_on_its_page():
    """The flat mean is that of a fit with a prior a hundred times as wide."""
    cars = bayesmm.load_data("mtcars")
    fit = bayesmm.fit("am ~ wt", cars, "bernoulli", seed=1, progress=False)
    wide = bayesmm.fit(
        "am ~ wt", cars, "bernoulli", {"wt": "Normal(0, 250)"}, seed=1, progress=False
    )
    (pull,) = default_prior_pulls(fit)
    row = wide.fixef().set_index("term").loc["wt"]
    # weights leave a fifth of the effective draws; those of the wide fit are some 2000
    error = row["sd"] * np.hypot(1 / np.sqrt(3000 / 5), 1 / np.sqrt(row["ess_bulk"]))
    assert pull.flat == pytest.approx(row["mean"], abs=4 * error)
    page = " ".join(str(fit.summary()).split())
    assert (
        f"The default prior pulls wt by {abs(pull.sds):.1f} posterior sds towards 0 (posterior "
        f"{pull.posterior:.3g}, with a flat prior {pull.flat:.3g}, maximum likelihood -4.02)"
    ) in page
    assert "default prior pulls" not in str(wide.summary())


def test_sleepstudy_is_not_pulled(sleepstudy_fit):
    assert pull_note(sleepstudy_fit) == ""
