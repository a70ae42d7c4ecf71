"""How the likelihood of a family is maximised."""

from dataclasses import dataclass

__all__ = ["Estimation"]


@dataclass(frozen=True, slots=True)
class Estimation:
    """How the likelihood of a family is maximised."""

    # ``"rows"``: from the log likelihood of the rows; ``"scaled"``: the same on a response of unit
    # size; ``"linear"``: as ``"scaled"``, but exact with the identity link; ``"glm"``: Fisher
    # scoring; ``"none"``: not at all, as where second derivatives say nothing
    routine: str = "rows"
    # whether the group effects may have several modes at one point: a zero may be a count or one
    # that was added; a far response has its own mode
    several_modes: bool = False
