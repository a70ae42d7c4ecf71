"""Designs of sums as named arrays, and back: what is kept of rows in files."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.block_columns import Indicator
from bayesmm.model.design import Design
from bayesmm.model.rows_in_files import ColumnSums, RowsInFiles, WeightedSums

__all__ = ["arrays_of_design", "arrays_of_rows", "design_of_arrays", "rows_of_arrays"]

type Arrays = Mapping[str, Array]

_SIZES, _COLUMNS, _WEIGHTED = "sizes", "columns", "weighted"
_PARTS = ("shares", "less")
_OTHERS = ("centre", "products", "constant_within", "counts", "logs")


def arrays_of_rows(name: str, rows: RowsInFiles) -> Iterator[tuple[str, Array]]:
    """Yield the names and numbers of what is known of a column, or a matrix, in files."""
    yield f"{name}.{_SIZES}", np.array([rows.n_rows, rows.is_matrix], dtype=np.float64)
    if rows.columns is not None:
        own = [(c.n, c.total, c.squares, c.deviations, c.least, c.most) for c in rows.columns]
        yield f"{name}.{_COLUMNS}", np.array(own, dtype=np.float64).reshape(-1, 6)
    for part in _OTHERS:
        if getattr(rows, part) is not None:
            yield f"{name}.{part}", np.asarray(getattr(rows, part), dtype=np.float64)
    if rows.weighted is not None:
        of_rows = [(w.weight, w.total, w.squares, w.deviations) for w in rows.weighted]
        yield f"{name}.{_WEIGHTED}", np.array(of_rows, dtype=np.float64).reshape(-1, 4)
    for part in _PARTS:
        if getattr(rows, part) is not None:
            yield from arrays_of_rows(f"{name}.{part}", getattr(rows, part))


def rows_of_arrays(name: str, arrays: Arrays) -> RowsInFiles:
    """Return what `arrays_of_rows` was given."""
    n_rows, is_matrix = arrays[f"{name}.{_SIZES}"]
    columns = arrays.get(f"{name}.{_COLUMNS}")
    centre, products, constant, counts, logs = (arrays.get(f"{name}.{part}") for part in _OTHERS)
    weighted = arrays.get(f"{name}.{_WEIGHTED}")
    parts = {part: f"{name}.{part}" for part in _PARTS if f"{name}.{part}.{_SIZES}" in arrays}
    return RowsInFiles(
        int(n_rows),
        None
        if columns is None
        else tuple(ColumnSums(int(n), *own) for n, *own in columns.tolist()),
        is_matrix=bool(is_matrix),
        centre=centre,
        products=products,
        constant_within=None if constant is None else constant.astype(bool),
        counts=None if counts is None else counts.astype(np.int64),
        logs=None if logs is None else float(logs),
        weighted=None
        if weighted is None
        else tuple(WeightedSums(*own) for own in weighted.tolist()),
        **{part: rows_of_arrays(own, arrays) for part, own in parts.items()},
    )


def arrays_of_design(prefix: str, design: Design) -> Iterator[tuple[str, Array]]:
    """Yield the names and numbers of all sums of a design of rows in files.

    The design has `RowsInFiles` for arrays; `prefix` stands before every name.
    """
    yield from arrays_of_rows(f"{prefix}y", design.y)
    for name, rows in design.known.items():
        yield from arrays_of_rows(f"{prefix}known.{name}", rows)
    for name, rows in (("weights", design.weights), ("offset", design.mu.offset)):
        if rows is not None:
            yield from arrays_of_rows(f"{prefix}{name}", rows)
    for k, predictor in enumerate(design.predictors):
        if predictor.names:
            yield from arrays_of_rows(f"{prefix}X.{k}", predictor.X)
    for k, block in enumerate(design.blocks):
        yield from arrays_of_rows(f"{prefix}codes.{k}", block.columns.codes)
        yield from arrays_of_rows(f"{prefix}Z.{k}", block.columns.Z)


def design_of_arrays(prefix: str, known: Design, arrays: Arrays) -> Design:
    """Return a design with the sums that `arrays_of_design` was given.

    `known` is the design of a few of its rows: names and levels.
    """
    y = rows_of_arrays(f"{prefix}y", arrays)
    n_obs = y.n_rows

    def optional(name: str, own: object) -> RowsInFiles | None:
        return None if own is None else rows_of_arrays(f"{prefix}{name}", arrays)

    return replace(
        known,
        y=y,
        weights=optional("weights", known.weights),
        known={name: rows_of_arrays(f"{prefix}known.{name}", arrays) for name in known.known},
        rows=RowsInFiles(n_obs, None),
        predictors=tuple(
            replace(
                p,
                X=rows_of_arrays(f"{prefix}X.{k}", arrays) if p.names else np.empty((n_obs, 0)),
                offset=optional("offset", p.offset),
            )
            for k, p in enumerate(known.predictors)
        ),
        blocks=tuple(
            replace(
                b,
                columns=Indicator(
                    rows_of_arrays(f"{prefix}codes.{k}", arrays),
                    rows_of_arrays(f"{prefix}Z.{k}", arrays),
                ),
            )
            for k, b in enumerate(known.blocks)
        ),
    )
