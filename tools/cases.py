"""The cases by which ready code is tried where it is installed: one of each kind of density."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayesmm.family.known import resolve_family
from bayesmm.model.predictor import with_constants
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.compiled.ahead import gaussian_design
from bayesmm.sampling.compiled.collapsed import model as gaussian
from bayesmm.sampling.compiled.collapsed.plan import make_plan
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.transport.model import (
    compiled_transported_density,
    plain_model,
    transported_model,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.stored_case import StoredCase, case_of

__all__ = ["make_cases"]


def make_cases(functions: Mapping[str, int]) -> list[StoredCase]:
    """Return the cases, evaluated by compiled functions at these addresses."""
    design = gaussian_design()
    priors = choose_priors(design)
    integrated = gaussian.compiled_density(
        gaussian.gaussian_model(design, priors, make_plan(design))
    )
    counts = np.random.default_rng(1).poisson(2.0, design.n_obs).astype(float)
    family = resolve_family("poisson")
    predictors = with_constants(design.mu, family)
    poisson = replace(design, family=family, y=counts, predictors=predictors)
    priors = choose_priors(poisson)
    joint = compiled_joint_density(joint_model(poisson, priors, [False]))
    plain = plain_model(poisson, priors)
    n = plain.data.codes.shape[1]
    model = transported_model(
        plain, Approximation(np.ones((1, 1, n)), np.linspace(0.0, 1.0, n)[None])
    )
    zero = np.zeros(plain.layout.dimension)
    transported = compiled_transported_density(model, zero, zero)
    return [
        case_of(density, density.start + 0.1 * np.sin(np.arange(density.dimension)), functions)
        for density in (integrated, joint, transported)
    ]
