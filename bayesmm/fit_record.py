"""The record of a fitted model: the model, what it was fitted to, and the draws."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.owned import copied_frame, owned
from bayesmm.sampling.diagnostics import Diagnostics, diagnose
from bayesmm.sampling.drawn_arrays import DrawnArrays, Draws, arrays_of
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.quantities import ReportedConvergence
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    import xarray as xr

    from bayesmm.likelihood.ml_fit import MLFit

__all__ = ["FitRecord"]

# xarray takes long to import, and tables need none of its trees.
_TREES = Verbs(
    for_pymc="bayesmm.sampling.free_variables:tree_for_pymc",
    read_only="bayesmm.sampling.free_variables:read_only_tree",
)


class _OwnDraws:
    """The field of the draws: given as arrays or as a tree, read as a tree, which is made then."""

    def __get__(self, record: "FitRecord | None", owner: type | None = None) -> "xr.DataTree":
        """Return the tree."""
        if record is None:  # so that the field has no default
            raise AttributeError("own_draws")
        own = vars(record)
        return own["_tree"] if "_tree" in own else own["own_arrays"].tree

    def __set__(self, record: "FitRecord", draws: Draws) -> None:
        """Keep the draws in arrays that cannot be written to."""
        if isinstance(draws, DrawnArrays):
            vars(record)["own_arrays"] = draws.read_only()
        else:
            vars(record)["_tree"] = _TREES.read_only(draws)


@dataclass(frozen=True, eq=False, repr=False)
class FitRecord:
    """What a fit is, and what is computed of it once.

    A fit owns what it was fitted to, and nobody can change its answers: its arrays are read-only,
    its mappings frozen, and ``data`` and ``draws`` are the user's own to change.

    Attributes
    ----------
    formula : str
        The formula as the user wrote it.
    design : Design
        What the formula makes of the data.
    priors : Priors
        One prior per parameter; prints as a table.
    own_data : pandas.DataFrame
        The data as they were when the model was fitted; `data` hands out a copy.
    own_draws : xarray.DataTree
        The draws that all answers come from; `draws` hands out a tree for ArviZ and PyMC.
    engine : str
        What sampled: ``"compiled"`` or ``"pymc"``.
    settings : SamplerSettings
        Chains, draws, seed and the rest.
    seconds : mapping of str to float
        Wall time: ``compile``, ``sample``, ``total``.
    facts : mapping of str to object
        What the engine chose.
    versions : mapping of str to str
        Versions of Python and of the packages that took part.
    loaded : tuple of str
        Where a loaded fit comes from, in sentences; empty for a fit that was sampled here.
    """

    formula: str
    design: Design
    priors: Priors
    own_data: pd.DataFrame
    own_draws: _OwnDraws = _OwnDraws()
    engine: str
    settings: SamplerSettings
    seconds: Mapping[str, float]
    facts: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    loaded: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make everything read-only."""
        for name in ("design", "priors", "seconds", "facts", "versions"):
            object.__setattr__(self, name, owned(getattr(self, name)))

    def remember(self, convergence: ReportedConvergence) -> None:
        """Keep the convergence of these draws, which sampling has looked at already.

        No field: a record that is made of this one with other draws must not have it.

        Parameters
        ----------
        convergence : ReportedConvergence
            Of every reported quantity of these draws.
        """
        self.__dict__["convergence"] = convergence

    def remember_verification(self, verification: Any) -> None:
        """Keep what a comparison with the PyMC model found, for the report; no field either.

        Parameters
        ----------
        verification : Verification
            What `verify` found.
        """
        self.__dict__["_verification"] = verification

    @property
    def verification(self) -> Any:
        """What `verify` found last; None before it was called."""
        return self.__dict__.get("_verification")

    @property
    def data(self) -> Any:
        """A copy of the data of the fit, of the user's kind of frame."""
        return copied_frame(self.own_data)

    # --- what is computed once, when first asked for ---------------------------------------

    @cached_property
    def own_arrays(self) -> DrawnArrays:
        """The arrays of `own_draws`, for what reads them by name."""
        return arrays_of(self.own_draws)

    @cached_property
    def draws(self) -> "xr.DataTree":
        """The draws for ArviZ and PyMC; see `bayesmm.sampling.free_variables.tree_for_pymc`."""
        return _TREES.for_pymc(self.own_draws, self.design, self.priors)

    @cached_property
    def convergence(self) -> ReportedConvergence:
        """R-hat and effective sample sizes of every reported quantity, by variable."""
        return ReportedConvergence(self.own_arrays, self.design)

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """What the draws are good for, what was found and what it means for the numbers."""
        return owned(
            diagnose(self.own_arrays, self.design, self.settings, self.facts, self.convergence)
        )

    @cached_property
    def _ml_or_reason(self) -> "tuple[MLFit | None, str]":
        from bayesmm.likelihood.fit import ml_or_reason  # noqa: PLC0415  (SciPy is slow)

        return ml_or_reason(self.design)

    @property
    def ml(self) -> "MLFit | None":
        """REML (gaussian) or ML fit of the same columns; None where there is none."""
        return self._ml_or_reason[0]

    @property
    def ml_note(self) -> str:
        """Why there is no ML fit; empty when there is one."""
        return self._ml_or_reason[1]

    @cached_property
    def bambi_model(self) -> Any:
        """The `bambi.Model` of exactly this design and these priors, built when asked for."""
        from bayesmm.model.bambi_model import build_bambi_model  # noqa: PLC0415  (Bambi is slow)

        return build_bambi_model(self.design, self.priors)

    @property
    def pymc_model(self) -> Any:
        """The `pymc.Model` of the fit; `draws` holds all that it samples.

        That inside `bambi_model`, or one of PyMC alone where Bambi has none.
        """
        return self._pymc_model

    @cached_property
    def _pymc_model(self) -> Any:
        from bayesmm.model.pymc_model import build_pymc_model, pymc_alone  # noqa: PLC0415  (slow)

        if pymc_alone(self.design):
            return build_pymc_model(self.design, self.priors)
        return self.bambi_model.backend.model
