"""Continuous responses with zeros of their own: P(0) = 1 - psi, and else psi times a density."""

from dataclasses import replace

import numpy as np

from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, log1p, where
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.family.zeros import HURDLE_PSI, below_of, mixed_with_zeros, or_zero

__all__ = ["INSIDE", "off_atoms", "with_zeros"]

# Stands for a response at an end of its range, where the density of the others is not asked for.
INSIDE = 0.5

_PSI = replace(HURDLE_PSI, meaning="share of rows above 0")


def off_atoms(draws, *atoms):
    """Return draws of the continuous part: one that rounding puts on an atom is the number beside.

    Of a small precision many shares are nearer to 1 than any other number is. They would count
    as rows that are 1, of which the model says something else.
    """
    for atom in atoms:
        draws = np.where(draws == atom, np.nextafter(atom, INSIDE), draws)
    return draws


def with_zeros(others: Family, words: Words) -> Family:
    """Return the family of responses that are 0, or else come from another continuous family.

    The normaliser of the log density of the `others`, which responses above 0 come from, is of no
    value.
    """
    of_others, constant, own_base = (
        others.density.kernel,
        others.density.normaliser,
        others.density.base,
    )

    below_others, above_others = others.density.log_below, others.density.log_above
    between_others = others.density.interval

    def kernel(y, argument, *further):
        inside = where(y == 0.0, INSIDE, y)
        return where(y == 0.0, 0.0, of_others(inside, argument, *further[:-1]))

    def normaliser(y, *further):
        above = log(further[-1]) + constant(INSIDE, *further[:-1])
        return where(y == 0.0, log1p(-further[-1]), above)

    def base(y):
        return where(y == 0.0, 0.0, own_base(where(y == 0.0, INSIDE, y)))

    def log_above(y, argument, *further):
        inside = where(y <= 0.0, INSIDE, y)
        others_above = above_others(inside, argument, *further[:-1])
        return log(further[-1]) + where(y <= 0.0, 0.0, others_above)

    def log_between(lower, upper, argument, *further):
        # above 0 are all of the others
        inside = where(lower <= 0.0, 0.5 * upper, lower)
        some = between_others(inside, upper, argument, *further[:-1])
        every = below_others(upper, argument, *further[:-1])
        return log(further[-1]) + where(lower <= 0.0, every, some)

    def below(y, rows):
        psi = rows.auxiliary["psi"]
        return 1 - psi + np.where(y > 0, psi * others.below(_inside(y), rows), 0.0)

    def score(y, rows):
        first, information = others.score_in_mean(_inside(y), rows)
        return np.where(y == 0, 0.0, first), rows.auxiliary["psi"] * information

    def zero_rows(y, mu, mu_derivative):
        return mu, mu_derivative, np.where(y == 0, np.inf, others.variance_function(mu))

    def other(generator, rows):
        return off_atoms(others.random(generator, rows), 0.0)

    mixed = mixed_with_zeros(others) | {"random": or_zero(other)}
    return replace(
        others,
        name=f"hurdle_{others.name}",
        parameters=(*others.parameters, _PSI),
        density=replace(
            others.density,
            kernel=kernel,
            normaliser=normaliser,
            base=base,
            silent=(0.0,),
            log_below=below_of(log_above),
            log_above=log_above,
            log_between=log_between,
        ),
        own_log_density=None,
        **mixed,
        below=below,
        proportional=mixed["mean"] if others.mean is None else None,
        atoms={0.0: lambda rows: 1 - rows.auxiliary["psi"] + 0 * rows.mu},
        score=score,
        on_link_scale={},
        location_is_normal=False,
        variance_function=None,
        zero_rows=None if others.variance_function is None else zero_rows,
        compiled={},
        estimation=Estimation(),
        limits={others.name: ("psi",)},
        words=words,
    )


def _inside(y):
    return np.where(y == 0, INSIDE, y)
