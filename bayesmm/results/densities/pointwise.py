"""The draws with what ArviZ asks for row by row: log likelihood, log prior, replicates."""

import xarray as xr

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.names import stored_name
from bayesmm.results.checks.ppc import posterior_predictive
from bayesmm.results.densities.log_likelihood import row_log_likelihood
from bayesmm.results.densities.log_prior import log_prior
from bayesmm.results.prediction.draw_choice import LARGEST_RESULT
from bayesmm.sampling.assemble import OBSERVATION_DIM, sample_coordinates
from bayesmm.sampling.named_arrays import indexed, named_array
from bayesmm.wording import either

__all__ = ["with_log_likelihood"]


def with_log_likelihood(fit: FitRecord, seed: int = 0) -> xr.DataTree:
    """Return a tree for ``az.loo``, ``az.compare``, ``az.psense`` and ``az.plot_ppc_dist``.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    seed : int
        Seed of the replicated responses.

    Returns
    -------
    xarray.DataTree
        The groups of ``fit.draws`` and ``log_likelihood`` (of each row at each draw, its group
        effects included), ``log_prior`` (of each parameter; the distribution of the group effects
        is part of the model) and ``posterior_predictive`` (one replicate of the response per
        draw).

    Raises
    ------
    UsageError
        When rows times draws are more than 50 million.
    """
    posterior = fit.own_draws["posterior"]
    sizes, design = posterior.sizes, fit.design
    n_draws = sizes["chain"] * sizes["draw"]
    if n_draws * design.n_obs > LARGEST_RESULT:
        raise UsageError(
            f"{n_draws:,} draws of {design.n_obs:,} rows are more than {LARGEST_RESULT:,} numbers "
            "at once."
            + either(
                " fit.loo() and bayesmm.compare(fits) take them in parts; fit.ppc(n_draws=100) "
                "replicates the response for some draws.",
                " 'bayesmm compare' takes them in parts.",
            )
        )
    name, attributes = stored_name(design.response), {"long_name": design.response}
    samples = sample_coordinates(sizes["chain"], sizes["draw"])
    observed = fit.own_draws["observed_data"].to_dataset().coords[OBSERVATION_DIM]
    replicated = posterior_predictive(fit, seed, n_draws).draws["posterior_predictive"]
    likelihood = xr.Dataset(
        {
            name: named_array(
                ("chain", "draw", OBSERVATION_DIM),
                row_log_likelihood(design, fit.own_draws),
                attributes,
            )
        },
        coords=indexed({**samples, OBSERVATION_DIM: observed.values}),
    )
    prior = xr.Dataset(
        {
            stored_name(parameter): named_array(("chain", "draw"), values, {"long_name": parameter})
            for parameter, values in log_prior(design, fit.priors, fit.own_draws).items()
        },
        coords=indexed(samples),
    )
    groups = {child.name: child.to_dataset() for child in fit.draws.children.values()}
    return xr.DataTree.from_dict(
        groups
        | {
            "log_likelihood": likelihood,
            "log_prior": prior,
            "posterior_predictive": replicated.to_dataset(),
        }
    )
