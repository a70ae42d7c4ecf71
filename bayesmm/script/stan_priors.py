"""Priors in the words of Stan, which brms and rstanarm share."""

from bayesmm.model.priors import Prior

__all__ = ["stan_prior"]

# Distribution, and its parameters as numbers or as places among those of the prior. A prior on
# half of the line is the whole one here: brms and rstanarm know the bounds of their parameters.
_STAN: dict[str, tuple[str, tuple[int | str, ...]]] = {
    "Normal": ("normal", (0, 1)),
    "StudentT": ("student_t", (0, 1, 2)),
    "Cauchy": ("cauchy", (0, 1)),
    "Laplace": ("double_exponential", (0, 1)),
    "Logistic": ("logistic", (0, 1)),
    "HalfNormal": ("normal", ("0", 0)),
    "HalfStudentT": ("student_t", (0, "0", 1)),
    "HalfCauchy": ("cauchy", ("0", 0)),
    "Exponential": ("exponential", (0,)),
    "Gamma": ("gamma", (0, 1)),
    "InverseGamma": ("inv_gamma", (0, 1)),
    "Beta": ("beta", (0, 1)),
    "LKJ": ("lkj", (0,)),
}


def stan_prior(prior: Prior) -> str | None:
    """Return a prior in Stan's words; None when it has no counterpart there."""
    if prior.distribution not in _STAN:
        return None
    name, places = _STAN[prior.distribution]
    numbers = (p if isinstance(p, str) else f"{prior.parameters[p]!r}" for p in places)
    return f"{name}({', '.join(numbers)})"
