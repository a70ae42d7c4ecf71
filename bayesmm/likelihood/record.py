"""The record of a maximum-likelihood fit: what was fitted, and the estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.names import prefixed
from bayesmm.model.predictor import MEAN
from bayesmm.owned import owned

__all__ = ["BlockEstimates", "MLRecord", "PredictorEstimates"]


@dataclass(frozen=True, slots=True, eq=False)
class BlockEstimates:
    """ML or REML estimates of one block of group effects (same order as ``Design.blocks``).

    Attributes
    ----------
    sd : ndarray, shape (q,)
        Standard deviations of the effects, in the units of the response per unit of the column.
    corr : ndarray, shape (q, q), or None
        Correlation matrix; None when the block is not correlated, NaN beside a zero sd.
    modes : ndarray, shape (q, J)
        Conditional modes of the effects (BLUPs of a linear model).
    mode_sds : ndarray, shape (q, J)
        Conditional sds given the estimates of all other parameters.
    """

    sd: Array
    corr: Array | None
    modes: Array
    mode_sds: Array

    @property
    def n_covariance_parameters(self) -> int:
        """Number of free parameters of the covariance matrix."""
        q = len(self.sd)
        return q if self.corr is None else q * (q + 1) // 2


def _library_versions() -> Mapping[str, str]:
    """Return the versions of the libraries that did the work."""
    return {name: _version(name) for name in ("numpy", "scipy")}


@cache
def _version(name: str) -> str:
    """Return the installed version; looked up once, because it reads files."""
    return version(name)


@dataclass(frozen=True, slots=True, eq=False)
class PredictorEstimates:
    """Estimates of the linear predictor of one parameter, on its link.

    Attributes
    ----------
    estimates : ndarray, shape (p,)
        Common effects in the order of ``predictor.terms``, the intercept at X = 0.
    covariance : ndarray, shape (p, p)
        Their estimated covariance matrix.
    """

    estimates: Array
    covariance: Array


@dataclass(frozen=True, eq=False, repr=False)
class MLRecord:
    """A model fitted by maximum likelihood, or REML.

    Attributes
    ----------
    design : Design
        What was fitted.
    reml : bool
        Whether `loglik` is the restricted one (linear mixed models only).
    estimates : ndarray, shape (p,)
        Common effects in the order of ``design.mu.terms``, the intercept at X = 0.
    covariance : ndarray, shape (p, p)
        Their estimated covariance matrix.
    blocks : tuple of BlockEstimates
        Group effects.
    sigma : float or None
        Residual standard deviation; None for families without one.
    loglik : float
        Maximum of the log likelihood (by the Laplace approximation for a generalised linear
        mixed model), or -1/2 of the REML criterion.
    n_parameters : int
        Number of estimated parameters: common effects, covariances, sigma and `auxiliary`.
    converged : bool
        Whether the optimiser reached an optimum.
    singular : tuple of str
        A sentence for each estimate on the boundary of what is possible.
    method : str
        How it was fitted, in one sentence.
    versions : mapping of str to str
        Libraries that did the work.
    auxiliary : mapping of str to float
        Estimates of the other parameters of the family that are one number: ``alpha``, ``psi``.
    further_predictors : mapping of str to PredictorEstimates
        Those of the other parameters that have a linear predictor.
    joint_covariance : ndarray, shape (p + k, p + k), or None
        Estimated covariance matrix of `estimates` and `auxiliary`, where the fit found it.
    threshold_errors : mapping of str to float
        Standard errors of the thresholds, which are among `auxiliary`.
    unbiased_sigma : bool
        Whether sigma of a linear model without group effects has n - p degrees of freedom, which
        is what REML means for it; its `loglik` is not restricted.
    """

    design: Design
    reml: bool
    estimates: Array
    covariance: Array
    blocks: tuple[BlockEstimates, ...]
    sigma: float | None
    loglik: float
    n_parameters: int
    converged: bool
    singular: tuple[str, ...]
    method: str
    versions: Mapping[str, str] = field(default_factory=_library_versions)
    auxiliary: Mapping[str, float] = field(default_factory=dict)
    further_predictors: Mapping[str, PredictorEstimates] = field(default_factory=dict)
    joint_covariance: Array | None = None
    threshold_errors: Mapping[str, float] = field(default_factory=dict)
    unbiased_sigma: bool = False

    def __post_init__(self) -> None:
        """Make everything read-only."""
        held = ("design", "estimates", "covariance", "blocks", "versions", "auxiliary")
        held = (*held, "further_predictors", "joint_covariance", "threshold_errors")
        for name in held:
            object.__setattr__(self, name, owned(getattr(self, name)))

    @property
    def asked_reml(self) -> bool:
        """What `bayesmm.ml` was given as ``reml``, as far as it matters."""
        return self.reml or self.unbiased_sigma

    @property
    def further(self) -> Mapping[str, float]:
        """Estimates of all parameters of the response besides mu, sigma among them."""
        if self.sigma is None:
            return self.auxiliary
        return {self.design.family.residual_scale: self.sigma, **self.auxiliary}

    @property
    def standard_errors(self) -> Array:
        """Standard errors of the common effects on mu, shape (p,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def coefficients(self) -> Mapping[str, tuple[float, float]]:
        """Estimate and standard error of every common effect: ``"Days"``, ``"sigma_Days"``.

        Thresholds, which take the place of an intercept, come first.
        """
        first = {n: (self.auxiliary[n], error) for n, error in self.threshold_errors.items()}
        own = {MEAN: PredictorEstimates(self.estimates, self.covariance)}
        return first | {
            prefixed(term, parameter): (float(value), float(error))
            for parameter, part in {**own, **self.further_predictors}.items()
            for term, value, error in zip(
                self.design.predictor(parameter).terms,
                part.estimates,
                np.sqrt(np.diag(part.covariance)),
                strict=True,
            )
        }

    @property
    def aic(self) -> float:
        """Akaike's criterion, -2 loglik + 2 n_parameters."""
        return -2 * self.loglik + 2 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, -2 loglik + log(n_obs) n_parameters."""
        return -2 * self.loglik + float(np.log(self.design.n_obs)) * self.n_parameters
