"""The record of a fitted model; its methods are thin over pure functions of the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.results.coef import coef
from bayesmm.results.compare_ml import compare_ml
from bayesmm.results.fixef import fixef
from bayesmm.results.json_output import to_dict, to_json
from bayesmm.results.moments import PROB
from bayesmm.results.ppc import PosteriorPredictive, posterior_predictive
from bayesmm.results.ranef import ranef
from bayesmm.results.summary import Summary, summarise
from bayesmm.results.varcorr import varcorr
from bayesmm.sampling.convergence import Convergence
from bayesmm.sampling.diagnostics import Diagnostics, diagnose
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.quantities import reported_convergence

if TYPE_CHECKING:
    from bayesmm.likelihood.record import MLFit

__all__ = ["Fit"]


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A model with the draws of its posterior.

    Attributes
    ----------
    formula : str
        The formula as the user wrote it.
    design : Design
        What the formula makes of the data.
    priors : Priors
        One prior per parameter; prints as a table.
    data : pandas.DataFrame
        The user's frame, by reference.
    draws : xarray.DataTree
        Groups ``posterior``, ``sample_stats``, ``observed_data``; every ArviZ function takes it.
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
    """

    formula: str
    design: Design
    priors: Priors
    data: pd.DataFrame
    draws: xr.DataTree
    engine: str
    settings: SamplerSettings
    seconds: Mapping[str, float]
    facts: Mapping[str, object] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    # --- what is computed once, when first asked for ---------------------------------------

    @cached_property
    def convergence(self) -> dict[str, Convergence]:
        """R-hat and effective sample sizes of every reported quantity, by variable."""
        return reported_convergence(self.draws, self.design)

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """Whether the draws can be trusted, and what to do if not."""
        return diagnose(self.draws, self.design, self.settings, self.facts, self.convergence)

    @cached_property
    def _ml_or_reason(self) -> "tuple[MLFit | None, str]":
        from bayesmm.likelihood import fit_ml  # noqa: PLC0415  (mixedlm is needed here only)

        try:
            return fit_ml(self.design, reml=True), ""
        except (UnsupportedModelError, DataError) as reason:
            # priors can settle what the likelihood leaves open: no ML is no reason to fail
            return None, str(reason)

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
        """The `pymc.Model` inside `bambi_model`."""
        return self.bambi_model.backend.model

    # --- tables ----------------------------------------------------------------------------

    def summary(self, prob: float = PROB) -> Summary:
        """Return everything on one page; see `bayesmm.results.summary.summarise`."""
        return summarise(self, prob)

    def fixef(self, prob: float = PROB) -> pd.DataFrame:
        """Return the common effects; see `bayesmm.results.fixef.fixef`."""
        return fixef(self, prob)

    def ranef(self, prob: float = PROB, *, diagnostics: bool = False) -> pd.DataFrame:
        """Return the group effects; see `bayesmm.results.ranef.ranef`."""
        return ranef(self, prob, diagnostics=diagnostics)

    def coef(self, prob: float = PROB) -> pd.DataFrame:
        """Return the coefficients of each group; see `bayesmm.results.coef.coef`."""
        return coef(self, prob)

    def varcorr(self, prob: float = PROB) -> pd.DataFrame:
        """Return sds and correlations; see `bayesmm.results.varcorr.varcorr`."""
        return varcorr(self, prob)

    def compare_ml(self) -> pd.DataFrame:
        """Return posterior beside ML; see `bayesmm.results.compare_ml.compare_ml`."""
        return compare_ml(self)

    def ppc(self, seed: int = 0, n_draws: int | None = None) -> PosteriorPredictive:
        """Return replicated responses and test statistics; see `bayesmm.results.ppc`."""
        return posterior_predictive(self, seed, n_draws)

    def to_dict(self) -> dict[str, Any]:
        """Return the results as plain numbers, strings, lists and dictionaries."""
        return to_dict(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Return `to_dict` as JSON text."""
        return to_json(self, indent)

    def __repr__(self) -> str:
        """Return one line: what was fitted, to what, by what, and whether to trust it."""
        family = self.design.family
        trusted = "trusted" if self.diagnostics.ok else "NOT trusted, see .diagnostics"
        return (
            f"Fit({self.formula!r}, {family.name}({family.link}), n_obs={self.design.n_obs}, "
            f"engine={self.engine!r}, {trusted})"
        )
