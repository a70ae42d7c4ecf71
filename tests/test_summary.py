"""The page: exact text from fixed draws, then what changes when the model or the draws do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design, herd_slopes
from synthetic import synthetic_draws, synthetic_fit, synthetic_ml

import bayesmm
from bayesmm.cells import align, decimals, fixed
from bayesmm.results.tables.summary_text import WIDTH


def normal_quantiles(mean, sd, chains=4, draws=250):
    """Return draws that are the quantiles of a normal, dealt to the chains in a mixed order."""
    from scipy.stats import norm

    total = chains * draws
    values = norm.ppf((np.arange(total) + 0.5) / total)
    order = np.random.default_rng(0).permutation(total)
    return mean + sd * values[order].reshape(chains, draws)


@pytest.fixture(scope="module")
def design():
    return herd_slopes()


@pytest.fixture(scope="module")
def drawn(design):
    base = synthetic_draws(design)
    corr = base.blocks[0].corr.copy()
    corr[:, :, 0, 1] = corr[:, :, 1, 0] = normal_quantiles(0.25, 0.1)
    sd = np.stack([normal_quantiles(24.0, 3.0), normal_quantiles(0.6, 0.12)], axis=-1)
    return replace(
        base,
        intercept=normal_quantiles(250.0, 7.0),
        beta=normal_quantiles(-0.5, 0.04)[:, :, None],
        auxiliary={"sigma": normal_quantiles(12.0, 0.5)},
        blocks=(replace(base.blocks[0], sd=sd, corr=corr),),
    )


@pytest.fixture(scope="module")
def ml(design):
    return synthetic_ml(
        design, estimates=[251.4, -0.52], standard_errors=[6.8, 0.05], sd=[(22.0, 0.0)],
        corr=np.nan, sigma=11.9, singular=("The sd of x in herd is estimated at zero.",),
    )  # fmt: skip


# Every quantity but the effects is a normal with the mean and sd above, its interval mean
# -+ 1.95 sd (the 2.5 % quantile of 1000 midpoints is -1.9515). R-hat and ESS are ArviZ's.
PAGE = """\
Bayesian multilevel model
Formula: handmade
Family:  gaussian, identity link
Data:    12 rows; herd: 4 levels
Sampler: NUTS (compiled), 4 chains x 250 draws (1000 tuning), seed 7
         max R-hat 1.003, min ESS 867 bulk and 788 tail, divergences 0

Group effects:
  Groups    Name           SD   lower   upper  Corr  REML SD  Corr
  herd      Intercept  24.00   18.14   29.86          22.00
            x           0.600   0.366   0.834  0.25    0.000
  Residual             12.000  11.024  12.976         11.900

Common effects:
                 Mean      SD     lower     upper  R-hat  ESS      REML      SE
  Intercept  250.00    7.00    236.34    263.66    1.000  958  251.40    6.80
  x           -0.5000  0.0400   -0.5781   -0.4219  1.000  958   -0.5200  0.0500

lower, upper: 95 % equal-tailed intervals. ESS: bulk effective sample size.
Corr: posterior means; their intervals are in .varcorr().
REML, SE: the estimate of the same model by restricted maximum likelihood.
REML: The sd of x in herd is estimated at zero."""


def test_the_page(design, drawn, ml):
    assert str(synthetic_fit(design, drawn, ml=ml).summary()) == PAGE


def test_convergence_on_the_page_is_arvizs(design, drawn, ml):
    from arviz_stats import ess, rhat

    fit = synthetic_fit(design, drawn, ml=ml)
    assert f"{float(ess(fit.draws)['x']):.0f}" == "958"
    assert f"{float(rhat(fit.draws, var_names=['x'])['x']):.3f}" == "1.000"


def test_without_ml_the_columns_are_absent_and_a_note_says_why(design, drawn):
    page = str(synthetic_fit(design, drawn).summary())
    assert "REML" not in page
    assert page.endswith("There is no ML fit here.")


def test_distrust_comes_first(design, drawn):
    diverging = np.ones((4, 250), dtype=bool)
    bad = replace(drawn, statistics={**drawn.statistics, "diverging": diverging})
    summary = synthetic_fit(design, bad).summary()
    lines = str(summary).splitlines()
    assert lines[0] == "DO NOT USE THESE NUMBERS."
    assert lines[1].startswith("1,000 of 1,000 transitions diverged. ")
    assert summary._repr_html_().startswith("<p><strong>DO NOT USE")


def test_dropped_rows_and_notes_are_told(design, drawn):
    told = replace(design, n_dropped=3, notes=("x was read as a number.",))
    page = str(synthetic_fit(told, drawn).summary())
    assert "12 rows; 3 more left out (missing values); herd: 4 levels" in page
    assert "x was read as a number." in page


def test_the_interval_is_stated(design, drawn):
    fit = synthetic_fit(design, drawn)
    assert "lower, upper: 95 % equal-tailed intervals." in str(fit.summary())
    assert "lower, upper: 50 % equal-tailed intervals." in str(fit.summary(prob=0.5))


def test_further_parameters_of_the_family():
    design = handmade_design([1.0, 2.0, 3.0], {"x": [0.0, 1.0, 3.0]}, family="t")
    drawn = synthetic_draws(design, auxiliary={"nu": (8.0, 1.0), "sigma": (2.0, 0.1)})
    summary = synthetic_fit(design, drawn).summary()
    assert summary.auxiliary["term"].tolist() == ["nu"]
    page = str(summary)
    assert "Bayesian regression model" in page
    assert "Residual:" in page
    assert "Further parameters:" in page
    assert "its sd is sigma sqrt(nu / (nu - 2))" in page


@pytest.mark.parametrize("q", [3, 6, 12])
def test_the_page_stays_within_its_width(q):
    n = 40
    rng = np.random.default_rng(0)
    columns = {f"a predictor with rather a long name {k}": rng.normal(size=n) for k in range(q - 1)}
    block = handmade_block("a factor of the experiment", list("abcd") * 10,
                           {"Intercept": 1.0, **columns})  # fmt: skip
    design = handmade_design(rng.normal(size=n), columns, [block])
    ml = synthetic_ml(
        design, estimates=np.full(q, -12345.678), standard_errors=np.full(q, 0.001),
        sd=[np.full(q, 1234.5)], corr=-0.5, sigma=1.0,
    )  # fmt: skip
    drawn = synthetic_draws(design, draws=50, beta=(-12345.678, 0.001), sd=(1234.5, 90.0))
    page = str(synthetic_fit(design, drawn, ml=ml).summary())
    assert max(map(len, page.splitlines())) <= WIDTH
    assert ("too many to show here" in page) == (q == 12)
    assert "…" not in page
    assert all(name in page for name in ("a factor of the experiment", *columns))


def test_html_holds_the_same_cells(design, drawn, ml):
    html = synthetic_fit(design, drawn, ml=ml).summary()._repr_html_()
    assert html.count("<table>") == 2
    assert ">250.00" in html
    assert html.count("95 % equal-tailed intervals</caption>") == 2
    assert "is estimated at zero" in html


def test_markup_in_names_is_escaped():
    design = handmade_design([1.0, 2.0, 3.0], {"I(x < 2)": [0.0, 1.0, 3.0]})
    html = synthetic_fit(design, synthetic_draws(design)).summary()._repr_html_()
    assert "I(x &lt; 2)" in html


@pytest.mark.parametrize(
    ("spread", "places"),
    [(7.3, 2), (0.999, 3), (1.0, 2), (0.0123, 4), (98003, 0), (0.0, 3), (np.nan, 3)],
)
def test_three_digits_of_the_sd(spread, places):
    assert decimals(spread) == places


def test_numbers_as_text():
    assert fixed(-0.0001, 2) == "0.00"
    assert fixed(np.nan, 2) == ""
    assert fixed(np.inf, 2) == "inf"
    assert fixed(1.23456e-9, 10) == "1.235e-09"


def test_numbers_stand_on_their_point():
    assert align([("", "A"), ("x", "1.25"), ("y", "100"), ("z", "")], 1, 80) == [
        "        A",
        "x    1.25",
        "y  100",
        "z",
    ]


def test_names_without_room_stand_above_their_numbers():
    name = "a name of thirty letters or so"
    assert align([("", "Mean"), (name, "-12345.678"), ("x", "2.000")], 1, 30) == [
        "                          Mean",
        name,
        "                    -12345.678",
        "x                        2.000",
    ]


@pytest.mark.parametrize(
    ("priors", "year", "told"),
    [("rstanarm", 2000, True), ("brms", 2000, True), ("default", 2000, False), ("brms", 0, False)],
)
def test_priors_stated_where_no_data_are_are_told(priors, year, told):
    # At year 0 the sd of intercepts is 2000 times that of the slopes: rstanarm's priors forbid it.
    rng = np.random.default_rng(5)
    groups, years = np.repeat(np.arange(8), 6), np.tile(np.arange(6.0), 8) - 2.5
    slopes = rng.normal(0.0, 0.3, 8)[groups]
    data = pd.DataFrame(
        {
            "y": slopes * years + rng.normal(0.0, 0.3, 48),
            "year": years + year,
            "g": [f"g{k}" for k in groups],
        }
    )
    fit = bayesmm.fit(
        "y ~ year + (year | g)", data, priors=priors, draws=50, tune=50, chains=2, seed=1
    )
    found = [note for note in fit.summary().notes if "are stated at year = 0" in note]
    assert bool(found) is told
    if told:
        assert f"preset '{priors}'" in found[0]
        assert "write center(year) in place of year" in found[0]
