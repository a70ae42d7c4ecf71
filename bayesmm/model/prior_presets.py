"""Default priors, scaled to the data: ours, and those of brms, rstanarm and Bambi."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import PriorError
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.names import corr_name, sd_name
from bayesmm.model.predictor import MEAN
from bayesmm.model.predictor_scale import ColumnScales, column_scales, column_spread
from bayesmm.model.priors import Prior
from bayesmm.model.response_scale import (
    level_residuals,
    mean_response,
    precision_unit,
    response_scale,
)
from bayesmm.model.row_quantiles import median_of_counts, median_of_parts
from bayesmm.model.row_sums import column_means, column_sd, holds_zeros_and_ones, mean
from bayesmm.model.varying_priors import coefficient_priors, varying_priors, varying_sd

__all__ = ["OF_ROWS", "PRESETS"]

type Parameters = dict[str, Prior]


def _assemble(
    design: Design,
    intercept: Prior,
    coefficients: Mapping[str, Prior],
    spread: float,
    preset: str,
    group_sd: Callable[[str, NDArray[np.float64]], Prior],
    further_sd: Callable[[str, NDArray[np.float64]], Prior],
) -> Parameters:
    """Put the priors of a preset in the order of the model.

    Those of the family are its own, for a response of that spread; `further_sd` is of effects on
    other parameters than mu.
    """
    priors: Parameters = {"Intercept": intercept} if design.mu.intercept else {}
    priors |= {name: coefficients[name] for name in design.mu.names}
    for parameter in design.family.further:
        if design.predictor(parameter.name).constant:
            distribution, *numbers = parameter.prior(
                preset, responses_for(design, parameter), spread
            )
            priors[parameter.name] = Prior(distribution, tuple(numbers))
        else:
            priors |= varying_priors(design, parameter, preset, spread)
    for index, block in enumerate(design.blocks):
        for effect, column in block.effect_columns():
            own_sd = group_sd if effect.predictor == MEAN else further_sd
            priors[sd_name(effect, block.factor)] = own_sd(effect.name, column)
        corr = corr_name(design.blocks, index)
        if corr is not None:
            priors[corr] = Prior("LKJ", (1.0,))
    return priors


def default_priors(design: Design) -> Parameters:
    """Return weakly informative priors on the scale of the data.

    With m and s the middle and scale of the linear predictor (`response_scale`): Intercept (at
    the mean of the predictors) ~ Normal(m, 2.5 s), beta_j ~ Normal(0, 2.5 s / spread(x_j))
    (`column_scales`), and Normal(0, 1 / spread(x_j)) on the log link, where a wider one multiplies
    means by a thousand and more; cell means at the level m (`_coefficients`); sd of a group effect
    of column z: HalfStudentT(3, s / sd(z)) on the identity link, with s alone for the intercept,
    and Exponential with mean s / sd(z) on the others; sigma ~ HalfStudentT(3, sd(y)), of y less the
    offset and for a row of weight 1; psi ~ Beta(2, 2); correlations ~ LKJ(1). Of a parameter that
    varies see `varying_priors`. In a model without
    an intercept or columns that hold one, s, and sd(y) on the identity link, are measured from
    0: root(m^2 + s^2).
    """
    of_response, columns = response_scale(design), column_scales(design)
    location, scale = of_response.level, of_response.scale
    identity = design.family.link == "identity"
    residual = of_response.residual
    if not (design.mu.has_level or columns.constant.any()):
        scale = float(np.hypot(location, scale))
        if identity:
            residual = scale * precision_unit(design)

    # a change of one sd of a column multiplies the mean by exp(1) with one sd of the prior
    slope = 1.0 if design.family.link == "log" else 2.5 * scale

    def group_sd(effect: str, column: NDArray[np.float64]) -> Prior:
        size = scale if effect == "Intercept" else scale / column_spread(column)
        if identity:
            return Prior("HalfStudentT", (3.0, size))
        return Prior("Exponential", (1.0 / size,))

    return _assemble(
        design,
        intercept=Prior("Normal", (location, 2.5 * scale)),
        coefficients=coefficient_priors(
            design.mu, (location, 2.5 * scale), lambda _n, _x, spread: slope / spread, columns
        ),
        spread=residual,
        preset="default",
        group_sd=group_sd,
        further_sd=varying_sd,
    )


def brms_priors(design: Design) -> Parameters:
    """Return the defaults of brms 2.18 (``default_prior``).

    Flat coefficients; Intercept (of the centred design) ~ StudentT(3, median, s), sds and sigma ~
    HalfStudentT(3, s), with median and s = max(2.5, MAD) of g(y), both rounded to one decimal;
    0 and 2.5 on the logit, probit and cloglog links; psi (its 1 - zi or 1 - hu) ~ Beta(1, 1);
    correlations ~ LKJ(1). Of a parameter that varies, coefficients are flat and Intercept ~
    StudentT(3, 0, 2.5), or Logistic(0, 1) of a share. Unlike brms's, an offset is taken from g(y)
    and sigma is that of a row of weight 1.
    """
    location, scale = 0.0, 2.5
    link = {"identity": lambda y: y, "log": np.log, "inverse": np.reciprocal}.get(
        design.family.link
    )
    if link is not None:
        median, mad = _median_and_mad(design, link)
        if np.isfinite(mad):
            scale = max(scale, round(mad, 1))
        if np.isfinite(median):
            location = round(median, 1)
    half = Prior("HalfStudentT", (3.0, scale))
    return _assemble(
        design,
        intercept=Prior("StudentT", (3.0, location, scale)),
        coefficients=dict.fromkeys(design.mu.names, Prior("Flat")),
        spread=scale * precision_unit(design),
        preset="brms",
        group_sd=lambda _effect, _column: half,
        further_sd=lambda _effect, _column: half,
    )


def _median_and_mad(
    design: Design, link: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> tuple[float, float]:
    """Return the median of g(y) less the offset, and 1.4826 times that of distances from it."""

    def linked(part: Design) -> NDArray[np.float64]:
        y = part.family.location(part.y)
        if part.family.link != "identity":
            y = np.where(y == 0, y + 0.1, y)
        with np.errstate(invalid="ignore", divide="ignore"):
            return link(y) - part.mu.known

    def median(of: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        if design.source is None:
            return float(np.median(of(linked(design))))
        if design.family.linear:
            return median_of_parts(lambda: (of(linked(part)) for part in design.parts()))
        rows = design.condensed()
        return median_of_counts(of(linked(rows)), rows.repeats)

    middle = median(lambda g: g)
    return middle, 1.4826 * median(lambda g: np.abs(g - middle))


def rstanarm_priors(design: Design) -> Parameters:
    """Return the defaults of rstanarm 2.21 (``prior_summary``).

    Intercept (of the centred design) ~ Normal(mean(y), 2.5 sd(y)), beta_j ~ Normal(0, 2.5 sd(y) /
    sd(x_j)), with 0 for mean(y) and 1 for sd(y) unless gaussian with the identity link (sd(y) for
    any gaussian); sigma ~ Exponential(1 / sd(y)); sds ~ Decov(1, 1, 1); correlations ~ LKJ(1).
    It has no zero-inflated or hurdle family; psi ~ Beta(1, 1). Unlike rstanarm's, an offset is
    taken from y, weights are precisions, and cell means are at the level of the intercept.

    A model in which further parameters vary, which rstanarm does not have, is refused.
    """
    if design.varying:
        raise PriorError(
            f"rstanarm has no model in which {design.varying[0]} varies, and so no priors of one; "
            "take the presets 'default' or 'brms'."
        )
    of_response, unit = response_scale(design), precision_unit(design)
    sd = of_response.residual / unit if design.family.normal else 1.0
    location = of_response.level if design.family.linear else 0.0

    return _assemble(
        design,
        intercept=Prior("Normal", (location, 2.5 * sd)),
        coefficients=coefficient_priors(
            design.mu,
            (location, 2.5 * sd),
            lambda _n, _x, spread: 2.5 * sd / spread,
            _cell_scales(design),
        ),
        spread=sd * unit,
        preset="rstanarm",
        # relative to sigma, which is that of a row of weight 1
        group_sd=lambda _effect, _column: Prior("Decov", (1.0, 1.0, 1.0 / unit)),
        further_sd=varying_sd,
    )


def bambi_priors(design: Design) -> Parameters:
    """Return the automatic priors of Bambi 0.21, with LKJ(1) for the correlations it lacks.

    Their scales grow with the mean of the predictors although these are centred; kept here so
    that a person coming from Bambi can compare. Unlike Bambi's, an offset is taken from y,
    weights of a gaussian model are precisions, and cell means are at the level of the intercept.
    Of a parameter that varies, coefficients ~ Normal(0, 1) and sds ~ HalfNormal(1), not scaled.
    """
    real = design.family.response == "real"
    location, sd, unit = 0.0, 1.0, precision_unit(design)
    if real:
        sd = column_sd(level_residuals(design, response_scale(design).level))
        location = mean(mean_response(design))
        if design.mu.offset is not None and design.family.link == "identity":
            location -= mean(design.mu.offset)
    binary = design.family.response in ("binary", "binomial") and design.family.link in (
        "logit",
        "probit",
    )

    def slope_scale(column: NDArray[np.float64]) -> float:
        size = column_sd(column)
        return 2.5 * sd / size if size > 0 else np.inf

    def slope(name: str, column: NDArray[np.float64], about_others: float) -> float:
        # a spread about other columns, of a product in a model of cell means, is the smaller one
        size = min(about_others, column_sd(column) or about_others)
        if not binary:
            return 2.5 * sd / size
        dummy = "[" in name and holds_zeros_and_ones(column)
        return 1.0 if dummy else 1.0 / size

    scales = _cell_scales(design)
    of_intercept = (0.0, 1.5) if binary else (location, 2.5 * sd)
    coefficients = coefficient_priors(design.mu, of_intercept, slope, scales)
    own = [coefficients[name].parameters[1] for name in design.mu.names]
    wide = float(np.sqrt((2.5 * sd) ** 2 + np.square(own) @ column_means(design.mu.X) ** 2))

    def group_sd(effect: str, column: NDArray[np.float64]) -> Prior:
        return Prior("HalfNormal", (wide if effect == "Intercept" else slope_scale(column),))

    return _assemble(
        design,
        intercept=Prior("Normal", (0.0, 1.5) if binary else (location, wide)),
        coefficients=coefficients,
        spread=sd * unit,
        preset="bambi",
        group_sd=group_sd,
        further_sd=lambda _effect, _column: Prior("HalfNormal", (1.0,)),
    )


def _cell_scales(design: Design) -> ColumnScales:
    """Return the scales of the columns, plain ones unless the columns are cell means.

    The other packages measure every column of a model with an intercept by its sd.
    """
    scales = column_scales(design)
    if scales.constant.any():
        return scales
    sizes = np.array([column_spread(column) for column in design.mu.X.T]).reshape(
        len(design.mu.names)
    )
    return ColumnScales(scales.constant, sizes, np.zeros_like(scales.held))


# Presets with a quantile of the response, which sums do not say.
OF_ROWS = frozenset({"brms"})

PRESETS: Mapping[str, Callable[[Design], Parameters]] = {
    "default": default_priors,
    "brms": brms_priors,
    "rstanarm": rstanarm_priors,
    "bambi": bambi_priors,
}
