"""Known numbers of the rows in a log density: trials beside y, wherever rows are moved or made."""

import numpy as np
import pandas as pd
import pytest
from family_values import distribution, log_density_of
from handmade import handmade_block, handmade_design
from joint_reference import default_priors
from test_density_joint import check

import bayesmm
from bayesmm.family import Family, LogDensity, Parameter, numeric
from bayesmm.family.response_rows import known_of_rows
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.model.build import build_design
from bayesmm.sampling.compiled.joint.model import joint_model
from bayesmm.sampling.compiled.kernels.registry import responses_of

N = 240
rng = np.random.default_rng(4)
SIZE, X, G = rng.choice([3.0, 5.0], N), rng.integers(0, 2, N) * 1.0, np.arange(N) % 4
Y = np.minimum(rng.integers(0, 3, N) * 1.0, SIZE)


def design(family: str = "beta_binomial") -> object:
    block = handmade_block("g", G, {"Intercept": 1.0})
    return handmade_design(Y, {"x": X}, [block], family=family, trials=SIZE)


def test_rows_alike_are_merged_only_where_their_trials_are_the_same():
    """The density of merged rows is the sum over all of them, by SciPy."""
    own = design()
    priors = default_priors(own)
    model = joint_model(own, priors, (False,))
    cells = len(set(zip(Y, SIZE, X, G, strict=True)))
    assert N - model.n_merged == cells < N / 3
    check(model, priors)


def test_the_part_without_a_mean_is_counted_once_per_distinct_pair():
    statistics = responses_of(design()).statistics.reshape(-1, 3)
    assert {(y, n) for y, n, _ in statistics} == set(zip(Y, SIZE, strict=True))
    assert statistics[:, 2].sum() == N


def test_rows_of_maximum_likelihood_read_the_trials():
    own = design()
    rows = density_rows(own)([np.full(N, -0.3), np.log(4.0)], (), ())
    p = 1 / (1 + np.exp(0.3))
    expected = log_density_of(distribution("beta_binomial", p, {"kappa": 4.0}, SIZE), Y)
    np.testing.assert_allclose(rows.log_likelihood, expected, rtol=1e-12)


def test_known_numbers_go_with_their_rows():
    known = known_of_rows({"trials": SIZE}, np.array([5, 2]))
    np.testing.assert_array_equal(known["trials"], SIZE[[5, 2]])


def log_binomial(observed, mu):
    y, n = observed
    return y * numeric.log(mu) + (n - y) * numeric.log1p(-mu)


def test_a_family_of_ones_own_reads_them_too():
    own = Family(
        "my_binomial",
        response="binomial",
        parameters=(Parameter("mu", links=("logit",)),),
        density=LogDensity(log_binomial, columns=("trials",)),
    )
    frame = pd.DataFrame({"y": Y, "n": SIZE, "x": X})
    theirs = bayesmm.ml("y | trials(n) ~ x", frame, "binomial")
    ours = bayesmm.ml("y | trials(n) ~ x", frame, own)
    np.testing.assert_allclose(ours.estimates, theirs.estimates, atol=1e-5)


@pytest.mark.slow
def test_a_fit_answers_with_the_trials_of_the_rows(tmp_path):
    """Replicates within the trials, of new rows too; saved, loaded, rows left out by group."""
    near = X + np.random.default_rng(5).normal(0, 0.1, N)
    frame = pd.DataFrame({"y": Y, "n": SIZE, "x": near, "g": G.astype(str)})
    fit = bayesmm.fit(
        "y | trials(n) ~ x + (1 | g)", frame, "betabinomial", draws=300, max_effort=1, seed=1
    )
    new = pd.DataFrame({"n": [1.0, 40.0], "x": 0.0, "g": "1"})
    drawn = fit.predict(new, kind="response").table
    assert drawn["upper"].iloc[0] <= 1 < drawn["mean"].iloc[1] < 40
    fit.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    np.testing.assert_array_equal(again.design.known["trials"], SIZE)
    assert np.isfinite(fit.loo(leave="group").elpd)
    assert again.loo().elpd == fit.loo().elpd
    read = build_design("p(y, n) ~ x", frame, fit.design.family)
    np.testing.assert_array_equal(read.known["trials"], SIZE)
