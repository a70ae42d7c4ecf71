"""A quick estimate of what the data say about each group effect, to choose centred or not.

For models whose transported coordinates are too dear (`transport.plan`): with responses that are
not normal, of two or more factors beside the largest that have some 70 levels and more, or one with
slopes or of hundreds. Of the 73 models of the course, of ``benchmarks/shapes.py``, ``transport.py``
and ``varying.py`` none is; three crossed factors of 300, 60 and 14 levels are (155 us for 21).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.nested_levels import is_constant_within
from bayesmm.model.predictor import MEAN
from bayesmm.model.response_scale import precision_unit
from bayesmm.sampling.compiled.joint.linearise import FREE_LINKS, has_scale, linearised
from bayesmm.sampling.compiled.joint.nesting import enclosing, nesting_of, outer_levels
from bayesmm.sampling.compiled.joint.start import predictor_scale

__all__ = ["informed_levels", "level_shares"]

type Floats = NDArray[np.float64]

# A level is centred when the data remove more than this share of the variance of its effect. In
# the 19 models of benchmarks/geometry.py (logit and Poisson, 6 to 300 levels, q = 1 and 2), all
# levels centred had 1.5 to 12 times the effective draws of none at every median share from 0.71
# on; at 0.67 (cbpp) both had as many, but the centred one diverged, and below it lost. Judged
# level by level the same share gave 1.14 times the effective draws per gradient of the better
# of the two, and never fewer; in 9 models with unbalanced groups 1.1 to 5 times.
_INFORMED = 0.69
# The same for the sum of the effects of a factor and of one that it is nested in, whose variance
# is not near zero unless both are. In 7 simulated nested models and lme4's grouseticks.
_SUM_INFORMED = 0.6
_ROUNDS = 15
# Smallest variance of an effect, relative to the first guess: a zero cannot be inverted.
_SMALLEST = 1e-8


def informed_levels(design: Design) -> tuple[NDArray[np.bool_], ...]:
    """Return, per block, whether each level is better centred.

    Where the data say more about an effect than its distribution does, that is; of a factor whose
    levels take those of a coarser one with them (`nesting`), about the sum of both.

    References
    ----------
    Papaspiliopoulos, Roberts and Skoeld (2007), doi:10.1214/088342307000000014.
    """
    of_mean = [all(e.predictor == MEAN for e in block.effects) for block in design.blocks]
    if not all(of_mean):
        # in a linear model for the mean; effects on other parameters are not centred
        blocks = tuple(b for b, keeps in zip(design.blocks, of_mean, strict=True) if keeps)
        told = iter(informed_levels(replace(design, blocks=blocks)))
        return tuple(
            next(told) if keeps else np.zeros(b.n_groups, dtype=bool)
            for b, keeps in zip(design.blocks, of_mean, strict=True)
        )
    blocks = design.blocks
    if not blocks:
        return ()
    information, covariances = _information_and_covariances(design)
    own = [_shares(i, g) > _INFORMED for i, g in zip(information, covariances, strict=True)]
    sums = []
    for k, flags in enumerate(own):
        outer = enclosing(blocks, k)
        total = covariances[k] if outer is None else covariances[k] + covariances[outer]
        sums.append(flags if outer is None else _shares(information[k], total) > _SUM_INFORMED)
    nesting = nesting_of(blocks, [bool(2 * f.sum() > f.size) for f in sums])
    return tuple(own[k] if outer is None else sums[k] for k, outer in enumerate(nesting.outer))


def level_shares(design: Design) -> tuple[Floats, ...]:
    """Return, per block and level, the share of its variance that the data remove.

    With information I_j about u_j and u_j ~ N(0, G) the share is 1 - tr[(I_j + G^-1)^-1 G^-1] / q,
    between 0 (the data say nothing) and 1. The information passes through the factors nested in
    this one, whose effects blur it. G comes from a few rounds of variational EM, block by block, on
    the linearised model.
    """
    if not design.blocks:
        return ()
    information, covariances = _information_and_covariances(design)
    return tuple(_shares(i, g) for i, g in zip(information, covariances, strict=True))


def _information_and_covariances(design: Design) -> tuple[list[Floats], list[Floats]]:
    """Return what `_pilot` does, information about a level as far as it is not blurred."""
    information, covariances = _pilot(design)
    return _through_nested(design.blocks, information, covariances), covariances


def _pilot(design: Design) -> tuple[list[Floats], list[Floats]]:
    """Return the information of each level, (J, q, q), and the covariance, (q, q), per block."""
    blocks = design.blocks
    centre, spread = predictor_scale(design)
    offset, X = design.mu.known, design.mu.matrix
    response, weight = linearised(design, centre + offset)  # where any mean is possible
    sigma2 = (spread * precision_unit(design)) ** 2 if has_scale(design) else 1.0
    covariances = [_first_covariance(block, spread) for block in blocks]
    smallest = [_SMALLEST * np.diag(g) for g in covariances]
    fitted = [np.zeros(design.n_obs) for _ in blocks]
    moves = design.family.link in FREE_LINKS
    information = [_information(block, weight) for block in blocks]
    for _ in range(_ROUNDS):
        gram = X.T @ (X * weight[:, None])
        pull = X.T @ (weight * (response - sum(fitted)))
        common = X @ np.linalg.lstsq(gram, pull, rcond=None)[0]
        spent = 0.0
        for k, block in enumerate(blocks):
            others = common + sum(f for m, f in enumerate(fitted) if m != k)
            pull = _level_sums(block, weight * (response - others)) / sigma2
            precision = information[k] / sigma2 + np.linalg.inv(covariances[k])
            variance = np.linalg.inv(precision)
            effects = np.einsum("jab,jb->ja", variance, pull)
            fitted[k] = np.einsum("ia,ia->i", block.columns.Z, effects[block.columns.codes])
            moment = (np.einsum("ja,jb->ab", effects, effects) + variance.sum(axis=0)) / len(
                effects
            )
            if not block.covariance.correlated:
                moment = np.diag(np.diag(moment))
            covariances[k] = moment + np.diag(smallest[k])
            spent += float(np.einsum("jab,jba->", information[k], variance))
        if has_scale(design):
            residual = response - common - sum(fitted)
            sigma2 = (float(weight @ residual**2) + spent) / design.n_obs
        if moves:
            response, weight = linearised(design, common + sum(fitted) + offset)
            information = [_information(block, weight) for block in blocks]
    return [i / sigma2 for i in information], covariances


def _first_covariance(block: Block, spread: float) -> Floats:
    """Return a diagonal covariance of modest effects."""
    sizes = (block.columns.Z**2).mean(axis=0)
    return np.diag(0.1 * spread**2 / np.where(sizes > 0.0, sizes, 1.0))


def _level_sums(block: Block, row_values: Floats) -> Floats:
    """Return Z'r of each level, shape (J, q)."""
    columns = [
        np.bincount(block.columns.codes, block.columns.Z[:, a] * row_values, block.n_groups)
        for a in range(block.n_effects)
    ]
    return np.stack(columns, axis=-1)


def _information(block: Block, weight: Floats) -> Floats:
    """Return Z'WZ of each level, shape (J, q, q)."""
    columns = [_level_sums(block, block.columns.Z[:, a] * weight) for a in range(block.n_effects)]
    return np.stack(columns, axis=1)


def _through_nested(
    blocks: tuple[Block, ...], information: list[Floats], covariances: list[Floats]
) -> list[Floats]:
    """Return the information about each level after the effects nested in it have blurred it.

    A level i of a nested factor with effect variance t^2 and information I_i tells its parent
    I_i / (1 + t^2 I_i). Parents are done after their children.
    """
    left = list(information)
    for k in sorted(range(len(blocks)), key=lambda k: -blocks[k].n_groups):
        own = np.maximum(information[k][:, 0, 0], np.finfo(float).tiny)
        share = np.ones(blocks[k].n_groups)
        inside = [m for m in range(len(blocks)) if _nested(blocks[m], blocks[k])]
        for m in inside:
            if any(_nested(blocks[m], blocks[other]) for other in inside):
                continue
            parents = outer_levels(blocks[m], blocks[k])
            inner = left[m][:, 0, 0]
            told = inner / (1.0 + covariances[m][0, 0] * inner)
            share = np.minimum(share, np.bincount(parents, told, blocks[k].n_groups) / own)
        left[k] = information[k] * share[:, None, None]
    return left


def _nested(inner: Block, outer: Block) -> bool:
    """Return whether every level of `inner` lies in one level of the coarser `outer`."""
    return inner.n_groups > outer.n_groups and is_constant_within(
        inner.columns.codes, outer.columns.codes
    )


def _shares(information: Floats, covariance: Floats) -> Floats:
    """Return the share of variance that the data remove of each level."""
    q = len(covariance)
    precision = np.linalg.inv(covariance)
    variance = np.linalg.inv(information + precision)
    return 1.0 - np.einsum("jab,ba->j", variance, precision) / q
