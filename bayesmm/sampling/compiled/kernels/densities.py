"""The rows of a family from its log density, with derivatives by jets.

Columns: response, weight. Statistics: pairs (response, weight of the rows that have it), for the
part of the log density that depends on no mean.
"""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import WORDS
from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE
from bayesmm.sampling.compiled.kernels.responses import Responses, paired

__all__ = ["DensityRows", "responses"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DensityRows:
    """The rows of one family and link.

    Attributes
    ----------
    density : LogDensity
        Of the family.
    link : str
        One of its links.
    parameters : int
        Number of its further parameters.
    """

    density: LogDensity
    link: str
    parameters: int

    def address(self, name: str, *, ours: bool) -> int:
        """Return the C address, see `rows`.

        Parameters
        ----------
        name : str
            Of the machine code; on the disk, and unless `ours`, with a digest of its sources.
        ours : bool
            Whether the family is one of the package, as it stands.
        """
        parts = (
            self.density.kernel,
            self.density.normaliser or _no_normaliser,
            self.density.arguments[self.link],
        )
        stored = f"{name}_{_digest(parts)}"
        return c_address(
            name if ours else stored, ROWS_SIGNATURE, lambda: self._function(stored, parts)
        )

    def _function(self, name: str, parts: tuple[FunctionType, ...]) -> FunctionType:
        """Return the function to compile; jets are loaded only here, because numba is."""
        rows = import_module("bayesmm.sampling.compiled.kernels.density_rows")
        return rows.rows_function(name, *parts, 1 + self.parameters)


def _no_normaliser(_y, *_parameters):
    """Return 0: the kernel says everything."""
    return 0.0


def _digest(parts: tuple[FunctionType, ...]) -> str:
    """Return a digest of what the parts are compiled from: their code, and all that it reads."""
    digest, seen = hashlib.sha256(), set()

    def add(function: FunctionType) -> None:
        if function in WORDS or function in seen:
            digest.update(function.__name__.encode())
            return
        seen.add(function)
        code = function.__code__
        digest.update(code.co_code)
        digest.update(repr((code.co_names, code.co_varnames, _plain(code.co_consts))).encode())
        values = [function.__globals__.get(name) for name in code.co_names]
        values += [cell.cell_contents for cell in function.__closure__ or ()]
        for value in values:
            if isinstance(value, FunctionType):
                add(value)
            elif isinstance(value, int | float):
                digest.update(repr(value).encode())

    for part in parts:
        add(part)
    return digest.hexdigest()[:12]


def _plain(constants: tuple) -> tuple:
    """Return the constants of a function without what has an address."""
    return tuple(value for value in constants if isinstance(value, int | float | str | tuple))


def responses(density: LogDensity, y: Floats, w: Floats) -> Responses:
    """Return what the rows read of the responses, `w` the weights of the rows."""
    statistics = paired(y, w)
    if density.normaliser is None:
        statistics = np.empty(0)
    elif not density.by_value:
        statistics = np.array([[y[0], w.sum()]])
    silent = None if density.zeros else y == 0
    return Responses((y, w), statistics.ravel(), "same", silent)
