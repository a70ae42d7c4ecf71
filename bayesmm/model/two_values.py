"""A column of two values, such as failure and success, as 0 and 1."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.record import Family
from bayesmm.formula.syntax import Name, Node
from bayesmm.model.columns import few, kind_of, label_of
from bayesmm.model.outcomes import outcome_levels
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, quantity
from bayesmm.wording import option

__all__ = ["TRIALS", "two_values"]

# How numbers of successes are written.
TRIALS = "p(successes, trials), cbind(successes, failures) or successes | trials(n)"


def two_values(
    node: Node,
    label: str,
    family: Family,
    rows: Rows,
    states: States,
    levels: tuple[str, ...] | None,
    success: object,
    what: str = "response",
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return 0 and 1 of two values, their labels if they are those of a factor, and notes.

    `node` has the two values and is called `label` in messages, `what` says what they are; `levels`
    and `success` are as in `model.response.read_response`.
    """
    kind = kind_of(node.value, rows.columns[node.value]) if isinstance(node, Name) else ""
    if kind in ("category", "boolean") or success is not None or levels:
        found = rows.levels(node.value)
        if levels:
            known, why = levels, ""
            if not set(found.labels) <= set(levels):
                raise DataError(
                    f"The {what} '{node.value}' has values that the data of the fit do not "
                    f"have: {few(v for v in found.labels if v not in levels)}. There it is "
                    f"{levels[0]} or {levels[1]}."
                )
        else:
            series = rows.columns[node.value]
            known, why = outcome_levels(
                node.value, series, found.labels, success, family.name, what
            )
        index = np.array([float(known.index(label)) for label in found.labels])
        failure, chosen = known
        note = (
            f"{what.capitalize()} '{node.value}': '{chosen}' counts as success, '{failure}' as "
            "failure"
        )
        return index[found.codes], known, (f"{note} ({why})." if why else f"{note}.",)
    y = quantity(node, rows, states)
    if (bad := ~np.isin(y, (0.0, 1.0))).any():
        values = np.unique(y)
        if isinstance(node, Name) and len(values) == 2:
            low, high = (label_of(value) for value in values.tolist())
            number = int(high) if high.removeprefix("-").isdigit() else float(high)
            raise DataError(
                f"The {what} '{node.value}' has the values {low} and {high}; say which counts "
                f"as success: {option('success', number)}."
            )
        trials = f" For numbers of successes use {TRIALS}" + (
            "." if family.response == "binomial" else f" with {option('family', 'binomial')}."
        )
        trials = "" if family.decisions else trials
        raise DataError(
            f"The {what} {label} must be 0 or 1 for the {family.name} family; it is "
            f"{few(np.unique(y[bad]).tolist())} {rows.where(bad)}.{trials}"
        )
    return y, (), ()
