"""The parts of the PyMC model that the effects of one block share, which Bambi does not know.

Correlated effects come through Bambi's public hook, a prior with ``dist=``. What is made here is
solved for again, from the draws that are reported, in `bayesmm.sampling.free_variables`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.correlation import partial_concentrations
from bayesmm.model.design import Design
from bayesmm.model.names import (
    centred_name,
    corr_name,
    correlation_pairs,
    decov_names,
    effect_labels,
    factor_dim,
    half_partials_name,
    offset_dim,
    offset_name,
    pair_dim,
    pair_labels,
    partials_dim,
    partials_name,
    sd_name,
    share_dim,
    stored_name,
)
from bayesmm.model.prior_columns import centrings_of
from bayesmm.model.priors import Priors

__all__ = ["SharedEffects"]


@dataclass(frozen=True, slots=True)
class SharedEffects:
    """What the effects of one block share, made in the PyMC model by the first that needs it.

    All state lives in the PyMC model, so that building it twice does no harm.
    """

    design: Design
    index: int
    priors: Priors

    @property
    def block(self) -> Block:
        """The block."""
        return self.design.blocks[self.index]

    @property
    def centring(self) -> Array | None:
        """C: the reported effects are C times those whose sds have the priors; None for equal."""
        centrings = centrings_of(self.design, self.priors.preset, self.priors.changed)
        own = None if centrings is None else centrings.blocks[self.index]
        return None if own is None else own.matrix

    def effect(self, position: int) -> Callable[..., Any]:
        """Return the ``dist`` of effect a: u_a = sd_a * (L z)_a, with L L' ~ LKJ(eta).

        Where the sds and L are those of effects v of centred columns, u = C v.
        """

        def dist(name: str, *, sigma: Any, dims: Any = None, **_: Any) -> Any:
            import pymc as pm  # noqa: PLC0415

            offset = self._offset()
            if self.centring is None:
                row = self._cholesky_row(position)
                value = sigma * sum(weight * offset[b] for b, weight in enumerate(row))
            else:
                row = self._root()[position]
                value = sum(weight * offset[b] for b, weight in enumerate(row))
            return pm.Deterministic(name, value, dims=dims)

        return dist

    def reported_sd(self, position: int) -> Callable[..., Any]:
        """Return the ``dist`` of the sd of effect a of a block whose priors are of centred columns.

        The root of (C S L L' S C')_aa, with S = diag(sd).
        """

        def dist(name: str, *, dims: Any = None, **_: Any) -> Any:
            import pymc as pm  # noqa: PLC0415
            import pytensor.tensor as pt  # noqa: PLC0415

            row = self._root()[position]
            return pm.Deterministic(name, pt.sqrt(sum(x * x for x in row)), dims=dims)

        return dist

    def _root(self) -> list[list[Any]]:
        """Return C S L, row by row: the effects are it times z."""
        C, q = self.centring, self.block.n_effects
        sds = [self._centred_sd(c) for c in range(q)]
        rows = [self._cholesky_row(c) for c in range(q)]
        return [
            [sum(C[a, c] * sds[c] * rows[c][b] for c in range(b, q) if C[a, c]) for b in range(q)]
            for a in range(q)
        ]

    def _centred_sd(self, position: int) -> Any:
        import pymc as pm  # noqa: PLC0415

        own = sd_name(self.block.effects[position], self.block.factor)
        name, prior = stored_name(centred_name(own)), self.priors[own]
        model = pm.modelcontext(None)
        if name in model.named_vars:
            return model[name]
        if prior.distribution == "Decov":
            return self.decov_sd(position)(name)
        return getattr(pm, prior.distribution)(name, **prior.named)

    def decov_sd(self, position: int) -> Callable[..., Any]:
        """Return the ``dist`` of sd a under rstanarm's decov prior (see `DISTRIBUTIONS`)."""

        def dist(name: str, *, dims: Any = None, **_: Any) -> Any:
            import pymc as pm  # noqa: PLC0415
            import pytensor.tensor as pt  # noqa: PLC0415

            block, model = self.block, pm.modelcontext(None)
            prior = self.priors[sd_name(block.effects[position], block.factor)]
            concentration, shape, scale = prior.parameters
            tau, share = map(stored_name, decov_names(self.design.blocks, self.index))
            if tau not in model.named_vars:
                pm.Gamma(tau, alpha=shape, beta=1.0)
                if block.n_effects > 1:
                    dim = stored_name(share_dim(self.design.blocks, self.index))
                    model.add_coord(dim, list(effect_labels(block)))
                    pm.Dirichlet(share, np.full(block.n_effects, concentration), dims=dim)
            size = scale * model[tau]
            if self.design.family.dispersion:
                size = size * model[self.design.family.dispersion]
            if block.n_effects > 1:
                size = size * pt.sqrt(block.n_effects * model[share][position])
            return pm.Deterministic(name, size, dims=dims)

        return dist

    def _offset(self) -> Any:
        import pymc as pm  # noqa: PLC0415

        model, block = pm.modelcontext(None), self.block
        name = stored_name(offset_name(self.design.blocks, self.index))
        if name not in model.named_vars:
            effects = stored_name(offset_dim(self.design.blocks, self.index))
            model.add_coord(effects, list(effect_labels(block)))
            levels = stored_name(factor_dim(block.factor))
            pm.Normal(name, 0.0, 1.0, dims=(effects, levels))
        return model[name]

    def _cholesky_row(self, a: int) -> list[Any]:
        """Return row a of L; its partial correlations are made on first use."""
        import pymc as pm  # noqa: PLC0415

        model, blocks, index = pm.modelcontext(None), self.design.blocks, self.index
        name = stored_name(partials_name(blocks, index))
        if name not in model.named_vars:
            (eta,) = self.priors[corr_name(blocks, index)].parameters
            k = partial_concentrations(self.block.n_effects, eta)
            dim = stored_name(partials_dim(blocks, index))
            model.add_coord(dim, np.arange(len(k)))
            half = pm.Beta(stored_name(half_partials_name(blocks, index)), k, k, dims=dim)
            pm.Deterministic(name, 2 * half - 1, dims=dim)
            self._report_correlations(model, model[name])
        return _row_of_cholesky(model[name], a)

    def _report_correlations(self, model: Any, partials: Any) -> None:
        """Add the correlations to the model under the name that they have in the draws."""
        import pymc as pm  # noqa: PLC0415
        import pytensor.tensor as pt  # noqa: PLC0415

        blocks, index = self.design.blocks, self.index
        rows = [_row_of_cholesky(partials, a) for a in range(self.block.n_effects)]
        if self.centring is not None:
            lengths = [pt.sqrt(sum(x * x for x in row)) for row in self._root()]
            rows = [
                [x / length for x in row] for row, length in zip(self._root(), lengths, strict=True)
            ]
        values = [
            sum(x * y for x, y in zip(rows[a], rows[b], strict=False))  # row a may end first: a < b
            for a, b in correlation_pairs(self.block)
        ]
        dim = stored_name(pair_dim(blocks, index))
        model.add_coord(dim, pair_labels(self.block))
        pm.Deterministic(stored_name(str(corr_name(blocks, index))), pt.stack(values), dims=dim)


def _row_of_cholesky(partials: Any, a: int) -> list[Any]:
    """Return the a + 1 entries of row a of L, see `bayesmm.model.correlation`."""
    import pytensor.tensor as pt  # noqa: PLC0415

    first = a * (a - 1) // 2
    row, remaining = [], pt.constant(1.0)
    for b in range(a):
        t = partials[first + b]
        row.append(t * pt.sqrt(remaining))
        remaining = remaining * (1 - t * t)
    return [*row, pt.sqrt(remaining)]
