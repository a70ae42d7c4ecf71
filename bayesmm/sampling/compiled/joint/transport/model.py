"""The joint density in transported coordinates as arrays for the kernel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.joint.geometry import plain_geometry
from bayesmm.sampling.compiled.joint.model import JointModel, address_of_rows, joint_model
from bayesmm.sampling.compiled.joint.transport.bounded import coefficient_bounds, has_bounds
from bayesmm.sampling.compiled.joint.transport.carried import carried_coefficients
from bayesmm.sampling.compiled.joint.transport.plan import TransportPlan, transport_plan
from bayesmm.sampling.compiled.joint.transport.reduced import (
    covariance_matrices,
    links_alone,
    reduced_sums,
    rotated_sums,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation, frozen_sums
from bayesmm.sampling.compiled.kernels.data import JointData
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES
from bayesmm.sampling.compiled.kernels.records import arrays_of_record, table_of_record
from bayesmm.sampling.compiled.kernels.registry import transported_address
from bayesmm.sampling.compiled.kernels.signed import LINEAR, POSITIVE, SINH
from bayesmm.sampling.compiled.kernels.transport_data import TransportData, transport_places
from bayesmm.sampling.compiled.kernels.transported_gradient import transported_gradient_address

__all__ = ["TransportedModel", "compiled_transported_density", "plain_model", "transported_model"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Coordinate of an sd by its prior, and which parameter of the prior is its scale (none: 1). Priors
# that are zero or infinite at sd = 0, or of bounded support, keep the coordinates of `priors`.
_COORDINATES = {
    "HalfNormal": (LINEAR, 0),
    "Normal": (LINEAR, 1),
    "Laplace": (LINEAR, 1),
    "Logistic": (LINEAR, 1),
    "Exponential": (LINEAR, None),
    "HalfStudentT": (SINH, 1),
    "StudentT": (SINH, 2),
    "HalfCauchy": (SINH, 0),
    "Cauchy": (SINH, 1),
    "HalfFlat": (SINH, None),
    "Flat": (SINH, None),
}
_NAMES = {code: name for name, code in PRIOR_CODES.items()}
# Variance of a t distribution that its middle is taken for, and of a double exponential and a
# logistic one.
_WIDER_T, _WIDER_LAPLACE, _WIDER_LOGISTIC = 1.5**2, 2.0, np.pi**2 / 3.0
# Mean and variance of a normal distribution near each prior; of half of one, those of the whole.
_MOMENTS: Mapping[str, Callable[[float, float, float], tuple[float, float]]] = {
    "Normal": lambda a, b, c: (a, b**2),
    "StudentT": lambda a, b, c: (b, _WIDER_T * c**2),
    "Cauchy": lambda a, b, c: (a, _WIDER_T * b**2),
    "Laplace": lambda a, b, c: (a, _WIDER_LAPLACE * b**2),
    "Logistic": lambda a, b, c: (a, _WIDER_LOGISTIC * b**2),
    "Uniform": lambda a, b, c: (0.5 * (a + b), (b - a) ** 2 / 12.0),
    "HalfNormal": lambda a, b, c: (0.0, a**2),
    "HalfStudentT": lambda a, b, c: (0.0, _WIDER_T * b**2),
    "HalfCauchy": lambda a, b, c: (0.0, _WIDER_T * a**2),
    "Exponential": lambda a, b, c: (0.0, _WIDER_LAPLACE / a**2),
    "Gamma": lambda a, b, c: (a / b, a / b**2),
    "InverseGamma": lambda a, b, c: (b / (a + 1.0), (b / (a + 1.0)) ** 2),
}


@dataclass(frozen=True, slots=True, eq=False)
class TransportedModel:
    """A model with the approximation that its coordinates are standardised by."""

    joint: JointModel  # without centred levels, carried coefficients or integrated factors
    plan: TransportPlan  # what is eliminated
    data: TransportData  # what the compiled density reads beside ``joint.data``


def plain_model(design: Design, priors: Priors) -> JointModel:
    """Return the joint model in which all coefficients and effects act on the rows."""
    return joint_model(design, priors, (False,) * len(design.blocks), plain_geometry)


def transported_model(
    joint: JointModel, rows: Approximation, plan: TransportPlan | None = None
) -> TransportedModel:
    """Return a model in the coordinates of an approximation; by default `transport_plan` plans."""
    design, layout = joint.design, joint.layout
    plan = transport_plan(design, bounded=has_bounds(joint)) if plan is None else plan
    sums = frozen_sums(joint, plan, rows)
    coefficients, first = layout.coefficients.stop, layout.auxiliary.stop
    leading = leading_coordinates(joint)
    carried, weights, _ = carried_coefficients(joint)
    alone = links_alone(sums.chain) if plan.alone else sums.chain[:0]
    normal = np.array([_normal(row) for row in joint.priors[:coefficients]]).reshape(-1, 2)
    data = TransportData(
        modes=np.array([0, layout.dimension, 0], dtype=np.int64),
        chain=sums.chain,
        alone=alone,
        outer=sums.outer,
        others=sums.others,
        frozen=sums.frozen,
        border=sums.border,
        rotation=np.zeros((0, 0)),
        spectrum=np.zeros((2, 0)),
        given=np.zeros((0, 0)),
        precisions=np.ascontiguousarray(normal[:, 0]),
        pulls=np.ascontiguousarray(normal[:, 1]),
        bounds=coefficient_bounds(joint, *_expected(sums.border, normal)),
        sds=np.array([_sd_coordinate(row) for row in joint.priors[first:]]).reshape(-1, 3),
        leading=leading,
        shear=np.zeros((leading.size, 2 * (leading.size - coefficients))),
        following=np.empty(0),
        carried=carried,
        weights=weights,
        space=transport_places(
            predictors=len(design.linear_predictors),
            coefficients=coefficients,
            further=len(design.constants),
            blocks=len(design.blocks),
            q=max((block.n_effects for block in design.blocks), default=1),
            values=sum(p.n_effects * p.n_groups for p in layout.blocks),
            dimension=layout.dimension,
            chain=sums.chain,
            alone=alone,
            border=plan.border,
        ),
    )
    return TransportedModel(joint, plan, data)


def compiled_transported_density(
    model: TransportedModel, start: Floats, jitter: Floats, *, parameters: bool = False
) -> CompiledDensity:
    """Return the compiled density of a model; compiles it and its family on first use.

    If `parameters`, it writes the parameters at a position in the place of the gradient.
    """
    joint = model.joint
    sizes = joint.data.sizes.copy()
    sizes[-1] = address_of_rows(joint)
    _, _, rows = carried_coefficients(joint)
    data = joint.data._replace(sizes=sizes, row_coefficients=rows)
    address = transported_address()  # first: a second process may compile the gradient meanwhile
    modes = np.array([int(parameters), joint.layout.dimension, transported_gradient_address()])
    own = model.data._replace(modes=modes)
    records = [data, own]
    if joint.likelihood is not None:
        records = [_without_rows(data), own, joint.likelihood.record]
    return CompiledDensity(
        address=address,
        table=np.concatenate([table_of_record(record) for record in records]),
        keep=tuple(array for record in records for array in arrays_of_record(record)),
        dimension=joint.layout.dimension,
        start=start,
        jitter=jitter,
    )


def _without_rows(data: JointData) -> JointData:
    """Return the data of a driver whose likelihood takes the linear predictors itself."""
    return data._replace(
        sizes=np.concatenate([[0], data.sizes[1:]]),
        terms=data.terms[:0],
        row_coefficients=data.row_coefficients[:0],
    )


def with_rows(model: TransportedModel, rows: Approximation, found: Floats) -> TransportedModel:
    """Return the model in the coordinates of another approximation.

    `found` are parameters in the middle of the posterior. Coefficients count where their priors are
    on a part of the line, sds and partial correlations where levels are by themselves.
    """
    sums = frozen_sums(model.joint, model.plan, rows)
    data = model.data
    _, spread = _expected(sums.border, np.column_stack([data.precisions, data.pulls]))
    middle = found[model.joint.layout.coefficients]
    data = data._replace(bounds=coefficient_bounds(model.joint, middle, spread))
    if model.plan.alone:
        sums = reduced_sums(sums, covariance_matrices(model.joint, found))
        if model.plan.rotated:
            rotation, spectrum, given = rotated_sums(sums.border, data.precisions, data.pulls)
            data = data._replace(rotation=rotation, spectrum=spectrum, given=given)
    return replace(model, data=data._replace(frozen=sums.frozen, border=sums.border))


def _expected(border: Floats, normal: Floats) -> tuple[Floats, Floats]:
    """Return where each coefficient would be, and its sd, if nothing else were to be estimated.

    `normal`, (coefficients, 2), has precisions and pulls of the priors.
    """
    p = len(normal)
    first = len(border) - p
    own = border[first:, first : first + p].diagonal()
    precision = np.maximum(own + normal[:, 0], np.finfo(float).tiny)
    return (border[first:, -1] + normal[:, 1]) / precision, 1.0 / np.sqrt(precision)


def leading_coordinates(joint: JointModel) -> Integers:
    """Return the places of the coefficients, then those of what is not standardised."""
    layout = joint.layout
    own = [np.r_[place.sds, place.partials] for place in layout.blocks]
    return np.concatenate([np.arange(layout.auxiliary.stop), *own]).astype(np.int64)


def _normal(row: Floats) -> tuple[float, float]:
    """Return precision, and precision times mean, of a normal distribution near a prior."""
    name, a, b, c = _NAMES[int(row[0])], *row[1:4]
    if name in ("Flat", "HalfFlat"):
        return 0.0, 0.0
    mean, variance = _MOMENTS[name](a, b, c)
    return 1.0 / variance, mean / variance


def _sd_coordinate(row: Floats) -> tuple[float, float, float]:
    """Return kind, scale and fold of the coordinate of an sd, see `kernels.folded`."""
    name = _NAMES[int(row[0])]
    if name == "Exponential":
        return LINEAR, 1.0 / row[1], 1.0
    kind, place = _COORDINATES.get(name, (POSITIVE, None))
    return kind, 1.0 if place is None else row[1 + place], 1.0
