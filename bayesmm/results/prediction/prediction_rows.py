"""The rows that a prediction is for: new data, or the data of the fit, as the model sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.encoding import EncodedRows, Encoder
from bayesmm.model.frames import as_pandas
from bayesmm.wording import option

__all__ = [
    "GroupRows",
    "encode_rows",
    "encoder_of",
    "example_rows",
    "group_rows",
    "predicted_whom",
    "unknown_levels",
    "used_rows",
]

_PLACEHOLDER = "(new group)"


@dataclass(frozen=True, slots=True, eq=False)
class GroupRows:
    """One block of group effects in the rows of a prediction."""

    block: Block
    Z: NDArray[np.float64]  # (n, q): columns of its effects
    # (n,): index into ``block.levels``; from ``block.n_groups`` on, index into `new_levels`
    codes: NDArray[np.int64]
    new_levels: tuple[str, ...]  # levels that the data of the fit do not have


def used_rows(fit: FitRecord) -> pd.DataFrame:
    """Return the rows of the user's data that the model uses: pandas, names of columns as text."""
    return as_pandas(fit.own_data).iloc[fit.design.rows]


def example_rows(fit: FitRecord) -> pd.DataFrame:
    """Return rows that have every level: those of the fit, or examples of rows in files."""
    return used_rows(fit) if fit.design.source is None else fit.design.source.examples


def encoder_of(design: Design) -> Encoder:
    """Return what codes new data.

    A design that was made from arrays knows nothing of columns, which is not supported.
    """
    if design.encoder is None:
        raise UnsupportedModelError(
            "This design was built from arrays, without a formula; new data cannot be coded."
        )
    return design.encoder


def encode_rows(
    fit: FitRecord, newdata: object, grouping: str, kind: str
) -> tuple[pd.DataFrame, EncodedRows]:
    """Return the rows as a frame, and as the model sees them.

    `grouping` says what the columns of the groupings are for. ``known``: they must be there.
    ``new``: where one is missing, all rows are of one new group. ``absent``: they are not read.
    ``any``: the columns of the effects are needed and the levels are not. The kind ``"response"``
    needs the trials.
    """
    design = fit.design
    if newdata is None:
        labels = (
            np.array(block.levels, dtype=object)[block.columns.codes] for block in design.blocks
        )
        blocks = tuple(zip((block.columns.Z for block in design.blocks), labels, strict=True))
        rows = EncodedRows(design.predictors, design.known, design.weights, None, blocks)
        return used_rows(fit), rows
    encoder = encoder_of(design)
    frame = as_pandas(newdata)
    if frame.empty:
        raise DataError("The new data have no rows.")
    # successes and failures, or the counts of all categories, add up to the trials
    response = encoder.formula.response
    counted = design.category_counts is not None
    reads_response = kind == "response" and (counted or response.failures is not None)
    if reads_response and not _has_response(encoder, frame):
        raise _no_trials(encoder)
    rows = encoder.encode(
        _with_groupings(frame, design, encoder, grouping),
        groups=grouping != "absent",
        response=reads_response,
    )
    if kind == "response" and rows.trials is None and design.trials is not None:
        rows = replace(rows, known={**rows.known, "trials": _trials(encoder, len(frame))})
    if kind == "response" and rows.weights is None and _weights_matter(design):
        raise DataError(
            "The residual sd of this model is sigma / sqrt(weight): to draw responses the new "
            f"data need the columns of the weights in '{design.response}'."
        )
    return frame, rows


def group_rows(design: Design, rows: EncodedRows) -> tuple[GroupRows, ...]:
    """Return the levels of every block as codes."""
    result = []
    for block, (Z, labels) in zip(design.blocks, rows.blocks, strict=True):
        codes, found = pd.factorize(labels)
        known = {level: index for index, level in enumerate(block.levels)}
        new = tuple(level for level in found if level not in known)
        known |= {level: block.n_groups + index for index, level in enumerate(new)}
        index = np.array([known[level] for level in found], dtype=np.int64)
        result.append(GroupRows(block, Z, index[codes], new))
    return tuple(result)


def predicted_whom(design: Design, rows: EncodedRows) -> NDArray[np.object_]:
    """Return of each row whether its groups are those of the data, new, or some of each.

    ``"these groups"``, ``"new group"``, or the factors by name: ``"new school:room, known
    school"``.
    """
    new = {group.block.factor: group.codes >= group.block.n_groups
           for group in group_rows(design, rows)}  # fmt: skip
    patterns, which = np.unique(np.column_stack(list(new.values())), axis=0, return_inverse=True)
    words = np.array([_in_words(dict(zip(new, row, strict=True))) for row in patterns], object)
    return words[which]


def _in_words(new: Mapping[str, bool]) -> str:
    """Return whom a row is about, given of each factor whether its level is new."""
    if len(set(new.values())) == 1:
        return "new group" if all(new.values()) else "these groups"
    parts = (
        f"{word} {' and '.join(factor for factor, is_new in new.items() if is_new == wanted)}"
        for word, wanted in (("new", True), ("known", False))
    )
    return ", ".join(parts)


def _with_groupings(
    frame: pd.DataFrame, design: Design, encoder: Encoder, grouping: str
) -> pd.DataFrame:
    """Return the frame with a level in the groupings that need not be there."""
    known = list(frame.columns)
    columns = list(dict.fromkeys(name.value for name in encoder.formula.group_columns()))
    missing = [name for name in columns if name not in known]
    if grouping == "known" and missing:
        raise DataError(
            f"The new data have no column '{missing[0]}', whose levels say which groups are "
            f"meant. Without it predict for {option('who', 'typical group')}, 'population' or "
            "'new group'."
        )
    predictors = {name.value for name in encoder.formula.predictor_columns()}
    if grouping == "any":
        # the levels are not used, so that even a missing value in them does no harm
        missing = [name for name in columns if name not in predictors]
    if grouping not in ("any", "new") or not missing:
        return frame
    label = _PLACEHOLDER
    while any(label in level.split(":") for block in design.blocks for level in block.levels):
        label += "'"
    return frame.assign(**dict.fromkeys(missing, label))


def _trials(encoder: Encoder, n_rows: int) -> NDArray[np.float64]:
    """Return one trial per row, where each row of the data was one."""
    if encoder.formula.response.trials is not None:
        raise _no_trials(encoder)
    return np.ones(n_rows)


def _has_response(encoder: Encoder, frame: pd.DataFrame) -> bool:
    known = list(frame.columns)
    return all(name.value in known for name in encoder.formula.response_columns())


def _no_trials(encoder: Encoder) -> DataError:
    counts = len(encoder.formula.response.counts) > 2
    needed = "a total, the sum of the counts" if counts else "the number of trials"
    instead = "the probability of each" if counts else "the probability of success"
    return DataError(
        f"To draw responses the new data need {needed}, as in "
        f"'{encoder.formula.response.label}'. Add its columns, or predict "
        f"{option('kind', 'mean')}: {instead}."
    )


def _weights_matter(design: Design) -> bool:
    """Return whether weights change the distribution of one response."""
    return design.weights is not None and design.family.precision_weights


def unknown_levels(group: GroupRows) -> UsageError:
    """Return the error for levels that the data of the fit do not have."""
    few = ", ".join(group.new_levels[:5]) + (", ..." if len(group.new_levels) > 5 else "")
    return UsageError(
        f"'{group.block.factor}' has levels that the data of the fit do not have: {few}. Their "
        f"effects are not known; predict for {option('who', 'new group')}, where each gets its own "
        f"draw from the population of groups, or for {option('who', 'typical group')} or "
        "'population'."
    )
