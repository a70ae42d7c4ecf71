"""Models in transported coordinates whose effects follow their sd, in any way."""

from dataclasses import replace

import numpy as np

from bayesmm.sampling.compiled.joint.transport.model import TransportedModel

__all__ = ["with_following"]


def with_following(model: TransportedModel, rng: np.random.Generator) -> TransportedModel:
    """Return a model whose finest effects follow their sd by powers and shifts drawn at random.

    Where levels have several effects it stays as it is.
    """
    layout, chain = model.joint.layout, model.plan.chain
    if not chain or layout.blocks[chain[0]].n_effects > 1:
        return model
    J = layout.blocks[chain[0]].n_groups
    following = np.append(rng.uniform(0.3, 1.5), 0.3 * rng.normal(size=2 * J))
    return replace(model, data=model.data._replace(following=following))
