"""Progress of sampling, chain by chain: draws, draws per second, divergences, the time left."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from bayesmm.sampling.notebook_bars import NotebookBars, in_notebook

__all__ = ["SamplingProgress", "is_watched"]

# A run that is over sooner has one line at its end and no bars: they would only flicker, and
# loading what draws them takes as long as the run.
_SECONDS_BEFORE_BARS = 0.5
_MOST_BARS = 16
_FIELDS = ("rate", "diverged", "left")


@dataclass(slots=True)
class _Chain:
    """How far one chain is: draws, divergences, when it began and how long it has taken."""

    finished: int = 0
    diverged: int = 0
    began: float = 0.0
    seconds: float = 0.0


def is_watched() -> bool:
    """Return whether somebody watches: standard error is a terminal, or this is a notebook."""
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


class SamplingProgress:
    """Context manager around one run of all chains.

    `total` are the draws of all chains, warm-up included; bars are drawn on standard error where no
    console is given.
    """

    def __init__(self, total: int, chains: int, console: Any = None) -> None:
        self._total, self._each = total, total // chains
        self._states = [_Chain() for _ in range(chains)]
        self._console = console
        self._began = self._seen = perf_counter()
        self._bars: Any = None
        self._tasks: list[Any] = []
        self._stopped = False

    def __enter__(self) -> Self:
        """Begin to count the time."""
        self._began = self._seen = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are, or one line in their place."""
        if kind is None and not self._stopped:
            self._complete()
        if self._bars is not None:
            self._draw()
            self._bars.stop()
        elif kind is None and not in_notebook():
            seconds = perf_counter() - self._began
            diverged = sum(chain.diverged for chain in self._states)
            done = sum(chain.finished for chain in self._states)
            with suppress(OSError, AttributeError):  # no standard error, or a full one
                sys.stderr.write(
                    f"{'Stopped' if self._stopped else 'Sampled'} {len(self._states)} chains: "
                    f"{done}/{self._total} draws in {seconds:.1f} s, {done / seconds:,.0f}/s, "
                    f"{_divergences(diverged)}\n"
                )

    def stop(self) -> None:
        """Leave the bars where they are at the end, since sampling was stopped."""
        self._stopped = True

    def follow(self, chains: Sequence[Any]) -> None:
        """Show how far the chains are: nutpie's progress callback, which its own thread calls."""
        now = perf_counter()
        for state, chain in zip(self._states, chains, strict=True):
            if chain.finished_draws and not state.finished:
                state.began = self._seen  # it has begun since the last call
            if chain.finished_draws > state.finished:
                state.seconds = now - state.began
            state.finished, state.diverged = chain.finished_draws, chain.divergences
        self._seen = now
        if self._bars is None and now - self._began > _SECONDS_BEFORE_BARS:
            self._start()
        if self._bars is not None:
            self._draw()

    def _complete(self) -> None:
        now = perf_counter()
        for state in self._states:
            if state.finished < self._each:
                state.finished = self._each
                state.seconds = now - (state.began or self._began)

    def _start(self) -> None:
        if self._console is None and in_notebook():
            self._bars = NotebookBars()
        else:
            self._bars = self._rich_bars()
        names = [f"Chain {k + 1}" for k in range(len(self._states))]
        sizes = [self._each] * len(names)
        if len(names) > _MOST_BARS:
            names, sizes = [f"{len(names)} chains"], [self._total]
        self._tasks = [
            self._bars.add_task(name, total=size, **dict.fromkeys(_FIELDS, ""))
            for name, size in zip(names, sizes, strict=True)
        ]
        self._bars.start()

    def _rich_bars(self) -> Any:
        from rich.console import Console  # noqa: PLC0415  (most runs are over before they need it)
        from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.completed:.0f}/{task.total:.0f} draws"),
            *(TextColumn(f"{{task.fields[{name}]}}") for name in _FIELDS),
            console=self._console or Console(stderr=True),
        )

    def _draw(self) -> None:
        states, size = self._states, self._each
        if len(states) > _MOST_BARS:
            states, size = [_together(states)], self._total
        for task, state in zip(self._tasks, states, strict=True):
            self._bars.update(task, completed=state.finished, **_words(state, size))


def _together(states: Sequence[_Chain]) -> _Chain:
    """Return many chains as one."""
    return _Chain(
        sum(s.finished for s in states),
        sum(s.diverged for s in states),
        min(s.began for s in states),
        max(s.seconds for s in states),
    )


def _words(state: _Chain, size: int) -> dict[str, str]:
    """Return what stands beside the bar of a chain that makes `size` draws."""
    if not state.finished or not state.seconds:
        return dict.fromkeys(_FIELDS, "") | {"rate": "waiting"}
    rate = state.finished / state.seconds
    left = (size - state.finished) / rate
    return {
        "rate": f"{rate:,.0f}/s",
        "diverged": _divergences(state.diverged),
        "left": f"{_time(left)} left" if left else f"in {_time(state.seconds)}",
    }


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"


def _divergences(count: int) -> str:
    return f"{count} divergence{'' if count == 1 else 's'}"
