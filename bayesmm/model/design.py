"""The design of a model as data: what every engine, the ML fit and the tables read."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.family.thresholds import specific_threshold
from bayesmm.model.block import Block
from bayesmm.model.cell_sums import CellSums, Ways
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.encoding import Encoder
from bayesmm.model.predictor import Predictor
from bayesmm.model.sums_of_rows import SumsOfRows

__all__ = ["Design", "RowSource"]


class RowSource(Protocol):
    """Where the rows of a design are whose arrays are `RowsInFiles`."""

    cells: CellSums | None  # sums within cells, where these have been taken
    ways: Ways | None  # how the columns follow from them

    @property
    def n_read(self) -> int:
        """Number of rows of the files, with those left out."""
        ...

    @property
    def label(self) -> str:
        """The files in words."""
        ...

    @property
    def examples(self) -> pd.DataFrame:
        """Rows with every level of every factor and grouping."""
        ...

    def parts(self) -> Iterator["Design"]:
        """Yield designs of the rows in their order, each small, with the same columns."""
        ...

    def changed(self, design: "Design", centrings: Centrings) -> "Design":
        """Return the design with other columns of the same space."""
        ...

    def leading(self, block: int) -> "Design":
        """Return the rows of the first levels of a block, by which pilots go."""
        ...

    def condensed(self, design: "Design") -> "Design":
        """Return few weighted rows with the likelihood of all rows."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Everything the model says about these data.

    Each parameter has a linear predictor, eta = b0 + X beta + offset + sum_k Z_k u_k, where the
    sum is over the effects of all blocks that name it.

    Attributes
    ----------
    formula : str
        The formula as the user wrote it.
    family : Family
        Distribution and link of the response.
    response : str
        Name of the response as written, ``"Reaction"`` or ``"p(incidence, size)"``.
    y : ndarray of float64, shape (n_obs,)
        Response; number of successes for the binomial family; of categories the number of each,
        counted from 1, and of counts of categories their sum.
    known : mapping of str to ndarray of float64, shape (n_obs,)
        Known numbers of the rows beside y that the log density reads: ``trials`` of a number of
        successes, ``n1``, ``n2``, ... the counts of the categories of a multinomial response.
    weights : ndarray of float64, shape (n_obs,), or None
        Known weights w_i. Precisions of the gaussian family, sd(y_i) = sigma / sqrt(w_i) as in
        lme4; of every other family, t too, row i counts w_i times in the log likelihood.
    predictors : tuple of Predictor
        One for each parameter of the family, in its order: first that of mu.
    blocks : tuple of Block
        Blocks of group effects in the order of the formula.
    rows : ndarray of int64, shape (n_obs,)
        Positions in the user's frame of the rows that are used.
    n_dropped : int
        Number of rows left out because a needed value is missing.
    notes : tuple of str
        What the user should know about how the data were read.
    encoder : Encoder
        Codes new data in the same way.
    categorical : tuple of str
        Columns of numbers that the user had read as categories.
    centrings : Centrings, optional
        How the columns change when every variable is measured from its mean.
    success : str or None
        Label of the value that counts as success, of a response of two values that are labels.
    source : RowSource or None
        Where the rows are, when they are in files; then every array of rows is `RowsInFiles`.
    sums : SumsOfRows or None
        Of many rows in memory the sums, by which `in_sums` goes.
    whole : Design or None
        The design of all rows, of sums, when these rows are the distinct ones of files.
    repeats : ndarray of float64, shape (n_obs,), or None
        Then how many rows each stands for; its weight is the sum of theirs.
    """

    formula: str
    family: Family
    response: str
    y: NDArray[np.float64]
    known: Known
    weights: NDArray[np.float64] | None
    predictors: tuple[Predictor, ...]
    blocks: tuple[Block, ...]
    rows: NDArray[np.int64]
    n_dropped: int = 0
    notes: tuple[str, ...] = ()
    encoder: "Encoder | None" = field(default=None, repr=False)
    categorical: tuple[str, ...] = ()
    centrings: Centrings | None = field(default=None, repr=False)
    success: str | None = None
    source: RowSource | None = field(default=None, repr=False)
    sums: SumsOfRows | None = field(default=None, repr=False)
    whole: "Design | None" = field(default=None, repr=False)
    repeats: NDArray[np.float64] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Let each predictor know whether group effects are added to it."""
        grouped = {effect.predictor for block in self.blocks for effect in block.effects}
        predictors = tuple(
            p if p.grouped == (p.parameter in grouped) else replace(p, grouped=not p.grouped)
            for p in self.predictors
        )
        object.__setattr__(self, "predictors", predictors)

    @property
    def outcome(self) -> str:
        """Of two values what is modelled: ``"P(passed = yes)"``, ``"upper boundary: yes"``."""
        if self.family.decisions:
            return "" if self.success is None else f"upper boundary: {self.success}"
        if self.family.response != "binary" and self.success is None:
            return ""
        return f"P({self.response} = {1 if self.success is None else self.success})"

    @property
    def categories(self) -> tuple[str, ...]:
        """Labels of the categories of the response, whose numbers from 1 are `y`; else empty.

        Of counts of categories `y` is their sum.
        """
        return self.family.categories

    @property
    def category_counts(self) -> NDArray[np.float64] | None:
        """Counts of each category, shape (n_obs, K); None where a row is of one category."""
        if self.family.response != "multinomial":
            return None
        return np.stack([self.known[name] for name in self.family.density.columns], axis=-1)

    @property
    def observed(self) -> NDArray[np.float64]:
        """The response as replicates of it are, shape (n_obs,), or (n_obs, K) of counts."""
        counts = self.category_counts
        return self.y if counts is None else counts

    def with_observed(self, response: NDArray[np.float64]) -> "Design":
        """Return the design of another response, of the shape of `observed`."""
        if self.category_counts is None:
            return replace(self, y=response)
        counts = dict(zip(self.family.density.columns, response.T, strict=True))
        return replace(self, y=response.sum(axis=-1), known={**self.known, **counts})

    @property
    def family_line(self) -> str:
        """Family and link, and which probability: ``"bernoulli, logit link, P(passed = yes)"``.

        Of categories without order, the one that the others are compared with.
        """
        against = f"against {self.categories[0]}" if self.family.against_reference else ""
        parts = (self.family.name, f"{self.family.link} link", self.outcome, against)
        return ", ".join(part for part in parts if part)

    @property
    def trials(self) -> NDArray[np.float64] | None:
        """Number of trials of each row; None for a response that is no number of successes."""
        return self.known.get("trials")

    @property
    def n_obs(self) -> int:
        """Number of rows used, n."""
        return len(self.y)

    def parts(self) -> Iterator["Design"]:
        """Yield designs with the rows, in their order: this one, or small ones read from files."""
        if self.source is None:
            yield self
        else:
            yield from self.source.parts()

    def condensed(self) -> "Design":
        """Return a design whose rows can be read and that has the likelihood of this one.

        It is this one, unless its rows are in files: then few rows, see `RowSource.condensed`,
        whose number is not that of the rows.
        """
        return self if self.source is None else self.source.condensed(self)

    @property
    def in_sums(self) -> "Design":
        """The same model with sums in the place of rows, where these were taken of its rows."""
        return self if self.sums is None else self.sums.of_rows(self)

    @property
    def every_row(self) -> "Design":
        """The design of all rows, for what is summed over them; this one but for distinct rows."""
        return self if self.whole is None else self.whole

    @property
    def mu(self) -> Predictor:
        """The linear predictor of the mean, or of what the family has for it."""
        return self.predictors[0]

    def predictor(self, parameter: str) -> Predictor:
        """Return the linear predictor of a parameter of the family."""
        for predictor in self.predictors:
            if predictor.parameter == parameter:
                return predictor
        known = ", ".join(predictor.parameter for predictor in self.predictors)
        raise UsageError(
            f"'{parameter}' is not a parameter of the {self.family.name} family. "
            f"Parameters: {known}."
        )

    @property
    def varying(self) -> tuple[str, ...]:
        """Parameters besides mu that are not one number, the same in all rows."""
        return tuple(p.parameter for p in self.predictors[1:] if not p.constant)

    @property
    def varying_elsewhere(self) -> tuple[str, ...]:
        """Of those that vary, the ones that are not added to mu at a threshold."""
        return tuple(name for name in self.varying if not specific_threshold(name))

    @property
    def linear_predictors(self) -> tuple[Predictor, ...]:
        """That of mu, then those of the parameters that vary: each has coefficients."""
        return (self.mu, *(p for p in self.predictors[1:] if not p.constant))

    @property
    def specific_predictors(self) -> tuple[Predictor, ...]:
        """What ``cs()`` adds to mu at each threshold, in their order."""
        return tuple(p for p in self.predictors if specific_threshold(p.parameter))

    @property
    def coefficient_predictors(self) -> tuple[Predictor, ...]:
        """The linear predictors but for that of mu where it is empty: where others always are."""
        return self.linear_predictors[int(self.mu_is_empty) :]

    @property
    def mu_is_empty(self) -> bool:
        """Whether all coefficients are of parameters that always have a linear predictor."""
        return any(own.always for own in self.predictors)

    @property
    def constants(self) -> tuple[str, ...]:
        """Parameters besides mu that are one number, the same in all rows."""
        return tuple(p.parameter for p in self.predictors[1:] if p.constant)

    def with_predictor(self, predictor: Predictor) -> "Design":
        """Return the design with another predictor for the parameter that this one is of."""
        replaced = self.predictor(predictor.parameter)
        return replace(
            self, predictors=tuple(predictor if p is replaced else p for p in self.predictors)
        )

    @property
    def factors(self) -> dict[str, tuple[str, ...]]:
        """Grouping factors and their levels, in the order of the formula."""
        return {block.factor: block.levels for block in self.blocks}
