"""The common effects of the PyMC model, those that are sampled and those that are reported.

Bambi calls ``Intercept`` what it samples, the one at the means of the predictors, and moves it
to X = 0 afterwards, outside the model. PyMC matches draws to a model by name, so that draws of
the one would be taken for the other. Here the model samples ``Intercept_centred`` and has the
reported ``Intercept`` as a function of it; likewise any coefficient whose prior is of a centred
column and that is another one than that of the column of the formula.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesmm.model.centred_columns import Centring
from bayesmm.model.design import Design
from bayesmm.model.names import centred_name, coefficient_names, stored_name
from bayesmm.model.predictor import MEAN, Predictor
from bayesmm.model.prior_columns import centrings_of, prior_design
from bayesmm.model.priors import Prior, Priors

__all__ = ["CommonEffects", "intercept_of_rows"]


@dataclass(frozen=True, slots=True)
class CommonEffects:
    """The coefficients of a predictor, made in the PyMC model by the first that is needed.

    All state lives in the PyMC model, so that building it twice does no harm.
    """

    design: Design
    priors: Priors
    parameter: str = MEAN

    @property
    def _predictor(self) -> Predictor:
        return self.design.predictor(self.parameter)

    @property
    def needed(self) -> bool:
        """Whether any coefficient that is reported is another one than that which is sampled."""
        return self._centring is not None or bool(
            self._predictor.intercept and self._predictor.names
        )

    def dist(self, name: str, **_: Any) -> Any:
        """Return the variable of a reported coefficient, as a ``dist`` of Bambi's hook."""
        import pymc as pm  # noqa: PLC0415  (heavy: seconds)

        model = pm.modelcontext(None)
        if name not in model.named_vars:
            self._make()
        return model[name]

    def sampled_name(self, k: int) -> str:
        """Return the PyMC name of what is sampled for term k."""
        name = coefficient_names(self._predictor)[k]
        centred = k == 0 and self._predictor.intercept and self.needed
        return stored_name(centred_name(name) if centred or self._is_moved(k) else name)

    def variables(self) -> list[Any]:
        """Return the variables of all coefficients, the intercept at X = 0 first."""
        import pymc as pm  # noqa: PLC0415

        model, names = pm.modelcontext(None), coefficient_names(self._predictor)
        if self.needed:
            self._make()
        else:
            for name in names:
                _variable(stored_name(name), self.priors[name])
        return [model[stored_name(name)] for name in names]

    def _is_moved(self, k: int) -> bool:
        row = self._matrix[k]
        return bool(np.any(row != np.eye(len(row))[k]))

    @property
    def _matrix(self) -> np.ndarray:
        """C: the reported coefficients are C times those of the centred columns."""
        own = self._centring
        return np.eye(len(self._predictor.terms)) if own is None else own.matrix

    @property
    def _centring(self) -> Centring | None:
        centrings = centrings_of(self.design, self.priors.preset, self.priors.changed)
        if centrings is None:
            return None
        parameters = [predictor.parameter for predictor in self.design.predictors]
        return centrings.predictors[parameters.index(self.parameter)]

    def _make(self) -> None:
        """Make all coefficients: those that are sampled, and the reported ones of them."""
        import pymc as pm  # noqa: PLC0415
        import pytensor.tensor as pt  # noqa: PLC0415

        predictor = self._predictor
        terms, first = coefficient_names(predictor), int(predictor.intercept)
        sampled = [
            _variable(self.sampled_name(k), self.priors[name]) for k, name in enumerate(terms)
        ]
        if first and predictor.names:
            own = prior_design(self.design, self.priors).predictor(self.parameter)
            centre = own.centre
            sampled[0] = sampled[0] - pt.dot(centre, pt.stack(sampled[first:]))
        for k, name in enumerate(terms):
            if self._is_moved(k):
                row = self._matrix[k]
                value = sum(row[i] * sampled[i] for i in np.flatnonzero(row))
            elif k < first:
                value = sampled[k]
            else:
                continue  # reported as it is sampled
            pm.Deterministic(stored_name(name), value)


def intercept_of_rows(design: Design, priors: Priors) -> Callable[..., Any]:
    """Return the ``dist`` of an intercept that is all there is: in each row, not as one number.

    Bambi's mean of the response has its dimension from what is added to the intercept.
    """

    def dist(name: str, **_: Any) -> Any:
        import pytensor.tensor as pt  # noqa: PLC0415

        return _variable(name, priors["Intercept"]) + pt.zeros(design.n_obs)

    return dist


def _variable(name: str, prior: Prior) -> Any:
    import pymc as pm  # noqa: PLC0415

    return getattr(pm, prior.distribution)(name, **prior.named)
