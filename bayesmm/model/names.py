"""The names that draws, priors and tables share; the only place that builds or reads them.

``Days``, ``treat[ozone]``, ``1|Subject``, ``Days|Subject_sigma``, ``Subject_corr``; dimensions
``Subject__factor_dim``; what is of a predictor besides that of mu has its parameter before it:
``sigma_Days``, ``sigma_1|Subject``.
"""

from collections.abc import Sequence

from bayesmm.family.thresholds import specific_threshold
from bayesmm.model.block import Block, Effect
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN, Predictor

__all__ = [
    "CENTRED_INTERCEPT",
    "CENTRED_THRESHOLDS",
    "block_offset_names",
    "centred_name",
    "coefficient_names",
    "corr_name",
    "correlation_pairs",
    "decov_names",
    "effect_label",
    "effect_labels",
    "effect_name",
    "effect_names",
    "factor_dim",
    "half_partials_name",
    "offset_dim",
    "offset_name",
    "pair_dim",
    "pair_labels",
    "partials_dim",
    "partials_name",
    "prefixed",
    "scalar_names",
    "sd_name",
    "sd_names",
    "share_dim",
    "stored_name",
    "thresholds_dim",
]

# The intercept at the means of the predictors, which is what the PyMC model samples; the reported
# ``Intercept`` is at X = 0. Where there are no predictors the two are one, and so is the name.
CENTRED_INTERCEPT = "Intercept_centred"
# The thresholds at the means of the predictors, which the PyMC model samples together.
CENTRED_THRESHOLDS = "thresholds_centred"


def centred_name(name: str) -> str:
    """Return the PyMC name of what is sampled at the means of the predictors for a parameter.

    Where the priors are of centred columns (`bayesmm.model.prior_columns`), the name without the
    ending is that of the reported parameter, at 0 of the variables.
    """
    return f"{name}_centred"


def prefixed(name: str, parameter: str) -> str:
    """Return Bambi's name of what belongs to the predictor of a parameter: ``"sigma_Days"``.

    What belongs to mu has no prefix; an effect at one threshold only, of ``cs()``, has this after
    it: ``"Days[mild|moderate]"``.
    """
    if threshold := specific_threshold(parameter):
        return f"{name}{threshold}"
    return name if parameter == MEAN else f"{parameter}_{name}"


def coefficient_names(predictor: Predictor) -> tuple[str, ...]:
    """Return the names of the numbers that a predictor has, the intercept first.

    ``("Intercept", "Days")``, ``("sigma_Intercept", "sigma_Days")``; ``("sigma",)`` where that is
    one number.
    """
    if predictor.constant and predictor.parameter != MEAN:
        return (predictor.parameter,)
    return tuple(prefixed(name, predictor.parameter) for name in predictor.terms)


def scalar_names(design: Design) -> tuple[str, ...]:
    """Return the names of all numbers that are of no grouping factor, by predictor."""
    return tuple(name for p in design.predictors for name in coefficient_names(p))


def effect_label(effect: Effect) -> str:
    """Return the name of a group effect in tables: ``"Intercept"``, ``"sigma_Intercept"``."""
    return prefixed(effect.name, effect.predictor)


def effect_labels(block: Block) -> tuple[str, ...]:
    """Return the names of the q effects of a block in tables."""
    return tuple(map(effect_label, block.effects))


def effect_name(effect: Effect, factor: str) -> str:
    """Return Bambi's name of a group effect: ``"1|Subject"`` or ``"Days|Subject"``."""
    own = "1" if effect.name == "Intercept" else effect.name
    return prefixed(f"{own}|{factor}", effect.predictor)


def sd_name(effect: Effect, factor: str) -> str:
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
    if not block.covariance.correlated:
        return None
    earlier = sum(b.covariance.correlated and b.factor == block.factor for b in blocks[:index])
    return f"{block.factor}_corr" + (f"_{earlier + 1}" if earlier else "")


def correlation_pairs(block: Block) -> tuple[tuple[int, int], ...]:
    """Return the pairs a < b of correlated effects in lme4's order: (0, 1), (0, 2), (1, 2), ..."""
    return block.covariance.pairs(block.n_effects)


def pair_dim(blocks: Sequence[Block], index: int) -> str:
    """Return the dimension of the correlations of block `index`: ``"Subject__pair_dim"``."""
    return f"{(corr_name(blocks, index) or '').replace('_corr', '__pair', 1)}_dim"


def pair_labels(block: Block) -> list[str]:
    """Return the labels of the correlations of a block: ``"Intercept, Days"``."""
    labels = effect_labels(block)
    return [f"{labels[a]}, {labels[b]}" for a, b in correlation_pairs(block)]


def block_offset_names(block: Block) -> tuple[str, ...]:
    """Return Bambi's names of the standard normals z of the effects of an uncorrelated block."""
    return tuple(f"{name}_offset" for name in effect_names(block))


def offset_name(blocks: Sequence[Block], index: int) -> str:
    """Return the PyMC name of the standard normals z of a correlated block."""
    return (corr_name(blocks, index) or "").replace("_corr", "__offset", 1)


def offset_dim(blocks: Sequence[Block], index: int) -> str:
    """Return the dimension of the effects in the z of a correlated block."""
    return f"{offset_name(blocks, index)}_effect"


def partials_name(blocks: Sequence[Block], index: int) -> str:
    """Return the PyMC name of the canonical partial correlations of a correlated block."""
    return (corr_name(blocks, index) or "").replace("_corr", "__partials", 1)


def half_partials_name(blocks: Sequence[Block], index: int) -> str:
    """Return the PyMC name of (1 + partial correlation) / 2, which is what is sampled."""
    return f"{partials_name(blocks, index)}_half"


def partials_dim(blocks: Sequence[Block], index: int) -> str:
    """Return the dimension of the partial correlations of a block."""
    return f"{partials_name(blocks, index)}_dim"


def decov_names(blocks: Sequence[Block], index: int) -> tuple[str, str]:
    """Return the PyMC names of tau and pi of the decov prior of a block."""
    stem = f"{blocks[index].factor}_decov_{index}"
    return f"{stem}_tau", f"{stem}_share"


def share_dim(blocks: Sequence[Block], index: int) -> str:
    """Return the dimension of pi of the decov prior of a block."""
    return f"{decov_names(blocks, index)[1]}_dim"


def thresholds_dim() -> str:
    """Return the dimension of the thresholds that the PyMC model samples."""
    return f"{CENTRED_THRESHOLDS}_dim"


def stored_name(name: str) -> str:
    """Return the name of a variable in the draws: ``/`` becomes the division slash U+2215.

    A DataTree reads ``/`` as a path and refuses it in the name of a variable or a coordinate.
    Tables, priors and messages keep the name as written.
    """
    return name.replace("/", "\N{DIVISION SLASH}")
