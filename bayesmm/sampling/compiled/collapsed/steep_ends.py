"""How small the steps of a Gaussian model have to be where its sds have steep ends.

With few levels the posterior of an sd reaches to where its prior ends it. In the sampler's
coordinates, on which an sd grows exponentially, a prior with a light tail ends it like a wall;
steps that are right in the middle overshoot there, and some transitions of 4,000 diverge, without
moving any number. A model with so few levels is small: smaller steps cost it milliseconds, a run
that is made again costs as much once more.

Measured on 50 data sets each, 4 to 40 groups, intercepts, correlated slopes and crossed factors
(shares with any divergence): with half-normal priors at a target of .8 70 % (4 groups), 36 to 58 %
(6 or 8), 2 to 18 % (12 to 40); at .9 0 to 2 % from 8 groups on, at .95 4 % of slopes with 6 groups
and 8 % of 4 groups. With half-t priors, the default: at .8 2 to 8 % up to 6 groups, 0 to 2 %
beyond.
"""

from bayesmm.model.design import Design
from bayesmm.model.names import sd_names
from bayesmm.model.priors import Priors

__all__ = ["least_target"]

_HEAVY_TAILS = frozenset({"HalfStudentT", "HalfCauchy", "InverseGamma"})
# Fewest levels of a factor, below which a target is taken.
_WALLS = ((6, 0.98), (11, 0.95), (61, 0.9))
_WALLS_OF_SLOPES = ((8, 0.98), (11, 0.95), (61, 0.9))
_TAILS = ((6, 0.9),)
_TAILS_OF_SLOPES = ((8, 0.95), (11, 0.9))


def least_target(design: Design, priors: Priors) -> float:
    """Return the smallest target of the acceptance rate that suits the model; 0 for any."""
    blocks = [block for block in design.blocks if block.n_groups > 1]
    if not blocks:
        return 0.0
    sds = [priors[name] for block in blocks for name in sd_names(block)]
    slopes = any(block.n_effects > 1 for block in blocks)
    if any(prior.distribution not in _HEAVY_TAILS for prior in sds):
        limits = _WALLS_OF_SLOPES if slopes else _WALLS
    else:
        limits = _TAILS_OF_SLOPES if slopes else _TAILS
    fewest = min(block.n_groups for block in blocks)
    return next((target for below, target in limits if fewest < below), 0.0)
