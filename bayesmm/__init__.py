"""Bayesian multilevel models in Python: lme4 formulas, NUTS, and ML beside every posterior.

Everything is imported on first use, so that the command line answers at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesmm.api import fit, ml, priors
    from bayesmm.data import list_data, load_data
    from bayesmm.errors import BayesmmError, DataError, FormulaError, PriorError
    from bayesmm.model.priors import Prior
    from bayesmm.read_table import read_table
    from bayesmm.results.fit import Fit

__all__ = [
    "BayesmmError",
    "DataError",
    "Fit",
    "FormulaError",
    "Prior",
    "PriorError",
    "fit",
    "list_data",
    "load_data",
    "ml",
    "priors",
    "read_table",
]

_HOME = {
    "BayesmmError": "bayesmm.errors",
    "DataError": "bayesmm.errors",
    "Fit": "bayesmm.results.fit",
    "FormulaError": "bayesmm.errors",
    "Prior": "bayesmm.model.priors",
    "PriorError": "bayesmm.errors",
    "fit": "bayesmm.api",
    "list_data": "bayesmm.data",
    "load_data": "bayesmm.data",
    "ml": "bayesmm.api",
    "priors": "bayesmm.api",
    "read_table": "bayesmm.read_table",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bayesmm' has no attribute '{name}'")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
