"""Names of the columns of group effects in the frame that Bambi reads."""

from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.names import effect_name, stored_name

__all__ = ["bambi_group_columns", "effects_under_other_names"]


def bambi_group_columns(design: Design) -> tuple[tuple[str, ...], ...]:
    """Return per block the names of the columns of its effects in `bambi_frame`.

    The names of the effects, but where columns of one name differ: centred in one place and not
    in another.
    """
    columns = dict(zip(design.mu.names, design.mu.X.T, strict=True))
    factors = {block.factor for block in design.blocks}
    return tuple(
        tuple(
            _column_name(effect.name, column, columns, factors)
            for effect, column in block.effect_columns()
        )
        for block in design.blocks
    )


def _column_name(effect: str, column: Array, columns: dict[str, Array], factors: set[str]) -> str:
    """Return a name under which `columns` has this column, or that is free; it is taken then."""
    if effect == "Intercept":
        return effect
    name = effect
    while not np.array_equal(columns.setdefault(name, column), column):
        name += "_"
        while name in factors:
            name += "_"
    return name


def effects_under_other_names(design: Design) -> dict[str, str]:
    """Return the names that effects get back from those of their columns, where these differ."""
    pairs = zip(design.blocks, bambi_group_columns(design), strict=True)
    return {
        stored_name(effect_name(replace(effect, name=column), block.factor)): stored_name(
            effect_name(effect, block.factor)
        )
        for block, names in pairs
        for effect, column in zip(block.effects, names, strict=True)
        if effect.name != column
    }
