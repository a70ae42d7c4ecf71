"""Averages of predictions over the rows of data, draw by draw and at the ML estimates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.model.frames import as_pandas
from bayesmm.results.marginal.averaged import Modes, averaged, draws_groups, ml_words
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.marginal.marginal_means import SCALES
from bayesmm.results.marginal.measures import refuse_undefined
from bayesmm.results.prediction.parameters import Parameters, ml_parameters, posterior_parameters
from bayesmm.results.prediction.predicted_draws import row_effects
from bayesmm.results.prediction.prediction_rows import encode_rows, used_rows
from bayesmm.results.prediction.whom import WHO, check_prediction

__all__ = ["Averaging", "averaging", "estimate_by_ml"]

type Quantity = Callable[[Parameters, bool], Array]

_STEP = 1e-4  # of a standard error, in the gradient of ML averages; they are smooth in beta


@dataclass(frozen=True, slots=True, eq=False)
class Averaging:
    """Rows to average over, for whom, and within which groups of rows."""

    fit: FitRecord
    frame: pd.DataFrame  # the rows, names of columns as text
    given: object  # the rows as the user gave them; None for the rows of the fit
    cells: pd.DataFrame  # the levels of `by`, one row for each group of rows
    codes: NDArray[np.int64]  # the group of each row
    # what is averaged, and whose
    scale: str
    who: str
    seed: int

    def of(self, frame: pd.DataFrame | None = None, weights: Array | None = None) -> Quantity:
        """Return the mean prediction of each group of rows, as a function of the parameters.

        `frame` has the rows with some of their values changed; `weights` are what each row is
        multiplied by before the mean is taken.
        """
        kind = SCALES[self.scale]
        wanted = self.given if frame is None else frame
        _, rows = encode_rows(self.fit, wanted, WHO[self.who].grouping, kind)
        share = np.zeros((len(self.codes), len(self.cells)))
        share[np.arange(len(self.codes)), self.codes] = 1.0 if weights is None else weights
        share /= np.bincount(self.codes)
        every = np.arange(self.fit.own_draws["posterior"].sizes["draw"])

        def mean(parameters: Parameters, of_draws: bool) -> Array:
            effects = None
            if WHO[self.who].effects and of_draws:
                effects = row_effects(self.fit, rows, self.who, parameters, self.seed, every)
            elif WHO[self.who].effects and self.fit.design.blocks:
                effects = Modes(self.fit, rows)
            return averaged(self.fit, rows, parameters, effects, (self.who, kind), share)

        return mean

    def draws(self, quantity: Quantity) -> Array:
        """Return the draws of a quantity, shape (chain, draw, group of rows)."""
        with np.errstate(invalid="ignore"):  # a difference of infinite means, refused below
            found = quantity(posterior_parameters(self.fit.own_draws, self.fit.design), True)
        refuse_undefined(found)
        return found


def averaging(
    fit: FitRecord,
    by: Sequence[str],
    newdata: object,
    scale: str,
    who: str,
    seed: int,
) -> Averaging:
    """Return the rows that are averaged over.

    The average is taken within the levels of the columns `by`; `newdata`, `who` and `seed` are as
    in `predict`.
    """
    check_prediction(who, SCALES[scale], seed)
    frame = used_rows(fit) if newdata is None else as_pandas(newdata)
    cells, codes = _groups_of_rows(fit, frame, by)
    return Averaging(fit, frame, newdata, cells, codes, scale, who, seed)


def estimate_by_ml(rows: Averaging, quantity: Quantity) -> tuple[Array, Array]:
    """Return a quantity at the ML estimates and its standard error by the delta method.

    Of the groups of the data at their conditional modes, of the population averaged over the
    estimated distribution of the groups. What is missing is NaN; `ml_words` says why.
    """
    fit = rows.fit
    missing = np.full(len(rows.cells), np.nan)
    if fit.ml is None or draws_groups(fit, rows.who):
        return missing, missing
    at = ml_parameters(fit.ml)
    with np.errstate(invalid="ignore"):  # a difference of infinite means is missing
        estimate = quantity(at, False)[0, 0]
    if ml_words(rows.fit, rows.who, rows.scale):
        return estimate, missing
    beta, se = fit.ml.estimates, fit.ml.standard_errors
    steps = np.where(se > 0, se, 1.0) * _STEP
    around = np.stack([beta + np.diag(steps), beta - np.diag(steps)])
    with np.errstate(invalid="ignore"):
        above, below = quantity(replace(at, common=around), False)
        gradient = ((above - below) / (2 * steps[:, None])).T
    return estimate, np.sqrt(np.einsum("kp,pq,kq->k", gradient, fit.ml.covariance, gradient))


def _groups_of_rows(
    fit: FitRecord, frame: pd.DataFrame, by: Sequence[str]
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return the levels of `by`, those of a factor in its order, and the group of each row."""
    if not by:
        return pd.DataFrame(index=range(1)), np.zeros(len(frame), dtype=np.int64)
    if unknown := [name for name in by if name not in frame.columns]:
        raise UsageError(
            f"'{unknown[0]}' is not a column of the rows. "
            f"{suggestion(unknown[0], map(str, frame.columns), label='Columns')}"
        )
    levels = predictor_levels(fit)
    keys = {}
    for name in by:
        known = levels.get(name)
        keys[name] = frame[name].to_numpy()
        if known is not None:
            labels = [label_of(value) for value in frame[name]]
            keys[name] = pd.Categorical(labels, categories=known, ordered=True)
    grouped = pd.DataFrame(keys).groupby(list(by), sort=True, observed=True, dropna=False)
    codes = grouped.ngroup().to_numpy()
    first = [int(np.flatnonzero(codes == code)[0]) for code in range(grouped.ngroups)]
    return frame[list(by)].iloc[first].reset_index(drop=True), codes
