"""A family with 1 minus a share in the place of the share: zi or hu for psi."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bayesmm.family.parameter import Parameter
from bayesmm.family.record import OF_ROWS, Family

__all__ = ["complemented", "without_complement"]


@dataclass(frozen=True, slots=True)
class _OfComplement:
    """A function of the rows of a family, of rows that have 1 minus one of its parameters."""

    function: Callable[..., Any]
    share: str
    complement: str

    def __call__(self, *arguments: Any) -> Any:
        """Return the function of the rows with the share itself; they are the last argument."""
        *before, rows = arguments
        further: dict[str, Any] = dict(rows.auxiliary)
        further[self.share] = 1.0 - further.pop(self.complement)
        return self.function(*before, replace(rows, auxiliary=further))


@cache
def complemented(family: Family, share: str) -> Family:
    """Return the family with the complement of a share, its last parameter, as a parameter.

    The share, ``"psi"``, has a name for 1 minus it.
    """
    *others, own = family.parameters
    name = own.complements[0]
    parameter = replace(
        own,
        name=name,
        symbol=name,
        meaning=f"1 - {own.name}, the share of rows that are zeros of their own",
        priors={},
        start=_OfStart(own),
        search=None,
        names={"brms": name, "glmmtmb": "zi"},
        synonyms=own.complements[1:],
        complements=(),
    )
    functions = {
        field: _OfComplement(function, share, name)
        for field in OF_ROWS
        if (function := getattr(family, field)) is not None
    }
    words = family.words
    atoms = {at: _OfComplement(own, share, name) for at, own in family.atoms.items()}
    return replace(
        family,
        atoms=atoms,
        parameters=(*others, parameter),
        density=family.density.with_parameters(_with_share),
        limits={k: tuple(name if p == share else p for p in v) for k, v in family.limits.items()},
        words=replace(
            words,
            equation=tuple(
                part.replace(f"{{{share}}}", f"1 - {{{name}}}") for part in words.equation
            ),
            pymc=words.pymc.replace(f"={share}", f"=1 - {name}"),
        ),
        complement_of=family,
        **functions,
    )


def without_complement(family: Family) -> Family:
    """Return the family with the share itself, with the link of this one."""
    own = family.complement_of
    return family if own is None else own.with_link(family.link)


@dataclass(frozen=True, slots=True)
class _OfStart:
    """Where chains start: 1 minus the start of the share."""

    share: Parameter

    def __call__(self, y: Any, spread: float) -> float:
        return 1.0 - self.share.first(y, spread)


def _with_share(further: tuple) -> tuple:
    """Return the further parameters with the share, in the place of 1 minus it."""
    return (*further[:-1], 1.0 - further[-1])
