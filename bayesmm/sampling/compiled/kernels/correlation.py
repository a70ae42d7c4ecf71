"""Correlation matrices by canonical partial correlations, with the LKJ prior.

A correlation matrix of q effects is L L' with, for t_ab = tanh z_ab (b < a),
L_ab = t_ab prod_{c<b} sqrt(1 - t_ac^2) and L_aa = prod_{c<a} sqrt(1 - t_ac^2).
Under LKJ(eta) the t_ab are independent with density (1 - t^2)^(eta - 1 + (q - 2 - b) / 2).

References
----------
Lewandowski, Kurowicka and Joe (2009), doi:10.1016/j.jmva.2009.04.008.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["correlation_backward", "partials_to_cholesky"]


@bare
def partials_to_cholesky(z, q, L):
    """Write the Cholesky factor of the correlation matrix into the lower triangle of `L`, (q, q).

    The coordinates z_ab come row by row: z_10, z_20, z_21, ... The upper triangle receives tanh z
    (``L[b, a]`` is t_ab), which `correlation_backward` reads; it is not part of the factor.
    """
    k = 0
    for a in range(q):
        remaining = 1.0
        for b in range(a):
            t = math.tanh(z[k])
            L[b, a] = t
            L[a, b] = t * remaining
            remaining *= math.sqrt((1.0 - t) * (1.0 + t))
            k += 1
        L[a, a] = remaining


@bare
def correlation_backward(q, L, dL, eta, out):
    """Return the log LKJ density of z, of shape eta; write the gradient in z into `out`.

    L is as left by `partials_to_cholesky`, dL, (q, q), has the derivatives of the rest of the log
    density in its lower triangle.
    """
    log_density = 0.0
    k = 0
    for a in range(1, q):
        remaining = 1.0
        for b in range(a):
            t = L[b, a]
            rest = (1.0 - t) * (1.0 + t)
            # (1 - t^2)^(power - 1) from the prior, one more from dt/dz = 1 - t^2
            power = eta + 0.5 * (q - 2 - b)
            log_density += power * math.log(rest)
            out[k + b] = dL[a, b] * remaining * rest - 2.0 * power * t
            remaining *= math.sqrt(rest)
        # t_ab also scales every later entry of its row: d log L_ac / dz_ab = -t_ab for c > b.
        later = dL[a, a] * L[a, a]
        for b in range(a - 1, -1, -1):
            out[k + b] -= L[b, a] * later
            later += dL[a, b] * L[a, b]
        k += a
    return log_density
