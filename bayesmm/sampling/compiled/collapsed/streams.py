"""Random streams inside compiled code: one per draw, whatever thread computes it.

A stream is a xoshiro256++ generator whose state is filled by splitmix64 from the seed and the
index of the draw. Normal variates come from the ziggurat with 256 layers.

References
----------
Blackman & Vigna (2021), ACM Trans. Math. Softw. 47(4), doi:10.1145/3460772.
Marsaglia & Tsang (2000), J. Stat. Softw. 5(8), doi:10.18637/jss.v005.i08.
"""

import math

import numpy as np
from numpy import uint64

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["open_stream", "standard_normal"]

_LAYERS = 256
_TAIL = 3.6541528853610088  # right edge of the base layer of a 256-layer ziggurat
_AREA = 0.00492867323399  # common area of the layers, exp(-x^2 / 2) unnormalised


def _ziggurat() -> tuple[np.ndarray, np.ndarray]:
    """Return the edges x_0 > x_1 > ... > x_256 = 0 of the layers and the density there."""
    density = lambda x: math.exp(-0.5 * x * x)  # noqa: E731
    edges = [_AREA / density(_TAIL), _TAIL]
    for _ in range(2, _LAYERS):
        edges.append(math.sqrt(-2.0 * math.log(_AREA / edges[-1] + density(edges[-1]))))
    edges.append(0.0)
    x = np.array(edges)
    return x, np.exp(-0.5 * x * x)


_EDGES, _DENSITY = _ziggurat()


@bare
def _splitmix(z):
    z += uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
    return z ^ (z >> uint64(31))


@bare
def open_stream(seed, index, state):
    """Fill `state`, uint64 of length 4, with the start of stream `index` of `seed`."""
    key = _splitmix(_splitmix(uint64(seed)) ^ uint64(index))
    for k in range(4):
        key = _splitmix(key + uint64(k))
        state[k] = key


@bare
def _next(s):
    """Return the next 64 random bits of xoshiro256++."""
    total = s[0] + s[3]
    out = ((total << uint64(23)) | (total >> uint64(41))) + s[0]
    t = s[1] << uint64(17)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << uint64(45)) | (s[3] >> uint64(19))
    return out


@bare
def _uniform(s):
    """Return a uniform variate in (0, 1], 53 bits."""
    return (float(_next(s) >> uint64(11)) + 1.0) * (1.0 / 9007199254740992.0)


@bare
def standard_normal(s):
    """Return a N(0, 1) variate from the stream with state `s`."""
    while True:
        bits = _next(s)
        layer = bits & uint64(255)  # unsigned: no test for an index from the end
        # The 53 bits above those of the layer and the sign: one word makes the whole proposal.
        x = float(bits >> uint64(11)) * (1.0 / 9007199254740992.0) * _EDGES[layer]
        sign = -1.0 if bits & uint64(256) else 1.0
        if x < _EDGES[layer + uint64(1)]:
            return sign * x
        if layer == 0:
            while True:
                x = -math.log(_uniform(s)) / _TAIL
                if -2.0 * math.log(_uniform(s)) > x * x:
                    return sign * (_TAIL + x)
        low = _DENSITY[layer]
        if low + _uniform(s) * (_DENSITY[layer + uint64(1)] - low) < math.exp(-0.5 * x * x):
            return sign * x
