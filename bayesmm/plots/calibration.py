"""Calibration of posteriors: the record with its page and its picture."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.choices import EngineName
from bayesmm.family.known import DEFAULT_FAMILY, resolve_family
from bayesmm.family.record import Family
from bayesmm.formula import FormulaText
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.noted_table import NotedTable
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.tables.moments import PROB
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.effort import MAX_EFFORT
from bayesmm.sampling.limits import check_settings
from bayesmm.studies.calibration import CalibrationRecord, run_calibration
from bayesmm.studies.tasks import Workers
from bayesmm.studies.uniformity import ecdf_band

__all__ = ["Calibration", "calibrate"]

_POINTS = 401  # of a curve


class Calibration(NotedTable, CalibrationRecord):
    """Where truths lie in their posteriors; prints as a table of verdicts, draws as a picture."""

    __slots__ = ()

    def plot(
        self, ax: Axes | Sequence[Axes] | None = None, prob: float = PROB, columns: int = 4
    ) -> Picture:
        """Draw the share of truths below each position, less that position.

        Parameters
        ----------
        ax : Axes or sequence of Axes, optional
            Where to draw, one per quantity.
        prob : float
            Probability of the band: a right posterior stays in it everywhere at once.
        columns : int
            Panels per row of a new figure.

        Returns
        -------
        Picture
            ``table``: ``quantity``, ``position``, ``difference`` (share of truths at or below it,
            less it), ``lower``, ``upper`` (the band of the difference there).
        """
        parts = [_differences(name, self.positions[name].to_numpy(), prob) for name in
                 self.quantities]  # fmt: skip
        verdicts = dict(zip(self.table["quantity"], self.table["verdict"], strict=True))
        with drawing():
            axes = panels(ax, len(parts), columns=columns, width=2.3, height=1.7)
            for one, name, part in zip(axes, self.quantities, parts, strict=True):
                _panel(one, part, wrong=verdicts[name] != "ok")
                one.set_title("\n".join(wrap(name, 26)), fontsize="small")
            label_outside(
                axes,
                new=ax is None,
                x="position of the truth in its posterior",
                y="share below − position",
                title=f"Calibration of {len(self.positions):,} posteriors "
                f"(band: {percent(prob)} for all of a curve)",
            )
        caption = (
            f"Empirical distribution function of the positions of {len(self.positions):,} truths "
            "in their posteriors, less that of right posteriors, for each quantity. Right ones "
            f"stay within the band with probability {percent(prob)}; red: {_wrong(verdicts)}."
        )
        table = pd.concat(parts, ignore_index=True)
        table.attrs |= {"probability": prob, "interval": "simultaneous"}
        return Picture(axes[0].figure, table, caption)


def _wrong(verdicts: Mapping[str, str]) -> str:
    return ", ".join(name for name, verdict in verdicts.items() if verdict != "ok") or "none"


def _differences(name: str, values: np.ndarray, prob: float) -> pd.DataFrame:
    """Return the share of positions up to each t less t, and the same of the limits of all."""
    low, high = ecdf_band(len(values), prob)
    t = np.linspace(0, 1, _POINTS)
    shares = {"difference": values, "lower": high, "upper": low}
    found = {k: np.searchsorted(np.sort(v), t, side="right") / len(v) - t
             for k, v in shares.items()}  # fmt: skip
    return pd.DataFrame({"quantity": name, "position": t} | found)


def _panel(ax: Axes, table: pd.DataFrame, *, wrong: bool) -> None:
    ax.fill_between(table["position"], table["lower"], table["upper"], color=MUTED, alpha=0.2,
                    linewidth=0)  # fmt: skip
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    colour = COLOURS["absurd"] if wrong else COLOURS["posterior"]
    ax.plot(table["position"], table["difference"], color=colour, linewidth=1.2)
    ax.set_xlim(0, 1)


def calibrate(
    formula: FormulaText,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | Priors | None = None,
    n: int = 500,
    *,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
    truth: str | Mapping[str, str | Prior] | Priors | None = None,
    seed: int = 0,
    engine: EngineName = "auto",
    chains: int = 4,
    draws: int = 250,
    tune: int | None = None,
    target_accept: float = 0.8,
    max_effort: float = MAX_EFFORT,
    cores: int | None = None,
    cluster: str | None = None,
    progress: bool | None = None,
    checkpoint: str | Path | None = None,
) -> Calibration:
    """Check that the posteriors of a model are right, by data simulated from its priors.

    theta ~ p(theta), y ~ p(y | theta) for the rows and groups of the data, a fit to each y: the
    rank of theta among the draws of its posterior is uniform when the draws are of p(theta | y).

    Parameters
    ----------
    formula, data, family, priors, link, categorical, success
        As in `fit`. Priors that are scaled to the response are so once, by the given data; its
        responses are used for nothing else.
    n : int
        Number of simulated data sets, at least 20.
    truth : str, mapping or Priors, optional
        Priors that the truths are drawn from, where they shall differ from those of the fits: what
        a study finds then is what wrong priors do.
    seed : int
        Same seed, same results, whatever computes them.
    engine, chains, draws, tune, target_accept, max_effort
        As in `fit`, for each data set.
    cores : int, optional
        Processes; default: one per processor, where the study takes longer than they do to start.
    cluster : str, optional
        Address of a Dask scheduler, ``"tcp://host:8786"``, whose workers compute.
    progress : bool, optional
        Show a bar; default: in a terminal and in a notebook.
    checkpoint : str or Path, optional
        A file that keeps each result as it comes; the same call goes on from it.

    Returns
    -------
    Calibration
        Prints a verdict for every quantity: each coefficient, sd, correlation and further
        parameter, the effects of the first level of each factor, and the log likelihood of the
        data; ``plot()`` draws them.

    Raises
    ------
    PriorError
        When a prior is flat, as those of the preset ``"brms"`` for coefficients are.
    DataError
        When fewer than 20 data sets can be fitted.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman (2018), arXiv:1804.06788;
    Modrák, Moon, Kim, Bürkner, Huurre, Faltejsková, Gelman and Vehtari (2023), Bayesian Analysis,
    doi:10.1214/23-BA1404 (the log likelihood as a quantity)
    """
    check_settings(
        {"chains": chains, "draws": draws, "tune": tune, "seed": seed,
         "target_accept": target_accept, "max_effort": max_effort}
    )  # fmt: skip
    design = build_design(
        formula, data, resolve_family(family, link), categorical=categorical, success=success
    )
    chosen = choose_priors(design, priors)
    found = run_calibration(
        design,
        chosen,
        chosen if truth is None else choose_priors(design, truth),
        n,
        seed,
        engine,
        SamplerSettings(chains=chains, draws=draws, target_accept=target_accept),
        tune,
        max_effort,
        Workers(cores, cluster, progress, checkpoint),
    )
    return Calibration(**{field.name: getattr(found, field.name) for field in fields(found)})
