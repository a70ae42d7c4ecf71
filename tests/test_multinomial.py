"""Counts of categories: the likelihood of their single rows, and every answer for each category.

R's ``nnet::multinom`` and ``dmultinom`` are in ``reference_r/multinomial``. The draws are synthetic
but for one posterior.
"""

import json
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from agreement import assert_near_ml
from differences import assert_gradient
from formula_fits import formula_fit
from joint_reference import default_priors
from named_parameters import named_values
from scipy import stats
from scipy.special import softmax
from test_density_joint import points
from test_pymc_draws import assert_agrees
from test_varying import assert_every_method_answers, assert_every_picture_is_drawn

import bayesmm
from bayesmm.errors import DataError, FormulaError, UnsupportedModelError
from bayesmm.family.categorical import log_density_of_categories
from bayesmm.family.known import is_known, resolve_family
from bayesmm.family.multinomial import log_density_of_counts
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.build import build_design
from bayesmm.results.checks.residuals import residuals_of_batches
from bayesmm.results.comparison.grouping import design_of_rows
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model

_FOLDER = Path(__file__).parent / "reference_r" / "multinomial"
REFERENCE = json.loads((_FOLDER / "reference.json").read_text())
LABELS = ["bus", "car", "on foot"]
COUNTS = "cbind(bus, car, `on foot`)"
GROUPED = f"{COUNTS} ~ x + (1 | p | g)"
MULTINOMIAL = resolve_family("multinomial")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(_FOLDER / "counts.csv").rename(columns={"foot": "on foot"})


@pytest.fixture(scope="module")
def single(data):
    """Return a row for each that was counted."""
    counts = data[LABELS].to_numpy()
    rows = data.loc[np.repeat(data.index, counts.sum(axis=1))].reset_index(drop=True)
    return rows.assign(choice=np.concatenate([np.repeat(LABELS, own) for own in counts]))


@pytest.fixture(scope="module")
def fit(data):
    moments = {"beta": (0.3, 0.2), "sd": (0.8, 0.1), "effects": (0.0, 0.6)}
    return formula_fit(GROUPED, data, "multinomial", ml=True, draws=50, **moments)


def probabilities_of(fit, data):
    """Return the probabilities in the rows, shape (chain, draw, row, K), written out by hand."""
    posterior = fit.own_draws["posterior"]
    levels = list(fit.design.blocks[0].levels)
    codes = [levels.index(level) for level in data["g"]]
    etas = [np.zeros((*posterior["car_x"].shape, len(data)))]
    for label in LABELS[1:]:
        eta = posterior[f"{label}_Intercept"].values[..., None]
        eta = eta + posterior[f"{label}_x"].values[..., None] * data["x"].to_numpy()
        etas.append(eta + posterior[f"{label}_1|g"].values[..., codes])
    return softmax(np.stack(etas, axis=-1), axis=-1)


# --- the density --------------------------------------------------------------------------------


@pytest.mark.parametrize("n_predictors", [1, 2, 5])
def test_density_is_that_of_the_single_rows_and_the_arrangements(n_predictors):
    rng = np.random.default_rng(1)
    etas = rng.normal(scale=2.0, size=(n_predictors, 40))
    counts = rng.integers(0, 9, (n_predictors + 1, 40)).astype(float)
    total = counts.sum(axis=0)
    density = log_density_of_counts(n_predictors)
    observed = density.observed(total, dict(zip(density.columns, counts, strict=True)))
    of_one = log_density_of_categories(n_predictors).kernel
    rows = sum(n * of_one(np.full(40, k), 0.0, *etas) for k, n in enumerate(counts, start=1))
    np.testing.assert_allclose(density.kernel(observed, 0.0, *etas), rows, rtol=1e-12, atol=1e-12)
    p = softmax(np.vstack([np.zeros(40), etas]), axis=0)
    scipys = stats.multinomial.logpmf(counts.T, total, p.T)
    found = density.kernel(observed, 0.0, *etas) + density.base(observed)
    np.testing.assert_allclose(found, scipys, rtol=1e-12, atol=1e-11)


@pytest.mark.slow
def test_compiled_density_is_the_model_as_written(data):
    """Log likelihood by SciPy at the coordinates of the sampler, and the gradient of it all."""
    design = build_design(GROUPED, data, MULTINOMIAL)
    design = replace(design, weights=np.tile([1.0, 2.0, 1.0], design.n_obs // 3))
    priors = default_priors(design)
    model = joint_model(design, priors, (False,))
    density = compiled_joint_density(model)
    flat = compiled_joint_density(
        joint_model(replace(design, weights=2 * design.weights), priors, (False,))
    )
    codes, counts = design.blocks[0].columns.codes, data[LABELS].to_numpy()
    base = design.family.density.base((design.y, *counts.T))
    for x in points(density, share=0.3):
        values = named_values(model, x)
        etas = [np.zeros(design.n_obs)]
        for own in design.coefficient_predictors:
            name = own.parameter
            eta = values[f"{name}_Intercept"] + values[f"{name}_1|g"][codes]
            etas.append(eta + values[f"{name}_x"] * (data["x"] - data["x"].mean()).to_numpy())
        p = softmax(np.stack(etas, axis=1), axis=1)
        rows = stats.multinomial.logpmf(counts, counts.sum(axis=1), p) - base
        log_density = assert_gradient(density, x)
        twice, _ = evaluate(flat, x)
        assert twice - log_density == pytest.approx(design.weights @ rows, rel=1e-10)


@pytest.mark.slow
def test_pymc_has_the_same_model_where_rows_have_no_weights(data):
    few = data.groupby("g").head(2).assign(w=2.0)
    moments = {"beta": (0.1, 0.05), "sd": (0.3, 0.03), "effects": (0.0, 0.2), "draws": 20}
    assert_agrees(formula_fit(GROUPED, few, "multinomial", **moments))
    weighted = formula_fit(f"{COUNTS} | weights(w) ~ x", few, "multinomial", draws=20)
    with pytest.raises(UnsupportedModelError, match="no multinomial family of weighted rows"):
        weighted.script("pymc")


# --- maximum likelihood -------------------------------------------------------------------------


@pytest.mark.parametrize("reference", REFERENCE["plain"])
def test_nnet(reference):
    rows = pd.read_csv(_FOLDER / "counts.csv")
    found = bayesmm.ml(reference["formula"], rows, family="multinomial")
    assert found.loglik == pytest.approx(reference["loglik"], abs=1e-8)
    assert found.n_parameters == reference["df"]
    terms = {"(Intercept)": "Intercept", "zq": "z[q]", "zr": "z[r]"}
    for k, label in enumerate(reference["categories"]):
        for j, term in enumerate(reference["terms"]):
            estimate, se = found.coefficients[f"{label}_{terms.get(term, term)}"]
            error = reference["errors"][k][j]
            assert estimate == pytest.approx(reference["estimates"][k][j], abs=1e-5 * error)
            assert se == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("right", ["x + z", "x + (1 | p | g)", "x; car ~ 1"])
def test_the_likelihood_is_that_of_single_rows_but_for_the_arrangements(right, data, single):
    ours = bayesmm.ml(f"{COUNTS} ~ {right}", data, family="multinomial")
    rows = bayesmm.ml(f"choice ~ {right}", single, family="categorical")
    design = build_design(f"{COUNTS} ~ {right}", data, MULTINOMIAL)
    arrangements = design.family.density.base((design.y, *data[LABELS].to_numpy(float).T))
    assert ours.loglik - arrangements.sum() == pytest.approx(rows.loglik, abs=1e-8)
    for name, (estimate, se) in rows.coefficients.items():
        found, error = ours.coefficients[name]
        assert found == pytest.approx(estimate, abs=1e-4 * se)
        assert error == pytest.approx(se, rel=1e-4)


# --- formulas -----------------------------------------------------------------------------------


def test_columns_are_categories_and_the_first_is_the_reference(data):
    design = build_design(GROUPED, data, MULTINOMIAL)
    assert design.categories == tuple(LABELS) and design.varying == ("car", "on foot")
    assert design.y.tolist() == data[LABELS].sum(axis=1).tolist()
    np.testing.assert_array_equal(design.category_counts, data[LABELS])
    assert "against bus" in design.family_line and is_known(design.family)
    assert design.notes == ("Response: counts of 3 categories, bus (the reference), car, on foot.",)
    two = build_design("cbind(bus, car + `on foot`) ~ x", data, MULTINOMIAL)
    assert two.categories == ("bus", "car + on foot")
    gap = data.assign(car=data["car"].where(data.index != 4))
    assert build_design(GROUPED, gap, MULTINOMIAL).n_dropped == 1


@pytest.mark.parametrize(
    ("formula", "change", "said"),
    [
        ("bus ~ x", {}, "must be the counts of the categories.*family='categorical'"),
        ("cbind(bus, car, bus) ~ x", {}, "bus stands twice"),
        (GROUPED, {"car": 0.5}, "car, must be whole; they are 0.5 in 72 rows"),
        (GROUPED, {"car": -1}, "car, are negative in 72 rows"),
        (GROUPED, {"car": 0, "bus": 1}, "car of .* is 0 in every row.*leave it out"),
        ("cbind(mu, bus) ~ x", {"mu": 1}, "A category is called 'mu'"),
    ],
)
def test_what_is_no_counts_of_categories(formula, change, said, data):
    with pytest.raises(DataError, match=said):
        build_design(formula, data.assign(**change), MULTINOMIAL)


@pytest.mark.slow
def test_as_many_categories_as_machine_code_has_names_for():
    """Of 12 the code is compiled and kept; 13 are refused with what to do."""
    rng = np.random.default_rng(2)
    names = [f"kind {k}" for k in range(13)]
    frame = pd.DataFrame(rng.integers(1, 5, (12, 13)), columns=names)
    quoted = [f"`{name}`" for name in names]
    design = build_design(f"cbind({', '.join(quoted[1:])}) ~ 1", frame, MULTINOMIAL)
    density = compiled_joint_density(joint_model(design, default_priors(design), ()))
    log_density, gradient = evaluate(density, density.start)
    assert np.isfinite(log_density) and np.isfinite(gradient).all() and len(gradient) == 11
    with pytest.raises(DataError, match=r"13 categories; at most 12 .* Join some of them"):
        build_design(f"cbind({', '.join(quoted)}) ~ 1", frame, MULTINOMIAL)


def test_rows_without_counts_and_other_families_are_refused(data):
    none = data.copy()
    none.loc[3, LABELS] = 0
    with pytest.raises(DataError, match=r"is 0 in 1 row.*leave such rows out"):
        build_design(GROUPED, none, MULTINOMIAL)
    with pytest.raises(DataError, match=r"3 columns of counts.*use family='multinomial'"):
        build_design(GROUPED, data, resolve_family("binomial"))
    with pytest.raises(FormulaError, match=r"put its column first in cbind\(\)"):
        build_design(f"{COUNTS} ~ x; bus ~ 1", data, MULTINOMIAL)
    with pytest.raises(FormulaError, match="both give the trials"):
        build_design(f"{COUNTS} | trials(n) ~ x", data, MULTINOMIAL)
    with pytest.raises(FormulaError, match="is also a predictor"):
        build_design(f"{COUNTS} ~ `on foot`", data, MULTINOMIAL)


# --- answers ------------------------------------------------------------------------------------


def test_probabilities_and_shares_of_every_category(fit, data):
    expected = probabilities_of(fit, data)
    for kind in ("probability", "mean"):
        found = fit.predict(kind=kind)
        assert found.table["category"].tolist() == LABELS * len(data)
        np.testing.assert_allclose(found.draws, expected.reshape(found.draws.shape), rtol=1e-9)
    rows = data.drop(columns=LABELS).iloc[[50, 3]]
    found = fit.predict(rows, kind="probability").draws.reshape(4, 50, 2, 3)
    np.testing.assert_allclose(found, expected[:, :, [50, 3]], rtol=1e-9)
    means = fit.emmeans("x", at={"x": [0.0]}, scale="probability")
    assert means.table["category"].tolist() == LABELS
    np.testing.assert_allclose(means.draws.sum(axis=-1), 1.0, rtol=1e-12)
    table = fit.augment()
    shares = data[LABELS].to_numpy() / data[LABELS].sum(axis=1).to_numpy()[:, None]
    np.testing.assert_allclose(table[".resid"] + table[".fitted"], shares.ravel(), rtol=1e-9)


def test_log_likelihood_of_rows(fit, data):
    counts = data[LABELS].to_numpy()
    expected = stats.multinomial.logpmf(counts, counts.sum(axis=1), probabilities_of(fit, data))
    np.testing.assert_allclose(row_log_likelihood(fit.design, fit.own_draws), expected, rtol=1e-9)
    assert np.isfinite(fit.loo().elpd)


# --- replicates ---------------------------------------------------------------------------------


def test_responses_have_the_moments_of_multinomial_counts(data):
    """Means n p and covariances n (diag(p) - p p'), within 5 standard errors of 20,000 draws."""
    rng = np.random.default_rng(3)
    family = MULTINOMIAL.made_for(tuple(LABELS))
    etas = np.array([[0.4, -1.0], [-0.3, 1.5]])  # of car and on foot, in two rows
    further = {name: eta[None] for name, eta in zip(LABELS[1:], etas, strict=True)}
    total = np.array([7.0, 40.0])
    known = {"n1": total - 3, "n2": np.full(2, 2.0), "n3": np.ones(2)}
    y = family.drawn(rng, ResponseParameters(np.full((20_000, 2), 0.5), further, known))
    assert y.shape == (20_000, 2, 3) and (y.sum(axis=-1) == total).all()
    p = softmax(np.vstack([np.zeros(2), etas]), axis=0).T
    for row in range(2):
        expected = total[row] * (np.diag(p[row]) - np.outer(p[row], p[row]))
        error = np.sqrt(np.diag(expected) / len(y))
        assert (np.abs(y[:, row].mean(axis=0) - total[row] * p[row]) < 5 * error).all()
        about = y[:, row] - total[row] * p[row]
        products = about[:, :, None] * about[:, None, :]
        error = products.std(axis=0) / np.sqrt(len(y))
        assert (np.abs(products.mean(axis=0) - expected) < 5 * error).all()


def test_replicates_are_of_all_counts_and_their_shares_are_compared(fit, data):
    found = fit.ppc(seed=4)
    (y_rep,) = found.draws["posterior_predictive"].dataset.data_vars.values()
    assert y_rep.dims[2:] == ("__obs__", "category") and list(y_rep["category"]) == LABELS
    totals = data[LABELS].sum(axis=1).to_numpy()
    assert (y_rep.values.sum(axis=-1) == totals).all()
    (observed,) = found.draws["observed_data"].dataset.data_vars.values()
    np.testing.assert_array_equal(observed, data[LABELS])
    table = found.table.set_index("statistic")
    share = data["car"].sum() / totals.sum()
    assert table.loc["share of car", "observed"] == pytest.approx(share, rel=1e-12)
    own = y_rep.values[..., 1].sum(axis=-1) / totals.sum()
    assert table.loc["share of car", "mean"] == pytest.approx(own.mean(), rel=1e-12)
    per_row = (data["car"] / totals).groupby(data["g"], sort=False).mean()
    assert table.loc["sd of g shares of car", "observed"] == pytest.approx(per_row.std())
    bars = fit.plot.ppc(seed=4).table.set_index("category")
    assert bars.loc["car", "observed"] == pytest.approx(share)
    assert bars.loc["car", "mean"] == pytest.approx(own.mean())
    one = fit.plot.ppc(by="g", statistic="share of car").table
    by_level = data.groupby("g")[LABELS].sum()
    expected = (by_level["car"] / by_level.sum(axis=1)).loc[one["g"]]
    np.testing.assert_allclose(one["observed"], expected)
    plt.close("all")


def test_predicted_responses_are_counts_out_of_the_total_of_the_new_rows(fit, data):
    """Within 5 standard errors of n p over the draws; the counts of a draw add up to the total."""
    rows = data.iloc[[50, 3, 20]].assign(bus=40)
    found = fit.predict(rows, kind="response")
    assert found.table["category"].tolist() == LABELS * 3
    drawn = found.draws.reshape(-1, 3, 3)
    totals = rows[LABELS].sum(axis=1).to_numpy()
    assert (drawn.sum(axis=-1) == totals[:, None][:, 0]).all()
    mean = fit.predict(rows, kind="mean").draws.reshape(-1, 3, 3) * totals[:, None]
    error = np.sqrt((mean * (1 - mean / totals[:, None])).mean(axis=0) / len(mean))
    assert (np.abs((drawn - mean).mean(axis=0)) < 5 * error).all()
    everybody = fit.predict(rows, "population", kind="response").draws.reshape(-1, 3, 3)
    assert (everybody.sum(axis=-1) == totals).all()
    with pytest.raises(DataError, match=r"a total, the sum of the counts.*kind='mean'"):
        fit.predict(rows.drop(columns="car"), kind="response")


def test_residuals_are_those_of_each_count_a_binomial_one(fit, data):
    table = fit.residuals(seed=2)
    assert table["category"].tolist() == LABELS * len(data)
    p = probabilities_of(fit, data).reshape(-1, len(data), 3)
    counts = data[LABELS].to_numpy()
    total = counts.sum(axis=1)[:, None]
    np.testing.assert_array_equal(table["observed"], counts.ravel())
    np.testing.assert_allclose(table["fitted"], (total * p.mean(axis=0)).ravel(), rtol=1e-9)
    pearson = ((counts - total * p) / np.sqrt(total * p * (1 - p))).mean(axis=0)
    np.testing.assert_allclose(table["pearson"], pearson.ravel(), rtol=1e-8, atol=1e-12)
    most = stats.binom.cdf(counts, total, p).mean(axis=0).ravel()
    least = stats.binom.cdf(counts - 1, total, p).mean(axis=0).ravel()
    assert ((least - 1e-9 <= table["u"]) & (table["u"] <= most + 1e-9)).all()


def test_residuals_of_batches_are_those_of_all_rows(fit, data, tmp_path):
    """Fails if v is drawn anew in each batch, or a batch forgets that a row has several counts."""
    whole = fit.residuals(seed=2)
    written = pd.read_parquet(fit.write_residuals(tmp_path / "residuals", seed=2))
    pd.testing.assert_frame_equal(written, pd.DataFrame(whole), check_dtype=False)
    parts = np.array_split(np.arange(len(data)), 3)
    designs = (design_of_rows(fit.design, rows, all_levels=True) for rows in parts)
    batches = (replace(fit, design=own) for own in designs)
    found = pd.concat(residuals_of_batches(batches, 2, len(data)), ignore_index=True)
    for name in ("row", "category", "observed"):
        assert found[name].tolist() == whole[name].tolist()
    for name in ("fitted", "pearson", "u", "quantile"):
        np.testing.assert_allclose(found[name], whole[name], rtol=1e-9, atol=1e-12)


@pytest.mark.slow
def test_more_spread_than_that_of_counts_is_found():
    """Rows whose probabilities vary (Dirichlet) are a problem; those of the model are fine."""
    rng = np.random.default_rng(5)
    p = np.array([0.5, 0.3, 0.2])
    for concentration, verdict in ((None, "fine"), (4.0, "problem")):
        own = np.tile(p, (60, 1)) if concentration is None else rng.dirichlet(4.0 * p, 60)
        frame = pd.DataFrame(rng.multinomial(12, own), columns=["a", "b", "c"])
        found = bayesmm.fit("cbind(a, b, c) ~ 1", frame, "multinomial", seed=1, progress=False)
        table = found.check().table.set_index("check")
        assert table.loc["overdispersion", "verdict"] == verdict
        observed, replicated = found.check().tables["overdispersion", "rows"].mean()
        expected = 1.0 if concentration is None else (12 + 4.0) / (1 + 4.0)
        assert observed / replicated == pytest.approx(expected, rel=0.3)


@pytest.mark.slow
def test_studies_simulate_counts_of_all_categories(data):
    """The bootstrap's errors of estimates are those of the curvature, within 5 of their own."""
    ml = bayesmm.ml(f"{COUNTS} ~ x", data, family="multinomial")
    found = bayesmm.bootstrap(ml, n=200, seed=1, cores=1, progress=False)
    for name, (_, se) in ml.coefficients.items():
        assert found.replicates[name].std() == pytest.approx(se, rel=5 / np.sqrt(2 * 200))
    prior = bayesmm.prior_predictive(f"{COUNTS} ~ x", data, "multinomial", draws=100)
    assert prior.yrep.shape == (100, len(data), 3)
    assert prior.table["statistic"].tolist()[:3] == [f"share of {label}" for label in LABELS]
    assert prior.plot().table["observed"].sum() == pytest.approx(1.0)
    plt.close("all")


@pytest.mark.slow
def test_posteriors_of_simulated_counts_are_calibrated(data):
    few = data.groupby("g").head(2)
    found = bayesmm.calibrate(
        f"{COUNTS} ~ x", few, family="multinomial", n=30, draws=100, chains=2, seed=3, cores=1
    )
    # refused by a rule on the data alone, which leaves the ranks uniform
    assert all(reason.endswith("is 0 in every row.") for reason in found.refused)
    assert (found.table["verdict"] == "ok").all()


def test_words_and_scripts_name_the_counts_and_the_reference(fit):
    assert "on the log odds of car and on foot each against bus" in fit.words()
    assert "Multinomial(nᵢ, softmax(0, η₁,ᵢ, η₂,ᵢ))" in fit.equation()
    assert "multinomial, logit link, against bus" in str(fit.summary())
    script = str(fit.script("brms"))
    assert "cbind(bus, car, `on foot`) | trials(bus + car + `on foot`) ~ 1" in script
    assert 'dpar = "muonfoot"' in script and "family = multinomial" in script
    pymc = str(fit.script("pymc"))
    assert 'np.column_stack([data["bus"], data["car"], data["on foot"]])' in pymc
    assert "pm.Multinomial(" in pymc
    for language in ("lme4", "bambi", "rstanarm"):
        with pytest.raises(UnsupportedModelError):
            fit.script(language)


def test_a_saved_fit_has_its_counts(fit, tmp_path):
    fit.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    assert again.design.categories == fit.design.categories
    np.testing.assert_array_equal(again.design.category_counts, fit.design.category_counts)
    np.testing.assert_array_equal(
        again.predict(kind="probability").draws, fit.predict(kind="probability").draws
    )


@pytest.mark.slow
def test_a_posterior(data):
    """Near the maximum of the likelihood, and worth at least half of the 2,000 draws."""
    fit = bayesmm.fit(f"{COUNTS} ~ x", data, "multinomial", seed=1, progress=False, draws=500)
    assert_near_ml(fit, 1000)


@pytest.mark.slow
def test_every_method_and_picture_answers_or_refuses_in_one_sentence(fit):
    assert_every_method_answers(fit)
    assert_every_picture_is_drawn(fit)
