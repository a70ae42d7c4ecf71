"""Levels of new data under the names that they have in the data of the fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from bayesmm.errors import DataError
from bayesmm.model.columns import Levels, few, kind_of, label_of, read_levels
from bayesmm.model.number_texts import is_numeral
from bayesmm.wording import either

__all__ = ["KnownLevels", "learn_levels"]


@dataclass(frozen=True, slots=True)
class KnownLevels:
    """How the data of the fit name the levels of a column."""

    labels: tuple[str, ...]
    numeric: bool  # whether they were read as numbers, so that 1, 1.0 and "001" are one level

    @property
    def looks_numeric(self) -> bool:
        """Whether the levels are texts, some of them numerals."""
        return not self.numeric and any(map(is_numeral, self.labels))

    def matched(self, name: str, series: pd.Series) -> Levels:
        """Return a column of new data as a factor, its levels named as in the data of the fit.

        A text is the level of that name. Whole numbers are also matched by value, because
        programs take zeros from the start of identifiers (``001``) or put ``.0`` at their end.

        Where it cannot be known which level is meant, a `DataError` says so.
        """
        levels = read_levels(name, series)
        numeric = kind_of(name, series) == "numeric"
        known = frozenset(self.labels)
        if known.issuperset(levels.labels) and (self.numeric or not numeric):
            return levels
        by_value: dict[Decimal, list[str]] = {}
        for label in filter(is_numeral, self.labels):
            by_value.setdefault(Decimal(label.strip()), []).append(label)
        named = [
            self._name(name, label, known, by_value, numeric=numeric) for label in levels.labels
        ]
        if len(set(named)) < len(named):
            double = next(label for label in named if named.count(label) > 1)
            both = [a for a, b in zip(levels.labels, named, strict=True) if b == double]
            raise DataError(
                f"Column '{name}' of the new data has {few(both)}, which are one level, {double}, "
                "in the data of the fit; write them as there."
            )
        return Levels(levels.codes, tuple(named), levels.unused)

    def _name(
        self,
        name: str,
        label: str,
        known: frozenset[str],
        by_value: dict[Decimal, list[str]],
        *,
        numeric: bool,
    ) -> str:
        """Return the name of one level in the data of the fit; its own when it is new there."""
        alike = by_value.get(Decimal(label.strip()), []) if is_numeral(label) else []
        if label in known and (self.numeric or not numeric or alike == [label_of(float(label))]):
            return label
        if not alike:
            return label
        whole = Decimal(label.strip()) % 1 == 0
        if len(alike) == 1 and (self.numeric or whole):
            return alike[0]
        if not numeric and label not in known and not whole:
            return label  # a text that only looks like a number of another level
        raise DataError(
            f"Column '{name}' of the new data has the number {label}, and the data of the fit have "
            f"the texts {few(alike)}: which is meant cannot be known. "
            + either(
                f"Read the column as text: bayesmm.read_table(path, text=['{name}']), or "
                f"pandas.read_csv(path, dtype={{'{name}': str}}).",
                "Write the levels in the file as they stand in the data of the fit.",
            )
        )


def learn_levels(name: str, series: pd.Series, labels: Sequence[str] | None = None) -> KnownLevels:
    """Return how the data of the fit name the levels of a column.

    `labels` are its levels, where they are known already.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        kind = series.cat.categories.dtype
        numeric = is_numeric_dtype(kind) and not is_bool_dtype(kind)
    else:
        numeric = kind_of(name, series) == "numeric"
    return KnownLevels(
        tuple(read_levels(name, series).labels if labels is None else labels), numeric
    )
