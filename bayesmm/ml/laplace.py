"""The Laplace approximation of the deviance of a generalised linear mixed model.

deviance(theta, beta) = -2 log p(y | v) + v'v + log |Lambda'Z'WZ Lambda + I|  at the mode of v,
with W the Fisher weights there, as lme4 defines it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.ml.henderson import Equations, Factorisation, factorise
from bayesmm.ml.likelihood import Likelihood, Working

__all__ = ["Mode", "conditional_mode"]

type Array = NDArray[np.float64]

_ITERATIONS = 100
# Newton's decrement is twice what the penalised deviance can still lose; the mode is then good
# to its square root, 1e-8 in units of the conditional sd.
_DECREMENT = 1e-16
_ACCEPTABLE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """The mode of the spherical group effects at one (theta, beta).

    Attributes
    ----------
    leading, rest : ndarray, shapes (J, q) and (m,)
        The mode v, of the leading factor and of the others.
    deviance : float
        Laplace approximation of -2 log likelihood.
    state : Working
        Likelihood at the mode.
    eta : ndarray, shape (n_obs,)
        Linear predictor at the mode.
    factorisation : Factorisation
        The equations at the mode, without common effects.
    converged : bool
        Whether the iteration ended at a mode.
    """

    leading: Array
    rest: Array
    deviance: float
    state: Working
    eta: Array
    factorisation: Factorisation
    converged: bool


def conditional_mode(
    equations: Equations,
    factors: Sequence[Array],
    likelihood: Likelihood,
    fixed: Array,
    start: tuple[Array, Array] | None = None,
) -> Mode:
    """Find the mode by penalised iteratively reweighted least squares.

    Parameters
    ----------
    equations : Equations
        Group effects only: ``X`` has no columns.
    factors : sequence of ndarray, shape (q, q)
        Lambda of one level of each block.
    likelihood : Likelihood
        Of the response.
    fixed : ndarray, shape (n_obs,)
        X beta + offset.
    start : tuple of ndarray, optional
        Where to begin; at zero otherwise.
    """
    at = factorise(equations, factors, np.ones(len(fixed)))
    leading, rest = at.cross_products(np.zeros(len(fixed))) if start is None else start
    eta = fixed + at.predictor(leading, rest)
    state = likelihood.evaluate(eta)
    objective = _penalised(state, leading, rest)
    converged = False
    for _ in range(_ITERATIONS):
        at = factorise(equations, factors, state.weights)
        score = at.cross_products(state.score)
        score = (score[0] - leading, score[1] - rest)
        step = at.solve(*score)
        decrement = float(np.vdot(step[0], score[0]) + step[1] @ score[1])
        if decrement < _DECREMENT * (1 + abs(objective)):
            converged = True
            break
        size, accepted = 1.0, False
        while not accepted and size > 1e-6:
            trial = (leading + size * step[0], rest + size * step[1])
            eta_trial = fixed + at.predictor(*trial)
            state_trial = likelihood.evaluate(eta_trial)
            value = _penalised(state_trial, *trial)
            accepted = value <= objective
            size /= 2
        if not accepted:  # rounding has been reached
            converged = decrement < _ACCEPTABLE
            break
        (leading, rest), eta, state, objective = trial, eta_trial, state_trial, value
    deviance = objective + at.log_det_effects
    return Mode(leading, rest, deviance, state, eta, at, converged)


def _penalised(state: Working, leading: Array, rest: Array) -> float:
    """Return -2 log p(y | v) + v'v."""
    return -2 * state.log_likelihood + float(np.vdot(leading, leading) + rest @ rest)
