"""Posterior beside ML: the join, and each reason for a difference, from made-up numbers."""

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws, synthetic_fit, synthetic_ml, with_variable

import bayesmm
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.results.tables.prior_scale import _MEASURES, prior_centre_and_scale

LETTERS = "abcdefghijkl"


def make_fit(
    n_groups=12, family="gaussian", ml=None, priors=None, posterior=None, x_scale=1.0, **options
):
    """Return a fit of ``y ~ x + (x | g)`` in which posterior and ML agree unless told."""
    labels = np.repeat(list(LETTERS[:n_groups]), 4)
    n = len(labels)
    x = np.tile([-1.0, 0.0, 1.0, 2.0], n_groups) * x_scale
    block = handmade_block("g", labels, {"Intercept": 1.0, "x": x})
    y = np.tile([0.0, 1.0], n // 2) if family == "bernoulli" else 3 * np.sin(np.arange(n)) + 1
    design = handmade_design(y, {"x": x}, [block], family=family)
    agreeing = {
        "intercept": (1.0, 0.1),
        "beta": (0.5, 0.1),
        "sd": ([1.0, 0.5], [0.2, 0.1]),
        "corr": (0.1, 0.2),
        "auxiliary": {"sigma": (1.5, 0.1)},
    }
    estimates = {
        "estimates": [1.0, 0.5],
        "standard_errors": [0.1, 0.1],
        "sd": [(1.0, 0.5)],
        "corr": 0.1,
        "sigma": None if family == "bernoulli" else 1.5,
    }
    drawn = synthetic_draws(design, **(agreeing | (posterior or {})))
    return synthetic_fit(
        design,
        drawn,
        ml=synthetic_ml(design, **(estimates | (ml or {}))),
        priors=choose_priors(design, priors),
        **options,
    )


def note(fit, kind, var1):
    table = fit.compare_ml()
    return table[(table["kind"] == kind) & (table["var1"] == var1)]["note"].item()


def test_the_table():
    table = make_fit(ml={"estimates": [0.98, 0.5], "standard_errors": [0.12, 0.1]}).compare_ml()
    assert list(table) == [
        "kind", "grp", "var1", "var2", "mean", "sd", "estimate", "se", "difference", "note",
    ]  # fmt: skip
    assert table["kind"].tolist() == ["fixed", "fixed", "sd", "sd", "corr", "residual"]
    assert table["difference"].tolist() == pytest.approx([0.2, 0, 0, 0, 0, 0], abs=1e-12)
    assert table["se"].tolist()[:2] == pytest.approx([0.12, 0.1])
    assert table["se"][2:].isna().all()
    assert table["note"].tolist() == [""] * 6
    assert table.attrs["estimate"] == "REML"


def counts_fit(psi=0.75, alpha=2.0, priors=None, **posterior):
    """Return a fit of zero-inflated counts whose posterior has psi 0.7 (0.05), alpha 2 (0.5)."""
    y = np.tile([0.0, 0, 1, 2, 5], 8)
    design = handmade_design(y, {"x": np.arange(40) / 10}, family="zero_inflated_negativebinomial")
    agreeing = {"intercept": (1.0, 0.1), "beta": (0.5, 0.1)}
    auxiliary = {"psi": (0.7, 0.05), "alpha": (2.0, 0.5)} | posterior
    drawn = synthetic_draws(design, **agreeing, auxiliary=auxiliary)
    ml = synthetic_ml(
        design, estimates=[1.0, 0.5], standard_errors=[0.1, 0.1], reml=False,
        auxiliary={"alpha": alpha, "psi": psi},
    )  # fmt: skip
    return synthetic_fit(design, drawn, ml=ml, priors=choose_priors(design, priors))


def test_further_parameters_stand_beside_their_estimates():
    fit = counts_fit()
    table = fit.compare_ml()
    assert table["kind"].tolist() == ["fixed"] * 2 + ["auxiliary"] * 2
    rows = table[table["kind"] == "auxiliary"]
    assert rows["var1"].tolist() == ["alpha", "psi"]
    assert rows["estimate"].tolist() == [2.0, 0.75]
    assert rows["difference"].tolist() == pytest.approx([0, -1], abs=1e-9)
    assert rows["se"].isna().all()
    page = str(fit.summary()).partition("Further parameters:")[2]
    header, alpha, psi = (line.split() for line in page.strip().splitlines()[:3])
    assert header[-1] == "ML"
    assert (alpha[0], float(alpha[-1])) == ("alpha", 2.0)
    assert (psi[0], float(psi[-1])) == ("psi", 0.75)


def test_no_ml_fit_leaves_no_column_for_further_parameters():
    design = handmade_design(np.arange(1.0, 9), {"x": np.arange(8.0)}, family="gamma")
    fit = synthetic_fit(design, synthetic_draws(design))
    page = str(fit.summary()).partition("Further parameters:")[2]
    assert page.strip().splitlines()[0].split()[-1] == "ESS"
    assert fit.summary().auxiliary["ml"].isna().all()


def test_a_further_parameter_at_the_end_of_its_range():
    fit = counts_fit(psi=1.0, alpha=1e9)
    assert note(fit, "auxiliary", "alpha").startswith("ML: alpha grows without bound")
    assert note(fit, "auxiliary", "psi").startswith("ML: psi is at its bound 1")
    assert note(counts_fit(), "auxiliary", "psi") == ""


def test_the_prior_of_a_further_parameter_pulls():
    pulled = note(counts_fit(alpha=4.0, priors={"alpha": "Exponential(1)"}), "auxiliary", "alpha")
    assert "The prior Exponential(1) pulls" in pulled


def test_estimates_are_matched_by_name_not_by_place():
    x = np.tile([-1.0, 0.0, 1.0, 2.0], 3)
    blocks = [
        handmade_block("g", list("aaaabbbbcccc"), {"Intercept": 1.0, "x": x}),
        handmade_block("h", list("abcdabcdabcd"), {"Intercept": 1.0}),
    ]
    design = handmade_design(np.sin(x), {"x": x}, blocks)
    ml = synthetic_ml(
        design, estimates=[7, 8], standard_errors=[1, 2], sd=[(3, 4), (5,)], corr=0.6, sigma=9
    )
    table = synthetic_fit(design, synthetic_draws(design), ml=ml).compare_ml()
    assert table["estimate"].tolist() == [7, 8, 3, 4, 0.6, 5, 9]
    assert table["grp"].tolist()[2:] == ["g", "g", "g", "h", "Residual"]
    assert table["var2"].fillna("").tolist() == ["", "", "", "", "x", "", ""]


def test_no_ml_fit_is_an_error_that_says_why():
    fit = make_fit()
    fit.__dict__["_ml_or_reason"] = (None, "There is no ML fit of this family.")
    with pytest.raises(UnsupportedModelError, match=r"Nothing to compare.*no ML fit of this"):
        fit.compare_ml()


def test_variance_at_the_boundary():
    fit = make_fit(ml={"sd": [(1.0, 0.0)], "corr": np.nan})
    assert note(fit, "sd", "x").startswith("ML puts this variance on its boundary, 0")
    assert "undefined, because it puts a variance at 0" in note(fit, "corr", "Intercept")
    assert note(fit, "sd", "Intercept") == ""


@pytest.mark.parametrize(("corr", "sign"), [(1.0, "+1"), (-0.9999, "-1")])
def test_correlation_at_one(corr, sign):
    assert f"boundary, {sign};" in note(make_fit(ml={"corr": corr}), "corr", "Intercept")


def test_few_groups_only_when_they_matter():
    wide = {"sd": ([2.0, 0.5], [1.0, 0.1])}
    assert "g has only 5 levels" in note(make_fit(5, posterior=wide), "sd", "Intercept")
    assert note(make_fit(5, posterior=wide), "sd", "x") == ""  # no difference, no reason
    assert "levels" not in note(make_fit(12, posterior=wide), "sd", "Intercept")


def test_the_prior_pulls():
    prior = {"x": "Normal(0, 0.2)"}
    pulled = {"beta": (0.4, 0.1)}  # half of the prior's scale, towards 0
    assert note(make_fit(priors=prior, posterior=pulled), "fixed", "x") == (
        "The prior Normal(0, 0.2) pulls: the posterior sd is 50% of its scale, so the data do not "
        "outweigh it."
    )
    assert note(make_fit(priors={"x": "Normal(0, 2)"}, posterior=pulled), "fixed", "x") == ""
    assert note(make_fit(priors={"x": "Normal(9, .2)"}, posterior=pulled), "fixed", "x") == ""


def test_the_prior_of_the_intercept_is_that_of_the_centred_design():
    # x has mean 50: at x = 0 the intercept has sd 5, at the mean sd 7: that is the sd
    # which counts beside the prior; on a ridge it is 0.05, and the same prior is weak
    fit = make_fit(
        x_scale=100.0,
        priors={"Intercept": "Normal(0, 8)"},
        posterior={"intercept": (1.0, 5.0)},
        ml={"estimates": [4.0, 0.5]},
    )
    assert fit.compare_ml()["difference"][0] == pytest.approx(-0.6)
    assert "pulls" in note(fit, "fixed", "Intercept")
    correlated = synthetic_fit(fit.design, _ridge(fit.design), ml=fit.ml, priors=fit.priors)
    assert note(correlated, "fixed", "Intercept") == ""


def _ridge(design):
    """Return draws with intercept and slope on a ridge: sd 5 at x = 0, 0.05 at the mean."""
    drawn = synthetic_draws(design, intercept=(1.0, 5.0), beta=(0.5, 0.1))
    rng = np.random.default_rng(2)
    noise = rng.normal(scale=0.05, size=drawn.intercept.shape)
    beta = 0.5 - (drawn.intercept - 1.0 - noise) / design.mu.centre[0]
    return type(drawn)(
        drawn.intercept, beta[:, :, None], drawn.auxiliary, drawn.blocks, drawn.statistics,
        drawn.seconds, drawn.facts,
    )  # fmt: skip


def test_near_separation():
    fit = make_fit(family="bernoulli", ml={"estimates": [1.0, 9.0], "standard_errors": [1, 40]})
    assert "nearly separated" in note(fit, "fixed", "x")
    assert "nearly separated" not in note(fit, "fixed", "Intercept")
    gaussian = make_fit(ml={"estimates": [1.0, 9.0]})
    assert "separated" not in note(gaussian, "fixed", "x")


def test_the_sentence_on_near_separation_says_on_which_side_the_mean_is():
    drawn = float(make_fit(family="bernoulli").draws["posterior"]["x"].mean())
    for times, side in ((100, "draws the posterior back"), (0.5, "lies farther out than its mode")):
        fit = make_fit(
            family="bernoulli",
            x_scale=1000.0,
            ml={"estimates": [1.0, times * drawn], "standard_errors": [1, 40]},
        )
        table = fit.compare_ml().query("kind == 'fixed' and var1 == 'x'")
        assert side in table["note"].item()
        assert (table["mean"].abs() < table["estimate"].abs()).item() == (times > 1)


def test_skewed():
    fit = make_fit(ml={"sigma": 1.5})
    sigma = fit.draws["posterior"]["sigma"].values
    # log-normal with median just above 1.5: the mean is e^(s^2 / 2) times as large
    z = (sigma - sigma.mean()) / sigma.std()
    fit = with_variable(fit, "sigma", 1.51 * np.exp(z))
    table = fit.compare_ml()
    row = table[table["kind"] == "residual"].iloc[0]
    assert row["difference"] > 0.3
    assert "skewed to the right" in row["note"]


def test_chains_that_disagree_come_first():
    fit = make_fit(posterior={"beta": (5.0, 0.1)})
    x = fit.draws["posterior"]["x"].values.copy()
    x[0] += 1.0
    fit = with_variable(fit, "x", x)
    assert note(fit, "fixed", "x").startswith("The chains have not converged here (R-hat ")


@pytest.mark.parametrize(
    ("prior", "expected"),
    [
        ("Normal(1, 2)", (1, 2)),
        ("Uniform(0, 12)", (6, 12**0.5)),
        ("HalfStudentT(3, 2.5)", (0, 2.5)),
        ("Exponential(4)", (0, 0.25)),
        ("Gamma(3, 2)", (1, 3**0.5 / 2)),
        ("Flat()", (0, np.inf)),
        ("Beta(1, 1)", (0.5, 1 / 12**0.5)),  # uniform
        ("Beta(3, 1)", (0.75, (3 / 80) ** 0.5)),
        ("LKJ(1)", (0, 1 / 3**0.5)),  # uniform on (-1, 1) for two effects
    ],
)
def test_prior_scales(prior, expected):
    from bayesmm.model.priors import as_prior

    assert prior_centre_and_scale(as_prior(prior), n_effects=2) == pytest.approx(expected)


def test_every_prior_has_a_scale():
    from bayesmm.model.priors import DISTRIBUTIONS

    assert set(_MEASURES) | {"LKJ"} == set(DISTRIBUTIONS)


def test_missing_names_stay_missing():
    table = make_fit().compare_ml()
    assert table["grp"][:2].isna().all()
    assert pd.isna(table["var1"].iloc[-1])


def test_correlations_and_sds_about_a_mean_that_a_prior_holds():
    data = bayesmm.load_data("sleepstudy")
    formula = "Reaction ~ Days + (Days | Subject)"
    settings = {"chains": 2, "draws": 200, "max_effort": 1, "seed": 1, "progress": False}
    held = bayesmm.fit(formula, data, priors={"Days": "Normal(0, 1)"}, **settings)
    table = held.compare_ml().query("grp == 'Subject'")
    assert list(table["kind"]) == ["sd", "sd", "corr"]
    days = table.query("var1 == 'Days'")
    assert days["difference"].item() > 1
    assert "The prior of Days pulls its common effect" in days["note"].item()
    corr = table.query("kind == 'corr'")
    assert abs(corr["difference"].item()) > 0.5
    assert "Taken at the mean of Days, where its prior is" in corr["note"].item()
    free = bayesmm.fit(formula, data, **settings).compare_ml()
    assert not free["note"].str.contains("The prior of").any()


@pytest.mark.slow
def test_a_prior_at_the_mean_of_the_predictors_of_sigma():
    """Its ML estimate is moved there, as those of mu are; the columns of mu are as they are."""
    rng, n = np.random.default_rng(1), 80
    data = pd.DataFrame(
        {
            "z": rng.normal(size=n),
            "x": rng.normal(5.0, 1.0, n),
            "b": np.where(np.arange(n) % 2 == 0, "no", "yes"),
        }
    )
    data["y"] = rng.normal(size=n) * np.exp(0.2 * (data["x"] - 5.0))
    formula = "y ~ z; sigma ~ b * x"
    design = build_design(formula, data, resolve_family("gaussian"))
    drawn = synthetic_draws(design, auxiliary={"sigma_b[yes]": (0.9, 0.3)}, draws=20, chains=2)
    fit = synthetic_fit(design, drawn, ml=bayesmm.ml(formula, data))
    names = ["Intercept", "z", "sigma_Intercept", "sigma_b[yes]", "sigma_x", "sigma_b[yes]:x"]
    assert fit.compare_ml()["var1"].tolist() == names
