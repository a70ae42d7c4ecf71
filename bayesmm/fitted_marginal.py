"""What a fit predicts, and what follows from predictions: marginal means, contrasts, averages."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bayesmm.choices import (
    AverageWho,
    ComparisonScale,
    Component,
    ContrastMethod,
    PredictKind,
    Scale,
    Who,
)
from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.moments import PROB
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    from bayesmm.results.prediction.predict import Prediction
    from bayesmm.results.tables.estimates import Estimates

__all__ = ["FitMarginal"]

# The functions by which the methods answer, whose documentation they have.
_VERBS = Verbs(
    avg_comparisons="bayesmm.results.marginal.avg_comparisons:avg_comparisons",
    avg_predictions="bayesmm.results.marginal.averages:avg_predictions",
    avg_slopes="bayesmm.results.marginal.averages:avg_slopes",
    contrasts="bayesmm.results.marginal.contrasts:contrasts",
    emmeans="bayesmm.results.marginal.marginal_means:emmeans",
    predict="bayesmm.results.prediction.predict:predict",
    slopes="bayesmm.results.marginal.slopes:slopes",
)


@documented_by(_VERBS)
class FitMarginal(FitRecord):
    """What a record predicts."""

    def predict(
        self,
        newdata: Any = None,
        who: Who = "these groups",
        kind: PredictKind = "mean",
        prob: float = PROB,
        seed: int = 0,
        n_draws: int | None = None,
        parameter: str | None = None,
        component: Component = "response",
        times: float | Sequence[float] | None = None,
        shares: float | Sequence[float] | None = None,
    ) -> "Prediction":
        """Return predictions and their draws; see `bayesmm.results.prediction.predict.predict`."""
        return _VERBS.predict(
            self, newdata, who, kind, prob, seed, n_draws, parameter, component, times, shares
        )

    def emmeans(
        self,
        cells: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        scale: Scale = "link",
        who: AverageWho = "typical group",
        prob: float = PROB,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return marginal means; see `bayesmm.results.marginal.marginal_means.emmeans`."""
        return _VERBS.emmeans(self, cells, by, at, scale, who, prob, parameter)

    def contrasts(
        self,
        cells: str | Sequence[str],
        by: str | Sequence[str] | None = None,
        method: ContrastMethod = "pairwise",
        at: Mapping[str, Any] | None = None,
        scale: ComparisonScale = "link",
        who: AverageWho = "typical group",
        prob: float = PROB,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return contrasts of marginal means; see `bayesmm.results.marginal.contrasts`."""
        return _VERBS.contrasts(self, cells, by, method, at, scale, who, prob, parameter)

    def slopes(
        self,
        variable: str,
        by: str | Sequence[str] | None = None,
        at: Mapping[str, Any] | None = None,
        scale: Scale = "link",
        prob: float = PROB,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return slopes in a numeric predictor; see `bayesmm.results.marginal.slopes.slopes`."""
        return _VERBS.slopes(self, variable, by, at, scale, prob, parameter)

    def avg_predictions(
        self,
        variables: str | Sequence[str] | Mapping[str, Any] | None = None,
        by: str | Sequence[str] | None = None,
        newdata: Any = None,
        scale: Scale = "response",
        who: Who = "these groups",
        prob: float = PROB,
        seed: int = 0,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return averages over rows; see `bayesmm.results.marginal.averages.avg_predictions`."""
        return _VERBS.avg_predictions(
            self, variables, by, newdata, scale, who, prob, seed, parameter
        )

    def avg_comparisons(
        self,
        variables: str | Sequence[str] | Mapping[str, Any] | None = None,
        by: str | Sequence[str] | None = None,
        newdata: Any = None,
        scale: ComparisonScale = "response",
        who: Who = "these groups",
        prob: float = PROB,
        seed: int = 0,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return effects averaged over rows; see `bayesmm.results.marginal.avg_comparisons`."""
        return _VERBS.avg_comparisons(
            self, variables, by, newdata, scale, who, prob, seed, parameter
        )

    def avg_slopes(
        self,
        variables: str | Sequence[str] | None = None,
        by: str | Sequence[str] | None = None,
        newdata: Any = None,
        scale: Scale = "response",
        who: Who = "these groups",
        prob: float = PROB,
        seed: int = 0,
        parameter: str | None = None,
    ) -> "Estimates":
        """Return slopes averaged over rows; see `bayesmm.results.marginal.averages.avg_slopes`."""
        return _VERBS.avg_slopes(self, variables, by, newdata, scale, who, prob, seed, parameter)
