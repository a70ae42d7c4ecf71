"""Bayesian multilevel models in Python: lme4 formulas, NUTS, and ML beside every posterior.

Everything is imported on first use, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bayesmm.waiting import waiting

if TYPE_CHECKING:
    from bayesmm.api import fit, load, ml, pooling, priors
    from bayesmm.citation import cite
    from bayesmm.data import list_data, load_data
    from bayesmm.errors import BayesmmError, BayesmmWarning, DataError, FormulaError, PriorError
    from bayesmm.explanation.explain import explain
    from bayesmm.fitted import Fit
    from bayesmm.model.priors import Prior
    from bayesmm.plots.calibration import calibrate
    from bayesmm.plots.comparison import plot_compare
    from bayesmm.plots.estimates import plot_estimates
    from bayesmm.plots.links import plot_links
    from bayesmm.plots.multilevel_mean import plot_multilevel_mean
    from bayesmm.plots.power import power
    from bayesmm.plots.prior_predictive import prior_predictive
    from bayesmm.reading import read_table
    from bayesmm.rerunning import rerun
    from bayesmm.results.comparison.compare import compare
    from bayesmm.results.comparison.f_test import f_test
    from bayesmm.results.comparison.likelihood_ratio import likelihood_ratio
    from bayesmm.results.partial_pooling.multilevel_mean import multilevel_mean
    from bayesmm.resuming import resume
    from bayesmm.studies.bootstrap import bootstrap_lrt
    from bayesmm.studies.bootstrap_estimates import bootstrap
    from bayesmm.studies.crossval import crossval

__all__ = [
    "BayesmmError",
    "BayesmmWarning",
    "DataError",
    "Fit",
    "FormulaError",
    "Prior",
    "PriorError",
    "bootstrap",
    "bootstrap_lrt",
    "calibrate",
    "cite",
    "compare",
    "crossval",
    "explain",
    "f_test",
    "fit",
    "likelihood_ratio",
    "list_data",
    "load",
    "load_data",
    "ml",
    "multilevel_mean",
    "plot_compare",
    "plot_estimates",
    "plot_links",
    "plot_multilevel_mean",
    "pooling",
    "power",
    "prior_predictive",
    "priors",
    "read_table",
    "rerun",
    "resume",
]

_HOME = {
    "BayesmmError": "bayesmm.errors",
    "BayesmmWarning": "bayesmm.errors",
    "DataError": "bayesmm.errors",
    "Fit": "bayesmm.fitted",
    "FormulaError": "bayesmm.errors",
    "Prior": "bayesmm.model.priors",
    "PriorError": "bayesmm.errors",
    "bootstrap": "bayesmm.studies.bootstrap_estimates",
    "bootstrap_lrt": "bayesmm.studies.bootstrap",
    "calibrate": "bayesmm.plots.calibration",
    "cite": "bayesmm.citation",
    "compare": "bayesmm.results.comparison.compare",
    "crossval": "bayesmm.studies.crossval",
    "explain": "bayesmm.explanation.explain",
    "f_test": "bayesmm.results.comparison.f_test",
    "fit": "bayesmm.api",
    "likelihood_ratio": "bayesmm.results.comparison.likelihood_ratio",
    "list_data": "bayesmm.data",
    "load": "bayesmm.api",
    "load_data": "bayesmm.data",
    "ml": "bayesmm.api",
    "multilevel_mean": "bayesmm.results.partial_pooling.multilevel_mean",
    "plot_compare": "bayesmm.plots.comparison",
    "plot_estimates": "bayesmm.plots.estimates",
    "plot_links": "bayesmm.plots.links",
    "plot_multilevel_mean": "bayesmm.plots.multilevel_mean",
    "pooling": "bayesmm.api",
    "power": "bayesmm.plots.power",
    "prior_predictive": "bayesmm.plots.prior_predictive",
    "priors": "bayesmm.api",
    "read_table": "bayesmm.reading",
    "rerun": "bayesmm.rerunning",
    "resume": "bayesmm.resuming",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bayesmm' has no attribute '{name}'")
    # The first start after an installation compiles the libraries' bytecode, which takes seconds.
    with waiting("loading libraries"):
        value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
