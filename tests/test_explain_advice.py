"""Every piece of advice, planted and not planted."""

import numpy as np
import pytest
from harmless import harmless_frame

from bayesmm import explain
from bayesmm.explanation.advice import CHECKS
from bayesmm.explanation.english import number


@pytest.fixture(scope="module")
def frame():
    return harmless_frame()


def advice(formula, data, family="gaussian"):
    """Return the texts of the advice by check."""
    found = {}
    for item in explain(formula, data, family).advice:
        found.setdefault(item.check, []).append(item.text)
    return found


def test_nothing_to_say_about_harmless_data(frame):
    assert advice("y ~ x + f + (x | g) + (1 | h)", frame) == {}
    assert advice("won ~ x + f + offset(z) + (1 | g)", frame, "bernoulli") == {}


def planted(frame):
    """Return for each check: formula, data, family, words that it must say."""
    n = len(frame)
    order = np.arange(n)
    level = frame.g.str[1:].astype(int)
    few_x = frame.x.where(level < 5, level.astype(float))
    return {
        "fewer_rows_than_parameters": (
            "y ~ x",
            frame.iloc[:3],
            "gaussian",
            "There are 3 rows for 3 parameters (Intercept, x, sigma)",
        ),
        "far_response_value": (
            "y ~ x",
            frame.assign(y=frame.y.where(order > 1, 99999.0)),
            "gaussian",
            "2 rows so far away",
        ),
        "exact_response": (
            "count ~ x + z",
            frame.assign(count=np.floor(1e12 * np.exp(0.1 * frame.x + frame.z))),
            "poisson",
            "x and z give count to the last digits",
        ),
        "last_digits": (
            "y ~ x",
            frame.assign(y=1e15 + frame.y),
            "gaussian",
            "floating-point numbers of this size are 0.125 apart",
        ),
        "constant_share": (
            "p(won, trials) ~ x",
            frame.assign(won=2, trials=8),
            "binomial",
            "is a share of 0.25 in every row",
        ),
        "few_observed": (
            "exposure | cens(event = seen) ~ x",
            frame.assign(seen=order == 9),
            "weibull",
            "is observed in 1 row of 240 and censored in the others",
        ),
        "one_trial_per_level": (
            "won ~ x + (1 | row)",
            frame.assign(row=[f"r{k}" for k in order]),
            "bernoulli",
            "row has a level for each of 240 rows",
        ),
        "integer_like_factor": (
            "y ~ Year",
            frame.assign(Year=1999 + order % 3),
            "gaussian",
            "Year has 3 distinct values (1999, 2000, 2001)",
        ),
        "far_predictor_value": (
            "y ~ x",
            frame.assign(x=frame.x.where(order > 0, 99999.0)),
            "gaussian",
            "1 row so far away",
        ),
        "few_events": (
            "count ~ x",
            frame.assign(count=(order == 9) * 2),
            "poisson",
            "count is 0 in all but 1 row of 240",
        ),
        "no_intercept": ("y ~ 0 + x", frame, "gaussian", "where x is 0; the mean of y is "),
        "constant_offset": (
            "count ~ x + offset(log(exposure))",
            frame.assign(exposure=2.0),
            "poisson",
            "The offset is 0.6931 in every row",
        ),
        "family_note": ("exposure ~ x", frame, "gamma", "For 1 / mean take the link 'inverse'."),
        "weights_count_rows": (
            "y | weights(w) ~ x",
            frame.assign(w=2.0),
            "t",
            f"{2 * n} rows in all for the {n} of the data, as in Bambi and brms",
        ),
        "rare_level": (
            "y ~ f",
            frame.assign(f=np.where(order < 3, "rare", frame.f)),
            "gaussian",
            "1 level with fewer than 5 rows: rare (3 rows)",
        ),
        "separation_by_level": (
            "won ~ f",
            frame.assign(won=np.where(frame.f == "c", 0, frame.won)),
            "bernoulli",
            "Every trial is a failure where f is c (60)",
        ),
        "separation_by_threshold": (
            "won ~ x",
            frame.assign(won=(frame.x > 0.3).astype(int)),
            "bernoulli",
            "x separates the outcomes: all failures have x up to "
            f"{number(frame.x[frame.x <= 0.3].max())}, all successes from "
            f"{number(frame.x[frame.x > 0.3].min())}",
        ),
        "few_groups": (
            "y ~ x + (1 | g)",
            frame.assign(g=order % 9),
            "gaussian",
            "g has 9 levels: the prior of its sd matters",
        ),
        "constant_within_groups": (
            "y ~ age + x + (1 | g)",
            frame.assign(age=level * 1.5),
            "gaussian",
            "age is constant within every level of g: its effect rests on 24 levels, not on 240",
        ),
        "missing_common_effect": (
            "y ~ z + (x | g)",
            frame,
            "gaussian",
            "The slopes of x vary by g around 0, for there is no common effect of x",
        ),
        "slope_in_few_groups": (
            "y ~ x + (x | g)",
            frame.assign(x=few_x),
            "gaussian",
            "x differs within 5 of 24 levels of g (21 %)",
        ),
        "zero_of_independent_slope": (
            "y ~ x + (x || g)",
            frame.assign(x=frame.x - frame.x.mean() + 1),
            "gaussian",
            "x has mean 1 and sd ",
        ),
        "independent_factor_effects": (
            "y ~ f + (f || g)",
            frame,
            "gaussian",
            "The intercepts and the effects of f[b], f[c], f[d] vary by g independently",
        ),
        "zero_far_from_data": (
            "y ~ x + (x | g)",
            frame.assign(x=frame.x + 2000),
            "gaussian",
            "are those at x = 0, more than 3 sds from the data",
        ),
    }


@pytest.mark.parametrize("check", CHECKS)
def test_advice_is_given_where_it_is_due(frame, check):
    formula, data, family, says = planted(frame)[check]
    found = advice(formula, data, family)
    assert len(found[check]) == 1
    assert says in found[check][0]
    assert found[check][0].endswith(".")


NOT_DUE = {
    "fewer_rows_than_parameters": [("y ~ x", lambda d: d.iloc[:4], "gaussian")],
    "far_response_value": [
        ("y ~ x", lambda d: d.assign(y=np.exp(0.8 * d.y)), "gaussian"),
        ("y ~ x", lambda d: d.assign(y=d.y.where(d.index > 0, 300.0)), "t"),
        ("y ~ x", lambda d: d.assign(y=np.exp(d.y).where(d.index > 0, 1e6)), "lognormal"),
    ],
    "exact_response": [
        ("y ~ x", lambda d: d.assign(y=d.x + 1e-6 * d.z), "gaussian"),
        ("y ~ 1", lambda d: d, "gaussian"),
        ("count ~ x", lambda d: d.assign(count=np.floor(1e6 * np.exp(d.x))), "poisson"),
    ],
    "last_digits": [("y ~ x", lambda d: d.assign(y=1e12 + d.y), "gaussian")],
    "constant_share": [
        ("p(won, trials) ~ x", lambda d: d.assign(trials=8), "binomial"),
        ("won ~ x", lambda d: d, "bernoulli"),
    ],
    "few_observed": [
        (
            "exposure | cens(event = seen) ~ x",
            lambda d: d.assign(seen=np.arange(len(d)) < 5),
            "weibull",
        )
    ],
    "one_trial_per_level": [
        (
            "p(won, trials) ~ x + (1 | row)",
            lambda d: d.assign(trials=8, row=np.arange(len(d))),
            "binomial",
        ),
        ("won ~ x + (1 | g)", lambda d: d, "bernoulli"),
    ],
    "integer_like_factor": [
        ("y ~ k", lambda d: d.assign(k=np.arange(len(d)) % 2), "gaussian"),
        ("y ~ k", lambda d: d.assign(k=np.arange(len(d)) % 6), "gaussian"),
        ("y ~ k", lambda d: d.assign(k=np.arange(len(d)) % 3 + 0.5), "gaussian"),
        ("y ~ factor(k)", lambda d: d.assign(k=np.arange(len(d)) % 3), "gaussian"),
        ("y ~ k + I(k^2)", lambda d: d.assign(k=np.arange(len(d)) % 4), "gaussian"),
    ],
    "far_predictor_value": [
        ("y ~ x", lambda d: d.assign(x=np.exp(3 * d.x)), "gaussian"),
        ("y ~ k", lambda d: d.assign(k=(np.arange(len(d)) == 3) * 1.0), "gaussian"),
        ("y ~ x", lambda d: d.assign(x=1e9 + d.x), "gaussian"),
    ],
    "few_events": [
        ("count ~ x", lambda d: d.assign(count=(np.arange(len(d)) < 5) * 1), "poisson"),
        ("won ~ x", lambda d: d, "bernoulli"),
        ("y ~ x", lambda d: d.assign(y=np.where(np.arange(len(d)) == 4, 0.5, 0)), "gaussian"),
    ],
    "no_intercept": [
        ("y ~ 0 + f + x", lambda d: d, "gaussian"),
        ("y ~ 0 + I(x - 2) + I(3 - x)", lambda d: d, "gaussian"),
    ],
    "family_note": [("exposure ~ x", lambda d: d, "gaussian")],
    "weights_count_rows": [("y | weights(w) ~ x", lambda d: d.assign(w=2.0), "gaussian")],
    "constant_offset": [("count ~ x + offset(log(exposure))", lambda d: d, "poisson")],
    "rare_level": [
        ("y ~ x + (1 | k)", lambda d: d.assign(k=np.minimum(np.arange(len(d)), 30)), "gaussian"),
        (
            "p(won, trials) ~ k",
            lambda d: d.assign(trials=2, k=np.where(np.arange(len(d)) < 3, "a", "b")),
            "binomial",
        ),
    ],
    "separation_by_level": [
        ("won ~ x + (1 | g)", lambda d: d.assign(won=d.g == "g1"), "bernoulli"),
        ("y ~ f", lambda d: d.assign(y=np.where(d.f == "a", 0.0, d.y)), "gaussian"),
    ],
    "separation_by_threshold": [
        ("won ~ x", lambda d: d.assign(won=(d.x + d.z > 0).astype(int)), "bernoulli"),
        ("won ~ x", lambda d: d.assign(x=(np.arange(len(d)) < 9) * 1.0), "bernoulli"),
    ],
    "few_groups": [("y ~ x + (1 | g)", lambda d: d.assign(g=np.arange(len(d)) % 10), "gaussian")],
    "constant_within_groups": [
        ("count ~ x + f + (1 | row)", lambda d: d.assign(row=np.arange(len(d))), "poisson")
    ],
    "missing_common_effect": [
        ("y ~ x:f + (x | g)", lambda d: d, "gaussian"),
        ("y ~ z + x + (x + z | g)", lambda d: d, "gaussian"),
    ],
    "slope_in_few_groups": [("y ~ x + (x | g)", lambda d: d, "gaussian")],
    "zero_of_independent_slope": [
        ("y ~ x + (center(x) || g)", lambda d: d.assign(x=d.x + 5), "gaussian"),
        ("y ~ x + (x | g)", lambda d: d.assign(x=d.x + 2), "gaussian"),
    ],
    "independent_factor_effects": [
        ("y ~ f + (f | g)", lambda d: d, "gaussian"),
        ("y ~ f + (0 + f || g)", lambda d: d, "gaussian"),
    ],
    "zero_far_from_data": [
        ("y ~ center(x) + (center(x) | g)", lambda d: d.assign(x=d.x + 2000), "gaussian"),
        ("y ~ x + (1 | g)", lambda d: d.assign(x=d.x + 2000), "gaussian"),
    ],
}


@pytest.mark.parametrize(
    ("check", "case"), [(check, case) for check, cases in NOT_DUE.items() for case in cases]
)
def test_advice_is_not_given_where_it_is_not_due(frame, check, case):
    formula, change, family = case
    assert check not in advice(formula, change(frame), family)


def test_every_check_is_tested(frame):
    assert set(planted(frame)) == set(NOT_DUE) == set(CHECKS)
    assert all("Rule:" in (check.__doc__ or "") for check in CHECKS.values())


@pytest.mark.parametrize(
    ("formula", "family", "link"),
    [
        ("exposure ~ x", "gamma", "inverse"),
        ("exposure ~ x", "gamma", "identity"),
        ("count ~ x", "poisson", "identity"),
        ("count ~ x", "negativebinomial", "identity"),
    ],
)
def test_a_link_with_an_edge_is_told_before_sampling(frame, formula, family, link):
    [note] = [a for a in explain(formula, frame, family, link=link).advice]
    assert note.check == "family_note"
    assert "only where the linear predictor is above 0" in note.text


def test_three_groups_are_too_few(frame):
    (text,) = advice("y ~ x + (1 | g)", frame.assign(g=np.arange(len(frame)) % 3))["few_groups"]
    assert text.startswith("g has 3 levels: too few to learn how much levels differ")


def test_near_separation_has_its_share(frame):
    """Two of the more than hundred successes stand on the wrong side: fewer than 5 %."""
    won = (frame.x > 0).astype(int)
    lowest = frame.x.nsmallest(2).index
    data = frame.assign(won=won.where(~won.index.isin(lowest), 1))
    (text,) = advice("won ~ x", data, "binomial")["separation_by_threshold"]
    assert text.startswith("x almost separates the outcomes: at least 95 % of the failures")


def test_separation_counts_trials(frame):
    """Rows with both outcomes cannot be separated, rows of one kind can."""
    mixed = frame.assign(trials=4, won=np.where(frame.x > 0, 4, 1))
    assert "separation_by_threshold" not in advice("p(won, trials) ~ x", mixed, "binomial")
    pure = frame.assign(trials=4, won=np.where(frame.x > 0, 4, 0))
    assert "separation_by_threshold" in advice("p(won, trials) ~ x", pure, "binomial")


def test_a_binary_number_that_predicts_one_side(frame):
    """Every row with k = 1 is a success: quasi-complete separation, ML is infinite."""
    data = frame.assign(k=(np.arange(len(frame)) < 20).astype(int))
    data["won"] = np.where(data.k == 1, 1, data.won)
    (text,) = advice("won ~ k", data, "bernoulli")["separation_by_threshold"]
    assert "all failures have k up to 0, all successes from 0" in text


def test_the_coarsest_factor_is_named(frame):
    data = frame.assign(age=frame.g.str[1:].astype(int) % 7 * 1.5, part=frame.g + frame.f)
    texts = advice("y ~ age + (1 | g) + (1 | part)", data)["constant_within_groups"]
    assert len(texts) == 1 and "every level of g:" in texts[0]


def test_dropped_rows_take_no_part(frame):
    """The third year stands only in rows that are left out."""
    years = np.where(np.arange(len(frame)) < 5, 2001, 1999 + np.arange(len(frame)) % 2)
    data = frame.assign(Year=years, x=frame.x.where(frame.index >= 5))
    assert "integer_like_factor" not in advice("y ~ x + Year", data)
