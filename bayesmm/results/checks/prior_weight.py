"""Whether the answer comes from the data or from the prior."""

from collections.abc import Iterator

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.names import corr_name, scalar_names, sd_names
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, NOTE, Finding, FitCheck
from bayesmm.results.comparison.arviz_loo import power_scaling
from bayesmm.results.densities.log_likelihood import total_log_likelihood
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.quantities import quantity_label

__all__ = ["PRIOR_WEIGHT"]

_SENSITIVE = 0.05  # threshold of Kallioinen et al. (2024)


def _scalars(context: CheckContext) -> Iterator[tuple[str, Array]]:
    """Return every parameter that has a prior, each correlation apart."""
    design, draws = context.design, context.fit.own_draws
    for name in scalar_names(design):
        yield name, named_draws(draws, name)
    for index, block in enumerate(design.blocks):
        yield from ((name, named_draws(draws, name)) for name in sd_names(block))
        name = corr_name(design.blocks, index)
        if name is not None:
            values = np.moveaxis(named_draws(draws, name), 2, 0)
            yield from ((quantity_label(design, name, k), v) for k, v in enumerate(values))


def _find(context: CheckContext) -> list[Finding]:
    design, fit = context.design, context.fit
    prior = sum(log_prior(design, fit.priors, fit.own_draws).values())
    table = power_scaling(
        dict(_scalars(context)), prior, total_log_likelihood(design, fit.own_draws)
    ).reset_index()
    sensitive = table["prior"] >= _SENSITIVE
    # of variances the prior may well say more than few groups do; of effects it should not
    ruled = sensitive & (table["prior"] > table["likelihood"])
    ruled &= table["variable"].isin(scalar_names(design))
    verdict = NOTE if sensitive.any() else FINE
    worst = int(table["prior"].to_numpy().argmax())
    value = float(table["prior"][worst])
    words = f"The prior moves {table['variable'][worst]} most. "
    if ruled.any():
        words += f"It says more than the data about {', '.join(table['variable'][ruled])}."
    elif sensitive.any():
        words += f"It matters for {', '.join(table['variable'][sensitive])}: show another prior."
    else:
        words += "The data decide."
    return [Finding(verdict, "parameters", "largest prior sensitivity", value, words, table)]


PRIOR_WEIGHT = FitCheck(
    "prior against data",
    "Power-scaling sensitivity to the prior: 0.05 or more note.",
    lambda context: True,
    _find,
    test=False,
)
