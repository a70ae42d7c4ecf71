"""The design of a model whose rows are in files."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText, ModelFormulas, parse_formulas
from bayesmm.formula.functions import columns_of
from bayesmm.model.build import learn_design
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.columns import label_of
from bayesmm.model.complete_rows import columns_read, complete_rows, left_out
from bayesmm.model.data_checks import check_columns, check_magnitude, check_response
from bayesmm.model.design import Design
from bayesmm.model.group_data_checks import check_blocks
from bayesmm.model.in_files.ahead import in_order
from bayesmm.model.in_files.cell_rows import CellRows
from bayesmm.model.in_files.cells import CellProducts
from bayesmm.model.in_files.coding import RowCoder
from bayesmm.model.in_files.look import look_at
from bayesmm.model.in_files.summaries import SummarisedRows, summarise_parts
from bayesmm.model.in_files.table_files import TableFiles
from bayesmm.model.parameter_formulas import name_formulas
from bayesmm.model.prior_columns import prior_columns
from bayesmm.model.variables import Rows

__all__ = ["FileRows", "build_design_of_files"]

# Responses whose rows are alike in everything when few numbers are possible.
_DISCRETE = frozenset({"binary", "binomial", "count"})


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
    base : FileRows, optional
        The same rows with the columns of the formula; None when these are.
    centrings : Centrings, optional
        How the columns are changed; None for those of the formula.
    """

    def __init__(
        self,
        files: TableFiles,
        coder: RowCoder,
        n_read: int,
        base: "FileRows | None" = None,
        centrings: Centrings | None = None,
    ) -> None:
        self.files = files
        self.n_read = n_read
        self._coder = coder
        self._base = base
        self._centrings = centrings
        self._summary: SummarisedRows | None = None
        self._cells: CellProducts | CellRows | None = None if base is None else base._cells
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
        if self._base is not None:
            known = replace(known, centrings=None)
        else:
            self._cells = CellProducts(known) if known.family.linear else CellRows(known)
        self._summary = summarise_parts(known, self._added_up())
        design = self._summary.design
        if isinstance(self._cells, CellRows):
            design = self._cells.summarised(design)
        return replace(design, source=self)

    def _added_up(self) -> Iterator[Design]:
        for part in self.parts():
            if self._base is None:
                self._cells.add(part)
            yield part

    def changed(self, design: Design, centrings: Centrings) -> Design:
        """Return the design with other columns of the same space, from one pass over the rows."""
        key = tuple(
            None if own is None else own.matrix.tobytes()
            for own in (*centrings.predictors, *centrings.blocks)
        )
        if key not in self._changed:
            source = FileRows(self.files, self._coder, self.n_read, self, centrings)
            self._changed[key] = source.summarised()
        own = self._changed[key]
        return replace(own, notes=design.notes, n_dropped=design.n_dropped, family=design.family)

    def leading(self, block: int) -> Design:
        """Return the rows of the first levels of a block."""
        return self._summary.leading[block]

    def condensed(self, design: Design) -> Design:
        """Return few rows with the likelihood of all rows."""
        return self._cells.rows(design, self._centrings)


def build_design_of_files(
    formula: FormulaText | ModelFormulas,
    files: TableFiles,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
) -> Design:
    """Return the design that a formula makes of the rows of files, which stay where they are.

    Parameters
    ----------
    formula, family, categorical, success
        As in `bayesmm.model.build.build_design`.
    files : TableFiles
        The files.

    Returns
    -------
    Design
        Equal to that of the same rows in memory, with `RowsInFiles` for arrays of rows.

    Raises
    ------
    UnsupportedModelError
        For a model whose posterior needs more than sums of the rows, or their distinct rows.
    """
    formulas = formula if isinstance(formula, ModelFormulas) else parse_formulas(formula)
    if family.of_categories is None:
        family = name_formulas(formulas, family).family
    _refuse(formulas, family)
    categorical = tuple(
        map(label_of, (categorical,) if isinstance(categorical, str) else categorical)
    )
    names = columns_read(formulas, files.names)
    look = look_at(files, formulas, names, categorical, _two_values(formulas, family))
    n_dropped = look.n_read - look.n_obs
    notes = [left_out(n_dropped, look.n_read)] if n_dropped else []
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
    )
    source = FileRows(files, RowCoder(learnt, look.examples, rows), look.n_read)
    design = replace(source.summarised(), n_dropped=n_dropped)
    notes += _check(design, formulas)
    return replace(design, notes=tuple(dict.fromkeys(notes)))


def _check(design: Design, formulas: ModelFormulas) -> Iterator[str]:
    """Raise for what all rows say against the model, as `build_design` does; yield notes."""
    label = formulas.response.response.label
    check_magnitude(design.y, f"The response {label}")
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
            "memory. Gaussian, bernoulli, binomial and poisson models with an intercept, without "
            "weights and offsets, need sums only; for any other read some of the rows into a data "
            "frame."
        )


def _two_values(formulas: ModelFormulas, family: Family) -> tuple[str, ...]:
    """Return the column of a response of two values, of which both are looked for."""
    response = formulas.response.response
    if family.response not in ("binary", "binomial") or response.trials or response.failures:
        return ()
    return tuple(name.value for name in columns_of(response.value))
