"""A progress bar of sampling: draws, draws per second, divergences and the time left."""

from time import perf_counter
from types import TracebackType
from typing import Any, Self

__all__ = ["SamplingProgress"]


class SamplingProgress:
    """Context manager around one run of all chains.

    Parameters
    ----------
    total : int
        Draws of all chains, warm-up included.
    chains : int
        Number of chains.
    """

    def __init__(self, total: int, chains: int) -> None:
        # Here and not above, so that sampling without a bar does not pay for rich.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} draws"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TextColumn("{task.fields[divergences]} divergences"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._began = perf_counter()
        self._task = self._bar.add_task(
            f"Sampling {chains} chains", total=total, rate=0.0, divergences=0
        )

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._bar.stop()

    def update(self, finished: int, divergences: int, seconds: float) -> None:
        """Show that `finished` draws are done after `seconds`."""
        self._bar.update(
            self._task,
            completed=finished,
            divergences=divergences,
            rate=finished / seconds if seconds > 0 else 0.0,
        )

    def follow(self, chains: list[Any]) -> None:
        """Show how far the chains are: nutpie's progress callback, which its own thread calls."""
        self.update(
            sum(chain.finished_draws for chain in chains),
            sum(chain.divergences for chain in chains),
            perf_counter() - self._began,
        )
