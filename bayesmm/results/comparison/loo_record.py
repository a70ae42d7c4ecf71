"""How well a model predicts what it has not seen, as a record."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.html.table import Table, page_html, table_html
from bayesmm.results.comparison.integrated import INTEGRATED

__all__ = ["PSIS", "REFITTED", "Loo"]

PSIS, REFITTED = "PSIS", "refitted"
_HOW = (PSIS, INTEGRATED, REFITTED)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Loo:
    """How well a model predicts what it has not seen.

    Attributes
    ----------
    leave : str
        ``"row"`` or ``"group"``.
    factor : str or None
        Grouping factor whose levels are left out.
    units : pandas.DataFrame
        One row per unit: ``unit`` (position of the row in the data, or level), ``elpd``, which
        is ``log p(y_i | y_-i)``, ``p_loo``, which is ``log p(y_i | y)`` less that, ``k`` (Pareto
        shape) and ``how``: ``"PSIS"``, ``"integrated"`` (PSIS with the effects of the row's
        group integrated out) or ``"refitted"``. Of rows in files that were fitted from distinct
        rows, one row for these, and ``rows`` says how many each stands for.
    good_k : float
        Largest k for which PSIS is trusted.
    notes : tuple of str
        What the numbers mean, and what to mistrust.
    """

    leave: str
    factor: str | None
    units: pd.DataFrame
    good_k: float
    notes: tuple[str, ...]

    @property
    def elpd(self) -> float:
        """Expected log predictive density of all units, ``sum_i log p(y_i | y_-i)``."""
        return float((self.units["elpd"] * self._rows).sum())

    @property
    def se(self) -> float:
        """Standard error of `elpd`, sqrt(m Var_i elpd_i)."""
        if "rows" not in self.units:
            return float(np.sqrt(len(self.units) * self.units["elpd"].var(ddof=0)))
        away = self.units["elpd"] - self.elpd / self.n_units
        return float(np.sqrt((self._rows * away**2).sum()))

    @property
    def n_units(self) -> int:
        """Number of rows, or of groups, left out one at a time."""
        return int(self._rows.sum()) if "rows" in self.units else len(self.units)

    @property
    def _rows(self) -> "pd.Series | int":
        """How many units each row of `units` stands for."""
        return self.units.get("rows", 1)

    @property
    def p_loo(self) -> float:
        """Effective number of parameters, ``sum_i [log p(y_i | y) - log p(y_i | y_-i)]``."""
        return float((self.units["p_loo"] * self._rows).sum())

    @property
    def max_k(self) -> float:
        """Largest Pareto k of the units that were not refitted; NaN when all were."""
        return float(self.units.loc[self.units["how"] != REFITTED, "k"].max())

    @property
    def failed(self) -> pd.DataFrame:
        """The units for which PSIS cannot be trusted and that were not refitted."""
        return self.units[(self.units["how"] != REFITTED) & ~(self.units["k"] <= self.good_k)]

    @property
    def how(self) -> str:
        """In a few words: ``"PSIS"``, ``"refitted"``, ``"PSIS, 2 of 18 refitted"``."""
        counts = {name: int((self.units["how"] == name).sum()) for name in _HOW}
        (whole, *others) = (name for name in _HOW if counts[name])
        if not others and whole != INTEGRATED:
            return whole
        parts = [f"{counts[n]} of {len(self.units)} {n}" for n in _HOW[1:] if counts[n]]
        return ", ".join([PSIS, *parts])

    def __repr__(self) -> str:
        """Return the estimate and what to know about it."""
        what = "rows" if self.leave == "row" else f"levels of {self.factor}"
        lines = [
            f"elpd {self.elpd:.2f} (se {self.se:.2f}), p_loo {self.p_loo:.2f}; "
            f"{self.n_units} {what} left out one at a time ({self.how})",
            *self.notes,
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        what = "rows" if self.leave == "row" else f"levels of {self.factor}"
        cells = (f"{self.elpd:.2f}", f"{self.se:.2f}", f"{self.p_loo:.2f}", f"{self.max_k:.2f}")
        header = ("Left out one at a time", "elpd", "se", "p_loo", "max k", "how")
        row = (f"{self.n_units:,} {what}", *cells, self.how)
        table = Table("", header, (row,), frozenset({1, 2, 3, 4}))
        return page_html("Leave-one-out prediction", table_html(table), notes=self.notes)
