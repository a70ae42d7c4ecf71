"""What of a run that was stopped is of use, and for whom a part of the draws is of any."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from bayesmm.sampling.draws import SamplerSettings

__all__ = ["part_is_welcome", "usable_draws", "whole_draws"]

LEAST = 4  # draws of each chain, as `limits.check_settings` asks for

_WELCOME: ContextVar[bool] = ContextVar("bayesmm_part_of_draws", default=False)


@contextmanager
def part_is_welcome() -> Iterator[None]:
    """Let a run that the user stops within this block give the draws that are there.

    Elsewhere, as in a loop of many fits, the user means all of it and a part would be taken for
    the whole.
    """
    token = _WELCOME.set(True)
    try:
        yield
    finally:
        _WELCOME.reset(token)


def usable_draws(counts: Sequence[int], settings: SamplerSettings) -> tuple[int, int]:
    """Return how many chains, and draws of each, to return of chains of these lengths.

    `KeyboardInterrupt` is raised when the run was stopped before there was enough, or nobody has a
    use for a part.
    """
    if len(counts) == settings.chains and min(counts) >= settings.draws:
        return settings.chains, settings.draws  # the whole run, however short
    chains, draws = whole_draws(counts)
    if not chains or not _WELCOME.get():
        raise KeyboardInterrupt
    return chains, draws


def whole_draws(counts: Sequence[int]) -> tuple[int, int]:
    """Return how many chains and draws of each to keep of chains of these lengths.

    The first chains, since the same seed with so many chains gives the same draws; as many as make
    the most draws in all.

    Both are 0 when there are too few draws for anything.
    """
    lengths = np.minimum.accumulate(np.asarray(counts, dtype=int))
    chains = int(np.argmax(lengths * np.arange(1, len(lengths) + 1))) + 1
    return (chains, int(lengths[chains - 1])) if lengths[chains - 1] >= LEAST else (0, 0)
