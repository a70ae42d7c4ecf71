"""Power of studies of several sizes: the record with its page and its picture."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from bayesmm.errors import DataError, UsageError
from bayesmm.family.known import DEFAULT_FAMILY, resolve_family
from bayesmm.family.record import Family
from bayesmm.formula import FormulaText
from bayesmm.likelihood import fit_ml
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.frames import as_pandas
from bayesmm.model.prior_choice import PriorArgument
from bayesmm.noted_table import NotedTable
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import legend_below
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, single
from bayesmm.results.tables.moments import PROB
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.studies.assumed_values import with_values
from bayesmm.studies.extended_data import extended
from bayesmm.studies.power_study import PowerRecord, grid_of, run_power
from bayesmm.studies.tasks import Workers
from bayesmm.wording import option

__all__ = ["Power", "power"]

_USUAL = 0.8  # the power that studies are planned for
_LINES = tuple(COLOURS[name] for name in ("posterior", "ml", "complete", "prior", "population"))
_DRAWS, _CHAINS = 250, 4


class Power(NotedTable, PowerRecord):
    """What studies of several sizes would find; prints as a table, draws as a picture."""

    __slots__ = ()

    def plot(self, ax: Axes | None = None) -> Picture:
        """Draw the power against the first size, a line for each combination of the others.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw.

        Returns
        -------
        Picture
            ``table``: as ``self.table``.
        """
        table = self.table
        first, *others = self.sizes
        groups = [((), table)] if not others else list(table.groupby(others, sort=True))
        with drawing():
            axes = single(ax, 5.2, 3.6)
            axes.axhline(_USUAL, color=MUTED, linewidth=0.8, linestyle="--")
            for k, (chosen, part) in enumerate(groups):
                colour = _LINES[k % len(_LINES)]
                named = zip(others, chosen, strict=True)
                label = ", ".join(f"{name} = {size}" for name, size in named)
                axes.fill_between(part[first], part["lower"], part["upper"], color=colour,
                                  alpha=0.15, linewidth=0)  # fmt: skip
                axes.plot(part[first], part["power"], color=colour, marker="o", markersize=4,
                          linewidth=1.4, label=label or None)  # fmt: skip
            axes.set_ylim(0, 1.02)
            axes.set_xticks(sorted(set(table[first])))
            axes.set_xlabel("rows" if first == "rows" else f"levels of {first}")
            axes.set_ylabel("power")
            axes.set_title(f"Power to find {self.effect} = {self.truth:.4g}\n"
                           f"(bands: {percent(self.prob)} Clopper-Pearson)")  # fmt: skip
            if others:
                legend_below(axes, new=ax is None)
        caption = (
            f"Share of {self.n:,} simulated studies of each size whose {percent(self.prob)} "
            f"interval of {self.effect} is without 0, with {percent(self.prob)} Clopper-Pearson "
            f"intervals of that share; the dashed line is at {_USUAL:g}."
        )
        return Picture(axes.figure, table, caption)


def power(
    formula: FormulaText,
    data: Any,
    effect: str,
    sizes: Mapping[str, int | Sequence[int]],
    family: str | Family = DEFAULT_FAMILY,
    values: Mapping[str, float] | None = None,
    n: int = 200,
    prob: float = PROB,
    *,
    method: str = "ml",
    priors: PriorArgument = None,
    reml: bool = True,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
    seed: int = 0,
    cores: int | None = None,
    cluster: str | None = None,
    progress: bool | None = None,
    checkpoint: str | Path | None = None,
) -> Power:
    """Simulate studies of several sizes and count what they find.

    The model is estimated from the data at hand, some of its estimates are replaced by what is
    assumed, and studies with the same predictors are simulated from it.

    Parameters
    ----------
    formula, data, family, link, categorical, success
        As in `fit`: a pilot study, or data of the planned design with any response when `values`
        gives every parameter.
    effect : str
        The common effect that is asked about, ``"x"``.
    sizes : mapping of str to int or sequence of int
        ``{"Subject": [20, 40, 80]}``: numbers of levels of a grouping factor; ``"rows"``: rows of
        each of its levels (of the whole study, where no factor is named). Levels and rows of the
        data are repeated, or left out evenly. Several are combined.
    values : mapping of str to float, optional
        What is assumed, by the names of the parameters in a fit: ``{"x": 0.3, "sigma": 1.0,
        "1|Subject_sigma": 0.5}``. Power at the estimate of a pilot study itself is too high or
        too low by chance: say what would matter.
    n : int
        Number of studies of each size.
    prob : float
        Probability of the intervals: .95 tests at the level .05.
    method : {"ml", "posterior"}
        Intervals of ML or REML fits, which take milliseconds, or of posteriors.
    priors : str, mapping or Priors, optional
        Those of the posteriors; presets are scaled to each simulated study.
    reml : bool
        As in `bayesmm.ml`.
    seed : int
        The same seed gives the same studies, and the first of more are those of fewer.
    cores, cluster, progress, checkpoint
        As in `calibrate`.

    Returns
    -------
    Power
        Prints power, coverage, and errors of sign (type S) and magnitude (type M) of each size;
        ``plot()`` draws the power, ``estimates`` holds every study.

    Raises
    ------
    UsageError
        When a size, a value or the effect is not of the model.
    DataError
        When no study of a size can be fitted.

    References
    ----------
    Gelman and Carlin (2014), doi:10.1177/1745691614551642 (type S and M errors);
    Green and MacLeod (2016), SIMR, doi:10.1111/2041-210X.12504
    """
    chosen = resolve_family(family, link)
    table = as_pandas(data)
    design = build_design(formula, table, chosen, categorical=categorical, success=success)
    assumed = with_values(fit_ml(design, reml=reml), values or {})
    grid = grid_of(sizes)
    columns = {block.factor: block.factor for block in design.blocks}
    used = table.iloc[design.rows]
    designs = []
    for size in grid:
        rows = extended(used, size, columns)
        try:
            own = build_design(formula, rows, chosen, categorical=categorical, success=success)
        except DataError as reason:
            raise DataError(
                f"There is no study of {_told(size)}: {reason} Or take more levels or rows."
            ) from reason
        _check_same_model(design, own, size)
        designs.append(own)
    found = run_power(
        assumed,
        designs,
        grid,
        effect,
        n,
        seed,
        prob,
        method,
        priors,
        SamplerSettings(chains=_CHAINS, draws=_DRAWS),
        Workers(cores, cluster, progress, checkpoint),
    )
    return Power(**{field.name: getattr(found, field.name) for field in fields(found)})


def _check_same_model(design: Design, own: Design, size: Mapping[str, int]) -> None:
    """Raise when the rows of a size do not have the columns of the model."""
    for predictor in design.predictors:
        terms = own.predictor(predictor.parameter).terms
        if terms != predictor.terms:
            lost = sorted(set(predictor.terms) ^ set(terms))
            raise UsageError(
                f"A study of {_told(size)} has not the columns {', '.join(lost)}: take more levels "
                f"or rows ({option('sizes')}), so that every level of the predictors occurs."
            )


def _told(size: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in size.items())
