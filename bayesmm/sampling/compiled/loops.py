"""How the loops of a C function become vector instructions: what takes half of LLVM's time.

LLVM writes the body of a loop out up to eight times, and more where it takes the processor for one
that holds long loops (Zen 4). Of short loops, over the effects or levels of a model, that is mostly
the way round what was written out, and never read. None of it changes the arithmetic.

Measured, written out or not, with the same bits (processor seconds of LLVM, time per gradient): the
gaussian density .6, of sleepstudy .89, sitka .88, penicillin .89, insteval .94; the density in
transported coordinates and its way back .6, of cbpp .97, sleepstudy .97, verbagg 1.01 to 1.02. With
one vector at a time verbagg, whose loops are over 7,584 rows and 316 levels, takes 1.04. The joint
density takes 1.04 without what is written out (subjects by items), and keeps it.
"""

from enum import Enum

__all__ = ["Loops"]


class Loops(Enum):
    """What LLVM may do with loops: whether several vectors at a time, whether written out."""

    SHORT = (False, False)
    LONG = (True, False)
    WRITTEN_OUT = (True, True)

    @property
    def interleaved(self) -> bool:
        """Whether several vectors are worked on at a time."""
        return self.value[0]

    @property
    def unrolled(self) -> bool:
        """Whether the body is written out several times."""
        return self.value[1]
