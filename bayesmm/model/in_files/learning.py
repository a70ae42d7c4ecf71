"""What ``center(x)`` and ``scale(x)`` learn of rows in files, from a pass before all others."""

from collections.abc import Iterable, Sequence

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.formula.functions import bind, columns_of
from bayesmm.formula.syntax import Call, Node, show
from bayesmm.model.frames import read_columns
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.model.row_sums import RunningSums
from bayesmm.model.transforms import LEARNT_OF_SUMS, Scaling, States, calls_learnt
from bayesmm.model.variables import Rows, quantity

__all__ = ["learn_states"]


def learn_states(files: TableSource, names: Sequence[str], nodes: Iterable[Node]) -> States:
    """Return what the functions in some expressions learn of all complete rows.

    `names` are the columns that the model reads. A function that learns more than sums say is not
    supported.
    """
    waiting = list(dict.fromkeys(call for node in nodes for call in calls_learnt(node)))
    for call in waiting:
        if call.function not in LEARNT_OF_SUMS:
            raise UnsupportedModelError(
                f"{show(call)} learns from all rows at once, and these are in files that are "
                "larger than memory; write what it gives as a column of the files, or as "
                "arithmetic with numbers of your own: I((x - 10) / 2)."
            )
    states: States = {}
    while waiting:  # scale(center(x)): what is inside comes first
        ready = [call for call in waiting if _inside(call) <= states.keys()]
        waiting = [call for call in waiting if call not in ready]
        states |= _learnt(files, names, ready, states)
    return states


def _inside(call: Call) -> set[Call]:
    return set(calls_learnt(bind(call).quantities[0]))


def _learnt(
    files: TableSource, names: Sequence[str], calls: Sequence[Call], known: States
) -> States:
    """Return what some calls learn in one pass."""
    quantities = {call: bind(call).quantities[0] for call in calls}
    wanted = dict.fromkeys(c.value for node in quantities.values() for c in columns_of(node))
    sums = {call: RunningSums() for call in calls}
    found: States = {}
    for chunk in files.chunks(names):
        if not len(chunk.table):  # the next pass says so
            return dict.fromkeys(calls, Scaling(0.0, 1.0))
        rows = Rows(read_columns(chunk.table, wanted), chunk.positions)
        for call, node in quantities.items():
            sums[call].add(quantity(node, rows, known))
    for call, own in sums.items():
        try:
            found[call] = LEARNT_OF_SUMS[call.function](own.found(), **bind(call).options)
        except DataError as error:
            raise DataError(f"{show(call)}: {error}") from error
    return found
