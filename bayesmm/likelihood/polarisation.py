"""Mixed derivatives in several variables from derivatives along lines, which jets have.

Along the directions e_a, e_a + e_b, e_a - e_b and e_a + e_b + e_c they are, by polarisation:

    f_ab  = (D2[a + b] - D2[a - b]) / 4
    f_abb = (D3[a + b] + D3[a - b] - 2 f_aaa) / 6
    f_aab = (D3[a + b] - D3[a - b] - 2 f_bbb) / 6
    f_abc = (D3[a + b + c] - sum f_aaa - 3 sum f_aab) / 6
"""

from functools import cache
from itertools import combinations, permutations

import numpy as np

from bayesmm.arrays import Array

__all__ = ["Directions", "directions_of"]


class Directions:
    """The directions in k variables, of which g are those of the curvature.

    `size` is k, and `curved` are the g whose second derivatives with all variables are wanted, and
    third ones of two of them.
    """

    def __init__(self, size: int, curved: tuple[int, ...]) -> None:
        axes, among = np.eye(size), set(curved)
        self.size, self.curved = size, curved
        self.pairs = [p for p in combinations(range(size), 2) if among & set(p)]
        self.triples = [t for t in combinations(range(size), 3) if len(among & set(t)) > 1]
        both = [axes[a] + sign * axes[b] for sign in (1, -1) for a, b in self.pairs]
        rows = [*axes, *both, *(axes[list(places)].sum(axis=0) for places in self.triples)]
        self.matrix = np.array(rows)  # a row of each

    def mixed(self, second: Array, third: Array) -> tuple[Array, Array]:
        """Return the second derivatives (g, k, n) and third (g, g, k, n) from those along each."""
        if self.size < 2:
            some = slice(len(self.curved))
            return second[None][some], third[None, None][some, some]
        k, n = self.size, second.shape[1]
        ends = np.cumsum([k, len(self.pairs), len(self.pairs)])
        cube, plus, minus, whole = np.split(third, ends)
        _, plus2, minus2, _ = np.split(second, ends)
        places = {variable: place for place, variable in enumerate(self.curved)}
        of_two, of_three = np.empty((len(places), k, n)), np.empty((len(places),) * 2 + (k, n))
        for variable, place in places.items():
            of_two[place, variable] = second[variable]
            of_three[place, place, variable] = cube[variable]

        def put(values: Array, *variables: int) -> None:
            for a, b, c in set(permutations(variables)):
                if a in places and b in places:
                    of_three[places[a], places[b], c] = values

        squares = {}  # (a, b): twice in a, once in b
        for row, (a, b) in enumerate(self.pairs):
            for one, other in ((a, b), (b, a)):
                if one in places:
                    of_two[places[one], other] = (plus2[row] - minus2[row]) / 4
            squares[a, b] = (plus[row] - minus[row] - 2 * cube[b]) / 6
            squares[b, a] = (plus[row] + minus[row] - 2 * cube[a]) / 6
            put(squares[a, b], a, a, b)
            put(squares[b, a], a, b, b)
        for row, triple in enumerate(self.triples):
            of_pairs = sum(squares[pair] for pair in permutations(triple, 2))
            put((whole[row] - cube[list(triple)].sum(axis=0) - 3 * of_pairs) / 6, *triple)
        return of_two, of_three


@cache
def directions_of(size: int, curved: tuple[int, ...]) -> Directions:
    """Return the directions in `size` variables, which passes through the data share."""
    return Directions(size, curved)
