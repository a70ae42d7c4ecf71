"""One evaluation of a density with its result, kept beside ready code to try it by.

The table of a density holds addresses of its arrays, and one array may hold that of the rows of a
family. These words are stored as what they point to, and set again when the case is evaluated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate

__all__ = ["StoredCase", "case_of", "read_cases", "write_cases"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class StoredCase:
    """A density, a point, and the result there.

    Words that are addresses are told by array, place in it, and what it is the address of, an array
    or, counted from -1 down, a function.
    """

    functions: NDArray[np.str_]  # names of the functions involved, the density first
    arrays: tuple[NDArray, ...]  # the table, then the arrays of the density
    addresses: NDArray[np.int64]  # (k, 3)
    x: Floats
    result: Floats  # log density and gradient

    def matches(self, address: Callable[[str], int | None]) -> bool:
        """Return whether functions at other addresses give the same bits."""
        functions = [address(str(name)) for name in self.functions]
        if None in functions:
            return False
        arrays = [np.array(array) for array in self.arrays]
        for array, place, target in self.addresses:
            known = functions[-1 - target] if target < 0 else arrays[target].ctypes.data
            arrays[array].flat[place] = known
        density = CompiledDensity(
            functions[0], arrays[0], tuple(arrays), self.x.size, self.x, np.zeros_like(self.x)
        )
        return _evaluated(density, self.x).tobytes() == self.result.tobytes()


def _evaluated(density: CompiledDensity, x: Floats) -> Floats:
    value, gradient = evaluate(density, x)
    return np.array([value, *gradient])


def case_of(density: CompiledDensity, x: Floats, functions: Mapping[str, int]) -> StoredCase:
    """Return the case of a density at a point, with the addresses of all functions by name."""
    names = {address: name for name, address in functions.items()}
    used = [names[density.address]]
    arrays = (density.table, *density.keep)
    targets = {array.ctypes.data: k for k, array in enumerate(arrays) if array.size}
    found = []
    for k, array in enumerate(arrays):
        for place, word in enumerate(array.flat if array.dtype == np.int64 else ()):
            if int(word) in targets:
                found.append((k, place, targets[int(word)]))
            elif int(word) in names:
                used.append(names[int(word)])
                found.append((k, place, -len(used)))
    addresses = np.array(found, dtype=np.int64).reshape(-1, 3)
    return StoredCase(np.array(used), arrays, addresses, x, _evaluated(density, x))


def write_cases(path: Path, cases: list[StoredCase]) -> None:
    """Write cases into one file."""
    content: dict[str, NDArray] = {}
    for k, case in enumerate(cases):
        content |= {f"{k}.{f}": getattr(case, f) for f in ("functions", "addresses", "x", "result")}
        content |= {f"{k}.arrays.{i}": array for i, array in enumerate(case.arrays)}
    np.savez_compressed(path, **content)


def read_cases(path: Path) -> list[StoredCase]:
    """Return the cases of a file of `write_cases`."""
    with np.load(path, allow_pickle=False) as content:
        cases = []
        while f"{len(cases)}.x" in content:
            k = len(cases)
            count = sum(name.startswith(f"{k}.arrays.") for name in content)
            arrays = tuple(content[f"{k}.arrays.{i}"] for i in range(count))
            fields = (content[f"{k}.{f}"] for f in ("addresses", "x", "result"))
            cases.append(StoredCase(content[f"{k}.functions"], arrays, *fields))
    return cases
