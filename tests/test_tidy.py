"""Tables under the names of R's broom.mixed, and draws in long form."""

import numpy as np
import pandas as pd
import pytest
from saved_fits import CASES, Case, fit_of

from bayesmm.errors import UsageError


@pytest.fixture(scope="module")
def fit():
    return fit_of(Case("y ~ x + (x | g) + (1 | h)"))


def test_tidy_has_the_rows_and_columns_of_broom_mixed(fit):
    """As its own tests have them for a fit of brms with correlated slopes."""
    table = fit.tidy()
    assert table.columns.tolist() == [
        "effect", "group", "term", "estimate", "std.error", "conf.low", "conf.high",
    ]  # fmt: skip
    rows = [(e, None if pd.isna(g) else g, t) for e, g, t in
            table[["effect", "group", "term"]].itertuples(index=False)]  # fmt: skip
    assert rows == [
        ("fixed", None, "(Intercept)"),
        ("fixed", None, "x"),
        ("ran_pars", "g", "sd__(Intercept)"),
        ("ran_pars", "g", "sd__x"),
        ("ran_pars", "g", "cor__(Intercept).x"),
        ("ran_pars", "h", "sd__(Intercept)"),
        ("ran_pars", "Residual", "sd__Observation"),
    ]


def test_tidy_has_the_numbers_of_the_other_tables(fit):
    for prob in (0.95, 0.5):
        table = fit.tidy(prob=prob)
        assert table.attrs["probability"] == prob
        fixef, varcorr = fit.fixef(prob), fit.varcorr(prob)
        pairs = {"estimate": "mean", "std.error": "sd", "conf.low": "lower", "conf.high": "upper"}
        for ours, theirs in pairs.items():
            expected = [*fixef[theirs], *varcorr[theirs if theirs != "mean" else "sdcor"]]
            np.testing.assert_allclose(table[ours], expected, rtol=1e-10)
    values, ranef = fit.tidy("ran_vals"), fit.ranef()
    assert values["level"].tolist() == ranef["level"].tolist()
    np.testing.assert_allclose(values["estimate"], ranef["mean"], atol=1e-12)


def test_further_parameters_of_the_family_are_not_dropped():
    fit = fit_of(CASES["zero inflated"])
    table = fit.tidy()
    assert table.loc[table["effect"] == "auxiliary", "term"].tolist() == ["psi"]
    assert fit.tidy("fixed")["effect"].unique().tolist() == ["fixed"]
    with pytest.raises(UsageError, match=r"effects is 'random'\. .*Possible: fixed, ran_pars"):
        fit.tidy("random")


def test_exponentiated_common_effects_are_those_of_fixef():
    """And nothing else is changed, as broom.mixed has it."""
    fit = fit_of(CASES["trials"])
    plain, table = fit.tidy(), fit.tidy(exponentiate=True)
    fixed = table["effect"] == "fixed"
    ratios = fit.fixef(exponentiate=True)
    pairs = {"estimate": "mean", "std.error": "sd", "conf.low": "lower", "conf.high": "upper"}
    for ours, theirs in pairs.items():
        np.testing.assert_allclose(table.loc[fixed, ours], ratios[theirs], rtol=1e-12)
    assert (~fixed).any()
    pd.testing.assert_frame_equal(table[~fixed], plain[~fixed])
    assert table.attrs["title"] == "Common effects: odds ratio"


def test_where_exp_is_no_ratio_tidy_says_so(fit):
    with pytest.raises(UsageError, match="no ratio with the identity link"):
        fit.tidy(exponentiate=True)


def test_draws_in_long_form_are_the_draws(fit):
    table = fit.tidy_draws()
    posterior = fit.own_draws["posterior"]
    assert table.columns.tolist() == ["chain", "draw", "effect", "group", "term", "value"]
    assert len(table) == 7 * posterior.sizes["chain"] * posterior.sizes["draw"]
    x = table[(table["effect"] == "fixed") & (table["term"] == "x")]
    wide = x.pivot(index="chain", columns="draw", values="value")
    np.testing.assert_array_equal(wide.to_numpy(), posterior["x"].to_numpy())
    means = table.groupby(["effect", "group", "term"], observed=True, dropna=False)["value"].mean()
    np.testing.assert_allclose(
        np.sort(means.to_numpy()), np.sort(fit.tidy()["estimate"].to_numpy()), rtol=1e-10
    )
    levels = fit.tidy_draws("ran_vals")
    one = levels[(levels["group"] == "h") & (levels["level"] == fit.design.blocks[1].levels[2])]
    np.testing.assert_array_equal(one["value"], posterior["1|h"].to_numpy()[:, :, 2].reshape(-1))


def test_glance_is_one_row(fit):
    row = fit.glance()
    assert len(row) == 1
    assert row["nobs"][0] == 60 and row["pss"][0] == 200
    assert row["logLik"][0] == pytest.approx(fit.ml.loglik) and row["REML"][0]
    assert row["sigma"][0] == pytest.approx(fit.own_draws["posterior"]["sigma"].to_numpy().mean())
    longer = fit.glance(looic=True)
    assert longer["looic"][0] == pytest.approx(-2 * fit.loo().elpd)
    assert np.isnan(fit_of(CASES["trials"]).glance()["sigma"][0])


def test_augment_puts_the_model_beside_the_rows(fit):
    table = fit.augment(prob=0.8)
    own = [name for name in table.columns if name.startswith(".")]
    assert own == [".fitted", ".se.fit", ".lower", ".upper", ".fixed", ".resid"]
    assert table.attrs["probability"] == 0.8
    expected = fit.predict(prob=0.8).table
    np.testing.assert_array_equal(table[".upper"], expected["upper"])
    np.testing.assert_allclose(table[".resid"], table["y"] - table[".fitted"], atol=1e-12)
    new = fit.augment(fit.data.head(3))
    assert len(new) == 3 and ".resid" not in new.columns


def test_of_binomial_rows_the_residual_is_that_of_the_proportion():
    fit = fit_of(CASES["trials"])
    table = fit.augment()
    proportion = table["hits"] / table["n"]
    np.testing.assert_allclose(table[".resid"], proportion - table[".fitted"], atol=1e-12)
