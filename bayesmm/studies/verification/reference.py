"""PyMC's log density in the coordinates of an engine, by differences of what makes the draws."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.sampling.draws import ParameterDraws
from bayesmm.studies.verification.engine_density import EngineDensity, Given
from bayesmm.studies.verification.pymc_points import PymcPoints

__all__ = ["Reference"]

# Of differences, in posterior sds or, where a variable of PyMC changes faster (log sd near 0), in
# units of its change: good to its sixth power. The first look at how fast is with the second.
_STEP, _LOOK = 1e-2, 1e-7
_LONGER = 4.0  # times as long are the steps by which differences are judged
_DIGITS = 3e-7  # of the largest slope: as far may the two be apart where slopes are compared
_STEPS = np.array([1.0, -1.0, 2.0, -2.0, 3.0, -3.0])
_WEIGHTS = np.array([45.0, -45.0, -9.0, 9.0, 1.0, -1.0]) / 60
_SINGULAR = 1e-4  # smallest eigenvalue
_CHUNK = 4_000_000  # numbers that are held at a time
_HALVINGS = 12


class Reference:
    """PyMC's log density of what an engine samples, up to a constant.

    `engine` is what is sampled, `pymc` the specification, and `spread`, shape (d,), has posterior
    sds of the coordinates.
    """

    def __init__(self, engine: EngineDensity, pymc: PymcPoints, spread: Array) -> None:
        self._engine, self._pymc, self._spread = engine, pymc, spread

    def at(self, x: Array, given: Given) -> Array:
        """Return it at n positions with what is integrated out held at `given`; NaN for none."""
        with np.errstate(all="ignore"):  # at impossible positions there is no value
            state = self._engine.state(x, given)
            log_density = self._pymc.log_density(self._pymc.values(state.parameters))
            weight = self._engine.log_weight(x, given)
            found = log_density + weight + self._log_determinant(x, given)
        return np.where(np.isfinite(found), found, np.nan)

    def slope(self, x: Array, given: Given, directions: Array) -> Array:
        """Return its derivative along a direction at each position."""
        return self._difference(x, given, directions, self._step(x, given, directions))

    def _step(self, x: Array, given: Given, directions: Array) -> Array:
        return _STEP / self._speed(x, given, directions[None])[0]

    def _difference(self, x: Array, given: Given, directions: Array, step: Array) -> Array:
        moves = _STEPS[:, None, None] * step[:, None] * directions
        found = self.at(np.concatenate(x + moves), _repeated(given, len(_STEPS)))
        return _WEIGHTS @ found.reshape(len(_STEPS), -1) / step

    def directions(self, x: Array, random: Array) -> Array:
        """Return directions in which the variables of PyMC change by about a posterior sd.

        Positions and independent standard normal numbers are of shape (n, d).
        """
        given = self._engine.given(x)
        found = self._spread * random / np.sqrt(x.shape[1])
        found[:, self._engine.outer] /= self._speed(x, given, self._along(x)).T
        return found

    def brought_closer(self, x: Array, middle: Array, random: Array | None) -> Array:
        """Return positions halfway to the middle, again and again, until both can be compared.

        PyMC has a value there, and no partial correlation is 1 to four digits, neither of the
        effects in the columns of the priors nor of those that are reported: the matrices that draws
        hold do not tell those apart. With `random`, from which `directions` makes those of the
        slopes, PyMC's values have digits enough for differences there: beside a number of 1e9 in a
        log gamma function they have few.
        """
        x = x.copy()
        for _ in range(_HALVINGS):
            given = self._engine.given(x)
            with np.errstate(all="ignore"):
                parameters = self._engine.state(x, given).parameters
                values = self._pymc.values(parameters)
            none = np.isnan(self.at(x, given)) | self._pymc.degenerate(values)
            none |= _singular(parameters)
            if random is not None and not none.any():  # slopes are dear
                none = self._lacks_digits(x, given, self.directions(x, random))
            if not none.any():
                break
            x[none] = (x[none] + middle) / 2
        return x

    def _lacks_digits(self, x: Array, given: Given, directions: Array) -> NDArray[np.bool_]:
        """Return where differences over longer steps do not agree with those of `slope`, (n,)."""
        step = self._step(x, given, directions)
        found = self._difference(x, given, directions, step)
        apart = np.abs(found - self._difference(x, given, directions, _LONGER * step))
        return ~(apart <= _DIGITS * np.nanmax(np.abs(found), initial=0.0))

    def _along(self, x: Array) -> Array:
        """Return a posterior sd in the direction of each outer coordinate, (m, n, d)."""
        outer = self._engine.outer
        steps = np.zeros((len(outer), *x.shape))
        steps[np.arange(len(outer)), :, outer] = self._spread[outer, None]
        return steps

    def _speed(self, x: Array, given: Given, directions: Array) -> Array:
        """Return how fast the variables that are no effects change, at least 1, (m, n).

        Along m directions of each position, (m, n, d).
        """
        moves = np.array([_LOOK, -_LOOK])[:, None, None, None] * directions
        ahead, behind = self._outer(x, given, moves)
        return 1 + np.abs(ahead - behind).max(axis=-1, initial=0.0) / (2 * _LOOK)

    def _log_determinant(self, x: Array, given: Given) -> Array:
        """Return log |det dz/dx|: coordinates of effects have no part in the other variables."""
        total = np.linalg.slogdet(self._of_outer(x, given))[1]
        if self._engine.n_effects:
            total = total + np.linalg.slogdet(self._of_levels(x, given))[1]
        return total

    def _outer(self, x: Array, given: Given, moves: Array) -> Array:
        """Return the variables that are no effects at x + moves, (..., n, m)."""
        engine = self._engine
        places = (x + moves).reshape(-1, x.shape[1])
        state = engine.state(places, _repeated(given, len(places) // len(x)))
        flat = self._pymc.flat(
            self._pymc.values(state.parameters),
            effects=False,
            coefficients=not engine.coefficients_integrated,
        )
        return np.concatenate([flat, state.further], axis=1).reshape(*moves.shape[:-1], -1)

    def _of_outer(self, x: Array, given: Given) -> Array:
        """Return the derivatives of the variables that are no effects, (n, m, m)."""
        along = self._along(x)
        step = _STEP / self._speed(x, given, along)
        moves = _STEPS[:, None, None, None] * step[..., None] * along
        found = np.tensordot(_WEIGHTS, self._outer(x, given, moves), axes=1)
        found = found / step[..., None] / self._spread[self._engine.outer][:, None, None]
        return np.moveaxis(found, 0, 2)

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
        if self._engine.effects is not None:
            return self._engine.effects(x, given)
        values = self._pymc.values(self._engine.state(x, given).parameters)
        return self._pymc.flat(values, effects=True, without=self._engine.integrated)


def _singular(parameters: ParameterDraws) -> NDArray[np.bool_]:
    """Return where a correlation matrix of one chain of draws is singular to four digits, (n,)."""
    found = np.zeros(parameters.beta.shape[1], dtype=bool)
    for block in parameters.blocks:
        if block.corr is not None:
            given = np.isfinite(block.corr[0]).all(axis=(1, 2))
            found |= ~given
            found[given] |= np.linalg.eigvalsh(block.corr[0][given])[:, 0] < _SINGULAR
    return found


def _repeated(given: Given, times: int) -> Given:
    """Return what is given at n positions for as many copies of them."""
    return {name: np.tile(own, (times, *(1,) * (own.ndim - 1))) for name, own in given.items()}
