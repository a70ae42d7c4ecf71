"""The joint density of a design and priors as arrays for the kernel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.joint.block_table import Stack, block_tables, first_level_value
from bayesmm.sampling.compiled.joint.geometry import Geometry, geometry_of
from bayesmm.sampling.compiled.joint.layout import JointLayout, joint_layout
from bayesmm.sampling.compiled.joint.levels import centred_first
from bayesmm.sampling.compiled.joint.rows import row_runs, sorted_rows
from bayesmm.sampling.compiled.joint.start import starting_point
from bayesmm.sampling.compiled.kernels.data import BlockField, JointData
from bayesmm.sampling.compiled.kernels.prior_rows import block_widths, encode_prior, prior_rows
from bayesmm.sampling.compiled.kernels.records import table_of_record
from bayesmm.sampling.compiled.kernels.registry import (
    density_address,
    predictor_links,
    responses_of,
    rows_address,
)
from bayesmm.sampling.compiled.kernels.workspace import workspace_places

__all__ = [
    "JointModel",
    "WholeLikelihood",
    "address_of_rows",
    "compiled_joint_density",
    "joint_model",
]


class WholeLikelihood(Protocol):
    """A likelihood that is none of rows alone, in the place of that of a family."""

    @property
    def record(self) -> Any:
        """The arrays that it reads, a record: last in the table of a density."""

    def address(self) -> int:
        """Return the C address, of type ``pointers.ROWS_SIGNATURE``, called once for all rows."""

    def scores(self, model: "JointModel") -> Any:
        """Return what `transport.rows.scores_of` does."""


@dataclass(frozen=True, slots=True, eq=False)
class JointModel:
    """A model ready for the joint density."""

    design: Design  # as it was given
    inside: Design  # the same with centred levels first, as in the coordinates
    orders: tuple[NDArray[np.int64] | None, ...]  # levels of `design` in `inside`; None: the same
    layout: JointLayout  # where each parameter is
    geometry: Geometry  # how it is parameterised
    priors: NDArray[np.float64]  # of coefficients, auxiliary parameters and sds, (parameters, 6)
    data: JointData  # what the compiled functions read, but for the address of the rows
    n_merged: int  # rows merged into rows alike
    likelihood: WholeLikelihood | None = None  # in the place of the rows of the family


def joint_model(
    design: Design,
    priors: Priors,
    centred: Sequence[bool | NDArray[np.bool_]],
    choose: Callable[[Design, tuple[int, ...]], Geometry] = geometry_of,
) -> JointModel:
    """Return the arrays of the joint density of a model.

    `centred` says of each block whether its levels are, all or each, (J,); `choose` makes the
    parameterisation from the design and the numbers of centred levels.
    """
    design = design.condensed()
    inside, orders, counts = centred_first(design, centred)
    geometry = choose(inside, counts)
    layout = joint_layout(inside, geometry.nesting.integrated)
    responses = responses_of(design)
    columns, places = _row_columns(design, geometry, len(responses.columns))
    order = {p.parameter: d for d, p in enumerate(design.linear_predictors)}
    n_coefficients = layout.coefficients.stop
    codes = _stacked([block.columns.codes for block in inside.blocks], design.n_obs, np.int64)
    rows = sorted_rows(responses, columns, codes, design.every_row.n_obs - design.n_obs)
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
    centres = np.zeros(n_coefficients)
    for c in geometry.carried:
        centres[c.coefficient] = c.centre
    rows_of_priors = _prior_rows(design, layout, priors)
    data = JointData(
        sizes=np.array(
            [
                rows.codes.shape[1],
                n_coefficients,
                len(design.constants),
                int(design.mu.intercept),
                len(order),
                _dispersion(design, layout),
                0,
            ],
            dtype=np.int64,
        ),
        columns=np.ascontiguousarray(np.vstack([*rows.responses.columns, rows.columns])),
        codes=rows.codes,
        blocks=tables.blocks,
        terms=np.array(
            [
                (k, first_level_value(layout, k, a), places.effects[k][a], order[effect.predictor])
                for k in geometry.nesting.in_rows
                for a, effect in enumerate(design.blocks[k].effects)
            ],
            dtype=np.int64,
        ).reshape(-1, 4),
        carried=carried,
        row_coefficients=np.array([*places.offsets, *places.coefficients], dtype=np.int64).reshape(
            -1, 3
        ),
        weights=weights.all(),
        centres=centres,
        priors=rows_of_priors,
        thresholds=np.array(
            [encode_prior(priors[name]) for name in design.family.thresholds], dtype=np.float64
        ).reshape(-1, 4),
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
            predictors=len(order),
            coefficients=n_coefficients,
            further=len(design.constants),
            blocks=len(design.blocks),
            q=max((block.n_effects for block in design.blocks), default=1),
            values=sum(p.n_effects * p.n_groups for p in layout.blocks),
            nested=tables.scratch,
        ),
    )
    return JointModel(design, inside, orders, layout, geometry, rows_of_priors, data, rows.n_merged)


def compiled_joint_density(model: JointModel) -> CompiledDensity:
    """Return the compiled density of a model; compiles it and its family on first use."""
    start, jitter = starting_point(model.inside, model.layout, model.geometry, model.priors)
    sizes = model.data.sizes.copy()
    sizes[-1] = address_of_rows(model)
    data = model.data._replace(sizes=sizes)
    return CompiledDensity(
        address=density_address(),
        table=table_of_record(data),
        keep=tuple(data),
        dimension=model.layout.dimension,
        start=start,
        jitter=jitter,
    )


def address_of_rows(model: JointModel) -> int:
    """Return the C address of the rows of a model; compiled when first asked for."""
    if model.likelihood is not None:
        return model.likelihood.address()
    design = model.design
    return rows_address(design.family, model.data.columns, predictor_links(design))


@dataclass(frozen=True, slots=True)
class _Places:
    """Rows of ``JointData.row_coefficients``, and of ``JointData.columns`` of each effect."""

    offsets: list[tuple[int, int, int]]
    coefficients: list[tuple[int, int, int]]
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

    offsets, coefficients = [], []
    at = 0
    for d, own in enumerate(design.linear_predictors):
        if own.offset is not None and np.any(own.offset != 0.0):
            # Not through `place`: an offset of ones is a column too.
            offsets.append((-1, first + len(columns), d))
            columns.append(own.offset)
    for d, own in enumerate(design.linear_predictors):
        shift, centres = int(own.intercept), own.centre
        for c in range(len(own.terms)):
            if at + c in geometry.in_rows:
                column = -1 if c < shift else place(own.X[:, c - shift] - centres[c - shift])
                coefficients.append((at + c, column, d))
        at += len(own.terms)
    effects = tuple(tuple(place(z) for _, z in b.effect_columns()) for b in design.blocks)
    columns_of_rows = _stacked(columns, design.n_obs, np.float64)
    return columns_of_rows, _Places(offsets, coefficients, effects)


def _stacked(parts: list[NDArray], n: int, kind: type) -> NDArray:
    """Return arrays of length n as rows, also when there are none."""
    return np.array(parts, dtype=kind).reshape(len(parts), n)


def _prior_rows(design: Design, layout: JointLayout, priors: Priors) -> NDArray[np.float64]:
    """Return the prior rows of coefficients, auxiliary parameters and sds."""
    sds = tuple(name for block in design.blocks for name in sd_names(block))
    names = (*layout.names, *sds)
    further = (design.family.parameter(name) for name in design.constants)
    positive = [False] * layout.coefficients.stop
    positive += [own is not None and own.support != "real" for own in further]
    return prior_rows(
        [priors[name] for name in names],
        positive + [True] * len(sds),
        [1] * len(layout.names) + block_widths(block.n_effects for block in design.blocks),
    )


def _dispersion(design: Design, layout: JointLayout) -> int:
    """Return which scalar Decov priors are relative to: sigma of the gaussian family, else -1."""
    own = design.family.dispersion
    return layout.names.index(own) if own in design.constants else -1
