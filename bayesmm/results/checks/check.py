"""All checks of a fit in one table of verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table, table_html
from bayesmm.result_table import ResultTable, result_table
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.curvature import CURVATURE
from bayesmm.results.checks.effect_shape import EFFECT_SHAPE
from bayesmm.results.checks.few_groups import FEW_GROUPS
from bayesmm.results.checks.group_influence import GROUP_INFLUENCE
from bayesmm.results.checks.missing_slopes import MISSING_SLOPES
from bayesmm.results.checks.outliers import OUTLIERS
from bayesmm.results.checks.overdispersion import OVERDISPERSION
from bayesmm.results.checks.prior_weight import PRIOR_WEIGHT
from bayesmm.results.checks.record import FALSE_ALARMS, FINE, LOOK, VERDICTS, Finding, FitCheck
from bayesmm.results.checks.residual_shape import RESIDUAL_SHAPE
from bayesmm.results.checks.row_influence import ROW_INFLUENCE
from bayesmm.results.checks.spread import CONSTANT_SPREAD, SKEW_AND_TAILS
from bayesmm.results.checks.zeros import ZEROS

__all__ = ["CHECKS", "CheckPanel", "check"]

CHECKS: tuple[FitCheck, ...] = (
    RESIDUAL_SHAPE,
    EFFECT_SHAPE,
    OUTLIERS,
    SKEW_AND_TAILS,
    CONSTANT_SPREAD,
    CURVATURE,
    MISSING_SLOPES,
    OVERDISPERSION,
    ZEROS,
    ROW_INFLUENCE,
    GROUP_INFLUENCE,
    FEW_GROUPS,
    PRIOR_WEIGHT,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CheckPanel:
    """Verdicts on a model; prints as a table.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per finding: ``check``, ``about``, ``verdict`` (``fine``, ``note``, ``look``,
        ``problem``), ``severity`` (0 fine to 3), ``false_alarms`` (how many of 100 models that
        hold are said to be worth a look or worse; NaN of a note), ``number`` (what the value is),
        ``value``, ``words`` and ``rule``.
    tables : mapping of (check, about) to pandas.DataFrame
        The numbers behind a plot of each finding.
    seed : int
        Seed of the replicated data.
    """

    table: ResultTable
    tables: Mapping[tuple[str, str], ResultTable]
    seed: int

    @property
    def verdict(self) -> str:
        """The worst verdict."""
        found = set(self.table["verdict"])
        return next((word for word in reversed(VERDICTS) if word in found), FINE)

    def __repr__(self) -> str:
        """Return one line per finding, and below it the words where there is something to see."""
        width = max(len(f"{row.check} ({row.about})") for row in self.table.itertuples())
        lines = []
        for row in self.table.itertuples():
            name = f"{row.check} ({row.about})"
            lines.append(f"{row.verdict:<8} {name:<{width}}  {row.number} = {row.value:.3g}")
            if row.verdict != FINE:
                lines.append(f"{'':9}{row.words}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return table_html(self.shown())

    def shown(self) -> Table:
        """Return the verdicts as they are shown: one row per finding, with its words."""
        rows = tuple(
            (row.verdict, f"{row.check} ({row.about})", row.number, f"{row.value:.3g}", row.words)
            for row in self.table.itertuples()
        )
        header = ("Verdict", "Check", "Number", "Value", "In words")
        caption = f"Checks of the model, the worst verdict: {self.verdict}"
        return Table(caption, header, rows, frozenset({3}), keys=2)


def check(fit: FitRecord, seed: int = 0) -> CheckPanel:
    """Ask a fit every question that makes sense for it.

    Tests of the model: residuals, their outliers, tails and spread, straight lines, effects that
    may vary between groups, the shape of the group effects, overdispersion and zeros of counts. Of
    models that hold each says "look" or "problem" for at most 1 in 100, "problem" for 1 in 1,000;
    ``docs/CHECKS.md`` has the rates that were found, and what is found of models that are wrong.
    Of censored or truncated responses none of those that compare rows with replicates is made.
    Notes, which are no sign against the model: influence of rows and of groups, number of groups,
    prior against data.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    seed : int
        Seed of replicated data and of randomised residuals.

    Returns
    -------
    CheckPanel
        A verdict per check, with its number and what to do; prints as a table.

    References
    ----------
    Johnson (2007), Bayesian model assessment using pivotal quantities, doi:10.1214/07-BA229
    """
    context = CheckContext(fit, seed)
    found = [
        (one, finding)
        for one in CHECKS
        if one.applies(context) and not (one.replicates and context.family.forms.columns)
        for finding in one.find(context)
    ]
    return CheckPanel(
        table=result_table(pd.DataFrame([_row(one, finding) for one, finding in found]), "Checks"),
        tables={(one.name, finding.about): result_table(finding.table) for one, finding in found},
        seed=seed,
    )


def _row(one: FitCheck, finding: Finding) -> dict[str, object]:
    return {
        "check": one.name,
        "about": finding.about,
        "verdict": finding.verdict,
        "severity": finding.severity,
        "false_alarms": FALSE_ALARMS[LOOK] if one.test else float("nan"),
        "number": finding.number,
        "value": finding.value,
        "words": finding.words,
        "rule": one.rule,
    }
