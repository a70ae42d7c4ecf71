"""Censored and truncated responses: what is understood, the likelihood, and R's fits of it."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from differences import assert_gradient
from family_values import auxiliary_of, trials_of
from joint_reference import default_priors, parameter_of_rows
from named_parameters import named_values
from scipy import integrate, optimize, special, stats
from test_density_joint import points

import bayesmm
from bayesmm.errors import DataError, FormulaError, UnsupportedModelError, UsageError
from bayesmm.family import Family, Parameter
from bayesmm.family.bounded import drawn_within
from bayesmm.family.known import FAMILIES, OF_CATEGORIES, resolve_family
from bayesmm.family.links import LINKS
from bayesmm.family.numeric import Jet
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, EXACT, TRUNCATION
from bayesmm.model.build import build_design
from bayesmm.model.specification import pymc_specification
from bayesmm.results.checks.kaplan_meier import kaplan_meier, survival_steps, turnbull
from bayesmm.results.densities.log_likelihood import weighted_log_density
from bayesmm.results.prediction.response_quantiles import response_quantile
from bayesmm.results.prediction.restricted_mean import restricted_mean
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import JointModel, compiled_joint_density, joint_model

# Made by reference_r/censored/make_reference.R, versions inside; the data are simulated there.
FOLDER = Path(__file__).parent / "reference_r" / "censored"
REFERENCE = json.loads((FOLDER / "censored.json").read_text())
DATA = pd.read_csv(FOLDER / "censored.csv").astype({"g": str})
ABLE = [n for n, f in FAMILIES.items() if f.density is not None and f.density.log_below is not None]

FORMULAS = {
    "right": "months | cens(event = event) ~ x",
    "interval": "low | cens(status, up) ~ x",
    "left": "above | cens(state) ~ x",
    "gaussian truncated": "level | trunc(1, ) ~ x",
    "weibull delayed entry": "months | cens(event = event) + trunc(lb = entry) ~ x",
    "poisson truncated": "count | trunc(lb = 1) ~ x",
    "poisson rate": "events | rate(exposure) ~ x",
}


def data_of(name: str) -> pd.DataFrame:
    data = DATA.assign(
        above=DATA["level"].clip(lower=1.0), state=np.where(DATA["level"] > 1, "none", "left")
    )
    kept = {
        "gaussian truncated": data["level"] > 1,
        "weibull delayed entry": data["months"] > data["entry"],
        "poisson truncated": data["count"] > 0,
    }
    return data[kept.get(name, np.ones(len(data), dtype=bool))]


@pytest.mark.parametrize("theirs", REFERENCE["fits"], ids=lambda fit: fit["name"])
def test_the_estimates_of_r(theirs):
    """To 1e-4 standard errors of survreg, 0.002 of glmmTMB and optim, as for other families."""
    formula = FORMULAS.get(theirs["name"]) or FORMULAS[theirs["name"].split()[-1]]
    fit = bayesmm.ml(formula, data_of(theirs["name"]), family=theirs["family"])
    estimates, auxiliary = fit.estimates.copy(), dict(fit.auxiliary)
    if theirs["by"].startswith("survival"):
        # survreg's mu is the log of the scale of a weibull; its scale is 1 / alpha
        if theirs["family"] == "weibull":
            scale = 1 / auxiliary["alpha"]
            estimates[0] -= special.gammaln(1 + scale)
            assert scale == pytest.approx(theirs["scale"], rel=1e-4)
        elif "sigma" in auxiliary:
            assert auxiliary["sigma"] == pytest.approx(theirs["scale"], rel=1e-4)
        close = 1e-4
    else:
        close = 2e-3
        if theirs["scale"] is not None:
            own = next(iter(auxiliary.values()))
            assert own == pytest.approx(theirs["scale"], rel=1e-3)
    se = np.array(theirs["se"])
    np.testing.assert_array_less(np.abs(estimates - theirs["estimates"]), close * se)
    assert fit.loglik == pytest.approx(theirs["loglik"], abs=2e-4)
    slope = slice(1, None)  # the intercept of a weibull is another
    np.testing.assert_allclose(fit.standard_errors[slope], se[slope], rtol=2e-3)


def test_a_rate_is_an_offset():
    """The same design, and without the exposure the response is one per unit of it."""
    one = build_design("events | rate(exposure) ~ x", DATA, resolve_family("poisson"))
    other = build_design("events ~ x + offset(log(exposure))", DATA, resolve_family("poisson"))
    np.testing.assert_array_equal(one.mu.offset, other.mu.offset)
    assert one.encoder.encode(pd.DataFrame({"x": [0.0]})).mu.offset is None
    for family, link in (("gaussian", None), ("poisson", "identity")):
        with pytest.raises(UsageError, match="exposure of counts with the log link"):
            build_design("events | rate(exposure) ~ x", DATA, resolve_family(family, link))
    with pytest.raises(DataError, match="must be positive"):
        build_design("events | rate(x) ~ 1", DATA, resolve_family("poisson"))


@pytest.mark.parametrize("column", ["kaplan_meier", "kaplan_meier_delayed"])
def test_the_steps_of_survfit(column):
    name = "weibull delayed entry" if column.endswith("delayed") else "right"
    design = build_design(FORMULAS[name], data_of(name), resolve_family("weibull"))
    steps = kaplan_meier(design, np.ones(design.n_obs, dtype=bool))
    np.testing.assert_allclose(steps["time"][1:], REFERENCE[column]["time"], rtol=1e-9)
    np.testing.assert_allclose(steps["survival"][1:], REFERENCE[column]["survival"], rtol=1e-8)


# Of survival 3.5.3, survfit(Surv(low, high, type = "interval2") ~ 1) of these 35 rows: survival
# after 7, 10, 15, 25, 34, 40 and 46. Its EM algorithm ends at changes of 5e-5 or so.
LOW = [0, 6, 7, 6, 46, 46, 7, 17, 7, 46, 37, 0, 4, 15, 11, 22, 46, 46, 25, 46, 26, 46, 27, 46, 36,
       46, 32, 46, 46, 46, 40, 10, 10, 20, 20]  # fmt: skip
HIGH = [7, 10, 16, 40, 0, 0, 14, 25, 0, 0, 44, 8, 11, 0, 15, 0, 0, 0, 37, 0, 40, 0, 34, 0, 44, 0, 0,
        0, 0, 0, 48, 10, 10, 0, 0]  # fmt: skip
TURNBULL = {7: 0.9186675892, 10: 0.7670889683, 15: 0.7213083268, 25: 0.6834733980,
            34: 0.5844191338, 40: 0.4832907292, 46: 0.4832124110}  # fmt: skip


def test_turnbull_of_survfit():
    """R's to what its search leaves; the maximum itself by the condition that it has."""
    low, high = np.array(LOW, float), np.array(HIGH, float)
    status = np.select([low == 0, high == 0, low == high], ["left", "right", "none"], "interval")
    data = pd.DataFrame({"t": np.where(low == 0, high, low), "u": high, "s": status})
    design = build_design("t | cens(s, u) ~ 1", data, resolve_family("weibull"))
    every = np.ones(len(data), dtype=bool)
    found = survival_steps(design, every)
    for time, survival in TURNBULL.items():
        own = found[found["time"] <= time]["survival"].iloc[-1]
        assert own == pytest.approx(survival, abs=2e-3)
    # of a step of dp at any place the log likelihood grows by no more than n dp
    ends = found.iloc[1:].to_numpy().reshape(-1, 2, 2)
    left, right = ends[:, 0, 0], ends[:, 1, 0]
    shares = np.append(ends[:, 0, 1] - ends[:, 1, 1], ends[-1, 1, 1])
    left, right = np.append(left, 48.0), np.append(right, np.inf)
    high = np.where(status == "right", np.inf, high)
    inside = (left >= low[:, None]) & (right <= high[:, None])
    point = left == right
    inside &= ~(point & (left == low[:, None]) & (status != "none")[:, None])
    gain = (inside / (inside @ shares)[:, None]).sum(axis=0)
    assert gain.max() < len(data) * (1 + 1e-4)
    np.testing.assert_allclose(gain[shares > 1e-3], len(data), rtol=1e-4)


def test_without_intervals_turnbull_is_kaplan_meier():
    design = build_design(FORMULAS["right"], data_of("right"), resolve_family("weibull"))
    every = np.ones(design.n_obs, dtype=bool)
    steps, found = kaplan_meier(design, every), turnbull(design, every)
    own = [found[found["time"] <= t]["survival"].iloc[-1] for t in steps["time"]]
    np.testing.assert_allclose(own, steps["survival"], atol=1e-7)


# What says which rows are censored


def status_of(**columns) -> tuple:
    argument, values = next(iter(columns.items()))
    n = len(values)
    data = pd.DataFrame({"y": np.arange(1.0, n + 1), "s": values, "u": np.arange(1.0, n + 1) + 0.5})
    written = "s, u" if argument == "interval" else ("s" if argument == "status" else
                                                     f"{argument} = s")  # fmt: skip
    design = build_design(f"y | cens({written}) ~ 1", data, resolve_family("lognormal"))
    return tuple(design.known["censoring"])


def test_statuses_that_are_understood():
    expected = (EXACT, BEYOND_LOWER, BELOW_UPPER, EXACT)
    assert status_of(status=["none", "right", "Left", "none"]) == expected
    assert status_of(status=[0, 1, -1, 0]) == expected
    assert status_of(interval=[0, 1, 2, -1]) == (EXACT, BEYOND_LOWER, BETWEEN, BELOW_UPPER)
    right = (EXACT, BEYOND_LOWER, EXACT)
    assert status_of(event=[1, 0, 1]) == status_of(event=[True, False, True]) == right
    assert status_of(censored=[0, 1, 0]) == right


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"status": [0, 1, 0]}, "can be read in two ways"),
        ({"status": [True, False, True]}, "can be read in two ways"),
        ({"status": [1, 2, 1]}, "cens() says no upper ends"),
        ({"interval": [0, 1, 3]}, "of Surv(type = 'interval') 3 is an interval"),
        ({"status": ["none", "dead", "right"]}, "'s' holds dead, which is no status"),
        ({"event": [1, 2, 2]}, "write cens(event = s - 1)"),
        ({"censored": [0, 0.5, 1]}, "needs 0 and 1"),
        ({"event": [0, 0, 0]}, "censored on the same side"),
    ],
)
def test_statuses_that_are_refused(columns, words):
    with pytest.raises(DataError) as refused:
        status_of(**columns)
    assert words in str(refused.value)


def test_a_name_that_says_censored_is_believed():
    data = pd.DataFrame({"y": [1.0, 2, 3], "censored": [0, 1, 0]})
    design = build_design("y | cens(censored) ~ 1", data, resolve_family("weibull"))
    assert tuple(design.known["censoring"]) == (EXACT, BEYOND_LOWER, EXACT)
    assert design.notes == ("Response 'y': 2 observed, 1 right-censored.",)


def test_missing_values():
    """A row without a status is left out; an upper end is needed by intervals alone."""
    data = pd.DataFrame(
        {
            "y": [1.0, 2, 3, 4, 5],
            "s": ["none", None, "interval", "right", "none"],
            "u": [np.nan, np.nan, 3.5, np.inf, np.nan],
        }
    )
    design = build_design("y | cens(s, u) ~ 1", data, resolve_family("weibull"))
    assert design.n_dropped == 1
    assert "1 of 5 rows left out because a value is missing." in design.notes
    assert tuple(design.known["upper"][1:2]) == (3.5,)
    with pytest.raises(DataError, match="has the status 'right'"):
        build_design("y | cens(s, u) ~ 1", data.assign(u=np.nan), resolve_family("weibull"))


@pytest.mark.parametrize(
    ("formula", "family", "words"),
    [
        ("y | cens(s, y) ~ 1", "weibull", "must be above its lower end"),
        ("y | trunc(lb = 2) ~ 1", "weibull", "outside the bounds of trunc()"),
        ("y | trunc(3, 1) ~ 1", "weibull", "must be in order"),
        ("y | trunc(ub = 0) ~ 1", "weibull", "No response of the weibull family lies within"),
        ("y - 1 | cens(s) ~ 1", "weibull", "must be greater than 0"),
        ("y | cens(s, u) + trunc(ub = 3.2) ~ 1", "weibull", "outside the bounds of trunc()"),
    ],
)
def test_bounds_that_are_refused(formula, family, words):
    data = pd.DataFrame(
        {"y": [1.0, 2, 3, 4], "s": ["none", "right", "left", "none"], "u": [0.0, 0, 0, 0]}
    )
    if "cens(s, y)" in formula:
        data["s"] = "interval"
    with pytest.raises(DataError) as refused:
        build_design(formula, data, resolve_family(family))
    assert words in str(refused.value)


# What each family that is not in this list does is said there: it is refused, with this reason.
REFUSED = {
    "bernoulli": "is known, or it is missing",
    "wiener": "one of both decisions",
    "von_mises": "on a circle",
    "multinomial": "take 'binomial' with trials()",
    "categorical": "have no order",
    **dict.fromkeys(("acat", "cratio", "cumulative", "sratio"), "join these categories"),
}


@pytest.mark.parametrize("name", [*FAMILIES, *OF_CATEGORIES])
def test_every_family_can_be_censored_or_says_why_not(name):
    """A family that is in neither list, or in both, fails; so does one without a reason."""
    family = FAMILIES.get(name) or OF_CATEGORIES[name]
    assert (name in ABLE) == (not family.without_tails) == (name not in REFUSED)
    if name not in ABLE:
        formula = "above | cens(state) ~ x"
        with pytest.raises(UnsupportedModelError, match=re.escape(REFUSED[name])) as refused:
            build_design(formula, data_of("left"), family)
        assert f"no cens() of the {name} family: {family.without_tails}." in str(refused.value)


def test_a_family_from_outside_is_told_which_have_a_distribution_function():
    own = Family("own", "real", (Parameter("mu", links=("identity",)),), lambda y, mu: -(y - mu))
    with pytest.raises(UnsupportedModelError) as refused:
        build_design("low | cens(status, up) ~ x", DATA, own)
    assert all(name in str(refused.value) for name in ABLE)
    with pytest.raises(UnsupportedModelError, match="precisions"):
        build_design("level | trunc(lb = -9) + weights(exposure) ~ x", DATA, FAMILIES["gaussian"])


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("y | cens() ~ x", "cens() needs one column"),
        ("y | cens(s, event = e) ~ x", "cens() needs one column"),
        ("y | cens(event = e, upper = u) ~ x", "Intervals have the status 'interval'"),
        ("y | trunc(lb = -Inf) ~ x", "trunc() needs a bound"),
        ("y ~ cens(s)", "stands only after '|' of the response"),
    ],
)
def test_formulas_that_are_refused(formula, words):
    with pytest.raises(FormulaError) as refused:
        build_design(formula, DATA, resolve_family("gaussian"))
    assert words in str(refused.value)


# The likelihood

Y = np.array([0.05, 0.4, 1.0, 2.0, 5.0, 9.0])


@pytest.mark.parametrize("name", ABLE)
def test_logs_of_both_tails(name):
    """Those of the distribution function, with three derivatives; tails have all their digits."""
    family = FAMILIES[name]
    own = {
        parameter: np.array(auxiliary_of(FAMILIES[name])[parameter])
        for parameter in family.auxiliary
    }
    share = family.response == "proportion"
    y = np.floor(Y) if family.discrete else Y / 10 if share else Y + own.get("ndt", 0.0)
    eta = np.full(len(y), 0.3)
    mu = LINKS[family.link].inverse(eta)
    known = trials_of(family, 11.0, y.shape)
    rows = ResponseParameters(mu, own, known)
    at_most = family.below(y, rows)
    argument = family.density.arguments[family.link]
    y = family.density.observed(y, known)
    for log_tail, expected in (
        (family.density.log_below, at_most),
        (family.density.log_above, 1 - at_most),
    ):
        value = log_tail(y, argument(eta), *own.values())
        np.testing.assert_allclose(np.exp(value), expected, atol=1e-14)
        jets = [
            log_tail(y, argument(Jet.variable(eta + h)), *own.values()) for h in (-1e-4, 0, 1e-4)
        ]
        for k in range(3):
            slope = (jets[2].parts[k] - jets[0].parts[k]) / 2e-4
            found = np.broadcast_to(jets[1].parts[k + 1], Y.shape)
            np.testing.assert_allclose(found, slope, rtol=2e-4, atol=2e-6)
    # where the other tail rounds to 1
    far = 1.0 - 1e-5 * Y[-1:] / 10 if share else 40.0 * Y[-1:]
    far = family.density.observed(far, trials_of(family, 400.0, far.shape))
    both = (
        family.density.log_below(far, argument(eta[:1]), *own.values()),
        (family.density.log_above(far, argument(eta[:1]), *own.values())),
    )
    if both[1] > -700:
        np.testing.assert_allclose(-both[0], -np.log1p(-np.exp(both[1])), rtol=1e-6)


# Of tails that are nearly 0: a family, its parameters and a response.
FAR = [
    ("t", {"sigma": 0.7, "nu": 5.5}, (-60.0, -9.0, -1.0, 0.3, 5.0, 300.0)),
    ("gamma", {"alpha": 0.4}, (1e-9, 0.01, 1.0, 30.0, 300.0)),
    ("gamma", {"alpha": 80.0}, (0.3, 0.9, 1.3, 3.0, 7.0)),
    ("beta", {"kappa": 150.0}, (0.01, 0.05, 0.4, 0.57)),
    ("beta", {"kappa": 0.8}, (1e-7, 0.3)),
    ("skew_normal", {"sigma": 0.7, "alpha": 6.0}, (-1.9, -0.6, 0.3, 2.0, 6.0)),
    ("skew_normal", {"sigma": 0.7, "alpha": -0.8}, (-5.0, -1.0, 0.3, 2.0, 4.5)),
]


@pytest.mark.parametrize(("name", "own", "places"), FAR)
def test_tails_are_integrals_of_the_density(name, own, places):
    """To 1e-8 of themselves, where they are 1e-100 too; the density's integral in units of it."""
    family = FAMILIES[name]
    ends = {"real": (-np.inf, np.inf), "positive": (0, np.inf), "proportion": (0, 1)}
    low, high = ends[family.response]
    eta = np.array([0.3])
    mu = LINKS[family.link].inverse(eta)
    rows = ResponseParameters(mu, {key: np.array(value) for key, value in own.items()})
    argument = family.density.arguments[family.link](eta)
    if family.response == "proportion":  # whose upper tail is the lower one of failures
        y, mirrored = np.array(places), family.density.arguments[family.link](-eta)
        above = family.density.log_above(y, argument, *own.values())
        np.testing.assert_allclose(
            family.density.log_below(1 - y, mirrored, *own.values()), above, rtol=1e-8
        )
    for y in places:
        first = family.log_density(np.array([y]), rows)

        def share(t, first=first):
            with np.errstate(all="ignore"):  # at an end of the range
                return float(np.exp(family.log_density(np.array([t]), rows) - first)[0])

        for tail, far in ((family.density.log_below, low), (family.density.log_above, high)):
            value = float(tail(np.array([y]), argument, *own.values())[0])
            if value > -1e-3 or far == 1:  # the other one has the digits
                continue
            expected = integral_from(share, y, far, np.exp(np.clip(value - first[0], -300, 300)))
            assert value == pytest.approx(float(first[0]) + np.log(expected), abs=1e-8)


def integral_from(density, y: float, far: float, width: float) -> float:
    """Integrate from y outwards, in pieces of growing width; `width` says where to begin."""
    way = 1.0 if far > y else -1.0
    total, at, step = 0.0, y, float(width) / 8
    while True:
        following = at + way * step
        over = (following - far) * way >= 0
        # an end at which the density grows without bound is come to by its powers
        if over and np.isfinite(far):
            power = 40.0
            gap = abs(far - at)
            piece = integrate.quad(
                lambda u, gap=gap, power=power: density(far - way * gap * u**power)
                * gap * power * u ** (power - 1),
                0, 1, epsabs=0, epsrel=1e-11, limit=400,
            )[0]  # fmt: skip
            return total + piece
        piece = integrate.quad(density, *sorted((at, following)), epsabs=0, epsrel=1e-11)[0]
        total, at, step = total + piece, following, 1.5 * step
        if piece < 1e-13 * total:
            return total


def test_tails_of_counts_are_sums():
    """Of few and of many counts, far below and far above: to 1e-9 of the sum of probabilities."""
    for name, own in (("negativebinomial", 2.5), ("negativebinomial", 3e4), ("nbinom1", 0.8)):
        family = FAMILIES[name]
        for mu in (0.4, 30.0, 2e3):
            counts = np.arange(40_000.0)
            rows = ResponseParameters(
                np.full(counts.shape, mu), {family.auxiliary[0]: np.array(own)}
            )
            log_mass = family.log_density(counts, rows)
            for y in (0, 3, 30, 300, 1500, 4000):
                for tail, part in (
                    ("log_below", log_mass[: y + 1]),
                    ("log_above", log_mass[y + 1 :]),
                ):
                    found = getattr(family.density, tail)(
                        np.array([float(y)]), np.array([np.log(mu)]), own
                    )
                    expected = special.logsumexp(part)
                    if -650 < expected < -1e-3:
                        assert float(found[0]) == pytest.approx(expected, abs=1e-9, rel=1e-10)


def bounded_data(name: str) -> tuple[str, pd.DataFrame]:
    """Return a formula with every form of a row, and data."""
    rng = np.random.default_rng(5)
    n = 40
    y = rng.poisson(4, n) + 1.0 if FAMILIES[name].discrete else rng.gamma(3.0, 1.0, n) + 0.3
    of_trials = FAMILIES[name].response == "binomial"
    share = FAMILIES[name].response == "proportion"
    if share:
        y = rng.beta(2.0, 2.0, n) * 0.9 + 0.05
    data = pd.DataFrame({"y": y, "x": rng.normal(size=n), "g": np.repeat(list("abcde"), 8)})
    data["s"] = np.resize(["none", "right", "left", "interval"], n)
    data["u"] = (y + 1.0) / 2.0 if share else y + 2.0
    data["lb"] = np.where(np.arange(n) % 3, 0.0, 0.04)
    data["ub"] = 0.99 if share else 30.0
    if FAMILIES[name].discrete:
        data["lb"] = np.where(np.arange(n) % 3, 0.0, 1.0)
    if FAMILIES[name].response == "real":
        data["lb"] -= 3.0
    if of_trials:
        data["n"] = data["y"] + np.arange(n) % 5 + 2.0
    trials = "trials(n) + " if of_trials else ""
    return f"y | {trials}cens(s, u) + trunc(lb, ub) ~ x + (1 | g)", data


def expected_rows(design, data: pd.DataFrame, rows: ResponseParameters) -> np.ndarray:
    """Return the log likelihood of every row from the distribution function alone."""
    family = FAMILIES[design.family.name].with_link(design.family.link)
    step = 1.0 if family.discrete else 0.0

    def below(t: np.ndarray) -> np.ndarray:
        lowest = {"positive": 0.0, "count": -1.0, "proportion": 0.0, "binomial": -1.0}
        lowest = lowest.get(family.response, -np.inf)
        t = t if rows.trials is None else np.minimum(t, rows.trials)
        # where a response may be 0, one above 0 is above 0
        outside = t < lowest if family.atoms else t <= lowest
        return np.where(outside, 0.0, family.below(np.where(outside, 0.5, t), rows))

    y, first, last = (data[c].to_numpy(float) for c in ("y", "lb", "ub"))
    status = data["s"].to_numpy()
    low = np.where(status == "left", first - step, np.where(status == "none", y - step, y))
    high = np.select([status == "right", status == "interval"], [last, data["u"]], y)
    seen = below(last) - below(first - step)
    inside = np.log(np.maximum(below(high) - below(low), 1e-300))
    exact = family.log_density(y, rows)
    return np.where(status == "none", exact, inside) - np.log(seen)


@pytest.mark.parametrize("name", ABLE)
def test_the_log_likelihood_of_every_form(name):
    formula, data = bounded_data(name)
    design = build_design(formula, data, resolve_family(name))
    # right and left-censored rows end at the bounds of truncation where these are
    assert {EXACT, BETWEEN} <= set(design.family.forms.censoring)
    own = {
        parameter: np.array(auxiliary_of(FAMILIES[name])[parameter])
        for parameter in design.family.auxiliary
    }
    mu = LINKS[design.family.link].inverse(np.full((1, design.n_obs), 1.0))
    rows = ResponseParameters(mu, own, design.known)
    found = weighted_log_density(design, rows)[0]
    # a difference of two probabilities is known to 1e-16 or so, not to so much of itself
    expected = np.exp(expected_rows(design, data, rows)[0])
    np.testing.assert_allclose(np.exp(found), expected, rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "further"),
    [
        (name, further)
        if (name, further) == ("poisson", "")
        else pytest.param(name, further, marks=pytest.mark.slow)
        for name, further in product(ABLE, ("", "varying"))
        if not further or FAMILIES[name].auxiliary
    ],
)
def test_the_compiled_density(name, further):
    """It differs from that of the variable itself as the rows do; gradient by differences."""
    formula, data = bounded_data(name)
    if further:
        formula = f"{formula}; {FAMILIES[name].auxiliary[0]} ~ x"
    design = build_design(formula, data, resolve_family(name))
    plain = formula.replace(" | cens(s, u) + trunc(lb, ub)", "")
    plain = plain.replace(" + cens(s, u) + trunc(lb, ub)", "")
    plain = build_design(plain, data, FAMILIES[name])
    priors = default_priors(plain)
    models = [joint_model(own, priors, (False,)) for own in (design, plain)]
    densities = [compiled_joint_density(model) for model in models]
    gaps = []
    for x in points(densities[0], share=0.3):
        rows = rows_at(models[0], x)
        difference = weighted_log_density(design, rows) - weighted_log_density(plain, rows)
        ours, theirs = assert_gradient(densities[0], x), evaluate(densities[1], x)[0]
        gaps.append(ours - theirs - difference.sum())
    assert np.ptp(gaps) < 1e-8 * max(1.0, np.abs(gaps).max())


def rows_at(model: JointModel, x: np.ndarray) -> ResponseParameters:
    """Return the parameters of the rows at a point of the compiled density."""
    values, design = named_values(model, x), model.design
    found = {p.parameter: parameter_of_rows(design, p, values) for p in design.linear_predictors}
    own = {n: found[n] if n in found else np.array(values[n]) for n in design.family.auxiliary}
    return ResponseParameters(found["mu"], own, design.known)


def test_the_frailty_of_groups_against_quadrature():
    """The Laplace approximation at its maximum is the integral to 0.02, and so is the maximum."""
    fit = bayesmm.ml("months | cens(event = event) ~ x + (1 | g)", DATA, family="weibull")
    nodes, weights = special.roots_hermitenorm(40)

    def log_likelihood(p: np.ndarray) -> float:
        b0, b1, log_alpha, log_sd = p
        alpha = np.exp(log_alpha)
        eta = b0 + b1 * DATA["x"].to_numpy()[:, None] + np.exp(log_sd) * nodes
        scale = np.exp(eta) / special.gamma(1 + 1 / alpha)
        t = DATA["months"].to_numpy()[:, None]
        rows = np.where(
            DATA["event"].to_numpy()[:, None] == 1,
            stats.weibull_min.logpdf(t, alpha, scale=scale),
            stats.weibull_min.logsf(t, alpha, scale=scale),
        )
        groups = pd.DataFrame(rows).groupby(DATA["g"].to_numpy()).sum().to_numpy()
        return float(special.logsumexp(groups, b=weights / weights.sum(), axis=1).sum())

    at = np.array([*fit.estimates, np.log(fit.auxiliary["alpha"]), np.log(fit.blocks[0].sd[0])])
    assert fit.loglik == pytest.approx(log_likelihood(at), abs=0.02)
    best = optimize.minimize(lambda p: -log_likelihood(p), at, method="BFGS")
    gap = np.abs(best.x[:2] - at[:2]) / fit.standard_errors
    assert gap.max() < 0.05


# Draws


@pytest.mark.parametrize("name", ["gaussian", "poisson"])
def test_draws_within_bounds(name):
    """Near the middle by drawing anew, far out by halving: the distribution cut at the bounds."""
    family = FAMILIES[name]
    n = 4000
    own = {p: np.array([[auxiliary_of(FAMILIES[name])[p]]]) for p in family.auxiliary}
    drawn = drawn_within(family)
    for mu, low, high, form in ((3.0, 2.0, 5.0, BETWEEN), (3.0, 15.0, 0.0, BEYOND_LOWER)):
        values = [np.full(n, v) for v in (form, low, high)]
        known = dict(zip(TRUNCATION, values, strict=True))
        rows = ResponseParameters(np.full((1, n), mu), own, known)
        y = drawn(np.random.default_rng(3), rows)[0]
        assert y.min() > low
        if form == BETWEEN:
            assert y.max() <= high
        if name == "gaussian":
            sigma = float(own["sigma"][0, 0])
            ends = (low - mu) / sigma, (high - mu) / sigma if form == BETWEEN else np.inf
            cut = stats.truncnorm(*ends, loc=mu, scale=sigma)
            assert stats.kstest(y, cut.cdf).pvalue > 1e-3
        else:
            top = stats.poisson.cdf(high, mu) if form == BETWEEN else 1.0
            share = stats.poisson.pmf(low + 1, mu) / (top - stats.poisson.cdf(low, mu))
            se = np.sqrt(share * (1 - share) / n)
            assert np.mean(y == low + 1) == pytest.approx(share, abs=4 * se)


def test_draws_of_successes_far_out():
    """P(Y = 12 | Y > 11) of 20 trials at 0.1, which is 1e-7 of all: found by halving."""
    n, family = 400, FAMILIES["binomial"]
    known = dict(zip(TRUNCATION, (np.full(n, v) for v in (BEYOND_LOWER, 11.0, 0.0)), strict=True))
    rows = ResponseParameters(np.full((1, n), 0.1), {}, known | {"trials": np.full(n, 20.0)})
    y = drawn_within(family)(np.random.default_rng(3), rows)[0]
    assert y.min() == 12
    assert y.max() <= 20
    share = stats.binom.pmf(12, 20, 0.1) / stats.binom.sf(11, 20, 0.1)
    assert np.mean(y == 12) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / n))


@pytest.mark.parametrize(
    "name", ["binomial", pytest.param("beta_binomial", marks=pytest.mark.slow)]
)
def test_estimates_of_censored_successes(name):
    """The maximum of the likelihood that SciPy's distributions have, to 1e-3 standard errors."""
    rng = np.random.default_rng(1)
    n = 80
    data = pd.DataFrame({"x": rng.normal(size=n), "n": rng.integers(4, 12, n) * 1.0})
    p = special.expit(0.3 + 0.5 * data["x"].to_numpy())
    y = rng.binomial(data["n"].astype(int), rng.beta(6 * p, 6 * (1 - p))) * 1.0
    most = np.floor(0.7 * data["n"].to_numpy())
    data["y"], data["c"] = np.minimum(y, most), np.where(y > most, "right", "none")
    ml = bayesmm.ml("y | trials(n) + cens(c) ~ x", data, family=name)

    def minus(b: np.ndarray) -> float:
        mu = special.expit(b[0] + b[1] * data["x"])
        if name == "binomial":
            own = stats.binom(data["n"], mu)
        else:
            own = stats.betabinom(data["n"], np.exp(b[2]) * mu, np.exp(b[2]) * (1 - mu))
        rows = np.where(data["c"] == "right", own.logsf(data["y"]), own.logpmf(data["y"]))
        return -float(rows.sum())

    at = [*ml.estimates, *np.log(list(ml.auxiliary.values()))]
    best = optimize.minimize(minus, at, method="BFGS", options={"gtol": 1e-7})
    assert -minus(np.array(at)) == pytest.approx(ml.loglik, abs=1e-7)
    assert -best.fun == pytest.approx(ml.loglik, abs=1e-6)
    gap = np.abs(best.x[:2] - ml.estimates) / ml.standard_errors
    assert gap.max() < 1e-3


@pytest.fixture(scope="module")
def fit():
    return bayesmm.fit(
        "months | cens(event = event) ~ x + (1 | g)", DATA, "weibull", seed=2, draws=500
    )


def test_residuals_of_censored_rows_are_drawn_within(fit):
    """Uniform on what is left possible; raw and Pearson residuals of them have no value."""
    table = fit.residuals()
    censored = DATA["event"].to_numpy() == 0
    np.testing.assert_array_equal(table["raw"].isna(), censored)
    assert stats.kstest(table["u"], "uniform").pvalue > 1e-3
    at = fit.predict(kind="survival", times=[1.0], n_draws=400).draws
    assert at.shape[-1] == len(DATA)


def test_completed_data(fit):
    """The mean of the completed responses is above that of the censored ones, as replicates are."""
    found = fit.ppc().table.set_index("statistic").loc["mean"]
    assert found["observed"] > DATA["months"].mean() + 0.1
    assert found["lower"] < found["observed"] < found["upper"]


def test_survival(fit):
    """P(Y > t) of each group, of a new one, and averaged over groups."""
    new = pd.DataFrame({"x": [0.0, 1.0]})
    times = [0.0, 1.0, 4.0]
    found = fit.predict(new, "typical group", kind="survival", times=times)
    posterior = fit.draws["posterior"]
    b0, b1, alpha = (posterior[n].values for n in ("Intercept", "x", "alpha"))
    scale = np.exp(b0 + b1) / special.gamma(1 + 1 / alpha)
    np.testing.assert_allclose(found.draws[..., 5], np.exp(-((4.0 / scale) ** alpha)), rtol=1e-10)
    assert list(found.table["time"]) == times * 2
    assert (found.draws[..., 0] == 1).all()
    averaged = fit.predict(new, "population", kind="survival", times=4.0).draws[0, 0, 0]
    sd = posterior["1|g_sigma"].values[0, 0]

    def integrand(z: float) -> float:
        scale = np.exp(b0[0, 0] + sd * z) / special.gamma(1 + 1 / alpha[0, 0])
        return np.exp(-((4.0 / scale) ** alpha[0, 0])) * stats.norm.pdf(z)

    assert averaged == pytest.approx(integrate.quad(integrand, -9, 9)[0], rel=1e-8)


def test_median_survival(fit):
    """Of a weibull scale (log 2)^(1 / alpha), per draw; where the average survival is 1/2."""
    new = pd.DataFrame({"x": [0.0, 1.0]})
    posterior = fit.draws["posterior"]
    b0, b1, alpha = (posterior[n].values for n in ("Intercept", "x", "alpha"))
    scale = np.exp(b0 + b1) / special.gamma(1 + 1 / alpha)
    found = fit.predict(new, "typical group", kind="quantile")
    np.testing.assert_allclose(found.draws[..., 1], scale * np.log(2) ** (1 / alpha), rtol=1e-12)
    assert list(found.table["share"]) == [0.5, 0.5]
    found = fit.predict(new, "typical group", kind="quantile", shares=[0.25, 0.9], n_draws=40)
    assert list(found.table["share"]) == [0.25, 0.9] * 2
    chosen = fit.predict(new, "typical group", kind="quantile", n_draws=40).draws[..., 1]
    ratio = (np.log(10) / np.log(2)) ** (1 / alpha)
    assert set(np.round(found.draws[..., 3] / chosen, 9).ravel()) <= set(np.round(ratio, 9).ravel())
    median = fit.predict(new, "population", kind="quantile", n_draws=4).draws
    for draw in range(median.shape[1]):
        time = float(median[0, draw, 0])
        survival = fit.predict(new, "population", kind="survival", times=time, n_draws=4).draws
        assert survival[0, draw, 0] == pytest.approx(0.5, abs=1e-10)


def test_restricted_mean_survival(fit):
    """Of each draw scale / alpha times an incomplete gamma function; a population by quad."""
    new, limits = pd.DataFrame({"x": [0.0, 1.0]}), [0.5, 4.0]
    posterior = fit.draws["posterior"]
    b0, b1, alpha = (posterior[n].values for n in ("Intercept", "x", "alpha"))
    found = fit.predict(new, "typical group", kind="restricted_mean", times=limits)
    assert list(found.table["time"]) == limits * 2

    def area(scale: np.ndarray, alpha: np.ndarray, tau: float) -> np.ndarray:
        lower = special.gammainc(1 / alpha, (tau / scale) ** alpha) * special.gamma(1 / alpha)
        return scale / alpha * lower

    for place, (x, tau) in enumerate(product((0.0, 1.0), limits)):
        scale = np.exp(b0 + b1 * x) / special.gamma(1 + 1 / alpha)
        np.testing.assert_allclose(found.draws[..., place], area(scale, alpha, tau), rtol=1e-8)
    averaged = fit.predict(new, "population", kind="restricted_mean", times=4.0, n_draws=4).draws
    b, a, sd = b0[0, 0], alpha[0, 0], posterior["1|g_sigma"].values[0, 0]

    def integrand(z: float) -> float:
        return area(np.exp(b + sd * z) / special.gamma(1 + 1 / a), a, 4.0) * stats.norm.pdf(z)

    assert averaged[0, 0, 0] == pytest.approx(integrate.quad(integrand, -9, 9)[0], rel=1e-8)


def test_restricted_mean_beside_the_steps(fit):
    """The mean over the rows is that of survfit's steps up to 4, within 2 standard errors.

    Of survival 3.5.3: summary(survfit(Surv(months, event) ~ 1), rmean = 4)$table.
    """
    found = fit.predict(kind="restricted_mean", times=4.0, n_draws=200).draws.mean()
    assert found == pytest.approx(2.51546, abs=2 * 0.09018)


def test_steep_curves_have_no_restricted_mean():
    """Where 2,048 nodes after the time of no event do not meet the fall; one of 1e-5 they do.

    Of a lognormal time of median 1, whose mean is exp(w^2 / 2) where the limit of 2 is far out.
    """
    for width, known in ((1e-2, True), (1e-5, True), (1e-7, False)):

        def above(t, width=width):
            return special.ndtr(-(np.log(np.maximum(t, 1e-300)) / width))

        if known:
            expected = np.exp(width**2 / 2)
            assert restricted_mean(above, 2.0, (1,))[0] == pytest.approx(expected, rel=1e-9)
        else:
            with pytest.raises(UnsupportedModelError, match="is not known exactly"):
                restricted_mean(above, 2.0, (1,))


def test_the_check_by_survival(fit):
    """Curves of replicates are shares of the same responses; those of the data are its steps."""
    picture = fit.plot.ppc(seed=3)
    table = picture.table
    steps = kaplan_meier(fit.design, np.ones(fit.design.n_obs, dtype=bool))
    data = table[table["of"] == "data"]
    np.testing.assert_array_equal(data["survival"], steps["survival"])
    tree = fit.ppc(seed=3).draws["posterior_predictive"].dataset
    replicates = tree["months"].values.reshape(-1, fit.design.n_obs)
    curves = table[table["of"] == "replicate"]
    assert curves["replicate"].nunique() == 50
    inside = []
    for place, curve in curves.groupby("replicate"):
        for time in (0.5, 2.0, 5.0):
            own = curve[curve["time"] <= time]["survival"].iloc[-1]
            assert own == pytest.approx((replicates[place] > time).mean(), abs=1e-12)
        inside.append([curve[curve["time"] <= t]["survival"].iloc[-1] for t in (1.0, 3.0)])
    for k, time in enumerate((1.0, 3.0)):  # the data are of this model
        own = data[data["time"] <= time]["survival"].iloc[-1]
        assert min(row[k] for row in inside) < own < max(row[k] for row in inside)
    assert set(fit.plot.ppc(by="event").table["event"]) == {"0", "1"}
    for options, words in (
        ({"kind": "density"}, "Possible: survival"),
        ({"statistic": "mean"}, "has statistics of completed data"),
    ):
        with pytest.raises(UsageError, match=words):
            fit.plot.ppc(**options)


@pytest.mark.parametrize(
    ("name", "share", "median"),
    [("poisson", 0.5, None), ("hurdle_gamma", 0.2, 0.0), ("hurdle_gamma", 0.6, None),
     ("gaussian", 0.9, None)],
)  # fmt: skip
def test_quantiles_of_responses(name, share, median):
    """The smallest value with at least that share of responses up to it."""
    family = FAMILIES[name]
    mu = np.full((2, 3), 2.0)
    rows = ResponseParameters(mu, {k: np.array(v) for k, v in auxiliary_of(family).items()})
    y = np.array([1.0, 2.0, 4.0])

    def above(t):
        outside = t < 0 if family.response == "positive" else np.zeros(t.shape, bool)
        return np.where(outside, 1.0, 1.0 - family.below(np.where(outside, 1.0, t), rows))

    found = response_quantile(family, y, above, share, mu.shape)
    if median is not None:
        assert (found == median).all()
    elif family.discrete:
        np.testing.assert_array_equal(found, stats.poisson.ppf(share, 2.0))
    else:
        np.testing.assert_allclose(family.below(found, rows), share, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "quantile", "shares": [1.5]}, "must be shares of responses, between 0 and 1"),
        ({"kind": "mean", "shares": 0.5}, "is for kind='quantile' only"),
        ({"kind": "survival"}, "say which with times=..."),
        ({"kind": "mean", "times": [1.0]}, "is for kind='survival' and kind='restricted_mean'"),
        ({"kind": "restricted_mean"}, "is the mean time up to a limit; say which with times=..."),
        ({"kind": "restricted_mean", "times": 0.0}, "must be above 0"),
        ({"kind": "survival", "times": [-1.0]}, "must not be negative"),
        ({"kind": "survival", "times": ["a"]}, "must be a number or several"),
        ({"kind": "survival", "times": [1.0], "parameter": "alpha"}, "is of the response"),
    ],
)
def test_survival_that_is_refused(fit, options, words):
    with pytest.raises(UsageError) as refused:
        fit.predict(**options)
    assert words in str(refused.value)


def test_a_saved_fit_is_censored_still(fit, tmp_path):
    fit.save(tmp_path / "saved")
    again = bayesmm.load(tmp_path / "saved")
    assert again.design.family.forms == fit.design.family.forms
    np.testing.assert_array_equal(again.design.known["censoring"], fit.design.known["censoring"])
    assert again.loo().elpd == pytest.approx(fit.loo().elpd)
    wider = again.update("+ I(x^2)", draws=50, tune=50)
    assert wider.design.family.forms == fit.design.family.forms


def test_scripts(fit):
    assert "months | cens(1 - (event)) ~ x + (1 | g)" in fit.script("brms")
    for language in ("lme4", "rstanarm", "bambi", "pymc"):
        with pytest.raises(UnsupportedModelError, match="no censored or truncated responses"):
            fit.script(language)


@pytest.mark.slow
def test_brms_has_another_likelihood_of_both():
    """Where a bound of truncation is that of a censored response too."""
    data = DATA.assign(most=100.0)
    fitted = bayesmm.fit(
        "months | cens(event = event) + trunc(ub = most) ~ x",
        data,
        "exponential",
        draws=50,
        tune=50,
    )
    with pytest.raises(UnsupportedModelError, match=r"P\(y < Y <= ub\)"):
        fitted.script("brms")


@pytest.mark.slow
def test_a_script_has_the_offset_of_a_rate():
    """Of negative binomial counts rate() of brms is another model."""
    fitted = bayesmm.fit(FORMULAS["poisson rate"], DATA, "negativebinomial", draws=50, tune=50)
    for language in ("brms", "lme4"):
        script = fitted.script(language)
        assert "events ~ x + offset(log(exposure))" in script


def test_the_picture(fit):
    picture = fit.plot.survival(by="event", times=[1.0, 3.0], n_draws=40)
    table = picture.table
    assert set(table["part"]) == {"posterior", "data"}
    assert len(table[table["part"] == "posterior"]) == 4


def natural(point, name):
    """Return a parameter from what PyMC samples: its logarithm, or its log odds."""
    odds = f"{name}_logodds__"
    return special.expit(point[odds]) if odds in point else np.exp(point[f"{name}_log__"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ABLE)
def test_the_pymc_model(name):
    """The log likelihood of PyMC's own distributions is that of the rows."""
    if not FAMILIES[name].words.pymc:
        return
    formula, data = bounded_data(name)
    design = build_design(formula.removesuffix(" + (1 | g)"), data, resolve_family(name))
    priors = default_priors(design)
    if name in ("asymmetric_laplace", "skew_normal", "beta_binomial"):
        with pytest.raises(UnsupportedModelError, match="no distribution function of its"):
            pymc_specification(design, priors)
        return
    model = pymc_specification(design, priors)
    found = model.compile_fn(
        [model.observedlogp, *model.replace_rvs_by_values(model.deterministics)],
        inputs=model.value_vars,
        on_unused_input="ignore",
    )
    own = design.family.auxiliary
    names = [variable.name for variable in model.deterministics]
    for shift in (0.0, 0.2):
        point = {key: value + shift for key, value in model.initial_point().items()}
        log_likelihood, *others = found(point)
        values = dict(zip(names, others, strict=True))
        mu = values.get("mu", values.get("p"))  # of successes that is what Bambi calls it
        rows = ResponseParameters(mu, {p: natural(point, p) for p in own}, design.known)
        expected = weighted_log_density(design, rows).sum()
        assert float(log_likelihood) == pytest.approx(expected, rel=1e-7)


def test_columns_are_named_once():
    assert not set(CENSORING) & set(TRUNCATION)
