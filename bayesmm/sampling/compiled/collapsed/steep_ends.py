"""Which Gaussian models have few levels, and how small their steps have to be.

With few levels the posterior of an sd reaches to where its prior ends it. In the sampler's
coordinates, on which an sd grows exponentially, a prior with a light tail ends it like a wall;
steps that are right in the middle overshoot there, and some transitions of 4,000 diverge, without
moving any number. `soft_ends` has coordinates without such ends. Correlations, and what these
coordinates are not made for (priors of sds that are 0 or infinite at 0, level totals), are left to
smaller steps, which cost a small model milliseconds.

Measured (leapfrogs a draw; smallest bulk ESS per leapfrog; sets with any divergence). Half-normal
priors, smaller steps alone against soft ends: 8 groups, intercepts, 5.1 and 3.2; .11 and .19; none
of 60 and none of 100. Crossed, 8 by 6 groups: 6.5 and 4.1; .095 and .15; none of either. Slopes, 6
groups of 8 rows: 10.4 and 5.5; .054 and .12; none of 40; 4 groups of 30: 10.4 and 7.1; .060 and
.095; none of 40. With steps of a target of .8 and neither, 23 and 26 of 60 diverged with intercepts
and crossed factors. Slopes with 12 groups of 6 rows gained a tenth, and one set of 100, in which
one sd is hardly away from 0 and the correlation is near -1, had 97 divergences: from 11 levels on
slopes keep smaller steps. With half-t priors, the default, and a target of .8, 2 to 8 % diverged
up to 6 groups, 0 to 2 % beyond; with soft ends none of 80 with 4 groups and intercepts.
"""

from bayesmm.model.design import Design
from bayesmm.model.names import sd_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.sampling.compiled.kernels.signed import EVEN_PRIORS

__all__ = ["NEARLY_SINGULAR", "has_soft_ends", "least_target"]

_HEAVY_TAILS = frozenset({"HalfStudentT", "HalfCauchy", "InverseGamma"})
# Fewest levels of a factor, below which coordinates have soft ends.
_FEW_INTERCEPTS_BEFORE_WALLS, _FEW = 61, 11
# Fewest levels of a factor, below which a target is taken, on other coordinates.
_WALLS = ((6, 0.98), (11, 0.95), (61, 0.9))
_WALLS_OF_SLOPES = ((8, 0.98), (11, 0.95), (61, 0.9))
_TAILS = ((6, 0.9),)
_TAILS_OF_SLOPES = ((8, 0.95), (11, 0.9))
# The same on those with soft ends.
_SOFT_SLOPES = ((6, 0.95), (11, 0.85))
# And where `bases.is_nearly_singular`: two seeds of 50 had a divergence at a target of .8, none of
# 34 (those two among them) at this one.
NEARLY_SINGULAR = 0.85


def has_soft_ends(design: Design, priors: Priors, plan: Plan) -> bool:
    """Return whether the sds are sampled on coordinates of `soft_ends`."""
    sds = _sd_distributions(design, priors)
    if not sds or plan.centred is not None:
        return False
    light = not sds <= _HEAVY_TAILS
    limit = _FEW_INTERCEPTS_BEFORE_WALLS if light and not _has_slopes(design) else _FEW
    return _fewest(design) < limit and all(PRIOR_CODES[sd] in EVEN_PRIORS for sd in sds)


def least_target(design: Design, priors: Priors, plan: Plan) -> float:
    """Return the smallest target of the acceptance rate that suits the model; 0 for any."""
    sds = _sd_distributions(design, priors)
    if not sds:
        return 0.0
    slopes = _has_slopes(design)
    if has_soft_ends(design, priors, plan):
        limits = _SOFT_SLOPES if slopes else ()
    elif sds <= _HEAVY_TAILS:
        limits = _TAILS_OF_SLOPES if slopes else _TAILS
    else:
        limits = _WALLS_OF_SLOPES if slopes else _WALLS
    fewest = _fewest(design)
    return next((target for below, target in limits if fewest < below), 0.0)


def _has_slopes(design: Design) -> bool:
    return any(block.n_effects > 1 for block in design.blocks)


def _sd_distributions(design: Design, priors: Priors) -> frozenset[str]:
    """Return the distributions of the priors of sds; none without groups."""
    blocks = (block for block in design.blocks if block.n_groups > 1)
    return frozenset(priors[name].distribution for b in blocks for name in sd_names(b))


def _fewest(design: Design) -> int:
    return min(block.n_groups for block in design.blocks if block.n_groups > 1)
