"""The parameters of the response in every row, draw by draw."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.ahead import in_order
from bayesmm.model.design import Design
from bayesmm.results.prediction.linear_predictor import linear_predictor
from bayesmm.sampling.posterior import named_draws

__all__ = ["Where", "draw_chunks", "over_chunks_of_draws", "parameters_at", "response_parameters"]

type Where = tuple[NDArray[np.int64], NDArray[np.int64]]

_CHUNK_VALUES = 2_000_000  # values of eta held at a time: 16 MB


def draw_chunks(
    draws: xr.DataTree, values_per_draw: int, chosen: NDArray[np.int64] | None = None
) -> Iterator[tuple[slice, Where]]:
    """Cut the draws, chain by chain, so that a chunk of work stays within 16 MB.

    The work holds so many values per draw; `chosen` are the draws of each chain to use, by default
    all. A chunk comes as its place among all draws that are used, and the indices of its chains and
    draws in the tree.
    """
    sizes = draws["posterior"].sizes
    of_chain = np.arange(sizes["draw"]) if chosen is None else chosen
    chain = np.repeat(np.arange(sizes["chain"]), len(of_chain))
    draw = np.tile(of_chain, sizes["chain"])
    step = max(1, _CHUNK_VALUES // max(1, values_per_draw))
    for start in range(0, len(chain), step):
        part = slice(start, min(start + step, len(chain)))
        yield part, (chain[part], draw[part])


def over_chunks_of_draws[T](
    function: Callable[[slice, Where], T],
    draws: xr.DataTree,
    values_per_draw: int,
    chosen: NDArray[np.int64] | None = None,
) -> Iterator[T]:
    """Yield a function of every chunk of `draw_chunks`, in order, by several threads.

    Numpy releases the interpreter lock in what takes time here. No more chunks are ahead than
    there are threads, so that memory does not grow with the number of draws.
    """
    chunks = draw_chunks(draws, values_per_draw, chosen)
    yield from in_order(lambda chunk: function(*chunk), chunks)


def parameters_at(
    design: Design, draws: xr.DataTree, eta: Array, where: tuple[Sequence[int], Sequence[int]]
) -> ResponseParameters:
    """Return the parameters of the response at a linear predictor of mu, of shape (S, n_obs)."""
    auxiliary = {name: named_draws(draws, name)[where][:, None] for name in design.constants}
    for name in design.varying:
        own = linear_predictor(design, draws, where, name)
        auxiliary[name] = LINKS[design.predictor(name).link].inverse(own)
    return ResponseParameters.from_mean(
        design, LINKS[design.family.link_of_mu].inverse(eta), auxiliary
    )


def response_parameters(
    design: Design, draws: xr.DataTree, where: tuple[Sequence[int], Sequence[int]]
) -> ResponseParameters:
    """Return the parameters of the response for the groups in the data.

    ``mu``, and further parameters that vary, are of shape (S, n_obs), others of shape (S, 1);
    `where` has the chains and the draws of the S draws to use. The levels of the design are those
    of the draws.
    """
    return parameters_at(design, draws, linear_predictor(design, draws, where), where)
