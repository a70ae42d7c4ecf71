"""The families of bayesmm, found in this folder, by their names and those of other packages.

The files are some fifty: a model reads its own.
"""

import copyreg
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import bayesmm.family
from bayesmm.errors import UsageError, suggestion
from bayesmm.family.bounded import bounded, unbounded
from bayesmm.family.complement import complemented, without_complement
from bayesmm.family.fixed import with_fixed
from bayesmm.family.record import RESPONSES, Family

__all__ = ["DEFAULT_FAMILY", "FAMILIES", "OF_CATEGORIES", "is_known", "resolve_family"]

# That of a model whose family is not named.
DEFAULT_FAMILY = "gaussian"


class _Families(Mapping[str, Family]):
    """Families by their names: one is read from its file when asked for, all when listed.

    The arguments say whether those that are complete without categories are meant, those that are
    not, or one after the other.
    """

    def __init__(self, *of_categories: bool) -> None:
        self._of_categories = of_categories

    def __getitem__(self, name: str) -> Family:
        """Return a family."""
        family = _of_file(name)
        if family is None or _of_categories(family) not in self._of_categories:
            raise KeyError(name)
        return family

    def __iter__(self) -> Iterator[str]:
        """Return the names, by the kind of response, those with few parameters first."""
        for own in self._of_categories:
            yield from (family.name for family in _every() if _of_categories(family) is own)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)


def _of_categories(family: Family) -> bool:
    return family.of_categories is not None


@cache
def _files() -> frozenset[str]:
    """Return the names of the files of the folder; one that has a family is called as it is."""
    own = __name__.rpartition(".")[2]
    return frozenset(m.name for m in iter_modules(bayesmm.family.__path__) if m.name != own)


def _of_file(name: str) -> Family | None:
    """Return the family of a file, if there is such a file and it has one."""
    if name not in _files():
        return None
    return getattr(import_module(f"bayesmm.family.{name}"), "FAMILY", None)


@cache
def _every() -> tuple[Family, ...]:
    found = (family for name in _files() if (family := _of_file(name)) is not None)
    return tuple(
        sorted(found, key=lambda f: (RESPONSES.index(f.response), len(f.parameters), f.name))
    )


FAMILIES: Mapping[str, Family] = _Families(False)
# Those that are complete only when the categories of the response are known: `Family.made_for`.
OF_CATEGORIES: Mapping[str, Family] = _Families(True)
_ALL: Mapping[str, Family] = _Families(False, True)


@cache
def _synonyms() -> Mapping[str, str]:
    """Return names of R, brms, rstanarm, glmmTMB, Bambi and statsmodels: letters and digits."""
    return {
        **{word: name for name, family in _ALL.items() for word in family.words.synonyms},
        **{name.replace("_", ""): name for name in _ALL},
    }


_ZERO = "zeros beside such counts: 'zero_inflated_negativebinomial' or 'hurdle_negativebinomial'"
_UNDER = (
    "'compois' is for counts that vary less than poisson ones, 'nbinom1' and 'negativebinomial' "
    "for those that vary more"
)
# What other packages have and this one has not, and what comes nearest.
_UNAVAILABLE = {
    "quasibinomial": "for overdispersed counts of successes use 'beta_binomial', or add a group "
    "effect of the rows to 'binomial': (1 | row)",
    **dict.fromkeys(
        ("quasipoisson", "quasi"),
        "for overdispersed counts use 'nbinom1', whose variance is in proportion to the mean too, "
        "or 'negativebinomial'",
    ),
    **dict.fromkeys(("truncatedpoisson",), "for counts above 0 beside zeros use 'hurdle_poisson'"),
    **dict.fromkeys(("truncatednbinom2", "truncatednbinom1"), _ZERO),
    **dict.fromkeys(
        ("orderedbeta", "ordbeta"),
        "for proportions with 0 and 1 among them there is 'zero_one_inflated_beta'",
    ),
    **dict.fromkeys(("genpois", "generalizedpoisson", "bell"), _UNDER),
    "cauchy": "for heavy tails there is 't', also as t(nu=1)",
    **dict.fromkeys(
        ("frechet", "genextremevalue", "gev", "gumbel"), "for positive values there is 'weibull'"
    ),
    **dict.fromkeys(("cox", "coxph"), "for waiting times there are 'weibull' and 'exponential'"),
}
# A family with a link, or with parameters fixed: ``t(nu=4)``, ``Gamma(link="log")``.
_CALL = re.compile(r"^\s*([\w. -]+?)\s*\((.*)\)\s*$", re.DOTALL)


def resolve_family(family: "str | Family", link: str | None = None) -> Family:
    """Return the family of that name, with its default link or `link`.

    The name is as in Bambi (``"gaussian"``, ``"bernoulli"``, ``"binomial"``, ``"poisson"``, ...),
    with parameters in brackets that are to be known numbers, ``"t(nu=4)"``. An unknown family, a
    link that it does not have, and a parameter that cannot be fixed at that number are a
    `UsageError`.
    """
    chosen = family
    if not isinstance(family, Family):
        chosen, named = _of_text(str(family))
        link = named if link is None else link
    if link is None or link == chosen.link:
        return chosen
    if link not in chosen.links:
        raise UsageError(
            f"The {chosen.name} family has no '{link}' link. Links: {', '.join(chosen.links)}."
        )
    return chosen.with_link(link)


def is_known(family: Family) -> bool:
    """Return whether a family is found again by its name and link."""
    plain = without_complement(unbounded(family))
    try:
        return _again(*_told_by(plain)) == plain
    except UsageError:
        return False


def _of_text(text: str) -> tuple[Family, str | None]:
    """Return the family that a text names, and the link if it names one."""
    call = _CALL.match(text)
    if call is None:
        return _ALL[_name(text)], None
    name, inside = call.groups()
    chosen, link, fixed = _ALL[_name(name)], None, []
    for part in filter(None, (p.strip() for p in inside.split(","))):
        key, equals, value = (p.strip().strip("\"'") for p in part.partition("="))
        if key == "link" and equals:
            link = value
            continue
        try:
            fixed.append((key, float(value)))
        except ValueError:
            raise UsageError(
                f"'{part}' of the family {text} is no parameter with a number, as in t(nu=4), and "
                'no link, as in gamma(link = "log").'
            ) from None
    return with_fixed(chosen, tuple(fixed)), link


def _name(written: str) -> str:
    """Return our name of a family, from that of any package."""
    if written in _ALL:  # no other has to be read
        return written
    letters = "".join(c for c in written.casefold() if c.isalnum())
    if letters in _synonyms():
        return _synonyms()[letters]
    if letters in _UNAVAILABLE:
        listed = ", ".join(_ALL)
        raise UsageError(
            f"There is no '{written}' family here: {_UNAVAILABLE[letters]}. Families: {listed}."
        )
    raise UsageError(
        f"'{written}' is not a family. {suggestion(written.lower(), _ALL, label='Families')}"
    )


def _reduced(family: Family) -> Any:
    """Return how a family travels to another process: ours by name, a user's by its functions."""
    if family.unbounded is not None:
        return bounded, (unbounded(family), family.forms)
    if family.complement_of is not None:
        return complemented, (without_complement(family), *family.complement_of.auxiliary[-1:])
    if is_known(family):
        return _again, _told_by(family)
    return object.__reduce_ex__(family, 2)


def _told_by(family: Family) -> tuple[str, str, tuple[str, ...], tuple[str, ...], bool]:
    """Return what tells one of our families: the arguments of `_again`."""
    return family.name, family.link, family.categories, family.chosen, family.specific


def _again(
    name: str,
    link: str,
    categories: tuple[str, ...],
    chosen: tuple[str, ...] = (),
    specific: bool = False,
) -> Family:
    """Return one of our families, made for its categories, with optional parameters."""
    found = resolve_family(name, link)
    for parameter in chosen:
        found = found.with_optional(parameter)
    return (found.with_specific() if specific else found).made_for(categories)


copyreg.pickle(Family, _reduced)
