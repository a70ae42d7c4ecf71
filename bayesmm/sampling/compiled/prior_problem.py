"""Which priors the compiled densities have."""

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES

__all__ = ["prior_problem"]


def prior_problem(design: Design, priors: Priors) -> str | None:
    """Return why a compiled density cannot take one of the priors, or None."""
    shares = {own.name for own in design.family.further if own.is_share}
    shares -= {*design.varying}
    correlations = {corr_name(design.blocks, k) for k in range(len(design.blocks))}
    sds = {name for block in design.blocks for name in sd_names(block)}
    for name, prior in priors.by_name.items():
        if name in correlations:
            if prior.distribution != "LKJ":
                return f"the prior of '{name}' is {prior.distribution}, not LKJ"
        elif prior.distribution not in PRIOR_CODES or (
            prior.distribution == "Beta" and name not in shares
        ):
            return f"the prior {prior.distribution} of '{name}' has no compiled density"
        elif prior.distribution == "Decov" and name not in sds:
            return f"the prior of '{name}' is Decov, which is of group sds only"
    if design.family.dispersion in design.varying:
        of = [name for name, prior in priors.by_name.items() if prior.distribution == "Decov"]
        if of:
            return f"the prior of '{of[0]}' is relative to {design.family.dispersion}, which varies"
    for block in design.blocks:
        chosen = {priors[name] for name in sd_names(block)}
        if len(chosen) > 1 and any(prior.distribution == "Decov" for prior in chosen):
            return f"only some sds of '{block.factor}' have the same Decov prior"
    return None
