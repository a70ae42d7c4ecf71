"""Many small tasks of one study: on the cores of this machine, or on a Dask cluster.

A task is ``function(shared, number, seeds) -> result``: a function of a module, what all tasks
read, the number of the task and its own seed sequence. Which worker computes it, and when, changes
nothing: the first k of n results are those of n = k, however many workers there are. Results are
plain values (numbers, texts, lists, dictionaries), so that a checkpoint is a text that anybody can
read and nothing in it is run.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bayesmm.errors import UsageError
from bayesmm.one_thread import one_blas_thread
from bayesmm.sampling.limits import check_count
from bayesmm.sampling.notebook_bars import NotebookBars, in_notebook
from bayesmm.sampling.progress import is_watched
from bayesmm.studies.checkpoint import open_checkpoint
from bayesmm.studies.cluster import dask_workers
from bayesmm.wording import option

__all__ = ["Study", "Workers", "run_tasks"]

type Result = dict[str, Any]
type Task = Callable[[Any, int, np.random.SeedSequence], Result]

# Workers start in some seconds each: a study that takes no longer is computed here.
_SECONDS_OF_A_START = 5.0


@dataclass(frozen=True, slots=True)
class Workers:
    """Where tasks are computed, and what is seen and kept of it."""

    # processes on this machine; None: one per processor where the study is long enough
    cores: int | None = None
    # address of the scheduler of a Dask cluster, ``"tcp://..."``, instead
    cluster: str | None = None
    progress: bool | None = None  # show a bar; None: when somebody watches
    # a file that keeps every result as it comes, and from which the study goes on
    checkpoint: str | Path | None = None

    def __post_init__(self) -> None:
        """Check them."""
        if self.cores is not None:
            check_count("cores", self.cores)
        if self.cores is not None and self.cluster is not None:
            raise UsageError(
                f"{option('cores')} is of this machine and {option('cluster')} of another: "
                "give one of them."
            )


@dataclass(frozen=True, slots=True)
class Study:
    """What is computed: the tasks, what they share, and what makes them this study."""

    name: str  # what the bar and the checkpoint call it
    task: Task  # ``(shared, number, seeds) -> result``, a function of a module
    shared: Any  # what every task reads; goes to every worker
    seed: int  # task k has the seed sequence ``SeedSequence(seed, spawn_key=(k,))``
    # what results depend on: a checkpoint of another study is refused by it
    identity: Mapping[str, Any]


def run_tasks(study: Study, n: int, workers: Workers) -> list[Result]:
    """Return the results of tasks 0 to n - 1, in this order.

    When the user stops it, the checkpoint has what was finished.
    """
    with open_checkpoint(workers.checkpoint, study.name, study.identity, study.seed) as kept:
        results = {k: result for k, result in kept.results.items() if k < n}
        left = [k for k in range(n) if k not in results]
        with _bar(study.name, n, workers.progress) as show:
            show(len(results))
            for number, result in _computed(study, left, workers):
                kept.add(number, result)
                results[number] = result
                show(len(results))
    return [results[k] for k in range(n)]


def _computed(study: Study, left: Sequence[int], workers: Workers) -> Iterator[tuple[int, Result]]:
    """Yield the numbers and results of tasks as they are finished, in any order."""
    if workers.cluster is not None:
        with dask_workers(workers.cluster):
            yield from _parallel(study, left, jobs=-1)
        return
    jobs = workers.cores or os.cpu_count() or 1
    if workers.cores is None and left:
        # the first here: a mistake shows itself at once, and the time tells what workers are worth
        began = perf_counter()
        yield from _here(study, left[:1])
        left = left[1:]
        if (perf_counter() - began) * len(left) * (1 - 1 / jobs) < _SECONDS_OF_A_START:
            jobs = 1
    if jobs == 1 or len(left) < 2:
        yield from _here(study, left)
    else:
        yield from _parallel(study, left, min(jobs, len(left)))


def _parallel(study: Study, left: Iterable[int], jobs: int) -> Iterator[tuple[int, Result]]:
    from joblib import Parallel, delayed  # noqa: PLC0415  (a study of seconds needs none)

    # loky where nothing else was chosen: processes that know functions of notebooks
    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
    yield from pool(delayed(_there)(study, number) for number in left)


def _here(study: Study, left: Sequence[int]) -> Iterator[tuple[int, Result]]:
    with one_blas_thread():
        for number in left:
            yield number, _result(study, number)


def _there(study: Study, number: int) -> tuple[int, Result]:
    """Return the number and the result of a task, in a worker."""
    with one_blas_thread():
        return number, _result(study, number)


def _result(study: Study, number: int) -> Result:
    seeds = np.random.SeedSequence(study.seed, spawn_key=(number,))
    return study.task(study.shared, number, seeds)


@contextmanager
def _bar(name: str, total: int, wanted: bool | None) -> Iterator[Callable[[int], None]]:
    """Yield what to call with the number of finished tasks."""
    if not (is_watched() if wanted is None else wanted):
        yield lambda finished: None
        return
    if in_notebook():
        bars: Any = NotebookBars("tasks")
    else:
        from rich.console import Console  # noqa: PLC0415  (only where there is a bar)
        from rich.progress import Progress  # noqa: PLC0415

        bars = Progress(console=Console(stderr=True), transient=True)
    task = bars.add_task(name, total=total)
    bars.start()
    try:
        yield lambda finished: bars.update(task, completed=finished)
    finally:
        bars.stop()
