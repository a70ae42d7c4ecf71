"""Scores and curvatures of the rows, from the compiled rows of the family themselves."""

import ctypes
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.response_scale import residual_spread
from bayesmm.sampling.compiled.joint.model import JointModel, address_of_rows
from bayesmm.sampling.compiled.joint.transport.information import expected_information
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.records import table_of_record

__all__ = ["CompiledScores", "RowState", "ScoresOfRows", "predictors", "scores_of"]

type Floats = NDArray[np.float64]

_ROWS = ctypes.CFUNCTYPE(
    ctypes.c_double,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_int64,
    *[ctypes.c_void_p] * 4,
)
# Central differences of the scores: the error is of its square.
_STEP = 1e-4
# Share of a number of which its last digits are no part.
_ROUNDING = 1e-12
# Of simulated responses: the same data have the same coordinates.
_SEED = 0x696E666F


@dataclass(frozen=True, slots=True, eq=False)
class RowState:
    """Rows at one value of their D linear predictors.

    The curvature, (D, D, n), is of one predictor minus the derivative of the score, which may be
    negative; of several, or of a density with kinks, the expected information, where the family can
    simulate.
    """

    log_likelihood: float  # of all rows together
    score: Floats  # d log p / d eta, (D, n)
    curvature: Floats


class ScoresOfRows(Protocol):
    """The rows of a model, at any linear predictors."""

    def at(self, eta: Floats, further: Floats, found: Floats) -> RowState:
        """Return the rows at linear predictors, (D, n), and further parameters that are one number.

        `found`, (d,), are all parameters, from `unpack.transported_parameters`.
        """
        ...


def scores_of(model: JointModel) -> ScoresOfRows:
    """Return the scores of the rows of a model, or of what it has in their place."""
    whole = model.likelihood
    return CompiledScores(model) if whole is None else whole.scores(model)


class CompiledScores:
    """The rows of a model, merged and sorted as in its data."""

    def __init__(self, model: JointModel) -> None:
        # columns of its own, in which simulated responses overwrite those of the model
        self._model = model
        self._data = model.data._replace(columns=model.data.columns.copy())
        self._table = table_of_record(self._data)
        self._generator = np.random.default_rng(_SEED)
        self._rows = _ROWS(address_of_rows(model))
        self._further = len(model.design.constants)

    def at(self, eta: Floats, further: Floats, _found: Floats | None = None) -> RowState:
        """Return the rows at `eta`, shape (D, n), and the further parameters."""
        log_likelihood, score = self.scores(eta, further)
        family = self._model.design.family
        smooth = family.density is None or family.density.smooth
        if family.random is not None and (len(eta) > 1 or not smooth):
            curvature = expected_information(
                self._model,
                self._data.columns,
                lambda: self.scores(eta, further)[1],
                eta,
                further,
                self._generator,
            )
            self._data.columns[:] = self._model.data.columns
            return RowState(log_likelihood, score, curvature)
        curvature = np.zeros((len(eta), *eta.shape))
        for d in range(len(eta)):
            step = np.zeros_like(eta)
            step[d] = self._steps(d, eta[d])
            behind = self.scores(eta - step, further)[1]
            ahead = self.scores(eta + step, further)[1]
            with np.errstate(invalid="ignore"):  # of infinite scores; such rows are left out
                curvature[d, d] = (behind - ahead)[d] / (2.0 * step[d])
        return RowState(log_likelihood, score, curvature)

    def _steps(self, d: int, eta: Floats) -> Floats:
        """Return by how much to move a linear predictor, shape (n,): a share of its own unit."""
        design = self._model.design
        own, size = design.linear_predictors[d], np.abs(eta)
        if own.link == "inverse":  # in one over the unit of the response
            return np.full_like(eta, _STEP * (size.mean() or 1.0))
        if own.link == "identity" and own.parameter == design.mu.parameter:
            return np.maximum(_STEP * residual_spread(design), _ROUNDING * size)
        return _STEP * np.maximum(1.0, size)

    def scores(self, eta: Floats, further: Floats) -> tuple[float, Floats]:
        """Return the log likelihood, and the scores alone, shape (D, n)."""
        D, n = eta.shape
        score = np.empty((D, n))
        chunk = np.zeros((D, CHUNK))
        work = np.empty((max(5, 1 + self._further), CHUNK))
        scalars = np.append(further, 0.0)
        slopes = np.zeros(scalars.size)
        total = 0.0
        for first in range(0, max(n, 1), CHUNK):
            m = min(CHUNK, n - first)
            chunk[:, :m] = eta[:, first : first + m]
            total += self._rows(
                self._table.ctypes.data,
                first,
                m,
                chunk.ctypes.data,
                work.ctypes.data,
                scalars.ctypes.data,
                slopes.ctypes.data,
            )
            score[:, first : first + m] = chunk[:, :m]
        return total, score


def predictors(model: JointModel, coefficients: Floats, values: Floats) -> Floats:
    """Return the linear predictors of the rows, (..., D, n), from coefficients and level values."""
    data = model.data
    D, n = len(model.design.linear_predictors), data.codes.shape[1]
    eta = np.zeros((*coefficients.shape[:-1], D, n))
    for at, c, d in data.row_coefficients:
        coefficient = coefficients[..., at, None] if at >= 0 else 1.0
        eta[..., d, :] += coefficient * (data.columns[c] if c >= 0 else 1.0)
    for k, at, c, d in data.terms:
        own = np.take(values, at + data.codes[k], axis=-1)
        eta[..., d, :] += own * (data.columns[c] if c >= 0 else 1.0)
    return eta
