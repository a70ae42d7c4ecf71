"""Fits that were not finished: continued, or made of the draws that are there."""

import warnings
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from bayesmm.errors import BayesmmWarning, UsageError
from bayesmm.fit_sampling import sample_design
from bayesmm.fitted import Fit
from bayesmm.sampling.kept_draws import KeptRuns, keeping_draws
from bayesmm.sampling.limits import check_settings
from bayesmm.wording import either

__all__ = ["CONTINUED", "resume"]

CONTINUED = "continued"  # the fact that a run was, and after what


def resume(
    folder: str | Path,
    *,
    salvage: bool = False,
    cores: int | None = None,
    progress: bool | None = None,
) -> Fit:
    """Finish a fit whose draws were kept on disk, after its process was stopped or killed.

    Runs of the sampler that are whole on the disk are read. Of the last one, each chain goes on
    from its last draw, after a warm-up of its own: the draws are of the same posterior, but not
    those that one run of the same seed would have made; ``facts["continued"]`` says so. A chain of
    which there is nothing begins anew. If no chain has begun to keep draws, the result is, to the
    last bit, that of a fit that was never stopped.

    Parameters
    ----------
    folder : str or Path
        What was given as `store`, or the folder ``STORE.unfinished``.
    salvage : bool
        Sample nothing and return the draws that are there, as a fit that is incomplete.
    cores, progress
        As in `bayesmm.fit`.

    Returns
    -------
    Fit
        The fit; ``fit.save(folder)`` saves it and removes what was kept.

    Raises
    ------
    SavedFitError
        When there is no unfinished fit, it was changed, or this bayesmm makes another model or
        another density of it.
    UsageError
        When there are no draws to salvage.

    Warns
    -----
    BayesmmWarning
        When versions differ from those with which the fit was begun.
    """
    from bayesmm.storage.unfinished import read_unfinished  # noqa: PLC0415  (Parquet)

    started = perf_counter()
    check_settings({"cores": cores})
    found = read_unfinished(folder)
    if found.others:
        warnings.warn(
            f"The fit in '{folder}' was begun with other versions: {', '.join(found.others)}.",
            BayesmmWarning,
            stacklevel=2,
        )
    runs = KeptRuns(found.folder, only_read=salvage)
    try:
        with keeping_draws(runs):
            fit = sample_design(
                Fit,
                found.design,
                found.priors,
                found.data,
                **found.arguments,
                cores=cores,
                progress=progress,
                started=started,
            )
    except KeyboardInterrupt:
        if not salvage:
            raise
        raise UsageError(
            f"There are no draws in '{found.folder}' yet that were kept after the warm-up; "
            f"continue: {either(f"bayesmm.resume('{folder}')", f'bayesmm resume {folder}')}."
        ) from None
    if salvage or not runs.continued:
        return fit
    told = replace(fit, facts={**fit.facts, CONTINUED: tuple(runs.continued)})
    if "convergence" in vars(fit):  # of the same draws
        told.remember(fit.convergence)
    return told
