"""Draws on disk as they come: what a run of the sampler that was killed leaves, and who reads it.

A fit is one or several runs of the sampler, numbered as they begin: ``run-000`` holds what the run
is (``run.json``) and a file for each chain, to which its kept draws are appended, a row of 64-bit
floats each: the coordinates, then the statistics. Half a row at the end, as a kill can leave it, is
no draw. Nothing in it is code, and what is read is no larger than what is on the disk.

Everything before a run follows from data, settings and seed, so that a fit that is made again
comes by the same runs: those that are whole are read, the last is continued.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import SavedFitError, UsageError
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.saved_folder import text_of

__all__ = ["KeptRun", "KeptRuns", "keeper", "keeping_draws", "rest_of", "until_next_write"]

type Floats = NDArray[np.float64]

# Each time all draws so far are copied, which is to take no more than a twentieth of the time.
_SECONDS_BETWEEN_WRITES, _TIMES_A_WRITE = 2.0, 20.0
_OF_RUN = ("chains", "draws", "tune", "seed", "target_accept", "max_treedepth")
_SAME = 1e-8  # of a log density that another processor computes


class KeptRun:
    """One run on disk.

    `width` is the number of floats of a draw.
    """

    def __init__(self, folder: Path, chains: int, width: int) -> None:
        self._paths = [folder / f"chain-{k}.f64" for k in range(chains)]
        self._width = width

    def lengths(self) -> list[int]:
        """Return how many whole draws of each chain there are."""
        row = 8 * self._width
        return [p.lstat().st_size // row if p.is_file() else 0 for p in self._paths]

    def rows(self, chain: int, most: int) -> Floats:
        """Return the draws of a chain, at most so many, shape (n, width)."""
        if not self._paths[chain].is_file():
            return np.empty((0, self._width))
        flat = np.fromfile(self._paths[chain], dtype="<f8", count=most * self._width)
        n = len(flat) // self._width
        return flat[: n * self._width].reshape(n, self._width)

    def append(self, chain: int, rows: Floats) -> None:
        """Write draws of a chain after those that are there, and wait until the disk has them."""
        if not len(rows):
            return
        path = self._paths[chain]
        whole = self.lengths()[chain] * 8 * self._width
        with path.open("r+b" if path.exists() else "xb") as file:
            file.truncate(whole)
            file.seek(whole)
            file.write(np.ascontiguousarray(rows, dtype="<f8").tobytes())
            file.flush()
            os.fsync(file.fileno())


class KeptRuns:
    """The runs of one fit on disk, in the order in which they begin.

    If `only_read`, nothing is to be sampled: a run that is not whole ends there.

    Attributes
    ----------
    continued : list of str
        What was there of each run that was not whole.
    """

    def __init__(self, folder: Path, *, only_read: bool = False) -> None:
        self.only_read = only_read
        self.continued: list[str] = []
        self._folder, self._begun = folder, 0

    def begin(self, settings: SamplerSettings, dimension: int, width: int, start: float) -> KeptRun:
        """Return the next run, with what of it is on the disk.

        It has so many coordinates, and floats of a draw as `width`; `start` is the log density
        where the chains start, by which it is known to be the same one: where another run stands in
        its place a `SavedFitError` says so.
        """
        folder = self._folder / f"run-{self._begun:03d}"
        self._begun += 1
        described = {name: getattr(settings, name) for name in _OF_RUN} | {
            "dimension": dimension,
            "log_density": repr(float(start)),
        }
        path = folder / "run.json"
        if path.exists():
            _refuse_other(path, described)
        elif not self.only_read:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(described), encoding="utf-8")
            except OSError as problem:
                raise UsageError(
                    f"'{folder}' cannot be written: {problem.strerror or problem}."
                ) from problem
        run = KeptRun(folder, settings.chains, width)
        there = run.lengths()
        if any(there) and min(there) < settings.draws:
            each = ", ".join(f"{min(n, settings.draws):,}" for n in there)
            self.continued.append(f"after {each} of {settings.draws:,} draws of its chains")
        return run


def until_next_write(taken: float = 0.0) -> float:
    """Return for how many seconds to wait, the last writing having taken so many."""
    return max(_SECONDS_BETWEEN_WRITES, _TIMES_A_WRITE * taken)


def rest_of(settings: SamplerSettings, chain: int, length: int) -> SamplerSettings:
    """Return how to sample what is left of a chain of which so many draws are there.

    Its stream follows from the seed, the chain and how far it was.
    """
    entropy = [settings.seed, chain, length]
    seed = int(np.random.SeedSequence(entropy).generate_state(1, np.uint64)[0])
    return replace(settings, chains=1, draws=settings.draws - length, seed=seed, cores=1)


def _refuse_other(path: Path, described: Mapping[str, object]) -> None:
    try:
        found = json.loads(text_of(path))
        there = float(found.pop("log_density"))
    except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError) as problem:
        raise SavedFitError(f"'{path}' is damaged ({problem}).") from None
    here = float(str(described["log_density"]))
    same = np.isclose(there, here, rtol=_SAME, atol=_SAME, equal_nan=True)
    if found != {key: described[key] for key in described if key != "log_density"} or not same:
        raise SavedFitError(
            f"The draws in '{path.parent}' are of another density than this bayesmm makes of the "
            f"model on this machine (log density {there:.12g} there, {here:.12g} here at the "
            "start); fit again."
        )


_KEEPER: ContextVar[KeptRuns | None] = ContextVar("bayesmm_kept_runs", default=None)


@contextmanager
def keeping_draws(runs: KeptRuns) -> Iterator[None]:
    """Keep the draws of every run of the sampler within this block."""
    token = _KEEPER.set(runs)
    try:
        yield
    finally:
        _KEEPER.reset(token)


def keeper() -> KeptRuns | None:
    """Return who keeps draws; None when nobody does."""
    return _KEEPER.get()
