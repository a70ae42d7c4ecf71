"""A fit as tables of broom.mixed, and as draws in long form."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.choices import BatchKind, EffectKind, Who
from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.moments import PROB
from bayesmm.verbs import Verbs

__all__ = ["FitTidy"]


_VERBS = Verbs(
    augment="bayesmm.results.tables.tidy:augment",
    glance="bayesmm.results.tables.tidy:glance",
    tidy="bayesmm.results.tables.tidy:tidy",
    tidy_draws="bayesmm.results.tables.tidy:tidy_draws",
    write_predictions="bayesmm.results.streamed.write_rows:write_predictions",
    write_residuals="bayesmm.results.streamed.write_rows:write_residuals",
)


@documented_by(_VERBS)
class FitTidy(FitRecord):
    """What gives the numbers of a record to other tools."""

    def tidy(
        self,
        effects: EffectKind | Sequence[EffectKind] = ("fixed", "ran_pars", "auxiliary"),
        prob: float = PROB,
        *,
        exponentiate: bool = False,
    ) -> pd.DataFrame:
        """Return one row per parameter under the names of R's broom.mixed."""
        return _VERBS.tidy(self, effects, prob, exponentiate=exponentiate)

    def tidy_draws(
        self, effects: EffectKind | Sequence[EffectKind] = ("fixed", "ran_pars", "auxiliary")
    ) -> pd.DataFrame:
        """Return one row per draw and parameter, for plotting libraries."""
        return _VERBS.tidy_draws(self, effects)

    def glance(self, *, looic: bool = False) -> pd.DataFrame:
        """Return one row about the whole fit under the names of R's broom.mixed."""
        return _VERBS.glance(self, looic=looic)

    def augment(self, newdata: Any = None, prob: float = PROB) -> pd.DataFrame:
        """Return the rows with what the model says of each, as R's broom.mixed does."""
        return _VERBS.augment(self, newdata, prob)

    def write_residuals(self, folder: str | Path, seed: int = 0) -> Path:
        """Write the residuals of every row as Parquet files, batch by batch."""
        return _VERBS.write_residuals(self, folder, seed)

    def write_predictions(
        self,
        newdata: Any,
        folder: str | Path,
        who: Who = "these groups",
        kind: BatchKind = "mean",
        prob: float = PROB,
        seed: int = 0,
        n_draws: int | None = None,
    ) -> Path:
        """Write predictions for the rows of files as Parquet files, batch by batch."""
        return _VERBS.write_predictions(self, newdata, folder, who, kind, prob, seed, n_draws)
