"""What a comparison is handed: fits one by one, in a list, or by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.wording import option

__all__ = ["named_models", "two_ml_fits"]

type Model = FitRecord | MLFit


def named_models(given: Sequence[Any], caller: str) -> dict[str, Model]:
    """Return the models of a call by name, a model without a name by its formula.

    `given` are the positional arguments of `caller`: models, one sequence of models, or one mapping
    of names to models. Anything else among them, two of one formula without a name, and one model
    alone are a `UsageError`.
    """
    several = given[0] if len(given) == 1 else given
    if isinstance(several, Mapping):
        named = {str(name): model for name, model in several.items()}
        models = list(named.values())
    elif isinstance(several, Sequence) and not isinstance(several, str):
        named, models = {}, list(several)
    else:
        named, models = {}, [several]
    if odd := [model for model in models if not isinstance(model, FitRecord | MLFit)]:
        words = [one for one in odd if isinstance(one, str)]
        raise UsageError(_no_model([*words, *odd][0], caller))
    if len(models) < 2:
        raise UsageError(f"Comparing needs at least two models, got {len(models)}.")
    named = named or {model.design.formula: model for model in models}
    if len(named) < len(models):
        raise UsageError(
            "Two models have the same formula; name them: "
            f'{caller}({{"first": one, "second": other}}).'
        )
    return named


def _no_model(found: object, caller: str) -> str:
    """Return what a function wants in place of what it got."""
    if isinstance(found, str):
        wanted = f"not {found!r}: what is no model is named, as in {option('leave', found)}"
    elif isinstance(found, Mapping | Sequence):
        wanted = f"not a {type(found).__name__} among others"
    else:
        wanted = f"not {type(found).__name__}"
    return (
        f"bayesmm.{caller} takes fits of bayesmm.fit or bayesmm.ml, one by one, in a list or by "
        f"name in a dict, {wanted}."
    )


def two_ml_fits(
    given: Sequence[Any], caller: str, *, reml: bool
) -> tuple[MLFit, MLFit, tuple[str, ...]]:
    """Return two models as fits by maximum likelihood, and what to know about it.

    `given` are two models, or one sequence or mapping of two; with `reml` designs of posterior fits
    are estimated by REML.
    """
    given = [one for one in given if one is not None]
    several = given[0] if len(given) == 1 else given
    models = list(several.values()) if isinstance(several, Mapping) else several
    found = list(named_models([dict(enumerate(_listed(models)))], caller).values())
    if len(found) != 2:
        raise UsageError(f"bayesmm.{caller} tests one model against another, got {len(found)}.")
    if not any(isinstance(model, FitRecord) for model in found):
        return *found, ()
    small, large = (m if isinstance(m, MLFit) else fit_ml(m.design, reml=reml) for m in found)
    what = "Posterior fits were handed in; the test is of maximum-likelihood fits of their designs."
    return small, large, (what,)


def _listed(models: object) -> Sequence[object]:
    return models if isinstance(models, Sequence) and not isinstance(models, str) else [models]
