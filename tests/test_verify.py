"""Every path of the compiled engine is held against the PyMC model, and a wrong one is found."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import UsageError
from bayesmm.studies.verification import joint_density, sigmas_density, verify
from bayesmm.studies.verification.engine_density import EngineDensity
from bayesmm.studies.verification.reference import Reference


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x, g, h = rng.normal(2, 1, 60), np.repeat(np.arange(10), 6), np.tile(np.arange(6), 10)
    return pd.DataFrame(
        {
            "x": x,
            "g": [f"g{k}" for k in g],
            "h": [f"h{k}" for k in h],
            "s": [f"s{k}" for k in g // 3],
            "z": np.where(h % 2, "yes", "no"),
            "y": 1 + 0.5 * x + rng.normal(size=10)[g] + rng.normal(size=60),
            "c": rng.poisson(np.exp(0.3 + 0.2 * x + 0.5 * rng.normal(size=10)[g])),
            "b": (rng.random(60) < 0.5).astype(int),
        }
    )


def fitted(data, formula, family="gaussian", priors=None):
    return bayesmm.fit(formula, data, family, priors, seed=1, draws=100, max_effort=1,
                       progress=False)  # fmt: skip


INTEGRATED, TRANSPORTED = "effects integrated out", "transported coordinates"
SIGMAS = "log sigma, coefficients and effects of mu integrated out"
PATHS = [
    ("y ~ x + (x | g)", "gaussian", None, INTEGRATED),
    ("y ~ x + (1 | g) + (1 | h)", "gaussian", "rstanarm", INTEGRATED),
    ("y ~ x + (1 | s / g)", "gaussian", "brms", INTEGRATED),
    ("y ~ x", "gaussian", {"x": "Laplace(0, 1)"}, INTEGRATED),
    ("c ~ x + (1 | g)", "poisson", None, TRANSPORTED),
    ("b ~ x + (1 | g) + (1 | h)", "bernoulli", None, TRANSPORTED),
    ("c ~ x + (1 | g); alpha ~ x", "negativebinomial", None, TRANSPORTED),
    ("y ~ x + (x | g); sigma ~ 1 + (1 | g)", "gaussian", None, SIGMAS),
    ("y ~ x + (x | p | g); sigma ~ 1 + (1 | p | g)", "gaussian", None, SIGMAS),
    ("y ~ x + (1 | g); sigma ~ z", "gaussian", {"x": "StudentT(3, 0, 1)"}, SIGMAS),
]


@pytest.mark.slow
@pytest.mark.parametrize(("formula", "family", "priors", "path"), PATHS)
def test_the_density_is_pymcs(data, formula, family, priors, path):
    found = fitted(data, formula, family, priors).verify()
    assert found.ok, found
    assert path in found.path
    assert found.table["at"].tolist() == ["50 posterior draws", "50 distant points"] * 2


@pytest.mark.slow
@pytest.mark.parametrize("formula", ["c ~ x + (1 | g)", "c ~ x + (1 | s / g)"])
def test_levels_centred_or_not_are_verified_too(data, monkeypatch, formula):
    """Where coordinates cannot be transported levels are centred by their information."""
    monkeypatch.setattr(joint_density, "transported_pilot", lambda *_: (None, "not today"))
    found = fitted(data, formula, "poisson").verify()
    assert found.ok, found
    assert "levels centred or not" in found.path


@pytest.mark.slow
def test_totals_of_a_second_large_factor_are_verified():
    rng = np.random.default_rng(4)
    g, h = np.repeat(np.arange(150), 4), rng.integers(0, 120, 600)
    y, x = rng.normal(size=600) + rng.normal(size=150)[g], rng.normal(size=600)
    data = pd.DataFrame({"y": y, "x": x, "g": g.astype(str), "h": h.astype(str)})
    fit = fitted(data, "y ~ x + (1 | g) + (1 | h)")
    found = fit.verify()
    assert found.ok, found
    if fit.facts["centred"]:
        assert "totals" in found.path


@pytest.mark.slow
def test_another_density_is_found(data, monkeypatch):
    """The engine samples under another prior of x, or with a Jacobian too many: neither passes."""
    fit = fitted(data, "y ~ x + (1 | g)")
    assert fit.verification is None
    other = replace(fit.priors, by_name={**fit.priors, "x": bayesmm.Prior("Normal", (0.0, 0.1))})
    engine = verify.integrated_engine_density
    monkeypatch.setattr(verify, "integrated_engine_density", lambda d, _p: engine(d, other))
    wrong = fit.verify()
    assert not wrong.ok and "is NOT that of the PyMC model" in wrong.sentence
    assert fit.verification is wrong

    def with_jacobian(design, priors):
        right = engine(design, priors)
        assert isinstance(right, EngineDensity)
        return replace(right, log_weight=lambda x, given: right.log_weight(x, given) + x[:, 0])

    monkeypatch.setattr(verify, "integrated_engine_density", with_jacobian)
    assert not fit.verify().table["passed"].any()


@pytest.mark.slow
def test_another_density_of_sigmas_is_found(data, monkeypatch):
    """Without what correlated effects of sigma say of those of mu, or under another prior."""
    fit = fitted(data, "y ~ x + (x | p | g); sigma ~ 1 + (1 | p | g)")
    name = "sigma_1|g_sigma"
    other = {**fit.priors, name: bayesmm.Prior("Exponential", (5.0,))}
    engine = verify.sigmas_engine_density
    with monkeypatch.context() as changed:
        wrong = replace(fit.priors, by_name=other)
        changed.setattr(verify, "sigmas_engine_density", lambda d, _p, s: engine(d, wrong, s))
        assert not fit.verify().table["passed"].any()
    parts = sigmas_density.block_parts

    def apart(design, parameter):
        return tuple(replace(part, shared=False) for part in parts(design, parameter))

    monkeypatch.setattr(sigmas_density, "block_parts", apart)
    assert not fit.verify().ok


@pytest.mark.slow
def test_a_run_of_pymc_agrees_in_monte_carlo_errors(data):
    fit = bayesmm.fit("y ~ x + (1 | g)", data, seed=1, progress=False)
    found = fit.verify(sample=True)
    assert found.ok, found
    assert found.table["check"].str.contains("Monte Carlo").sum() == 2


def test_a_fit_by_pymc_has_nothing_to_compare(data):
    fit = replace(fitted(data, "y ~ x"), engine="pymc")
    with pytest.raises(UsageError, match="sampled from its PyMC model itself"):
        fit.verify()


class _FewDigits(Reference):
    """A standard normal log density that has three digits where x is beyond 1 and none beyond 9."""

    def at(self, x, given):
        exact = -0.5 * (x**2).sum(axis=1)
        found = np.where(np.abs(x[:, 0]) > 1, np.round(exact, 3), exact)
        return np.where(np.abs(x[:, 0]) > 9, np.nan, found)

    def _speed(self, x, given, directions):
        return np.ones((len(directions), len(x)))


def test_distant_points_without_digits_for_slopes_are_brought_closer():
    """Slopes of rounded values would be noise; where both kinds are exact, points stay."""
    nothing = SimpleNamespace(parameters=SimpleNamespace(beta=np.zeros((1, 4, 0)), blocks=()))
    engine = SimpleNamespace(
        given=lambda x: {}, state=lambda x, given: nothing, outer=np.array([0, 1]), n_effects=0
    )
    pymc = SimpleNamespace(values=lambda _: {}, degenerate=lambda _: np.zeros(4, dtype=bool))
    reference = _FewDigits(engine, pymc, np.ones(2))
    x = np.array([[0.5, 3.0], [2.5, 0.0], [-12.0, 1.0], [-0.9, -8.0]])
    random = np.random.default_rng(5).normal(size=x.shape)
    closer = reference.brought_closer(x, np.zeros(2), random)
    np.testing.assert_array_equal(closer, x / np.array([[1], [4], [16], [1]]))
    directions = reference.directions(closer, random)
    slopes = reference.slope(closer, {}, directions)
    np.testing.assert_allclose(slopes, -(closer * directions).sum(axis=1), rtol=1e-9)
    kinked = reference.brought_closer(x, np.zeros(2), None)  # slopes are not compared: only values
    np.testing.assert_array_equal(kinked, x / np.array([[1], [1], [2], [1]]))
