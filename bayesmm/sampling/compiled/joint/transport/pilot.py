"""The gaussian approximation before any draw: penalised quasi-likelihood with the priors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.one_thread import one_blas_thread
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.linearise import FREE_LINKS
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.start import parameter_scale, starting_point
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
    transported_model,
    with_rows,
)
from bayesmm.sampling.compiled.joint.transport.rows import RowState, predictors, scores_of
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.joint.transport.weights import positive
from bayesmm.sampling.compiled.kernels import priors
from bayesmm.sampling.compiled.kernels.folded_line import unfolded_line
from bayesmm.sampling.compiled.kernels.registry import transported_address
from bayesmm.sampling.compiled.kernels.signed import POSITIVE, SINH

__all__ = ["Pilot", "approximation", "parameters_of", "pilot", "predictor_at"]

type Floats = NDArray[np.float64]

# Rounds of weights given the parameters, and parameters given the weights.
_ROUNDS = 5
_FIRST_ROUNDS = 4
_STEPS = 25
# A linear predictor moves this far in a round at most: the first weights may be far off.
_FARTHEST = 2.5
# The search ends so far from 0 in coordinates, which are of unit order; but the logarithm of a
# scale is where the units of the response put it, and there as far from its start.
_END = 8.0
_IMPOSSIBLE = 1e300


@dataclass(frozen=True, slots=True, eq=False)
class Pilot:
    """What is known before the first draw."""

    model: TransportedModel  # in the coordinates of the last weights
    start: Floats  # coordinates of the mode

    @property
    def problem(self) -> str | None:
        """Why chains cannot start there, or None."""
        density = compiled_transported_density(self.model, self.start, self.start)
        if np.isfinite(evaluate(density, self.start)[0]):
            return None
        return "the pilot found no possible mode"


def pilot(joint: JointModel) -> Pilot:
    """Return `plain_model` in coordinates that fit it roughly, and where the chains may start."""
    transported_address()  # first: a second process may compile rows meanwhile
    with one_blas_thread():  # the search for the mode solves small systems
        return _pilot(joint)


def _pilot(joint: JointModel) -> Pilot:
    rows = scores_of(joint)
    D, n = len(joint.design.linear_predictors), joint.data.codes.shape[1]
    ones = np.broadcast_to(np.eye(D)[:, :, None], (D, D, n))
    model = transported_model(joint, Approximation(ones, np.zeros((D, n))))
    x = _first_position(model)
    eta = _first_predictor(joint)
    found = transported_parameters(model, x)
    state = rows.at(eta, found[joint.layout.auxiliary], found)
    model = with_rows(model, approximation(joint, eta, state), found)
    for round_ in range(_FIRST_ROUNDS + _ROUNDS):
        if round_ >= _FIRST_ROUNDS:
            x = _mode(model, x)
        found = transported_parameters(model, x)
        new, further = predictor_at(joint, found)
        new = _nearer(joint, eta, new)
        state = rows.at(new, further, found)
        if not np.isfinite(state.log_likelihood):
            break
        eta = new
        model = with_rows(model, approximation(joint, eta, state), found)
    return Pilot(model, x)


def approximation(joint: JointModel, eta: Floats, state: RowState) -> Approximation:
    """Return the weights and pulls of the rows at a linear predictor."""
    usable = np.isfinite(state.curvature).all(axis=(0, 1)) & np.isfinite(state.score).all(axis=0)
    weights = positive(np.where(usable, state.curvature, 0.0))
    own = eta - offset_of(joint)
    pulls = np.einsum("den,en->dn", weights, own)
    return Approximation(weights, pulls + np.where(usable, state.score, 0.0))


def _nearer(joint: JointModel, eta: Floats, new: Floats) -> Floats:
    """Return linear predictors that are not too far from others, on links of any sign."""
    moved, latent = new.copy(), joint.design.family.latent
    for d, predictor in enumerate(joint.design.linear_predictors):
        if predictor.link in FREE_LINKS or (latent and d == 0):
            moved[d] = eta[d] + np.clip(new[d] - eta[d], -_FARTHEST, _FARTHEST)
    return moved


def offset_of(joint: JointModel) -> Floats:
    """Return the known part of the linear predictors of the rows as merged, shape (D, n)."""
    nothing = np.zeros(sum(p.n_effects * p.n_groups for p in joint.layout.blocks))
    return predictors(joint, np.zeros(joint.layout.coefficients.stop), nothing)


def predictor_at(joint: JointModel, found: Floats) -> tuple[Floats, Floats]:
    """Return linear predictors and further parameters from `transported_parameters`, (d,)."""
    layout = joint.layout
    values = np.concatenate([np.empty(0), *(found[p.effects] for p in layout.blocks)])
    return predictors(joint, found[layout.coefficients], values), found[layout.auxiliary]


def _first_predictor(joint: JointModel) -> Floats:
    """Return linear predictors at the level of the response, shape (D, n)."""
    design = joint.design
    centres = [parameter_scale(design, own)[0] for own in design.linear_predictors]
    return np.array(centres)[:, None] + offset_of(joint)


def _first_position(model: TransportedModel) -> Floats:
    """Return further parameters and modest sds in their coordinates, and z = 0."""
    joint = model.joint
    layout = joint.layout
    start, _ = starting_point(joint.inside, layout, joint.geometry, joint.priors)
    x = np.zeros(layout.dimension)
    x[layout.auxiliary] = start[layout.auxiliary]
    first = layout.auxiliary.stop
    for place in layout.blocks:
        for a in range(place.n_effects):
            at, row = place.sds.start + a, joint.priors[place.prior + a]
            kind, scale, fold = model.data.sds[place.prior + a - first]
            [sd], _ = priors.prior_parameters_at(row[None], start[at : at + 1])
            share = np.arcsinh(sd / scale) if kind == SINH else sd / scale
            x[at] = start[at] if kind == POSITIVE else unfolded_line(share / fold)
    return x


def _mode(model: TransportedModel, x: Floats) -> Floats:
    """Return the mode of further parameters, sds and correlations at z = 0."""
    free = parameters_of(model.joint)
    if not free.any():
        return x
    density = compiled_transported_density(model, x, x)

    def negative(t: Floats) -> tuple[float, Floats]:
        at = np.zeros(x.size)
        at[free] = t
        value, gradient = evaluate(density, at)
        if not np.isfinite(value):
            return _IMPOSSIBLE, np.zeros(t.size)
        return -value, -gradient[free]

    start = x[free]
    middle = np.where(np.abs(start) > _END / 2, start, 0.0)
    ends = np.column_stack([middle - _END, middle + _END])
    from scipy.optimize import minimize  # noqa: PLC0415  (slow to import; gaussian models do without)

    with one_blas_thread():  # again, for the BLAS that SciPy has brought
        found = minimize(
            negative, start, jac=True, method="L-BFGS-B", bounds=ends, options={"maxiter": _STEPS}
        )
    mode = np.zeros(x.size)
    mode[free] = found.x
    return mode if found.fun < _IMPOSSIBLE else x


def parameters_of(joint: JointModel) -> NDArray[np.bool_]:
    """Return which coordinates are not standardised: further parameters, sds, correlations."""
    layout = joint.layout
    own = np.zeros(layout.dimension, dtype=bool)
    own[layout.auxiliary] = True
    for place in layout.blocks:
        own[place.sds] = own[place.partials] = True
    return own
