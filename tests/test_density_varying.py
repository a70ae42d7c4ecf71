"""Densities in which further parameters have linear predictors: equal to the model as written.

Families x which of their parameters vary, against SciPy and central differences, in plain and in
transported coordinates.
"""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design, varying_design
from joint_reference import default_priors
from test_density_joint import A, B, N, X1, X2, check, responses

from bayesmm.family.known import FAMILIES
from bayesmm.model.design import Design
from bayesmm.model.names import scalar_names
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.transport.model import (
    compiled_transported_density,
    plain_model,
    transported_model,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.joint.transport.unpack import transported_values
from bayesmm.sampling.compiled.joint.unpack import named_values, position_of

# Every subset of the further parameters of every family that has some.
SUBSETS = [
    (name, tuple(own for k, own in enumerate(family.auxiliary) if 1 << k & mask))
    for name, family in FAMILIES.items()
    for mask in range(1, 1 << len(family.auxiliary))
]


def made(family: str, parameters: tuple[str, ...], *, joined: bool = False, **more) -> Design:
    """Return a design with a column and an effect of a level in every parameter that varies."""
    block = handmade_block("b", B, {"Intercept": 1.0, "x1": X1})
    link = "log" if family == "gamma" else None
    y = responses(family, "log")["y"]
    design = handmade_design(y, {"x1": X1}, [block], family=family, link=link, **more)
    columns = dict.fromkeys(parameters, {"x1": X1, "x2": X2})
    effects = [(own, name, z) for own in parameters for name, z in (("Intercept", 1.0), ("x2", X2))]
    if joined:
        effects = [("mu", "Intercept", 1.0), *effects]
    offsets = {parameters[0]: np.linspace(-0.3, 0.3, N)}
    return varying_design(design, columns, [("a", A, effects)], offsets)


@pytest.mark.parametrize(("family", "parameters"), SUBSETS, ids=str)
def test_density_of_every_subset(family, parameters):
    design = made(family, parameters, weights=np.tile([1.0, 2.0, 1.0], N // 3))
    assert design.varying == parameters
    priors = default_priors(design)
    check(joint_model(design, priors, (False, False)), priors, share=0.3)
