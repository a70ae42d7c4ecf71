"""What the transported density reads beside `data.JointData`, and its scratch."""

from typing import NamedTuple

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import JointData
from bayesmm.sampling.compiled.kernels.records import (
    Integers,
    Matrix,
    Rows,
    Vector,
    record_reader,
)
from bayesmm.sampling.compiled.kernels.workspace import places_of, space_reader

__all__ = [
    "CarriedField",
    "LinkField",
    "TransportData",
    "TransportSpace",
    "space_of",
    "transport_of_table",
    "transport_places",
]


class LinkField:
    """Columns of ``TransportData.chain``."""

    BLOCK = 0
    EFFECTS = 1  # q
    LEVELS = 2  # J
    WIDTH = 3  # columns of a level: its own q, those of the coarser levels, the border, the pull
    FROZEN = 4  # where the (q, width, J) frozen sums are in `frozen`
    LEFT = 5  # where what is left of them is in `TransportSpace.left`, -1 for the first link
    FACTORS = 6  # where the factors are in `TransportSpace.factors`
    OUTER = 7  # where the levels of the coarser links are in `outer`, (coarser links, J)
    VALUES_AT = 8  # first level value
    EFFECTS_AT = 9  # first coordinate
    COUNT = 10


class CarriedField:
    """Columns of ``TransportData.carried``."""

    COEFFICIENT = 0
    VALUES_AT = 1  # first level value that carries it
    WEIGHTS = 2  # where its weights begin in `weights`
    LEVELS = 3
    COUNT = 4


class TransportData(NamedTuple):
    """The gaussian approximation that the coordinates are standardised by.

    With weights W and pulls h = W ytilde of the rows, frozen, and M the columns of all effects: the
    chain of factors nested in one another, the finest first, and the border, which has the effects
    of all other factors (level by level) and the coefficients.

    The three `modes` are 0 for density and gradient, 1 for the parameters in the place of the
    gradient; the number of coordinates; address of `transported_gradient`. Where each level is by
    itself, see `levels_alone`, what finer levels take from coarser ones and the border is gone from
    `frozen` and `border`. Not standardised are further parameters, sds and correlations.
    """

    modes: Integers  # (3,), see above
    chain: Rows  # its m factors, (m, LinkField.COUNT)
    alone: Rows  # the same with each level by itself; else no rows
    outer: Integers  # levels of the coarser factors that each level is in
    others: Rows  # the other blocks: block, and the first column of the border, (K - m, 2)
    frozen: Vector  # of links M'W [M of the level and coarser ones, border, ytilde], (q, width, J)
    border: Matrix  # the same of the border, (B, B + 1)
    rotation: Matrix  # where the border is `border_rotated`: Q, (J, J)
    spectrum: Matrix  # its lambda, and h, (2, J)
    given: Matrix  # its [G | beta_0 | T], (coefficients, J + 1 + coefficients)
    precisions: Vector  # of the normal distributions near the priors of the coefficients
    pulls: Vector  # of these
    bounds: Matrix  # where a prior of a coefficient is on a part of the line: which, see `bounded`
    sds: Matrix  # kind, scale and fold of each coordinate, see `signed` and `folded`, (sds, 3)
    leading: Integers  # coordinates of coefficients, then of what is not standardised
    shear: Matrix  # what the last m of these, then their squares, add to those before, (.., 2 m)
    following: Vector  # how effects of the first link follow their sd, see `following`, (1 + 2 J,)
    carried: Rows  # coefficients that act on level values in the place of the rows
    weights: Vector  # the weights with which they do
    space: Integers  # where the scratch is, see `TransportSpace`


# In the table of a density it comes after the data of the model.
transport_of_table = record_reader(TransportData, before=JointData)


class TransportSpace(NamedTuple):
    """Arrays of float64 that an evaluation writes.

    Attributes
    ----------
    eta, work, scalars, slopes, d_scalars
        As in `workspace.Workspace`.
    L, C, dC : shape (K q, q)
        Factors of the correlation and of the (signed) covariance of each block, and derivatives.
    scales : shape (2 K, q)
        Signed sds, and their derivatives in their coordinates.
    values, d_values : shape (values,)
        Effects u = C v, and the derivatives of log p in them.
    standard, scores : shape (values,)
        v, and K^-1 times the derivative in v, which is the one in the coordinates.
    factors : 1-d
        Of each link [K' | E], (q, width, J), see `elimination`.
    left, d_left : 1-d
        Frozen sums less what finer levels took, and derivatives in them.
    rest, factor : shape (B, B + 1)
        The same of the border: what is left, and K'.
    d_factor : shape (B + 1, B + 1)
        Derivatives in `factor`, then in `rest`.
    product : shape (B, B)
        Scratch.
    natural, solved, free, d_natural, border_scores : shape (B,)
        The border's u and coefficients, its v and coefficients, these without bounds, derivatives.
    tail, small : 1-d
        Scratch of one link: derivatives in [K' | E], and q x q matrices per level.
    moved : 1-d
        The coordinates with what `shear` and `following` add.
    stretch : 1-d
        What `following` multiplies coordinates of effects by.
    levels : shape (values,)
        Level values as the rows read them: effects and the coefficients that they carry.
    """

    eta: object
    work: object
    scalars: object
    slopes: object
    d_scalars: object
    L: object
    C: object
    dC: object
    scales: object
    values: object
    d_values: object
    standard: object
    scores: object
    factors: object
    left: object
    d_left: object
    rest: object
    factor: object
    d_factor: object
    product: object
    natural: object
    solved: object
    free: object
    d_natural: object
    border_scores: object
    tail: object
    small: object
    moved: object
    stretch: object
    levels: object


_VECTORS = frozenset(
    (
        *("scalars", "slopes", "d_scalars", "values", "d_values", "standard", "scores", "factors"),
        *("left", "d_left", "natural", "solved", "free", "d_natural", "border_scores", "tail"),
        "small",
        "moved",
        "stretch",
        "levels",
    )
)
# The arrays of `transport_places`.
space_of = space_reader(TransportSpace, _VECTORS)


def transport_places(
    *,
    predictors: int,
    coefficients: int,
    further: int,
    blocks: int,
    q: int,
    values: int,
    dimension: int,
    chain: Integers,
    alone: Integers,
    border: int,
) -> Integers:
    """Return where each array of `TransportSpace` is, see `workspace.workspace_places`.

    There are so many coordinates (`dimension`) and columns of the `border`, B.
    """
    scalars, square = (coefficients + further, 1), (blocks * q, q)
    vector, edge = (values, 1), (border, 1)
    links = alone if len(alone) else chain
    sizes = links[:, LinkField.EFFECTS] * links[:, LinkField.LEVELS] * links[:, LinkField.WIDTH]
    left = (int(sizes[0 if len(alone) else 1 :].sum()), 1)
    squares = links[:, LinkField.EFFECTS] ** 2 * links[:, LinkField.LEVELS]
    return places_of(
        TransportSpace(
            eta=(predictors, CHUNK),
            work=(max(5, 1 + further), CHUNK),
            scalars=scalars,
            slopes=scalars,
            d_scalars=scalars,
            L=square,
            C=square,
            dC=square,
            scales=(2 * blocks, q),
            values=vector,
            d_values=vector,
            standard=vector,
            scores=vector,
            factors=(int(sizes.sum()), 1),
            left=left,
            d_left=left,
            rest=(border, border + 1),
            factor=(border, border + 1),
            d_factor=(border + 1, border + 1),
            product=(border, border),
            natural=edge,
            solved=edge,
            free=edge,
            d_natural=edge,
            border_scores=edge,
            tail=(int(sizes.max(initial=0)), 1),
            small=(2 * int(squares.max(initial=0)), 1),
            moved=(dimension, 1),
            stretch=vector,
            levels=vector,
        )
    )
