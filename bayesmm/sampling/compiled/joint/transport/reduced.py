"""Sums over the rows less what finer levels take at the middle of the posterior."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.sums import FrozenSums
from bayesmm.sampling.compiled.kernels.transport_data import LinkField

__all__ = ["covariance_matrices", "links_alone", "reduced_sums", "rotated_sums"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


def covariance_matrices(joint: JointModel, found: Floats) -> list[Floats]:
    """Return the covariance matrix of each block at parameters, those of one position."""
    matrices = []
    for place in joint.layout.blocks:
        factor = np.eye(place.n_effects)
        if place.correlated:
            factor = cholesky_from_partials(found[place.partials], place.n_effects)
        factor = found[place.sds][:, None] * factor
        matrices.append(factor @ factor.T)
    return matrices


def links_alone(chain: Integers) -> Integers:
    """Return the table of `levels_alone`: links of q + 1 columns, one after the other."""
    alone = chain.copy()
    alone[:, LinkField.WIDTH] = chain[:, LinkField.EFFECTS] + 1
    columns = [LinkField.EFFECTS, LinkField.LEVELS, LinkField.WIDTH]
    sizes = alone[:, columns].prod(axis=1)
    starts = np.cumsum(sizes) - sizes
    alone[:, LinkField.FROZEN] = alone[:, LinkField.FACTORS] = starts
    alone[:, LinkField.LEFT] = -1
    return alone


def reduced_sums(sums: FrozenSums, matrices: Sequence[Floats]) -> FrozenSums:
    """Return what the elimination leaves of each link and of the border.

    `matrices` are the covariance matrices of the effects of each block, (q, q).
    """
    frozen, border = sums.frozen.copy(), sums.border.copy()
    B = len(border)
    for i, link in enumerate(sums.chain):
        q, J = link[LinkField.EFFECTS], link[LinkField.LEVELS]
        F = np.moveaxis(_of_link(frozen, link), 2, 0)
        own, rest = F[:, :, :q], F[:, :, q:]
        covariance = matrices[link[LinkField.BLOCK]]
        # Sigma (I + F Sigma)^-1, that of the effects given all that is coarser
        given = covariance @ np.linalg.inv(np.eye(q) + own @ covariance)
        taken = given @ rest
        first = 0
        for m in range(i + 1, len(sums.chain)):
            at = link[LinkField.OUTER] + (m - i - 1) * J
            target = _of_link(frozen, sums.chain[m])
            for r in range(len(target)):
                product = np.einsum("jq,jqt->tj", taken[:, :, first + r], rest[:, :, first:])
                for t, values in enumerate(product):
                    levels = sums.outer[at : at + J]
                    target[r, t] -= np.bincount(levels, values, target.shape[2])
            first += len(target)
        border -= np.einsum("jqr,jqt->rt", taken[:, :, first : first + B], rest[:, :, first:])
    return replace(sums, frozen=frozen, border=border)


def rotated_sums(border: Floats, precisions: Floats, pulls: Floats) -> tuple[Floats, ...]:
    """Return ``rotation``, ``spectrum`` and ``given`` of `TransportData` for a reduced border."""
    J = len(border) - precisions.size
    across = border[J:, :J]
    own = border[J:, J:-1] + np.diag(precisions)
    if not np.all(np.linalg.eigvalsh(own) > 0.0):
        # no map: the border as it is says so
        return np.zeros((0, 0)), np.zeros((2, 0)), np.zeros((0, 0))
    upper = np.linalg.inv(np.linalg.cholesky(own)).T
    lines = np.column_stack([across, border[J:, -1] + pulls])
    given = upper @ (upper.T @ lines)
    values, vectors = np.linalg.eigh(border[:J, :J] - across.T @ given[:, :J])
    h = vectors.T @ (border[:J, -1] - across.T @ given[:, J])
    given[:, :J] *= -1.0
    spectrum = np.vstack([np.maximum(values, 0.0), h])
    return np.ascontiguousarray(vectors), spectrum, np.hstack([given, upper])


def _of_link(frozen: Floats, link: Integers) -> Floats:
    """Return the sums of a link, shape (q, width, J): a view."""
    shape = link[LinkField.EFFECTS], link[LinkField.WIDTH], link[LinkField.LEVELS]
    return frozen[link[LinkField.FROZEN] :][: int(np.prod(shape))].reshape(shape)
