"""Every density compiled ahead of its first use."""

from collections.abc import Callable

from bayesmm.sampling.compiled.ahead import PIECES, compile_piece, compiling_beside
from bayesmm.sampling.compiled.code import nothing_collected
from bayesmm.sampling.compiled.collapsed.engine import KIND
from bayesmm.sampling.compiled.first_use import (
    EVERYTHING,
    JOINT,
    LEFT_OUT_GROUPS,
    is_compiled,
    mark_compiled,
)
from bayesmm.sampling.compiled.heteroscedastic.engine import SEVERAL_SDS
from bayesmm.sampling.compiled.ready import has_ready_code
from bayesmm.writing import tell as to_standard_error

__all__ = ["is_warm", "warm_up"]


def warm_up(tell: Callable[[str], None] = to_standard_error) -> None:
    """Compile every density that the compiled engine has, unless it is compiled already.

    Two processes share the work where there are two cores, one from each end. `tell` takes one line
    per piece of code, with its time.
    """
    if has_ready_code():
        tell("the package came with machine code for this processor: nothing to compile")
        return
    with nothing_collected(), compiling_beside(tuple(reversed(PIECES)), tell) as finished:
        for piece in PIECES:
            compile_piece(piece, tell)
        finished()  # it has nothing left but its last line
    for name in (KIND, SEVERAL_SDS, LEFT_OUT_GROUPS, JOINT, EVERYTHING):
        mark_compiled(name)


def is_warm() -> bool:
    """Return whether `warm_up` has compiled everything for these versions."""
    return is_compiled(EVERYTHING)
