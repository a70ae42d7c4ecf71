"""A model made ready for an engine: what was found out about it is found out once."""

from collections.abc import Callable
from dataclasses import dataclass

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["Prepare", "Prepared"]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A model that an engine can sample."""

    engine: str
    tune: int  # the warm-up iterations that the model needs
    sample: Callable[[SamplerSettings], ParameterDraws]


# The model as an engine samples it, or why the engine cannot.
type Prepare = Callable[[Design, Priors], Prepared | str]
