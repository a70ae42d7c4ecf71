"""What a check says of a student's answer."""

from dataclasses import dataclass

__all__ = ["CheckedAnswer"]

_NOTHING = "Nothing is written yet: put your answer in the place of the three dots."


@dataclass(frozen=True, slots=True, repr=False)
class CheckedAnswer:
    """Whether an answer is right and, where it is not, what differs.

    Attributes
    ----------
    right : bool
        Whether it is.
    says : tuple of str
        Sentences: why it is right, or where to look again. The answer itself is not among them.
    """

    right: bool
    says: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the verdict and its sentences, one a line."""
        first = "Right." if self.right else "Not yet."
        if self.says == (_NOTHING,):
            return _NOTHING
        return "\n".join([first, *(f"- {sentence}" for sentence in self.says)])

    @classmethod
    def unwritten(cls) -> "CheckedAnswer":
        """Return what is said while the three dots are still there."""
        return cls(False, (_NOTHING,))
