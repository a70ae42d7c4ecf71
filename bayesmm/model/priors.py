"""Prior distributions as data: one named prior per parameter of a model."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite

import pandas as pd

from bayesmm.errors import PriorError, suggestion
from bayesmm.html.frame import frame_table
from bayesmm.html.table import table_html
from bayesmm.result_table import ResultTable, result_table
from bayesmm.table_text import frame_text

__all__ = ["DISTRIBUTIONS", "Prior", "Priors", "as_prior"]

# Parameters of each distribution, in the order they are written; names and meaning are PyMC's.
# Decov is rstanarm's prior of the standard deviations of one block: with tau ~ Gamma(shape, 1)
# and pi ~ Dirichlet(concentration), sd_a = scale * tau * dispersion * sqrt(q * pi_a), where the
# dispersion is sigma for the gaussian family and 1 otherwise (for q = 1, pi = 1).
# MinGumbel is the distribution of the least of many numbers, minus PyMC's Gumbel of -x; with its
# distribution function 1 - exp(-exp((x - mu) / beta)) it belongs to the cloglog link.
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "Normal": ("mu", "sigma"),
    "StudentT": ("nu", "mu", "sigma"),
    "Cauchy": ("alpha", "beta"),
    "Laplace": ("mu", "b"),
    "Logistic": ("mu", "s"),
    "MinGumbel": ("mu", "beta"),
    "Uniform": ("lower", "upper"),
    "Flat": (),
    "HalfFlat": (),
    "HalfNormal": ("sigma",),
    "HalfStudentT": ("nu", "sigma"),
    "HalfCauchy": ("beta",),
    "Exponential": ("lam",),
    "Gamma": ("alpha", "beta"),
    "InverseGamma": ("alpha", "beta"),
    "Beta": ("alpha", "beta"),
    "LKJ": ("eta",),
    "Decov": ("concentration", "shape", "scale"),
}

# Parameters that may have any sign; all others must be positive.
_LOCATIONS = frozenset({"mu", "lower", "upper"})


@dataclass(frozen=True, slots=True)
class Prior:
    """One prior distribution, on the natural scale of its parameter.

    Attributes
    ----------
    distribution : str
        A name in `DISTRIBUTIONS`.
    parameters : tuple of float
        Values in the order of ``DISTRIBUTIONS[distribution]``.

    Raises
    ------
    PriorError
        For an unknown distribution, or parameters that it cannot have.
    """

    distribution: str
    parameters: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check the distribution and its parameters."""
        # no minus before 0
        parameters = tuple(abs(value) if value == 0 else value for value in self.parameters)
        object.__setattr__(self, "parameters", parameters)
        if self.distribution not in DISTRIBUTIONS:
            raise PriorError(
                f"'{self.distribution}' is not a prior distribution. "
                + suggestion(self.distribution, DISTRIBUTIONS, label="Distributions")
            )
        names = DISTRIBUTIONS[self.distribution]
        if len(self.parameters) != len(names):
            raise PriorError(
                f"{self.distribution} takes {len(names)} parameters ({', '.join(names) or 'none'})"
                f", got {len(self.parameters)}."
            )
        for name, value in self.named.items():
            positive = name not in _LOCATIONS and (self.distribution, name) != ("Cauchy", "alpha")
            if not isfinite(value) or (positive and value <= 0):
                wanted = "a positive number" if positive else "a finite number"
                raise PriorError(f"{name} of {self} must be {wanted}, got {value:g}.")
        if self.distribution == "Uniform" and self.parameters[0] >= self.parameters[1]:
            raise PriorError(f"lower must be less than upper in {self}.")

    @property
    def named(self) -> dict[str, float]:
        """The parameters by name."""
        return dict(zip(DISTRIBUTIONS[self.distribution], self.parameters, strict=True))

    @property
    def positive(self) -> bool:
        """Whether the distribution lives on the positive numbers."""
        return self.distribution.startswith("Half") or self.distribution in (
            "Exponential",
            "Gamma",
            "InverseGamma",
            "Beta",
            "Decov",
        )

    def __str__(self) -> str:
        """Return the prior as it can be typed: ``"Normal(0, 2.5)"``."""
        return f"{self.distribution}({', '.join(f'{p:.6g}' for p in self.parameters)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Priors(Mapping[str, Prior]):
    """The priors of a model, keyed by the name of the parameter; prints as a table.

    Attributes
    ----------
    by_name : mapping of str to Prior
        Keys in the order of the model: ``"Intercept"`` (of the centred design), each name of
        ``design.mu.names``, each auxiliary parameter of the family (``"sigma"``), then per block
        each ``"1|Subject_sigma"``, ``"Days|Subject_sigma"`` and, when the block is correlated,
        ``"Subject_corr"`` (LKJ).
    preset : str
        Name of the preset that the priors started from.
    changed : frozenset of str
        Names that the user replaced.
    meaning : mapping of str to str
        What each parameter is, in the units of the data.
    """

    by_name: Mapping[str, Prior]
    preset: str = "default"
    changed: frozenset[str] = frozenset()
    meaning: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Prior:
        """Return the prior of one parameter."""
        return self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the parameters, in the order of the model."""
        return iter(self.by_name)

    def __len__(self) -> int:
        """Return the number of priors."""
        return len(self.by_name)

    def table(self) -> ResultTable:
        """Return one row per parameter.

        Returns
        -------
        ResultTable
            Columns ``parameter``, ``prior`` (as it can be typed), ``of`` (what the parameter is)
            and ``source`` (the preset, or ``"user"``).
        """
        rows = [
            (name, str(prior), self.meaning.get(name, ""), self._source(name))
            for name, prior in self.by_name.items()
        ]
        table = pd.DataFrame(rows, columns=["parameter", "prior", "of", "source"])
        return result_table(table, f"Priors (preset '{self.preset}')")

    def _source(self, name: str) -> str:
        return "user" if name in self.changed else self.preset

    def __repr__(self) -> str:
        """Return the table as text."""
        table = self.table()
        return frame_text(table, table.attrs["title"], most=len(table))

    def _repr_html_(self) -> str:
        table = self.table() if self.changed else self.table().drop(columns="source")
        return table_html(frame_table(table, table.attrs["title"], most=len(table)))


_CALL = re.compile(r"^\s*([A-Za-z_]+)\s*\(([^()]*)\)\s*$")
# brms and rstanarm write priors in lower case with these names.
_SYNONYMS = {"student_t": "StudentT", "half_student_t": "HalfStudentT", "lkj": "LKJ"}


def as_prior(value: "Prior | str") -> Prior:
    """Return a prior from itself or from text such as ``"Normal(0, 10)"``.

    ``"StudentT(3, 0, 2.5)"`` or with names, ``"StudentT(nu=3, mu=0, sigma=2.5)"``; the case of the
    distribution does not matter. Text that is not a distribution with numbers is a `PriorError`.
    """
    if isinstance(value, Prior):
        return value
    match = _CALL.match(value) if isinstance(value, str) else None
    if match is None:
        raise PriorError(f"{value!r} is not a prior. Write it as 'Normal(0, 10)'.")
    written, inside = match.groups()
    lower = {name.lower(): name for name in DISTRIBUTIONS} | _SYNONYMS
    distribution = lower.get(written.lower(), written)
    names = DISTRIBUTIONS.get(distribution, ())
    numbers: dict[str, float] = {}
    for position, part in enumerate(p.strip() for p in inside.split(",") if p.strip()):
        name, _, number = part.rpartition("=")
        key = name.strip() or (names[position] if position < len(names) else f"#{position + 1}")
        try:
            numbers[key] = float(number)
        except ValueError:
            raise PriorError(f"'{part}' in the prior {value!r} is not a number.") from None
    if distribution in DISTRIBUTIONS and set(numbers) != set(names):
        raise PriorError(
            f"{value!r}: {distribution} takes {', '.join(names) or 'no parameters'}; "
            f"got {', '.join(numbers) or 'none'}."
        )
    return Prior(distribution, tuple(numbers[n] for n in names) if numbers else ())
