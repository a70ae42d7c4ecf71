"""A saved fit sampled again with its own settings, and whether the same draws came out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from bayesmm.api import load
from bayesmm.errors import UsageError
from bayesmm.fit_sampling import sample_design
from bayesmm.fitted import Fit
from bayesmm.prose import prose_lines
from bayesmm.resuming import CONTINUED
from bayesmm.sampling.draws import INCOMPLETE
from bayesmm.sampling.limits import check_settings
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.versions import other_versions

__all__ = ["Rerun", "rerun"]

_WIDTH = 92
_ERRORS = 5.0  # Monte Carlo standard errors of a difference that chance makes


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rerun:
    """What came of sampling a fit again.

    Attributes
    ----------
    identical : bool
        Whether every draw of every parameter, and every statistic of the sampler, has the same
        bits.
    differ : tuple of str
        Names of what has other bits.
    largest : float
        The largest difference of two posterior means, in their Monte Carlo standard errors; 0
        where all draws are identical.
    largest_of : str
        The parameter that has it.
    other_versions : tuple of str
        Versions, and the processor, that are others here than when the fit was sampled.
    fit : Fit
        The fit as it came out here.
    """

    identical: bool
    differ: tuple[str, ...]
    largest: float
    largest_of: str
    other_versions: tuple[str, ...]
    fit: Fit

    @property
    def agrees(self) -> bool:
        """Whether the two differ by no more than two runs of other seeds would."""
        return self.largest < _ERRORS

    def __repr__(self) -> str:
        """Return the verdict in sentences."""
        return "\n".join(prose_lines(" ".join(self._sentences()), _WIDTH))

    def _sentences(self) -> Iterator[str]:
        posterior = self.fit.own_draws["posterior"]
        n, size = len(posterior.data_vars), posterior.sizes["chain"] * posterior.sizes["draw"]
        if self.identical:
            yield f"Identical: all {size:,} draws of {n} variables have the same bits."
        else:
            yield (
                f"Not identical: draws of {len(self.differ)} variables differ. The largest "
                f"difference of two posterior means is {self.largest:.2g} Monte Carlo standard "
                f"errors ({self.largest_of})"
            ) + (
                ", as between two runs of one model."
                if self.agrees
                else f", more than chance makes ({_ERRORS:g}): this is another posterior."
            )
        if self.other_versions:
            yield f"Other versions here: {', '.join(self.other_versions)}."
        elif not self.identical:
            yield "Versions and processor are those of the fit."


def rerun(
    saved: str | Path | Fit, *, cores: int | None = None, progress: bool | None = None
) -> Rerun:
    """Sample a fit again with its settings and seed, and compare the draws bit by bit.

    The same data, settings, seed and versions give the same draws on any number of cores, in any
    thread or process of one kind of processor. Another processor, or another version of a library,
    rounds differently, and chains part after some hundred steps: then the posterior means are
    compared in Monte Carlo standard errors, sqrt(SD_1^2 / ESS_1 + SD_2^2 / ESS_2).

    Parameters
    ----------
    saved : str, Path or Fit
        A saved fit, or one at hand.
    cores, progress
        As in `bayesmm.fit`.

    Returns
    -------
    Rerun
        Whether they are identical, how much they differ, and which versions do.

    Raises
    ------
    SavedFitError
        When the folder is no saved fit.
    UsageError
        When its draws are those of a run that was stopped or continued, which no settings make.
    """
    check_settings({"cores": cores})
    fit = saved if isinstance(saved, Fit) else load(saved)
    if told := [name for name in (INCOMPLETE, CONTINUED) if name in fit.facts]:
        raise UsageError(
            f"Sampling of this fit was {'stopped' if told == [INCOMPLETE] else 'continued'}, so "
            "that no settings make its draws in one run; only a fit that was sampled in one go "
            "can be repeated."
        )
    settings = fit.settings
    again = sample_design(
        Fit,
        fit.design,
        fit.priors,
        fit.own_data,
        engine=fit.engine,
        **{name: getattr(settings, name) for name in _SETTINGS},
        max_effort=1,
        cores=cores,
        progress=progress,
    )
    again = replace(again, facts=fit.facts)
    differ = tuple(_differing(fit.own_draws, again.own_draws))
    largest, of = _largest(fit, again) if differ else (0.0, "")
    return Rerun(not differ, differ, largest, of, other_versions(fit.versions), again)


_SETTINGS = ("chains", "draws", "tune", "seed", "target_accept", "max_treedepth")


def _differing(one: xr.DataTree, other: xr.DataTree) -> Iterator[str]:
    for group in ("posterior", "sample_stats"):
        for name, values in one[group].data_vars.items():
            there = other[group].data_vars.get(name)
            if there is None or not np.array_equal(values, there, equal_nan=True):
                yield str(values.attrs.get("long_name", name))


def _largest(one: Fit, other: Fit) -> tuple[float, str]:
    """Return the largest difference of means in standard errors, and of what."""
    worst, of = 0.0, ""
    for name, convergence in one.convergence.items():
        found = [named_draws(f.own_draws, name) for f in (one, other)]
        flat = [v.reshape(v.shape[0] * v.shape[1], -1) for v in found]
        ess = [np.ravel(c.ess_bulk) for c in (convergence, other.convergence[name])]
        error = np.sqrt(sum(f.var(axis=0) / e for f, e in zip(flat, ess, strict=True)))
        apart = np.abs(flat[0].mean(axis=0) - flat[1].mean(axis=0))
        with np.errstate(invalid="ignore", divide="ignore"):
            z = np.nan_to_num(apart / error, nan=0.0)
        if z.max(initial=0.0) > worst:
            worst, of = float(z.max()), str(name)
    return worst, of
