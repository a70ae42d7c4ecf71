"""The part of a design that is of one of its parameters, as a design of its own."""

from dataclasses import replace

from bayesmm.family.record import Family
from bayesmm.formula.formula import ModelFormula
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Name
from bayesmm.model.block import Block, Effect
from bayesmm.model.covariance import unstructured_or_diagonal
from bayesmm.model.design import Design
from bayesmm.model.encoding import Encoder
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.predictor import MEAN

__all__ = ["Places", "design_of_parameter", "places_of_parameter"]

# Of each block of the part: the block it was in, and which of its effects these are.
type Places = tuple[tuple[int, tuple[int, ...]], ...]


def design_of_parameter(
    design: Design, parameter: str, family: Family | None = None, response: str | None = None
) -> tuple[Design, Places]:
    """Return a design in which a parameter is mu, and where its group effects were.

    `family` is that of the part, by default that of the model; `response` is what stands in the
    place of the response, by default the response itself.
    """
    predictor = design.predictor(parameter)
    places = places_of_parameter(design, parameter)
    blocks = tuple(_block(design.blocks[index], own) for index, own in places)
    family = design.family if family is None else family
    own = response is None
    part = replace(
        design,
        family=family,
        response=design.response if own else response,
        known=design.known if own else {},
        weights=design.weights if own and family is design.family else None,
        predictors=(replace(predictor, parameter=MEAN),),
        blocks=blocks,
        encoder=None
        if design.encoder is None
        else _encoder(design.encoder, design, parameter, family, places, response),
        centrings=None,
        success=design.success if own else None,
    )
    return part, places


def places_of_parameter(design: Design, parameter: str) -> Places:
    """Return where the group effects on a parameter are, by block."""
    found = (
        (index, tuple(k for k, e in enumerate(block.effects) if e.predictor == parameter))
        for index, block in enumerate(design.blocks)
    )
    return tuple((index, own) for index, own in found if own)


def _block(block: Block, own: tuple[int, ...]) -> Block:
    """Return the block of some of its effects, as effects on mu."""
    columns = block.columns.with_values(block.columns.Z[:, list(own)])
    effects = tuple(Effect(MEAN, block.effects[k].name, j) for j, k in enumerate(own))
    covariance = unstructured_or_diagonal(block.covariance.correlated, len(own))
    return replace(block, effects=effects, columns=columns, covariance=covariance)


def _encoder(
    encoder: Encoder,
    design: Design,
    parameter: str,
    family: Family,
    places: Places,
    response: str | None,
) -> Encoder:
    written = encoder.written[parameter]
    parts = tuple(
        tuple(
            GroupPart(MEAN, part.group, part.terms)
            for part in encoder.parts[index]
            if part.predictor == parameter
        )
        for index, _ in places
    )
    left = encoder.formula.response
    if response is not None:
        left = Response(response, response, Name(response))
    formula = ModelFormula(
        written.text,
        written.tree,
        written.intercept,
        written.terms,
        tuple(part.group for own in parts for part in own),
        written.offsets,
        written.specific,
        left,
    )
    return replace(
        encoder,
        formulas=ModelFormulas(design.formula, formula),
        family=family,
        written={MEAN: formula},
        terms={MEAN: encoder.terms[parameter]},
        parts=parts,
        response_levels=encoder.response_levels if response is None else (),
    )
