"""Operations on stretches of flat arrays, one number per level, as vector instructions."""

from bayesmm.sampling.compiled.kernels.inner import bare, flat

__all__ = ["add", "add_many", "add_product", "multiply", "scaled_vector", "subtract_product"]


@bare
def scaled_vector(out, i, c, x, j, n):
    """Write c x."""
    target, source = out[i : i + n], x[j : j + n]
    for k in range(n):
        target[k] = c * source[k]


@bare
def add(out, i, c, x, j, n):
    """Add c x."""
    target, source = out[i : i + n], x[j : j + n]
    for k in range(n):
        target[k] += c * source[k]


@bare
def _add_four(out, i, c, x, j, n):
    """Add ``c[0] x_0 + .. + c[3] x_3``, whose stretches of x follow each other."""
    target = out[i : i + n]
    first, second = x[j : j + n], x[j + n : j + 2 * n]
    third, fourth = x[j + 2 * n : j + 3 * n], x[j + 3 * n : j + 4 * n]
    c0, c1, c2, c3 = c[0], c[1], c[2], c[3]
    for k in range(n):
        target[k] += (c0 * first[k] + c1 * second[k]) + (c2 * third[k] + c3 * fourth[k])


@flat
def add_many(out, i, c, x, j, n):
    """Add ``c[0] x_0 + c[1] x_1 + ..``, whose stretches of x follow each other."""
    k = 0
    while k + 4 <= c.shape[0]:
        _add_four(out, i, c[k : k + 4], x, j + k * n, n)
        k += 4
    while k < c.shape[0]:
        add(out, i, c[k], x, j + k * n, n)
        k += 1


@bare
def multiply(out, i, x, j, n):
    """Multiply by x."""
    target, source = out[i : i + n], x[j : j + n]
    for k in range(n):
        target[k] *= source[k]


@bare
def add_product(out, i, x, j, y, m, n):
    """Add x y."""
    target, one, two = out[i : i + n], x[j : j + n], y[m : m + n]
    for k in range(n):
        target[k] += one[k] * two[k]


@bare
def subtract_product(out, i, x, j, y, m, n):
    """Subtract x y."""
    target, one, two = out[i : i + n], x[j : j + n], y[m : m + n]
    for k in range(n):
        target[k] -= one[k] * two[k]
