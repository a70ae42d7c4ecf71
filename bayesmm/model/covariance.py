"""Covariance of the group effects of a level: u_g ~ N(0, Sigma)."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Covariance", "Diagonal", "Unstructured", "unstructured_or_diagonal"]


class Covariance(Protocol):
    """What a structure says of Sigma, the covariance matrix of the q effects of a level.

    Sigma = diag(sd) R diag(sd). Levels are independent; a structure between them, of a known
    covariance matrix of the levels, would be one that holds another for its effects.
    """

    @property
    def correlated(self) -> bool:
        """Whether R has correlations that are parameters."""
        ...

    def pairs(self, n_effects: int) -> tuple[tuple[int, int], ...]:
        """Return the pairs a < b of effects whose correlation is a parameter, in lme4's order."""
        ...


@dataclass(frozen=True, slots=True)
class Unstructured:
    """All q sds and q (q - 1) / 2 correlations are parameters: ``(x | g)``."""

    @property
    def correlated(self) -> bool:
        """Whether there are correlations: yes."""
        return True

    def pairs(self, n_effects: int) -> tuple[tuple[int, int], ...]:
        """Return all pairs: (0, 1), (0, 2), (1, 2), ..."""
        return tuple((a, b) for a in range(n_effects) for b in range(a + 1, n_effects))


@dataclass(frozen=True, slots=True)
class Diagonal:
    """The q effects are independent, each with its sd: ``(x || g)``, and every single effect."""

    @property
    def correlated(self) -> bool:
        """Whether there are correlations: no."""
        return False

    def pairs(self, n_effects: int) -> tuple[tuple[int, int], ...]:
        """Return no pairs."""
        return ()


def unstructured_or_diagonal(correlated: bool, n_effects: int) -> Covariance:
    """Return the covariance of lme4's ``|`` or ``||``; a single effect has no correlation."""
    return Unstructured() if correlated and n_effects > 1 else Diagonal()
