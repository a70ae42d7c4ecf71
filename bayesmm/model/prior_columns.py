"""The columns that the priors of a model are of, and in which it is sampled."""

from collections.abc import Collection
from dataclasses import replace

from bayesmm.model.block import Block
from bayesmm.model.centred_columns import Centring, Centrings
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, sd_names
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Priors
from bayesmm.model.sums_of_rows import SumsOfRows

__all__ = ["CENTRED_PRESETS", "centrings_of", "prior_columns", "prior_design", "prior_places"]

# brms, rstanarm and Bambi state their priors of the columns as they are in the formula: a preset
# with their names gives the posterior that their users know.
CENTRED_PRESETS = frozenset({"default"})


def centrings_of(design: Design, preset: str, changed: Collection[str] = ()) -> Centrings | None:
    """Return the change from raw columns to those that the priors are of; None for none.

    `preset` is what the priors started from, `changed` the parameters with a prior of the user. A
    coefficient that is named is the one that the tables report, so that nothing of it is moved into
    others; an sd or a correlation of group effects is of centred columns, as the intercept's prior
    is.
    """
    learnt = design.centrings
    if learnt is None or preset not in CENTRED_PRESETS:
        return None
    found = Centrings(
        tuple(
            _wanted(design, predictor, own, learnt, changed)
            for predictor, own in zip(design.predictors, learnt.predictors, strict=True)
        ),
        learnt.blocks,
    )
    return found if found.changes else None


def _wanted(
    design: Design,
    predictor: Predictor,
    learnt: Centring | None,
    every: Centrings,
    changed: Collection[str],
) -> Centring | None:
    """Return the change of the coefficients of a predictor that have no prior of the user."""
    if learnt is None:
        return None
    # Alone, the intercept needs no change: its prior is at the mean of the columns anyway.
    moved = any(
        own is not None and any(effect.predictor == predictor.parameter for effect in block.effects)
        for block, own in zip(design.blocks, every.blocks, strict=True)
    )
    kept = [
        k
        for k, name in enumerate(coefficient_names(predictor))
        if (not moved if k == 0 and predictor.intercept else name in changed)
    ]
    own = learnt.keeping(kept)
    return own if own.changes else None


def prior_columns(design: Design, centrings: Centrings | None) -> Design:
    """Return the design with other columns of the same space; its coefficients are others."""
    if centrings is None:
        return design
    if design.source is not None:
        return design.source.changed(design, centrings)
    predictors = tuple(
        p if c is None else replace(p, X=c.columns(p.X, first=int(p.intercept)))
        for p, c in zip(design.predictors, centrings.predictors, strict=True)
    )
    blocks = (_block(b, c) for b, c in zip(design.blocks, centrings.blocks, strict=True))
    summed = design.in_sums
    found = replace(design, predictors=predictors, blocks=tuple(blocks), centrings=None, sums=None)
    if summed is design:
        return found
    return replace(found, sums=SumsOfRows.of(found, prior_columns(summed, centrings)))


def prior_design(design: Design, priors: Priors) -> Design:
    """Return the design in the columns that the priors are of, in which engines sample.

    The design that is given has columns as the formula has them.
    """
    return prior_columns(design, centrings_of(design, priors.preset, priors.changed))


def prior_places(design: Design, centrings: Centrings | None) -> dict[str, str]:
    """Return where each parameter is that has its prior not where all variables are 0.

    As ``{"1|g_sigma": "at the mean of year"}``. The intercept, whose prior is at the mean of all
    predictors in any case, is left out.
    """
    if centrings is None:
        return {}
    at: dict[str, tuple[str, ...]] = {}
    for predictor, own in zip(design.predictors, centrings.predictors, strict=True):
        if own is not None:
            names = coefficient_names(predictor)
            first = int(predictor.intercept)
            at |= dict(zip(names[first:], own.at[first:], strict=True))
    for index, (block, centring) in enumerate(zip(design.blocks, centrings.blocks, strict=True)):
        if centring is not None:
            at |= dict(zip(sd_names(block), centring.at, strict=True))
            every = dict.fromkeys(name for names in centring.at for name in names)
            at[str(corr_name(design.blocks, index))] = tuple(every)
    return {
        name: f"at the mean of {' and '.join(variables)}"
        for name, variables in at.items()
        if variables
    }


def _block(block: Block, centring: Centring | None) -> Block:
    if centring is None:
        return block
    centred = block.columns.with_values(centring.columns(block.columns.Z))
    return replace(block, columns=centred)
