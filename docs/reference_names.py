"""The reference of Python, made from the package: a page per public name, and lists of them.

`pages` returns the pages; every name of ``bayesmm.__all__``, every public name of `bayesmm.Fit` and
every picture has one. The groups below say in which list it stands.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import bayesmm
from bayesmm.plots.menu import PLOTS, Plot

__all__ = ["FUNCTIONS", "METHODS", "RECORDS", "pages"]

type Groups = Mapping[str, tuple[str, ...]]

FUNCTIONS: Groups = {
    "Fit and estimate": ("fit", "ml", "pooling", "load"),
    "Stopped, killed, repeated": ("resume", "rerun"),
    "Before fitting": ("explain", "priors", "Prior", "prior_predictive"),
    "Data": ("read_table", "load_data", "list_data"),
    "Compare models": ("compare", "likelihood_ratio", "f_test", "bootstrap_lrt", "crossval"),
    "Studies of many fits": ("calibrate", "bootstrap", "power"),
    "Pictures of more than one fit, or of none": (
        *("plot_compare", "plot_estimates", "plot_links", "plot_multilevel_mean"),
        "multilevel_mean",
    ),
    "Citing": ("cite",),
    "What can go wrong": (
        *("BayesmmError", "DataError", "FormulaError", "PriorError"),
        "BayesmmWarning",
    ),
    "A fit": ("Fit",),
}

METHODS: Groups = {
    "Tables": ("summary", "fixef", "ranef", "coef", "varcorr", "compare_ml"),
    "Predictions and what follows from them": (
        *("predict", "emmeans", "contrasts", "slopes"),
        *("avg_predictions", "avg_comparisons", "avg_slopes"),
    ),
    "Questions": ("answer", "hypothesis", "icc", "r2", "pooling", "loo"),
    "May the numbers be used?": (
        "check",
        "ppc",
        "ppc_statistics",
        "residuals",
        "sensitivity",
        "verify",
    ),
    "Change it": ("update",),
    "In words, for others": ("report", "words", "methods", "equation", "script"),
    "Keep it": ("save", "to_dict", "to_json"),
    "For other packages": (
        "tidy",
        "glance",
        "augment",
        "tidy_draws",
        "with_log_likelihood",
        "write_residuals",
        "write_predictions",
    ),
    "What a fit holds": (
        *("formula", "design", "priors", "data", "draws", "diagnostics", "convergence", "ml"),
        *("ml_note", "plot", "bambi_model", "pymc_model", "engine", "settings", "seconds"),
        *("facts", "versions", "loaded", "verification"),
    ),
}

# Of no use outside the package; `FitRecord` says what they are.
INTERNAL = {"own_arrays", "own_data", "own_draws", "remember", "remember_verification"}

# What the functions and methods return, beside plain tables.
RECORDS = (
    "bayesmm.result_table.ResultTable",
    "bayesmm.results.tables.estimates.Estimates",
    "bayesmm.results.prediction.predict.Prediction",
    "bayesmm.results.tables.summary.Summary",
    "bayesmm.likelihood.ml_fit.MLFit",
    "bayesmm.model.priors.Priors",
    "bayesmm.sampling.diagnostics.Diagnostics",
    "bayesmm.results.checks.check.CheckPanel",
    "bayesmm.results.checks.ppc.PosteriorPredictive",
    "bayesmm.results.comparison.loo_record.Loo",
    "bayesmm.results.partial_pooling.pooling.Pooling",
    "bayesmm.explanation.explanation.Explanation",
    "bayesmm.plots.picture.Picture",
    "bayesmm.plots.prior_predictive.PriorPredictive",
    "bayesmm.plots.calibration.Calibration",
    "bayesmm.plots.power.Power",
    "bayesmm.studies.bootstrap_estimates.Bootstrap",
    "bayesmm.studies.crossval.CrossValidation",
    "bayesmm.studies.verification.verify.Verification",
    "bayesmm.script.script.Script",
    "bayesmm.family.record.Family",
    "bayesmm.rerunning.Rerun",
)


def pages() -> dict[str, str]:
    """Return the pages in Markdown by their files, relative to the root of the site."""
    made = {
        "reference/python.md": _functions_page(),
        "reference/fit.md": _fit_page(),
        "reference/pictures.md": _pictures_page(),
        "reference/records.md": _records_page(),
    }
    for name in _all(FUNCTIONS):
        if name != "Fit":
            kind = "class" if inspect.isclass(getattr(bayesmm, name)) else "function"
            made[f"reference/python/{name}.md"] = _page(
                f"bayesmm.{name}", f"auto{kind}:: bayesmm.{name}"
            )
    for name in _all(METHODS):
        if _is_method(name):
            made[f"reference/fit/{name}.md"] = _page(
                f"fit.{name}", f"automethod:: bayesmm.Fit.{name}"
            )
    for name, plot in PLOTS.items():
        made[f"reference/pictures/{name}.md"] = _picture_page(name, plot)
    return made


def _picture_page(name: str, plot: Plot) -> str:
    """Return the page of a picture, and below it of what its docstring refers to."""
    path = f"bayesmm.plots.{plot.module}.{name}"
    page = _page(
        f"fit.plot.{name}", f"autofunction:: {path}", f"`fit.plot.{name}(...)`: {plot.shows}."
    )
    function = getattr(import_module(f"bayesmm.plots.{plot.module}"), name)
    elsewhere = re.findall(r"[^`]`(bayesmm\.plots\.[\w.]+)`", inspect.getdoc(function) or "")
    for other in dict.fromkeys(elsewhere):
        directive = f"```{{eval-rst}}\n.. autofunction:: {other}\n   :no-index:\n```\n"
        page += f"\nThe options of `{other}`:\n\n{directive}"
    return page


def _all(groups: Groups) -> Iterator[str]:
    for names in groups.values():
        yield from names


def _is_method(name: str) -> bool:
    return inspect.isfunction(getattr(bayesmm.Fit, name, None))


def _page(title: str, directive: str, before: str = "") -> str:
    text = f"# {title}\n\n{before}\n\n" if before else f"# {title}\n\n"
    return f"{text}```{{eval-rst}}\n.. {directive}\n```\n"


def _sentence(thing: Any) -> str:
    """Return the first sentence of a docstring, single backticks as those of Markdown."""
    first = (inspect.getdoc(thing) or "").partition("\n")[0]
    return first.replace("``", "`").replace("|", "\\|")


def _rows(rows: Iterator[tuple[str, str]], left: str = "name") -> str:
    head = [f"| {left} | what it is |", "|---|---|"]
    return "\n".join([*head, *(f"| {left} | {right} |" for left, right in rows)])


def _tree(names: list[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *names, "```", ""])


def _functions_page() -> str:
    parts = [
        "# Python: functions of bayesmm\n",
        "`import bayesmm`; nothing else has to be imported. What they return is a "
        "[fit](fit.md) or one of the [records](records.md).\n",
    ]
    for heading, names in FUNCTIONS.items():
        rows = (
            (f"[`bayesmm.{n}`]({'fit.md' if n == 'Fit' else f'python/{n}.md'})",
             _sentence(getattr(bayesmm, n)))
            for n in names
        )  # fmt: skip
        parts.append(f"## {heading}\n\n{_rows(rows)}\n")
    parts.append(_tree([f"python/{n}" for n in _all(FUNCTIONS) if n != "Fit"]))
    return "\n".join(parts)


def _fit_page() -> str:
    parts = [
        "# A fit and its methods\n",
        "What [`bayesmm.fit`](python/fit.md) and [`bayesmm.load`](python/load.md) return.\n",
        "```{eval-rst}\n.. autoclass:: bayesmm.Fit\n```\n",
    ]
    described = _attributes(bayesmm.Fit)
    for heading, names in METHODS.items():
        rows = (
            (f"[`fit.{n}`](fit/{n}.md)", _sentence(getattr(bayesmm.Fit, n)))
            if _is_method(n)
            else (f"`fit.{n}`", described.get(n) or _sentence(getattr(bayesmm.Fit, n)))
            for n in names
        )
        parts.append(f"## {heading}\n\n{_rows(rows)}\n")
    parts.append("`fit.plot` has the [pictures](pictures.md).\n")
    parts.append(_tree([f"fit/{n}" for n in _all(METHODS) if _is_method(n)]))
    return "\n".join(parts)


def _attributes(owner: type) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of its attributes, in one line."""
    found: dict[str, str] = {}
    for base in reversed(owner.__mro__):
        section = (inspect.getdoc(base) or "").partition("Attributes\n----------\n")[2]
        names: list[str] = []
        for line in section.splitlines():
            if line.startswith("    "):
                for name in names:
                    found[name] = f"{found.get(name, '')} {line.strip()}".strip()
            else:
                names = [name.strip() for name in line.partition(" : ")[0].split(",")]
    return {name: text.replace("``", "`").replace("|", "\\|") for name, text in found.items()}


def _pictures_page() -> str:
    rows = ((f"[`fit.plot.{n}`](pictures/{n}.md)", f"{p.shows}") for n, p in PLOTS.items())
    return "\n".join(
        [
            "# Pictures of a fit\n",
            "Each returns a [`Picture`](records.md): the figure, the table of what is drawn, a "
            "caption. [The gallery](../GALLERY.md) shows them.\n",
            f"{_rows(rows)}\n",
            _tree([f"pictures/{name}" for name in PLOTS]),
        ]
    )


def _records_page() -> str:
    parts = [
        "# Records: what is returned\n",
        "A table of results is a `ResultTable`, which is a pandas data frame; what is computed "
        "from draws comes with them, as `Estimates`.\n",
    ]
    for path in RECORDS:
        module, _, name = path.rpartition(".")
        assert inspect.isclass(getattr(import_module(module), name))
        members = "" if name == "ResultTable" else "   :members:\n"
        only = "   :members: table, to_polars\n" if name == "ResultTable" else members
        parts.append(f"## {name}\n\n```{{eval-rst}}\n.. autoclass:: {path}\n{only}```\n")
    return "\n".join(parts)
