"""The search for least deviances against SciPy's, on functions that are hard in known ways."""

import numpy as np
import pytest
from scipy import optimize

from bayesmm.likelihood.quasi_newton import quasi_newton

LIMITS = {"relative_change": 1e-15, "least_slope": 1e-8, "most_evaluations": 500}


def _quadratic(scales):
    """Return a bowl around 1 with these curvatures in turned axes."""
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(len(scales), len(scales))))[0]
    curvature = turn * scales @ turn.T

    def function(x):
        slope = curvature @ (x - 1.0)
        return 3.0 + 0.5 * float((x - 1.0) @ slope), slope

    return function


FUNCTIONS = {
    "one number": (_quadratic(np.array([7.0])), np.array([20.0])),
    "curvatures from 1e-3 to 1e3": (_quadratic(np.logspace(-3, 3, 7)), np.zeros(7)),
    "a curved valley": (lambda x: (optimize.rosen(x), optimize.rosen_der(x)), np.full(6, -1.0)),
    "a fourth power": (lambda x: (float((x**4).sum()), 4 * x**3), np.array([1.0, -2.0])),
    "far away": (lambda x: (float(np.log1p(x @ x)), 2 * x / (1 + x @ x)), np.array([300.0, 40.0])),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_minimum_is_that_of_scipy(name):
    """In fewer than twice its evaluations: fails with a wrong curvature or line search."""
    function, start = FUNCTIONS[name]
    asked = []

    def counted(x):
        asked.append(x)
        return function(x)

    found = quasi_newton(counted, start, **LIMITS)
    theirs = optimize.minimize(
        function, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-8}
    )
    assert found.converged
    assert found.point.value <= theirs.fun + 1e-12
    assert found.point.value == function(found.point.x)[0]
    np.testing.assert_array_equal(found.point.gradient, function(found.point.x)[1])
    assert len(asked) < 2 * theirs.nfev


def test_a_wall_is_not_entered():
    """Beyond x = 2 there is nothing but a large number without slope, as where equations fail."""

    def valley(x):
        return (1e12, np.zeros(1)) if x[0] > 2 else (float((x[0] - 1.999) ** 2), 2 * (x - 1.999))

    found = quasi_newton(valley, np.array([-50.0]), **LIMITS)
    assert found.converged
    assert found.point.x[0] == pytest.approx(1.999, abs=1e-8)


@pytest.mark.parametrize("most", [1, 2, 7])
def test_it_stops_after_so_many_evaluations(most):
    asked = []

    def function(x):
        asked.append(x)
        return optimize.rosen(x), optimize.rosen_der(x)

    found = quasi_newton(function, np.full(4, -1.0), **LIMITS | {"most_evaluations": most})
    assert not found.converged
    assert len(asked) == most
    assert found.point.value == min(optimize.rosen(x) for x in asked)


def test_values_that_are_not_finite_are_no_minimum():
    def function(x):
        with np.errstate(invalid="ignore"):
            return float(x[0] - np.log(x[0])), 1 - 1 / x  # least at 1, nan below 0

    found = quasi_newton(function, np.array([0.01]), **LIMITS)
    assert found.converged
    assert found.point.x[0] == pytest.approx(1.0, abs=1e-7)


def test_at_the_minimum_nothing_more_is_asked():
    asked = []
    bowl = _quadratic(np.ones(3))
    found = quasi_newton(lambda x: asked.append(x) or bowl(x), np.ones(3), **LIMITS)
    assert found.converged
    assert len(asked) == 1
