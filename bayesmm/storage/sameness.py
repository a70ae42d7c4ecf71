"""Whether a design that was built again is the design of the fit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels, effect_names, factor_dim, prefixed, stored_name
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.quantities import reported_variables

__all__ = ["describe_design", "differences", "mismatches"]


def describe_design(design: Design) -> dict[str, Any]:
    """Return what a design must agree in with the one that was saved, as plain values."""
    return {
        "response": design.response,
        "intercept": design.mu.intercept,
        "names": list(design.mu.names),
        **({"categories": list(design.categories)} if design.categories else {}),
        "n_obs": design.n_obs,
        "n_dropped": design.n_dropped,
        "blocks": [
            {
                "factor": block.factor,
                "effects": list(effect_labels(block)),
                "correlated": block.covariance.correlated,
                "n_groups": block.n_groups,
            }
            for block in design.blocks
        ],
        "notes": list(design.notes),
    }


def mismatches(
    design: Design, saved: Mapping[str, Any], draws: xr.DataTree, settings: SamplerSettings
) -> tuple[str, ...]:
    """Return in what a design is not the one that was saved, or not that of the draws.

    The design is built from the stored formula and data; `saved` is from `describe_design`, and
    `draws` and `settings` are the stored ones.
    """
    now = describe_design(design)
    found = [
        f"{key} is {_short(now[key])} here and was {_short(saved.get(key))}"
        for key in now
        if key != "notes" and now[key] != saved.get(key)
    ]
    return tuple(found) or _of_draws(design, draws) or _of_sampler(draws, settings)


def differences(one: Design, other: Design) -> tuple[str, ...]:
    """Return the names of the numbers in which two designs differ, to the last bit."""
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in _ARRAYS}
    for p, q in zip(one.predictors, other.predictors, strict=True):
        pairs[prefixed("X", p.parameter)] = (p.X, q.X)
        pairs[prefixed("offset", p.parameter)] = (p.offset, q.offset)
    if len(one.blocks) != len(other.blocks):
        return ("the blocks of group effects",)
    for a, b in zip(one.blocks, other.blocks, strict=True):
        pairs |= {
            f"the columns of {a.factor}": (a.columns.Z, b.columns.Z),
            f"the rows of {a.factor}": _codes(a, b),
        }
    for name in dict.fromkeys((*one.known, *other.known)):
        pairs[name] = (one.known.get(name), other.known.get(name))
    found = [words for words, (a, b) in pairs.items() if not _equal(a, b)]
    described = describe_design(one), describe_design(other)
    found += [key for key in described[0] if described[0][key] != described[1][key]]
    return tuple(found)


_ARRAYS = ("y", "weights", "rows")


def _codes(one: Block, other: Block) -> tuple[Any, Any]:
    """Return the label of every row's group."""
    return np.array(one.levels)[one.columns.codes], np.array(other.levels)[other.columns.codes]


def _equal(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)


def _of_draws(design: Design, draws: xr.DataTree) -> tuple[str, ...]:
    """Return what the draws lack that the design has."""
    posterior = draws["posterior"]
    absent = [n for n in reported_variables(design) if stored_name(n) not in posterior]
    if absent:
        return (f"the draws have no {_short(absent)}",)
    found = []
    for block in design.blocks:
        labels = posterior.coords[stored_name(factor_dim(block.factor))].values
        if not np.array_equal(labels, np.array(block.levels, dtype=str)):
            found.append(f"the levels of {block.factor} are not those of the draws")
        shapes = {named_draws(draws, name).shape[2:] for name in effect_names(block)}
        if shapes != {(block.n_groups,)}:
            found.append(f"the draws of the effects of {block.factor} are of {shapes}")
    return tuple(found)


def _of_sampler(draws: xr.DataTree, settings: SamplerSettings) -> tuple[str, ...]:
    """Return in what the draws are not those of the sampler's settings."""
    absent = [name for name in ("sample_stats", "observed_data") if name not in draws]
    if absent:
        return (f"the draws have no {_short(absent)}",)
    expected = (settings.chains, settings.draws)
    found = []
    for group in ("posterior", "sample_stats"):
        for name, variable in draws[group].data_vars.items():
            if variable.dims[:2] != ("chain", "draw") or variable.shape[:2] != expected:
                found.append(f"{name} is of shape {variable.shape}, not {expected} and more")
            elif variable.dtype.kind not in "biuf":
                found.append(f"{name} holds {variable.dtype} and no numbers")
    if "diverging" not in draws["sample_stats"]:
        found.append("the draws have no diverging")
    return tuple(found[:3])


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
