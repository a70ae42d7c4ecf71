"""The functions that rows write out or call: right in all digits that they promise, everywhere.

References are SciPy's and numpy's, in long doubles where a function is nearly 0; NaN and the ends
of the range are what they are in C. A wrong coefficient, a wrong branch and a lost correction fail.
"""

import re

import numba
import numpy as np
import pytest
from scipy import special

from bayesmm.family import numeric
from bayesmm.family.density import MEANS, LogDensity
from bayesmm.sampling.compiled.kernels import jet_words
from bayesmm.sampling.compiled.kernels.densities import DensityRows, _no_normaliser
from bayesmm.sampling.compiled.kernels.elementary import (
    exp_of,
    expm1_of,
    log1p_of,
    log1p_unit_of,
    log_of,
)
from bayesmm.sampling.compiled.kernels.gamma_functions import log_gamma_of, log_rising_of
from bayesmm.sampling.compiled.kernels.instructions import absolute, written
from bayesmm.sampling.compiled.kernels.normal_tails import erfc_of, log_ndtr_of
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE


def values(function, x, part=None):
    """Return what a function gives in compiled code, or a part of what it gives."""

    def of_one(number):
        return function(number) if part is None else function(number)[part]

    call = written(of_one)

    @numba.njit(error_model="numpy")
    def loop(x, out):
        for i in range(x.size):
            out[i] = call(x[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


def long(function, x):
    with np.errstate(all="ignore"):
        return function(np.asarray(x, dtype=np.longdouble)).astype(float)


def near(found, wanted, relative, absolute=0.0):
    np.testing.assert_allclose(found, wanted, rtol=relative, atol=absolute)


def numbers(rng, low, high, n=4000):
    return np.concatenate([rng.uniform(low, high, n), 1.0 + rng.normal(0.0, 1e-6, n)])


SPECIAL = np.array([0.0, -0.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, 1.0, 1.7e308])


def test_logarithms():
    rng = np.random.default_rng(1)
    x = np.concatenate([numbers(rng, 1e-9, 3.0), np.exp(rng.uniform(-744.0, 709.0, 4000)), SPECIAL])
    near(values(log_of, x), long(np.log, x), 3e-16)
    x = np.concatenate(
        [-(rng.uniform(0.0, 1.0, 4000) ** 3), np.exp(rng.uniform(-50, 700, 4000)), SPECIAL]
    )
    near(values(log1p_of, x), long(np.log1p, x), 5e-16)
    e = rng.uniform(0.0, 1.0, 4000)
    near(values(log1p_unit_of, e), long(np.log1p, e), 5e-16)


@pytest.mark.slow
def test_exponentials():
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.uniform(-700.0, 700.0, 4000), rng.normal(0.0, 1e-3, 4000), [np.nan]])
    near(values(exp_of, x), long(np.exp, x), 4e-16)
    near(values(expm1_of, x), long(np.expm1, x), 1e-15)
    assert values(exp_of, np.array([-np.inf]))[0] == pytest.approx(np.exp(-708.0), rel=1e-14)


def test_log_gamma_and_digamma():
    """Absolute errors next to the zeros of log Gamma, at 1 and 2."""
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(1e-3, 20.0, 4000), np.exp(rng.uniform(-80.0, 80.0, 2000))])
    near(values(log_gamma_of, x, 0), special.gammaln(x), 5e-15, 2e-14)
    near(values(log_gamma_of, x, 1), special.digamma(x), 5e-15, 5e-15)
    assert np.isnan(values(log_gamma_of, np.array([np.nan]), 0)).all()


@pytest.mark.slow
@pytest.mark.parametrize("count", [0.0, 1.0, 7.0, 8.0, 250.0, 1e6])
def test_log_rising_factorials_keep_their_digits_for_large_alpha(count):
    """`numeric.log_rising` has digits below 64 and above 1e3; log gammas themselves have none."""
    alpha = np.concatenate([np.linspace(0.01, 20.0, 500), np.exp(np.linspace(4.5, 60.0, 500))])

    def rising(number):
        return log_rising_of(number * 0.0 + count, number)

    found, slope = values(rising, alpha, 0), values(rising, alpha, 1)
    near(found, numeric.log_rising(np.full_like(alpha, count), alpha), 3e-14, 1e-13)
    jet = numeric.log_rising(np.full_like(alpha, count), numeric.Jet.variable(alpha))
    near(slope, jet.first, 2e-13, 1e-15)


@pytest.mark.slow
def test_normal_tails():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.uniform(-6.0, 6.0, 4000), rng.uniform(-40.0, 25.0, 2000), [0.0, -1e5]])
    # SciPy's own erfc has an error of 6e-14 at 20
    far = special.erfcx(np.abs(x)) * long(np.exp, -(np.asarray(x, dtype=np.longdouble) ** 2))
    near(values(erfc_of, x, 0), np.where(x > 1.0, far, special.erfc(x)), 3e-15, 1e-305)
    near(values(erfc_of, x, 1), -2.0 / np.sqrt(np.pi) * np.exp(-(x**2)), 1e-13, 1e-300)
    half = np.asarray(x, dtype=np.longdouble) ** 2 / 2
    tail = 0.5 * special.erfcx(np.abs(x) / np.sqrt(2.0)) * long(np.exp, -half)
    near(values(log_ndtr_of, x, 0), np.where(x > 8.0, -tail, special.log_ndtr(x)), 1e-13)
    with np.errstate(over="ignore"):
        hazard = np.sqrt(2.0 / np.pi) / special.erfcx(-x / np.sqrt(2.0))
    above = long(np.exp, -half) / np.sqrt(2.0 * np.pi) / special.ndtr(np.maximum(x, 0.0))
    near(values(log_ndtr_of, x, 1), np.where(x > 1.0, above, hazard), 1e-13, 1e-300)
    assert values(log_ndtr_of, np.array([-np.inf, np.inf]), 0).tolist() == [-np.inf, 0.0]


@pytest.mark.slow
def test_log1mexp_and_softplus_where_they_are_nearly_0():
    rng = np.random.default_rng(6)
    x = np.exp(rng.uniform(-30.0, 6.0, 4000))
    near(values(jet_words._log1mexp, x, 0), numeric.log1mexp(x), 1e-14)
    near(values(jet_words._log1mexp, x, 1), 1.0 / np.expm1(x), 1e-14)
    x = rng.uniform(-700.0, 700.0, 4000)
    near(values(jet_words._softplus, x, 0), numeric.softplus(x), 1e-15)
    near(values(jet_words._softplus, x, 1), special.expit(x), 1e-15)
    near(values(absolute, x), np.abs(x), 0.0)


def _kernel(y, mu, kappa):
    return kappa * numeric.cos(y - mu) - numeric.log_bessel(kappa)


def in_loops(code: str, called: str) -> list[bool]:
    """Return of each call of a function in LLVM's code whether its block can be reached again."""
    found = []
    for body in re.findall(r"^define .*?^}", code, flags=re.M | re.S):
        blocks: dict[str, list[str]] = {"entry": []}
        at = "entry"
        for line in body.splitlines()[1:]:
            if label := re.match(r"^([\w.$-]+|\"[^\"]+\"):", line):
                at = label[1]
                blocks.setdefault(at, [])
            else:
                blocks[at].append(line)
        after = {
            k: re.findall(r"label %([\w.$-]+|\"[^\"]+\")", " ".join(v)) for k, v in blocks.items()
        }
        for block, lines in blocks.items():
            calls = sum("call" in line and called in line for line in lines)
            seen, waiting = set(), list(after[block])
            while waiting:
                if (own := waiting.pop()) not in seen:
                    seen.add(own)
                    waiting += after[own]
            found += [block in seen] * calls
    return found


def test_what_no_row_changes_is_called_before_the_loop():
    """Fails where a call may read memory, may not return, or reads its number in every row."""
    rows = DensityRows(LogDensity(_kernel), "identity", (None,))
    function = rows._function(
        "test_called_before_the_loop", (_kernel, _no_normaliser, MEANS["identity"])
    )
    made = numba.cfunc(ROWS_SIGNATURE, error_model="numpy", _nrt=False)(function)
    code = made.inspect_llvm()
    assert in_loops(code, "_log_bessel") == [False]
    assert any(in_loops(code, "_cos"))  # of y: one in each row
