"""Code compiled in a second process: beside the first fit on a machine, or beside `warm_up`.

Numba compiles one function at a time in a process, whatever the threads. What the second process
compiles it writes into the cache on the disk, where the first finds it, or compiles it itself.

``python -m bayesmm.sampling.compiled.ahead PIECE ...`` compiles pieces and writes a line for each.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock, Thread
from time import perf_counter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Block, Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.draws import BlockDraws, ParameterDraws

__all__ = ["OF_SECOND", "PIECES", "beside", "compile_piece", "gaussian_designs"]


# A second process, not a third: within `warm_up` the first fits start none.
_SECOND = Lock()


def _gaussian() -> None:
    """Compile the densities of gaussian models, with their statistics."""
    from bayesmm.sampling.compiled.collapsed import centred_model, model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    designs = gaussian_designs()
    for name, module, make in (
        ("one factor", model, model.collapsed_model),
        ("two large factors", centred_model, centred_model.centred_model),
    ):
        design = designs[name]
        module.compiled_density(make(design, choose_priors(design), make_plan(design)))


def _left_out() -> None:
    """Compile the likelihood of left-out groups."""
    from bayesmm.sampling.compiled.collapsed.group_likelihood import (  # noqa: PLC0415
        group_log_likelihood,
    )

    design = gaussian_designs()["one factor"]
    q, J = design.blocks[0].n_effects, design.blocks[0].n_groups
    ones = np.ones((1, 2))
    draws = ParameterDraws(
        intercept=ones,
        beta=np.ones((1, 2, 1)),
        auxiliary={"sigma": ones},
        blocks=(
            BlockDraws(np.ones((1, 2, q)), np.tile(np.eye(q), (1, 2, 1, 1)), np.ones((1, 2, q, J))),
        ),
        statistics={},
        seconds={},
        facts={},
    )
    group_log_likelihood(design, draws)


def _integrated_draws() -> None:
    """Compile what draws coefficients and effects after the sampling of `integrated`."""
    from bayesmm.sampling.compiled.collapsed.conditional import draw_conditionals  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.covariance import covariance_draws  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.model import collapsed_model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    design = gaussian_designs()["one factor"]
    model = collapsed_model(design, choose_priors(design), make_plan(design))
    positions = model.tables.start[None].copy()
    tables = model.tables
    covariance_draws(positions, tables.positive, tables.corr, tables.bases)
    draw_conditionals(model, positions, 1, 1)


def _centred_draws() -> None:
    """Compile what draws coefficients and effects after the sampling of `centred`."""
    from bayesmm.sampling.compiled.collapsed.centred import draw_given_totals  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.centred_model import centred_model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    design = gaussian_designs()["two large factors"]
    model = centred_model(design, choose_priors(design), make_plan(design))
    draw_given_totals(model, model.start[None].copy(), 1, 1)


def _joint() -> None:
    """Compile the joint density, its starting points, and the rows of all families."""
    from bayesmm.sampling.compiled.kernels.priors import parameters_at  # noqa: PLC0415
    from bayesmm.sampling.compiled.kernels.registry import (  # noqa: PLC0415
        density_address,
        every_rows,
        rows_address,
    )

    density_address()
    parameters_at(np.zeros((1, 6)), np.zeros(1))
    for _, family, columns in every_rows():
        rows_address(family, columns)


# All machine code that the engine has, in the order of its use.
PIECES: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "densities of gaussian models": _gaussian,
        "gaussian response, groups left out": _left_out,
        "draws of integrated effects": _integrated_draws,
        "draws beside sampled totals": _centred_draws,
        "joint density and the rows of all families": _joint,
    }
)

# What `warm_up` leaves to a second process: about half.
OF_SECOND = tuple(PIECES)[2:]


def compile_piece(piece: str, tell: Callable[[str], None]) -> None:
    """Compile one of `PIECES` and say how long it took."""
    began = perf_counter()
    PIECES[piece]()
    tell(f"{piece}: {perf_counter() - began:.1f} s")


@contextmanager
def beside(
    pieces: Sequence[str], tell: Callable[[str], None] | None = None
) -> Iterator[Callable[[], bool]]:
    """Compile pieces in a second process as long as the block runs.

    Parameters
    ----------
    pieces : sequence of str
        Names in `PIECES`; with none, or on a single core, there is no second process.
    tell : callable, optional
        Takes its lines.

    Yields
    ------
    callable
        Waits for the second process; returns whether it has compiled everything.
    """
    if not pieces or (os.cpu_count() or 1) < 2 or not _SECOND.acquire(blocking=False):
        yield lambda: False
        return
    try:
        with _second_process(pieces, tell) as finished:
            yield finished
    finally:
        _SECOND.release()


@contextmanager
def _second_process(
    pieces: Sequence[str], tell: Callable[[str], None] | None
) -> Iterator[Callable[[], bool]]:
    """Start the process, hand on its lines, and end it with the block."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, *pieces],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what fails there fails again here, with its message
            text=True,
        )
    except OSError:  # no interpreter that can be started: this process compiles alone
        yield lambda: False
        return
    lines = Thread(target=_hand_on, args=(process, tell), daemon=True)
    lines.start()

    def finished() -> bool:
        lines.join()
        return process.wait() == 0

    try:
        yield finished
    finally:
        process.kill()  # harmless: numba puts a complete file in its place, or none
        finished()


def _hand_on(process: subprocess.Popen[str], tell: Callable[[str], None] | None) -> None:
    """Pass on what a process writes, until it ends."""
    if process.stdout is None:
        return
    with process.stdout:
        for line in process.stdout:
            if tell is not None:
                tell(line.rstrip())


def gaussian_designs() -> dict[str, Design]:
    """Return one small design for each path of the gaussian family."""
    rng = np.random.default_rng(0)
    n = 480
    x = rng.normal(size=n)

    def block(factor: str, codes: NDArray[np.int64], *columns: NDArray[np.float64]) -> Block:
        Z = np.ascontiguousarray(np.column_stack([np.ones(n), *columns]))
        effects = ("Intercept", "x")[: Z.shape[1]]
        levels = tuple(str(i) for i in range(codes.max() + 1))
        return Block(factor, effects, len(effects) > 1, codes, levels, Z)

    def design(*blocks: Block) -> Design:
        return Design(
            formula="",
            family=resolve_family("gaussian"),
            response="y",
            y=rng.normal(size=n),
            trials=None,
            offset=None,
            weights=None,
            intercept=True,
            X=x[:, None].copy(),
            names=("x",),
            blocks=blocks,
            rows=np.arange(n),
        )

    rows = np.arange(n)
    large = block("g", rows % 160, x)
    small = block("h", rows // 96)
    second = block("k", (7 * rows + rows // 160) % 130)
    return {
        "one factor": design(large),
        "a small factor beside": design(large, small),
        "two large factors": design(block("g", rows % 160), second),
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_piece(name, lambda line: print(line, flush=True))
