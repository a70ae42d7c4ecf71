"""Given draws of everything else: draws of coefficients and effects, and scores of the cells."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import correlations_of, scale_precision
from bayesmm.sampling.compiled.collapsed.draws import draw_columns, draw_groups
from bayesmm.sampling.compiled.collapsed.streams import open_stream
from bayesmm.sampling.compiled.collapsed.threads import in_threads
from bayesmm.sampling.compiled.heteroscedastic.cells import cells_forward, room_for_groups
from bayesmm.sampling.compiled.heteroscedastic.covariance import (
    effect_covariance,
    write_joint_factor,
)
from bayesmm.sampling.compiled.heteroscedastic.data import CellData, SharedField
from bayesmm.sampling.compiled.heteroscedastic.integrated import cell_likelihood, known_effects
from bayesmm.sampling.compiled.kernels.arena import (
    close_arena,
    mark_of_arena,
    open_arena,
    rewind_arena,
    take,
)
from bayesmm.sampling.compiled.kernels.pointers import TABLE_SIGNATURE
from bayesmm.sampling.compiled.kernels.records import (
    Cube,
    Matrix,
    Vector,
    Words,
    call_with_record,
    record_reader,
    record_writer,
    words_of_record,
)

__all__ = [
    "SCORES_WORDS",
    "CellScores",
    "IntegratedDraws",
    "cell_draws_code",
    "cell_scores",
    "cell_scores_code",
    "draw_cells",
    "write_scores",
]

type Floats = NDArray[np.float64]

_OF_SIGMA = SharedField.OF_SIGMA


@dataclass(frozen=True, slots=True, eq=False)
class IntegratedDraws:
    """Draws of what was integrated out, one for each of D positions."""

    values: Floats  # 1, the sds of the effects of mu, ..., (D, 1 + Q + mixtures)
    correlations: Floats  # of the effects of mu, given those of sigma that some go with, (D, Q, Q)
    joint: Floats  # factor of the correlations of the shared block, first those of 1, (D, q, q)
    delta: Floats  # coefficients less the shift of the response, (D, m - 1)
    dense: Floats  # effects of the dense factors, (D, width)
    eliminated: Floats  # effects of the eliminated one, (D, q, J)


class _Draws(NamedTuple):
    """Consecutive draws; `IntegratedDraws` is filled."""

    data: CellData
    log_sd: Matrix
    coordinates: Matrix
    standard: Cube
    first: int
    seed: Words
    state: Words
    values: Matrix
    correlations: Cube
    joint: Cube
    delta: Matrix
    dense: Matrix
    eliminated: Cube


class CellScores(NamedTuple):
    """One position; log density, scores of the cells and derivatives are filled."""

    data: CellData
    log_sd: Vector
    coordinates: Vector
    standard: Matrix
    log_density: Vector
    score: Vector
    d_coordinates: Vector
    d_standard: Matrix


_draws_of_table = record_reader(_Draws)
_scores_of_table = record_reader(CellScores)
write_scores = record_writer(CellScores)
SCORES_WORDS = words_of_record(CellScores)


def cell_scores(
    data: CellData, log_sd: Floats, coordinates: Floats, standard: Floats
) -> tuple[float, Floats]:
    """Return the log likelihood with the priors of the coordinates, and its score in log sigma.

    The arguments are those of `integrated.cell_likelihood`.
    """
    value, score = np.empty(1), np.empty_like(log_sd)
    filled = (value, score, np.empty_like(coordinates), np.empty_like(standard))
    call_with_record(cell_scores_code(), CellScores(data, log_sd, coordinates, standard, *filled))
    return float(value[0]), score


def draw_cells(
    data: CellData,
    log_sd: Floats,
    coordinates: Floats,
    standard: Floats,
    seed: int,
    threads: int,
) -> IntegratedDraws:
    """Draw coefficients and effects given each position; draw d uses random stream d.

    `log_sd`, (D, K), `coordinates`, (D, k), and `standard`, (D, q_sigma, J), are as in
    `integrated.cell_likelihood`. The number of threads does not change the result.
    """
    D, tables = len(log_sd), data.priors
    q = data.R.shape[1]
    shared = int(data.shared[_OF_SIGMA] + data.shared[SharedField.OF_MU])
    width = int(data.small[:, 1] @ data.small[:, 2])
    filled = IntegratedDraws(
        values=np.empty((D, len(tables.positive))),
        correlations=np.empty((D, tables.effects, tables.effects)),
        joint=np.empty((D, shared, shared)),
        delta=np.empty((D, len(tables.precision))),
        dense=np.empty((D, width)),
        eliminated=np.empty((D, q, len(data.starts) - 1)),
    )
    address = cell_draws_code()

    def work(part: slice) -> None:
        job = _Draws(
            data,
            *(np.ascontiguousarray(given[part]) for given in (log_sd, coordinates, standard)),
            part.start,
            np.array([seed], dtype=np.uint64),
            np.empty(4, dtype=np.uint64),
            filled.values[part],
            filled.correlations[part],
            filled.joint[part],
            filled.delta[part],
            filled.dense[part],
            filled.eliminated[part],
        )
        call_with_record(address, job)

    in_threads(work, D, threads)
    return filled


def cell_scores_code() -> int:
    """Return the C address of `_scores`: compiled, or loaded, when it is first asked for."""
    return c_address("heteroscedastic_scores", TABLE_SIGNATURE, lambda: _scores)


def cell_draws_code() -> int:
    """Return the C address of `_draw`: compiled, or loaded, when it is first asked for."""
    return c_address("heteroscedastic_draws", TABLE_SIGNATURE, lambda: _draw)


def _scores(table):
    """Fill the scores of a job."""
    job = _scores_of_table(table)
    arena = open_arena()
    job.log_density[0] = cell_likelihood(
        arena,
        job.data,
        job.log_sd,
        job.coordinates,
        job.standard,
        job.score,
        job.d_coordinates,
        job.d_standard,
    )
    close_arena(arena)
    return 0


def _draw(table):
    """Fill the draws of a job."""
    job = _draws_of_table(table)
    data = job.data
    q, J = data.R.shape[1], data.starts.size - 1
    arena = open_arena()
    groups = room_for_groups(arena, data)
    known = take(arena, (q, J))
    precision, delta = take(arena, data.priors.precision.shape), take(arena, (data.T.shape[2] - 1,))
    in_T = take(arena, (q, 0))
    mark = mark_of_arena(arena)
    for t in range(job.log_sd.shape[0]):
        rewind_arena(arena, mark)
        open_stream(job.seed[0], job.first + t, job.state)
        covariance, _ = effect_covariance(arena, data, job.coordinates[t])
        parts = covariance.parts
        for k in range(parts.values.size):
            job.values[t, k] = parts.values[k]
        correlations_of(parts.L, job.correlations[t])
        write_joint_factor(data, covariance, job.joint[t])
        scale_precision(data.priors, parts.values, precision)
        known_effects(data, covariance, job.standard[t], known)
        cells_forward(arena, data, job.log_sd[t], known, parts.Lam, precision, groups)
        draw_columns(arena, groups.Q, data.small, parts.Lam, job.state, delta, job.dense[t])
        for c in range(precision.size):
            job.delta[t, c] = delta[c]
        own = job.eliminated[t]
        draw_groups(arena, groups.R, groups.T, in_T, parts.Lam, 1.0, delta, job.state, own)
        for a in range(q):
            for j in range(J):
                own[a, j] += known[a, j]
    close_arena(arena)
    return 0
