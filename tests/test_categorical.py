"""Categories without order: density, maximum likelihood, and every answer in categories.

R's ``nnet::multinom``, and the likelihood with group effects by quadrature, are in
``reference_r/categorical``. The draws are synthetic but for one posterior.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from agreement import assert_near_ml
from differences import assert_gradient
from formula_fits import formula_fit
from joint_reference import default_priors
from named_parameters import named_values
from scipy import optimize
from scipy.special import log_softmax, softmax
from test_density_joint import points
from test_pymc_draws import assert_agrees
from test_varying import assert_every_method_answers, assert_every_picture_is_drawn

import bayesmm
from bayesmm.errors import DataError, FormulaError, UnsupportedModelError, UsageError
from bayesmm.explanation.expansion import expand_formula
from bayesmm.family.categorical import log_density_of_categories
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.kernels import registry
from bayesmm.sampling.compiled.kernels.densities import DensityRows

_FOLDER = Path(__file__).parent / "reference_r" / "categorical"
REFERENCE = json.loads((_FOLDER / "reference.json").read_text())
LABELS = ["bus", "car", "on foot"]
GROUPED = "choice ~ x + z + (1 | p | g)"


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.read_csv(_FOLDER / "rows.csv")


@pytest.fixture(scope="module")
def fit(data):
    moments = {"beta": (0.3, 0.2), "sd": (0.8, 0.1), "effects": (0.0, 0.6)}
    return formula_fit(GROUPED, data, "categorical", ml=True, draws=50, **moments)


def etas_of(fit, data, groups=True):
    """Return the log odds of the rows, shape (chain, draw, row, K), written out by hand."""
    posterior = fit.own_draws["posterior"]
    levels = list(fit.design.blocks[0].levels)
    codes = [levels.index(level) for level in data["g"]]
    etas = [np.zeros((*posterior["car_x"].shape, len(data)))]
    for label in LABELS[1:]:
        eta = posterior[f"{label}_Intercept"].values[..., None]
        eta = eta + posterior[f"{label}_x"].values[..., None] * data["x"].to_numpy()
        for level in "qr":
            dummy = (data["z"] == level).to_numpy(float)
            eta = eta + posterior[f"{label}_z[{level}]"].values[..., None] * dummy
        if groups:
            eta = eta + posterior[f"{label}_1|g"].values[..., codes]
        etas.append(eta)
    return np.stack(etas, axis=-1)


def numbers(data):
    return data["choice"].map({label: k for k, label in enumerate(LABELS)}).to_numpy()


# --- the density --------------------------------------------------------------------------------


@pytest.mark.parametrize("n_predictors", [1, 2, 5])
def test_density_is_a_log_softmax(n_predictors):
    """Also where e^eta overflows, and where a category is nearly impossible."""
    rng = np.random.default_rng(1)
    etas = rng.normal(scale=3.0, size=(n_predictors, 60))
    etas[:, :3] *= 400.0
    y = rng.integers(1, n_predictors + 2, 60).astype(float)
    found = log_density_of_categories(n_predictors).kernel(y, 0.0, *etas)
    every = log_softmax(np.vstack([np.zeros(60), etas]), axis=0)
    gap = np.abs(found - every[y.astype(int) - 1, np.arange(60)])
    # a few roundings of the numbers that the difference is of
    assert (gap <= 8 * np.finfo(float).eps * (1 + np.abs(etas).max(axis=0))).all()


def test_compiled_density_is_the_model_as_written(data):
    """Log likelihood by SciPy at the coordinates of the sampler, and the gradient of it all."""
    design = build_design(GROUPED, data, resolve_family("categorical"))
    design = replace(design, weights=np.tile([1.0, 2.0, 1.0], design.n_obs // 3))
    priors = default_priors(design)
    model = joint_model(design, priors, (False,))
    density = compiled_joint_density(model)
    flat = compiled_joint_density(
        joint_model(replace(design, weights=2 * design.weights), priors, (False,))
    )
    codes = design.blocks[0].columns.codes
    for x in points(density, share=0.3):
        values = named_values(model, x)
        etas = [np.zeros(design.n_obs)]
        for own in design.coefficient_predictors:
            name = own.parameter
            eta = values[f"{name}_Intercept"] + values[f"{name}_1|g"][codes]
            for column, term in zip(own.X.T, own.names, strict=True):
                eta = eta + values[f"{name}_{term}"] * (column - column.mean())
            etas.append(eta)
        rows = log_softmax(np.stack(etas), axis=0)[design.y.astype(int) - 1, range(design.n_obs)]
        log_density = assert_gradient(density, x)
        # doubled weights add the likelihood once more, whatever the priors
        twice, _ = evaluate(flat, x)
        assert twice - log_density == pytest.approx(design.weights @ rows, rel=1e-10)


@pytest.mark.slow
def test_pymc_has_the_same_model(data):
    few = data.groupby("g").head(3)
    moments = {"beta": (0.1, 0.05), "sd": (0.3, 0.03), "effects": (0.0, 0.2), "draws": 20}
    assert_agrees(
        formula_fit("choice | weights(w) ~ x + (1 | p | g)", few, "categorical", **moments)
    )


# --- maximum likelihood -------------------------------------------------------------------------


@pytest.mark.parametrize("reference", REFERENCE["plain"])
def test_nnet(reference, data):
    left, right = reference["formula"].split(" ~ ")
    left = f'relevel({left}, ref = "{reference["reference"]}")'
    left += " | weights(w)" if reference["weighted"] else ""
    found = bayesmm.ml(f"{left} ~ {right}", data, family="categorical")
    assert found.loglik == pytest.approx(reference["loglik"], abs=1e-8)
    assert found.n_parameters == reference["df"]
    terms = {"(Intercept)": "Intercept", "zq": "z[q]", "zr": "z[r]"}
    for k, label in enumerate(reference["categories"]):
        for j, term in enumerate(reference["terms"]):
            estimate, se = found.coefficients[f"{label}_{terms.get(term, term)}"]
            theirs, error = reference["estimates"][k][j], reference["errors"][k][j]
            assert estimate == pytest.approx(theirs, abs=1e-5 * error)
            assert se == pytest.approx(error, rel=1e-5)


def test_group_effects_are_integrated_out_by_laplace(data):
    """Our likelihood is Laplace's written out for each group, and near that by quadrature.

    There it is the larger by 0.18, and estimates differ by less than a tenth of a standard error.
    """
    reference = REFERENCE["grouped"]
    found = bayesmm.ml(reference["formula"], data, family="categorical")
    b = {name: value for name, (value, _) in found.coefficients.items()}
    (block,) = found.blocks
    S = block.sd[:, None] * block.corr * block.sd
    y, precision = numbers(data), np.linalg.inv(S)
    total = 0.0
    for _, rows in data.groupby("g"):
        own, x = y[rows.index], rows["x"].to_numpy()
        fixed = np.stack([0 * x, *(b[f"{c}_Intercept"] + b[f"{c}_x"] * x for c in LABELS[1:])], 1)

        def minus(u, fixed=fixed, own=own):
            log_p = log_softmax(fixed + np.r_[0.0, u], axis=1)[range(len(own)), own]
            return -log_p.sum() + 0.5 * u @ precision @ u

        u = optimize.minimize(minus, np.zeros(2), method="BFGS", options={"gtol": 1e-9}).x
        p = softmax(fixed + np.r_[0.0, u], axis=1)[:, 1:]
        hessian = precision + np.diag(p.sum(0)) - p.T @ p
        total -= minus(u) + 0.5 * np.linalg.slogdet(S @ hessian)[1]
    assert found.loglik == pytest.approx(total, abs=1e-6)
    assert reference["loglik"] - found.loglik == pytest.approx(0.176, abs=5e-4)
    ours = np.array([b[f"{c}_{t}"] for c in LABELS[1:] for t in ("Intercept", "x")])
    shift = (ours - reference["estimates"]) / reference["errors"]
    assert np.abs(shift).max() < 0.1
    np.testing.assert_allclose(block.sd, reference["sds"], rtol=0.05)


# --- formulas and references --------------------------------------------------------------------


def test_the_formula_of_the_response_is_that_of_each_category(data):
    family = resolve_family("categorical")
    design = build_design("choice ~ x + (1 | g)", data, family)
    assert design.categories == tuple(LABELS)
    assert design.varying == ("car", "on foot")
    assert [len(block.effects) for block in design.blocks] == [1, 1]
    assert design.outcome == "" and "against bus" in design.family_line
    own = build_design("choice ~ x + (1 | g); mucar ~ 1", data, family)
    assert own.predictor("car").terms == ("Intercept",)
    assert own.predictor("on foot").terms == ("Intercept", "x")
    joined = build_design("choice ~ (1 + x | p | g)", data, family)
    assert [(e.predictor, e.name) for e in joined.blocks[0].effects] == [
        ("car", "Intercept"), ("car", "x"), ("on foot", "Intercept"), ("on foot", "x"),
    ]  # fmt: skip
    again = build_design(expand_formula(joined).formula, data, family)
    assert [p.terms for p in again.predictors] == [p.terms for p in joined.predictors]
    assert [b.effects for b in again.blocks] == [b.effects for b in joined.blocks]


def test_the_reference_is_named_or_the_first(data):
    family = resolve_family("categorical")
    design = build_design('relevel(choice, ref = "on foot") ~ x', data, family)
    assert design.categories == ("on foot", "bus", "car")
    assert design.response == "choice"
    assert any("on foot (the reference), bus, car" in note for note in design.notes)
    ordered = data.assign(choice=pd.Categorical(data["choice"], LABELS[::-1]))
    assert build_design("choice ~ x", ordered, family).categories == tuple(LABELS[::-1])
    with pytest.raises(DataError, match=r"'cab' of relevel\(\) is not a category.*'car'"):
        build_design('relevel(choice, ref = "cab") ~ x', data, family)
    with pytest.raises(FormulaError, match="'bus' is the category that the others are compared"):
        build_design("choice ~ x; bus ~ 1", data, family)
    with pytest.raises(FormulaError, match="Did you mean 'mucar'"):
        build_design("choice ~ x; mucr ~ 1", data, family)
    with pytest.raises(DataError, match="use family='categorical'"):
        build_design('relevel(choice, ref = "car") ~ x', data, resolve_family("gaussian"))
    with pytest.raises(DataError, match="A category is called 'mu'"):
        build_design("choice ~ x", data.replace({"choice": {"car": "mu"}}), family)
    with pytest.raises(DataError, match="numbers that are not whole"):
        build_design("x ~ w", data, family)


def test_numbers_are_never_sorted_as_text(data):
    """brms #580 of unordered categories: -3 before -1 before 2 before 10."""
    codes = data["choice"].map({"bus": 10, "car": -3, "on foot": 2})
    design = build_design("y ~ x", data.assign(y=codes), resolve_family("categorical"))
    assert design.categories == ("-3", "2", "10")


# --- answers ------------------------------------------------------------------------------------


def test_probabilities_are_those_of_the_row_and_sum_to_one(fit, data):
    """Of brms #845 and #1309 and marginaleffects #639: no category is lost or exchanged."""
    expected = softmax(etas_of(fit, data), axis=-1)
    for kind in ("probability", "mean"):
        found = fit.predict(kind=kind)
        assert found.table["category"].tolist() == LABELS * len(data)
        np.testing.assert_allclose(found.draws, expected.reshape(found.draws.shape), rtol=1e-9)
    table = fit.predict(kind="probability").table
    assert "probability" in table.attrs["title"]
    np.testing.assert_allclose(table.groupby(np.arange(len(table)) // 3)["mean"].sum(), 1.0)
    odds = fit.predict(kind="link")
    assert odds.table["category"].tolist() == LABELS[1:] * len(data)
    eta = etas_of(fit, data)[..., 1:]
    np.testing.assert_allclose(odds.draws, eta.reshape(odds.draws.shape), rtol=1e-9)
    alone = fit.predict(parameter="on foot").draws
    np.testing.assert_allclose(alone, eta[..., 1], rtol=1e-9)


def test_rows_of_new_data_keep_their_categories_whatever_their_order(fit, data):
    """New rows without the response, shuffled, one category absent among them."""
    rows = data.drop(columns="choice").iloc[[200, 3, 77]]
    found = fit.predict(rows, kind="probability").draws.reshape(4, 50, 3, 3)
    expected = softmax(etas_of(fit, data), axis=-1)[:, :, [200, 3, 77]]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    new = rows.assign(g="new")
    total = fit.predict(new, who="new group", kind="probability").draws.reshape(4, 50, 3, 3)
    np.testing.assert_allclose(total.sum(axis=-1), 1.0, rtol=1e-12)


def test_drawn_responses_are_categories_with_these_probabilities(fit, data):
    found = fit.predict(kind="response", seed=2)
    assert set(np.unique(found.draws)) == {1.0, 2.0, 3.0}
    assert set(found.table["category"]) <= set(LABELS)
    assert {"category", "share"} <= set(found.table) and "mean" not in found.table
    expected = softmax(etas_of(fit, data), axis=-1)
    for k in range(3):
        drawn, p = found.draws == k + 1, expected[..., k]
        z = (drawn.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
        assert abs(z) < 4


@pytest.mark.parametrize("scale", ["response", "probability", "link"])
def test_marginal_means_of_every_category(fit, data, scale):
    found = fit.emmeans("z", scale=scale)
    grid = pd.DataFrame({"x": data["x"].mean(), "z": list("pqr"), "g": "g01"})
    eta = etas_of(fit, grid, groups=False)
    expected = eta[..., 1:] if scale == "link" else softmax(eta, axis=-1)
    labels = LABELS[1:] if scale == "link" else LABELS
    assert found.table["category"].tolist() == labels * 3
    np.testing.assert_allclose(found.draws, expected.reshape(found.draws.shape), rtol=1e-9)
    if scale != "link":
        np.testing.assert_allclose(found.draws.reshape(4, 50, 3, 3).sum(axis=3), 1.0, rtol=1e-12)
        assert found.table.attrs["quantity"] == "P(choice = category)"


def test_averages_and_contrasts_of_every_category(fit, data):
    every = fit.avg_predictions("z")
    np.testing.assert_allclose(every.draws.reshape(4, 50, 3, 3).sum(axis=3), 1.0, rtol=1e-12)
    p = [softmax(etas_of(fit, data.assign(z=z)), axis=-1).mean(axis=2) for z in "pq"]
    table = fit.avg_comparisons("z")
    place = table.table.index[table.table["contrast"] == "q - p"]
    np.testing.assert_allclose(table.draws[..., place], p[1] - p[0], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(table.draws.reshape(4, 50, 2, 3).sum(axis=3), 0.0, atol=1e-12)
    slopes = fit.avg_slopes("x")
    assert slopes.table["category"].tolist() == LABELS
    np.testing.assert_allclose(slopes.draws.sum(axis=-1), 0.0, atol=1e-9)
    ratio = fit.contrasts("z", scale="odds ratio", method="trt.vs.ctrl")
    means = fit.emmeans("z", scale="probability").draws.reshape(4, 50, 3, 3)
    odds = means / (1 - means)
    np.testing.assert_allclose(
        ratio.draws.reshape(4, 50, 2, 3), odds[:, :, 1:] / odds[:, :, :1], rtol=1e-9
    )
    modes = {c: fit.ml.blocks[0].modes[k] for k, c in enumerate(LABELS[1:])}
    b = {name: value for name, (value, _) in fit.ml.coefficients.items()}
    codes = fit.design.blocks[0].columns.codes
    eta = [np.zeros(len(data))]
    for c in LABELS[1:]:
        own = b[f"{c}_Intercept"] + b[f"{c}_x"] * data["x"] + modes[c][codes]
        eta.append(own + sum(b[f"{c}_z[{v}]"] * (data["z"] == v) for v in "qr"))
    by_ml = softmax(np.stack(eta, axis=1), axis=1).mean(axis=0)
    np.testing.assert_allclose(fit.avg_predictions().table["ml_estimate"], by_ml, rtol=1e-8)


def test_populations_average_over_the_effects_on_all_categories(fit, data):
    """Against 200,000 draws of the two correlated effects for one draw of the parameters."""
    grid = pd.DataFrame({"x": [0.5], "z": ["q"], "g": ["g01"]})
    found = fit.predict(grid, who="population", kind="probability").draws[0, 0]
    posterior = fit.own_draws["posterior"]
    sd = [float(posterior[f"{c}_1|g_sigma"][0, 0]) for c in LABELS[1:]]
    corr = float(posterior["g_corr"].values[0, 0].item())
    S = np.diag(sd) @ [[1, corr], [corr, 1]] @ np.diag(sd)
    u = np.random.default_rng(0).multivariate_normal([0, 0], S, 200_000)
    eta = etas_of(fit, grid, groups=False)[0, 0, 0] + np.c_[np.zeros(len(u)), u]
    p = softmax(eta, axis=1)
    assert np.abs((found - p.mean(axis=0)) / (p.std(axis=0) / np.sqrt(len(u)))).max() < 4
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_log_likelihood_residuals_and_replicates(fit, data):
    log_p = log_softmax(etas_of(fit, data), axis=-1)
    y = numbers(data)
    own = np.take_along_axis(log_p, y[None, None, :, None], axis=-1)[..., 0]
    np.testing.assert_allclose(row_log_likelihood(fit.design, fit.own_draws), own, rtol=1e-9)
    table = fit.residuals()
    assert table["observed"].tolist() == data["choice"].tolist()
    np.testing.assert_allclose(table["probability"], np.exp(own).mean(axis=(0, 1)), rtol=1e-9)
    assert "raw" not in table
    p = np.exp(log_p).mean(axis=(0, 1))
    below = np.concatenate([np.zeros((len(p), 1)), np.cumsum(p, axis=1)], axis=1)[range(len(p)), y]
    assert ((table["u"] >= below) & (table["u"] <= below + table["probability"])).all()
    shares = fit.ppc().table.set_index("statistic")["observed"]
    np.testing.assert_allclose(
        [shares[f"share of {c}"] for c in LABELS], np.bincount(y) / len(y), rtol=1e-12
    )
    bars = fit.plot.ppc()
    assert bars.table["observed"].tolist() == np.bincount(y).tolist()
    by = fit.plot.ppc(by="z").table
    rows = data["z"].value_counts().sort_index()
    assert by.groupby("z")["observed"].sum().tolist() == rows.tolist()
    assert np.isfinite(fit.loo().elpd)


def test_exponentiated_coefficients_are_odds_ratios_against_the_reference(fit):
    table = fit.fixef(exponentiate=True)
    draws = np.exp(fit.own_draws["posterior"]["car_x"].values)
    assert table.set_index("term").loc["car_x", "mean"] == pytest.approx(draws.mean())
    assert "against bus" in table.attrs["title"]


def test_words_name_the_reference(fit):
    assert "on the log odds of car and on foot each against bus" in fit.words()
    assert "Categorical(softmax(0, η₁,ᵢ, η₂,ᵢ))" in fit.equation()
    assert "on foot against bus" in fit.equation()
    assert r"\mathrm{softmax}" in fit.equation(latex=True)
    page = str(fit.summary())
    assert "categorical, logit link, against bus" in page
    assert "log odds of car against bus" in page
    script = str(fit.script("brms"))
    assert 'dpar = "muonfoot"' in script and "bf(choice ~ 1, mucar ~" in script
    assert 'levels = c("bus", "car", "on foot")' in script
    assert "pm.Categorical" in str(fit.script("pymc"))
    with pytest.raises(UnsupportedModelError, match="language='pymc', language='brms'"):
        fit.script("lme4")


def test_what_has_no_category_says_so(data):
    plain = formula_fit("x ~ z", data, draws=20)
    with pytest.raises(UsageError, match="is for responses of categories"):
        plain.predict(kind="probability")
    with pytest.raises(UsageError, match="is for responses of categories"):
        plain.emmeans("z", scale="probability")


def test_a_saved_fit_has_its_categories(fit, tmp_path):
    fit.save(tmp_path / "fit")
    again = bayesmm.load(tmp_path / "fit")
    assert again.design.categories == fit.design.categories
    np.testing.assert_array_equal(
        again.predict(kind="probability").draws, fit.predict(kind="probability").draws
    )


def test_a_posterior(data):
    """Near the maximum of the likelihood, with effective draws as of other families."""
    fit = bayesmm.fit("choice ~ x", data, "categorical", seed=1, progress=False, draws=500)
    assert_near_ml(fit, 1500)


@pytest.mark.slow
def test_every_method_and_picture_answers_or_refuses_in_one_sentence(fit):
    assert_every_method_answers(fit)
    assert_every_picture_is_drawn(fit)


def test_machine_code_of_many_categories_has_a_name_that_files_may_have(monkeypatch):
    """Each log odds is in the name; two families of many categories have two names."""
    names = []
    monkeypatch.setattr(DensityRows, "address", lambda self, name, *, ours: names.append(name) or 1)
    for n in (3, 40, 41):
        family = resolve_family("categorical").made_for(tuple(f"category {k}" for k in range(n)))
        links = tuple("identity" for _ in family.further)
        registry._by_density.__wrapped__(family, links)  # not its cache: there is no such code
    assert max(map(len, names)) < 150 and len(set(names)) == 3
    assert names[0].startswith("categorical_")
