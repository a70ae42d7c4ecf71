"""The PyMC model of a design, which every engine is held to."""

from typing import Any

from bayesmm.model.bambi_model import build_bambi_model
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.model.pymc_model import build_pymc_model

__all__ = ["pymc_specification"]


def pymc_specification(design: Design, priors: Priors) -> Any:
    """Return the `pymc.Model` of a design: Bambi's, or one of PyMC alone where Bambi has none.

    The latter where further parameters vary, and of ordered categories.

    Parameters
    ----------
    design, priors : Design, Priors
        The model.

    Raises
    ------
    UnsupportedModelError
        Where there is none.
    """
    if design.varying or design.family.thresholds or design.family.forms.columns:
        return build_pymc_model(design, priors)
    return build_bambi_model(design, priors).backend.model
