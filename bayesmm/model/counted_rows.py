"""A PyMC distribution whose rows count as often as their weights say."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["counting_rows"]


def counting_rows(of_one: Any, name: str, weights: NDArray[np.float64]) -> type:
    """Return what Bambi takes for the distribution of a likelihood.

    Parameters
    ----------
    of_one : PyMC distribution
        Of one row; a single response is drawn as if it had no weight.
    name : str
        Its name.
    weights : ndarray, shape (n_obs,)
        How often each row counts.
    """

    class Counted:
        """The call that Bambi makes."""

        dist = of_one.dist

        def __new__(cls, label: str, *, observed: Any, dims: Any = None, **parameters: Any) -> Any:
            """Register the observed variable in the model of the context."""
            import pymc as pm  # noqa: PLC0415  (heavy: seconds; most fits never need it)

            def log_density(value: Any, *values: Any) -> Any:
                return weights * pm.logp(of_one.dist(**_named(parameters, values)), value)

            def random(*values_and_size: Any) -> Any:
                *values, size = values_and_size
                return of_one.dist(**_named(parameters, values), size=size)

            return pm.CustomDist(
                label,
                *parameters.values(),
                logp=log_density,
                dist=random,
                class_name=f"Counted{name}",
                observed=observed,
                dims=dims,
            )

    return Counted


def _named(parameters: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(parameters, values, strict=True))
