"""Generalised linear models without group effects, by iteratively reweighted least squares."""

import numpy as np

from bayesmm.errors import DataError
from bayesmm.ml.basis import orthogonal_basis
from bayesmm.ml.likelihood import likelihood_of
from bayesmm.ml.record import MLFit, library_versions
from bayesmm.model.design import Design

__all__ = ["fit_glm"]

_ITERATIONS = 100
# Newton's decrement (twice the gain still to come) at which the iteration is finished.
_DECREMENT = 1e-16


def fit_glm(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g(mean) = X beta + offset; `reml` has no meaning here.

    Standard errors are from the Fisher information (X' W X)^-1, as R's glm reports them.
    """
    likelihood = likelihood_of(design)
    basis = orthogonal_basis(design)
    offset = np.zeros(design.n_obs) if design.offset is None else design.offset
    Q = basis.Q
    gamma = np.zeros(Q.shape[1])
    eta = likelihood.start
    state = likelihood.evaluate(eta)
    # The first step is a least-squares fit to the working response near the data, which is no
    # point of the model; from then on every step may be shortened until the likelihood gains.
    response = eta - offset + state.score / state.weights
    gamma = _weighted_least_squares(Q, response, state.weights)
    eta = offset + Q @ gamma
    state = likelihood.evaluate(eta)
    if not np.isfinite(state.log_likelihood):
        raise DataError(
            f"No starting values: the {design.family.link} link gives impossible means for "
            f"the {design.family.name} family. Use another link."
        )
    converged = False
    for _ in range(_ITERATIONS):
        step = _weighted_least_squares(Q, state.score / state.weights, state.weights)
        decrement = float(step @ (Q.T @ state.score))
        if decrement < _DECREMENT * (1 + abs(state.log_likelihood)):
            converged = True
            break
        size, found = 1.0, None
        while found is None and size > 1e-6:
            trial = likelihood.evaluate(offset + Q @ (gamma + size * step))
            if trial.log_likelihood >= state.log_likelihood:
                found = trial
            else:
                size /= 2
        if found is None:  # no step gains: rounding has been reached
            converged = decrement < 1e-8 * (1 + abs(state.log_likelihood))
            break
        gamma, state = gamma + size * step, found
        eta = offset + Q @ gamma
    information = Q.T @ (state.weights[:, None] * Q)
    notes = ()
    if likelihood.at_bound(eta):
        notes = (
            "Fitted means are numerically at the edge of their range: the data are (nearly) "
            "separated, and estimates and standard errors are without meaning.",
        )
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=basis.covariance(np.linalg.pinv(information, hermitian=True)),
        blocks=(),
        sigma=None,
        loglik=state.log_likelihood,
        n_parameters=len(gamma),
        converged=converged,
        singular=notes,
        method="Maximum likelihood (iteratively reweighted least squares)",
        versions=library_versions(),
    )


def _weighted_least_squares(Q, response, weights):
    """Return the coefficients that minimise sum_i w_i (r_i - Q_i gamma)^2."""
    root = np.sqrt(weights)
    return np.linalg.lstsq(root[:, None] * Q, root * response)[0]
