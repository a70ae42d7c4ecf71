"""Prior distributions as data: one named prior per parameter of a model."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["DISTRIBUTIONS", "Prior", "Priors"]

# Parameters of each distribution, in the order they are written; names and meaning are PyMC's.
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "Normal": ("mu", "sigma"),
    "StudentT": ("nu", "mu", "sigma"),
    "Cauchy": ("alpha", "beta"),
    "Laplace": ("mu", "b"),
    "Uniform": ("lower", "upper"),
    "Flat": (),
    "HalfFlat": (),
    "HalfNormal": ("sigma",),
    "HalfStudentT": ("nu", "sigma"),
    "HalfCauchy": ("beta",),
    "Exponential": ("lam",),
    "Gamma": ("alpha", "beta"),
    "InverseGamma": ("alpha", "beta"),
    "LKJ": ("eta",),
}


@dataclass(frozen=True, slots=True)
class Prior:
    """One prior distribution.

    Attributes
    ----------
    distribution : str
        A name in `DISTRIBUTIONS`.
    parameters : tuple of float
        Values in the order of ``DISTRIBUTIONS[distribution]``, on the scale of the parameter.
    """

    distribution: str
    parameters: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Priors:
    """The priors of a model, keyed by the name of the parameter.

    Attributes
    ----------
    of : mapping of str to Prior
        Keys in the order of the model: ``"Intercept"`` (of the centred design), each name of
        ``Design.names``, each auxiliary parameter of the family (``"sigma"``), then per block
        each ``"1|Subject_sigma"``, ``"Days|Subject_sigma"`` and, when the block is correlated,
        ``"Subject_corr"`` (LKJ).
    preset : str
        Name of the preset that the priors started from.
    changed : frozenset of str
        Names that the user replaced.
    """

    of: Mapping[str, Prior]
    preset: str = "default"
    changed: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Prior:
        """Return the prior of one parameter."""
        return self.of[name]
