"""Default priors, scaled to the data: ours, and those of brms, rstanarm and Bambi."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, sd_name
from bayesmm.model.priors import Prior

__all__ = ["PRESETS"]

type Parameters = dict[str, Prior]


def _assemble(
    design: Design,
    intercept: Prior,
    slope: Callable[[str, NDArray[np.float64]], Prior],
    auxiliary: Mapping[str, Prior],
    group_sd: Callable[[str, NDArray[np.float64]], Prior],
) -> Parameters:
    """Put the priors of a preset in the order of the model."""
    priors: Parameters = {"Intercept": intercept} if design.intercept else {}
    for name, column in zip(design.names, design.X.T, strict=True):
        priors[name] = slope(name, column)
    priors |= {name: auxiliary[name] for name in design.family.auxiliary}
    for index, block in enumerate(design.blocks):
        for effect, column in zip(block.effects, block.Z.T, strict=True):
            priors[sd_name(effect, block.factor)] = group_sd(effect, column)
        corr = corr_name(design.blocks, index)
        if corr is not None:
            priors[corr] = Prior("LKJ", (1.0,))
    return priors


def _mean_response(design: Design) -> NDArray[np.float64]:
    """Return y, or the proportion of successes for the binomial family."""
    return design.y if design.trials is None else design.y / design.trials


def _link_location_and_scale(design: Design) -> tuple[float, float]:
    """Return the middle and the scale of the linear predictor, from the response alone.

    identity: mean(y) and sd(y). log: log(mean(y)) and 1. inverse: 1 / mean(y) and, by the delta
    method, sd(y) / mean(y)^2. logit, probit, cloglog: 0 and 1. The predictors take no part, so
    that moving the zero of a predictor moves no prior. A known offset is taken from the middle.
    """
    y = _mean_response(design)
    if design.offset is not None and design.family.link == "identity":
        y = y - design.offset
    mean, sd = float(y.mean()), float(y.std(ddof=1))
    table: dict[str, tuple[float, float]] = {
        "identity": (mean, sd),
        "log": (float(np.log(mean)) if mean > 0 else 0.0, 1.0),
        "inverse": (1 / mean, sd / mean**2) if mean != 0 else (0.0, 1.0),
    }
    location, scale = table.get(design.family.link, (0.0, 1.0))
    if design.offset is not None and design.family.link != "identity":
        location -= float(design.offset.mean())
    return location, scale


def _spread(column: NDArray[np.float64]) -> float:
    """Return the sd of a column, or its root mean square when it does not vary."""
    sd = float(column.std(ddof=1))
    return sd if sd > 0 else float(np.sqrt(np.mean(column**2))) or 1.0


def default_priors(design: Design) -> Parameters:
    """Return weakly informative priors on the scale of the data.

    With m and s the middle and scale of the linear predictor (`_link_location_and_scale`):
    Intercept (at the mean of the predictors) ~ Normal(m, 2.5 s), beta_j ~ Normal(0, 2.5 s /
    sd(x_j)); sd of a group effect of column z: HalfStudentT(3, s / sd(z)) on the identity link,
    with s alone for the intercept, and Exponential with mean s / sd(z) on the others; sigma ~
    HalfStudentT(3, sd(y)); psi ~ Beta(2, 2); correlations ~ LKJ(1).
    """
    location, scale = _link_location_and_scale(design)
    identity = design.family.link == "identity"

    def group_sd(effect: str, column: NDArray[np.float64]) -> Prior:
        size = scale if effect == "Intercept" else scale / _spread(column)
        if identity:
            return Prior("HalfStudentT", (3.0, size))
        return Prior("Exponential", (1.0 / size,))

    return _assemble(
        design,
        intercept=Prior("Normal", (location, 2.5 * scale)),
        slope=lambda _, column: Prior("Normal", (0.0, 2.5 * scale / _spread(column))),
        auxiliary={
            "sigma": Prior("HalfStudentT", (3.0, _spread(design.y))),
            "nu": Prior("Gamma", (2.0, 0.1)),
            "alpha": Prior("HalfCauchy", (1.0,)),
            "kappa": Prior("HalfCauchy", (1.0,)),
            "psi": Prior("Beta", (2.0, 2.0)),
        },
        group_sd=group_sd,
    )


def brms_priors(design: Design) -> Parameters:
    """Return the defaults of brms 2.18 (``default_prior``).

    Flat coefficients; Intercept (of the centred design) ~ StudentT(3, median, s), sds and sigma ~
    HalfStudentT(3, s), with median and s = max(2.5, MAD) of g(y), both rounded to one decimal;
    0 and 2.5 on the logit, probit and cloglog links; psi (its 1 - zi or 1 - hu) ~ Beta(1, 1);
    correlations ~ LKJ(1).
    """
    location, scale = 0.0, 2.5
    link = {"identity": lambda y: y, "log": np.log, "inverse": np.reciprocal}.get(
        design.family.link
    )
    if link is not None:
        y = design.y
        if design.family.link != "identity":
            y = np.where(y == 0, y + 0.1, y)
        with np.errstate(invalid="ignore", divide="ignore"):
            g = link(y)
        median = float(np.median(g))
        mad = 1.4826 * float(np.median(np.abs(g - median)))
        if np.isfinite(mad):
            scale = max(scale, round(mad, 1))
        if np.isfinite(median):
            location = round(median, 1)
        if design.offset is not None:
            location -= float(design.offset.mean())
    half = Prior("HalfStudentT", (3.0, scale))
    return _assemble(
        design,
        intercept=Prior("StudentT", (3.0, location, scale)),
        slope=lambda _name, _column: Prior("Flat"),
        auxiliary={
            "sigma": half,
            "nu": Prior("Gamma", (2.0, 0.1)),
            "alpha": Prior("Gamma", (0.01, 0.01)),
            "kappa": Prior("Gamma", (0.01, 0.01)),
            "psi": Prior("Beta", (1.0, 1.0)),
        },
        group_sd=lambda _effect, _column: half,
    )


def rstanarm_priors(design: Design) -> Parameters:
    """Return the defaults of rstanarm 2.21 (``prior_summary``).

    Intercept (of the centred design) ~ Normal(mean(y), 2.5 sd(y)), beta_j ~ Normal(0, 2.5 sd(y) /
    sd(x_j)), with 0 for mean(y) and 1 for sd(y) unless gaussian with the identity link (sd(y) for
    any gaussian); sigma ~ Exponential(1 / sd(y)); sds ~ Decov(1, 1, 1); correlations ~ LKJ(1).
    It has no zero-inflated or hurdle family; psi ~ Beta(1, 1).
    """
    gaussian = design.family.name == "gaussian"
    identity = gaussian and design.family.link == "identity"
    sd = float(design.y.std(ddof=1)) if gaussian else 1.0

    exponential = Prior("Exponential", (1.0,))
    return _assemble(
        design,
        intercept=Prior("Normal", (float(design.y.mean()) if identity else 0.0, 2.5 * sd)),
        slope=lambda _, column: Prior("Normal", (0.0, 2.5 * sd / _spread(column))),
        auxiliary={
            "sigma": Prior("Exponential", (1.0 / sd,)),
            "nu": Prior("Gamma", (2.0, 0.1)),
            "alpha": exponential,
            "kappa": exponential,
            "psi": Prior("Beta", (1.0, 1.0)),
        },
        group_sd=lambda _effect, _column: Prior("Decov", (1.0, 1.0, 1.0)),
    )


def bambi_priors(design: Design) -> Parameters:
    """Return the automatic priors of Bambi 0.21, with LKJ(1) for the correlations it lacks.

    Their scales grow with the mean of the predictors although these are centred; kept here so
    that a person coming from Bambi can compare.
    """
    real = design.family.name in ("gaussian", "t")
    mean, sd = (float(design.y.mean()), float(design.y.std())) if real else (0.0, 1.0)
    binary = design.family.name in ("bernoulli", "binomial") and design.family.link in (
        "logit",
        "probit",
    )

    def slope_scale(column: NDArray[np.float64]) -> float:
        spread = float(column.std())
        return 2.5 * sd / spread if spread > 0 else np.inf

    def slope(name: str, column: NDArray[np.float64]) -> Prior:
        if not binary:
            return Prior("Normal", (0.0, slope_scale(column)))
        dummy = "[" in name and np.isin(column, (0.0, 1.0)).all()
        return Prior("Normal", (0.0, 1.0 if dummy else 1.0 / float(column.std())))

    columns = zip(design.names, design.X.T, strict=True)
    coefficients = [slope(name, column).parameters[1] for name, column in columns]
    wide = float(np.sqrt((2.5 * sd) ** 2 + np.square(coefficients) @ design.X.mean(axis=0) ** 2))

    def group_sd(effect: str, column: NDArray[np.float64]) -> Prior:
        return Prior("HalfNormal", (wide if effect == "Intercept" else slope_scale(column),))

    return _assemble(
        design,
        intercept=Prior("Normal", (0.0, 1.5) if binary else (mean, wide)),
        slope=slope,
        auxiliary={
            "sigma": Prior("HalfStudentT", (4.0, sd)),
            "nu": Prior("Gamma", (2.0, 0.1)),
            "alpha": Prior("HalfCauchy", (1.0,)),
            "kappa": Prior("HalfCauchy", (1.0,)),
            "psi": Prior("Beta", (2.0, 2.0)),
        },
        group_sd=group_sd,
    )


PRESETS: Mapping[str, Callable[[Design], Parameters]] = {
    "default": default_priors,
    "brms": brms_priors,
    "rstanarm": rstanarm_priors,
    "bambi": bambi_priors,
}
