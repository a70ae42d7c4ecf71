"""Compiled functions that only other compiled functions call, called from a test."""

from collections.abc import Callable

from numba import njit

from bayesmm.sampling.compiled.kernels import (
    correlation,
    folded,
    priors,
    signed,
    single_alone,
)


def called(part: Callable) -> Callable:
    """Return a function that Python can call."""

    @njit(error_model="numpy")
    def call(*arguments):
        return part(*arguments)

    return call


correlation_backward = called(correlation.correlation_backward)
partials_to_cholesky = called(correlation.partials_to_cholesky)
prior_of_parameter = called(priors.prior_of_parameter)
cholesky_backward = called(signed.cholesky_backward)
cholesky_of_scores = called(signed.cholesky_of_scores)
folded_sd = called(folded.folded_sd)
sd_of = called(folded.sd_of)
solve_single = called(single_alone.solve_single)
