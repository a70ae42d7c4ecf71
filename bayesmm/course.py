"""Course models: one file in ``models/`` each, found by name, from a checkout or a wheel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd

from bayesmm.errors import UsageError, suggestion

if TYPE_CHECKING:
    from bayesmm.likelihood import MLFit

__all__ = ["CourseModel", "Published", "compare_published", "course_models", "load_model"]


@dataclass(frozen=True, slots=True)
class Published:
    """One number that a course document printed for the maximum-likelihood fit.

    Attributes
    ----------
    quantity : str
        ``"estimate"`` or ``"se"`` of a term, ``"sd"``, ``"var"`` or ``"corr"`` of group effects,
        ``"loglik"`` or ``"criterion"`` (-2 log likelihood, restricted for REML).
    value : str
        As printed; its last digit states the precision.
    term : str
        Term of a fixed effect, or ``"factor: effect"``, ``"factor: effect, effect"`` for a
        correlation, ``"Residual"``; empty for the log likelihood.
    """

    quantity: str
    value: str
    term: str = ""

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit: the rounding of the printed number."""
        digits = self.value.partition(".")[2]
        return 0.5 * 10.0 ** -len(digits)


@dataclass(frozen=True, slots=True)
class CourseModel:
    """One analysis of a course.

    Attributes
    ----------
    name : str
        Name of the model, and of its file.
    question : str
        What is asked, in one sentence.
    course : str
        Document and week.
    formula, family : str
        The model.
    data : str
        Name of a data set, as in `load_data`.
    prepare : callable, optional
        Makes the columns of the model from the data set.
    priors : mapping of str to str
        Priors that replace the default ones.
    reml : bool
        Whether the published estimates are REML (True) or ML.
    published : tuple of Published
        Numbers that the document printed.
    source : str
        Where these numbers stand.
    look_at : str
        What to look at in the result.
    new : str
        What is new against the previous model of the course.
    """

    name: str
    question: str
    course: str
    formula: str
    data: str
    family: str = "gaussian"
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    priors: Mapping[str, str] = field(default_factory=dict)
    reml: bool = True
    published: tuple[Published, ...] = ()
    source: str = ""
    look_at: str = ""
    new: str = ""


def _folder() -> Path:
    """Return the folder of the model files: in a wheel inside the package, else beside it."""
    package = Path(__file__).parent
    installed = package / "course_models"
    return installed if installed.is_dir() else package.parent / "models"


@cache
def course_models() -> dict[str, CourseModel]:
    """Return every course model by name, sorted by course and name."""
    models = [_read(path) for path in sorted(_folder().glob("[a-z]*.py"))]
    return {m.name: m for m in sorted(models, key=lambda m: (m.course, m.name))}


def load_model(name: str) -> CourseModel:
    """Return one course model.

    Raises
    ------
    UsageError
        When there is no model of that name; lists the names.
    """
    models = course_models()
    if name not in models:
        raise UsageError(
            f"There is no course model '{name}'. {suggestion(name, models, label='Models')}"
        )
    return models[name]


def _read(path: Path) -> CourseModel:
    spec = util.spec_from_file_location(f"bayesmm_models_{path.stem}", path)
    module: ModuleType = util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module.MODEL


# Two optimisers stop at slightly different points of a flat likelihood: this much, in standard
# errors of a common effect and relative for a standard deviation, is no difference.
_OPTIMISER_SE = 1e-4
_OPTIMISER_RELATIVE = 1e-4


def compare_published(model: CourseModel, ml: "MLFit") -> pd.DataFrame:
    """Return the published numbers beside the maximum-likelihood fit of bayesmm.

    Returns
    -------
    DataFrame
        Columns ``quantity``, ``term``, ``published`` (as printed), ``ml`` (ours), ``agrees``:
        whether ours is the printed number to half a unit of its last digit and the accuracy of
        an optimiser (0.0001 standard errors, or 0.01 % of a standard deviation).
    """
    rows = []
    for number in model.published:
        ours = _ml_value(number, ml)
        if number.quantity == "estimate":
            slack = _OPTIMISER_SE * _ml_value(replace(number, quantity="se"), ml)
        elif number.quantity in ("loglik", "criterion"):
            slack = _OPTIMISER_RELATIVE
        else:
            slack = _OPTIMISER_RELATIVE * abs(ours)
        agrees = abs(ours - float(number.value)) <= number.half_unit + slack
        rows.append((number.quantity, number.term, number.value, ours, agrees))
    return pd.DataFrame(rows, columns=["quantity", "term", "published", "ml", "agrees"])


def _ml_value(number: Published, ml: "MLFit") -> float:
    if number.quantity == "loglik":
        return ml.loglik
    if number.quantity == "criterion":
        return -2 * ml.loglik
    if number.quantity in ("estimate", "se"):
        return float(ml.fixef().set_index("term").loc[number.term, number.quantity])
    group, _, effects = number.term.partition(": ")
    var1, _, var2 = effects.partition(", ")
    table = ml.varcorr().fillna("")
    row = table[(table.grp == group) & (table.var1 == var1) & (table.var2 == var2)]
    return float(row["vcov" if number.quantity == "var" else "sdcor"].iloc[0])
