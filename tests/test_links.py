"""Links: inverses invert, derivatives are slopes, tails do not collapse."""

import numpy as np
import pytest
from scipy.special import expit

from bayesmm.family.known import FAMILIES
from bayesmm.family.links import LINKS

ETA = np.linspace(-3.1, 3.1, 32)  # without 0, where the inverse link has its pole


def test_every_link_of_every_family_exists():
    assert {link for family in FAMILIES.values() for link in family.links} == set(LINKS)


@pytest.mark.parametrize("name", LINKS)
def test_the_inverse_inverts(name):
    link = LINKS[name]
    np.testing.assert_allclose(link.link(link.inverse(ETA)), ETA, rtol=1e-9)


@pytest.mark.parametrize("name", LINKS)
def test_the_derivative_is_the_slope(name):
    link, h = LINKS[name], 1e-6
    slope = (link.inverse(ETA + h) - link.inverse(ETA - h)) / (2 * h)
    # central differences: error of rounding eps / h ~ 1e-10, relative to values above 1e-3
    np.testing.assert_allclose(link.derivative(ETA), slope, rtol=1e-5, atol=1e-9)


def test_far_out_the_logistic_keeps_its_slope():
    # at eta = 40, 1 - expit is exactly 0 in doubles; the slope is exp(-40)
    assert LINKS["logit"].derivative(np.array([40.0]))[0] == pytest.approx(np.exp(-40), rel=1e-12)
    assert LINKS["logit"].inverse(np.array([-40.0]))[0] == expit(-40.0)
    assert LINKS["probit"].inverse(np.array([-30.0]))[0] > 0
