"""What of a run is still to be sampled: all of it, or the rest of each chain from where it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched

import numpy as np

from bayesmm.sampling.compiled.evaluate import CompiledDensity
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.kept_draws import KeptRun, rest_of

__all__ = ["Stretch", "stretches"]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Draws that one sampler makes."""

    first: int  # the first of its chains, in the order of the run
    density: CompiledDensity  # with where they start
    settings: SamplerSettings  # its chains, draws and seed


def stretches(
    density: CompiledDensity, settings: SamplerSettings, run: KeptRun | None
) -> Iterator[tuple[Stretch, ...]]:
    """Give what is to be sampled at the same time, one after the other.

    A chain of which there are draws, in what `run` has on the disk, goes on from the last of them,
    after a warm-up that finds step size and metric again, with a stream that follows from the seed,
    the chain and how far it was: draws of the same posterior, but not those of a run that was never
    stopped.
    """
    lengths: Sequence[int] = [0] * settings.chains if run is None else run.lengths()
    if not any(lengths):
        yield (Stretch(0, density, settings),)
        return
    left = [c for c, length in enumerate(lengths) if length < settings.draws]
    for some in batched(left, settings.cores, strict=False):
        yield tuple(_rest(density, settings, run, c, lengths[c]) for c in some)


def _rest(
    density: CompiledDensity, settings: SamplerSettings, run: KeptRun | None, c: int, length: int
) -> Stretch:
    if run is not None and length:
        last = run.rows(c, length)[-1, : density.dimension].copy()
        density = replace(density, start=last, jitter=np.zeros(density.dimension))
    return Stretch(c, density, rest_of(settings, c, length))
