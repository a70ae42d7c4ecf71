"""The log likelihood of each group, its effects integrated out: for leave-one-group-out.

For a model with one grouping factor and a draw of (beta, theta),

    log p(y_j | beta, theta) = -1/2 [ n_j log 2 pi sigma^2 + log|N_j| / sigma^2q
                                      + (e_j'e_j - |T_j,e|^2) / sigma^2 + |l_j^-1 T_j,e|^2 ]

with e_j = y_j - X_j beta, plus 1/2 sum log w_i for known weights.
"""

import math

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.correlation import cholesky_of_correlation
from bayesmm.model.design import Design
from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.collapsed.level import group_factor
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.collapsed.rows import row_parts
from bayesmm.sampling.compiled.collapsed.statistics import factorised_groups
from bayesmm.sampling.compiled.collapsed.threads import in_threads
from bayesmm.sampling.compiled.kernels.triangles import solve_lower
from bayesmm.sampling.draws import ParameterDraws

__all__ = ["gaussian_group_log_likelihood"]

type Floats = NDArray[np.float64]


def gaussian_group_log_likelihood(
    design: Design, draws: ParameterDraws, *, cores: int = 1
) -> Floats:
    """Return log p(y_j | beta, theta) of each group j with its effects integrated out.

    Shape (chain, draw, J), in the order of the levels of the factor; the effects among the draws
    are not read. Raises UnsupportedModelError but for gaussian models with identity link and one
    grouping factor.
    """
    family = design.family
    names = {block.factor for block in design.blocks}
    if not family.linear or len(names) != 1:
        raise UnsupportedModelError(
            "The likelihood of a group has a closed form only for gaussian models with identity "
            f"link and one grouping factor, not for {family.name} with {family.link} link and "
            f"{len(names)} factors."
        )
    plan = make_plan(design)
    factor = plan.eliminated
    R, T, within = factorised_groups(row_parts(design, plan, shifted=False), by_group=True)
    counts = np.bincount(factor.codes, minlength=factor.n_groups).astype(float)
    log_weights = np.zeros(factor.n_groups)
    if design.weights is not None:
        log_weights = np.bincount(factor.codes, np.log(design.weights), minlength=factor.n_groups)
    shape = draws.beta.shape[:2]
    D = shape[0] * shape[1]
    beta = draws.beta.reshape(D, -1)
    if design.mu.intercept:
        centred = draws.intercept.reshape(D) + beta @ design.mu.centre
        beta = np.column_stack([centred, beta])
    sigma = np.ascontiguousarray(draws.auxiliary[family.auxiliary[0]].reshape(D))
    Lam = _covariance_factors(design, draws, factor.n_effects)
    out = np.empty((D, factor.n_groups))

    def work(part: slice) -> None:
        _fill(
            np.ascontiguousarray(beta[part]),
            sigma[part],
            Lam[part],
            R,
            T,
            within,
            counts,
            log_weights,
            np.empty((2, *R.shape[1:])),
            np.empty(T.shape[2]),
            np.empty(T.shape[1]),
            out[part],
        )

    in_threads(work, D, cores)
    return out.reshape(*shape, factor.n_groups)


def _covariance_factors(design: Design, draws: ParameterDraws, q: int) -> Floats:
    """Return Lam of all effects of the factor per draw, shape (D, q, q)."""
    first = draws.blocks[0].sd
    D = first.shape[0] * first.shape[1]
    Lam = np.zeros((D, q, q))
    at = 0
    for block, own in zip(design.blocks, draws.blocks, strict=True):
        width = block.n_effects
        part = slice(at, at + width)
        sd = own.sd.reshape(D, width)
        corr = np.broadcast_to(np.eye(width), (D, width, width))
        if own.corr is not None:
            corr = own.corr.reshape(D, width, width)
        Lam[:, part, part] = sd[:, :, None] * cholesky_of_correlation(corr)
        at += width
    return Lam


@array_function
def _fill(beta, sigma, Lam, R, T, within, counts, log_weights, scratch, e, r, out):
    """Fill `out`, shape (D, J); `within` holds the Gram matrix of each group beside its T_j'T_j.

    `scratch`, shape (2, q, q), e and r are overwritten.
    """
    J, q, m = T.shape
    p = m - 1
    E, chol = scratch[0], scratch[1]
    e[p] = 1.0
    for t in range(beta.shape[0]):
        variance = sigma[t] * sigma[t]
        for c in range(p):
            e[c] = -beta[t, c]
        constant = math.log(2.0 * math.pi * variance)
        for j in range(J):
            log_det = group_factor(R[j], Lam[t], q, variance, E, chol)
            square = 0.0
            for c in range(m):
                s = 0.0
                for d in range(m):
                    s += within[j, c, d] * e[d]
                square += e[c] * s
            square /= variance
            for a in range(q):
                s = 0.0
                for c in range(m):
                    s += T[j, a, c] * e[c]
                r[a] = s
            solve_lower(chol, q, r)
            for a in range(q):
                square += r[a] * r[a]
            out[t, j] = 0.5 * (log_weights[j] - counts[j] * constant - log_det - square)
