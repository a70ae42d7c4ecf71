"""Every density compiled ahead of its first use."""

from collections.abc import Callable

from bayesmm.sampling.compiled.ahead import (
    OF_SECOND,
    PIECES,
    compile_piece,
    compiling_beside,
)
from bayesmm.sampling.compiled.collapsed.engine import KIND
from bayesmm.sampling.compiled.first_use import (
    EVERYTHING,
    JOINT,
    LEFT_OUT_GROUPS,
    announced,
    is_compiled,
)
from bayesmm.sampling.compiled.heteroscedastic.engine import SEVERAL_SDS
from bayesmm.sampling.compiled.ready import has_ready_code
from bayesmm.writing import tell as to_standard_error

__all__ = ["is_warm", "warm_up"]


def warm_up(tell: Callable[[str], None] = to_standard_error) -> None:
    """Compile every density that the compiled engine has, unless it is compiled already.

    Two processes share the work where there are two cores.

    Parameters
    ----------
    tell : callable
        Takes one line per piece of code, with its time.
    """
    if has_ready_code():
        tell("the package came with machine code for this processor: nothing to compile")
        return
    with compiling_beside(OF_SECOND, tell) as finished:
        for piece in PIECES:
            if piece not in OF_SECOND:
                compile_piece(piece, tell)
        if not finished():
            for piece in OF_SECOND:
                compile_piece(piece, tell)
    for name in (KIND, SEVERAL_SDS, LEFT_OUT_GROUPS, JOINT, EVERYTHING):
        with announced(name, tell=lambda _message: None):
            pass


def is_warm() -> bool:
    """Return whether `warm_up` has compiled everything for these versions."""
    return is_compiled(EVERYTHING)
