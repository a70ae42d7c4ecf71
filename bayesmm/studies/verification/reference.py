"""PyMC's log density in the coordinates of an engine, by differences of what makes the draws."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bayesmm.studies.verification.engine_density import EngineDensity, Given
from bayesmm.studies.verification.pymc_points import PymcPoints

__all__ = ["Reference"]

type Array = NDArray[np.float64]

# Of differences, in posterior sds or, where a variable of PyMC changes faster (log sd near 0), in
# units of its change: good to its fourth power. The first look at how fast is with the second.
_STEP, _LOOK = 1e-3, 1e-7
_CHUNK = 4_000_000  # numbers that are held at a time
_HALVINGS = 12


class Reference:
    """PyMC's log density of what an engine samples, up to a constant.

    Parameters
    ----------
    engine : EngineDensity
        What is sampled.
    pymc : PymcPoints
        The specification.
    spread : ndarray, shape (d,)
        Posterior sds of the coordinates.
    """

    def __init__(self, engine: EngineDensity, pymc: PymcPoints, spread: Array) -> None:
        self._engine, self._pymc, self._spread = engine, pymc, spread

    def at(self, x: Array, given: Given) -> Array:
        """Return it at n positions with what is integrated out held at `given`; NaN for none."""
        with np.errstate(all="ignore"):  # at impossible positions there is no value
            state = self._engine.state(x, given)
            log_density = self._pymc.log_density(self._pymc.values(state.parameters))
            found = log_density + state.log_weight + self._log_determinant(x, given)
        return np.where(np.isfinite(found), found, np.nan)

    def slope(self, x: Array, given: Given, directions: Array) -> Array:
        """Return its derivative along a direction at each position."""
        fast = self._speed(x, given, directions)
        return _differences(lambda t: self.at(x + t[:, None] * directions, given), _STEP / fast)

    def directions(self, x: Array, random: Array) -> Array:
        """Return directions in which the variables of PyMC change by about a posterior sd.

        Parameters
        ----------
        x, random : ndarray, shape (n, d)
            Positions, and independent standard normal numbers.
        """
        given = self._engine.given(x)
        found = self._spread * random / np.sqrt(x.shape[1])
        for i in self._engine.outer:
            found[:, i] /= self._speed(x, given, self._along(x, i))
        return found

    def brought_closer(self, x: Array, middle: Array) -> Array:
        """Return positions halfway to the middle, again and again, until both can be compared.

        PyMC has a value there, and no partial correlation is 1 to six digits: the matrices that
        draws hold do not tell those apart.
        """
        x = x.copy()
        for _ in range(_HALVINGS):
            given = self._engine.given(x)
            with np.errstate(all="ignore"):
                values = self._pymc.values(self._engine.state(x, given).parameters)
            none = np.isnan(self.at(x, given)) | self._pymc.degenerate(values)
            if not none.any():
                break
            x[none] = (x[none] + middle) / 2
        return x

    def _along(self, x: Array, i: int) -> Array:
        """Return a posterior sd in the direction of one coordinate."""
        step = np.zeros_like(x)
        step[:, i] = self._spread[i]
        return step

    def _speed(self, x: Array, given: Given, directions: Array) -> Array:
        """Return how fast the variables that are no effects change along directions, at least 1."""
        ahead, behind = (self._outer(x + t * directions, given) for t in (_LOOK, -_LOOK))
        return 1 + np.abs(ahead - behind).max(axis=1, initial=0.0) / (2 * _LOOK)

    def _log_determinant(self, x: Array, given: Given) -> Array:
        """Return log |det dz/dx|: coordinates of effects have no part in the other variables."""
        total = np.linalg.slogdet(self._of_outer(x, given))[1]
        if len(self._engine.levels) and not self._engine.coefficients_integrated:
            total = total + np.linalg.slogdet(self._of_levels(x, given))[1]
        return total

    def _outer(self, x: Array, given: Given) -> Array:
        engine = self._engine
        state = engine.state(x, given)
        flat = self._pymc.flat(
            self._pymc.values(state.parameters),
            effects=False,
            coefficients=not engine.coefficients_integrated,
        )
        return np.concatenate([flat, state.further], axis=1)

    def _of_outer(self, x: Array, given: Given) -> Array:
        """Return the derivatives of the variables that are no effects, (n, m, m)."""
        columns = []
        for i in self._engine.outer:
            step = self._along(x, i)
            fast = self._speed(x, given, step)

            def moved(t: Array, step: Array = step) -> Array:
                return self._outer(x + t[:, None] * step, given)

            columns.append(_differences(moved, _STEP / fast) / self._spread[i])
        return np.stack(columns, axis=2)

    def _of_levels(self, x: Array, given: Given) -> Array:
        """Return the derivatives of the effects, which are affine: one step, of any length."""
        levels = self._engine.levels
        result = np.empty((len(x), len(levels), len(levels)))
        together = max(1, _CHUNK // (len(levels) * x.shape[1]))
        for place in range(len(x)):
            held = {name: own[place : place + 1] for name, own in given.items()}
            base = self._effects(x[place : place + 1], held)
            for start in range(0, len(levels), together):
                part = levels[start : start + together]
                moved = np.repeat(x[place : place + 1], len(part), axis=0)
                moved[np.arange(len(part)), part] += self._spread[part]
                of_part = {name: np.repeat(own, len(part), axis=0) for name, own in held.items()}
                change = (self._effects(moved, of_part) - base) / self._spread[part, None]
                result[place, :, start : start + len(part)] = change.T
        return result

    def _effects(self, x: Array, given: Given) -> Array:
        values = self._pymc.values(self._engine.state(x, given).parameters)
        return self._pymc.flat(values, effects=True, without=self._engine.integrated)


def _differences(function: Callable[[Array], Array], h: Array) -> Array:
    """Return f'(0) of n functions by four central differences of their steps, right to h^4."""
    near, far = function(h) - function(-h), function(2 * h) - function(-2 * h)
    return (8 * near - far) / (12 * h.reshape(-1, *(1,) * (near.ndim - 1)))
