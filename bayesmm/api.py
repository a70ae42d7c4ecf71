"""The verbs of bayesmm: from a formula and a data frame to a posterior, or to the ML estimate."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from bayesmm.choices import EngineName
from bayesmm.errors import BayesmmWarning
from bayesmm.family.known import DEFAULT_FAMILY, resolve_family
from bayesmm.family.record import Family
from bayesmm.fit_sampling import add_rows_to_cells, fresh_seed, sample_design
from bayesmm.fitted import Fit
from bayesmm.fitted_kept import kept_in
from bayesmm.formula import FormulaText
from bayesmm.model.in_files.any_data import design_of_data, owned_data
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.effort import MAX_EFFORT
from bayesmm.sampling.limits import check_settings

if TYPE_CHECKING:
    from bayesmm.likelihood import MLFit
    from bayesmm.results.partial_pooling.pooling import Pooling

__all__ = ["fit", "load", "ml", "pooling", "priors"]


def fit(
    formula: FormulaText,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | Priors | None = None,
    *,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
    engine: EngineName = "auto",
    chains: int = 4,
    draws: int = 1000,
    tune: int | None = None,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    max_treedepth: int = 10,
    max_effort: float = MAX_EFFORT,
    progress: bool | None = None,
    store: str | Path | None = None,
) -> Fit:
    """Draw the posterior of a multilevel model with NUTS.

    eta = b0 + X beta + offset + sum_k Z_k u_k, u_k ~ N(0, Sigma_k), g(E y) = eta.

    Parameters
    ----------
    formula : str, or sequence of str
        lme4's language: ``"Reaction ~ Days + (Days | Subject)"``. Further parameters of the family
        may have formulas of their own: ``["Reaction ~ Days", "sigma ~ Days"]``, or one text with
        ``;`` between.
    data : DataFrame, str, Path, pyarrow.dataset.Dataset, relation of DuckDB, dataframe of Dask
        One row per observation. Rows with missing values in the columns of the model are left
        out and counted. Rows that memory does not hold may stay in Parquet files: a folder, a
        pattern (``"folder/*.parquet"``), a file or a dataset of pyarrow; or they come, when they
        are more than a million, from a relation of DuckDB or a dataframe of Dask. For gaussian,
        bernoulli, binomial, poisson and geometric models: with offsets, weights, without an
        intercept; columns of files are found by name. Partitions of Dask are summed by its
        workers. Refused are ``poly``, ``bs`` and ``ns``; see `bayesmm.model.in_files`.
    family : str or Family
        ``"gaussian"``, ``"bernoulli"``, ``"binomial"``, ``"poisson"``, ...
    priors : str, mapping or Priors, optional
        A preset (``"default"``, ``"brms"``, ``"rstanarm"``, ``"bambi"``) or replacements by name,
        ``{"Days": "Normal(0, 10)"}``; see `bayesmm.priors`.
    link : str, optional
        Link of the family, if not its default.
    categorical : sequence of str
        Columns that are to be read as factors. Text is a factor by itself, unless numbers are
        meant by most of it (``"20"`` .. ``"64"`` and ``"."``), which is refused; the rules are
        those of `bayesmm.model.number_texts.numbers_meant`.
    success : object
        Of a response with two values, the one that counts as success: ``success="ja"``. Needed
        where the words do not say it themselves (yes/no, correct/wrong, ...).
    engine : {"auto", "compiled", "pymc", "numpyro"}
        ``"auto"`` takes the compiled density where it supports the model.
    chains, draws, tune : int
        Number of chains, kept draws of each, and warm-up draws (default: as many as the engine
        needs for the model: 200 or 400 compiled, 1000 PyMC).
    seed : int, optional
        Same seed, same draws. Without one a fresh seed is taken and kept in ``fit.settings``.
    cores : int, optional
        Chains at the same time; default: the number of processors. Does not change the draws.
    target_accept : float
        Acceptance rate that the step size is tuned to, at least: where an engine knows a model to
        be steep it takes a higher one, which `Fit.settings` has.
    max_treedepth : int
        At most ``2**max_treedepth`` leapfrog steps per draw.
    max_effort : float
        When a check of the draws finds something that more sampling may cure, the model is sampled
        again with the same seed, until nothing is found or all runs together have cost this many
        times the first: with more draws where R-hat or effective sample sizes ask for them, a
        higher ``target_accept`` where transitions diverged, a longer warm-up where chains are in
        different places. One line says so, and `Fit.settings` and `Fit.draws` are those of the
        last run: more draws than were asked for, perhaps. 1: sample once.
    progress : bool, optional
        Show progress bars; default: in a terminal and in a notebook.
    store : str or Path, optional
        Name of a folder for the saved fit. While it is sampled, draws are kept in
        ``STORE.unfinished`` as they come, a few seconds behind, from which `bayesmm.resume` goes
        on when the process was killed; ``fit.save(store)`` saves the fit and removes them. NumPyro
        has no draws before all are there: of it nothing is kept, and a line says so.

    Returns
    -------
    Fit
        The posterior, and what is asked of it; prints as one line. When sampling is stopped by
        Ctrl-C, of the draws so far; the first check of `Fit.diagnostics` says so.

    Raises
    ------
    BayesmmError
        When the formula, the data or an argument cannot be used; says what to do.
    """
    started = perf_counter()
    check_settings(
        {
            **{"chains": chains, "draws": draws, "tune": tune, "seed": seed, "cores": cores},
            **{"target_accept": target_accept, "max_treedepth": max_treedepth},
            **{"max_effort": max_effort},
        }
    )
    data = owned_data(data)
    if store is not None:
        from bayesmm.storage.kept_rows import refuse_no_files  # noqa: PLC0415  (Parquet)

        refuse_no_files(data)
    family, sorts = resolve_family(family, link), {"categorical": categorical, "success": success}
    design = design_of_data(formula, data, family, **sorts, add=add_rows_to_cells)
    design = with_sums(design, add_rows_to_cells)
    chosen = choose_priors(design, priors)
    how = {
        **{"engine": engine, "chains": chains, "draws": draws, "tune": tune},
        **{"seed": fresh_seed() if seed is None else int(seed), "target_accept": target_accept},
        **{"max_treedepth": max_treedepth, "max_effort": max_effort},
    }
    keep = kept_in(store, design, chosen, data, how)
    return sample_design(
        Fit, design, chosen, data, **how, cores=cores, progress=progress, started=started, keep=keep
    )


def load(folder: str | Path) -> Fit:
    """Load a fit that ``fit.save`` wrote; nothing is sampled.

    Every file is checked against its checksum, the model is built again from the formula and the
    data, and the log density of a few stored draws is computed again.

    Parameters
    ----------
    folder : str or Path
        The folder of the saved fit.

    Returns
    -------
    Fit
        With the tables, predictions, checks and pictures of the fit that was saved; ``data`` is
        a pandas frame, or names the files that hold the rows. ``loaded`` says where it comes from
        and which versions differ here.

    Raises
    ------
    SavedFitError
        When the folder is no saved fit, was changed or is damaged, is of a newer format, or this
        bayesmm makes another model of its formula and data.

    Warns
    -----
    BayesmmWarning
        When the log density of the stored draws is not what it was.
    """
    from bayesmm.storage.read import read_fit  # noqa: PLC0415  (zarr and Parquet)

    saved = read_fit(folder)
    if saved.warning:
        warnings.warn(saved.warning, BayesmmWarning, stacklevel=2)
    return Fit(
        formula=saved.design.formula,
        design=saved.design,
        priors=saved.priors,
        own_data=saved.data,
        own_draws=saved.draws,
        engine=saved.engine,
        settings=saved.settings,
        seconds=saved.seconds,
        facts=saved.facts,
        versions=saved.versions,
        loaded=saved.notes,
    )


def ml(
    formula: FormulaText,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    *,
    reml: bool = True,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
) -> "MLFit":
    """Estimate a mixed model by maximum likelihood, as lme4 does.

    Parameters
    ----------
    formula, data, family, link, categorical, success
        As in `fit`.
    reml : bool
        Restricted maximum likelihood; gaussian family only.

    Returns
    -------
    MLFit
        With the accessors and column names of `Fit`.
    """
    from bayesmm.likelihood import fit_ml  # noqa: PLC0415  (the tables of a fit need it, its draws not)

    family, sorts = resolve_family(family, link), {"categorical": categorical, "success": success}
    design = design_of_data(formula, data, family, **sorts, add=add_rows_to_cells)
    return fit_ml(design, reml=reml)


def pooling(
    formula: FormulaText,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | Priors | None = None,
    **options: Any,
) -> "Pooling":
    """Fit a model and compare complete, no and partial pooling of its groups.

    Parameters
    ----------
    formula, data, family, priors
        As in `fit`; the formula has group effects.
    **options
        Further arguments of `fit`.

    Returns
    -------
    Pooling
        ``table`` with three estimates per group and ``shrinkage``; `Fit.pooling` gives the same
        of a model that is fitted already.
    """
    return fit(formula, data, family, priors, **options).pooling()


def priors(
    formula: FormulaText,
    data: Any,
    family: str | Family = DEFAULT_FAMILY,
    priors: str | Mapping[str, str | Prior] | None = None,
    *,
    link: str | None = None,
    categorical: Sequence[str] = (),
    success: object = None,
) -> Priors:
    """Return the priors that `fit` would use; they print as a table in the units of the data.

    Parameters
    ----------
    formula, data, family, priors, link, categorical, success
        As in `fit`.

    Returns
    -------
    Priors
        A mapping from names to priors, which `fit` takes as its `priors`; ``table()`` is a
        DataFrame.
    """
    family, sorts = resolve_family(family, link), {"categorical": categorical, "success": success}
    design = design_of_data(formula, data, family, **sorts, add=add_rows_to_cells)
    return choose_priors(with_sums(design, add_rows_to_cells), priors)
