"""What is asked of every fit, asked of censored and truncated responses of every kind.

A fit answers, or says in a sentence what does not go; an error of Python's own fails.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import BayesmmError

KINDS = {
    "binomial": ("k", "trials(n) + ", 6.0),
    "beta_binomial": ("k", "trials(n) + ", 6.0),
    "compois": ("c", "", 5.0),
    "tweedie": ("a", "", 2.5),
}


def data_of(name: str) -> pd.DataFrame:
    response, _, most = KINDS[name]
    rng = np.random.default_rng(11)
    n = 60
    data = pd.DataFrame({"x": rng.normal(size=n), "n": 10.0, "g": np.repeat(list("abcdef"), 10)})
    eta = 0.3 * data["x"].to_numpy()
    data["k"] = rng.binomial(10, rng.beta(4 / (1 + np.exp(-eta)), 4 / (1 + np.exp(eta)))) * 1.0
    data["c"] = rng.poisson(np.exp(1.0 + eta)) * 1.0
    data["a"] = [rng.gamma(2.0, 0.5, k).sum() for k in rng.poisson(np.exp(eta))]
    data["s"] = np.where(data[response] > most, "right", "none")
    return data.assign(y=np.minimum(data[response], most))


@pytest.mark.parametrize("name", ["zero_inflated_poisson", "hurdle_poisson", "zero_inflated_beta"])
def test_a_formula_of_one_minus_a_share_has_the_likelihood_of_the_share(name):
    """With zi, 1 - psi, in the place of psi; tails of censored rows took zi for psi."""
    rng = np.random.default_rng(3)
    n = 80
    y = np.where(rng.random(n) < 0.3, 0.0, rng.poisson(4.0, n) * 1.0)
    top = 4.0
    if name == "zero_inflated_beta":
        y, top = np.where(y == 0, 0.0, rng.beta(2.0, 3.0, n)), 0.6
    data = pd.DataFrame({"x": rng.normal(size=n), "s": np.where(y > top, "right", "none")})
    data["s"] = np.where((y > 0) & (y <= top) & (np.arange(n) % 5 == 0), "left", data["s"])
    data["y"] = np.minimum(y, top)
    window = "" if name == "zero_inflated_beta" else f" + trunc(ub = {2 * top})"
    complement = "hu" if name.startswith("hurdle") else "zi"
    one, other = (
        bayesmm.ml(f"y | cens(s){window} ~ x; {parameter} ~ x", data, name)
        for parameter in ("psi", complement)
    )
    assert one.loglik == pytest.approx(other.loglik, abs=1e-6)
    mine, theirs = (
        [v[0] for k, v in ml.coefficients.items() if k.startswith(own)]
        for ml, own in ((one, "psi"), (other, complement))
    )
    np.testing.assert_allclose(np.negative(mine), theirs, atol=1e-3)


QUESTIONS = {
    "summary": lambda fit: repr(fit.summary()),
    "mean": lambda fit: fit.predict(kind="mean").table,
    "response": lambda fit: fit.predict(kind="response").table,
    "link": lambda fit: fit.predict(kind="link").table,
    "probability": lambda fit: fit.predict(kind="probability").table,
    "survival": lambda fit: fit.predict(kind="survival", times=[1.0]).table,
    "quantile": lambda fit: fit.predict(kind="quantile").table,
    "restricted_mean": lambda fit: fit.predict(kind="restricted_mean", times=2.0).table,
    "ppc": lambda fit: fit.ppc().table,
    "residuals": lambda fit: fit.residuals(),
    "check": lambda fit: repr(fit.check()),
    "loo": lambda fit: fit.loo().elpd,
    **{f"script {language}": lambda fit, language=language: fit.script(language)
       for language in ("bayesmm", "brms", "pymc", "bambi", "lme4", "rstanarm")},
}  # fmt: skip
# What each of these is refused, in words; everything else is answered.
REFUSED = {
    "binomial": {"probability", "survival", "quantile", "restricted_mean"},
    "beta_binomial": {"probability", "survival", "quantile", "restricted_mean"},
    "compois": {"probability", "restricted_mean", "script brms"},
    "tweedie": {"probability", "script brms"},
}
ELSEWHERE = {f"script {language}" for language in ("pymc", "bambi", "lme4", "rstanarm")}


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    name = request.param
    _, trials, _ = KINDS[name]
    formula = f"y | {trials}cens(s) ~ x + (1 | g)"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return name, bayesmm.fit(
            formula, data_of(name), name, seed=1, chains=2, draws=100, tune=200, max_effort=1,
            progress=False,
        )  # fmt: skip


@pytest.mark.slow
def test_every_question_is_answered_or_refused_in_a_sentence(fitted):
    """A question that is in neither list fails, and so does one that is refused without reason."""
    name, fit = fitted
    refused = {}
    for question, ask in QUESTIONS.items():
        try:
            ask(fit)
        except BayesmmError as reason:
            assert str(reason).strip().endswith((".", ")")), reason
            refused[question] = str(reason)
    assert set(refused) == REFUSED[name] | ELSEWHERE, refused


@pytest.mark.slow
def test_every_plot_is_drawn_or_refused_in_a_sentence(fitted):
    name, fit = fitted
    for plot in dir(fit.plot):
        picture = getattr(fit.plot, plot)()
        assert picture.caption, (name, plot)


@pytest.mark.slow
@pytest.mark.parametrize("fitted", ["beta_binomial", "compois"], indirect=True)
def test_a_report_has_the_check_by_survival(fitted, tmp_path):
    """With trials and without; what else it shows, each kind is asked for above."""
    _, fit = fitted
    path = tmp_path / "report.html"
    fit.report(path)
    assert "Kaplan and Meier" in path.read_text(encoding="utf-8")
