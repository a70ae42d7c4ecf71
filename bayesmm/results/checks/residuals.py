"""Residuals of every row: raw, Pearson and randomised quantile residuals."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.bounded import unbounded
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.within import exact_rows, interval_probabilities, unwindowed
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.checks.count_residuals import fits_of_counts
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.response_mean import refuse_unknown_moments
from bayesmm.results.prediction.response_parameters import (
    Where,
    over_chunks_of_draws,
    response_parameters,
)
from bayesmm.special import ndtri
from bayesmm.wording import either

__all__ = ["predictive_probabilities", "residuals", "residuals_of_batches"]

_MOST_VALUES = 200_000_000  # rows times draws: seconds, and never more than sampling took
_EDGE = 1e-300  # a probability that rounds to 0 still has a finite normal quantile


@dataclass(frozen=True, slots=True, eq=False)
class _Averages:
    """Averages over `n_draws` draws, each of shape (n_obs,)."""

    n_draws: int
    mean: Array
    pearson: Array
    below: Array
    above: Array
    equal: Array


def residuals(fit: FitRecord, seed: int = 0) -> ResultTable:
    """Return what the model leaves unexplained in every row, given the effects of its group.

    Quantile residuals are r = Phi^-1(u), u = P(Y_rep < y | y) + v P(Y_rep = y | y), v uniform
    on (0, 1): standard normal if the model holds, whatever the family. P averages the
    distribution function over the draws. Of a censored response u is uniform on what it leaves
    possible, P(Y_rep <= lower) to P(Y_rep <= upper); of a truncated one P is that of responses that
    could be seen. Raw and Pearson residuals have no value in either: ``fitted`` is the mean of the
    variable itself.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    seed : int
        Seed of v, which matters for discrete and censored responses only.

    Returns
    -------
    ResultTable
        One row per row of the model: ``row`` (position in the data), ``observed``, ``fitted``
        (posterior mean of E y), ``raw`` = observed - fitted, ``pearson`` (mean over draws of
        (y - E y) / sd(y)), ``u`` and ``quantile``. Of categories without order, whose numbers
        cannot be subtracted, ``observed`` is the category and ``probability`` that of it,
        P(Y_rep = y | y), in the place of ``fitted``, ``raw`` and ``pearson``. Of counts of
        categories a row for each count, binomial by itself, with its ``category``; those of one
        row of the data depend on each other.
        ``attrs["draws"]`` is the number of draws averaged over: all, or as many, evenly spread
        over the chains, as keep rows times draws below 200 million.

    Raises
    ------
    UnsupportedModelError
        For a family without a distribution function here.

    Notes
    -----
    The data took part in the fit, so with many effects per row residuals are smaller than those
    of new data; `bayesmm.results.checks.check` allows for that.

    References
    ----------
    Dunn and Smyth (1996), Randomized quantile residuals, doi:10.1080/10618600.1996.10474708
    """
    if fit.design.source is not None:
        raise UnsupportedModelError(
            "Residuals are of every row, and the rows of this fit are in files; "
            f"{either("fit.write_residuals('folder')", 'fit.write_residuals of Python')} writes "
            "them as Parquet files, batch by batch."
        )
    return next(residuals_of_batches([fit], seed, fit.design.n_obs))


def residuals_of_batches(
    batches: Iterable[FitRecord], seed: int, n_rows: int
) -> Iterator[ResultTable]:
    """Yield the residuals of batches of rows, those that `residuals` has of all at once.

    The batches are records of the same draws with designs of some of the rows, in their order. Of
    the seed of v one batch after the other takes what all rows take at once; `n_rows` is the number
    of all rows, by which the number of draws goes.
    """
    batches = iter(batches)
    first = next(batches)
    every = chain([first], batches)
    if first.design.category_counts is None:
        generator = np.random.default_rng(seed)
        yield from (_of_numbers(batch, generator, n_rows) for batch in every)
        return
    labels = first.design.categories
    generators = [np.random.default_rng([seed, k]) for k in range(len(labels))]
    yield from (_of_each_count(batch, labels, generators, n_rows) for batch in every)


def _of_each_count(
    fit: FitRecord,
    labels: Sequence[str],
    generators: Sequence[np.random.Generator],
    n_rows: int,
) -> ResultTable:
    """Return the residuals of the counts of every row, one after the other."""
    counts = zip(fits_of_counts(fit), generators, strict=True)
    tables = [_of_numbers(own, generator, n_rows) for own, generator in counts]
    for label, table in zip(labels, tables, strict=True):
        table.insert(1, "category", label)
    joined = pd.concat(tables, ignore_index=True)
    order = np.arange(len(joined)).reshape(len(labels), -1).T.ravel()
    found = result_table(joined.iloc[order].reset_index(drop=True), tables[0].attrs["title"])
    found.attrs["draws"] = tables[0].attrs["draws"]
    return found


def _of_numbers(fit: FitRecord, generator: np.random.Generator, n_rows: int) -> ResultTable:
    """Return the residuals of some of the rows, of responses of one number."""
    design = fit.design
    if design.family.response != "unordered":
        refuse_unknown_moments(design.family)
    averages = _averages(fit, n_rows)
    v = generator.random(design.n_obs)
    lower_tail = averages.below + v * averages.equal
    upper_tail = averages.above + (1 - v) * averages.equal
    # each tail from its own side, so that both have small numbers in full
    quantile = np.where(
        lower_tail <= upper_tail,
        ndtri(np.maximum(lower_tail, _EDGE)),
        -ndtri(np.maximum(upper_tail, _EDGE)),
    )
    if design.family.response == "unordered":
        # no category is larger than another: nothing to subtract
        labels = np.array(design.categories, dtype=object)
        own = {
            "observed": labels[design.y.astype(np.int64) - 1],
            "probability": averages.equal,
        }
    else:
        own = {
            "observed": design.y,
            "fitted": averages.mean,
            "raw": design.y - averages.mean,
            "pearson": averages.pearson,
        }
    table = pd.DataFrame({"row": design.rows, **own, "u": lower_tail, "quantile": quantile})
    as_they_are = exact_rows(design.known, design.n_obs) & unwindowed(design.known, design.n_obs)
    table.loc[~as_they_are, [name for name in ("raw", "pearson") if name in own]] = np.nan
    table.attrs["draws"] = averages.n_draws
    return result_table(table, "Residuals of every row")


def predictive_probabilities(
    family: Family, y: Array, parameters: ResponseParameters
) -> tuple[Array, Array]:
    """Return P(Y < y) and P(Y = y) given the parameters, each the shape of mu.

    Of a response that is known by bounds only: that it is at most the lower one, and within.
    """
    plain = unbounded(family)
    at_most = plain.below(y, parameters)
    if family.discrete:
        less = np.where(y > 0, plain.below(np.maximum(y - 1, 0.0), parameters), 0.0)
        equal = np.maximum(at_most - less, 0.0)
    else:
        equal = np.zeros_like(at_most)
        for value, probability in family.atoms.items():
            equal = np.where(y == value, probability(parameters), equal)
        less = at_most - equal
    return interval_probabilities(plain.below, less, equal, parameters)


def _averages(fit: FitRecord, n_rows: int) -> _Averages:
    design = fit.design
    family = design.family

    def residuals_of(_: slice, where: Where) -> Array:
        parameters = response_parameters(design, fit.own_draws, where)
        less, equal = predictive_probabilities(family, design.y, parameters)
        if family.variance is None:
            mean = pearson = np.full_like(less, np.nan)
        else:
            mean = family.response_mean(parameters)
            with np.errstate(invalid="ignore"):  # of a mean that is infinite there is no residual
                pearson = (design.y - mean) / np.sqrt(family.variance(parameters))
        return np.stack([part.sum(axis=0) for part in (mean, pearson, less, equal)])

    sizes = fit.own_draws["posterior"].sizes
    most = max(sizes["chain"], _MOST_VALUES // n_rows)
    wanted = min(most, sizes["chain"] * sizes["draw"])
    chosen = choose_draws(fit.own_draws, wanted, design.n_obs)
    n_draws = sizes["chain"] * len(chosen)
    total = sum(over_chunks_of_draws(residuals_of, fit.own_draws, design.n_obs, chosen))
    mean, pearson, below, equal = total / n_draws
    return _Averages(n_draws, mean, pearson, below, np.maximum(1 - below - equal, 0.0), equal)
