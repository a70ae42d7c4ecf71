"""The free variables of a PyMC model, unconstrained, at parameters of ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.names import (
    block_offset_names,
    centred_name,
    half_partials_name,
    offset_name,
    prefixed,
    stored_name,
)
from bayesmm.model.priors import Priors
from bayesmm.model.specification import pymc_specification
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.draws import ParameterDraws
from bayesmm.sampling.free_variables import tree_for_pymc

__all__ = ["PymcPoints"]

_DEGENERATE = 10.0  # log odds of (1 + r) / 2 of a partial correlation of 1 - 9e-5


@dataclass(frozen=True, slots=True, eq=False)
class _Variable:
    """A free variable: its name in the draws and among the values, and its transform."""

    name: str
    value: str
    forward: Callable[[Array], Array] | None
    block: int | None  # whose group effects it scales
    coefficient: bool  # of the mean


class PymcPoints:
    """The log density of the PyMC model of a design, and the way to it from draws of ours."""

    def __init__(self, design: Design, priors: Priors) -> None:
        self._design, self._priors = design, priors
        model = pymc_specification(design, priors)
        self._variables = [_variable(model, own, design) for own in model.free_RVs]
        self._logp = model.compile_logp(mode="FAST_COMPILE")

    def values(self, parameters: ParameterDraws) -> dict[str, Array]:
        """Return the unconstrained values of every variable at one chain of draws, (n, ...)."""
        tree = tree_for_pymc(assemble(self._design, parameters), self._design, self._priors)
        posterior = tree["posterior"].dataset.variables
        found = {}
        for own in self._variables:
            drawn = np.asarray(posterior[own.name].values[0], dtype=float)
            found[own.value] = drawn if own.forward is None else own.forward(drawn)
        return found

    def log_density(self, values: Mapping[str, Array]) -> Array:
        """Return the log density of every draw, shape (n,)."""
        n = len(next(iter(values.values())))
        return np.array(
            [float(self._logp({name: own[i] for name, own in values.items()})) for i in range(n)]
        )

    def degenerate(self, values: Mapping[str, Array]) -> NDArray[np.bool_]:
        """Return where a partial correlation is 1 to four digits, shape (n,)."""
        blocks = range(len(self._design.blocks))
        names = {stored_name(half_partials_name(self._design.blocks, k)) for k in blocks}
        n = len(next(iter(values.values())))
        found = np.zeros(n, dtype=bool)
        for own in self._variables:
            if own.name in names:
                found |= ~(np.abs(values[own.value].reshape(n, -1)) < _DEGENERATE).all(axis=1)
        return found

    def flat(
        self,
        values: Mapping[str, Array],
        *,
        effects: bool,
        without: frozenset[int] = frozenset(),
        coefficients: bool = True,
    ) -> Array:
        """Return the values of some variables side by side, shape (n, m).

        They are from `values`: those of `effects` of groups, or all others, coefficients of the
        mean among them or not; effects of the blocks `without` are left out.
        """
        chosen = [
            own
            for own in self._variables
            if (own.block is not None) == effects
            and own.block not in without
            and (coefficients or not own.coefficient)
        ]
        n = len(next(iter(values.values())))
        parts = [values[own.value].reshape(n, -1) for own in chosen]
        return np.concatenate([np.empty((n, 0)), *parts], axis=1)


def _variable(model: Any, own: Any, design: Design) -> _Variable:
    transform = model.rvs_to_transforms[own]
    of_block = {}
    for k, block in enumerate(design.blocks):
        names = (*block_offset_names(block), offset_name(design.blocks, k))
        of_block |= {stored_name(name): k for name in names}
    block = of_block.get(own.name)
    others = {
        stored_name(prefixed(term, parameter))
        for parameter in design.varying
        for term in design.predictor(parameter).terms
    }
    others |= {centred_name(name) for name in others}
    # what has any sign and is no group effect is a coefficient
    return _Variable(
        name=own.name,
        value=model.rvs_to_values[own].name,
        forward=None if transform is None else _forward(transform, own),
        block=block,
        coefficient=block is None and transform is None and own.name not in others,
    )


def _forward(transform: Any, own: Any) -> Callable[[Array], Array]:
    """Return the transform of a variable for many values at once: its last axes are theirs."""
    import pytensor  # noqa: PLC0415  (PyMC has loaded it)
    import pytensor.tensor as pt  # noqa: PLC0415

    values = pt.tensor("values", dtype="float64", shape=(None,) * (own.ndim + 1))
    result = transform.forward(values, *own.owner.inputs)
    return pytensor.function([values], result, mode="FAST_COMPILE", on_unused_input="ignore")
