"""The design of a model whose rows are in files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText, ModelFormulas, parse_formulas
from bayesmm.model.build import learn_design
from bayesmm.model.cell_sums import AddRows, CellSums, cells_fit, is_many
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.columns import label_of
from bayesmm.model.complete_rows import columns_read, complete_rows, left_out
from bayesmm.model.data_checks import check_columns, check_magnitude, check_response
from bayesmm.model.design import Design
from bayesmm.model.group_data_checks import check_blocks
from bayesmm.model.in_files.ahead import in_order
from bayesmm.model.in_files.cells import CellProducts
from bayesmm.model.in_files.coding import RowCoder
from bayesmm.model.in_files.look import Look, look_at
from bayesmm.model.in_files.summaries import SummarisedRows, summarise_parts
from bayesmm.model.in_files.table_files import TableFiles
from bayesmm.model.parameter_formulas import name_formulas
from bayesmm.model.prior_columns import prior_columns
from bayesmm.model.summed_design import (
    Ways,
    column_places,
    summed_design,
    sums_of_parts,
    ways_of,
)

__all__ = ["FileRows", "build_design_of_files"]


class FileRows:
    """The rows of a design that are in files; a `bayesmm.model.design.RowSource`.

    Parameters
    ----------
    files : TableFiles
        The files.
    coder : RowCoder
        Codes their rows.
    n_read : int
        Number of all rows.
    centrings : Centrings, optional
        How the columns are changed; None for those of the formula.
    cells : CellSums, optional
        The sums within cells, where they are known already.
    """

    def __init__(
        self,
        files: TableFiles,
        coder: RowCoder,
        n_read: int,
        centrings: Centrings | None = None,
        cells: CellSums | None = None,
    ) -> None:
        self.files = files
        self.n_read = n_read
        self._coder = coder
        self._centrings = centrings
        self.cells = cells
        self.ways: Ways | None = None
        self._summary: SummarisedRows | None = None
        self._cells: CellProducts | None = None
        self._changed: dict[tuple[object, ...], Design] = {}

    @property
    def label(self) -> str:
        """The files in words."""
        return self.files.label

    @property
    def examples(self) -> pd.DataFrame:
        """Rows with every level of every factor and grouping."""
        return self._coder.examples

    def parts(self) -> Iterator[Design]:
        """Yield small designs of the rows in their order."""

        def coded(chunk) -> Design:
            return prior_columns(self._coder.of(chunk), self._centrings)

        return in_order(coded, self.files.chunks(self._coder.names))

    def summarised(self) -> Design:
        """Return the design of all rows, from one pass over them."""
        # the columns change with the centring, not what is known of the model
        known = self._coder.design
        if self._centrings:
            known = replace(known, centrings=None)
        if self.cells is not None:
            places = column_places(known)
            self.ways = ways_of(self.cells, places, known.mu.intercept, self._centrings)
            return replace(summed_design(known, self.cells, places, self.ways), source=self)
        if not self._centrings:
            self._cells = CellProducts(known)
        self._summary = summarise_parts(known, self._added_up())
        return replace(self._summary.design, source=self)

    def _added_up(self) -> Iterator[Design]:
        for part in self.parts():
            if self._cells is not None:
                self._cells.add(part)
            yield part

    def changed(self, design: Design, centrings: Centrings) -> Design:
        """Return the design with other columns of the same space, from one pass over the rows."""
        key = tuple(
            None if own is None else own.matrix.tobytes()
            for own in (*centrings.predictors, *centrings.blocks)
        )
        if key not in self._changed:
            source = FileRows(self.files, self._coder, self.n_read, centrings, self.cells)
            self._changed[key] = source.summarised()
        own = self._changed[key]
        return replace(own, notes=design.notes, n_dropped=design.n_dropped, family=design.family)

    def leading(self, block: int) -> Design:
        """Return the rows of the first levels of a block."""
        return self._summary.leading[block]

    def condensed(self, design: Design) -> Design:
        """Return few rows with the likelihood of all rows."""
        if self._cells is None:
            self._cells = CellProducts(self._coder.design)
            self._cells.take(self.cells, self.ways)
        return self._cells.rows(design)


def build_design_of_files(
    formula: FormulaText | ModelFormulas,
    files: TableFiles,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
    add: AddRows | None = None,
) -> Design:
    """Return the design that a formula makes of the rows of files, which stay where they are.

    Parameters
    ----------
    formula, family, categorical, success
        As in `bayesmm.model.build.build_design`.
    files : TableFiles
        The files.
    add : callable, optional
        Adds rows to a table of cells; with it one pass over many rows is enough, or two.

    Returns
    -------
    Design
        Equal to that of the same rows in memory, with `RowsInFiles` for arrays of rows.

    Raises
    ------
    UnsupportedModelError
        For a model whose posterior needs more than sums of the rows.
    """
    formulas = formula if isinstance(formula, ModelFormulas) else parse_formulas(formula)
    if family.of_categories is None:
        family = name_formulas(formulas, family).family
    _refuse(formulas, family)
    categorical = tuple(
        map(label_of, (categorical,) if isinstance(categorical, str) else categorical)
    )
    names = columns_read(formulas, files.names)
    look = look_at(files, formulas, names, categorical, family, add)
    n_dropped = look.n_read - look.n_obs
    notes = [left_out(n_dropped, look.n_read)] if n_dropped else []
    rows, _ = complete_rows(formulas, look.examples, categorical, notes)
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
    coder = RowCoder(learnt, look.examples, rows)
    cells = None
    if add is not None and is_many(look.n_obs):
        cells = _sums_within_cells(files, coder, look, add)
    source = FileRows(files, coder, look.n_read, cells=cells)
    design = replace(source.summarised(), n_dropped=n_dropped)
    notes += _check(design, formulas)
    return replace(design, notes=tuple(dict.fromkeys(notes)))


def _sums_within_cells(
    files: TableFiles, coder: RowCoder, look: Look, add: AddRows
) -> CellSums | None:
    """Return the sums within cells, from what was met or one more pass; None without."""
    design, places = coder.design, column_places(coder.design)
    levels = {block.factor: block.n_groups for block in design.blocks}
    if places is None or not cells_fit(tuple(levels.values()), places.count + 1):
        return None
    if look.met is not None:
        return look.met.found(coder.codes_of)
    parts = in_order(coder.of, files.chunks(coder.names))
    return sums_of_parts(parts, places, levels, add)


def _check(design: Design, formulas: ModelFormulas) -> Iterator[str]:
    """Raise for what all rows say against the model, as `build_design` does; yield notes."""
    label = formulas.response.response.label
    check_magnitude(design.y, f"The response {label}")
    check_response(design.y, None, label)
    rows = (part.mu.X for part in design.parts())
    check_columns(design.mu.X, design.mu.names, design.mu.has_level, rows)
    yield from check_blocks(design.blocks)


def _refuse(formulas: ModelFormulas, family: Family) -> None:
    """Raise for a model whose posterior needs more than sums of the rows."""
    response = formulas.response.response
    what = ""
    if not (family.linear and family.precision_weights):
        what = f"The {family.name} family with {family.link} link"
    elif formulas.further:
        what = f"A formula of {formulas.further[0].parameter}"
    elif response.weights is not None:
        what = "A weight of the rows"
    elif response.censoring is not None or response.truncation is not None:
        what = "A censored or truncated response"
    elif formulas.response.offsets:
        what = "An offset"
    elif not formulas.response.intercept:
        what = "A model without an intercept"
    if what:
        raise UnsupportedModelError(
            f"{what} needs the numbers of every row, and these are in files that are larger than "
            "memory. Gaussian models with an intercept, without weights and offsets, need sums "
            "only; for any other read some of the rows into a data frame."
        )
