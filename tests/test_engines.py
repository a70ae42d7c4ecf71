"""Which engine samples, and that all engines draw from one posterior."""

import numpy as np
import pytest
from handmade import handmade_design, sleepstudy_design

import bayesmm
from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.collapsed import plan
from bayesmm.sampling.convergence import convergence
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.engines import choose_engine


@pytest.fixture(scope="module")
def design():
    return sleepstudy_design(bayesmm.load_data("sleepstudy"))


def parameters(draws):
    """Return every parameter of a model as columns, shape (chain, draw, m)."""
    shape = draws.intercept.shape
    parts = [draws.intercept[..., None], draws.beta]
    parts += [values[..., None] for values in draws.auxiliary.values()]
    for block in draws.blocks:
        parts += [block.sd, block.effects.reshape(*shape, -1)]
        if block.corr is not None:
            parts.append(block.corr[..., 1, :1])
    return np.concatenate(parts, axis=-1)


def moments_with_errors(draws):
    """Return means and sds with their Monte Carlo standard errors."""
    values = parameters(draws)
    ess = convergence(values).ess_bulk
    flat = values.reshape(-1, values.shape[-1])
    mean, sd = flat.mean(0), flat.std(0, ddof=1)
    # The error of an sd: from the fourth moment, which heavy-tailed sds need, and the effective
    # sample size of the squares: draws that alternate about their mean have fewer of these.
    kurtosis = ((flat - mean) ** 4).mean(0) / sd**4
    ess_of_squares = convergence((values - mean) ** 2).ess_bulk
    return mean, sd / np.sqrt(ess), sd, sd * np.sqrt((kurtosis - 1) / (4 * ess_of_squares))


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
    one = moments_with_errors(choose_engine(design, priors, "compiled").sample(settings))
    two = moments_with_errors(choose_engine(design, priors, "pymc").sample(settings))
    for value, error in ((0, 1), (2, 3)):
        z = (one[value] - two[value]) / np.hypot(one[error], two[error])
        assert np.abs(z).max() < 4


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
