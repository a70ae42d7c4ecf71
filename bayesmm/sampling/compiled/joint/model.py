"""The joint density of a design and priors as arrays for the kernel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, scalar_names, sd_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.joint.block_table import Stack, block_tables, first_level_value
from bayesmm.sampling.compiled.joint.geometry import Geometry, geometry_of
from bayesmm.sampling.compiled.joint.layout import JointLayout, joint_layout
from bayesmm.sampling.compiled.joint.levels import centred_first
from bayesmm.sampling.compiled.joint.rows import row_runs, sorted_rows
from bayesmm.sampling.compiled.joint.start import starting_point
from bayesmm.sampling.compiled.kernels.data import BlockField, JointData, table_of_data
from bayesmm.sampling.compiled.kernels.priors import block_widths, prior_rows
from bayesmm.sampling.compiled.kernels.registry import density_address, responses_of, rows_address
from bayesmm.sampling.compiled.kernels.workspace import workspace_places

__all__ = ["JointModel", "compiled_joint_density", "joint_model"]


@dataclass(frozen=True, slots=True, eq=False)
class JointModel:
    """A model ready for the joint density.

    Attributes
    ----------
    design : Design
        The model.
    inside : Design
        The same with centred levels first, as in the coordinates.
    orders : tuple of (ndarray of int64, shape (J,), or None)
        Per block, the level of `design` at each place of `inside`; None when it is the same.
    layout : JointLayout
        Where each parameter is.
    geometry : Geometry
        How it is parameterised.
    priors : ndarray, shape (parameters, 6)
        Prior rows of coefficients, auxiliary parameters and sds.
    data : JointData
        What the compiled functions read, but for the address of the rows.
    n_merged : int
        Rows merged into rows alike.
    """

    design: Design
    inside: Design
    orders: tuple[NDArray[np.int64] | None, ...]
    layout: JointLayout
    geometry: Geometry
    priors: NDArray[np.float64]
    data: JointData
    n_merged: int


def joint_model(
    design: Design,
    priors: Priors,
    centred: Sequence[bool | NDArray[np.bool_]],
    choose: Callable[[Design, tuple[int, ...]], Geometry] = geometry_of,
) -> JointModel:
    """Return the arrays of the joint density of a model.

    Parameters
    ----------
    design : Design
        The model.
    priors : Priors
        Its priors.
    centred : sequence of bool or ndarray of bool, shape (J,)
        Whether each block, or each of its levels, is centred.
    choose : callable
        Makes the parameterisation from the design and the numbers of centred levels.
    """
    inside, orders, counts = centred_first(design, centred)
    geometry = choose(inside, counts)
    layout = joint_layout(inside, geometry.nesting.integrated)
    responses = responses_of(design)
    columns, places = _row_columns(design, geometry, len(responses.columns))
    codes = _stacked([block.columns.codes for block in inside.blocks], design.n_obs, np.int64)
    rows = sorted_rows(responses, columns, codes)
    runs, run_starts, has_runs = row_runs(rows.codes)
    weights = Stack(np.float64)
    carried = np.array(
        [
            (
                c.coefficient,
                c.block,
                first_level_value(layout, c.block, c.effect),
                weights.add(c.weights),
                c.weights.size,
            )
            for c in geometry.carried
        ],
        dtype=np.int64,
    ).reshape(-1, 5)
    tables = block_tables(inside, layout, geometry, weights)
    tables.blocks[:, BlockField.RUNS] = has_runs
    centres = np.zeros(len(design.mu.terms))
    for c in geometry.carried:
        centres[c.coefficient] = c.centre
    rows_of_priors = _prior_rows(design, priors)
    data = JointData(
        sizes=np.array(
            [
                rows.codes.shape[1],
                len(design.mu.terms),
                len(design.family.auxiliary),
                int(design.mu.intercept),
                1,
                _dispersion(design),
                0,
            ],
            dtype=np.int64,
        ),
        columns=np.ascontiguousarray(np.vstack([*rows.responses.columns, rows.columns])),
        codes=rows.codes,
        blocks=tables.blocks,
        terms=np.array(
            [
                (k, first_level_value(layout, k, a), places.effects[k][a], 0)
                for k in geometry.nesting.in_rows
                for a in range(design.blocks[k].n_effects)
            ],
            dtype=np.int64,
        ).reshape(-1, 4),
        carried=carried,
        row_coefficients=np.array(
            [*places.offset, *zip(geometry.in_rows, places.coefficients, repeat(0))],
            dtype=np.int64,
        ).reshape(-1, 3),
        weights=weights.all(),
        centres=centres,
        priors=rows_of_priors,
        lkj=np.array(
            [
                priors[corr_name(design.blocks, k)].parameters[0]
                if block.covariance.correlated
                else 1.0
                for k, block in enumerate(design.blocks)
            ],
            dtype=np.float64,
        ),
        links=tables.links,
        maps=tables.maps,
        runs=runs,
        run_starts=run_starts,
        statistics=np.ascontiguousarray(rows.responses.statistics),
        workspace=workspace_places(
            predictors=1,
            coefficients=len(design.mu.terms),
            further=len(design.family.auxiliary),
            blocks=len(design.blocks),
            q=max((block.n_effects for block in design.blocks), default=1),
            values=sum(p.n_effects * p.n_groups for p in layout.blocks),
            nested=tables.scratch,
        ),
    )
    return JointModel(
        design=design,
        inside=inside,
        orders=orders,
        layout=layout,
        geometry=geometry,
        priors=rows_of_priors,
        data=data,
        n_merged=rows.n_merged,
    )


def compiled_joint_density(model: JointModel) -> CompiledDensity:
    """Return the compiled density of a model; compiles it and its family on first use."""
    start, jitter = starting_point(model.inside, model.layout, model.geometry, model.priors)
    sizes = model.data.sizes.copy()
    sizes[-1] = rows_address(model.design.family, model.data.columns)
    data = model.data._replace(sizes=sizes)
    return CompiledDensity(
        address=density_address(),
        table=table_of_data(data),
        keep=tuple(data),
        dimension=model.layout.dimension,
        start=start,
        jitter=jitter,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Rows of ``JointData.columns`` of each row coefficient and effect.

    The offset, if there is one, is a row of ``JointData.row_coefficients``.
    """

    offset: tuple[tuple[int, int, int], ...]
    coefficients: tuple[int, ...]
    effects: tuple[tuple[int, ...], ...]


def _row_columns(
    design: Design, geometry: Geometry, first: int
) -> tuple[NDArray[np.float64], _Places]:
    """Return the distinct columns of the linear predictor and where each is; ones are -1."""
    columns: list[NDArray[np.float64]] = []
    known: dict[bytes, int] = {}

    def place(column: NDArray[np.float64]) -> int:
        if np.all(column == 1.0):
            return -1
        key = column.tobytes()
        if key not in known:
            known[key] = first + len(columns)
            columns.append(column)
        return known[key]

    offset: tuple[tuple[int, int, int], ...] = ()
    if design.mu.offset is not None and np.any(design.mu.offset != 0.0):
        # Not through `place`: an offset of ones is a column too.
        columns.append(design.mu.offset)
        offset = ((-1, first, 0),)
    shift, centres = int(design.mu.intercept), design.mu.centre
    coefficients = tuple(
        -1 if c < shift else place(design.mu.X[:, c - shift] - centres[c - shift])
        for c in geometry.in_rows
    )
    effects = tuple(
        tuple(place(block.columns.Z[:, a]) for a in range(block.n_effects))
        for block in design.blocks
    )
    return _stacked(columns, design.n_obs, np.float64), _Places(offset, coefficients, effects)


def _stacked(parts: list[NDArray], n: int, kind: type) -> NDArray:
    """Return arrays of length n as rows, also when there are none."""
    return np.array(parts, dtype=kind).reshape(len(parts), n)


def _prior_rows(design: Design, priors: Priors) -> NDArray[np.float64]:
    """Return the prior rows of coefficients, auxiliary parameters and sds."""
    sds = tuple(name for block in design.blocks for name in sd_names(block))
    positive = (*design.family.auxiliary, *sds)
    names = (*design.mu.terms, *positive)
    return prior_rows(
        [priors[name] for name in names],
        [False] * len(design.mu.terms) + [True] * len(positive),
        [1] * (len(names) - len(sds)) + block_widths(block.n_effects for block in design.blocks),
    )


def _dispersion(design: Design) -> int:
    """Return which scalar Decov priors are relative to: sigma of the gaussian family, else -1."""
    names = scalar_names(design)
    return names.index(design.family.dispersion) if design.family.dispersion else -1
