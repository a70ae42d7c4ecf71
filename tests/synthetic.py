"""Posterior draws with known answers, from seeded numpy; no sampler takes part."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.fitted import Fit
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.record import BlockEstimates
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.draws import BlockDraws, ParameterDraws, SamplerSettings

__all__ = [
    "exact_normal",
    "good_statistics",
    "synthetic_draws",
    "synthetic_fit",
    "synthetic_ml",
    "with_variable",
]


def good_statistics(rng: np.random.Generator, chains: int, draws: int) -> dict[str, np.ndarray]:
    """Return the statistics of a sampler without problems: independent energies, E-BFMI 2."""
    shape = (chains, draws)
    return {
        "diverging": np.zeros(shape, dtype=bool),
        "reached_max_treedepth": np.zeros(shape, dtype=bool),
        "energy": rng.normal(size=shape),
        "tree_depth": np.full(shape, 2),
        "n_steps": np.full(shape, 3),
        "step_size": np.full(shape, 0.5),
        "acceptance_rate": np.full(shape, 0.9),
        "lp": rng.normal(size=shape),
    }


def exact_normal(
    rng: np.random.Generator, mean: object, sd: object, chains: int, draws: int
) -> np.ndarray:
    """Return independent draws whose sample mean and sd are exactly `mean` and `sd`.

    `mean` and `sd` broadcast to the shape of the quantity; the result is (chain, draw, *shape).
    """
    mean, sd = np.broadcast_arrays(np.asarray(mean, float), np.asarray(sd, float))
    z = rng.normal(size=(chains * draws, *mean.shape))
    z -= z.mean(axis=0)
    z /= z.std(axis=0, ddof=1)
    return (mean + sd * z).reshape(chains, draws, *mean.shape)


def synthetic_draws(
    design: Design,
    *,
    intercept: tuple[float, float] = (1.0, 0.1),
    beta: tuple[object, object] = (0.5, 0.1),
    auxiliary: Mapping[str, tuple[float, float]] | None = None,
    sd: tuple[object, object] = (2.0, 0.2),
    corr: tuple[float, float] = (0.1, 0.05),
    effects: tuple[object, object] = (0.0, 1.0),
    chains: int = 4,
    draws: int = 250,
    seed: int = 1,
) -> ParameterDraws:
    """Return draws in which every quantity has the given (mean, sd) exactly."""
    rng = np.random.default_rng(seed)

    def normal(moments: tuple[object, object], *shape: int) -> np.ndarray:
        mean, spread = (np.broadcast_to(np.asarray(m, float), shape) for m in moments)
        return exact_normal(rng, mean, spread, chains, draws)

    blocks = []
    for block in design.blocks:
        q = block.n_effects
        matrix = None
        if block.covariance.correlated:
            matrix = np.ones((chains, draws, q, q))
            for a in range(q):
                for b in range(a):
                    matrix[:, :, a, b] = matrix[:, :, b, a] = normal(corr)
        blocks.append(BlockDraws(normal(sd, q), matrix, normal(effects, q, block.n_groups)))
    chosen = auxiliary or {}
    further = {n: n for n in design.constants}
    for predictor in design.linear_predictors[1:]:
        further |= dict.fromkeys(coefficient_names(predictor), predictor.parameter)
    return ParameterDraws(
        intercept=normal(intercept) if design.mu.intercept else None,
        beta=normal(beta, len(design.mu.names)),
        auxiliary={
            name: normal(chosen.get(name, (3.0, 0.1) if name == own else (0.3, 0.1)))
            for name, own in further.items()
        },
        blocks=tuple(blocks),
        statistics=good_statistics(rng, chains, draws),
        seconds={"compile": 0.1, "sample": 0.5},
        facts={},
    )


def synthetic_fit(
    design: Design,
    drawn: ParameterDraws,
    *,
    priors: Priors | None = None,
    settings: SamplerSettings | None = None,
    facts: Mapping[str, object] | None = None,
    ml: MLFit | None = None,
) -> Fit:
    """Return a fit of these draws, with default priors and without ML unless given."""
    from bayesmm.model.prior_choice import choose_priors

    chains, draws = drawn.beta.shape[:2]
    fit = Fit(
        formula=design.formula,
        design=design,
        priors=choose_priors(design) if priors is None else priors,
        own_data=pd.DataFrame({"y": design.y}),
        own_draws=assemble(design, drawn),
        engine="compiled",
        settings=settings or SamplerSettings(chains=chains, draws=draws, seed=7),
        seconds={"compile": 0.1, "sample": 0.5, "total": 0.75},
        facts=dict(facts or {}),
        versions={"python": "3.13.0"},
    )
    # what the cached property would compute: tests of tables should not run an optimiser
    fit.__dict__["_ml_or_reason"] = (ml, "" if ml else "There is no ML fit here.")
    return fit


def with_variable(fit: Fit, name: str, values: np.ndarray) -> Fit:
    """Return a fit with other draws of one variable, and the same ML."""
    draws = fit.own_draws.copy()
    posterior = draws["posterior"].to_dataset()
    posterior[name] = posterior[name].copy(data=values)
    draws["posterior"] = xr.DataTree(posterior)
    changed = replace(fit, own_draws=draws)
    changed.__dict__["_ml_or_reason"] = fit._ml_or_reason
    return changed


def synthetic_ml(
    design: Design,
    *,
    estimates: object,
    standard_errors: object,
    sd: object = (),
    corr: float | None = None,
    sigma: float | None = None,
    reml: bool = True,
    singular: tuple[str, ...] = (),
    auxiliary: Mapping[str, float] | None = None,
) -> MLFit:
    """Return an ML fit with these numbers and group effects of 0.25 everywhere.

    `sd` holds one sequence of q values per block; `corr` goes into every correlated block.
    """
    blocks = []
    for block, sds in zip(design.blocks, sd, strict=True):
        q = block.n_effects
        matrix = np.where(np.eye(q, dtype=bool), 1.0, corr) if block.covariance.correlated else None
        modes = np.full((q, block.n_groups), 0.25)
        blocks.append(BlockEstimates(np.asarray(sds, float), matrix, modes, np.ones_like(modes)))
    return MLFit(
        design=design,
        reml=reml,
        estimates=np.asarray(estimates, float),
        covariance=np.diag(np.asarray(standard_errors, float) ** 2),
        blocks=tuple(blocks),
        sigma=sigma,
        loglik=-1.0,
        n_parameters=3,
        converged=True,
        singular=singular,
        method="synthetic",
        versions={},
        auxiliary=dict(auxiliary or {}),
    )
