"""Group terms: what lme4 stops at is refused, and what it fits is fitted, with a sentence."""

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design


@pytest.fixture(scope="module")
def few_rows() -> pd.DataFrame:
    """45 rows of 23 groups, of which no more than two belong to one group."""
    rng = np.random.default_rng(4)
    g = np.repeat(np.arange(23), 2)[:45]
    x = rng.normal(size=45)
    y = rng.normal(size=23)[g] + x * (1 + rng.normal(size=23)[g]) + rng.normal(0, 0.5, 45)
    counts = rng.poisson(np.exp(0.3 * y))
    f = np.array(list("abc"))[rng.integers(0, 3, 45)]
    return pd.DataFrame({"y": y, "x": x, "z": rng.normal(size=45), "f": f, "g": g, "c": counts})


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("(x || g)", "(1 | g) + (0 + x | g)"),
        ("(0 + x + z || g)", "(0 + x | g) + (0 + z | g)"),
        ("(x + z || g)", "(1 | g) + (0 + x | g) + (0 + z | g)"),
    ],
)
def test_independent_effects_count_apart_as_their_terms_do(few_rows, short, long):
    fits = [bayesmm.ml(f"y ~ x + {term}", few_rows) for term in (short, long)]
    assert fits[0].loglik == pytest.approx(fits[1].loglik, abs=1e-6)


def test_independent_effects_of_a_factor_count_apart(few_rows):
    assert (
        build_design("y ~ (f || g)", few_rows, resolve_family("gaussian")).blocks[0].n_effects == 3
    )


@pytest.mark.parametrize(
    ("formula", "family", "n_effects"),
    [
        ("y ~ x + (x | g)", "gaussian", 46),  # lme4: check.nobs.vs.nRE
        ("c ~ x + (x | g)", "poisson", 46),
        ("y ~ x + (x + z || row)", "gaussian", 45),  # lme4: check.nobs.vs.nlev
        ("y ~ (1 | row)", "gaussian", 45),
    ],
)
def test_what_lme4_stops_at_is_refused(few_rows, formula, family, n_effects):
    data = few_rows.assign(row=np.arange(45))
    with pytest.raises(DataError, match=f"45 rows for {n_effects} group effects"):
        build_design(formula, data, resolve_family(family))


def test_as_many_levels_as_rows_fit_without_a_residual(few_rows):
    """As lme4's glmer, which allows an effect per row."""
    data = few_rows.assign(row=np.arange(45))
    assert build_design("c ~ (x || row)", data, resolve_family("poisson")).blocks[0].n_groups == 45


def test_the_way_out_that_is_named_works(few_rows):
    with pytest.raises(DataError, match=r"write \|\| for independent effects"):
        build_design("y ~ (x | g)", few_rows, resolve_family("gaussian"))
    build_design("y ~ (x || g)", few_rows, resolve_family("gaussian"))
    with pytest.raises(DataError) as caught:  # where it would not work it is not named
        build_design("c ~ (x | r)", few_rows.assign(r=range(45)).iloc[:, :], resolve_family("t"))
    assert "||" not in str(caught.value)


@pytest.fixture(scope="module")
def between() -> pd.DataFrame:
    """Predictors that are constant within every group, w a number and f a factor."""
    rng = np.random.default_rng(1)
    g = np.repeat(np.arange(20), 6)
    w, x = rng.normal(size=20)[g], rng.normal(size=120)
    u = rng.normal(size=20)[g] * (1 + 0.3 * w)
    return pd.DataFrame(
        {
            "y": 1 + x + u + rng.normal(0, 0.5, 120),
            "count": rng.poisson(np.exp(0.5 + 0.3 * u)),
            "zero": rng.poisson(np.exp(0.5 + 0.3 * u)) * rng.integers(0, 2, 120),
            "binary": rng.binomial(1, 1 / (1 + np.exp(-u))),
            "g": g,
            "h": np.arange(120) // 3,
            "w": w,
            "x": x,
            "f": np.array(list("abc"))[g % 3],
            "one": 1.0,
        }
    )


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ w + (w | g)", "gaussian"),
        ("y ~ w + (w || g)", "gaussian"),
        ("y ~ w + (1 | g) + (0 + w | g)", "gaussian"),
        ("y ~ x + (x + w | g)", "gaussian"),
        ("y ~ x * w + (x * w || g)", "gaussian"),
        ("y ~ f + (f | g)", "gaussian"),
        ("y ~ f + (f || g)", "gaussian"),
        ("y ~ f + (1 | g) + (0 + f | g)", "gaussian"),
        ("y ~ poly(w, 2) + (poly(w, 2) || g)", "gaussian"),
        ("y ~ w + (w | g / h)", "gaussian"),
        ("count ~ w + (w | g)", "poisson"),
        ("count ~ w + (w || g)", "negativebinomial"),
        ("zero ~ w + (w | g)", "zero_inflated_poisson"),
        ("binary ~ w + (w || g)", "bernoulli"),
    ],
)
def test_predictors_constant_within_groups_are_fitted_with_a_sentence(between, formula, family):
    fit = bayesmm.ml(formula, between, family)
    assert np.isfinite(fit.loglik)
    assert "does not vary within any level of g: no level has a slope" in fit.design.notes[0]
    assert fit.design.notes[-1] in " ".join(str(fit.summary()).split())
    assert fit.design.notes[-1] in str(bayesmm.explain(formula, between, family).notes)


def test_the_sentence_says_what_the_model_says(between):
    """u0 + w u1 of a level has a variance that is a quadratic function of w."""
    fit = bayesmm.ml("y ~ w + (w | g)", between)
    block, (low, high) = fit.blocks[0], (between["w"].min(), between["w"].max())
    covariance = block.sd[:, None] * block.corr * block.sd
    spread = [float(np.array([1, w]) @ covariance @ np.array([1, w])) for w in (low, high)]
    assert spread[1] > 1.5 * spread[0]  # simulated: sds 1 + 0.3 w


def test_a_constant_column_is_told_from_one_that_differs_between_groups(between):
    design = build_design("y ~ (one | g)", between, resolve_family("gaussian"))
    assert design.notes[-1].startswith("one is constant (1): the data cannot tell its effects by g")


def test_a_slope_without_an_intercept_needs_no_sentence(between):
    assert build_design("y ~ (0 + w | g)", between, resolve_family("gaussian")).notes == ()
    assert build_design("y ~ (0 + f | g)", between, resolve_family("gaussian")).notes == ()


def test_such_a_model_is_sampled(between):
    fit = bayesmm.fit(
        "y ~ w + (w | g)", between, chains=2, draws=100, max_effort=1, seed=1, progress=False
    )
    assert fit.design.notes[-1] in " ".join(str(fit.summary()).split())
    assert len(fit.coef()) == 40
