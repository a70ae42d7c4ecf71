"""Limits of a run, told in words before anything is allocated or started."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesmm.errors import UsageError
from bayesmm.model.design import Design
from bayesmm.model.names import scalar_names
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.wording import option

__all__ = ["check_count", "check_memory_of_draws", "check_settings", "lacking_memory"]

# The least and the most of each; more draws are thinned or a mistake, more chains or cores make
# threads without use, and the samplers take seeds of 64 bits.
_LIMITS: Mapping[str, tuple[int, int]] = {
    "chains": (1, 1_000),
    "draws": (4, 1_000_000),
    "tune": (20, 1_000_000),
    "seed": (0, 2**64 - 1),
    "cores": (1, 1_024),
    "max_treedepth": (1, 20),
}
_MOST_EFFORT = 1_000
# The draws themselves, and as much again while they are put together.
_COPIES = 2
_UNKNOWN_MEMORY = 16 * 2**30


def check_settings(given: Mapping[str, Any]) -> None:
    """Raise for a number that no run can have.

    The arguments are those of `SamplerSettings`; None means the default. The message has the least
    and the most.
    """
    for name, (least, most) in _LIMITS.items():
        value = given.get(name)
        if value is None:
            continue
        check_count(name, value, least)
        if value > most:
            raise UsageError(f"{option(name)} must be at most {most:,}, got {_number(value)}.")
    accept = given.get("target_accept", SamplerSettings().target_accept)
    if not _is_number(accept) or not 0 < accept < 1:
        raise UsageError(f"{option('target_accept')} must be between 0 and 1, got {accept!r}.")
    effort = given.get("max_effort", 1)
    if not _is_number(effort) or not 1 <= effort <= _MOST_EFFORT:
        raise UsageError(
            f"{option('max_effort')} must be a number from 1 (sample once) to {_MOST_EFFORT:,}, "
            f"got {effort!r}."
        )


def check_count(name: str, value: Any, least: int = 1) -> None:
    """Raise when a number of things is no whole number of at least `least`."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise UsageError(
            f"{option(name)} must be a whole number of at least {least}, got {value!r}."
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def check_memory_of_draws(design: Design, chains: int, draws: int) -> None:
    """Raise when the draws of a model would need more memory than there is."""
    if reason := lacking_memory(design, chains, draws):
        raise UsageError(reason)


def lacking_memory(design: Design, chains: int, draws: int) -> str:
    """Return that the draws of a model need more memory than there is; empty when they do not."""
    n_effects = sum(block.n_groups * block.n_effects for block in design.blocks)
    covariances = sum(block.n_effects**2 + block.n_effects for block in design.blocks)
    n_values = len(scalar_names(design)) + n_effects + covariances
    needed = 8 * _COPIES * n_values * chains * draws
    memory = _memory()
    if needed <= memory:
        return ""
    return (
        f"{chains:,} chains of {draws:,} draws of {n_values:,} values need "
        f"{needed / 2**30:,.0f} GiB of memory, and there are {memory / 2**30:,.0f}; take fewer "
        "draws."
    )


def _memory() -> int:
    """Return the bytes of memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on every system
        return _UNKNOWN_MEMORY


def _number(value: int) -> str:
    return f"{value:,}" if value < 10**15 else f"{float(value):.3g}" if value < 10**300 else "more"
