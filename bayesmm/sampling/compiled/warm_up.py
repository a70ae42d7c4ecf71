"""Every density compiled ahead of its first use."""

from collections.abc import Callable
from time import perf_counter

from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.ahead import (
    PIECES,
    compile_piece,
    compiling_beside,
    gaussian_design,
)
from bayesmm.sampling.compiled.choice import prepare
from bayesmm.sampling.compiled.collapsed.group_likelihood import group_log_likelihood
from bayesmm.sampling.compiled.first_use import (
    EVERYTHING,
    JOINT,
    LEFT_OUT_GROUPS,
    announced,
    is_compiled,
)
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.writing import tell as to_standard_error

__all__ = ["is_warm", "warm_up"]


def warm_up(tell: Callable[[str], None] = to_standard_error) -> None:
    """Compile every density that the compiled engine has, unless it is compiled already.

    Two processes share the work where there are two cores.

    Parameters
    ----------
    tell : callable
        Takes one line per kind of model, with its time.
    """
    design = gaussian_design()
    ready = prepare(design, choose_priors(design))
    with compiling_beside(tuple(PIECES), tell) as finished:
        began = perf_counter()
        draws = ready.sample(SamplerSettings(chains=1, draws=4, tune=20, seed=1))
        tell(f"gaussian: {perf_counter() - began:.1f} s")
        began = perf_counter()
        with announced(LEFT_OUT_GROUPS, tell=lambda _message: None):
            group_log_likelihood(design, draws)
        tell(f"{LEFT_OUT_GROUPS}: {perf_counter() - began:.1f} s")
        if not finished():
            for piece in PIECES:
                compile_piece(piece, tell)
    for name in (JOINT, EVERYTHING):
        with announced(name, tell=lambda _message: None):
            pass


def is_warm() -> bool:
    """Return whether `warm_up` has compiled everything for these versions."""
    return is_compiled(EVERYTHING)
