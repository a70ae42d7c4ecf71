"""Predictions: whose, of what kind, exact where there is a closed form."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit, schools
from scipy.integrate import quad
from scipy.special import expit, ndtr

from bayesmm import load_data
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family.links import LINKS
from bayesmm.results.prediction import predictor
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.results.prediction.parameters import posterior_parameters
from bayesmm.results.prediction.population import population_mean
from bayesmm.sampling.posterior import effect_draws, named_draws

SLOPES = "Reaction ~ Days + (Days | Subject)"
N_DRAWS = 1000  # of the synthetic draws: 4 chains of 250
SE = 1 / np.sqrt(N_DRAWS)  # of a correlation of independent draws


@pytest.fixture(scope="module")
def sleep():
    """Return slopes that vary, with a different effect of each subject."""
    rng = np.random.default_rng(8)
    return formula_fit(
        SLOPES,
        load_data("sleepstudy"),
        intercept=(251, 7),
        beta=(10.5, 1.5),
        auxiliary={"sigma": (25, 1)},
        sd=((25, 6), 0),
        corr=(0.3, 0),
        effects=(rng.normal(size=(2, 18)) * [[25], [6]], 3.0),
    )


@pytest.fixture(scope="module")
def nested():
    return formula_fit("y ~ x + (1 | school/room)", schools(), sd=(1.5, 0), effects=(0, 1))


@pytest.fixture(scope="module")
def logit():
    return formula_fit(
        "z ~ x + (x | school) + (1 | school:room)",
        schools(),
        "bernoulli",
        intercept=(1, 0.2),
        beta=(0.7, 0.1),
        sd=((1.2,), 0.2),
    )


def flat(draws):
    return draws.reshape(-1, draws.shape[-1])


# --- these groups -----------------------------------------------------------------------------


def test_these_groups_are_the_linear_predictor_of_the_data(sleep):
    prediction = sleep.predict()
    where = np.divmod(np.arange(N_DRAWS), 250)
    expected = linear_predictor(sleep.design, sleep.draws, where)
    np.testing.assert_allclose(flat(prediction.draws), expected, rtol=1e-12)
    assert list(prediction.table.columns) == [
        *("Reaction", "Days", "Subject"),
        *("who", "mean", "sd", "median", "lower", "upper"),
    ]
    assert prediction.table.attrs["who"] == "these groups"
    assert prediction.table.attrs["probability"] == 0.95


def test_new_data_agree_with_the_data_of_the_fit(sleep):
    frame = load_data("sleepstudy").drop(columns="Reaction").sample(frac=1, random_state=1)
    table = sleep.predict(frame).table
    expected = sleep.predict().table.loc[frame.index]
    pd.testing.assert_index_equal(table.index, frame.index)
    np.testing.assert_allclose(table["mean"], expected["mean"], rtol=1e-12)


@pytest.mark.parametrize("label", [308, 308.0, "308", np.int64(308)])
def test_a_number_and_its_text_are_the_same_group(sleep, label):
    """Trap C4: the labels of the data are text, those of the new data may be numbers."""
    frame = pd.DataFrame({"Days": [2.0], "Subject": [label]})
    expected = sleep.predict(pd.DataFrame({"Days": [2.0], "Subject": ["308"]})).draws
    np.testing.assert_array_equal(sleep.predict(frame).draws, expected)


def test_an_unknown_level_is_named_with_what_to_do(sleep):
    frame = pd.DataFrame({"Days": [0, 1], "Subject": ["308", "Ann"]})
    with pytest.raises(UsageError, match=r"'Subject' has levels .* Ann\. .*who='new group'"):
        sleep.predict(frame)


def test_a_missing_grouping_column_says_who_can_do_without(sleep):
    with pytest.raises(DataError, match=r"no column 'Subject'.*'typical group', 'population'"):
        sleep.predict(pd.DataFrame({"Days": [0]}))


def test_the_size_of_a_chunk_changes_nothing(sleep, monkeypatch):
    frame = pd.DataFrame({"Days": [0, 1, 2, 3, 4], "Subject": ["a", "308", "a", "b", "309"]})
    whole = sleep.predict(frame, "new group").draws
    monkeypatch.setattr(predictor, "level_chunks", lambda n, _: (slice(i, i + 1) for i in range(n)))
    np.testing.assert_array_equal(sleep.predict(frame, "new group").draws, whole)


# --- new groups -------------------------------------------------------------------------------


def test_new_groups_have_the_covariance_of_the_population(sleep):
    """u ~ N(0, Sigma): sds 25 and 6, correlation .3; four standard errors of 1000 draws."""
    frame = pd.DataFrame({"Days": [0.0, 1.0], "Subject": ["Ann", "Ann"]})
    typical = sleep.predict(frame, "typical group").draws
    at_zero, at_one = flat(sleep.predict(frame, "new group").draws - typical).T
    u = np.column_stack([at_zero, at_one - at_zero])
    covariance = np.cov(u.T)
    assert abs(covariance[0, 0] / 25**2 - 1) < 4 * np.sqrt(2) * SE
    assert abs(covariance[1, 1] / 6**2 - 1) < 4 * np.sqrt(2) * SE
    assert abs(np.corrcoef(u.T)[0, 1] - 0.3) < 4 * SE
    assert np.all(np.abs(u.mean(axis=0)) < 4 * SE * np.array([25, 6]))


def test_two_new_groups_are_independent_and_rows_of_one_share_its_effects(sleep):
    """Trap C3: a difference between two new subjects is not exactly 0."""
    frame = pd.DataFrame({"Days": [3, 3, 3], "Subject": ["Ann", "Bob", "Ann"]})
    ann, bob, again = flat(
        sleep.predict(frame, "new group").draws - sleep.predict(frame, "typical group").draws
    ).T
    np.testing.assert_array_equal(ann, again)
    assert abs(np.corrcoef(ann, bob)[0, 1]) < 4 * SE
    assert (ann - bob).std() == pytest.approx(np.sqrt(2) * ann.std(), rel=4 * SE)


def test_a_new_group_keeps_its_draws_whatever_else_is_predicted(sleep):
    alone = sleep.predict(pd.DataFrame({"Days": [3], "Subject": ["Bob"]}), "new group")
    among = sleep.predict(
        pd.DataFrame({"Days": [3, 3, 3], "Subject": ["Ann", "308", "Bob"]}), "new group"
    )
    np.testing.assert_array_equal(alone.draws[..., 0], among.draws[..., 2])
    other = sleep.predict(pd.DataFrame({"Days": [3], "Subject": ["Bob"]}), "new group", seed=1)
    assert abs(np.corrcoef(alone.draws.ravel(), other.draws.ravel())[0, 1]) < 0.3


def test_known_groups_keep_their_effects_beside_new_ones(sleep):
    frame = pd.DataFrame({"Days": [3, 3], "Subject": ["308", "Bob"]})
    known = sleep.predict(frame.iloc[:1]).draws[..., 0]
    np.testing.assert_array_equal(sleep.predict(frame, "new group").draws[..., 0], known)


def test_a_new_class_of_a_known_school_keeps_the_effect_of_the_school(nested):
    frame = pd.DataFrame(
        {"x": [0.0] * 3, "school": ["s1", "s1", "new"], "room": ["c9", "c0", "c0"]}
    )
    typical = nested.predict(frame, "typical group").draws
    new_class, known, new_school = flat(nested.predict(frame, "new group").draws - typical).T
    schools_, rooms = nested.design.blocks
    school = effect_draws(nested.draws, schools_)[0][..., schools_.levels.index("s1")].ravel()
    room = effect_draws(nested.draws, rooms)[0][..., rooms.levels.index("s1:c0")].ravel()
    np.testing.assert_allclose(known, school + room, rtol=0, atol=1e-12)
    left = new_class - school  # the class alone: N(0, 1.5^2), independent of the school
    assert left.std() == pytest.approx(1.5, rel=4 * SE)
    assert abs(np.corrcoef(left, school)[0, 1]) < 4 * SE
    # a class c0 of another school is another class
    assert new_school.std() == pytest.approx(1.5 * np.sqrt(2), rel=4 * SE)


def test_every_row_says_whom_it_is_about(sleep, nested):
    """A known group under who="new group" keeps its own effect: it is no new group."""
    frame = pd.DataFrame({"Days": [3, 3], "Subject": ["308", "Bob"]})
    result = sleep.predict(frame, "new group")
    assert list(result.table["who"]) == ["these groups", "new group"]
    width = result.table["upper"] - result.table["lower"]
    assert width[1] > 2 * width[0]  # sds 25 and 6 of the population against 3 of the group
    for who in ("these groups", "typical group", "population"):
        assert set(sleep.predict(frame.iloc[:1], who).table["who"]) == {who}
    rows = pd.DataFrame({"x": 0.0, "school": ["s1", "s1", "n", "n"], "room": ["c0", "c9"] * 2})
    assert list(nested.predict(rows, "new group").table["who"]) == [
        *("these groups", "new school:room, known school", "new group", "new group")
    ]
    without_rooms = nested.predict(rows.drop(columns="room"), "new group").table["who"]
    assert list(without_rooms)[:1] == ["new school:room, known school"]
    assert "who" not in formula_fit("y ~ x", schools()).predict().table


def test_crossed_factors_are_new_one_by_one():
    data = schools().assign(item=lambda d: [f"i{k % 4}" for k in range(len(d))])
    fit = formula_fit("y ~ x + (1 | school) + (1 | item) + (1 | room)", data)
    rows = pd.DataFrame({"x": 0.0, "school": ["s1", "new", "s1"], "item": ["i0", "i1", "i9"],
                         "room": ["c0", "c0", "c7"]})  # fmt: skip
    assert list(fit.predict(rows, "new group").table["who"]) == [
        *("these groups", "new school, known item and room", "new item and room, known school")
    ]


def test_without_the_column_all_rows_are_of_one_new_group(sleep):
    draws = sleep.predict(pd.DataFrame({"Days": [3, 3]}), "new group").draws
    np.testing.assert_array_equal(draws[..., 0], draws[..., 1])
    typical = sleep.predict(pd.DataFrame({"Days": [3]}), "typical group").draws
    expected = np.sqrt(25**2 + 2 * 3 * 0.3 * 25 * 6 + (3 * 6) ** 2)
    assert (draws[..., 0] - typical[..., 0]).std() == pytest.approx(expected, rel=4 * SE)


def test_new_group_where_none_is_new_is_refused(sleep):
    with pytest.raises(UsageError, match=r"Every level of 'Subject' .* who='these groups'"):
        sleep.predict(who="new group")


# --- typical group and population ---------------------------------------------------------------


def test_typical_group_has_no_group_effects(sleep):
    draws = sleep.predict(pd.DataFrame({"Days": [0, 4]}), "typical group").draws
    b0, b1 = (named_draws(sleep.draws, name) for name in ("Intercept", "Days"))
    np.testing.assert_allclose(draws, np.stack([b0, b0 + 4 * b1], axis=-1), rtol=1e-12)


def test_population_is_the_typical_group_on_the_identity_link(sleep):
    frame = pd.DataFrame({"Days": [0, 4]})
    population, typical = (sleep.predict(frame, who) for who in ("population", "typical group"))
    np.testing.assert_array_equal(population.draws, typical.draws)


def population_by_hand(fit, x, chain, draw):
    """Return eta and sd of the sum of the effects at x for one draw of the logit model."""
    p = posterior_parameters(fit.draws, fit.design)
    b0, b1 = p.common[chain, draw]
    z = np.array([1.0, x])
    variance = z @ p.covariances[0][chain, draw] @ z + p.covariances[1][chain, draw, 0, 0]
    return b0 + b1 * x, np.sqrt(variance)


def integral_over_groups(eta, sd):
    def weighted(t):
        return expit(eta + sd * t) * np.exp(-t * t / 2) / np.sqrt(2 * np.pi)

    return quad(weighted, -12, 12, epsabs=1e-12)[0]


def test_population_mean_is_the_integral_over_the_groups(logit):
    """Per draw, against adaptive quadrature: correlated slopes and a second, nested block."""
    frame = pd.DataFrame({"x": [-1.0, 0.5, 2.0]})
    draws = logit.predict(frame, "population").draws
    for chain, draw in ((0, 0), (3, 17)):
        for row, x in enumerate(frame["x"]):
            eta, sd = population_by_hand(logit, x, chain, draw)
            integral = integral_over_groups(eta, sd)
            assert draws[chain, draw, row] == pytest.approx(integral, abs=1e-10)


def test_population_is_the_mean_of_many_new_groups(logit):
    """Brute force: the mean over 400 new schools per draw, within four standard errors."""
    names = [f"n{i}" for i in range(400)]
    frame = pd.DataFrame({"x": 0.5, "school": names, "room": "c"})
    per_group = flat(logit.predict(frame, "new group", n_draws=40).draws)
    exact = logit.predict(frame[["x"]].iloc[:1], "population", n_draws=40).draws.ravel()
    gap = per_group.mean(axis=1) - exact
    se = per_group.std(axis=1) / np.sqrt(400)
    assert np.all(np.abs(gap) < 4.5 * se)  # the largest of 40
    assert abs(gap.mean()) < 4 * np.sqrt((se**2).mean() / 40)


def test_the_population_is_not_the_typical_group_on_the_logit_link(logit):
    """Jensen's gap: averages of probabilities lie nearer to 1/2 (course D1; trap C9)."""
    frame = pd.DataFrame({"x": [0.0, 1.0, -4.0]})
    typical = logit.predict(frame, "typical group").draws
    population = logit.predict(frame, "population").draws
    assert np.all(np.abs(population - 0.5) <= np.abs(typical - 0.5) + 1e-12)
    gap = (typical - population).mean(axis=(0, 1))
    assert gap[0] > 0.05 and gap[2] < -0.05
    link = logit.predict(frame, "population", "link").draws
    np.testing.assert_allclose(expit(link), population, rtol=1e-12)


@pytest.mark.parametrize(
    ("link", "sd"),
    [
        *product(("identity", "log", "logit", "probit", "cloglog"), (0.0, 0.3, 1.0, 3.0)),
        *product(("logit", "probit", "cloglog"), (12.0,)),
    ],
)
def test_population_mean_of_each_link(link, sd):
    eta = np.array([-5.0, -1.0, 0.0, 2.5])
    t = np.linspace(-14, 14, 400_001)
    weights = np.exp(-(t**2) / 2)
    weights /= weights.sum()
    expected = [weights @ LINKS[link].inverse(e + sd * t) for e in eta]
    result = population_mean(link, eta, np.full(4, sd**2))
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


def test_the_inverse_link_has_no_population_mean():
    with pytest.raises(UnsupportedModelError, match="no mean over a normal population"):
        population_mean("inverse", np.ones(1), np.ones(1))


def test_probit_attenuation():
    """Phi(eta / sqrt(1 + v)), the textbook case of marginal against conditional coefficients."""
    assert population_mean("probit", np.array([1.0]), np.array([3.0])) == pytest.approx(ndtr(0.5))


# --- responses --------------------------------------------------------------------------------


def test_gaussian_responses_add_the_residual(sleep):
    frame = pd.DataFrame({"Days": [0.0] * 40, "Subject": "308"})
    residual = sleep.predict(frame, kind="response").draws - sleep.predict(frame).draws
    assert residual.std() == pytest.approx(np.sqrt(25**2 + 1), rel=4 * SE / np.sqrt(40))
    assert abs(residual.mean()) < 4 * 25 * SE / np.sqrt(40)


def test_responses_of_the_population_are_of_members_of_random_groups(sleep):
    frame = pd.DataFrame({"Days": [0.0] * 40})
    mean = sleep.predict(frame, "population").draws
    spread = (sleep.predict(frame, "population", "response").draws - mean).std()
    assert spread == pytest.approx(np.sqrt(25**2 + 25**2 + 1), rel=4 * SE / np.sqrt(40))


@pytest.mark.parametrize("formula", ["p(incidence, size)", "cbind(incidence, size)"])
def test_binomial_mean_is_a_probability_and_response_a_count(formula):
    data = load_data("cbpp")
    fit = formula_fit(f"{formula} ~ period + (1 | herd)", data, "binomial", sd=(0.6, 0.1))
    mean, response = fit.predict(), fit.predict(kind="response")
    assert np.all((mean.draws > 0) & (mean.draws < 1))
    trials = fit.design.trials
    assert np.all((response.draws >= 0) & (response.draws <= trials))
    expected = mean.draws * trials
    se = np.sqrt((expected * (1 - mean.draws)).mean(axis=(0, 1)) / N_DRAWS)
    assert np.all(np.abs((response.draws - expected).mean(axis=(0, 1))) < 4 * se)
    again = fit.predict(data, kind="response").draws
    np.testing.assert_array_equal(again, response.draws)
    without = data[["period", "herd"]]
    np.testing.assert_array_equal(fit.predict(without).draws, mean.draws)
    with pytest.raises(DataError, match="need the number of trials"):
        fit.predict(without, kind="response")


def test_rows_of_one_trial_need_no_trials(logit):
    fit = formula_fit("z ~ x + (1 | school)", schools(), "binomial")
    response = fit.predict(pd.DataFrame({"x": [0.0], "school": ["s1"]}), kind="response")
    assert set(np.unique(response.draws)) == {0.0, 1.0}


def test_weights_are_needed_for_gaussian_responses():
    data = schools().assign(w=4.0)
    fit = formula_fit("y | weights(w) ~ x + (1 | school)", data, auxiliary={"sigma": (2, 0)})
    frame = pd.DataFrame({"x": [0.0] * 40, "school": "s1", "w": 16.0})
    residual = fit.predict(frame, kind="response").draws - fit.predict(frame).draws
    assert residual.std() == pytest.approx(0.5, rel=4 * SE / np.sqrt(40))  # 2 / sqrt(16)
    fit.predict(frame.drop(columns="w"))
    with pytest.raises(DataError, match="weights"):
        fit.predict(frame.drop(columns="w"), kind="response")


def test_the_offset_counts():
    data = schools().assign(hours=2.0)
    fit = formula_fit("z ~ x + offset(log(hours)) + (1 | school)", data, "poisson")
    frame = pd.DataFrame({"x": [0.3, 0.3], "hours": [1.0, 5.0]})
    one, five = fit.predict(frame, "population").draws.T
    np.testing.assert_allclose(five, 5 * one, rtol=1e-12)


# --- what is asked for ------------------------------------------------------------------------


def test_intervals_are_those_of_the_draws(sleep):
    """Trap C6: the interval of an average is that of the averaged draws, and narrower."""
    prediction = sleep.predict(
        who="new group",
        newdata=pd.DataFrame({"Days": 0.0, "Subject": [f"n{i}" for i in range(20)]}),
    )
    table = prediction.table
    lower, upper = np.quantile(flat(prediction.draws), [0.025, 0.975], axis=0)
    np.testing.assert_allclose(table["lower"], lower, rtol=1e-12)
    np.testing.assert_allclose(table["upper"], upper, rtol=1e-12)
    low, high = np.quantile(flat(prediction.draws).mean(axis=1), [0.025, 0.975])
    assert (high - low) < 0.5 * (table["upper"] - table["lower"]).mean()


def test_fewer_draws_are_spread_over_the_chains(sleep):
    some = sleep.predict(n_draws=8)
    assert some.draws.shape == (4, 2, 180) and some.table.attrs["n_draws"] == 8
    np.testing.assert_array_equal(some.draws, sleep.predict().draws[:, [0, 125]])
    with pytest.raises(UsageError, match="n_draws is 1001"):
        sleep.predict(n_draws=1001)


def test_arguments_are_checked(sleep):
    with pytest.raises(UsageError, match=r"who is 'population mean'\. Did you mean 'population'"):
        sleep.predict(who="population mean")
    with pytest.raises(UsageError, match=r"kind is 'probs'"):
        sleep.predict(kind="probs")
    with pytest.raises(UsageError, match="seed must be"):
        sleep.predict(seed=-1)
    with pytest.raises(DataError, match="no rows"):
        sleep.predict(pd.DataFrame({"Days": [], "Subject": []}))


def test_a_model_without_groups_predicts_the_same_for_everyone():
    fit = formula_fit("y ~ x", schools())
    frame = pd.DataFrame({"x": [0.0, 1.0]})
    first = fit.predict(frame).draws
    for who in ("new group", "typical group", "population"):
        np.testing.assert_array_equal(fit.predict(frame, who).draws, first)


def test_a_model_without_an_intercept():
    fit = formula_fit("y ~ 0 + x + (0 + x | school)", schools())
    draws = fit.predict(pd.DataFrame({"x": [2.0]}), "typical group").draws
    np.testing.assert_allclose(draws[..., 0], 2 * named_draws(fit.draws, "x"), rtol=1e-12)


def test_the_page_says_what_was_predicted(sleep):
    text = repr(sleep.predict(pd.DataFrame({"Days": [1]}), "population"))
    assert text.startswith("Prediction for population, mean, 95 % equal-tailed intervals")


# --- zeros added or taken away ------------------------------------------------------------------

COUNTS = (
    "poisson",
    "negativebinomial",
    "zero_inflated_poisson",
    "zero_inflated_negativebinomial",
    "hurdle_poisson",
    "hurdle_negativebinomial",
)


@pytest.fixture(scope="module")
def counts():
    data = schools().assign(z=np.arange(72) % 5)
    auxiliary = {"psi": (0.7, 0.01), "alpha": (2.0, 0.1)}
    return {
        family: formula_fit(
            "z ~ x + (1 | school)", data, family, auxiliary=auxiliary, sd=(0.6, 0.05)
        )
        for family in COUNTS
    }


@pytest.mark.parametrize("family", COUNTS)
def test_mean_of_counts_is_that_of_their_responses(counts, family):
    """E y counts the zeros: 300 responses of each draw, within four standard errors."""
    frame = pd.DataFrame({"x": [-1.5] * 300, "school": "s1"})
    mean = counts[family].predict(frame).draws[..., 0]
    response = counts[family].predict(frame, kind="response").draws
    se = response.std(axis=-1) / np.sqrt(300)
    gap = (response.mean(axis=-1) - mean) / np.maximum(se, 1e-9)
    assert abs(gap.mean()) < 4 * SE * 1.5  # skewed counts: t statistics are a little off normal
    assert gap.std() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("family", COUNTS)
def test_population_mean_of_counts_is_the_integral(counts, family):
    fit = counts[family]
    draws = fit.predict(pd.DataFrame({"x": [-1.5]}), "population", n_draws=4).draws
    sd = named_draws(fit.draws, "1|school_sigma")[0, 0]
    t = np.linspace(-12, 12, 4001)
    # the mean of groups at t sds, weighted by the normal density: through the offset of u alone
    names = {name: named_draws(fit.draws, name)[0, 0] for name in fit.design.family.auxiliary}
    eta = fit.predict(pd.DataFrame({"x": [-1.5]}), "typical group", "link", n_draws=4).draws
    mu = np.exp(eta[0, 0, 0] + sd * t)
    psi, alpha = names.get("psi", 1.0), names.get("alpha")
    zero = np.exp(-mu) if alpha is None else (1 + mu / alpha) ** -alpha
    mean = psi * (mu / (1 - zero) if family.startswith("hurdle") else mu)
    weights = np.exp(-(t**2) / 2)
    assert draws[0, 0, 0] == pytest.approx(weights @ mean / weights.sum(), rel=1e-9)


@pytest.mark.parametrize("family", ["zero_inflated_poisson", "hurdle_negativebinomial"])
def test_slopes_of_the_mean_of_counts(counts, family):
    fit = counts[family]
    slope = fit.slopes("x", at={"x": 0.4}, scale="response").draws
    h = 1e-4
    above, below = fit.predict(pd.DataFrame({"x": [0.4 + h, 0.4 - h]}), "typical group").draws.T
    np.testing.assert_allclose(slope[..., 0], (above - below).T / (2 * h), rtol=1e-5)
    assert fit.emmeans((), scale="response").table["ml_estimate"].isna().all()
