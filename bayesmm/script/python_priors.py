"""Priors as code of PyMC: a scalar, or one distribution of a vector."""

from collections.abc import Sequence

from bayesmm.model.priors import DISTRIBUTIONS, Prior
from bayesmm.script.texts import python_text

__all__ = ["arguments", "scalar", "vector"]


def arguments(prior: Prior) -> str:
    """Return the parameters of a prior as arguments, with all their digits."""
    return ", ".join(f"{name}={value!r}" for name, value in prior.named.items())


def scalar(name: str, prior: Prior) -> str:
    """Return the code of a parameter of one number."""
    rest = f", {arguments(prior)}" if prior.parameters else ""
    return f"pm.{prior.distribution}({python_text(name)}{rest})"


def vector(name: str, members: Sequence[str], priors: Sequence[Prior], dims: str) -> list[str]:
    """Return the lines of an expression that is a vector of parameters.

    `members` are the names of the parameters, which they have when the priors are of several
    distributions; `dims` names their dimension.
    """
    distributions = {prior.distribution for prior in priors}
    if len(distributions) > 1:
        each = (f"    {scalar(m, p)}," for m, p in zip(members, priors, strict=True))
        return ["pm.math.stack([", *each, "])"]
    (distribution,) = distributions
    columns = zip(*(prior.parameters for prior in priors), strict=True)
    parameters = [
        f"{key}={values[0]!r}" if len(set(values)) == 1 else f"{key}={list(values)!r}"
        for key, values in zip(DISTRIBUTIONS[distribution], columns, strict=True)
    ]
    inside = ", ".join([python_text(name), *parameters, f"dims={python_text(dims)}"])
    return [f"pm.{distribution}({inside})"]
