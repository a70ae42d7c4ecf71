"""What moves with a further parameter, measured from where it is expected given that one.

An intercept moves with the share of counts, a dispersion with both. Of coordinates t the density
reads x_i = t_i + sum_j (a_ij t_j + b_ij t_j^2) over the further parameters j after i: a map onto
the whole space, whose Jacobian is 1.
"""

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["shear_backward", "sheared"]


@bare
def sheared(shear, x, first, i):
    """Return coordinate i, with what those of further parameters, from `first` on, add."""
    value, m = x[i], shear.shape[1] // 2
    for j in range(0 if i < first else i - first + 1, m):
        t = x[first + j]
        value += (shear[i, j] + shear[i, m + j] * t) * t
    return value


@bare
def shear_backward(shear, x, first, out):
    """Turn derivatives in what `sheared` returns into those in the coordinates."""
    m = shear.shape[1] // 2
    for j in range(m - 1, -1, -1):
        t = x[first + j]
        for i in range(first + j):
            out[first + j] += (shear[i, j] + 2.0 * shear[i, m + j] * t) * out[i]
