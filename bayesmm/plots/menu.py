"""The pictures of a fit by name: ``fit.plot.NAME(...)``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bayesmm.errors import UsageError, refuse_unknown
from bayesmm.wording import option

if TYPE_CHECKING:
    from bayesmm.fit_record import FitRecord

__all__ = ["PLOTS", "Plot", "Plots"]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of a fit."""

    # module of `bayesmm.plots` with a function of the name of the plot: ``(fit, ax=None, ...)``
    # gives a `Picture`. It is imported when the plot is asked for: matplotlib takes long
    module: str
    shows: str  # what it shows, in one line
    # returns why a fit has no such picture, empty if it has
    refuses: Callable[["FitRecord"], str] = lambda fit: ""
    # whether it is of one linear predictor: that of mu, or of the parameter that is named
    of_one: bool = False
    every_row: bool = False  # whether it reads all rows

    def reason(self, fit: "FitRecord") -> str:
        """Return why a fit has no such picture, empty if it has."""
        if self.every_row and fit.design.source is not None:
            return "it reads every row, and the rows are in files; draw it of a fit of some of them"
        return self.refuses(fit)


def _no_groups(fit: "FitRecord") -> str:
    return "" if fit.design.blocks else "the model has no group effects"


def _no_terms(fit: "FitRecord") -> str:
    some = any(own.terms for own in (fit.design.mu, *fit.design.specific_predictors))
    return "" if some else "the model has no common effects"


def _no_predictors(fit: "FitRecord") -> str:
    if fit.design.encoder is None:
        return "its design was built from arrays, so that new rows cannot be coded"
    columns = fit.design.encoder.formula.predictor_columns()
    return "" if any(True for _ in columns) else "the model has no predictors"


def _no_pooling(fit: "FitRecord") -> str:
    from bayesmm.likelihood.fit import has_routine  # noqa: PLC0415  (SciPy is slow to import)
    from bayesmm.results.prediction.response_mean import mean_is_inverse_link  # noqa: PLC0415  (scipy)

    family = fit.design.family
    if fit.design.varying:
        return f"{fit.design.varying[0]} varies from row to row"
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
    factors = [block.factor for block in fit.design.blocks for _ in block.effects]
    pair = len(factors) > len(set(factors))
    return "" if pair else _no_groups(fit) or "no two effects vary by the same factor"


def _few_levels(fit: "FitRecord") -> str:
    enough = any(block.n_groups >= 5 for block in fit.design.blocks)
    return "" if enough else _no_groups(fit) or "no grouping factor has 5 levels"


def _no_moments(fit: "FitRecord") -> str:
    family = fit.design.family
    if family.response == "unordered":
        return "categories without order have no residuals but those of fit.residuals()"
    if family.response == "multinomial":
        return "counts of categories have no residuals but those of fit.residuals()"
    return "" if family.has_moments else f"residuals of the {family.name} family are not known"


def _no_shares(fit: "FitRecord") -> str:
    if fit.design.family.probabilities is None:
        return f"the response of the {fit.design.family.name} family has no categories"
    return _no_predictors(fit)


def _no_thresholds(fit: "FitRecord") -> str:
    family = fit.design.family
    if not family.in_order:
        return f"the {family.name} family has no thresholds in an order on a latent scale"
    varying = fit.design.varying
    return f"{varying[0]} varies, and the latent scale with it" if varying else ""


def _unknown_data(fit: "FitRecord") -> str:
    from bayesmm.results.checks.kaplan_meier import no_steps  # noqa: PLC0415

    if not fit.design.family.forms.censoring or not (reason := no_steps(fit.design)):
        return ""
    return f"{reason}; fit.ppc() completes what is not known"


def _no_survival(fit: "FitRecord") -> str:
    family = fit.design.family
    if family.below is not None and family.response in ("positive", "real"):
        return ""
    return f"a response of the {family.name} family is no time"


PLOTS: Mapping[str, Plot] = {
    "fixef": Plot("fixef", "common effects with intervals, ML beside", _no_terms, of_one=True),
    "effects": Plot(
        "effects",
        "predictions over a variable, with bands",
        _no_predictors,
        of_one=True,
        every_row=True,
    ),
    "pooling": Plot(
        "pooling", "groups with complete, no and partial pooling", _no_pooling, every_row=True
    ),
    "group_lines": Plot(
        "group_lines",
        "lines of all groups, the typical one above",
        _no_lines,
        of_one=True,
        every_row=True,
    ),
    "shrinkage": Plot(
        "shrinkage", "arrows from no pooling to partial pooling", _no_pooling, every_row=True
    ),
    "data_lines": Plot("data_lines", "the data, a line per group", _no_lines, every_row=True),
    "intercepts_by_size": Plot(
        "intercepts_by_size",
        "coefficients of groups against their size",
        _no_groups,
        of_one=True,
        every_row=True,
    ),
    "category_shares": Plot(
        "category_shares",
        "shares of the categories over a predictor, stacked",
        _no_shares,
        every_row=True,
    ),
    "thresholds": Plot(
        "thresholds", "thresholds between categories on the latent scale", _no_thresholds
    ),
    "ppc": Plot("ppc", "data over data that the model produces", _unknown_data, every_row=True),
    "survival": Plot(
        "survival", "survival over time, the steps of the data beside", _no_survival, every_row=True
    ),
    "check": Plot("check", "every check of the model under its verdict", every_row=True),
    "residuals": Plot(
        "residuals", "residuals, normal quantiles, by group", _no_moments, every_row=True
    ),
    "effect_qq": Plot("effect_qq", "group effects against normal quantiles", _few_levels),
    "influence": Plot("influence", "what leaving out rows or groups changes", every_row=True),
    "prior_posterior": Plot("prior_posterior", "prior and posterior of every parameter"),
    "links": Plot(
        "links",
        "the link function, the rows of the fit along its axis",
        of_one=True,
        every_row=True,
    ),
    "trace": Plot("trace", "draws of the chains in their order"),
    "rank": Plot("rank", "rank histograms of the chains"),
    "ranef_scatter": Plot(
        "ranef_scatter", "two effects of each group, their spread", _no_pair, of_one=True
    ),
    "caterpillar": Plot(
        "caterpillar", "group effects with intervals, in order", _no_groups, of_one=True
    ),
}

# Those of one linear predictor that draw the responses too, unless told otherwise.
_WITH_DATA = frozenset({"effects", "group_lines"})


class Plots:
    """The pictures of one fit; ``dir`` lists those it can have, calling it prints the list."""

    __slots__ = ("_fit",)

    def __init__(self, fit: "FitRecord") -> None:
        self._fit = fit

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the plot of this name as a function of its options."""
        if name.startswith("_"):
            raise AttributeError(name)
        refuse_unknown(name, PLOTS, f"There is no plot '{name}'.", "Plots", AttributeError)
        plot = PLOTS[name]
        function = getattr(import_module(f"bayesmm.plots.{plot.module}"), name)
        if plot.of_one and self._fit.design.varying:
            bound = partial(_of_parameter, name, function, self._fit)
        else:
            _refuse(name, self._fit)
            bound = partial(function, self._fit)
        bound.__doc__ = function.__doc__
        return bound

    def __dir__(self) -> list[str]:
        """Return the names of the pictures that this fit can have."""
        fit = _view(self._fit, None)
        return [name for name, p in PLOTS.items() if not p.reason(fit if p.of_one else self._fit)]

    def __repr__(self) -> str:
        """Return one line per picture."""
        width = max(map(len, PLOTS))
        lines = [f"  {name:<{width}}  {PLOTS[name].shows}" for name in dir(self)]
        return "\n".join(["Pictures of this fit, fit.plot.NAME():", *lines])


def _view(fit: "FitRecord", parameter: str | None) -> "FitRecord":
    """Return the fit as a model of one of its parameters, the first where none is named."""
    from bayesmm.results.prediction.parameter_view import view_of_parameter  # noqa: PLC0415

    if parameter is None and not fit.design.varying_elsewhere:
        return fit
    first = fit.design.coefficient_predictors[0].parameter
    return view_of_parameter(fit, parameter or first)


def _of_parameter(
    name: str,
    function: Callable[..., Any],
    fit: "FitRecord",
    *arguments: Any,
    parameter: str | None = None,
    **options: Any,
) -> Any:
    """Return the picture of one parameter of a fit with several linear predictors."""
    view = _view(fit, parameter)
    _refuse(name, view)
    if name in _WITH_DATA and view.design.response != fit.design.response:
        if options.get("data"):
            raise UsageError(
                f"{option('data', True)}: responses are not on the axis of {view.design.response}."
            )
        options["data"] = False
    return function(view, *arguments, **options)


def _refuse(name: str, fit: "FitRecord") -> None:
    if reason := PLOTS[name].reason(fit):
        raise UsageError(f"There is no plot '{name}' of this fit: {reason}.")
