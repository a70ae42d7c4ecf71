"""A PyMC distribution of responses that are weighted, censored or truncated."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.response_rows import Known
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, EXACT, TRUNCATION
from bayesmm.wording import option

__all__ = ["observed_rows"]


def observed_rows(
    of_one: Any, name: str, known: Known, weights: NDArray[np.float64] | None
) -> type:
    """Return what is called for the distribution of a likelihood, by us or by Bambi.

    log p(y), or log P(lower < Y <= upper) of a row that is known by bounds only, less
    log P(from < Y <= to) of one that was seen within bounds only.

    `of_one` is the distribution of PyMC of the variable itself, which single responses are drawn
    from. `known` has the columns `CENSORING` and `TRUNCATION`, empty of rows that are weighted
    alone; `weights`, how often each row counts, do not matter where a single response is drawn.
    Refuses a variable that is made, of a distribution of PyMC without distribution function.
    """

    class Observed:
        """The call that makes the observed variable in the model of the context."""

        dist = of_one.dist

        def __new__(cls, label: str, *, observed: Any, dims: Any = None, **parameters: Any) -> Any:
            """Register the observed variable."""
            import pymc as pm  # noqa: PLC0415  (heavy: seconds; most fits never need it)

            if known:
                _refuse_without_tails(of_one.dist(**parameters), name, known)

            def log_density(value: Any, *values: Any) -> Any:
                one = of_one.dist(**dict(zip(parameters, values, strict=True)))
                rows = pm.logp(one, value)
                if CENSORING[0] in known:
                    form = known[CENSORING[0]]
                    rows = pm.math.where(form == EXACT, rows, _log_mass(one, known, CENSORING))
                if TRUNCATION[0] in known:
                    rows = rows - _log_mass(one, known, TRUNCATION)
                return rows if weights is None else weights * rows

            def random(*values_and_size: Any) -> Any:
                *values, size = values_and_size
                return of_one.dist(**dict(zip(parameters, values, strict=True)), size=size)

            return pm.CustomDist(
                label,
                *parameters.values(),
                logp=log_density,
                dist=random,
                class_name=f"Observed{name}",
                observed=observed,
                dims=dims,
            )

    return Observed


def _refuse_without_tails(one: Any, name: str, known: Known) -> None:
    import pymc as pm  # noqa: PLC0415

    try:
        pm.logcdf(one, np.full(next(iter(known.values())).shape, 1))
    except (NotImplementedError, TypeError) as problem:  # of none, or of one row alone
        raise UnsupportedModelError(
            f"PyMC has no distribution function of its {name}, and so no model of "
            f"censored or truncated responses of it. Use {option('engine', 'compiled')}."
        ) from problem


def _log_mass(one: Any, known: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """Return log P(lower < Y <= upper), 0 of rows without bounds."""
    import pymc as pm  # noqa: PLC0415

    form, lower, upper = (known[name] for name in names)
    least, most = pm.logcdf(one, lower), pm.logcdf(one, upper)
    between = most + pm.math.log1mexp(least - most)
    pieces = {
        BEYOND_LOWER: pm.logccdf(one, lower),
        BELOW_UPPER: most,
        BETWEEN: between,
    }
    found = np.zeros(form.shape)
    for value, piece in pieces.items():
        if (form == value).any():
            found = pm.math.where(form == value, piece, found)
    return found
