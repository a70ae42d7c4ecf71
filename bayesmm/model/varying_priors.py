"""Priors of coefficients, and of all that belongs to a parameter with a linear predictor."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.parameter import Parameter
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.names import coefficient_names
from bayesmm.model.predictor import Predictor
from bayesmm.model.predictor_scale import ColumnScales, column_scales, column_spread
from bayesmm.model.priors import Prior

__all__ = ["coefficient_priors", "varying_priors", "varying_sd"]

# sd of a standard logistic distribution, for cell means where the intercept would have one.
_LOGISTIC_SD = float(np.pi / np.sqrt(3.0))


def coefficient_priors(
    predictor: Predictor,
    intercept: tuple[float, float],
    slope: Callable[[str, NDArray[np.float64], float], float],
    scales: ColumnScales,
) -> dict[str, Prior]:
    """Return normal priors of the coefficients.

    `intercept` has the mean and sd of the prior that an intercept has, or would have;
    ``slope(name, column, spread)`` gives the sd of a slope whose column has that spread.

    With c the weights of the columns in the constant, gamma_j ~ Normal(m c_j, s / rms(x_j)) for
    those that are part of it: with two cells the same model as an intercept of Normal(m, s) and
    a difference of Normal(0, s / sd(dummy)), because their covariance is 0. The others are
    gamma_k ~ Normal(0, `slope`). What is written, beta = gamma - `held` gamma, gets the sd that
    this gives each of them by itself.
    """
    m, s = intercept
    level = scales.constant != 0.0
    own = np.array(
        [
            s / spread if is_level else slope(name, column, spread)
            for name, column, spread, is_level in zip(
                predictor.names, predictor.X.T, scales.spread, level, strict=True
            )
        ]
    ).reshape(len(predictor.names))
    sds = np.sqrt(own**2 + scales.held**2 @ own**2)
    return {
        name: Prior("Normal", (float(m * c), float(sd)))
        for name, c, sd in zip(predictor.names, scales.constant, sds, strict=True)
    }


def varying_priors(
    design: Design, parameter: Parameter, preset: str, spread: float
) -> dict[str, Prior]:
    """Return the priors of the coefficients of a parameter that varies, on the scale of its link.

    The intercept, at the mean of the columns, has that of `Parameter.intercept_prior`: of sigma
    Normal(log sd(y), 1), of a share Logistic(0, 1). A change of one sd of a column multiplies a
    positive parameter by exp(1) with one sd of its prior, beta_j ~ Normal(0, 1 / spread(x_j)), and
    has Normal(0, 2.5 / spread(x_j)) on the logit scale, as mu has, and of parameters of any sign.
    brms: flat; Bambi: Normal(0, 1).

    `spread` is that of the response, in the units of sigma.
    """
    predictor = design.predictor(parameter.name)
    names = coefficient_names(predictor)
    y = responses_for(design, parameter)
    distribution, *numbers = parameter.intercept_prior(preset, y, spread)
    location, sd = numbers[-2:]
    if preset == "default" and predictor.offset is not None:
        location -= float(predictor.offset.mean())
        numbers[-2] = location
    first = Prior(distribution, tuple(numbers))
    found = {names[0]: first} if predictor.intercept else {}
    if preset == "brms":
        slopes = dict.fromkeys(predictor.names, Prior("Flat"))
    elif preset == "bambi":
        slopes = dict.fromkeys(predictor.names, Prior("Normal", (0.0, 1.0)))
    else:
        size = 1.0 if parameter.support == "positive" else 2.5
        slopes = coefficient_priors(
            predictor,
            (location, sd * (_LOGISTIC_SD if distribution == "Logistic" else 1.0)),
            lambda _name, _column, spread: size / spread,
            column_scales(design, parameter.name),
        )
    own = names[int(predictor.intercept) :]
    return found | {name: slopes[column] for name, column in zip(own, predictor.names, strict=True)}


def varying_sd(effect: str, column: NDArray[np.float64]) -> Prior:
    """Return the prior of the sd of an effect on a further parameter: that of mu on such a link.

    Exponential with mean 1, or 1 / spread(z) of a column z.
    """
    size = 1.0 if effect == "Intercept" else 1.0 / column_spread(column)
    return Prior("Exponential", (1.0 / size,))
