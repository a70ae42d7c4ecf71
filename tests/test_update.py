"""A formula changed as R's ``update`` changes it, and a fit sampled again with a change."""

import numpy as np
import pytest
from saved_fits import example_data

import bayesmm
from bayesmm.errors import BayesmmWarning, FormulaError, UsageError
from bayesmm.formula import parse_formula, parse_formulas
from bayesmm.formula.update import updated_formula

OLD = "y ~ x * z + (x | g)"
CHANGES = {
    "+ w": "y ~ x * z + (x | g) + w",
    "- x:z": "y ~ x * z + (x | g) - x:z",
    "- (x|g) + (1|g)": "y ~ x * z + (1 | g)",
    "-(x | g)": "y ~ x * z",
    ". ~ . + w": "y ~ x * z + (x | g) + w",
    "log(.) ~ .": "log(y) ~ x * z + (x | g)",
    ". ~ w": "y ~ w",
    ". ~ w + .": "y ~ w + x * z + (x | g)",
    ". ~ . - 1": "y ~ x * z + (x | g) - 1",
    ". ~ .": "y ~ x * z + (x | g)",
    "v ~ w + (1 | h)": "v ~ w + (1 | h)",
}


@pytest.mark.parametrize(("change", "new"), CHANGES.items())
def test_a_formula_is_changed(change, new):
    assert updated_formula(OLD, change) == new
    parse_formula(new)


SEVERAL = "y ~ x + (1 | p | g); sigma ~ z"
CHANGES_OF_SEVERAL = {
    "+ w": "y ~ x + (1 | p | g) + w; sigma ~ z",
    "; sigma ~ . + w": "y ~ x + (1 | p | g); sigma ~ z + w",
    "; nu ~ w": "y ~ x + (1 | p | g); sigma ~ z; nu ~ w",
    "log(.) ~ .; sigma ~ w": "log(y) ~ x + (1 | p | g); sigma ~ w",
    ". ~ . - x; sigma ~ . - z": "y ~ (1 | p | g); sigma ~ 1",
    "y ~ k": "y ~ k",
    "y ~ k; sigma ~ k": "y ~ k; sigma ~ k",
}


@pytest.mark.parametrize(("change", "new"), CHANGES_OF_SEVERAL.items())
def test_formulas_of_further_parameters_are_changed_by_name_and_stay_otherwise(change, new):
    assert updated_formula(SEVERAL, change) == new
    parse_formulas(new)


def test_what_is_taken_away_is_gone():
    assert updated_formula("y ~ x", "- x") == "y ~ 1"
    assert updated_formula("y ~ a + b", ". ~ . - a + a") == "y ~ b + a"
    assert updated_formula("y ~ a + b", ". ~ . - a + c") == "y ~ b + c"
    assert parse_formula(updated_formula("y ~ a * b", "- a:b")).terms == parse_formula(
        "y ~ a + b"
    ).terms  # fmt: skip


MISTAKES = {
    "w": "'w' is no change of a formula: write '+ x'",
    "": "is no change of a formula",
    "- q": "There is no term q to leave out",
    ". ~ . + ": "The formula ends after '+'",
    "~ . + w": "There is no response before '~'",
    ". ~ . ~ .": "A formula has only one '~'",
}


@pytest.mark.parametrize(("change", "message"), MISTAKES.items())
def test_a_change_that_cannot_be_made_is_told(change, message):
    with pytest.raises(FormulaError, match=message.replace("+", r"\+").replace(".", r"\.")):
        parse_formula(updated_formula(OLD, change))


SAMPLING = {"chains": 2, "draws": 60, "max_effort": 1, "progress": False}


@pytest.fixture(scope="module")
def fit():
    return bayesmm.fit(
        "y ~ x + (x | g)", example_data(), priors={"preset": "brms", "x": "Normal(0, 3)"},
        seed=4, target_accept=0.82, tune=150, **SAMPLING,
    )  # fmt: skip


def test_a_fit_is_sampled_again_as_it_was(fit):
    new = fit.update("- (x | g) + (1 | g)", max_effort=1, progress=False)
    assert new.formula == "y ~ x + (1 | g)"
    settings = new.settings
    assert (settings.chains, settings.draws, settings.seed) == (2, 60, 4)
    assert new.priors.preset == "brms" and str(new.priors["x"]) == "Normal(0, 3)"
    direct = bayesmm.fit(
        new.formula, example_data(), priors={"preset": "brms", "x": "Normal(0, 3)"}, seed=4,
        target_accept=0.82, **SAMPLING,
    )  # fmt: skip
    # what was asked for, not what the engine took for correlated slopes
    assert direct.settings == settings and settings.target_accept < fit.settings.target_accept
    np.testing.assert_array_equal(
        new.own_draws["posterior"]["x"], direct.own_draws["posterior"]["x"]
    )


def test_other_data_family_and_priors(fit):
    data = example_data().head(40)
    new = fit.update(data=data, priors="default", **SAMPLING)
    assert new.design.n_obs == 40 and new.formula == fit.formula and new.priors.changed == set()
    counts = fit.update("count ~ .", family="poisson", **SAMPLING)
    assert counts.design.family.name == "poisson" and counts.design.family.link == "log"


def test_a_prior_of_what_is_gone_is_told(fit):
    with pytest.warns(BayesmmWarning, match="no parameter 'x', whose prior was replaced"):
        new = fit.update("y ~ w", **SAMPLING)
    assert new.priors.preset == "brms" and not new.priors.changed


def test_mistakes_are_those_of_fit(fit):
    with pytest.raises(UsageError, match="chains must be"):
        fit.update(chains=0)
    with pytest.raises(FormulaError, match="'nothing' is not a column"):
        fit.update("+ nothing")
    with pytest.raises(TypeError, match="colour"):
        fit.update(colour=3)


def test_success_and_categories_go_along():
    data = example_data()
    data["arm"] = np.where(data["answer"] == "yes", "treated", "control")
    old = bayesmm.fit(
        "arm ~ year", data, "bernoulli", success="treated", categorical=["year"], seed=1, **SAMPLING
    )
    new = old.update("+ x", **SAMPLING)
    assert new.design.success == "treated" and new.design.categorical == ("year",)
    assert old.update("- year", **SAMPLING).design.categorical == ()


def test_a_target_that_the_engine_took_is_not_asked_of_the_next_model():
    """Slopes of five levels need steps for .95, a model without levels does not."""
    data = example_data().query("g in ['g0', 'g1', 'g2', 'g3', 'g4']")
    how = {"draws": 50, "seed": 1, "max_effort": 1, "progress": False}
    few = bayesmm.fit("y ~ x + (x | g)", data, **how)
    assert few.settings.target_accept == 0.95
    assert few.update(max_effort=1).settings == few.settings
    plain = few.update("- (x | g)", max_effort=1)
    assert plain.settings.target_accept == 0.8
    asked = few.update("- (x | g)", target_accept=0.97, max_effort=1)
    assert asked.update("- x", max_effort=1).settings.target_accept == 0.97
