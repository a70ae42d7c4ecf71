"""Every family, every verb: each answers, or refuses in one sentence.

The draws are made up, so that a family takes seconds; what answers say is tested where they are.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from synthetic import synthetic_draws, synthetic_fit
from test_varying import assert_every_method_answers, assert_every_picture_is_drawn

import bayesmm
from bayesmm.errors import BayesmmError, UnsupportedModelError
from bayesmm.family.known import FAMILIES, OF_CATEGORIES, resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.results.prediction.whom import KINDS, WHO
from bayesmm.script.script import LANGUAGES

EVERY = [*FAMILIES, *OF_CATEGORIES]
WITH_ZEROS = {"hurdle_gamma", "hurdle_lognormal", "zero_inflated_beta"}


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    n = 60
    own = {
        "real": rng.normal(size=n),
        "binary": rng.integers(0, 2, n),
        "count": rng.poisson(2.0, n),
        "positive": rng.gamma(2.0, 1.0, n) + 0.2,
        "proportion": rng.uniform(0.1, 0.9, n),
        "angle": rng.uniform(-2.0, 2.0, n),
        "ordered": 1 + np.arange(n) % 4,
        "unordered": np.array(list("abc"))[np.arange(n) % 3],
        "x": rng.normal(size=n),
        "g": [f"g{k % 6}" for k in range(n)],
    }
    data = pd.DataFrame(own)
    data["trials"] = data["count"] + 4
    data["signed"] = data["positive"] * np.where(rng.random(n) < 0.5, 1, -1)
    data["with_zero"] = data["proportion"] * (np.arange(n) % 4 > 0)
    data["with_both"] = np.where(np.arange(n) % 5 == 0, 1.0, data["with_zero"])
    return data.assign(a=rng.poisson(3.0, n) + 1, b=rng.poisson(2.0, n), c=rng.poisson(1.0, n))


def response_of(family) -> str:
    if family.decisions:
        return "signed"
    if family.name == "zero_one_inflated_beta":
        return "with_both"
    if family.name in WITH_ZEROS:
        return "with_zero"
    written = {"binomial": "count | trials(trials)", "multinomial": "cbind(a, b, c)"}
    return written.get(family.response, family.response)


def fit_of(name: str):
    family, data = resolve_family(name), frame()
    groups = "(1 | p | g)" if family.name in OF_CATEGORIES and family.name != "acat" else "(1 | g)"
    design = build_design(f"{response_of(family)} ~ x + {groups}", data, family)
    moments = {own.name: (0.4 if own.support == "share" else 1.2, 0.02) for own in family.further}
    moments |= {"ndt": (0.1, 0.01), "power": (1.5, 0.02)}
    moments |= {own: (k - 1.0, 0.05) for k, own in enumerate(design.family.thresholds)}
    drawn = synthetic_draws(
        design, intercept=(0.3, 0.05), beta=(0.2, 0.05), sd=(0.4, 0.05), effects=(0.0, 0.2),
        auxiliary=moments, draws=25, chains=4,
    )  # fmt: skip
    return replace(synthetic_fit(design, drawn, priors=choose_priors(design)), own_data=data)


@pytest.mark.parametrize("name", OF_CATEGORIES)
def test_categories_have_no_times(name):
    """Their probabilities were returned as quantiles, and times refused as if not asked for."""
    fit = fit_of(name)
    for kind, further in (("quantile", {}), ("survival", {"times": 1.0}),
                          ("restricted_mean", {"times": 1.0})):  # fmt: skip
        with pytest.raises(UnsupportedModelError, match=r"counted or measured.*kind='probability'"):
            fit.predict(kind=kind, **further)


@pytest.mark.parametrize(
    ("formula", "family", "words"),
    [
        ("real ~ x; sigma ~ x", "gaussian", "are ratios, of sigma"),
        ("count ~ x; zi ~ x", "zero_inflated_poisson", "are ratios, of the odds of zi"),
        ("real ~ x; alpha ~ x", "skew_normal", "fit.fixef() has the coefficients"),
    ],
)
def test_ratios_that_are_refused_name_the_parameters_of_the_model(formula, family, words):
    """It spoke of sigma and of zi, whatever varied."""
    design = build_design(formula, frame(), resolve_family(family))
    fit = synthetic_fit(design, synthetic_draws(design), priors=choose_priors(design))
    with pytest.raises(BayesmmError) as refused:
        fit.fixef(exponentiate=True)
    assert words in str(refused.value)
    assert ("zi" in str(refused.value).split()) == ("zi" in design.varying)


def test_convergence_shows_its_names():
    """It was shown as an address of memory."""
    fit = fit_of("gaussian")
    assert "sigma" in repr(fit.convergence)
    assert " at 0x" not in repr(fit.convergence)


def answers(ask) -> None:
    """Ask; a refusal is a sentence of ours, and anything else an error."""
    try:
        assert ask() is not None
    except BayesmmError as refusal:
        assert len(str(refusal)) > 30


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_every_method_answers_or_refuses(name):
    assert_every_method_answers(fit_of(name))


@pytest.mark.slow
def test_infinite_means_have_no_differences(tmp_path):
    """Log-logistic times with sigma above 1: refused in a sentence, and the report is written."""
    fit = fit_of("loglogistic")
    for ask in (fit.avg_comparisons, fit.avg_slopes, fit.answer):
        answers(ask)
    with pytest.raises(BayesmmError, match="scale='link'"):
        fit.avg_comparisons("x")
    table = fit.predict().table
    assert np.isposinf(table[["mean", "median", "lower", "upper"]]).all(axis=None)
    assert fit.report(tmp_path / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_every_picture_is_drawn_or_refused(name):
    assert_every_picture_is_drawn(fit_of(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_every_prediction_scale_and_language(name, tmp_path):
    fit = fit_of(name)
    for kind in KINDS:
        for who in WHO:
            answers(lambda kind=kind, who=who: fit.predict(kind=kind, who=who, n_draws=20))
    for scale in ("response", "link", "probability"):
        answers(lambda scale=scale: fit.emmeans("x", scale=scale))
        answers(lambda scale=scale: fit.contrasts("x", at={"x": [0, 1]}, scale=scale))
    for language in LANGUAGES:
        answers(lambda language=language: fit.script(language))
    fit.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    assert again.design.family == fit.design.family
