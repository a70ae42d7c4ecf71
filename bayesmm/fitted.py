"""The record of a fitted model; its methods are thin over pure functions of the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from bayesmm.explanation.explain import equations
from bayesmm.explanation.sentence import sentence
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.owned import copied_frame, owned
from bayesmm.plots.menu import Plots
from bayesmm.results.check import CheckPanel, check
from bayesmm.results.coef import coef
from bayesmm.results.compare_ml import compare_ml
from bayesmm.results.contrasts import contrasts
from bayesmm.results.estimates import Estimates
from bayesmm.results.fixef import fixef
from bayesmm.results.hypothesis import hypothesis
from bayesmm.results.json_output import to_dict, to_json
from bayesmm.results.loo import Loo, leave_one_out
from bayesmm.results.marginal_means import emmeans
from bayesmm.results.moments import PROB
from bayesmm.results.pooling import Pooling, pooling
from bayesmm.results.ppc import PosteriorPredictive, posterior_predictive
from bayesmm.results.predict import Prediction, predict
from bayesmm.results.ranef import ranef
from bayesmm.results.residuals import residuals
from bayesmm.results.slopes import slopes
from bayesmm.results.summary import Summary, summarise
from bayesmm.results.summary_html import fit_html
from bayesmm.results.varcorr import varcorr
from bayesmm.results.variance_explained import icc, r2
from bayesmm.sampling.convergence import Convergence
from bayesmm.sampling.diagnostics import Diagnostics, diagnose
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.free_variables import read_only_tree, tree_for_pymc
from bayesmm.sampling.quantities import reported_convergence
from bayesmm.script.script import Script, write_script

if TYPE_CHECKING:
    from bayesmm.course import CourseModel
    from bayesmm.likelihood.record import MLFit

__all__ = ["Fit"]


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A model with the draws of its posterior.

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
    own_draws: xr.DataTree
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
        object.__setattr__(self, "own_draws", read_only_tree(self.own_draws))

    @property
    def data(self) -> Any:
        """A copy of the data of the fit, of the user's kind of frame."""
        return copied_frame(self.own_data)

    # --- what is computed once, when first asked for ---------------------------------------

    @cached_property
    def draws(self) -> xr.DataTree:
        """The draws for ArviZ and PyMC; see `bayesmm.sampling.free_variables.tree_for_pymc`.

        Groups ``posterior`` (with what `pymc_model` samples), ``sample_stats`` and
        ``observed_data``. One tree, which may be changed and added to; its arrays are read-only.
        """
        return tree_for_pymc(self.own_draws, self.design, self.priors)

    @cached_property
    def convergence(self) -> Mapping[str, Convergence]:
        """R-hat and effective sample sizes of every reported quantity, by variable."""
        return owned(reported_convergence(self.own_draws, self.design))

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """Whether the draws can be trusted, and what to do if not."""
        return owned(
            diagnose(self.own_draws, self.design, self.settings, self.facts, self.convergence)
        )

    @cached_property
    def _ml_or_reason(self) -> "tuple[MLFit | None, str]":
        from bayesmm.likelihood.attempt import ml_or_reason  # noqa: PLC0415  (mixedlm is slow)

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

    # --- predictions and questions ----------------------------------------------------------

    def predict(
        self,
        newdata: Any = None,
        who: str = "these groups",
        kind: str = "mean",
        prob: float = PROB,
        seed: int = 0,
        n_draws: int | None = None,
    ) -> Prediction:
        """Return predictions and their draws; see `bayesmm.results.predict.predict`."""
        return predict(self, newdata, who, kind, prob, seed, n_draws)

    def emmeans(
        self,
        cells: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        scale: str = "link",
        who: str = "typical group",
        prob: float = PROB,
    ) -> Estimates:
        """Return marginal means; see `bayesmm.results.marginal_means.emmeans`."""
        return emmeans(self, cells, by, at, scale, who, prob)

    def contrasts(
        self,
        cells: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        method: str = "pairwise",
        at: Mapping[str, Any] | None = None,
        scale: str = "link",
        who: str = "typical group",
        prob: float = PROB,
    ) -> Estimates:
        """Return contrasts of marginal means; see `bayesmm.results.contrasts.contrasts`."""
        return contrasts(self, cells, by, method, at, scale, who, prob)

    def slopes(
        self,
        variable: str,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        scale: str = "link",
        prob: float = PROB,
    ) -> Estimates:
        """Return slopes in a numeric predictor; see `bayesmm.results.slopes.slopes`."""
        return slopes(self, variable, by, at, scale, prob)

    def hypothesis(
        self,
        text: str | Sequence[str],
        rope: float | tuple[float, float] | None = None,
        prob: float = PROB,
    ) -> Estimates:
        """Return probabilities of hypotheses; see `bayesmm.results.hypothesis.hypothesis`."""
        return hypothesis(self, text, rope, prob)

    def r2(self, prob: float = PROB) -> Estimates:
        """Return the variance explained; see `bayesmm.results.variance_explained.r2`."""
        return r2(self, prob)

    def icc(self, prob: float = PROB) -> Estimates:
        """Return intraclass correlations; see `bayesmm.results.variance_explained.icc`."""
        return icc(self, prob)

    def pooling(self, prob: float = PROB) -> Pooling:
        """Return complete, no and partial pooling; see `bayesmm.results.pooling.pooling`."""
        return pooling(self, prob)

    def check(self, seed: int = 0) -> CheckPanel:
        """Return verdicts on the model, each with its number; see `bayesmm.results.check`."""
        return check(self, seed)

    def residuals(self, seed: int = 0) -> pd.DataFrame:
        """Return residuals of every row; see `bayesmm.results.residuals.residuals`."""
        return residuals(self, seed)

    def loo(self, leave: str = "row", factor: str | None = None, *, refit: bool = False) -> Loo:
        """Return predictions of left-out rows or groups; see `bayesmm.results.loo`."""
        return leave_one_out(self, leave, factor, refit=refit)

    @property
    def plot(self) -> Plots:
        """The pictures of this fit, ``fit.plot.NAME()``; prints as a list of them."""
        return Plots(self)

    # --- in words --------------------------------------------------------------------------

    def words(self) -> str:
        """Return the model in one sentence; see `bayesmm.explanation.sentence.sentence`."""
        return sentence(self.design)

    def equation(self, latex: bool = False) -> str:
        """Return the model and its priors in symbols; see `bayesmm.explanation.explain`."""
        return equations(self.design, self.priors, latex=latex)

    def to_dict(self) -> dict[str, Any]:
        """Return the results as plain numbers, strings, lists and dictionaries."""
        return to_dict(self)

    def to_json(self, indent: int | None = 2) -> str:
        """Return `to_dict` as JSON text."""
        return to_json(self, indent)

    def script(self, language: str = "bayesmm", data: str | None = None) -> Script:
        """Return code that makes this fit again; see `bayesmm.script.script.write_script`."""
        return write_script(self, language, data)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Save the fit for `bayesmm.load`; see `bayesmm.storage.write.save_fit`."""
        from bayesmm.storage.write import save_fit  # noqa: PLC0415  (zarr and Parquet)

        return save_fit(self, folder, overwrite=overwrite)

    def report(
        self,
        path: str | Path,
        title: str | None = None,
        others: "Mapping[str, Fit] | None" = None,
        course: "CourseModel | str | None" = None,
    ) -> Path:
        """Write everything to one HTML file; see `bayesmm.report.report.write_report`."""
        from bayesmm.report.report import write_report  # noqa: PLC0415  (jinja2, matplotlib)

        return write_report(self, path, title, others, course)

    def _repr_html_(self) -> str:
        return fit_html(self)

    def __repr__(self) -> str:
        """Return one line: what was fitted, to what, by what, and whether to trust it."""
        family = self.design.family
        return (
            f"Fit({self.formula!r}, {family.name}({family.link}), n_obs={self.design.n_obs}, "
            f"engine={self.engine!r}, {self.diagnostics.in_short})"
        )
