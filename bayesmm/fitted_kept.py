"""Draws of a fit kept on disk while it is sampled."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.engines import KEEPING_ENGINES
from bayesmm.sampling.kept_draws import KeptRuns, keeping_draws
from bayesmm.writing import tell

__all__ = ["kept_in"]

type Keep = Callable[[str], AbstractContextManager[None]]


def kept_in(
    store: str | Path | None, design: Design, priors: Priors, data: Any, how: Mapping[str, Any]
) -> Keep | None:
    """Return what keeps the draws of an engine beside a folder while they come; None without one.

    `store` is the folder that the saved fit will have, `how` says how to sample:
    `storage.forms.ARGUMENTS`.
    """
    return None if store is None else partial(_kept, store, design, priors, data, how)


def _kept(
    store: str | Path, design: Design, priors: Priors, data: Any, how: Mapping[str, Any],
    engine: str,
) -> AbstractContextManager[None]:  # fmt: skip
    if engine not in KEEPING_ENGINES:
        tell(
            f"nothing is kept in '{store}' while it samples: draws of the engine '{engine}' come "
            "when all are there"
        )
        return nullcontext()
    from bayesmm.storage.unfinished import begin_unfinished  # noqa: PLC0415  (Parquet)

    return keeping_draws(KeptRuns(begin_unfinished(store, design, priors, data, how)))
