"""The families of bayesmm, found in this folder, by their names and those of other packages."""

import copyreg
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import bayesmm.family
from bayesmm.errors import UsageError, suggestion
from bayesmm.family.bounded import bounded, unbounded
from bayesmm.family.complement import complemented, without_complement
from bayesmm.family.record import RESPONSES, Family

__all__ = ["DEFAULT_FAMILY", "FAMILIES", "OF_CATEGORIES", "is_known", "resolve_family"]

# That of a model whose family is not named.
DEFAULT_FAMILY = "gaussian"


def _found() -> Iterator[Family]:
    """Yield the family of every file that has one."""
    for module in iter_modules(bayesmm.family.__path__):
        if module.name != __name__.rpartition(".")[2]:
            family = getattr(import_module(f"bayesmm.family.{module.name}"), "FAMILY", None)
            if family is not None:
                yield family


# By the kind of response, those with few parameters first.
_SORTED = sorted(_found(), key=lambda f: (RESPONSES.index(f.response), len(f.parameters), f.name))
FAMILIES: Mapping[str, Family] = {f.name: f for f in _SORTED if f.of_categories is None}
# Those that are complete only when the categories of the response are known: `Family.made_for`.
OF_CATEGORIES: Mapping[str, Family] = {f.name: f for f in _SORTED if f.of_categories is not None}
_ALL = {**FAMILIES, **OF_CATEGORIES}

# Names of R, brms, rstanarm, glmmTMB, Bambi and statsmodels, compared by letters and digits only.
_SYNONYMS = {
    **{word: name for name, family in _ALL.items() for word in family.words.synonyms},
    **{name.replace("_", ""): name for name in _ALL},
}

_ZERO = "zeros beside such counts: 'zero_inflated_negativebinomial' or 'hurdle_negativebinomial'"
# What other packages have and this one has not, and what comes nearest.
_UNAVAILABLE = {
    "quasibinomial": "for overdispersed counts of successes use 'beta_binomial', or add a group "
    "effect of the rows to 'binomial': (1 | row)",
    **dict.fromkeys(("quasipoisson", "quasi"), "for overdispersed counts use 'negativebinomial'"),
    "multinomial": "give each category of a row a row of its own with its count, leave out counts "
    "of 0, and write category | weights(count) ~ ... with the family 'categorical': the likelihood "
    "is the same",
    **dict.fromkeys(("truncatedpoisson",), "for counts above 0 beside zeros use 'hurdle_poisson'"),
    **dict.fromkeys(("truncatednbinom2", "truncatednbinom1"), _ZERO),
    **dict.fromkeys(
        ("zeroinflatedbeta", "zerooneinflatedbeta", "orderedbeta"),
        "for proportions between 0 and 1, both excluded, there is 'beta'",
    ),
    **dict.fromkeys(
        ("tweedie", "hurdlegamma", "hurdlelognormal"),
        "for positive values there is 'gamma', and for whether they are 0 'bernoulli'",
    ),
    **dict.fromkeys(("compois", "genpois"), "for counts use 'negativebinomial'"),
    **dict.fromkeys(
        ("skewnormal", "asymlaplace", "asymmetriclaplace", "laplace", "cauchy"),
        "for heavy tails there is 't'",
    ),
}


def resolve_family(family: "str | Family", link: str | None = None) -> Family:
    """Return the family of that name, with its default link or `link`.

    Parameters
    ----------
    family : str or Family
        Name as in Bambi (``"gaussian"``, ``"bernoulli"``, ``"binomial"``, ``"poisson"``, ...).
    link : str, optional
        One of the links of the family.

    Raises
    ------
    UsageError
        For an unknown family or a link that the family does not have.
    """
    chosen = family if isinstance(family, Family) else _ALL[_name(str(family))]
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
    if plain.name not in _ALL or plain.link not in _ALL[plain.name].links:
        return False
    return plain == _again(plain.name, plain.link, plain.categories, plain.chosen)


def _name(written: str) -> str:
    """Return our name of a family, from that of any package."""
    letters = "".join(c for c in written.casefold().removesuffix("()") if c.isalnum())
    if letters in _SYNONYMS:
        return _SYNONYMS[letters]
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
        return _again, (family.name, family.link, family.categories, family.chosen)
    return object.__reduce_ex__(family, 2)


def _again(
    name: str, link: str, categories: tuple[str, ...], chosen: tuple[str, ...] = ()
) -> Family:
    """Return one of our families, made for its categories, with optional parameters."""
    found = _ALL[name].with_link(link)
    for parameter in chosen:
        found = found.with_optional(parameter)
    return found.made_for(categories)


copyreg.pickle(Family, _reduced)
