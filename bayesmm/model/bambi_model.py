"""The Bambi and PyMC model of a design and its priors: the specification of every engine.

The only module that imports Bambi. Bambi gets generated columns, named as in the tables, so that
its own reading of formulas takes no part. Correlated effects come through its public hook, a
prior with ``dist=``: Bambi makes each sd from its own prior and calls ``dist`` for the effect.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.bambi_columns import effects_under_other_names, group_columns
from bayesmm.model.correlation import partial_concentrations
from bayesmm.model.counted_rows import counting_rows
from bayesmm.model.design import Block, Design
from bayesmm.model.names import (
    corr_name,
    effect_name,
    factor_dim,
    offset_name,
    partials_name,
    sd_name,
    stored_name,
)
from bayesmm.model.priors import Prior, Priors

if TYPE_CHECKING:
    import bambi

__all__ = [
    "ResponseColumns",
    "bambi_formula",
    "bambi_frame",
    "build_bambi_model",
    "response_columns",
]


def build_bambi_model(design: Design, priors: Priors) -> "bambi.Model":
    """Return the built Bambi model; its PyMC model is ``model.backend.model``.

    Parameters
    ----------
    design : Design
        The model and its data.
    priors : Priors
        One prior per parameter. The one of ``"Intercept"`` is of the centred design, which is
        how Bambi takes it.

    Raises
    ------
    UnsupportedModelError
        For known weights of a gaussian model, which Bambi gives another meaning.
    """
    import bambi as bmb  # noqa: PLC0415  (heavy: seconds; most fits never need it)

    if design.weights is not None and design.family.precision_weights:
        raise UnsupportedModelError(
            "Bambi multiplies the log likelihood by the weights; for a gaussian model weights "
            "are precisions here, as in lme4. Use engine='compiled'."
        )
    model = bmb.Model(
        bambi_formula(replace(design, weights=None)),
        bambi_frame(design),
        family=design.family.name,
        link=design.family.link,
        priors=_bambi_priors(design, priors),
        auto_scale=False,
    )
    if renamed := effects_under_other_names(design):
        model.set_alias(renamed)
    if design.weights is not None:
        from bambi.backend.utils import get_distribution_from_likelihood  # noqa: PLC0415

        # Bambi's weighted(y, w) drops the weights of binomial counts, and fails for bernoulli and t
        likelihood = model.family.likelihood
        of_one = get_distribution_from_likelihood(likelihood)
        likelihood.dist = counting_rows(of_one, likelihood.name, design.weights)
    model.build()
    return model


def bambi_formula(design: Design) -> str:
    """Return the formula over the generated columns of `bambi_frame`."""
    columns = response_columns(design)
    response = _quoted(columns.response)
    if design.trials is not None:
        response = f"p({response}, {_quoted(columns.trials)})"
    elif design.weights is not None:
        response = f"weighted({response}, {_quoted(columns.weights)})"
    parts = ["1" if design.intercept else "0", *map(_quoted, design.names)]
    for block, columns_of_block in zip(design.blocks, group_columns(design), strict=True):
        for column in columns_of_block:
            left = "1" if column == "Intercept" else f"0 + {_quoted(column)}"
            parts.append(f"({left} | {_quoted(block.factor)})")
    if design.offset is not None:
        parts.append(f"offset({_quoted(columns.offset)})")
    return f"{response} ~ {' + '.join(parts)}"


def bambi_frame(design: Design) -> pd.DataFrame:
    """Return one column per quantity of the design, named as in the tables."""
    columns = response_columns(design)
    frame: dict[str, Any] = {}
    whole = design.family.response in ("binary", "binomial", "count")
    frame[columns.response] = design.y.astype(np.int64) if whole else design.y
    if design.trials is not None:
        frame[columns.trials] = design.trials.astype(np.int64)
    if design.weights is not None:
        frame[columns.weights] = design.weights
    if design.offset is not None:
        frame[columns.offset] = design.offset
    frame |= {stored_name(n): x for n, x in zip(design.names, design.X.T, strict=True)}
    for block, names in zip(design.blocks, group_columns(design), strict=True):
        for name, column in zip(names, block.Z.T, strict=True):
            if name != "Intercept":
                frame.setdefault(stored_name(name), column)
    for block in design.blocks:
        name = stored_name(block.factor)
        if name not in frame:
            levels = pd.Index(block.levels, dtype=object)
            # Ordered, because Bambi sorts the levels of any other factor as text: 1, 10, 2.
            frame[name] = pd.Categorical.from_codes(block.codes, categories=levels, ordered=True)
        elif not isinstance(frame[name], pd.Categorical):
            _check_number_as_factor(block, frame[name])
    return pd.DataFrame(frame)


def _check_number_as_factor(block: Block, column: NDArray[np.float64]) -> None:
    """Check that Bambi's levels of a number, its sorted values, are those of the design."""
    codes = np.unique(column, return_inverse=True)[1]
    if not np.array_equal(codes, block.codes):
        raise UnsupportedModelError(
            f"'{block.factor}' is a number and a grouping factor with levels in another order; "
            "Bambi cannot name both. Copy it to a second column for the grouping."
        )


@dataclass(frozen=True, slots=True)
class ResponseColumns:
    """Names of the response and its companions among the generated columns."""

    response: str
    trials: str
    weights: str
    offset: str


def response_columns(design: Design) -> ResponseColumns:
    """Return names for the response and its companions that no other column has."""
    taken = {*design.names, *(e for b in design.blocks for e in (*b.effects, b.factor))}

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    response = "successes" if design.trials is not None else design.response
    return ResponseColumns(*(free(n) for n in (response, "trials", "weights", "known")))


def _quoted(name: str) -> str:
    return f"`{stored_name(name)}`"


def _bambi_priors(design: Design, priors: Priors) -> dict[str, Any]:
    plain = (*design.terms, *design.family.auxiliary)
    given = {stored_name(name): _bambi_prior(priors[name]) for name in plain}
    columns = group_columns(design)
    for index, block in enumerate(design.blocks):
        shared = _SharedEffects(design, index, priors)
        for position, effect in enumerate(block.effects):
            sd_prior = priors[sd_name(effect, block.factor)]
            sd = (
                _hook("Decov", shared.decov_sd(position))
                if sd_prior.distribution == "Decov"
                else _bambi_prior(sd_prior)
            )
            given[stored_name(effect_name(columns[index][position], block.factor))] = (
                _hook("LKJNormal", shared.effect(position), sigma=sd)
                if block.correlated
                else _bambi_prior(Prior("Normal", (0.0, 1.0)), sigma=sd)
            )
    return given


def _bambi_prior(prior: Prior, **replaced: Any) -> Any:
    import bambi as bmb  # noqa: PLC0415

    parameters = {**prior.named, **replaced}
    return bmb.Prior(prior.distribution, auto_scale=False, **parameters)


def _hook(name: str, dist: Callable[..., Any], **parts: Any) -> Any:
    import bambi as bmb  # noqa: PLC0415

    return bmb.Prior(name, auto_scale=False, dist=dist, noncentered=False, **parts)


@dataclass(frozen=True, slots=True)
class _SharedEffects:
    """What the effects of one block share, made in the PyMC model by the first that needs it.

    All state lives in the PyMC model, so that building it twice does no harm.
    """

    design: Design
    index: int
    priors: Priors

    @property
    def block(self) -> Block:
        return self.design.blocks[self.index]

    def effect(self, position: int) -> Callable[..., Any]:
        """Return the ``dist`` of effect a: u_a = sd_a * (L z)_a, with L L' ~ LKJ(eta)."""

        def dist(name: str, *, sigma: Any, dims: Any = None, **_: Any) -> Any:
            import pymc as pm  # noqa: PLC0415

            offset = self._offset()
            row = self._cholesky_row(position)
            value = sum(weight * offset[b] for b, weight in enumerate(row))
            return pm.Deterministic(name, sigma * value, dims=dims)

        return dist

    def decov_sd(self, position: int) -> Callable[..., Any]:
        """Return the ``dist`` of sd a under rstanarm's decov prior (see `DISTRIBUTIONS`)."""

        def dist(name: str, *, dims: Any = None, **_: Any) -> Any:
            import pymc as pm  # noqa: PLC0415
            import pytensor.tensor as pt  # noqa: PLC0415

            block, model = self.block, pm.modelcontext(None)
            prior = self.priors[sd_name(block.effects[position], block.factor)]
            concentration, shape, scale = prior.parameters
            stem = f"{stored_name(block.factor)}_decov_{self.index}"
            if f"{stem}_tau" not in model.named_vars:
                pm.Gamma(f"{stem}_tau", alpha=shape, beta=1.0)
                if block.n_effects > 1:
                    pm.Dirichlet(f"{stem}_share", np.full(block.n_effects, concentration))
            size = scale * model[f"{stem}_tau"]
            if self.design.family.name == "gaussian":
                size = size * model["sigma"]
            if block.n_effects > 1:
                size = size * pt.sqrt(block.n_effects * model[f"{stem}_share"][position])
            return pm.Deterministic(name, size, dims=dims)

        return dist

    def _offset(self) -> Any:
        import pymc as pm  # noqa: PLC0415

        model, block = pm.modelcontext(None), self.block
        name = stored_name(offset_name(self.design.blocks, self.index))
        if name not in model.named_vars:
            model.add_coord(f"{name}_effect", list(block.effects))
            levels = stored_name(factor_dim(block.factor))
            pm.Normal(name, 0.0, 1.0, dims=(f"{name}_effect", levels))
        return model[name]

    def _cholesky_row(self, a: int) -> list[Any]:
        """Return row a of L; its partial correlations are made on first use."""
        import pymc as pm  # noqa: PLC0415
        import pytensor.tensor as pt  # noqa: PLC0415

        model, q = pm.modelcontext(None), self.block.n_effects
        name = stored_name(partials_name(self.design.blocks, self.index))
        if name not in model.named_vars:
            corr = corr_name(self.design.blocks, self.index)
            (eta,) = self.priors[corr].parameters
            k = partial_concentrations(q, eta)
            model.add_coord(f"{name}_dim", np.arange(len(k)))
            half = pm.Beta(f"{name}_half", k, k, dims=f"{name}_dim")
            pm.Deterministic(name, 2 * half - 1, dims=f"{name}_dim")
        partials, first = model[name], a * (a - 1) // 2
        row, remaining = [], pt.constant(1.0)
        for b in range(a):
            t = partials[first + b]
            row.append(t * pt.sqrt(remaining))
            remaining = remaining * (1 - t * t)
        return [*row, pt.sqrt(remaining)]
