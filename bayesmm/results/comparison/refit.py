"""Sampling a model again without some of its rows, and what it says about them."""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.small_cholesky import cholesky
from bayesmm.results.comparison.grouping import Grouping, design_of_rows
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.draws import BlockDraws, ParameterDraws
from bayesmm.sampling.engines import choose_engine
from bayesmm.special import logsumexp

__all__ = ["refitted_elpd", "refitted_without", "transplanted"]


def refitted_elpd(fit: FitRecord, left_out: NDArray[np.bool_], grouping: Grouping | None) -> float:
    """Return log p(y_out | y_in) by sampling the model without the rows that are left out.

    The refit has the priors, settings and engine of the fit. `grouping` is given when `left_out`, a
    mask, is one of its groups: its effects are integrated out. Effects of other levels that only
    the left-out rows meet are drawn from their distribution.
    """
    out, draws = refitted_without(fit, left_out)
    if grouping is None:
        values = row_log_likelihood(out, draws).sum(axis=2)
    else:
        n_out = int(left_out.sum())
        label = grouping.levels[grouping.codes[left_out][0]]
        one = Grouping(grouping.factor, (label,), np.zeros(n_out, dtype=np.int64))
        values = group_log_likelihood(out, draws, one).values
    return float(logsumexp(values) - np.log(values.size))


def refitted_without(fit: FitRecord, left_out: NDArray[np.bool_]) -> tuple[Design, xr.DataTree]:
    """Return the design of the rows that are left out, and draws given all other rows.

    The prior on the intercept is at the means of the columns of the rows that are kept, as in
    any fit to those rows.
    """
    design = fit.design
    kept = design_of_rows(design, np.flatnonzero(~left_out))
    if not kept.n_obs:
        raise DataError("Nothing is left to fit when all rows are left out.")
    settings = replace(fit.settings, progress=False)
    sampled = choose_engine(kept, fit.priors, fit.engine).sample(settings)
    out = design_of_rows(design, np.flatnonzero(left_out))
    drawn = transplanted(sampled, kept, out, np.random.default_rng(settings.seed))
    return out, assemble(out, drawn)


def transplanted(
    drawn: ParameterDraws, source: Design, target: Design, generator: np.random.Generator
) -> ParameterDraws:
    """Return the draws of one design as draws of another with the same effects.

    Levels that the source does not have get effects from N(0, Sigma) of each draw,
    independently.
    """
    blocks = tuple(
        _block(own, old, new, generator)
        for own, old, new in zip(drawn.blocks, source.blocks, target.blocks, strict=True)
    )
    return replace(drawn, blocks=blocks)


def _block(drawn: BlockDraws, old: Block, new: Block, generator: np.random.Generator) -> BlockDraws:
    place = {level: k for k, level in enumerate(old.levels)}
    known = np.array([level in place for level in new.levels])
    effects = np.empty((*drawn.sd.shape, new.n_groups))
    effects[..., known] = drawn.effects[..., [place[x] for x in new.levels if x in place]]
    z = generator.normal(size=(*drawn.sd.shape, int((~known).sum())))
    if drawn.corr is not None:
        L = np.moveaxis(cholesky(np.moveaxis(drawn.corr, (2, 3), (0, 1))), (0, 1), (2, 3))
        z = L @ z
    effects[..., ~known] = drawn.sd[..., None] * z
    return replace(drawn, effects=effects)
