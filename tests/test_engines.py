"""Which engine samples, and that all engines draw from one posterior."""

import pytest
from agreement import assert_same_posterior, everything
from handmade import handmade_design, sleepstudy_design

import bayesmm
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.collapsed import plan
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.engines import choose_engine


@pytest.fixture(scope="module")
def design():
    return sleepstudy_design(bayesmm.load_data("sleepstudy"))


def cbpp_design():
    formula = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
    return build_design(formula, bayesmm.load_data("cbpp"), resolve_family("binomial"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sleepstudy", "cbpp"])
def test_the_pymc_and_the_compiled_engine_agree(name, design):
    """Means and sds of every parameter and group effect within 4 Monte Carlo errors."""
    design = design if name == "sleepstudy" else cbpp_design()
    priors = choose_priors(design, "brms")
    settings = SamplerSettings(chains=4, draws=1000, tune=1000, seed=11, cores=2)
    one, two = (
        everything(choose_engine(design, priors, engine).sample(settings))
        for engine in ("compiled", "pymc")
    )
    assert_same_posterior(one, two, 4.0)


def test_unknown_engine(design):
    with pytest.raises(UsageError, match=r"'stan' is not an engine\. Engines: auto, compiled"):
        choose_engine(design, choose_priors(design), "stan")


def test_automatic_choice_is_compiled_and_silent(design):
    told = []
    ready = choose_engine(design, choose_priors(design), announce=told.append)
    assert ready.engine == "compiled"
    assert told == []


def test_numpyro_is_refused_when_it_is_not_installed(design, monkeypatch):
    monkeypatch.setattr("bayesmm.sampling.engines.find_spec", lambda _name: None)
    with pytest.raises(UnsupportedModelError, match=r"pip install bayesmm\[numpyro\]"):
        choose_engine(design, choose_priors(design), "numpyro")


def test_gaussian_weights_are_refused_by_bambi_only():
    weighted = handmade_design([1.0, 2, 4, 3], {"x": [1.0, 2, 3, 5]}, weights=[1.0, 2, 1, 2])
    priors = choose_priors(weighted)
    with pytest.raises(UnsupportedModelError, match="Bambi gives the weights"):
        choose_engine(weighted, priors, "pymc")
    assert choose_engine(weighted, priors).engine == "compiled"


@pytest.mark.parametrize("engine", ["pymc", "compiled"])
def test_weights_of_the_t_family_count_rows_in_every_engine(engine):
    rows = {"y": [1.0, 2, 4, 3], "x": [1.0, 2, 3, 5]}
    weighted = handmade_design(rows["y"], {"x": rows["x"]}, family="t", weights=[1.0, 2, 1, 2])
    assert choose_engine(weighted, choose_priors(weighted), engine).engine == engine


def test_the_plan_of_a_gaussian_model_is_made_once(monkeypatch):
    """From the formula to the draws: engine, warm-up and sampling read one `Prepared`."""
    made = []
    real = plan.make_plan
    monkeypatch.setattr(plan, "make_plan", lambda *given: made.append(given) or real(*given))
    data = bayesmm.load_data("sleepstudy")
    bayesmm.fit("Reaction ~ Days + (Days | Subject)", data, chains=1, draws=20, seed=1)
    assert len(made) == 1
