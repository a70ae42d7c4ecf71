"""Average comparisons: what a change of a predictor does to the mean over rows of data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.choices import ComparisonScale, Who
from bayesmm.data_columns import beside
from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.results.marginal.averaged import ml_words
from bayesmm.results.marginal.grid import names_of, predictor_levels, typed_level, typed_values
from bayesmm.results.marginal.measures import Measure, measure_of
from bayesmm.results.marginal.row_average import Averaging, averaging, estimate_by_ml
from bayesmm.results.marginal.units import scale_label, title_of
from bayesmm.results.prediction.by_category import for_each_category
from bayesmm.results.prediction.parameter_view import of_parameter
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.prediction_rows import used_rows
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval

__all__ = ["avg_comparisons"]

_HOW = ("reference", "pairwise", "sd", "a step, as 10", "two values, as (0, 1)")


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of a predictor: its name, what it is called, and the values of all rows."""

    term: str
    contrast: str
    high: object
    low: object


@for_each_category("scale")
def avg_comparisons(
    fit: FitRecord,
    variables: str | Sequence[str] | Mapping[str, object] | None = None,
    by: str | Sequence[str] | None = None,
    newdata: object = None,
    scale: ComparisonScale = "response",
    who: Who = "these groups",
    prob: float = PROB,
    seed: int = 0,
    parameter: str | None = None,
) -> Estimates:
    """Compare the mean over rows of data at two values of a predictor, all else as it is.

    Per draw m1 = mean over i of E y_i at the one value, m0 at the other; then m1 - m0, or the
    ratio m1 / m0, or the ratio of the odds m1 / (1 - m1) and m0 / (1 - m0). Ratios are of
    averages, not averages of ratios.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    variables : str, sequence of str or mapping, optional
        Predictors; default: all. What is compared is, of a factor, each level with the first; of
        numbers 0 and 1 the two; of other numbers a step of 1 at the x of each row, half of it to
        either side, as marginaleffects has it. A mapping says otherwise: a step ``{"Days": 5}``,
        ``"sd"``; two values ``{"Days": (0, 9)}``, the second compared with the first;
        ``"pairwise"`` for all pairs of levels.
    by : str or sequence of str, optional
        Columns of the rows; the average is taken within each of their levels.
    newdata : DataFrame, optional
        Rows to average over; default: those of the fit.
    scale : str
        ``"response"`` and ``"link"``: differences; ``"probability"``: those of the probability of
        each category, a row each. Of probabilities ``"risk difference"``,
        ``"risk ratio"``, ``"odds ratio"``; of counts ``"rate ratio"``; of counts, positive
        responses and proportions ``"ratio of means"``.
        A response of categories has the comparisons of probabilities too.
    who : {"these groups", "new group", "typical group", "population"}
        Whose response, as in `predict`: of the groups in the data, or averaged over the
        population that they are drawn from.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, ``term``, ``contrast``, ``mean``, ``sd``, ``median``, ``lower``,
        ``upper``, ``prob_positive`` (of ratios ``prob_above_1``), and ``ml_estimate``, ``ml_se``
        as in `avg_predictions`. ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For an unknown column, level, scale or `who`, or a scale that the response has not.

    References
    ----------
    Arel-Bundock, Greifer and Heiss (2024), Journal of Statistical Software 111(9),
    doi:10.18637/jss.v111.i09
    """
    fit = of_parameter(fit, parameter)
    measure = measure_of(fit, scale)
    rows = averaging(fit, names_of(by), newdata, measure.scale, who, seed)
    changes = [
        change
        for name, how in _wanted(fit, variables).items()
        for change in _changes(rows, name, how, measure)
    ]
    if not changes:
        raise UsageError("The model has no predictors to compare.")
    found = [_compared(rows, change, measure) for change in changes]
    draws = np.stack([one[0] for one in found], axis=-1).reshape(*found[0][0].shape[:2], -1)
    estimate, se = (np.stack([one[k] for one in found], axis=-1).ravel() for k in (1, 2))
    larger = (draws > 0).mean(axis=(0, 1))
    draws = measure.back(draws)
    if measure.is_ratio:
        estimate = np.exp(estimate)
        se = estimate * se
    n_cells = len(rows.cells)
    own = pd.DataFrame(
        {
            "term": [change.term for change in changes] * n_cells,
            "contrast": [change.contrast for change in changes] * n_cells,
            **moments(draws, prob),
            measure.probability: larger,
            "ml_estimate": estimate,
            "ml_se": se,
        }
    )
    of_data = rows.cells.iloc[np.repeat(np.arange(n_cells), len(changes))].reset_index(drop=True)
    table = state_interval(beside(of_data, own), prob)
    table.attrs |= {
        "title": title_of(fit, "Average comparisons", scale, who),
        "quantity": measure.in_words(scale_label(fit, measure.scale)),
        "scale": scale,
        "who": who,
        "n_rows": len(rows.frame),
        "ml": ml_words(rows.fit, rows.who, rows.scale),
    }
    return Estimates(table, draws)


def _compared(rows: Averaging, change: _Change, measure: Measure) -> tuple[Array, Array, Array]:
    """Return h(m1) - h(m0): its draws, its ML estimate and the standard error."""
    high, low = (
        rows.of(rows.frame.assign(**{change.term: value})) for value in (change.high, change.low)
    )

    def difference(parameters: Parameters, of_draws: bool) -> Array:
        means = (quantity(parameters, of_draws) for quantity in (high, low))
        above, below = map(measure.forward, means)
        return above - below

    return rows.draws(difference), *estimate_by_ml(rows, difference)


def _wanted(
    fit: FitRecord, variables: str | Sequence[str] | Mapping[str, object] | None
) -> Mapping[str, object]:
    """Return how each predictor is changed; None: as is usual."""
    known = predictor_levels(fit)
    if variables is None:
        return dict.fromkeys(known)
    wanted = variables if isinstance(variables, Mapping) else dict.fromkeys(names_of(variables))
    wanted = typed_values(wanted)
    for name in wanted:
        refuse_unknown(name, known, f"'{name}' is not a predictor.", "Predictors")
    return wanted


def _changes(rows: Averaging, name: str, how: object, measure: Measure) -> Iterator[_Change]:
    levels = predictor_levels(rows.fit)[name]
    if levels is None:
        yield _change_of_number(rows, name, how, measure)
        return
    if how == "pairwise":
        pairs = [(b, a) for a, b in combinations(levels, 2)]
    elif how in (None, "reference"):
        pairs = [(level, levels[0]) for level in levels[1:]]
    else:
        pairs = [tuple(map(label_of, reversed(_two(name, how))))]
    for high, low in pairs:
        values = (typed_level(rows.fit, name, level) for level in (high, low))
        yield _Change(name, f"{high}{measure.sign}{low}", *values)


def _change_of_number(rows: Averaging, name: str, how: object, measure: Measure) -> _Change:
    of_fit = read_numbers(name, used_rows(rows.fit)[name])
    if how is None and set(np.unique(of_fit)) <= {0.0, 1.0}:
        how = (0.0, 1.0)
    if isinstance(how, str) and how != "sd":
        raise UsageError(
            f"'{name}' is a number and cannot be compared by {how!r}. Possible: "
            f"{', '.join(_HOW[2:])}."
        )
    if how is None or isinstance(how, str) or np.isscalar(how):
        step = float(of_fit.std(ddof=1)) if how == "sd" else float(1.0 if how is None else how)
        x = read_numbers(name, rows.frame[name])
        shown = f"{step:+.6g}" + (" (1 sd)" if how == "sd" else "")
        return _Change(name, shown, x + step / 2, x - step / 2)
    low, high = map(float, _two(name, how))
    return _Change(name, f"{high:.6g}{measure.sign}{low:.6g}", high, low)


def _two(name: str, how: object) -> tuple[object, object]:
    """Return two values, the first of which the second is compared with."""
    values = tuple(how) if isinstance(how, Sequence | np.ndarray) else ()
    if isinstance(how, str) or len(values) != 2:
        raise UsageError(f"'{name}' is compared by {how!r}. Possible: {', '.join(_HOW)}.")
    return values
