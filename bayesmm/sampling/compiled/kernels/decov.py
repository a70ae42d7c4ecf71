"""rstanarm's prior of the sds of one block: a gamma size, and Dirichlet shares of the variance.

sd_a = scale d tau sqrt(q pi_a) for the q effects of a block, with tau ~ Gamma(shape, 1), pi ~
Dirichlet(concentration) and the dispersion d: sigma of the gaussian family, else 1. With
S = sum_a sd_a^2 = q (scale d tau)^2 and pi_a = sd_a^2 / S the density of the logarithms of the
sds is, up to a constant,

    log p = shape log tau - tau + concentration sum_a log pi_a.

(In log tau and pi_1 .. pi_{q-1} the Dirichlet density has pi_a^(concentration - 1) for each a;
the Jacobian of the map to the log sds is the missing prod_a pi_a.)

References
----------
Goodrich, Gabry, Ali and Brilleman (2022), rstanarm, ``help("priors", "rstanarm")``.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["add_decov"]


@bare
def add_decov(row, sds, dispersion, gradient):
    """Return log p and its derivative with respect to log d, d the dispersion.

    `row` is ``(code, concentration, shape, scale, positive, q)``, see ``priors.prior_rows``. The q
    sds come first in `sds`; derivatives in their logarithms are added to the first q entries of
    `gradient`.
    """
    concentration, shape, scale, q = row[1], row[2], row[3], int(row[5])
    squares = 0.0
    for a in range(q):
        squares += sds[a] * sds[a]
    tau = math.sqrt(squares / q) / (scale * dispersion)
    pull = shape - tau
    log_density = shape * math.log(tau) - tau - concentration * q * math.log(squares)
    for a in range(q):
        share = sds[a] * sds[a] / squares
        log_density += 2.0 * concentration * math.log(sds[a])
        gradient[a] += pull * share + 2.0 * concentration * (1.0 - q * share)
    return log_density, -pull
