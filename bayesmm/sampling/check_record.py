"""The record of one check of a set of draws, and what a check looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bayesmm.model.design import Design
from bayesmm.sampling.drawn_arrays import Draws
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.grade import Grade
from bayesmm.sampling.monte_carlo_error import Precision, precision
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.transitions import Transitions
from bayesmm.sampling.worst import Extreme, Worst

__all__ = ["SamplingCheck", "SamplingEvidence"]


@dataclass(frozen=True, slots=True)
class SamplingCheck:
    """One check.

    Attributes
    ----------
    name : str
        What is checked.
    grade : Grade
        What the draws are good for as far as this check can say.
    value, threshold : float
        What was found, and the limit beyond which it is told.
    sentence : str
        The finding in words.
    meaning : str
        What the finding means for the numbers; empty when there is none.
    advice : str
        What to do; empty when nothing is to be gained.
    judged : bool
        Whether the draws can tell: False for R-hat with one chain.
    """

    name: str
    grade: Grade
    value: float
    threshold: float
    sentence: str
    meaning: str = ""
    advice: str = ""
    judged: bool = True

    @property
    def passed(self) -> bool | None:
        """Whether nothing was found; None when the draws cannot tell."""
        return self.grade is Grade.NO_PROBLEM if self.judged else None

    @property
    def told(self) -> str:
        """The finding, what it means, and what to do, as sentences in a row."""
        return " ".join(filter(None, (self.sentence, self.meaning, self.advice)))


@dataclass(frozen=True, slots=True, eq=False)
class SamplingEvidence:
    """Everything that a check looks at."""

    transitions: Transitions  # what the sampler recorded
    worst: Worst
    draws: Draws
    design: Design  # for advice that names its parts
    settings: SamplerSettings  # how the draws were made
    facts: Mapping[str, object] = field(default_factory=dict)  # of the run

    @property
    def chains(self) -> int:
        """Number of chains."""
        return self.draws["posterior"].sizes["chain"]

    @property
    def n_draws(self) -> int:
        """Number of draws of all chains together."""
        return self.chains * self.draws["posterior"].sizes["draw"]

    def precision(self, extreme: Extreme) -> Precision:
        """Return how well the numbers of one quantity are known."""
        values = named_draws(self.draws, extreme.name)
        values = values.reshape(*values.shape[:2], -1)[:, :, extreme.place]
        return precision(np.ascontiguousarray(values))
