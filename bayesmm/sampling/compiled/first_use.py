"""The wait of the first use: compiling is announced, and `warm_up` does it ahead."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.known import resolve_family
from bayesmm.model.design import Block, Design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.cache import cache_folder
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.writing import tell as to_standard_error

__all__ = ["JOINT", "LEFT_OUT_GROUPS", "announced", "warm_up"]

# The kind of what `loo` and `check` ask of groups.
LEFT_OUT_GROUPS = "gaussian response, groups left out"

# The kind of all models that the joint density takes; the rows of a family take half a second.
JOINT = "any response, effects sampled"


@contextmanager
def announced(
    name: str, tell: Callable[[str], None] = to_standard_error, *, seconds: str = "10 to 40 s"
) -> Iterator[None]:
    """Say, once per machine, that the code of a kind of model is being compiled.

    Parameters
    ----------
    name : str
        The kind, as in ``"gaussian response"``.
    tell : callable
        Takes the message; standard error by default.
    seconds : str
        How long it takes.
    """
    marker = _marker(name)
    if marker.exists():
        yield
        return
    tell(f"compiling the density of models with {name}, once on this machine ({seconds})")
    yield
    with suppress(OSError):  # a full disk costs another message, not the fit
        marker.touch()


def _marker(name: str) -> Path:
    """Return the file that says that a kind is compiled for these versions."""
    python = ".".join(map(str, sys.version_info[:2]))
    slug = "".join(c if c.isalnum() else "-" for c in name)
    return cache_folder() / f"{slug}.numba-{version('numba')}.python-{python}"


def warm_up(tell: Callable[[str], None] = to_standard_error) -> None:
    """Compile every density that the compiled engine has, unless it is compiled already.

    Parameters
    ----------
    tell : callable
        Takes one line per kind of model, with its time.
    """
    from bayesmm.sampling.compiled.choice import sample_compiled  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.group_likelihood import (  # noqa: PLC0415
        group_log_likelihood,
    )
    from bayesmm.sampling.compiled.kernels.registry import (  # noqa: PLC0415
        density_address,
        every_rows,
        rows_address,
    )

    settings = SamplerSettings(chains=1, draws=4, tune=20, seed=1)
    for label, design in _gaussian_designs().items():
        began = perf_counter()
        draws = sample_compiled(design, choose_priors(design), settings)
        tell(f"gaussian, {label}: {perf_counter() - began:.1f} s")
        if len(design.blocks) == 1:
            began = perf_counter()
            with announced(LEFT_OUT_GROUPS, tell=lambda _message: None):
                group_log_likelihood(design, draws)
            tell(f"{LEFT_OUT_GROUPS}: {perf_counter() - began:.1f} s")
    began = perf_counter()
    with announced(JOINT, tell=lambda _message: None):
        density_address()
    tell(f"{JOINT}: {perf_counter() - began:.1f} s")
    for label, family, columns in every_rows():
        began = perf_counter()
        rows_address(family, columns)
        tell(f"{label}: {perf_counter() - began:.1f} s")


def _gaussian_designs() -> dict[str, Design]:
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
