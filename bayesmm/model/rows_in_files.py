"""What stands in a design where the numbers of every row would, when the rows are in files."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError

__all__ = ["NEEDS_ROWS", "ColumnSums", "RowsInFiles", "WeightedSums", "beside_each_other"]

NEEDS_ROWS = (
    "This needs the numbers of every row, and the rows of this fit are in files that are larger "
    "than memory. Ask it of a fit of some of the rows, read into a data frame."
)


@dataclass(frozen=True, slots=True)
class ColumnSums:
    """What is known of a column of numbers without its rows."""

    n: int
    # sum of the numbers, and of their squares
    total: float
    squares: float
    deviations: float  # sum of the squares of their distances from their mean
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class WeightedSums:
    """What is known of a column whose rows have weights w_i."""

    weight: float  # sum of the weights
    # sums of w_i x_i and of w_i x_i^2
    total: float
    squares: float
    deviations: float  # sum of w_i (x_i - m)^2 about the weighted mean m


@dataclass(slots=True, eq=False, repr=False)
class RowsInFiles:
    """A column, or a matrix of columns, of which only sums are here.

    `bayesmm.model.row_sums` reads those. Whatever else would read the rows (NumPy's functions,
    arithmetic, an index) raises a sentence that says so, never a wrong number: a question that
    nobody thought of is refused, not answered with what is not there.
    """

    n_rows: int
    columns: tuple[ColumnSums, ...] | None  # None where no sums have a meaning: codes of levels
    _: KW_ONLY
    is_matrix: bool = False  # whether the shape is (n, k), not (n,)
    # (k,): means of the columns of a matrix, as NumPy takes them along the rows
    centre: NDArray[np.float64] | None = None
    # (k, k): cross-products of the columns less their means
    products: NDArray[np.float64] | None = None
    # (k,): of the columns of group effects whether each has one value in every level
    constant_within: NDArray[np.bool_] | None = None
    # (J,): of codes of levels how many rows each level has
    counts: NDArray[np.int64] | None = None
    # of numbers of successes their shares of the trials
    shares: "RowsInFiles | None" = None
    less: "RowsInFiles | None" = None  # of a response what its offset leaves of it
    weighted: tuple[WeightedSums, ...] | None = None  # of each column, where rows have weights
    logs: float | None = None  # of weights the sum of their logarithms

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.n_rows

    def __repr__(self) -> str:
        """Return its shape in words."""
        return f"RowsInFiles{self.shape}"

    @property
    def shape(self) -> tuple[int, ...]:
        """(n,), or (n, k)."""
        return (self.n_rows, len(self.columns or ())) if self.is_matrix else (self.n_rows,)

    @property
    def T(self) -> "tuple[RowsInFiles, ...]":
        """The columns of a matrix, one by one."""
        if not self.is_matrix or self.columns is None:
            _refuse()
        every = [None] * len(self.columns) if self.weighted is None else self.weighted
        return tuple(
            RowsInFiles(self.n_rows, (own,), weighted=None if of_rows is None else (of_rows,))
            for own, of_rows in zip(self.columns, every, strict=True)
        )

    def __getitem__(self, index: Any) -> "RowsInFiles":
        """Return a whole column, ``[:, k]``."""
        match index:
            case (slice(start=None, stop=None, step=None), int() | np.integer() as k):
                return self.T[k]
        _refuse()

    def with_shares(self, shares: "RowsInFiles") -> "RowsInFiles":
        """Return a column of numbers of successes with their shares of the trials."""
        return RowsInFiles(self.n_rows, self.columns, shares=shares, weighted=self.weighted)

    def with_logs(self, logs: float) -> "RowsInFiles":
        """Return weights with the sum of their logarithms."""
        return RowsInFiles(self.n_rows, self.columns, logs=logs)

    def with_less(self, less: "RowsInFiles") -> "RowsInFiles":
        """Return a response with what its offset leaves of it."""
        return RowsInFiles(self.n_rows, self.columns, less=less, weighted=self.weighted)

    @property
    def raw_products(self) -> NDArray[np.float64]:
        """Cross-products of the columns as they stand, shape (k, k)."""
        return self.products + self.n_rows * np.outer(self.centre, self.centre)

    @property
    def only(self) -> ColumnSums:
        """The sums of a single column."""
        if self.is_matrix or self.columns is None:
            _refuse()
        return self.columns[0]

    def __getattr__(self, name: str) -> Any:
        """Refuse what an array would have; protocols of Python are simply not there."""
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse()

    # Without these, NumPy and Python would fall back to what they do with any object.
    def __array__(self, *_: Any, **__: Any) -> NDArray[Any]:
        """Refuse."""
        _refuse()

    def __array_ufunc__(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        _refuse()

    def __array_function__(self, *_: Any, **__: Any) -> Any:
        """Refuse."""
        _refuse()

    def __iter__(self) -> Any:
        """Refuse."""
        _refuse()

    def __eq__(self, _: object) -> bool:
        """Refuse: an array would say of each row whether it is equal."""
        _refuse()

    __hash__ = None  # type: ignore[assignment]


def _refuse(*_: Any) -> NoReturn:
    raise UnsupportedModelError(NEEDS_ROWS)


for _operator in (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"),
    *("lt", "le", "gt", "ge", "ne", "neg", "pos", "abs", "invert", "float", "int", "bool"),
    *("radd", "rsub", "rmul", "rtruediv", "rpow", "rmatmul", "setitem", "contains"),
):
    setattr(RowsInFiles, f"__{_operator}__", _refuse)


def beside_each_other(parts: list[Any]) -> Any:
    """Return the columns of some matrices, shape (n, sum of k), side by side."""
    if not any(isinstance(part, RowsInFiles) for part in parts):
        return np.ascontiguousarray(np.hstack(parts))
    columns = tuple(own for part in parts for own in part.columns)
    every = [part.weighted for part in parts]
    weighted = None if None in every else tuple(own for of_rows in every for own in of_rows)
    return RowsInFiles(len(parts[0]), columns, is_matrix=True, weighted=weighted)
