"""The names that draws, priors and tables share; the only place that builds or reads them."""

from collections.abc import Sequence

from bayesmm.model.design import Block

__all__ = [
    "corr_name",
    "effect_name",
    "effect_names",
    "factor_dim",
    "offset_name",
    "partials_name",
    "sd_name",
    "sd_names",
    "stored_name",
    "term_dims",
]


def effect_name(effect: str, factor: str) -> str:
    """Return Bambi's name of a group effect: ``"1|Subject"`` or ``"Days|Subject"``."""
    return f"{'1' if effect == 'Intercept' else effect}|{factor}"


def sd_name(effect: str, factor: str) -> str:
    """Return Bambi's name of the sd of a group effect: ``"Days|Subject_sigma"``."""
    return f"{effect_name(effect, factor)}_sigma"


def effect_names(block: Block) -> tuple[str, ...]:
    """Return the names of the q effects of a block."""
    return tuple(effect_name(effect, block.factor) for effect in block.effects)


def sd_names(block: Block) -> tuple[str, ...]:
    """Return the names of the q standard deviations of a block."""
    return tuple(sd_name(effect, block.factor) for effect in block.effects)


def factor_dim(factor: str) -> str:
    """Return Bambi's dimension of the levels of a factor: ``"Subject__factor_dim"``."""
    return f"{factor}__factor_dim"


def corr_name(blocks: Sequence[Block], index: int) -> str | None:
    """Return the name of the correlation matrix of block `index`, or None when it has none.

    ``"Subject_corr"``; when a factor has several correlated blocks, the second is
    ``"Subject_corr_2"`` and so on.
    """
    block = blocks[index]
    if not block.correlated:
        return None
    earlier = sum(b.correlated and b.factor == block.factor for b in blocks[:index])
    return f"{block.factor}_corr" + (f"_{earlier + 1}" if earlier else "")


def term_dims(blocks: Sequence[Block], index: int) -> tuple[str, str]:
    """Return the two dimensions of the correlation matrix of block `index`."""
    stem = (corr_name(blocks, index) or "").replace("_corr", "__term", 1)
    return f"{stem}_dim", f"{stem}_bis_dim"


def offset_name(blocks: Sequence[Block], index: int) -> str:
    """Return the PyMC name of the standard normal z of a correlated block."""
    return (corr_name(blocks, index) or "").replace("_corr", "__offset", 1)


def partials_name(blocks: Sequence[Block], index: int) -> str:
    """Return the PyMC name of the canonical partial correlations of a correlated block."""
    return (corr_name(blocks, index) or "").replace("_corr", "__partials", 1)


def stored_name(name: str) -> str:
    """Return the name of a variable in the draws: ``/`` becomes the division slash U+2215.

    A DataTree reads ``/`` as a path and refuses it in the name of a variable or a coordinate.
    Tables, priors and messages keep the name as written.
    """
    return name.replace("/", "\N{DIVISION SLASH}")
