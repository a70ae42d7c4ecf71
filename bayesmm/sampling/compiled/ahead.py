"""Code compiled in a second process: beside the first fit on a machine, or beside `warm_up`.

Numba compiles one function at a time in a process, whatever the threads. What the second process
compiles it writes into the cache on the disk, where the first finds it: it waits for a function
that the second is at (`one_compiler`), and compiles what the second has not begun. So two processes
that go through the same code from its two ends meet where each has done half of the work.

``python -m bayesmm.sampling.compiled.ahead PIECE ...`` compiles pieces, each from its last function
to its first, and writes a line for each. It imports no more than a piece needs: models and data
frames take as long to import as a fifth of a density takes to compile.
"""

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from threading import Lock, Thread
from time import perf_counter
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from bayesmm.sampling.compiled.code import COMPILED, nothing_collected

if TYPE_CHECKING:
    from bayesmm.model.design import Design

__all__ = [
    "CELLS",
    "DRAWS",
    "GAUSSIAN_GRADIENT",
    "PIECES",
    "ROWS",
    "STARTING_POINTS",
    "TRANSPORTED_GRADIENT",
    "compile_piece",
    "compiling_beside",
    "gaussian_design",
]


# A second process, not a third: within `warm_up` the first fits start none.
_SECOND = Lock()


def _gaussian() -> None:
    """Compile the density of gaussian models, with their statistics."""
    from bayesmm.model.prior_choice import choose_priors  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed import model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    design = gaussian_design()
    model.compiled_density(model.gaussian_model(design, choose_priors(design), make_plan(design)))


def _left_out() -> None:
    """Compile the likelihood of left-out groups."""
    from bayesmm.sampling.compiled.collapsed.group_likelihood import (  # noqa: PLC0415
        gaussian_group_log_likelihood,
    )
    from bayesmm.sampling.draws import BlockDraws, ParameterDraws  # noqa: PLC0415

    design = gaussian_design()
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
    gaussian_group_log_likelihood(design, draws)


def _starting_points() -> None:
    """Compile what starting points ask of priors."""
    from bayesmm.sampling.compiled.kernels.priors import prior_parameters_at  # noqa: PLC0415

    prior_parameters_at(np.zeros((1, 6)), np.zeros(1))


def _code(*functions: str) -> Callable[[], None]:
    """Return what calls functions, ``"module:name"``, each of which compiles some code."""

    def compiled() -> None:
        for function in functions:
            module, _, name = function.partition(":")
            getattr(import_module(module), name)()

    return compiled


def _rows(only: str = "") -> list[Callable[[], object]]:
    """Return what compiles the rows of each family and link, or of those with a label."""
    from bayesmm.sampling.compiled.kernels.registry import every_rows, rows_address  # noqa: PLC0415

    return [
        partial(rows_address, family, columns)
        for label, family, columns in every_rows()
        if only in ("", label)
    ]


# What the first fits leave to a second process: the way back to the gradient, and what is needed
# after sampling.
GAUSSIAN_GRADIENT = "gradient of gaussian models"
TRANSPORTED_GRADIENT = "gradient in transported coordinates"
DRAWS = "draws of integrated effects"
CELLS = "several residual sds"
STARTING_POINTS = "starting points"
ROWS = "rows: "  # and their label, see `registry.rows_label`

# All machine code that the engine has: a function that compiles some, or returns a list of those
# that do. The rows are in the middle, where two processes meet: they are many, and short. What
# contains the same parts is side by side, so that one process makes these.
PIECES: Mapping[str, Callable[[], list[Callable[[], object]] | None]] = MappingProxyType(
    {
        "gaussian response, groups left out": _left_out,
        "density of gaussian models": _gaussian,
        GAUSSIAN_GRADIENT: _code("bayesmm.sampling.compiled.collapsed.gradient:gradient_code"),
        DRAWS: _code("bayesmm.sampling.compiled.collapsed.draws:draws_code"),
        CELLS: _code(
            "bayesmm.sampling.compiled.heteroscedastic.likelihood:likelihood_code",
            "bayesmm.sampling.compiled.heteroscedastic.conditional:cell_scores_code",
            "bayesmm.sampling.compiled.heteroscedastic.conditional:cell_draws_code",
        ),
        "rows of all families": _rows,
        STARTING_POINTS: _starting_points,
        "joint density": _code("bayesmm.sampling.compiled.kernels.registry:density_address"),
        TRANSPORTED_GRADIENT: _code(
            "bayesmm.sampling.compiled.kernels.transported_gradient:transported_gradient_address"
        ),
        "joint density in transported coordinates": _code(
            "bayesmm.sampling.compiled.kernels.registry:transported_address"
        ),
    }
)


def compile_piece(piece: str, tell: Callable[[str], None], *, backwards: bool = False) -> None:
    """Compile one of `PIECES`, or `ROWS` and the label of some; tell how long it took.

    What another process has compiled is left out. If `backwards`, the last function comes first.
    """
    began, before = perf_counter(), len(COMPILED)
    own = piece.startswith(ROWS)
    steps = (_rows(piece.removeprefix(ROWS)) if own else PIECES[piece]()) or []
    for step in reversed(steps) if backwards else steps:
        step()
    if len(COMPILED) > before:
        tell(f"{piece}: {perf_counter() - began:.1f} s")


@contextmanager
def compiling_beside(
    pieces: Sequence[str], tell: Callable[[str], None] | None = None
) -> Iterator[Callable[[], bool]]:
    """Compile pieces in a second process as long as the block runs.

    With no `pieces`, or on a single core, there is no second process; `tell` takes its lines. What
    is yielded waits for it, and returns whether it has compiled everything.
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


def gaussian_design() -> "Design":
    """Return a small design of the gaussian family: all its models have one compiled density."""
    from bayesmm.family.known import resolve_family  # noqa: PLC0415
    from bayesmm.model.block import group_block  # noqa: PLC0415
    from bayesmm.model.design import Design  # noqa: PLC0415
    from bayesmm.model.predictor import MEAN, Predictor, with_constants  # noqa: PLC0415

    rng = np.random.default_rng(0)
    n = 480
    x = rng.normal(size=n)
    codes = np.arange(n) % 160
    levels = tuple(str(i) for i in range(160))
    Z = np.column_stack([np.ones(n), x])
    family = resolve_family("gaussian")
    mu = Predictor(MEAN, "identity", True, x[:, None].copy(), ("x",))
    return Design(
        formula="",
        family=family,
        response="y",
        y=rng.normal(size=n),
        known={},
        weights=None,
        predictors=with_constants(mu, family),
        blocks=(group_block("g", ("Intercept", "x"), codes, levels, Z, correlated=True),),
        rows=np.arange(n),
    )


if __name__ == "__main__":
    with nothing_collected():
        for name in sys.argv[1:]:
            compile_piece(name, lambda line: print(line, flush=True), backwards=True)
        gc.freeze()  # nor when the process ends, a twelfth of the time of a gradient
