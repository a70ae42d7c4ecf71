"""The design of a model whose rows are in files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText, ModelFormulas
from bayesmm.formula.functions import columns_of
from bayesmm.model.build import column_labels, learn_design, read_model
from bayesmm.model.cell_blocks import AddRows
from bayesmm.model.cell_sums import CellSums, cells_fit, is_many
from bayesmm.model.column_places import column_places
from bayesmm.model.complete_rows import columns_read, complete_rows, left_out
from bayesmm.model.data_checks import check_columns, check_magnitude, check_response
from bayesmm.model.design import Design
from bayesmm.model.group_data_checks import check_blocks
from bayesmm.model.in_files.coding import CodedSums, RowCoder
from bayesmm.model.in_files.file_rows import FileRows, kept_look
from bayesmm.model.in_files.joining import joined_blocks
from bayesmm.model.in_files.look import Look, beside_terms, look_at, variables_of
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.model.summed_design import PartSums, sums_suffice
from bayesmm.model.variables import Rows

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["build_design_of_files", "design_of_kept_rows"]

# Responses whose rows are alike in everything when few numbers are possible.
_DISCRETE = frozenset({"binary", "binomial", "count"})


def build_design_of_files(
    formula: FormulaText | ModelFormulas,
    files: TableSource,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
    add: AddRows | None = None,
) -> Design:
    """Return the design that a formula makes of the rows of files, which stay where they are.

    It is equal to that of the same rows in memory, with `RowsInFiles` for arrays of rows. `add`
    adds rows to a table of cells: with it one pass over many rows is enough, or two. The rest is as
    in `build_design`. A model whose posterior needs more than sums of the rows, or their distinct
    rows, is not supported.
    """
    formulas, family = read_model(formula, family)
    _refuse(formulas, family)
    categorical = column_labels(categorical)
    files.refuse_lacking([name.value for name in formulas.columns()])
    names = columns_read(formulas, files.names)
    look = look_at(files, formulas, names, categorical, family, _two_values(formulas, family), add)
    n_dropped = look.n_read - look.n_obs
    notes = [left_out(n_dropped, look.n_read)] if n_dropped else []
    source = _learnt(files, formulas, family, look, categorical, success, notes)
    if add is not None and is_many(look.n_obs):
        source.cells = _sums_within_cells(source, add)
    design = replace(source.summarised(), n_dropped=n_dropped)
    notes += _check(design, formulas)
    return replace(design, notes=tuple(dict.fromkeys(notes)))


def design_of_kept_rows(
    formula: FormulaText,
    files: TableSource,
    family: Family,
    examples: "pa.Table",
    arrays: Mapping[str, NDArray[np.float64]],
    *,
    categorical: Sequence[str] = (),
    success: object = None,
    notes: Sequence[str] = (),
) -> Design:
    """Return a design of rows in files from what was kept of them: no file is read.

    `examples` are rows with every level, as they stand in the files, `arrays` come from
    `FileRows.kept`, and `notes` are what was said of how the rows were read.
    """
    formulas, family = read_model(formula, family)
    every = (*variables_of(formulas), *beside_terms(formulas))
    look = kept_look(every, examples, arrays)
    source = _learnt(files, formulas, family, look, tuple(categorical), success, [])
    n_dropped = look.n_read - look.n_obs
    return replace(source.restored(arrays), n_dropped=n_dropped, notes=tuple(notes))


def _learnt(
    files: TableSource,
    formulas: ModelFormulas,
    family: Family,
    look: Look,
    categorical: tuple[str, ...],
    success: object,
    notes: list[str],
) -> FileRows:
    """Return the rows of a model whose names and levels are those of the examples."""
    rows, _ = complete_rows(formulas, look.examples, categorical, notes)
    rows = Rows(rows.columns, look.positions)
    learnt = learn_design(
        formulas,
        family,
        rows,
        notes,
        categorical=categorical,
        success=success,
        examples_of=(look.n_obs, look.sums),
        states=look.states,
    )
    return FileRows(files, RowCoder(learnt, look.examples, rows), look)


def _sums_within_cells(source: FileRows, add: AddRows) -> CellSums | None:
    """Return the sums within cells, from what was met or one more pass; None without."""
    design, coder = source.coder.design, source.coder
    places = column_places(design)
    levels = {block.factor: block.n_groups for block in design.blocks}
    if places is None or not cells_fit(tuple(levels.values()), places.count + 1):
        return None
    if source.look.met is not None:
        cells = source.look.met.found(coder.codes_of)
    else:
        first = coder.of(next(source.files.chunks(coder.names)))
        sums = CodedSums(coder, PartSums(places, levels, first, add))
        joined, _ = joined_blocks(source.files, coder.names, sums, sums.begin)
        cells = joined.found(tuple(levels))
    return cells if sums_suffice(design, cells, places) else None


def _check(design: Design, formulas: ModelFormulas) -> Iterator[str]:
    """Raise for what all rows say against the model, as `build_design` does; yield notes."""
    label = formulas.response.response.label
    check_magnitude(design.y, f"The response {label}")
    check_magnitude(design.weights, f"The weight of {label}", every=True)
    check_magnitude(design.mu.offset, "The offset")
    check_response(design.y, design.trials, label)
    rows = (part.mu.X for part in design.parts())
    check_columns(design.mu.X, design.mu.names, design.mu.has_level, rows)
    yield from check_blocks(design.blocks)
    if not design.family.linear:
        design.condensed()  # refuses distinct rows that are too many, before any other pass


def _refuse(formulas: ModelFormulas, family: Family) -> None:
    """Raise for a model whose posterior needs more than sums of the rows."""
    response = formulas.response.response
    what = ""
    discrete = family.response in _DISCRETE and not family.further and family.level is None
    if not ((family.linear and family.precision_weights) or discrete):
        what = f"The {family.name} family with {family.link} link"
    elif formulas.further:
        what = f"A formula of {formulas.further[0].parameter}"
    elif response.censoring is not None or response.truncation is not None:
        what = "A censored or truncated response"
    if what:
        raise UnsupportedModelError(
            f"{what} needs the numbers of every row, and these are in files that are larger than "
            "memory. Gaussian, bernoulli, binomial and poisson models need sums only, or the rows "
            "that differ; for any other read some of the rows into a data frame."
        )


def _two_values(formulas: ModelFormulas, family: Family) -> tuple[str, ...]:
    """Return the column of a response of two values, of which both are looked for."""
    response = formulas.response.response
    if family.response not in ("binary", "binomial") or response.trials or response.failures:
        return ()
    return tuple(name.value for name in columns_of(response.value))
