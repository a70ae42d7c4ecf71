"""A collapsed model as arrays: statistics of the data, priors, and the table of its density."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.collapsed.plan import Plan, make_plan
from bayesmm.sampling.compiled.collapsed.rows import response_rows, response_shift
from bayesmm.sampling.compiled.collapsed.statistics import GroupStatistics, group_statistics
from bayesmm.sampling.compiled.kernels.priors import prior_rows, unconstrained

__all__ = ["CollapsedModel", "collapsed_model"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class CollapsedModel:
    """Everything that the densities and the conditional draws read.

    Attributes
    ----------
    plan : Plan
        What is done with each factor.
    statistics : GroupStatistics
        Cross-products of the data.
    shift : ndarray, shape (p,)
        Coefficients that were subtracted from the response: beta = shift + delta.
    precision, center : ndarray, shape (p,)
        Prior precisions (0 when flat) and means of delta.
    mixtures : ndarray of int64
        Coefficients whose precision is multiplied by a sampled factor.
    small : ndarray of int64, shape (dense factors, 4)
        First column, levels, effects per level, first effect.
    priors : ndarray, shape (1 + Q + mixtures, 5)
        Rows of the priors of sigma, the sds and the mixing precisions.
    corr : ndarray of int64, shape (correlated blocks, 3)
        First effect, number of effects, first coordinate.
    etas : ndarray
        Shapes of the LKJ priors.
    start : ndarray, shape (dimension,)
        Where the chains start.
    """

    plan: Plan
    statistics: GroupStatistics
    shift: Floats
    precision: Floats
    center: Floats
    mixtures: Integers
    small: Integers
    priors: Floats
    corr: Integers
    etas: Floats
    start: Floats

    @property
    def n_effects(self) -> int:
        """Number of effects of all factors, Q."""
        return len(self.priors) - 1 - len(self.mixtures)

    @property
    def dimension(self) -> int:
        """Number of sampled coordinates."""
        return len(self.start)

    def arguments(self) -> tuple:
        """Return what ``density.log_density`` takes after the position and gradient."""
        s = self.statistics
        return (
            s.n_obs,
            s.within,
            s.R,
            s.T,
            s.single,
            s.lane_R,
            s.lane_T,
            s.class_size,
            s.class_R,
            s.class_E,
            self.small,
            self.precision,
            self.center,
            self.mixtures,
            self.priors,
            self.corr,
            self.etas,
            self.n_effects,
        )


def collapsed_model(design: Design, priors: Priors) -> CollapsedModel:
    """Return the model's arrays; the design must have passed ``plan.plan_problem``."""
    plan = make_plan(design)
    rows = response_rows(design, plan)
    shift = response_shift(design)
    normal = [_normal_part(priors[name]) for name in design.terms]
    mixing = [_mixing_prior(priors[name]) for name in design.terms]
    mixtures = np.flatnonzero([prior is not None for prior in mixing]).astype(np.int64)
    positive = [priors[design.family.auxiliary[0]]]
    positive += [
        priors[n] for f in plan.factors for b in f.blocks for n in sd_names(design.blocks[b])
    ]
    positive += [prior for prior in mixing if prior is not None]
    table = prior_rows(positive, [True] * len(positive))
    corr, etas = _correlations(design, priors, plan, len(table))
    spread = float(design.y.std())
    scale = spread if spread > 0.0 else 1.0
    values = [0.7 * scale]
    values += [0.3 * scale / _size(z) for f in plan.factors for z in f.Z.T]
    values += [1.0] * len(mixtures)
    start = [_start(row, value) for row, value in zip(table, values, strict=True)]
    n_partials = int(sum(width * (width - 1) // 2 for _, width, _ in corr))
    return CollapsedModel(
        plan=plan,
        statistics=group_statistics(rows),
        shift=shift,
        precision=np.array([s for _, s in normal], dtype=float),
        center=np.array([mu for mu, _ in normal], dtype=float) - shift if normal else np.zeros(0),
        mixtures=mixtures,
        small=_small_table(plan, len(shift)),
        priors=table,
        corr=corr,
        etas=etas,
        start=np.array(start + [0.0] * n_partials),
    )


def _small_table(plan: Plan, p: int) -> Integers:
    """Return the table of the dense factors that ``dense.to_effects`` reads."""
    rows, column = [], p
    for factor in plan.dense:
        rows.append((column, factor.n_groups, factor.n_effects, factor.first_effect))
        column += factor.n_groups * factor.n_effects
    return np.array(rows, dtype=np.int64).reshape(len(rows), 4)


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
    """Return mean and precision of a coefficient whose mixing precision is 1."""
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
    """Return the prior of the factor omega of the precision, or None for a normal prior.

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


def _size(z: Floats) -> float:
    """Return the sd of a column, its size when it is constant."""
    sd = float(z.std())
    size = float(np.sqrt(np.mean(z * z)))
    spread = sd if sd > 1e-8 * size else size
    return spread if spread > 0.0 else 1.0


def _start(row: Floats, value: float) -> float:
    """Return the coordinate of `value`, moved into the support of a bounded prior."""
    if int(row[0]) == 5:
        lower, upper = max(row[1], 0.0), row[2]
        margin = 0.1 * (upper - lower)
        value = min(max(value, lower + margin), upper - margin)
    return unconstrained(row, value)
