"""The GPU engine: the Bambi/PyMC model through JAX, sampled by NumPyro (an optional extra)."""

from time import perf_counter

import numpy as np

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.model.specification import pymc_specification
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.pymc_path import parameter_draws_of_pymc, pymc_variables

__all__ = ["sample_numpyro"]

# NumPyro's statistics: PyMC's names of them are ours.
_STATISTICS = ("diverging", "energy", "n_steps", "tree_depth", "step_size", "acceptance_rate", "lp")


def sample_numpyro(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample the Bambi/PyMC model of a design with NumPyro, on a GPU where JAX finds one.

    All chains run at once, vectorised, whatever ``cores`` is. The same seed gives the same draws on
    the same device.
    """
    import jax  # noqa: PLC0415
    from pymc.sampling.jax import sample_numpyro_nuts  # noqa: PLC0415

    started = perf_counter()
    # Densities of hierarchical models lose their tails in single precision, JAX's default.
    with jax.enable_x64(True):
        model = pymc_specification(design, priors)
        built = perf_counter()
        trace = sample_numpyro_nuts(
            model=model,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            target_accept=settings.target_accept,
            random_seed=settings.seed,
            var_names=pymc_variables(design),
            chain_method="vectorized",
            nuts_kwargs={"max_tree_depth": settings.max_treedepth},
            progressbar=settings.progress,
            compute_convergence_checks=False,
        )
    statistics = {name: np.asarray(trace.sample_stats[name]) for name in _STATISTICS}
    statistics["reached_max_treedepth"] = statistics["tree_depth"] >= settings.max_treedepth
    device = jax.devices()[0]
    return parameter_draws_of_pymc(
        design,
        trace.posterior,
        statistics,
        {"compile": built - started, "sample": perf_counter() - built},
        {
            "path": "numpyro",
            "parameterisation": "non-centred",
            "device": f"{device.platform}: {device.device_kind}",
        },
    )
