"""What moves with a parameter that is not standardised, measured from where that one puts it.

An intercept moves with the share of counts or with an sd, a dispersion with both. The leading
coordinates are those of the coefficients and then the m sources: further parameters, sds and
correlations. Of coordinates t the density reads x_i = t_i + sum_j (a_ij t_j + b_ij t_j^2) over the
sources j after i: a map onto the whole space, whose Jacobian is 1.
"""

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["shear_backward", "sheared"]


@bare
def sheared(shear, leading, x, moved):
    """Write into `moved` what the density reads at coordinates `x`."""
    for i in range(x.shape[0]):
        moved[i] = x[i]
    n, m = shear.shape[0], shear.shape[1] // 2
    first = n - m
    for i in range(n):
        value = x[leading[i]]
        for j in range(0 if i < first else i - first + 1, m):
            t = x[leading[first + j]]
            value += (shear[i, j] + shear[i, m + j] * t) * t
        moved[leading[i]] = value


@bare
def shear_backward(shear, leading, x, out):
    """Turn derivatives in what `sheared` writes into those in the coordinates."""
    n, m = shear.shape[0], shear.shape[1] // 2
    first = n - m
    for j in range(m - 1, -1, -1):
        t = x[leading[first + j]]
        total = out[leading[first + j]]
        for i in range(first + j):
            total += (shear[i, j] + 2.0 * shear[i, m + j] * t) * out[leading[i]]
        out[leading[first + j]] = total
