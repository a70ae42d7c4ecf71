"""Priors: their defaults, those of other packages, and how a user replaces one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design, sleepstudy_design

from bayesmm.errors import PriorError
from bayesmm.model.bambi_model import bambi_formula, bambi_frame
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.prior_presets import PRESETS
from bayesmm.model.priors import DISTRIBUTIONS, Prior, as_prior

DATA = Path(__file__).parents[1] / "bayesmm" / "data"
# Made by reference_r/make_priors.R with rstanarm 2.21.3 and brms 2.18.0.
REFERENCE = json.loads((Path(__file__).parent / "reference_r" / "priors.json").read_text())


def cbpp_design():
    frame = pd.read_csv(DATA / "cbpp.csv")
    dummies = {f"period[{k}]": (frame.period == k).to_numpy(float) for k in (2, 3, 4)}
    return handmade_design(
        frame["incidence"],
        dummies,
        [handmade_block("herd", frame["herd"], {"Intercept": 1.0})],
        family="binomial",
        trials=frame["size"],
    )


def poisson_design():
    frame = pd.DataFrame(REFERENCE["poisson_data"])
    block = handmade_block("g", frame["g"], {"Intercept": 1.0})
    return handmade_design(frame["y"], {"x": frame["x"]}, [block], family="poisson")


DESIGNS = {
    "sleepstudy": lambda: sleepstudy_design(pd.read_csv(DATA / "sleepstudy.csv")),
    "cbpp": cbpp_design,
    "poisson": poisson_design,
}


@pytest.mark.parametrize("name", DESIGNS)
def test_rstanarm_preset_is_its_prior_summary(name):
    design, reference = DESIGNS[name](), REFERENCE["rstanarm_priors"][name]
    priors = choose_priors(design, "rstanarm")
    assert priors["Intercept"] == Prior("Normal", priors["Intercept"].parameters)
    assert priors["Intercept"].parameters == pytest.approx(reference["intercept"], rel=1e-9)
    slopes = [priors[n].parameters[1] for n in design.mu.names]
    assert slopes == pytest.approx(np.atleast_1d(reference["slopes"]), rel=1e-9)
    covariance = tuple(reference["covariance"].values())
    assert priors[list(priors)[-1 - (name == "sleepstudy")]] == Prior("Decov", covariance)
    if name == "sleepstudy":
        # rstanarm prints the scale of the exponential, 1 / rate.
        assert 1 / priors["sigma"].parameters[0] == pytest.approx(reference["aux"], rel=1e-9)


@pytest.mark.parametrize("name", DESIGNS)
def test_brms_preset_is_its_get_prior(name):
    design = DESIGNS[name]()
    priors = choose_priors(design, "brms")
    rows = {row["class"]: row["prior"] for row in REFERENCE["brms_priors"][name]}
    assert priors["Intercept"] == as_prior(rows["Intercept"])
    half = as_prior(rows["sd"]).parameters
    for parameter, prior in priors.items():
        if parameter.endswith("_sigma"):
            assert prior == Prior("HalfStudentT", (half[0], half[2]))
    assert all(priors[n] == Prior("Flat") for n in design.mu.names)


@pytest.mark.parametrize("name", DESIGNS)
def test_bambi_preset_is_what_bambi_takes(name):
    import bambi as bmb

    design = DESIGNS[name]()
    priors = choose_priors(design, "bambi")
    formula, frame = bambi_formula(design), bambi_frame(design)
    if name == "cbpp":
        # As a user of Bambi writes it: one categorical term, whose dummies it does not scale.
        frame["period"] = pd.Categorical(pd.read_csv(DATA / "cbpp.csv").period)
        formula = "p(successes, trials) ~ period + (1 | herd)"
    theirs = bmb.Model(formula, frame, family=design.family.name)
    theirs.build()
    component = theirs.parameters[theirs.family.likelihood.parent]
    intercept = component.intercept_term.prior.args
    assert priors["Intercept"].named["sigma"] == pytest.approx(float(intercept["sigma"]))
    assert priors["Intercept"].named["mu"] == pytest.approx(float(intercept["mu"]))
    scales = np.concatenate(
        [np.atleast_1d(t.prior.args["sigma"]) for t in component.common_terms.values()]
    )
    assert [priors[n].named["sigma"] for n in design.mu.names] == pytest.approx(scales)
    for term in component.group_specific_terms.values():
        scale = float(term.prior.args["sigma"].args["sigma"])
        assert priors[f"{term.name}_sigma"].named["sigma"] == pytest.approx(scale)


def test_defaults_do_not_depend_on_the_zero_of_a_predictor():
    """Bambi's do (a "year" of 2000 widens the intercept's prior 375 times); ours must not."""
    rng = np.random.default_rng(0)
    y, x, g = rng.normal(300, 50, 40), rng.normal(size=40), np.repeat(np.arange(8), 5)

    def priors(shift):
        block = handmade_block("g", g, {"Intercept": 1.0, "x": x + shift})
        return choose_priors(handmade_design(y, {"x": x + shift}, [block]))

    near, far = priors(0.0), priors(2000.0)
    for name in near:
        assert near[name].parameters == pytest.approx(far[name].parameters, rel=1e-9)


@pytest.mark.parametrize(("family", "expected"), [("poisson", np.log), ("gaussian", float)])
def test_intercept_is_at_the_mean_of_the_response(family, expected):
    y = np.array([1.0, 2, 3, 6, 8])
    priors = choose_priors(handmade_design(y, {}, family=family))
    assert priors["Intercept"].named["mu"] == pytest.approx(expected(y.mean()))


def test_defaults_of_counts_are_of_unit_order_on_the_log_scale():
    """The prior predictive mean count stays below 1e6 times the data in 99 % of draws."""
    design = poisson_design()
    priors = choose_priors(design)
    rng = np.random.default_rng(0)
    n = 4000
    eta = rng.normal(*priors["Intercept"].parameters, n)
    eta += rng.normal(*priors["x"].parameters, n) * (design.mu.X.max() - design.mu.X.mean())
    eta += rng.normal(size=n) * rng.exponential(1 / priors["1|g_sigma"].parameters[0], n)
    assert np.quantile(np.exp(eta), 0.99) < 1e6 * design.y.max()


def test_user_replaces_one_by_name():
    design = DESIGNS["sleepstudy"]()
    priors = choose_priors(design, {"Days": "Normal(10, 5)", "preset": "brms"})
    assert priors["Days"] == Prior("Normal", (10.0, 5.0))
    assert priors["Intercept"] == Prior("StudentT", (3.0, 288.7, 59.3))
    table = priors.table().set_index("parameter")
    assert table.loc["Days", "source"] == "user"
    assert table.loc["sigma", "source"] == "brms"
    assert "Normal(10, 5)" in repr(priors)
    assert choose_priors(design, priors) is priors


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Dayz": "Normal(0, 1)"}, "The model has no parameter 'Dayz'. Did you mean 'Days'?"),
        ("brm", "'brm' is not a preset of priors. Did you mean 'brms'?"),
        ({"Days": "Norml(0, 1)"}, "'Norml' is not a prior distribution. Did you mean 'Normal'?"),
        ({"Days": "Normal(0)"}, "Normal takes mu, sigma; got mu."),
        ({"Days": "Normal(0, -1)"}, "sigma of Normal(0, -1) must be a positive number, got -1."),
        ({"Days": "Normal(0, big)"}, "'big' in the prior 'Normal(0, big)' is not a number."),
        ({"Days": "wide"}, "'wide' is not a prior. Write it as 'Normal(0, 10)'."),
        ({"sigma": "Normal(0, 1)"}, "'sigma' is positive; Normal(0, 1) is not."),
        ({"Subject_corr": "Normal(0, 1)"}, "'Subject_corr' must be LKJ(eta)"),
        ({"Days": "LKJ(2)"}, "The prior of 'Days' must be a distribution of one number"),
        ({"1|Subject_sigma": "Decov(1, 1, 1)"}, "Decov is one prior of all sds of a block"),
        ({"sigma": "Uniform(5, 1)"}, "lower must be less than upper"),
    ],
)
def test_mistakes_are_told(given, message):
    with pytest.raises(PriorError) as caught:
        choose_priors(DESIGNS["sleepstudy"](), given)
    assert message in str(caught.value)


def test_a_share_has_a_prior_between_0_and_1():
    design = handmade_design([0.0, 0, 1, 3], {}, family="zero_inflated_poisson")
    assert choose_priors(design)["psi"] == Prior("Beta", (2.0, 2.0))
    for text in ("Beta(1, 3)", "Uniform(0.5, 1)"):
        assert choose_priors(design, {"psi": text})["psi"] == as_prior(text)
    for text in ("HalfNormal(1)", "Uniform(0, 2)", "Normal(0, 1)"):
        with pytest.raises(PriorError, match="'psi' is a share, between 0 and 1"):
            choose_priors(design, {"psi": text})


def test_priors_of_another_model_are_refused():
    other = choose_priors(cbpp_design())
    with pytest.raises(PriorError, match="The priors are of another model"):
        choose_priors(DESIGNS["sleepstudy"](), other)


def test_priors_print_as_they_are_typed():
    for name, parameters in DISTRIBUTIONS.items():
        prior = Prior(name, tuple(float(i + 1) for i in range(len(parameters))))
        assert as_prior(str(prior)) == prior
        named = ", ".join(f"{k}={v}" for k, v in prior.named.items())
        assert as_prior(f"{name.lower()}({named})") == prior


def test_every_preset_names_every_parameter():
    design = DESIGNS["sleepstudy"]()
    names = ["Intercept", "Days", "sigma", "1|Subject_sigma", "Days|Subject_sigma", "Subject_corr"]
    for preset in PRESETS:
        assert list(choose_priors(design, preset)) == names
