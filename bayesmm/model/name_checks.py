"""Checks that names of columns do not clash with the names of the posterior."""

import unicodedata
from collections.abc import Iterable

from bayesmm.errors import DataError, visible
from bayesmm.model.design import Design
from bayesmm.model.names import (
    CENTRED_INTERCEPT,
    corr_name,
    effect_labels,
    effect_names,
    factor_dim,
    pair_dim,
    scalar_names,
    sd_names,
)
from bayesmm.wording import either

__all__ = ["check_names"]

# Control characters, line ends, surrogates, and the marks that turn a line around: they would
# break the lines of the tables, or show one name as another. Joiners, which some scripts need,
# are no such marks.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# The mean of the response has a name of its own in the PyMC model, by kind of response; chain
# and draw are the dimensions of every posterior.
_MEANS = {"binary": "p", "binomial": "p"}


def check_names(design: Design, columns: Iterable[str]) -> None:
    """Raise when the names of columns would clash with names of the posterior.

    `columns` are those that the formula reads; the message names the one to rename.
    """
    blocks = design.blocks
    reserved = {
        **{name: "a parameter of the model" for name in design.family.auxiliary},
        _MEANS.get(design.family.response, "mu"): "the mean of the response",
        "chain": "a dimension of the posterior",
        "draw": "a dimension of the posterior",
    }
    for name in dict.fromkeys((*design.mu.names, design.response)):
        if name in reserved:
            raise DataError(
                f"The name '{name}' means {reserved[name]}; rename the column: "
                + either(
                    f"data.rename(columns={{'{name}': '{name}_1'}}).",
                    f"call it '{name}_1' in the file.",
                )
            )
    columns = tuple(columns)
    coefficients = scalar_names(design)
    for name in (*columns, *coefficients, *(e for b in blocks for e in effect_labels(b))):
        _refuse_control_characters(name)
    for column in columns:
        if column in ("Intercept", CENTRED_INTERCEPT):
            raise DataError(f"The name '{column}' means the intercept; rename the column.")
        for mark in "|`":
            if mark in column:
                raise DataError(
                    f"Column '{column}' has a '{mark}' in its name, which has a meaning in the "
                    "names of effects; rename the column."
                )
    names = (*coefficients, *(n for b in blocks for n in effect_names(b)), design.response)
    for name in names:
        for ending in ("_offset", "_centred"):
            if name.endswith(ending) and (
                ending == "_offset" or name.removesuffix(ending) in names
            ):
                raise DataError(
                    f"The name '{name}' ends in '{ending}', which marks internal variables of the "
                    "sampler; rename the column."
                )
    _refuse_doubles(design)


def _refuse_control_characters(name: str) -> None:
    """Raise for a name that cannot stand in a line of a table."""
    for character in name:
        if unicodedata.category(character) in _UNPRINTABLE or character in _TURNING:
            raise DataError(
                f"The name '{visible(name)}' holds the control character "
                f"U+{ord(character):04X}; rename the column, or the levels of the factor."
            )


def _refuse_doubles(design: Design) -> None:
    """Raise when two parts of the posterior would have one name."""
    blocks = design.blocks
    names = [*scalar_names(design), design.response]
    for index, block in enumerate(blocks):
        names += [*effect_names(block), *sd_names(block)]
        if block.covariance.correlated:
            names += [str(corr_name(blocks, index)), pair_dim(blocks, index)]
    names += dict.fromkeys(factor_dim(block.factor) for block in blocks)
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataError(
                f"Two parts of the model would be named '{name}'; rename a column, or leave one "
                "of the terms out."
            )
        seen.add(name)
