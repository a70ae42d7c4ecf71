"""The priors of a Gaussian model as arrays for the compiled code."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.model.response_scale import precision_unit, residual_spread
from bayesmm.model.row_sums import column_sd, sum_of_squares, weighted_squares
from bayesmm.sampling.compiled.collapsed.bases import block_bases
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.kernels.folded_line import coordinate_of
from bayesmm.sampling.compiled.kernels.prior_rows import block_widths, prior_rows, unconstrained
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.sampling.compiled.kernels.records import Integers, Matrix, Rows, Vector
from bayesmm.sampling.compiled.kernels.signed import (
    EVEN_PRIORS,
    NORMAL,
    POSITIVE,
    SINH,
)

__all__ = ["PriorTables", "gaussian_starting_point", "prior_tables"]

type Floats = NDArray[np.float64]

# First guess of sigma, as a share of the spread of the response.
_SIGMA_SHARE = 0.7


class PriorTables(NamedTuple):
    """Priors of p coefficients and of the covariance parameters; Q effects of all factors.

    A row for each of 1 + Q + mixtures: sigma, sds, omegas.
    """

    precision: Vector  # of normal priors, 0 when flat, (p,)
    centre: Vector  # of these, less what is subtracted from the response
    mixtures: Integers  # coefficients whose precision is multiplied by a sampled factor omega
    positive: Matrix  # rows of ``kernels.priors.prior_rows``
    coordinates: Matrix  # kind, scale and reach of their coordinates, see ``kernels.signed``
    corr: Rows  # per correlated block first effect, number of effects, first coordinate
    scores: Integers  # per correlated block kind of the scores, see ``kernels.signed``
    bases: Matrix  # of correlated blocks B in u = B c, with c nearly uncorrelated; else 0, (Q, Q)
    etas: Vector  # shapes of the LKJ priors
    effects: int  # Q


def prior_tables(
    design: Design, priors: Priors, plan: Plan, order: Integers, shift: Floats
) -> PriorTables:
    """Return the tables, of coefficients in an `order` of ``Design.terms``, less `shift` in it."""
    terms = [design.mu.terms[k] for k in order]
    normal = np.array([_normal_part(priors[name]) for name in terms]).reshape(len(terms), 2)
    mixing = [_mixing_prior(priors[name]) for name in terms]
    positive = [priors[design.family.auxiliary[0]]]
    blocks = [design.blocks[b] for f in plan.factors for b in f.blocks]
    positive += [priors[n] for block in blocks for n in sd_names(block)]
    omegas = [prior for prior in mixing if prior is not None]
    widths = [1, *block_widths(block.n_effects for block in blocks), *(1 for _ in omegas)]
    positive += omegas
    table = prior_rows(positive, [True] * len(positive), widths)
    corr, etas = _correlations(design, priors, plan, len(table))
    bases = block_bases(design, plan, table)
    return PriorTables(
        precision=np.ascontiguousarray(normal[:, 1]),
        centre=normal[:, 0] - shift,
        mixtures=np.flatnonzero([prior is not None for prior in mixing]).astype(np.int64),
        positive=table,
        coordinates=_coordinates(design, plan, table, bases),
        corr=corr,
        scores=np.full(len(corr), NORMAL, dtype=np.int64),
        bases=bases,
        etas=etas,
        effects=sum(factor.n_effects for factor in plan.factors),
    )


def gaussian_starting_point(design: Design, plan: Plan, tables: PriorTables) -> Floats:
    """Return where the chains start: sigma, sds, omegas, partial correlations, see `covariance`."""
    values = _typical_values(design, plan, tables.bases)
    values += [1.0] * len(tables.mixtures)
    start = [
        _coordinate(row, value) if own[0] == POSITIVE else coordinate_of(own, value)
        for row, own, value in zip(tables.positive, tables.coordinates, values, strict=True)
    ]
    n_partials = int(sum(width * (width - 1) // 2 for _, width, _ in tables.corr))
    return np.array(start + [0.0] * n_partials)


def _coordinates(design: Design, plan: Plan, positive: Floats, bases: Floats) -> Floats:
    """Return ``PriorTables.coordinates``.

    An sd is s = s0 sinh x, with s0 the standard error of the effect of a typical level: with
    sigma known the likelihood of an sd with balanced groups, in s^2 + s0^2 = s0^2 cosh^2 x,
    depends on x as on a logarithm where the sd is well above s0, and is flat in x at 0.
    """
    coordinates = np.full((len(positive), 3), (float(POSITIVE), 1.0, 0.0))
    sigma = _SIGMA_SHARE * residual_spread(design) * precision_unit(design)
    columns = ((f.n_groups, z) for f in plan.factors for z in f.Z.T)
    for k, (n_groups, z) in enumerate(columns, 1):
        squares = (
            sum_of_squares(z) if design.weights is None else weighted_squares(z, design.weights)
        )
        information = squares / n_groups
        if positive[k, 0] in EVEN_PRIORS and bases[k - 1, k - 1] == 0.0 and information > 0.0:
            coordinates[k] = SINH, sigma / np.sqrt(information), 0.0
    return coordinates


def _correlations(
    design: Design, priors: Priors, plan: Plan, first: int
) -> tuple[Integers, Floats]:
    """Return the table of the correlated blocks and the shapes of their priors."""
    rows, etas, coordinate = [], [], first
    for index, block in enumerate(design.blocks):
        name = corr_name(design.blocks, index)
        if name is None:
            continue
        rows.append((plan.block_effects[index], block.n_effects, coordinate))
        etas.append(priors[name].parameters[0])
        coordinate += block.n_effects * (block.n_effects - 1) // 2
    return np.array(rows, dtype=np.int64).reshape(len(rows), 3), np.array(etas, dtype=float)


def _normal_part(prior: Prior) -> tuple[float, float]:
    """Return mean and precision of a coefficient whose omega is 1."""
    match prior.distribution, prior.parameters:
        case "Flat", _:
            return 0.0, 0.0
        case "Normal" | "Cauchy", (mu, sigma):
            return mu, sigma**-2
        case "StudentT", (_, mu, sigma):
            return mu, sigma**-2
        case "Laplace", (mu, b):
            return mu, 0.5 * b**-2
    raise ValueError(f"no normal mixture for {prior}")


def _mixing_prior(prior: Prior) -> Prior | None:
    """Return the prior of omega, or None for a normal prior.

    t_nu: omega ~ Gamma(nu/2, nu/2). Laplace: the variance 2 b^2 / omega is exponential, so
    1 / omega ~ Exponential(1).
    """
    match prior.distribution:
        case "StudentT":
            half = 0.5 * prior.parameters[0]
            return Prior("Gamma", (half, half))
        case "Cauchy":
            return Prior("Gamma", (0.5, 0.5))
        case "Laplace":
            return Prior("InverseGamma", (1.0, 1.0))
    return None


def _typical_values(design: Design, plan: Plan, bases: Floats) -> list[float]:
    """Return values of sigma and the sds of the order that the response suggests."""
    scale = residual_spread(design)
    columns = (z for f in plan.factors for z in f.Z.T)
    # effects of a basis have the scale of their scatter, of which their sd is a part
    sds = [
        0.5 if own > 0.0 else 0.3 * scale / _size(z)
        for own, z in zip(np.diag(bases), columns, strict=True)
    ]
    return [_SIGMA_SHARE * scale * precision_unit(design), *sds]


def _size(z: Floats) -> float:
    """Return the sd of a column, or its absolute value when it is constant."""
    sd = column_sd(z)
    size = float(np.sqrt(sum_of_squares(z) / len(z)))
    return (sd if sd > 1e-8 * size else size) or 1.0


def _coordinate(row: Floats, value: float) -> float:
    """Return the coordinate of `value`, moved into the support of a bounded prior."""
    if int(row[0]) == PRIOR_CODES["Uniform"]:
        lower, upper = max(row[1], 0.0), row[2]
        margin = 0.1 * (upper - lower)
        value = min(max(value, lower + margin), upper - margin)
    return unconstrained(row, value)
