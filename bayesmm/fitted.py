"""The record of a fitted model; its methods are thin over pure functions of the record."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesmm.choices import Language, Leave
from bayesmm.documented import documented_by
from bayesmm.fitted_marginal import FitMarginal
from bayesmm.fitted_tidy import FitTidy
from bayesmm.fitted_update import FitUpdate
from bayesmm.fitted_words import FitWords
from bayesmm.plots.menu import Plots
from bayesmm.results.tables.moments import PROB
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    import xarray as xr

    from bayesmm.course import CourseModel
    from bayesmm.result_table import ResultTable
    from bayesmm.results.checks.check import CheckPanel
    from bayesmm.results.checks.ppc import PosteriorPredictive
    from bayesmm.results.comparison.loo_record import Loo
    from bayesmm.results.partial_pooling.pooling import Pooling
    from bayesmm.results.tables.estimates import Estimates
    from bayesmm.results.tables.summary import Summary
    from bayesmm.script.script import Script
    from bayesmm.studies.verification.verify import Verification

__all__ = ["Fit"]


# The functions by which the methods answer, whose documentation they have.
_VERBS = Verbs(
    check="bayesmm.results.checks.check:check",
    coef="bayesmm.results.tables.coef:coef",
    compare_ml="bayesmm.results.tables.compare_ml:compare_ml",
    equation="bayesmm.explanation.explain:equations",
    fixef="bayesmm.results.tables.fixef:fixef",
    hypothesis="bayesmm.results.tables.hypothesis:hypothesis",
    icc="bayesmm.results.tables.variance_explained:icc",
    loo="bayesmm.results.comparison.loo:leave_one_out",
    pooling="bayesmm.results.partial_pooling.pooling:pooling",
    ppc="bayesmm.results.checks.ppc:posterior_predictive",
    ppc_statistics="bayesmm.results.streamed.replicates:ppc_statistics",
    r2="bayesmm.results.tables.variance_explained:r2",
    ranef="bayesmm.results.tables.ranef:ranef",
    residuals="bayesmm.results.checks.residuals:residuals",
    script="bayesmm.script.script:write_script",
    sensitivity="bayesmm.results.checks.sensitivity:prior_sensitivity",
    summary="bayesmm.results.tables.summary:summarise",
    to_dict="bayesmm.results.tables.json_output:to_dict",
    to_json="bayesmm.results.tables.json_output:to_json",
    varcorr="bayesmm.results.tables.varcorr:varcorr",
    verify="bayesmm.studies.verification.verify:verify_fit",
    with_log_likelihood="bayesmm.results.densities.pointwise:with_log_likelihood",
    words="bayesmm.explanation.sentence:sentence",
)
# And those of methods that say themselves what they do.
_FURTHER = Verbs(
    html="bayesmm.results.tables.summary_html:fit_html",
    report="bayesmm.report.report:write_report",
    save="bayesmm.storage.write:save_fit",
)


@documented_by(_VERBS)
class Fit(FitMarginal, FitTidy, FitUpdate, FitWords):
    """A model with the draws of its posterior: `bayesmm.fit_record.FitRecord` and what it answers.

    A fit owns what it was fitted to, and nobody can change its answers: its arrays are read-only,
    its mappings frozen, and ``data`` and ``draws`` are the user's own to change.
    """

    # --- tables ----------------------------------------------------------------------------

    def summary(self, prob: float = PROB) -> "Summary":
        """Return everything on one page; see `bayesmm.results.tables.summary.summarise`."""
        return _VERBS.summary(self, prob)

    def fixef(self, prob: float = PROB, *, exponentiate: bool = False) -> "ResultTable":
        """Return the common effects; see `bayesmm.results.tables.fixef.fixef`."""
        return _VERBS.fixef(self, prob, exponentiate=exponentiate)

    def ranef(self, prob: float = PROB, *, diagnostics: bool = False) -> "ResultTable":
        """Return the group effects; see `bayesmm.results.tables.ranef.ranef`."""
        return _VERBS.ranef(self, prob, diagnostics=diagnostics)

    def coef(self, prob: float = PROB) -> "ResultTable":
        """Return the coefficients of each group; see `bayesmm.results.tables.coef.coef`."""
        return _VERBS.coef(self, prob)

    def varcorr(self, prob: float = PROB) -> "ResultTable":
        """Return sds and correlations; see `bayesmm.results.tables.varcorr.varcorr`."""
        return _VERBS.varcorr(self, prob)

    def compare_ml(self) -> "ResultTable":
        """Return posterior beside ML; see `bayesmm.results.tables.compare_ml.compare_ml`."""
        return _VERBS.compare_ml(self)

    def ppc(self, seed: int = 0, n_draws: int | None = None) -> "PosteriorPredictive":
        """Return replicated responses and test statistics; see `bayesmm.results.checks.ppc`."""
        return _VERBS.ppc(self, seed, n_draws)

    def ppc_statistics(self, seed: int = 0, n_draws: int | None = None) -> "ResultTable":
        """Return test statistics of replicates, of rows in files too; see `results.streamed`."""
        return _VERBS.ppc_statistics(self, seed, n_draws)

    def with_log_likelihood(self, seed: int = 0) -> "xr.DataTree":
        """Return `draws` with pointwise groups; see `bayesmm.results.densities.pointwise`."""
        return _VERBS.with_log_likelihood(self, seed)

    # --- questions ----------------------------------------------------------

    def hypothesis(
        self,
        text: str | Sequence[str],
        rope: float | tuple[float, float] | None = None,
        prob: float = PROB,
    ) -> "Estimates":
        """Return probabilities of hypotheses; see `bayesmm.results.tables.hypothesis`."""
        return _VERBS.hypothesis(self, text, rope, prob)

    def r2(self, prob: float = PROB) -> "Estimates":
        """Return the variance explained; see `bayesmm.results.tables.variance_explained.r2`."""
        return _VERBS.r2(self, prob)

    def icc(self, prob: float = PROB) -> "Estimates":
        """Return intraclass correlations; see `bayesmm.results.tables.variance_explained.icc`."""
        return _VERBS.icc(self, prob)

    def pooling(self, prob: float = PROB) -> "Pooling":
        """Return complete, no and partial pooling; see `bayesmm.results.partial_pooling`."""
        return _VERBS.pooling(self, prob)

    def check(self, seed: int = 0) -> "CheckPanel":
        """Return verdicts, each with its number; see `bayesmm.results.checks.check`."""
        return _VERBS.check(self, seed)

    def verify(self, *, sample: bool = False, seed: int = 0) -> "Verification":
        """Return whether the sampled density is PyMC's; see `bayesmm.studies.verification`."""
        found = _VERBS.verify(self, sample=sample, seed=seed)
        self.remember_verification(found)
        return found

    def sensitivity(self, *, refit: bool = False) -> "ResultTable":
        """Return estimates under other priors; see `bayesmm.results.checks.sensitivity`."""
        return _VERBS.sensitivity(self, refit=refit)

    def residuals(self, seed: int = 0) -> "ResultTable":
        """Return residuals of every row; see `bayesmm.results.checks.residuals.residuals`."""
        return _VERBS.residuals(self, seed)

    def loo(self, leave: Leave = "row", factor: str | None = None, *, refit: bool = False) -> "Loo":
        """Return predictions of left-out rows or groups; see `bayesmm.results.comparison.loo`."""
        return _VERBS.loo(self, leave, factor, refit=refit)

    @property
    def plot(self) -> Plots:
        """The pictures of this fit, ``fit.plot.NAME()``; prints as a list of them."""
        return Plots(self)

    # --- in words --------------------------------------------------------------------------

    def words(self) -> str:
        """Return the model in one sentence; see `bayesmm.explanation.sentence.sentence`."""
        return _VERBS.words(self.design)

    def equation(self, latex: bool = False) -> str:
        """Return the model and its priors in symbols; see `bayesmm.explanation.explain`."""
        return _VERBS.equation(self.design, self.priors, latex=latex)

    def to_dict(self, prob: float = PROB) -> dict[str, Any]:
        """Return the results as plain numbers, strings, lists and dictionaries."""
        return _VERBS.to_dict(self, prob)

    def to_json(self, indent: int | None = 2, prob: float = PROB) -> str:
        """Return `to_dict` as JSON text."""
        return _VERBS.to_json(self, indent, prob)

    def script(self, language: Language = "bayesmm", data: str | None = None) -> "Script":
        """Return code that makes this fit again; see `bayesmm.script.script.write_script`."""
        return _VERBS.script(self, language, data)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Save the fit for `bayesmm.load`; see `bayesmm.storage.write.save_fit`.

        Parameters
        ----------
        folder : str or Path
            The folder to make. It appears when everything is on the disk; a process that is
            killed leaves nothing that could be taken for a fit.
        overwrite : bool
            Whether to replace a saved fit of that name; nothing else is ever replaced.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        UsageError
            When the name is taken, the disk refuses, or the frame cannot be kept as it is.
        UnsupportedModelError
            When the design was made of arrays instead of a formula and a frame.

        Warns
        -----
        BayesmmWarning
            When a column or an attribute of the data cannot be kept as it is; names it.
        """
        return _FURTHER.save(self, folder, overwrite=overwrite)

    def report(
        self,
        path: str | Path,
        title: str | None = None,
        others: "Mapping[str, Fit] | None" = None,
        course: "CourseModel | str | None" = None,
        prob: float = PROB,
        focus: str | Sequence[str] | None = None,
    ) -> Path:
        """Write everything to one HTML file; see `bayesmm.report.report.write_report`.

        Parameters
        ----------
        path : str or Path
            The file, ``"out.html"``. Its folder is made. A file of that name is replaced in one
            step, when all of the new one is on the disk.
        title : str, optional
            The heading; default: the response.
        others : mapping of str to Fit, optional
            Fits of the same rows to compare with, by name.
        course : CourseModel or str, optional
            The course model that was fitted, or its name: its question and the published numbers
            are shown.
        prob : float
            Probability of all intervals.
        focus : str or sequence of str, optional
            The predictors that the question is about, as in `answer`.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UsageError
            When the file cannot be written, or the other models are not of the same data.
        """
        return _FURTHER.report(self, path, title, others, course, prob, focus)

    def _repr_html_(self) -> str:
        return _FURTHER.html(self.summary(), self.diagnostics)

    def __repr__(self) -> str:
        """Return one line: what was fitted, to what, by what, and the verdict on the draws."""
        family = self.design.family
        return (
            f"Fit({self.formula!r}, {family.name}({family.link}), n_obs={self.design.n_obs}, "
            f"engine={self.engine!r}, {self.diagnostics.in_short})"
        )
