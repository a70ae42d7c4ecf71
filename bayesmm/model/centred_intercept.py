"""The two intercepts of the PyMC model, under two names.

Bambi calls ``Intercept`` what it samples, the one at the means of the predictors, and moves it
to X = 0 afterwards, outside the model. PyMC matches draws to a model by name, so that draws of
the one would be taken for the other. Here the model samples ``Intercept_centred`` and has the
reported ``Intercept`` as a function of it.
"""

from collections.abc import Callable
from typing import Any

from bayesmm.model.design import Design
from bayesmm.model.names import CENTRED_INTERCEPT, stored_name
from bayesmm.model.priors import Prior, Priors

__all__ = ["centred_intercept", "intercept_of_rows", "made_before"]


def centred_intercept(design: Design, priors: Priors) -> Callable[..., Any]:
    """Return the ``dist`` of the intercept at X = 0: b0 - mean(X) beta, with b0 sampled.

    Bambi makes the intercept before the slopes, so that the slopes are made here too.
    """

    def dist(name: str, **_: Any) -> Any:
        import pymc as pm  # noqa: PLC0415  (heavy: seconds)
        import pytensor.tensor as pt  # noqa: PLC0415

        centred = _variable(CENTRED_INTERCEPT, priors["Intercept"])
        slopes = [_variable(stored_name(n), priors[n]) for n in design.names]
        return pm.Deterministic(name, centred - pt.dot(design.center, pt.stack(slopes)))

    return dist


def intercept_of_rows(design: Design, priors: Priors) -> Callable[..., Any]:
    """Return the ``dist`` of an intercept that is all there is: in each row, not as one number.

    Bambi's mean of the response has its dimension from what is added to the intercept.
    """

    def dist(name: str, **_: Any) -> Any:
        import pytensor.tensor as pt  # noqa: PLC0415

        return _variable(name, priors["Intercept"]) + pt.zeros(design.n_obs)

    return dist


def made_before(name: str, **_: Any) -> Any:
    """Return the variable of that name, as the ``dist`` of a slope."""
    import pymc as pm  # noqa: PLC0415

    return pm.modelcontext(None)[name]


def _variable(name: str, prior: Prior) -> Any:
    import pymc as pm  # noqa: PLC0415

    return getattr(pm, prior.distribution)(name, **prior.named)
