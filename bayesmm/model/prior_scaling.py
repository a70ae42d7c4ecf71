"""Priors of another width: what halving or doubling the scale of one means."""

from collections.abc import Callable, Mapping

from bayesmm.model.priors import Prior

__all__ = ["rescaled"]

# Parameters of the distribution whose scale is f times that of these; its middle stays, where it
# has one that is no scale itself. LKJ and Beta have no scale: their sd goes with the inverse root
# of their concentration, so that this is divided by f^2.
_RESCALED: Mapping[str, Callable[..., tuple[float, ...]]] = {
    "Normal": lambda f, mu, sigma: (mu, f * sigma),
    "StudentT": lambda f, nu, mu, sigma: (nu, mu, f * sigma),
    "Cauchy": lambda f, alpha, beta: (alpha, f * beta),
    "Laplace": lambda f, mu, b: (mu, f * b),
    "Logistic": lambda f, mu, s: (mu, f * s),
    "MinGumbel": lambda f, mu, beta: (mu, f * beta),
    "HalfNormal": lambda f, sigma: (f * sigma,),
    "HalfStudentT": lambda f, nu, sigma: (nu, f * sigma),
    "HalfCauchy": lambda f, beta: (f * beta,),
    "Exponential": lambda f, lam: (lam / f,),
    "Gamma": lambda f, alpha, beta: (alpha, beta / f),
    "InverseGamma": lambda f, alpha, beta: (alpha, f * beta),
    "Beta": lambda f, alpha, beta: (alpha / f**2, beta / f**2),
    "LKJ": lambda f, eta: (eta / f**2,),
    "Decov": lambda f, concentration, shape, scale: (concentration, shape, f * scale),
}


def rescaled(prior: Prior, factor: float) -> Prior | None:
    """Return the prior with its scale times a factor; None where it has none.

    Flat and uniform priors have no scale: a uniform prior is a pair of bounds, and draws within the
    one say nothing of what is outside. ``Beta`` and ``LKJ`` have their concentration divided by the
    square of the factor, which does the same to their sd as far as they are concentrated.
    """
    change = _RESCALED.get(prior.distribution)
    return None if change is None else Prior(prior.distribution, change(factor, *prior.parameters))
