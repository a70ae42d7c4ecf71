"""The integrated likelihood of the cells, with the priors of the covariance of the mean."""

from bayesmm.sampling.compiled.collapsed.covariance import scale_precision
from bayesmm.sampling.compiled.heteroscedastic.cells import (
    cells_backward,
    cells_forward,
    room_for_groups,
)
from bayesmm.sampling.compiled.heteroscedastic.covariance import (
    effect_covariance,
    effect_covariance_backward,
)
from bayesmm.sampling.compiled.heteroscedastic.data import SharedField
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["cell_likelihood", "known_effects"]

_OF_SIGMA = SharedField.OF_SIGMA
_OF_MU = SharedField.OF_MU
_FIRST = SharedField.FIRST


@bare
def known_effects(data, covariance, standard, effects):
    """Write the part of the effects of the eliminated factor that those of sigma tell, (q, J)."""
    shared = data.shared
    for a in range(effects.shape[0]):
        for j in range(effects.shape[1]):
            effects[a, j] = 0.0
    for a in range(shared[_OF_MU]):
        for b in range(shared[_OF_SIGMA]):
            scale = covariance.shift[a, b]
            for j in range(effects.shape[1]):
                effects[shared[_FIRST] + a, j] += scale * standard[b, j]


@bare
def cell_likelihood(arena, data, log_sd, coordinates, standard, score, d_coordinates, d_standard):
    """Return log p(y | sigmas, coordinates) + log prior of the coordinates; write derivatives.

    `log_sd`, (K,), is log sigma of each cell, `coordinates` are those of the covariance of mu, see
    `covariance`, `standard`, (q_sigma, J), the standardised effects of sigma that effects of mu are
    correlated with; `score`, `d_coordinates` and `d_standard` become the derivatives in the three.
    """
    q, J, shared = data.R.shape[1], data.starts.size - 1, data.shared
    covariance, log_density = effect_covariance(arena, data, coordinates)
    parts = covariance.parts
    precision = take(arena, data.priors.precision.shape)
    scale_precision(data.priors, parts.values, precision)
    known, d_known = take(arena, (q, J)), take_zeros(arena, (q, J))
    known_effects(data, covariance, standard, known)
    groups = room_for_groups(arena, data)
    own, quad = cells_forward(arena, data, log_sd, known, parts.Lam, precision, groups)
    d_precision, dL = take(arena, precision.shape), take_zeros(arena, parts.L.shape)
    d_log = take_zeros(arena, parts.values.shape)
    d_shift = take_zeros(arena, covariance.shift.shape)
    cells_backward(
        arena,
        data,
        log_sd,
        known,
        parts,
        precision,
        groups,
        quad,
        d_precision,
        dL,
        score,
        d_known,
    )
    for b in range(shared[_OF_SIGMA]):
        for j in range(J):
            d_standard[b, j] = 0.0
        for a in range(shared[_OF_MU]):
            pull = 0.0
            for j in range(J):
                derivative = d_known[shared[_FIRST] + a, j]
                pull += derivative * standard[b, j]
                d_standard[b, j] += derivative * covariance.shift[a, b]
            d_shift[a, b] = pull
    log_density += own
    return log_density + effect_covariance_backward(
        arena, data, covariance, d_precision, dL, d_shift, d_log, d_coordinates
    )
