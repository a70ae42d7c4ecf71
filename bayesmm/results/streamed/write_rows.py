"""Residuals and predictions of rows in files, written as Parquet files."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.choices import BatchKind, Who
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model import row_sums
from bayesmm.model.in_files.table_files import TableFiles, files_of
from bayesmm.results.checks.residuals import residuals_of_batches
from bayesmm.results.prediction.draw_choice import LARGEST_RESULT
from bayesmm.results.prediction.predict import predict
from bayesmm.results.streamed.batches import batch_records
from bayesmm.results.tables.moments import PROB
from bayesmm.wording import option

__all__ = ["write_predictions", "write_residuals"]

_KINDS = ("mean", "link")


def write_residuals(fit: FitRecord, folder: str | Path, seed: int = 0) -> Path:
    """Write the residuals of every row as Parquet files, batch by batch.

    r_i = y_i - E(y_i | y), and the others of `bayesmm.results.checks.residuals.residuals`.

    Parameters
    ----------
    fit : Fit
        A fitted model, of a frame or of rows in files.
    folder : str or Path
        Folder to make, which must not exist or be empty: ``part-000000.parquet``, ... in the order
        of the rows.
    seed : int
        Seed of quantile residuals of discrete responses: those of the same rows in memory.

    Returns
    -------
    Path
        The folder; ``pandas.read_parquet(folder)`` is the table of `Fit.residuals`.

    Raises
    ------
    UsageError
        When the folder is taken or cannot be written.
    DataError
        When a file of the rows has changed since.
    """
    tables = residuals_of_batches(batch_records(fit), seed, fit.design.n_obs)
    return _written(Path(folder), map(pd.DataFrame, tables))


def write_predictions(
    fit: FitRecord,
    newdata: Any,
    folder: str | Path,
    who: Who = "these groups",
    kind: BatchKind = "mean",
    prob: float = PROB,
    seed: int = 0,
    n_draws: int | None = None,
) -> Path:
    """Write predictions for the rows of files as Parquet files, batch by batch.

    E(y | x, u) per draw, summarised by mean, sd, median and interval, see
    `bayesmm.results.prediction.predict.predict`.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    newdata : str, Path or pyarrow.dataset.Dataset
        A folder, a pattern (``"new/*.parquet"``) or a file of Parquet.
    folder : str or Path
        Folder to make, which must not exist or be empty: ``part-000000.parquet``, ... in the order
        of the rows.
    who : {"these groups", "new group", "typical group", "population"}
        Whom the rows are about.
    kind : {"mean", "link"}
        The expected response, or the linear predictor.
    prob : float
        Probability of the equal-tailed interval.
    seed : int
        Seed of new groups: a new level has the same effects in every batch.
    n_draws : int, optional
        Draws to use, spread evenly over the chains; default: all.

    Returns
    -------
    Path
        The folder; ``pandas.read_parquet(folder)`` is the table of `Fit.predict`.

    Raises
    ------
    UsageError
        For another `kind`, or when the folder is taken or cannot be written.
    DataError
        When there are no such files, or their rows cannot be used.
    """
    if kind not in _KINDS:
        raise UsageError(
            f"{option('kind')} must be one of {', '.join(_KINDS)} for rows in files; got {kind!r}. "
            "For others read some of the rows into a data frame."
        )
    files = newdata if isinstance(newdata, TableFiles) else files_of(newdata)
    if files is None:
        raise UsageError(
            f"{option('newdata')} must name Parquet files: a folder, a pattern or a file; for a "
            "data frame there is fit.predict(newdata)."
        )
    sizes = fit.own_draws["posterior"].sizes
    every = n_draws or sizes["chain"] * sizes["draw"]
    step = int(min(row_sums.CHUNK, max(1, LARGEST_RESULT // every)))
    tables = (
        predict(fit, frame, who, kind, prob, seed, n_draws).table for frame in _frames(files, step)
    )
    return _written(Path(folder), map(pd.DataFrame, tables))


def _frames(files: TableFiles, step: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of files as frames of so many rows at most."""
    for batch in files.batches(files.names):
        for start in range(0, len(batch), step):
            yield batch.slice(start, step).to_pandas()


def _written(folder: Path, tables: Iterator[pd.DataFrame]) -> Path:
    """Write tables into a folder that has its name when all are there."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' exists and is not empty; name another folder.")
    draft = folder.with_name(f".{folder.name}.writing-{os.getpid()}")
    try:
        draft.mkdir(parents=True)
        for number, table in enumerate(tables):
            plain = pd.DataFrame(table)
            plain.attrs = {}
            plain.to_parquet(draft / f"part-{number:06d}.parquet", index=False)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as problem:
        raise UsageError(
            f"'{folder}' cannot be written: {problem.strerror or problem}."
        ) from problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
