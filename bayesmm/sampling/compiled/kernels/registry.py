"""The compiled functions that make a density: one driver, and the rows of each family and link."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.known import FAMILIES, OF_CATEGORIES
from bayesmm.family.record import Family
from bayesmm.model.design import Design
from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.kernels.densities import (
    DensityRows,
    responses,
    varying_responses,
)
from bayesmm.sampling.compiled.kernels.joint import joint_density
from bayesmm.sampling.compiled.kernels.pointers import DENSITY_SIGNATURE
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.transported import transported_density
from bayesmm.sampling.compiled.loops import Loops

__all__ = [
    "density_address",
    "every_rows",
    "has_rows",
    "predictor_links",
    "responses_of",
    "rows_address",
    "rows_label",
    "transported_address",
]

type Floats = NDArray[np.float64]

# Of machine code, in letters: it is the name of a file too, with digests behind it.
_LONGEST_NAME = 120


def has_rows(family: Family) -> bool:
    """Return whether a family has rows with its link: by hand, or from its log density."""
    by_density = family.density is not None and family.link in family.density.arguments
    return family.link in family.compiled or by_density


def responses_of(design: Design) -> Responses:
    """Return the responses of a design as the rows of its family read them."""
    family, link = design.family, design.family.link
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    if design.varying:
        return varying_responses(
            family.density,
            design.y,
            weights,
            design.known,
            precisions=family.precision_weights,
        )
    if link in family.compiled:
        size = len(family.thresholds) + 1 if family.thresholds else design.trials
        return import_module(family.compiled[link]).responses(design.y, weights, size)
    return responses(family.density, design.y, weights, design.known)


def density_address() -> int:
    """Return the C address of the joint density of all families.

    The first call on a machine compiles it, which takes seconds; later processes load it.
    """
    return c_address(
        "joint_density", DENSITY_SIGNATURE, lambda: joint_density, loops=Loops.WRITTEN_OUT
    )


def transported_address() -> int:
    """Return the C address of the same density in transported coordinates."""
    return c_address(
        "transported_density", DENSITY_SIGNATURE, lambda: transported_density, loops=Loops.LONG
    )


def predictor_links(design: Design) -> tuple[str | None, ...]:
    """Return the link of each further parameter that has a linear predictor, None of a number."""
    varying = design.varying
    return tuple(p.link if p.parameter in varying else None for p in design.predictors[1:])


def rows_address(
    family: Family, columns: Floats, links: tuple[str | None, ...] | None = None
) -> int:
    """Return the C address of the rows of a family with its link; compiled when first asked for.

    `columns` are ``Responses.columns`` of all rows; for `links` see `predictor_links`.
    """
    if links is not None and any(links):
        return _by_density(family, links)
    module = family.compiled.get(family.link)
    if module is None:
        return _by_density(family, (None,) * len(family.further))
    faster = getattr(import_module(module), "OF_SINGLE_TRIALS", {}).get(family.link)
    if faster is not None and np.all(columns[1] == 1.0):
        module = faster
    return _by_hand(module, family.link)


def rows_label(family: Family) -> str:
    """Return the words for the rows of a family with its link."""
    return f"{family.name}, {family.link} link"


def every_rows() -> Iterator[tuple[str, Family, Floats]]:
    """Yield a label and the arguments of `rows_address` of all rows of the families we have."""
    one, two = np.ones((2, 1)), np.full((2, 1), 2.0)
    for family in FAMILIES.values():
        for link in family.links:
            own = family.with_link(link)
            yield rows_label(own), own, one if family.response == "binary" else two
    for family in OF_CATEGORIES.values():  # others are compiled for their categories
        for link in family.compiled:
            own = family.with_link(link)
            yield rows_label(own), own, two


@cache
def _by_hand(module: str, link: str) -> int:
    return import_module(module).ROWS[link].address(f"{module.rpartition('.')[2]}_{link}")


@cache
def _by_density(family: Family, links: tuple[str | None, ...]) -> int:
    rows = DensityRows(family.density, family.link, links)
    letters = "".join(c if c.isalnum() else "_" for c in family.name)
    known = FAMILIES.get(family.name)
    ours = known is not None and known.density is family.density
    # of categories by number: their labels may be anything, and make no other machine code
    names = [str(k) if p.always else p.name for k, p in enumerate(family.further, start=1)]
    own = [f"{name}_{link}" for name, link in zip(names, links, strict=True) if link]
    code = "_".join([letters, family.link, *family.density.columns, *own])
    if len(code) > _LONGEST_NAME:
        code = f"{code[:_LONGEST_NAME]}_{hashlib.sha256(code.encode()).hexdigest()[:12]}"
    return rows.address(code, ours=ours)
