"""Maximum likelihood of ordered categories against R's ordinal: reference_r/ordinal/make_wine.R."""

import numpy as np
import pandas as pd
import pytest
from wine import wine

import bayesmm
from bayesmm.family import ResponseParameters
from bayesmm.family.known import resolve_family
from benchmarks.real_data import exported_data, read_exported

PLAIN, MIXED = "rating ~ temp + contact", "rating ~ temp + contact + (1 | judge)"
TERMS = ("1|2", "2|3", "3|4", "4|5", "temp[warm]", "contact[yes]")
# R 4.2.2, ordinal 2022.11.16: log likelihood; estimates; standard errors.
CLM = {
    "logit": (
        -86.4919233656,
        (-1.34438341, 1.25080880, 3.46688693, 5.00640420, 2.50310201, 1.52779766),
        (0.517102045, 0.437880203, 0.597760425, 0.730906344, 0.528680101, 0.476622630),
    ),
    "probit": (
        -85.7611483648,
        (-0.773262729, 0.736021490, 2.044680464, 2.941344982, 1.499374578, 0.867743539),
        (0.282862357, 0.249938818, 0.321821014, 0.387259280, 0.291790391, 0.266907009),
    ),
    "cloglog": (
        -86.6340792088,
        (-1.740082367, 0.296329097, 1.728855343, 2.596797049, 1.605760091, 0.859713656),
        (0.462849699, 0.248113479, 0.310523096, 0.379395736, 0.324566268, 0.282731915),
    ),
}
CLMM = {
    "logit": (
        -81.5654092921,
        (-1.62366692, 1.51336518, 4.22852669, 6.08877256, 3.06299663, 1.83488492),
        (0.682441032, 0.603753330, 0.808966050, 0.972453654, 0.595376183, 0.512529332),
    ),
    "probit": (
        -80.9306071536,
        (-0.926479680, 0.889437776, 2.467592736, 3.536662181, 1.800014411, 1.048205467),
        (0.388151355, 0.348476507, 0.446872254, 0.525615927, 0.326939982, 0.285545229),
    ),
}


def check(found, reference, errors: float):
    """Hold a fit to R's: estimates to a thousandth of a standard error, those to `errors`."""
    loglik, estimates, se = reference
    assert found.converged
    assert found.loglik == pytest.approx(loglik, abs=1e-5)
    assert tuple(found.coefficients) == TERMS
    ours = np.array(list(found.coefficients.values()))
    np.testing.assert_allclose(ours[:, 0], estimates, atol=1e-3 * min(se))
    np.testing.assert_allclose(ours[:, 1], se, rtol=errors)


QUICK = "logit"


def quick_and_slow(links):
    return [link if link == QUICK else pytest.param(link, marks=pytest.mark.slow) for link in links]


@pytest.mark.parametrize("link", quick_and_slow(CLM))
def test_without_groups_it_is_clm(link):
    check(bayesmm.ml(PLAIN, wine(), "cumulative", link=link), CLM[link], 1e-4)


@pytest.mark.parametrize("link", quick_and_slow(CLMM))
def test_with_groups_it_is_clmm_by_laplace(link):
    """clmm's cloglog is its clm's loglog: the names are exchanged, so that there is none here."""
    check(bayesmm.ml(MIXED, wine(), "cumulative", link=link), CLMM[link], 2e-4)


def test_disc_is_one_over_the_scale_of_clm():
    found = bayesmm.ml(f"{PLAIN}; disc ~ temp", wine(), "cumulative")
    assert found.loglik == pytest.approx(-86.4394628794, abs=1e-6)
    reference = {
        "1|2": (-1.3520417699, 0.522331644),
        "2|3": (1.2730017573, 0.453346509),
        "3|4": (3.6170230545, 0.777394458),
        "4|5": (5.2982362854, 1.202657836),
        "temp[warm]": (2.6294184304, 0.685970637),
        "contact[yes]": (1.5878437551, 0.530137955),
        "disc_temp[warm]": (-0.0953591669, 0.294142465),
    }
    for name, (estimate, error) in reference.items():
        ours = found.coefficients[name]
        assert ours[0] == pytest.approx(estimate, abs=1e-3 * error)
        assert ours[1] == pytest.approx(error, rel=1e-3)


def test_the_density_gives_the_likelihood_of_clmm_by_quadrature():
    """At clmm's estimates with nAGQ = 10, where its sd of the judges is 1.134783."""
    data, c = wine(), (-1.62348745, 1.51279604, 4.22705346, 6.08615228)
    family = resolve_family("cumulative").made_for(tuple("12345"))
    eta = 3.06189099 * (data["temp"] == "warm") + 1.83343337 * (data["contact"] == "yes")
    u, weights = np.polynomial.hermite_e.hermegauss(60)
    mu = eta.to_numpy() + 1.134783 * u[:, None]
    rows = ResponseParameters(mu, dict(zip(family.thresholds, map(np.array, c), strict=True)))
    density = family.log_density(data["rating"].to_numpy(float), rows)
    per_judge = np.stack(
        [density[:, data["judge"] == j].sum(axis=1) for j in data["judge"].unique()]
    )
    weights = weights / weights.sum()
    # R's log likelihood has ten digits; so many nodes leave 1e-5 of it
    assert np.log(np.exp(per_judge) @ weights).sum() == pytest.approx(-81.5324607117, abs=5e-5)


def expanded(data: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each step that a rating came to, and whether it went on."""
    steps = [
        {"step": f"s{k}", "go": int(row.rating > k), "temp": row.temp, "judge": row.judge}
        for row in data.itertuples()
        for k in range(1, 5)
        if row.rating >= k
    ]
    return pd.DataFrame(steps)


def test_the_stopping_ratio_is_a_bernoulli_of_every_step():
    """To 1e-12 in each row, at any parameters."""
    data, rng = wine(), np.random.default_rng(5)
    family = resolve_family("sratio").made_for(tuple("12345"))
    c, mu = rng.normal(size=4), rng.normal(size=len(data))
    rows = ResponseParameters(mu, dict(zip(family.thresholds, map(np.array, c), strict=True)))
    found = family.log_density(data["rating"].to_numpy(float), rows)
    bernoulli = resolve_family("bernoulli")
    for i, rating in enumerate(data["rating"]):
        steps = np.arange(min(rating, 4))
        share = ResponseParameters(1 / (1 + np.exp(c[steps] - mu[i])), {})
        one = bernoulli.log_density((steps + 1 < rating).astype(float), share).sum()
        assert found[i] == pytest.approx(one, abs=1e-12)


@pytest.mark.slow
def test_the_maxima_of_both_likelihoods_are_one():
    data = wine()
    ours = bayesmm.ml("rating ~ temp + (1 | judge)", data, "sratio")
    theirs = bayesmm.ml("go ~ 0 + step + temp + (1 | judge)", expanded(data), "bernoulli")
    assert ours.loglik == pytest.approx(theirs.loglik, abs=1e-8)
    assert ours.coefficients["temp[warm]"] == pytest.approx(
        theirs.coefficients["temp[warm]"], rel=1e-4
    )


# R 4.2.2, ordinal 2022.11.16, of lme4's VerbAgg: clmm(resp ~ scale(Anger, scale = FALSE) + Gender +
# btype + situ + (1 | id) + (1 | item)), estimate and standard error; logLik -6366.000345; sds.
VERBAGG = {
    "no|perhaps": (-1.2756420151, 0.2173168471),
    "perhaps|yes": (0.5692248352, 0.2168058240),
    "center(Anger)": (0.0748733527, 0.0154106634),
    "Gender[M]": (0.3324326035, 0.1753950428),
    "btype[scold]": (-0.9260795145, 0.2459447618),
    "btype[shout]": (-1.9393612346, 0.2481096039),
    "situ[self]": (-1.1217439822, 0.2019530983),
}
SDS = {"id": 1.233785464, "item": 0.477535228}


@pytest.mark.slow
def test_three_crossed_categories_of_verbal_aggression():
    """clmm's estimates by ML, and a posterior about them; it took clmm 13 processor seconds."""
    with exported_data() as found:
        if not found:
            pytest.skip("R's lme4, which has the data, is not here")
        data = read_exported("verbagg")
    formula = (
        'ordered(resp, levels = c("no", "perhaps", "yes")) ~ center(Anger) + Gender + btype + situ '
        "+ (1 | id) + (1 | item)"
    )
    found = bayesmm.ml(formula, data, "cumulative")
    assert found.loglik == pytest.approx(-6366.000345, abs=1e-5)
    assert tuple(found.coefficients) == tuple(VERBAGG)
    for name, (estimate, error) in VERBAGG.items():
        assert found.coefficients[name][0] == pytest.approx(estimate, abs=1e-3 * error)
        assert found.coefficients[name][1] == pytest.approx(error, rel=1e-3)
    varcorr = found.varcorr().set_index("grp")["sdcor"]
    for factor, sd in SDS.items():
        assert varcorr[factor] == pytest.approx(sd, rel=1e-4)
    fit = bayesmm.fit(formula, data, "cumulative", seed=1, progress=False, max_effort=1)
    table = fit.fixef().set_index("term")
    # what is judged of 4,000 draws: 3,000 effective ones of every threshold, coefficient and sd
    smallest = min(table["ess_bulk"].min(), fit.varcorr()["ess_bulk"].min())
    assert smallest >= 3000
    for name, (estimate, _) in VERBAGG.items():
        assert abs(table.loc[name, "mean"] - estimate) < 0.2 * table.loc[name, "sd"]
