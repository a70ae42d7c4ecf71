"""Sums: tails of beta-binomial and Conway-Maxwell counts, and of Tweedie amounts their density.

Numbers that other code computed are of mpmath 1.4.1 with 30 digits, by the definitions in
`reference_mpmath/tails_of_sums.py`, which makes them.
"""

import json
import math
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numba import njit

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.beta_binomial_tails import MOST_TRIALS, log_beta_binomial_below
from bayesmm.family.conway_series import conway_counts, log_conway
from bayesmm.family.conway_tails import log_conway_above, log_conway_below
from bayesmm.family.known import resolve_family
from bayesmm.family.numeric import Jet
from bayesmm.family.tweedie_series import log_tweedie
from bayesmm.family.tweedie_tails import log_tweedie_above, log_tweedie_below
from bayesmm.model.build import build_design
from bayesmm.sampling.compiled.kernels.beta_binomial_tails import beta_binomial_below
from bayesmm.sampling.compiled.kernels.conway_tails import conway_above, conway_below
from bayesmm.sampling.compiled.kernels.tweedie import log_sum_of_tweedie
from bayesmm.sampling.compiled.kernels.tweedie_tails import tweedie_above, tweedie_below

REFERENCE = json.loads(
    (Path(__file__).parent / "reference_mpmath" / "tails_of_sums.json").read_text()
)
WORDS = {
    ("conway", False): (log_conway_below, conway_below),
    ("conway", True): (log_conway_above, conway_above),
    ("tweedie", False): (log_tweedie_below, tweedie_below),
    ("tweedie", True): (log_tweedie_above, tweedie_above),
}


def name_of(case: dict) -> str:
    side = "above" if case["above"] else "below"
    return "-".join(map(str, (case["family"], side, case["y"], *case["parameters"])))


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=name_of)
def test_values_and_derivatives_of_mpmath(case):
    """To 1e-10 of the log of the tail and 1e-7 of its slopes.

    A sum that ends too soon, or a slope of another parameter, is wrong by more in some case.
    """
    of_arrays, _ = WORDS[case["family"], case["above"]]
    y, own = np.array([case["y"]]), [np.array([p]) for p in case["parameters"]]
    value = float(of_arrays(y, *own)[0])
    assert value == pytest.approx(case["log"], rel=1e-10, abs=1e-12)
    for place, expected in enumerate(case["slopes"]):
        jets = [Jet.variable(p) if k == place else p for k, p in enumerate(own)]
        found = of_arrays(y, *jets)
        assert float(found.value[0]) == pytest.approx(value, rel=1e-12)
        assert float(found.first[0]) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("family", "above"), WORDS)
def test_compiled_values_and_slopes_of_mpmath(family, above):
    """The same of the machine code."""
    kernel = njit(error_model="numpy")(WORDS[family, above][1])
    for case in REFERENCE["cases"]:
        if (case["family"], case["above"]) == (family, above):
            compiled, *slopes = kernel(float(case["y"]), *case["parameters"])
            assert compiled == pytest.approx(case["log"], rel=1e-10, abs=1e-12)
            np.testing.assert_allclose(slopes, case["slopes"], rtol=1e-7, atol=1e-9)


def tolerances(case: dict) -> tuple[float, float]:
    """Return those of the log and of its slopes: rounding of terms that are 1e5 and more."""
    return 1e-13 * abs(case["log"]) + 1e-12, 1e-7


@pytest.mark.parametrize("case", REFERENCE["series"], ids=lambda case: str(case["parameters"]))
def test_the_series_of_tweedie_of_mpmath(case):
    """Terms left out, or taken at steps that are too wide, differ by more where they are many."""
    y, own = np.array([case["y"]]), [np.array([p]) for p in case["parameters"]]
    of_log, of_slopes = tolerances(case)
    assert float(log_tweedie(y, *own)[0]) == pytest.approx(case["log"], abs=of_log)
    for place, expected in enumerate(case["slopes"]):
        jets = [Jet.variable(p) if k == place else p for k, p in enumerate(own)]
        assert float(log_tweedie(y, *jets).first[0]) == pytest.approx(expected, rel=of_slopes)


@pytest.mark.slow
def test_the_compiled_series_of_tweedie_of_mpmath():
    """The same of the machine code."""
    kernel = njit(error_model="numpy")(log_sum_of_tweedie)
    for case in REFERENCE["series"]:
        of_log, of_slopes = tolerances(case)
        compiled, *slopes = kernel(case["y"], *case["parameters"])
        assert compiled == pytest.approx(case["log"], abs=of_log)
        np.testing.assert_allclose(slopes, case["slopes"], rtol=of_slopes)


@pytest.mark.slow
@pytest.mark.parametrize("phi", [1e-12, 1e-20, 1e-25, 1e-35, 1e-300, 0.0])
def test_sums_end_where_phi_is_almost_0(phi):
    """A chain on its way meets such values; sums to which no term is the last took hours.

    It does not end where the number of terms has no limit.
    """
    series = njit(error_model="numpy")(log_sum_of_tweedie)
    below = njit(error_model="numpy")(tweedie_below)
    for power in (1.01, 1.3, 1.99):
        series(3.0, phi, power)
        below(3.0, 0.5, phi, power)


BETA_BINOMIAL = [
    (3, 10, 2, 5),
    (0, 40, Fraction(3, 10), Fraction(1, 5)),
    (39, 40, Fraction(1, 8), 40),
    (20, 120, 50, 3),
    (49, 50, 10**4, 3 * 10**4),
    (2, 12, Fraction(1, 1024), 4),
    (30, 50, 10**6, 10**6),
]


def rising(x: Fraction, k: int) -> Fraction:
    return math.prod((x + j for j in range(k)), start=Fraction(1))


def exact_below(y: int, n: int, a: Fraction, b: Fraction) -> Fraction:
    """Return P(Y <= y) in whole numbers."""
    total = sum(math.comb(n, k) * rising(a, k) * rising(b, n - k) for k in range(y + 1))
    return total / rising(a + b, n)


def log_of(p: Fraction) -> float:
    """Return the log of a fraction, of one near 1 from what it leaves."""
    if p > Fraction(1, 2):
        return math.log1p(-float(1 - p))
    return math.log(p.numerator) - math.log(p.denominator)


def exact_slopes(y: int, n: int, a: Fraction, b: Fraction) -> list[float]:
    """Return those of the log in a and in b, by differences of fractions."""
    h, found = Fraction(1, 2**40), []
    for da, db in ((h * a, 0), (0, h * b)):
        rise = exact_below(y, n, a + da, b + db) - exact_below(y, n, a - da, b - db)
        found.append(float(rise / (2 * (da + db)) / exact_below(y, n, a, b)))
    return found


@pytest.mark.slow
def test_compiled_beta_binomial_sums_in_fractions():
    """To 1e-10, and slopes to 1e-7."""
    kernel = njit(error_model="numpy")(beta_binomial_below)
    for y, n, *shapes in BETA_BINOMIAL:
        a, b = map(Fraction, shapes)
        compiled, _, _, *slopes = kernel(float(y), float(n), float(a), float(b))
        value = log_of(exact_below(y, n, a, b))
        assert compiled == pytest.approx(value, rel=1e-10, abs=1e-14)
        np.testing.assert_allclose(slopes, exact_slopes(y, n, a, b), rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("y", "n", "a", "b"), BETA_BINOMIAL)
def test_beta_binomial_sums_in_fractions(y, n, a, b):
    """To 1e-10, and slopes to 1e-7."""
    a, b = Fraction(a), Fraction(b)
    value, expected = log_of(exact_below(y, n, a, b)), exact_slopes(y, n, a, b)
    rows = [np.array([float(v)]) for v in (y, n, a, b)]
    assert float(log_beta_binomial_below(*rows)[0]) == pytest.approx(value, rel=1e-10, abs=1e-14)
    for place, slope in enumerate(expected):
        own = [Jet.variable(v) if k == place else v for k, v in enumerate(rows[2:])]
        jet = log_beta_binomial_below(*rows[:2], *own)
        assert float(jet.first[0]) == pytest.approx(slope, rel=1e-7, abs=1e-10)


def test_conway_counts_have_their_mean_and_its_derivatives():
    """Means from 1e-12 to where an expansion takes over, nu from near 0 to nearly two counts.

    Fails where the way to lambda ends too soon or goes in circles, where a derivative is that of
    another cumulant, and where rows that are summed together get each other's places.
    """
    mean, nu = np.array(list(product([1e-12, 0.05, 0.99, 1.12, 30.0, 900.0, 1e5],
                                     [0.05, 0.4, 1.0, 3.0, 30.0]))).T  # fmt: skip
    y, log_mean, found = np.floor(mean) + 1.0, np.log(mean), np.empty(len(mean))
    for rows, counts, mass in conway_counts(log_mean, nu):
        found[rows] = (counts * mass).sum(axis=-1)
    np.testing.assert_allclose(found, mean, rtol=1e-11)
    together = log_conway(y, log_mean, nu)
    each = zip(y, log_mean, nu, strict=True)
    alone = [log_conway(*(np.array([value]) for value in row))[0] for row in each]
    np.testing.assert_allclose(together, alone, rtol=1e-11)

    some = (mean > 0.01) & (mean < 1e4) & (nu < 30.0)  # others are beyond what differences know

    def along(h: float) -> Jet:
        moved = nu[some] * np.exp(0.3 * h)
        powers = (Jet.variable(log_mean[some] + h), Jet(*(moved * 0.3**k for k in range(4))))
        return log_conway(y[some], *powers)

    before, at, after = map(along, (-2e-5, 0.0, 2e-5))
    for k in range(3):
        slope = (after.parts[k] - before.parts[k]) / 4e-5
        size = np.abs(at.parts[k]) + np.abs(at.parts[k + 1])
        assert (np.abs(at.parts[k + 1] - slope) < 1e-5 * size).all()


def test_tails_of_large_means():
    """Edgeworth's expansion to the skewness, to 0.3 %, and both tails together are 1.

    Of Tweedie amounts the skewness is p sqrt(phi) mu^(p / 2 - 1), of the counts 1 / sqrt(mu nu);
    the normal distribution alone is off by 8 % and more.
    """
    mu, nu, phi, power = 5e4, 2.0, 0.5, 1.5
    for family, parameters, sd, skewness, half in (
        ("conway", (math.log(mu), nu), math.sqrt(mu / nu), 1 / math.sqrt(mu * nu), 0.5),
        ("tweedie", (math.log(mu), phi, power), math.sqrt(phi * mu**power),
         power * math.sqrt(phi) * mu ** (power / 2 - 1), 0.0),
    ):  # fmt: skip
        own = [np.array([p]) for p in parameters]
        for z, above in product((-1.5, 2.0), (False, True)):
            y = np.array([np.floor(mu + z * sd)])
            value, rest = (float(WORDS[family, side][0](y, *own)[0]) for side in (above, not above))
            assert math.exp(value) + math.exp(rest) == pytest.approx(1.0, rel=1e-9)
            at = (y[0] + half - mu) / sd
            below = 0.5 * math.erfc(-at / math.sqrt(2))
            below -= skewness / 6 * (at**2 - 1) * math.exp(-0.5 * at**2) / math.sqrt(2 * math.pi)
            assert math.exp(value) == pytest.approx(1 - below if above else below, rel=3e-3)


def test_more_trials_than_can_be_summed_are_refused():
    data = pd.DataFrame({"y": [1.0, 3, 2, 0], "c": ["none", "right", "none", "none"]})
    data["n"] = [9, MOST_TRIALS + 1, 9, 9]
    formula = "y | trials(n) + cens(c) ~ 1"
    with pytest.raises(DataError, match="out of at most 10,000 trials"):
        build_design(formula, data, resolve_family("beta_binomial"))
    build_design(formula, data, resolve_family("binomial"))
    for family in ("binomial", "beta_binomial"):
        with pytest.raises(UnsupportedModelError, match=r"needs the number of trials, as in y \|"):
            build_design("s | cens(c) ~ 1", data.assign(s=[0, 1, 0, 1]), resolve_family(family))
