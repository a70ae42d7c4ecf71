"""The rows of a family from its log density, with derivatives by jets.

Columns: response, weight, and where further parameters vary the weight of what depends on no mean,
which is in the rows then. Statistics: pairs (response, weight of the rows that have it), for the
part of the log density that depends on no mean.
"""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import MEANS, LogDensity
from bayesmm.family.numeric import WORDS
from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE
from bayesmm.sampling.compiled.kernels.responses import Responses, paired

__all__ = ["DensityRows", "responses", "varying_responses"]

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
    links : tuple of (str or None)
        Of its further parameters the link, where it has a linear predictor; None of one that is
        a number.
    """

    density: LogDensity
    link: str
    links: tuple[str | None, ...]

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
        parts += tuple(MEANS[link] for link in self.links if link is not None)
        stored = f"{name}_{_digest(parts)}"
        return c_address(
            name if ours else stored,
            ROWS_SIGNATURE,
            lambda: self._function(stored, parts),
            stored=stored,
        )

    def _function(self, name: str, parts: tuple[FunctionType, ...]) -> FunctionType:
        """Return the function to compile; jets are loaded only here, because numba is."""
        rows = import_module("bayesmm.sampling.compiled.kernels.density_rows")
        if not any(self.links):
            return rows.rows_function(name, *parts, 1 + len(self.links))
        inverses = [link and MEANS[link] for link in self.links]
        return rows.varying_rows_function(name, *parts[:3], inverses)


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


def varying_responses(y: Floats, w: Floats, *, precisions: bool) -> Responses:
    """Return what the rows read where further parameters vary: everything is in the rows.

    Parameters
    ----------
    y, w : ndarray, shape (n,)
        Responses and weights.
    precisions : bool
        Whether weights are precisions, of which log p(y) = w kernel + normaliser.
    """
    return Responses((y, w, np.ones_like(w) if precisions else w), np.empty(0), "same")
