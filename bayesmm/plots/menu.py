"""The pictures of a fit by name: ``fit.plot.NAME(...)``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bayesmm.errors import UsageError, suggestion

if TYPE_CHECKING:
    from bayesmm.fit_record import FitRecord

__all__ = ["PLOTS", "Plot", "Plots"]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of a fit.

    Attributes
    ----------
    module : str
        Module of `bayesmm.plots` with a function of the name of the plot: ``(fit, ax=None, ...)``
        gives a `Picture`. It is imported when the plot is asked for: matplotlib takes long.
    shows : str
        What it shows, in one line.
    refuses : callable
        Returns why a fit has no such picture, empty if it has.
    """

    module: str
    shows: str
    refuses: Callable[["FitRecord"], str] = lambda fit: ""


def _no_groups(fit: "FitRecord") -> str:
    return "" if fit.design.blocks else "the model has no group effects"


def _no_terms(fit: "FitRecord") -> str:
    return "" if fit.design.mu.terms else "the model has no common effects"


def _no_predictors(fit: "FitRecord") -> str:
    if fit.design.encoder is None:
        return "its design was built from arrays, so that new rows cannot be coded"
    columns = fit.design.encoder.formula.predictor_columns()
    return "" if any(True for _ in columns) else "the model has no predictors"


def _no_pooling(fit: "FitRecord") -> str:
    from bayesmm.likelihood.fit import has_routine  # noqa: PLC0415  (mixedlm is slow to import)
    from bayesmm.results.prediction.response_mean import mean_is_inverse_link  # noqa: PLC0415  (scipy)

    family = fit.design.family
    if reason := _no_groups(fit) or (_no_predictors(fit) if fit.design.encoder is None else ""):
        return reason
    if has_routine(family) and mean_is_inverse_link(family):
        return ""
    return f"{family.name} with the {family.link} link has no estimates without pooling"


def _no_lines(fit: "FitRecord") -> str:
    from bayesmm.plots.group_choice import block_of, line_predictor  # noqa: PLC0415  (pandas)

    if reason := _no_groups(fit) or _no_predictors(fit):
        return reason
    factor = block_of(fit.design, None).factor
    if line_predictor(fit, factor) is None:
        return f"no predictor varies within the groups of '{factor}'"
    return ""


def _no_pair(fit: "FitRecord") -> str:
    from bayesmm.model.names import effect_labels  # noqa: PLC0415  (numpy: names are offered without)

    factors = [block.factor for block in fit.design.blocks for _ in effect_labels(block)]
    pair = len(factors) > len(set(factors))
    return "" if pair else _no_groups(fit) or "no two effects vary by the same factor"


def _few_levels(fit: "FitRecord") -> str:
    enough = any(block.n_groups >= 5 for block in fit.design.blocks)
    return "" if enough else _no_groups(fit) or "no grouping factor has 5 levels"


def _no_moments(fit: "FitRecord") -> str:
    family = fit.design.family
    return "" if family.has_moments else f"residuals of the {family.name} family are not known"


PLOTS: Mapping[str, Plot] = {
    "fixef": Plot("fixef", "common effects with intervals, ML beside", _no_terms),
    "effects": Plot("effects", "predictions over a variable, with bands", _no_predictors),
    "pooling": Plot("pooling", "groups with complete, no and partial pooling", _no_pooling),
    "group_lines": Plot("group_lines", "lines of all groups, the typical one above", _no_lines),
    "shrinkage": Plot("shrinkage", "arrows from no pooling to partial pooling", _no_pooling),
    "data_lines": Plot("data_lines", "the data, a line per group", _no_lines),
    "intercepts_by_size": Plot(
        "intercepts_by_size", "coefficients of groups against their size", _no_groups
    ),
    "ppc": Plot("ppc", "data over data that the model produces"),
    "check": Plot("check", "every check of the model under its verdict"),
    "residuals": Plot("residuals", "residuals, normal quantiles, by group", _no_moments),
    "effect_qq": Plot("effect_qq", "group effects against normal quantiles", _few_levels),
    "influence": Plot("influence", "what leaving out rows or groups changes"),
    "prior_posterior": Plot("prior_posterior", "prior and posterior of every parameter"),
    "links": Plot("links", "the link function, the rows of the fit along its axis"),
    "trace": Plot("trace", "draws of the chains in their order"),
    "rank": Plot("rank", "rank histograms of the chains"),
    "ranef_scatter": Plot("ranef_scatter", "two effects of each group, their spread", _no_pair),
    "caterpillar": Plot("caterpillar", "group effects with intervals, in order", _no_groups),
}


class Plots:
    """The pictures of one fit; ``dir`` lists those it can have, calling it prints the list."""

    __slots__ = ("_fit",)

    def __init__(self, fit: "FitRecord") -> None:
        self._fit = fit

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the plot of this name as a function of its options."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in PLOTS:
            raise AttributeError(
                f"There is no plot '{name}'. {suggestion(name, PLOTS, label='Plots')}"
            )
        if reason := PLOTS[name].refuses(self._fit):
            raise UsageError(f"There is no plot '{name}' of this fit: {reason}.")
        function = getattr(import_module(f"bayesmm.plots.{PLOTS[name].module}"), name)
        bound = partial(function, self._fit)
        bound.__doc__ = function.__doc__
        return bound

    def __dir__(self) -> list[str]:
        """Return the names of the pictures that this fit can have."""
        return [name for name, plot in PLOTS.items() if not plot.refuses(self._fit)]

    def __repr__(self) -> str:
        """Return one line per picture."""
        width = max(map(len, PLOTS))
        lines = [f"  {name:<{width}}  {PLOTS[name].shows}" for name in dir(self)]
        return "\n".join(["Pictures of this fit, fit.plot.NAME():", *lines])
