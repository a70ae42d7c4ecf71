"""An engine that is wrong on purpose: its draws lack the Jacobian of sigma = exp(x)."""

from dataclasses import replace

import numpy as np

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling import engines
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = ["without_jacobian"]


def without_jacobian(design: Design, priors: Priors, engine: str) -> Prepared:
    """Return a linear model ready to be drawn from the density without the Jacobian.

    Of p(sigma) sigma dx the factor sigma = exp(x) is forgotten: the right draws, drawn again with
    weights 1 / sigma.
    """
    ready = engines.choose_engine(design, priors, engine)

    def sample(settings: SamplerSettings) -> ParameterDraws:
        drawn = ready.sample(settings)
        sigma = drawn.auxiliary["sigma"]
        weights = (1 / sigma).ravel() / np.sum(1 / sigma)
        rng = np.random.default_rng(settings.seed)
        chosen = rng.choice(sigma.size, sigma.size, p=weights)
        at = np.unravel_index(chosen.reshape(sigma.shape), sigma.shape)
        return replace(
            drawn,
            intercept=drawn.intercept[at],
            beta=drawn.beta[at],
            auxiliary={"sigma": sigma[at]},
        )

    return replace(ready, sample=sample)
