"""Checks of a design before any sampling: what cannot be estimated is said in words."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from bayesmm.arrays import Array
from bayesmm.cells import told_apart
from bayesmm.errors import DataError
from bayesmm.family.record import Family
from bayesmm.model.coding import CodedTerm
from bayesmm.model.row_sums import column_means, extremes, total
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = [
    "NO_ROW",
    "check_columns",
    "check_magnitude",
    "check_memory",
    "check_response",
    "check_size",
    "has_residual",
]

# Relative tolerance of R's lm() and of lme4 for a column that others give.
_COLLINEAR = 1e-7
# 4 GiB for all columns of a design.
_MOST_NUMBERS = 2**29
# More are hours of work, and no model that a person means.
_MOST_COEFFICIENTS = 5_000
# What is left of a column after the others, in its norm, from where cross-products are exact
# enough to tell: their error is of the order of its square.
_APART = 1e-4
# Numbers of a large X that are centred at a time.
_STEP = 2**20

NO_ROW = (
    "No row belongs to {}, so its effect cannot be estimated; leave out the interaction, or join "
    "levels."
)


# Squares of ratios of numbers within these limits, and sums of them, neither overflow nor vanish.
_LEAST, _MOST = 1e-75, 1e75


def check_magnitude(values: Array | None, label: str, *, every: bool = False) -> None:
    """Raise when numbers are so large, or all so small, that their squares cannot be computed.

    `label` is the column in words; with `every` each value must not be too small, instead of the
    largest.
    """
    if values is None or not len(values):
        return
    most = max(map(abs, extremes(values)))
    least = most
    if every:  # weights, of files already known to be positive
        of_files = isinstance(values, RowsInFiles)
        least = extremes(values)[0] if of_files else float(np.abs(values).min())
    if most > _MOST or 0 < least < _LEAST:
        wrong, power = (most, "1e-150") if most > _MOST else (least, "1e150")
        raise DataError(
            f"{label} has values such as {wrong:.3g}, with which floating-point numbers cannot "
            f"calculate ({_LEAST:g} to {_MOST:g} are possible); write it in another unit, for "
            f"example multiplied by {power}."
        )


def check_response(y: Array, trials: Array | None, label: str) -> None:
    """Raise when the response does not vary, so that nothing can be learnt from it.

    `y`, shape (n,), is the response, or the number of successes of `trials`.
    """
    if trials is not None and extremes(trials) != (1.0, 1.0):
        nothing = extremes(y)[1] == 0.0
        if nothing or total(y) == total(trials):  # there are no more successes than trials
            every = "failure" if nothing else "success"
            raise DataError(f"Every trial of the response {label} is a {every}.")
        return
    if len(y) == 1:
        raise DataError("There is only one row with a value in every column of the formula.")
    least, most = extremes(y)
    if least == most:
        raise DataError(
            f"The response {label} is constant: {told_apart([least])[0]} in all {len(y):,} rows. "
            "A model needs a response that varies."
        )


def check_columns(
    X: Array, names: Sequence[str], intercept: bool, parts: Iterable[Array] | None = None
) -> None:
    """Raise when a column of the common effects follows from the others.

    `X` is of shape (n, p), without the intercept; `parts` are its rows, when they are in files.
    """
    if not names:
        return
    for name, column in zip(names, X.T, strict=True):
        check_magnitude(column, f"Predictor {name}")
    for name, (least, most) in zip(names, map(extremes, X.T), strict=True):
        if least == most == 0 and ("[" in name):
            raise DataError(NO_ROW.format(name))
        if least == most and (intercept or least == 0):
            raise DataError(
                f"Predictor {name} is constant ({told_apart([least])[0]}), so its effect cannot be "
                "told from the intercept; leave it out."
            )
    centre = column_means(X) if intercept else np.zeros(X.shape[1])
    if not _surely_independent(X, centre):
        R = np.empty((0, X.shape[1]))
        for rows in (
            row for part in ([X] if parts is None else parts) for row in _centred_rows(part, centre)
        ):
            R = np.linalg.qr(np.vstack([R, rows]), mode="r")
        _check_triangle(R, np.linalg.norm(R, axis=0), names)


def _surely_independent(X: Array, centre: Array) -> bool:
    """Return whether cross-products, quick but of half the digits, already tell columns apart."""
    if isinstance(X, RowsInFiles):
        products = X.products if centre.any() else X.raw_products
    else:
        products = sum(rows.T @ rows for rows in _centred_rows(X, centre))
    norms = np.sqrt(np.diagonal(products))
    try:
        root = np.linalg.cholesky(products / np.outer(norms, norms))
    except np.linalg.LinAlgError:
        return False
    return bool((np.diagonal(root) > _APART).all())


def _centred_rows(X: Array, centre: Array) -> Iterator[Array]:
    """Yield X - centre some rows at a time, so that no second copy of a large X is made."""
    step = max(_STEP // X.shape[1], X.shape[1])
    yield from (X[start : start + step] - centre for start in range(0, len(X), step))


def _check_triangle(R: Array, norms: Array, names: Sequence[str]) -> None:
    """Raise for the first column that earlier ones give: what is left of it is on the diagonal."""
    given = np.flatnonzero(np.abs(np.diagonal(R)) < _COLLINEAR * norms)
    if not len(given):
        return
    j = int(given[0])
    weights = np.linalg.solve(R[:j, :j] / norms[:j], R[:j, j] / norms[j])
    others = [name for name, weight in zip(names, weights, strict=False) if abs(weight) > 1e-6]
    remedy = f"leave out {names[j]}"
    if "[" in names[j]:  # one column of a term cannot be left out by itself
        remedy = "leave out one of their terms"
        remedy += ", or write 0 + a:b for all cells of a and b" if ":" in names[j] else ""
    raise DataError(
        f"Predictor {names[j]} is a linear combination of others ({', '.join(others)}), so their "
        f"effects cannot be told apart; {remedy}."
    )


def check_size(terms: Sequence[CodedTerm], intercept: bool, n_rows: int, family: Family) -> None:
    """Raise when there are too many coefficients for the rows, or for the memory.

    The columns of the terms do not exist yet. A family with a residual sd needs more rows than
    coefficients.
    """
    n_columns = sum(term.width for term in terms) + intercept
    if n_columns > n_rows or (n_columns == n_rows and has_residual(family)):
        raise DataError(
            f"There are {n_rows:,} rows for {n_columns:,} coefficients; leave predictors out, or "
            "make a factor with many levels a grouping: (1 | g)."
        )
    if n_columns > _MOST_COEFFICIENTS:
        raise DataError(
            f"The model has {n_columns:,} coefficients; at most {_MOST_COEFFICIENTS:,} are "
            "possible: make a factor with many levels a grouping: (1 | g)."
        )


def check_memory(n_columns: int, n_rows: int) -> None:
    """Raise before more columns are made than a memory holds.

    The columns are those of the common effects and of all blocks.
    """
    if n_columns * n_rows > _MOST_NUMBERS:
        raise DataError(
            f"{n_columns:,} columns of {n_rows:,} rows need {n_columns * n_rows * 8 / 2**30:,.1f} "
            f"GiB of memory, more than the {_MOST_NUMBERS * 8 / 2**30:.0f} GiB that a design may "
            "have: leave terms out, or make a factor with many levels a grouping: (1 | g)."
        )


def has_residual(family: Family) -> bool:
    """Return whether a family has a residual sd, which needs a row more than effects."""
    return bool(family.residual_scale)
