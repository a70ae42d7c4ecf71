"""The rows of a family from its log density, with derivatives by jets.

Columns: response, weight, and where further parameters vary the weight of what depends on no mean,
which is in the rows then; then the known numbers of the row that the log density reads. Statistics:
response, known numbers, and weight of the rows that have these, for the part of the log density
that depends on no mean.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import MEANS, LogDensity
from bayesmm.family.every_word import EVERY_WORD
from bayesmm.family.response_rows import Known
from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE
from bayesmm.sampling.compiled.kernels.responses import Responses, paired
from bayesmm.sampling.compiled.loops import Loops

__all__ = ["DensityRows", "responses", "varying_responses"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DensityRows:
    """The rows of one family and link.

    `links` has the links of further parameters that have a linear predictor, and None for one that
    is a number.
    """

    density: LogDensity  # of the family
    link: str  # one of its links
    links: tuple[str | None, ...]

    def address(self, name: str, *, ours: bool) -> int:
        """Return the C address, see `rows`.

        `name` is that of the machine code; on the disk, and unless the family is one of the package
        as it stands (`ours`), with a digest of its sources.
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
            loops=Loops.LONG,
        )

    def _function(self, name: str, parts: tuple[FunctionType, ...]) -> FunctionType:
        """Return the function to compile; jets are loaded only here, because numba is."""
        rows = import_module("bayesmm.sampling.compiled.kernels.density_rows")
        known = len(self.density.columns)
        if not any(self.links):
            return rows.rows_function(name, *parts, 1 + len(self.links), known)
        inverses = [link and MEANS[link] for link in self.links]
        return rows.varying_rows_function(name, *parts[:3], inverses, known)


def _no_normaliser(_y, *_parameters):
    """Return 0: the kernel says everything."""
    return 0.0


def _digest(parts: tuple[FunctionType, ...]) -> str:
    """Return a digest of what the parts are compiled from: their code, and all that it reads."""
    digest, seen = hashlib.sha256(), set()

    def add(function: FunctionType) -> None:
        if function in EVERY_WORD or function in seen:
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


def responses(density: LogDensity, y: Floats, w: Floats, known: Known) -> Responses:
    """Return what the rows read of the responses, `w` the weights of the rows."""
    own = [known[name] for name in density.columns]
    silent = np.isin(y, density.silent) if density.silent else None
    told = y
    if not density.by_value:  # one response in the place of all that are not silent
        told = np.full_like(y, y[0]) if silent is None else np.where(silent, y, _any_of(y, silent))
    statistics = np.empty(0) if density.normaliser is None else paired(told, w, *own)
    return Responses((y, w, *own), statistics.ravel(), "same", _keys(2, own), silent)


def _any_of(y: Floats, silent: NDArray[np.bool_]) -> float:
    """Return a response of which the kernel says something, if there is one."""
    return float(y[np.argmin(silent)])


def varying_responses(
    density: LogDensity, y: Floats, w: Floats, known: Known, *, precisions: bool
) -> Responses:
    """Return what the rows read where further parameters vary: everything is in the rows.

    If weights are `precisions`, log p(y) = w kernel + normaliser.
    """
    own = [known[name] for name in density.columns]
    columns = (y, w, np.ones_like(w) if precisions else w, *own)
    return Responses(columns, np.empty(0), "same", _keys(3, own))


def _keys(first: int, known: Sequence[Floats]) -> tuple[int, ...]:
    """Return the columns that rows alike have in common: the response, and all from `first` on."""
    return (0, *range(first, first + len(known)))
