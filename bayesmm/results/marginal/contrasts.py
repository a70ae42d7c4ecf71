"""Contrasts of marginal means, with a simultaneous band for each family of contrasts."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.cells import told_apart
from bayesmm.choices import AverageWho, ComparisonScale, ContrastMethod
from bayesmm.data_columns import beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import is_numeral, label_of
from bayesmm.results.marginal.averaged import ml_words
from bayesmm.results.marginal.grid import Grid, names_of, reference_grid
from bayesmm.results.marginal.marginal_means import CellDraws, cell_means
from bayesmm.results.marginal.measures import Measure, measure_of, refuse_undefined
from bayesmm.results.marginal.units import scale_label, title_of
from bayesmm.results.prediction.by_category import for_each_category
from bayesmm.results.prediction.parameter_view import of_parameter
from bayesmm.results.tables.estimates import Estimates
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.wording import option, refuse_other

__all__ = ["METHODS", "contrasts", "simultaneous_band"]

type Weights = tuple[list[str], Array]
type Method = Callable[[Sequence[str], str], Weights]


@for_each_category("scale")
def contrasts(
    fit: FitRecord,
    cells: str | Sequence[str],
    by: str | Sequence[str] | None = None,
    method: ContrastMethod = "pairwise",
    at: Mapping[str, object] | None = None,
    scale: ComparisonScale = "link",
    who: AverageWho = "typical group",
    prob: float = PROB,
    parameter: str | None = None,
) -> Estimates:
    """Contrasts of the estimated marginal means of some predictors, draw by draw.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    cells : str or sequence of str
        Predictors whose levels are compared.
    by : str or sequence of str, optional
        Predictors within whose levels they are compared; each level has its own family.
    method : {"pairwise", "revpairwise", "trt.vs.ctrl", "consec", "eff"}
        Every pair, earlier minus later level or the reverse; each level against the first;
        each against the one before; each against the mean of all.
    at : mapping of str to value or values, optional
        Values of some predictors, as in `emmeans`.
    scale : str
        ``"link"``: differences of linear predictors, in logistic models log odds ratios.
        ``"response"``: differences of mean responses; ``"probability"``: those of the probability
        of each category, a row each. Of probabilities also ``"odds ratio"``,
        ``"risk ratio"``, ``"risk difference"``; of counts ``"rate ratio"``; of counts, positive
        responses and proportions ``"ratio of means"``. ``"probability"``: differences of that of
        each category of a response of categories, which also has the comparisons of probabilities.
        For the typical group, an odds ratio with
        the logit link and a ratio of means with the log link are exp of the contrast of linear
        predictors, as R's emmeans has it (``type = "response"``); for the population, and with
        other links, they are ratios of the means of the cells.
    who : {"typical group", "population"}
        Group effects of 0, or averaged over; the same on the identity link. See `predict`.
    prob : float
        Probability of the equal-tailed interval, and of the band.
    parameter : str, optional
        A parameter that varies, ``"sigma"``, whose mean is meant in the place of the response's.

    Returns
    -------
    Estimates
        ``table``: `by`, ``contrast``, ``mean``, ``sd``, ``median``, ``lower``, ``upper``,
        ``prob_positive`` = P(contrast > 0 | y) (of ratios ``prob_above_1``),
        ``simultaneous_lower``, ``simultaneous_upper``: the band that holds all contrasts of a
        family at once with probability `prob` (of ratios, exp of the band of logarithms), and
        ``ml_estimate``, ``ml_se``. ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        For fewer than two cells, or an unknown column, level or `method`.
    """
    fit = of_parameter(fit, parameter)
    refuse_other("method", method, METHODS)
    outer, inner = names_of(by), names_of(cells)
    grid = reference_grid(fit, (*outer, *inner), at, groups=who == "population")
    measure = measure_of(fit, scale)
    means = _compared(fit, grid, measure, who)
    families = _families(grid.cells, outer)
    levels, parts, every = [], [], []
    for key, places in families:
        labels = _labels(grid.cells.iloc[places], inner)
        if len(labels) < 2:
            raise UsageError(
                f"'{', '.join(inner)}' has one cell{_cell(grid, inner)}; a contrast needs two. "
                f"Numbers need values: {option('at', {inner[0]: ...})}."
            )
        names, rows = METHODS[method](labels, measure.sign)
        weights = np.zeros((len(rows), len(grid.cells)))
        weights[:, places] = rows
        with np.errstate(invalid="ignore"):  # a difference of infinite means
            draws, estimate, se = means.combined(weights)
        refuse_undefined(draws)
        low, high = map(measure.back, simultaneous_band(draws, prob))
        larger = (draws > 0).mean(axis=(0, 1))
        draws = measure.back(draws)
        if measure.is_ratio:
            estimate = np.exp(estimate)
            se = estimate * se
        parts.append(
            pd.DataFrame(
                {"contrast": names}
                | moments(draws, prob)
                | {
                    measure.probability: larger,
                    "simultaneous_lower": low,
                    "simultaneous_upper": high,
                    "ml_estimate": estimate,
                    "ml_se": se,
                }
            )
        )
        levels += [key] * len(names)
        every.append(draws)
    of_data = pd.DataFrame(levels, columns=list(outer))
    table = state_interval(beside(of_data, pd.concat(parts, ignore_index=True)), prob)
    table.attrs |= {
        "title": title_of(fit, f"Contrasts ({method})", scale, who),
        "quantity": measure.in_words(scale_label(fit, measure.scale)),
        "scale": scale,
        "who": who,
        "method": method,
        "ml": ml_words(fit, who, _scale_compared(fit, measure, who)),
        "family": "contrasts within a level of by",
    }
    return Estimates(table, np.concatenate(every, axis=-1))


def _scale_compared(fit: FitRecord, measure: Measure, who: str) -> str:
    """Return the scale of the means whose difference, or that of whose functions, is taken."""
    on_link = who == "typical group" and measure.on_link_scale(fit.design.family)
    return "link" if on_link else measure.scale


def _compared(fit: FitRecord, grid: Grid, measure: Measure, who: str) -> CellDraws:
    """Return the cells on the scale on which the comparison is a difference."""
    scale = _scale_compared(fit, measure, who)
    means = cell_means(fit, grid, scale, who)
    if scale == "link":
        return means
    slope = measure.derivative(means.ml_estimate)
    return CellDraws(
        means.cells,
        measure.forward(means.draws),
        measure.forward(means.ml_estimate),
        means.ml_covariance * np.multiply.outer(slope, slope),
    )


def simultaneous_band(draws: Array, prob: float = PROB) -> tuple[Array, Array]:
    """Return the band mean +- c sd that holds all m quantities at once with probability `prob`.

    c is the quantile `prob` of max over k of abs(theta_k - mean_k) / sd_k over the draws, the
    posterior counterpart of the max-t method.

    Draws are of shape (chain, draw, m), the lower and upper ends of shape (m,).

    References
    ----------
    Besag, Green, Higdon and Mengersen (1995), Statistical Science 10(1), 3-41,
    doi:10.1214/ss/1177010123
    """
    values = draws.reshape(-1, draws.shape[-1])
    mean, sd = values.mean(axis=0), values.std(axis=0, ddof=1)
    # a contrast that is the same in every draw is inside whatever the width
    distance = np.abs(values - mean) / np.where(sd > 0, sd, np.inf)
    width = np.quantile(distance.max(axis=1), prob) * sd
    return mean - width, mean + width


def _families(cells: pd.DataFrame, by: tuple[str, ...]) -> list[tuple[tuple, Array]]:
    """Return the places of the cells of each level of `by`."""
    if not by:
        return [((), np.arange(len(cells)))]
    places = cells.groupby(list(by), sort=False).indices
    return [(key if isinstance(key, tuple) else (key,), rows) for key, rows in places.items()]


def _labels(cells: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Return a label per cell; levels that are numbers need the name of their column."""
    parts = []
    for name in names:
        labels = _texts(cells[name])
        # "Days9", as R's emmeans has it; but "hours (h) 9"
        gap = "" if name[-1:].isalnum() else " "
        numbers = all(map(is_numeral, labels))
        parts.append([f"{name}{gap}{x}" for x in labels] if numbers else labels)
    return [" ".join(row) for row in zip(*parts, strict=True)]


def _texts(levels: pd.Series) -> list[str]:
    """Return the levels as text, numbers with as many digits as tell them apart."""
    if all(isinstance(value, float) for value in levels):
        return told_apart(levels.tolist())
    return [label_of(value) for value in levels]


def _cell(grid: Grid, names: tuple[str, ...]) -> str:
    """Return the values of the only cell: ``", 3.296"``."""
    values = [_texts(grid.cells[name])[0] for name in names]
    return f", {', '.join(values)}" if values else ""


def _pairwise(labels: Sequence[str], sign: str) -> Weights:
    pairs = [(a, b) for a in range(len(labels)) for b in range(a + 1, len(labels))]
    return _differences(labels, sign, pairs)


def _differences(labels: Sequence[str], sign: str, pairs: Sequence[tuple[int, int]]) -> Weights:
    weights = np.zeros((len(pairs), len(labels)))
    for row, (plus, minus) in zip(weights, pairs, strict=True):
        row[plus], row[minus] = 1.0, -1.0
    return [f"{labels[plus]}{sign}{labels[minus]}" for plus, minus in pairs], weights


def _reversed(labels: Sequence[str], sign: str) -> Weights:
    return _differences(labels, sign, [(b, a) for b in range(len(labels)) for a in range(b)])


def _against_first(labels: Sequence[str], sign: str) -> Weights:
    return _differences(labels, sign, [(b, 0) for b in range(1, len(labels))])


def _consecutive(labels: Sequence[str], sign: str) -> Weights:
    return _differences(labels, sign, [(b, b - 1) for b in range(1, len(labels))])


def _against_mean(labels: Sequence[str], _sign: str) -> Weights:
    n = len(labels)
    return [f"{label} effect" for label in labels], np.eye(n) - 1 / n


# The names that R's emmeans gives them.
METHODS: Mapping[str, Method] = {
    "pairwise": _pairwise,
    "revpairwise": _reversed,
    "trt.vs.ctrl": _against_first,
    "consec": _consecutive,
    "eff": _against_mean,
}
