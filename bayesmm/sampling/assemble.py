"""Draws of an engine as the labelled tree that every ArviZ function takes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayesmm.model.design import Design
from bayesmm.model.names import (
    corr_name,
    correlation_pairs,
    effect_names,
    factor_dim,
    pair_dim,
    pair_labels,
    sd_names,
    stored_name,
)
from bayesmm.sampling.drawn_arrays import ArrayGroup, DrawnArrays, NamedArray
from bayesmm.sampling.draws import ParameterDraws
from bayesmm.sampling.versions import library_version

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["OBSERVATION_DIM", "assemble", "drawn_arrays", "sample_coordinates"]

OBSERVATION_DIM = "__obs__"  # Bambi's name of the rows
SAMPLE_DIMS = ("chain", "draw")


def sample_coordinates(chains: int, draws: int) -> dict[str, np.ndarray]:
    """Return the coordinates of the two sample dimensions, counted from 0."""
    return {"chain": np.arange(chains), "draw": np.arange(draws)}


def assemble(design: Design, draws: ParameterDraws) -> "xr.DataTree":
    """Return the draws with Bambi's names and named dimensions.

    The tree holds views of the arrays, not copies. Its groups are ``posterior`` (one scalar per
    common effect and auxiliary parameter; per block its sds, effects with dimension
    ``<factor>__factor_dim`` and, when correlated, its correlations ``<factor>_corr``, a pair of
    effects each), ``sample_stats`` (ArviZ's names) and ``observed_data``. Dimensions
    ``chain, draw`` come first. Variables are named by `bayesmm.model.names.stored_name`; the
    attribute ``long_name`` is the name as written.
    """
    return drawn_arrays(design, draws).tree


def drawn_arrays(design: Design, draws: ParameterDraws) -> DrawnArrays:
    """Return what `assemble` makes a tree of."""
    coordinates = sample_coordinates(*draws.beta.shape[:2])
    attributes = {
        "creation_library": "bayesmm",
        "creation_library_version": library_version("bayesmm"),
        "formula": design.formula,
        "family": design.family.name,
        "link": design.family.link,
        "sampling_time": float(draws.seconds.get("sample", float("nan"))),
    }
    statistics = {n: NamedArray(SAMPLE_DIMS, v, {}) for n, v in draws.statistics.items()}
    return DrawnArrays(
        {
            "posterior": ArrayGroup(
                {**_scalars(design, draws), **_blocks(design, draws)},
                {**coordinates, **_level_coordinates(design)},
                attributes,
            ),
            "sample_stats": ArrayGroup(statistics, coordinates, attributes),
            "observed_data": _observed(design),
        }
    )


def _variable(name: str, values: np.ndarray, *dims: str) -> dict[str, NamedArray]:
    stored = tuple(stored_name(dim) for dim in dims)
    return {stored_name(name): NamedArray((*SAMPLE_DIMS, *stored), values, {"long_name": name})}


def _scalars(design: Design, draws: ParameterDraws) -> dict[str, NamedArray]:
    variables: dict[str, NamedArray] = {}
    if draws.intercept is not None:
        variables |= _variable("Intercept", draws.intercept)
    for k, name in enumerate(design.mu.names):
        variables |= _variable(name, draws.beta[:, :, k])
    for name, values in draws.auxiliary.items():
        variables |= _variable(name, values)
    return variables


def _blocks(design: Design, draws: ParameterDraws) -> dict[str, NamedArray]:
    variables: dict[str, NamedArray] = {}
    for index, (block, drawn) in enumerate(zip(design.blocks, draws.blocks, strict=True)):
        for k, name in enumerate(sd_names(block)):
            variables |= _variable(name, drawn.sd[:, :, k])
        correlation = corr_name(design.blocks, index)
        if correlation is not None and drawn.corr is not None:
            first, second = np.array(correlation_pairs(block)).T
            pairs = drawn.corr[:, :, first, second]
            variables |= _variable(correlation, pairs, pair_dim(design.blocks, index))
        for k, name in enumerate(effect_names(block)):
            variables |= _variable(name, drawn.effects[:, :, k], factor_dim(block.factor))
    return variables


def _level_coordinates(design: Design) -> Mapping[str, np.ndarray]:
    coordinates: dict[str, np.ndarray] = {}
    for index, block in enumerate(design.blocks):
        coordinates[stored_name(factor_dim(block.factor))] = np.array(block.levels, dtype=str)
        if block.covariance.correlated:
            labels = np.array(pair_labels(block), dtype=str)
            coordinates[stored_name(pair_dim(design.blocks, index))] = labels
    return coordinates


def _observed(design: Design) -> ArrayGroup:
    if design.source is not None:  # the rows stay where they are
        return ArrayGroup({}, {}, {})
    response = NamedArray((OBSERVATION_DIM,), design.y, {"long_name": design.response})
    return ArrayGroup({stored_name(design.response): response}, {OBSERVATION_DIM: design.rows}, {})
