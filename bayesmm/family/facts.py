"""What follows from the fields of a family."""

from collections.abc import Callable, Mapping

from bayesmm.arrays import Array
from bayesmm.family.parameter import Parameter

__all__ = ["FamilyFacts"]

_DISCRETE = frozenset({"binary", "binomial", "count", "ordered", "unordered", "multinomial"})


class FamilyFacts:
    """Properties of a family; its fields are those of `bayesmm.family.record.Family`."""

    __slots__ = ()

    response: str
    parameters: tuple[Parameter, ...]
    optional: tuple[Parameter, ...]
    link: str
    latent: bool
    normal: bool
    atoms: Mapping[float, Callable]
    located: Callable[[Array], Array] | None
    variance: Callable | None
    below: Callable | None

    @property
    def links(self) -> tuple[str, ...]:
        """Links that the family may have, the default first."""
        return self.parameters[0].links

    @property
    def further(self) -> tuple[Parameter, ...]:
        """The parameters besides mu."""
        return self.parameters[1:]

    @property
    def auxiliary(self) -> tuple[str, ...]:
        """Names of the parameters besides mu: ``("sigma",)`` for gaussian."""
        return tuple(parameter.name for parameter in self.further)

    @property
    def residual_scale(self) -> str:
        """Name of the parameter that is the scale of the response about mu; empty for none."""
        return next((p.name for p in self.further if p.residual), "")

    @property
    def in_units(self) -> tuple[str, ...]:
        """Names of the further parameters that have the units of mu."""
        return tuple(p.name for p in self.further if p.residual or p.in_units)

    @property
    def dispersion(self) -> str:
        """Name of the parameter that rstanarm's Decov states sds in units of; empty for none."""
        return self.residual_scale if self.normal else ""

    @property
    def linear(self) -> bool:
        """Whether the response is normal about the linear predictor."""
        return self.normal and self.link == "identity"

    @property
    def against_reference(self) -> bool:
        """Whether each category but the first has a predictor: its log odds against that one."""
        return self.response in ("unordered", "multinomial")

    @property
    def discrete(self) -> bool:
        """Whether P(Y = y) > 0; then y is a whole number."""
        return self.response in _DISCRETE

    @property
    def repeats(self) -> bool:
        """Whether a response has a value, or one of its values, with a probability above 0."""
        return self.discrete or bool(self.atoms)

    @property
    def part_of_mu(self) -> str:
        """Which responses mu is the level of, where E y is another number: ``"counts"``."""
        single = " or ".join(f"{value:g}" for value in self.atoms)
        return "counts" if self.discrete else f"not {single}" if single else "mu"

    @property
    def on_real_line(self) -> bool:
        """Whether what mu is the level of may have any sign."""
        return self.response == "real" or self.located is not None

    def location(self, y: Array) -> Array:
        """Return what mu is the level of: y, or its logarithm."""
        return y if self.located is None else self.located(y)

    @property
    def has_moments(self) -> bool:
        """Whether variance and distribution function are known, which residuals need."""
        return self.variance is not None and self.below is not None

    @property
    def link_of_mu(self) -> str:
        """Link of the linear predictor of mu: the identity where mu is on a latent scale."""
        return "identity" if self.latent else self.link

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the optional parameters that the family has."""
        return tuple(p.name for p in self.further if p in self.optional)

    def parameter(self, name: str) -> Parameter | None:
        """Return a further parameter by its name; None when the family has none of that name."""
        return next((p for p in self.further if p.name == name), None)
