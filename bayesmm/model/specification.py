"""The PyMC model of a design, which every engine is held to."""

from typing import Any

from bayesmm.model.bambi_model import build_bambi_model
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.model.pymc_model import build_pymc_model, pymc_alone

__all__ = ["pymc_specification"]


def pymc_specification(design: Design, priors: Priors) -> Any:
    """Return the `pymc.Model` of a design: Bambi's, or one of PyMC alone where Bambi has none.

    The latter where further parameters vary, of ordered categories, of censored and truncated
    responses, and of the families that Bambi does not have.

    Where there is none, the model is not supported.
    """
    if pymc_alone(design):
        return build_pymc_model(design, priors)
    return build_bambi_model(design, priors).backend.model
