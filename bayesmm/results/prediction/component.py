"""Which part of a response with zeros of its own is meant: all rows, the counts, or the zeros."""

from bayesmm.errors import UsageError, suggestion
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.wording import option

__all__ = ["COMPONENTS", "component_parameter"]

COMPONENTS = ("response", "count", "zero")


def component_parameter(design: Design, parameter: str | None, component: str) -> tuple[str, bool]:
    """Return the parameter that is meant, and whether 1 minus it is."""
    if component not in COMPONENTS:
        raise UsageError(
            f"{option('component')} is {component!r}. "
            + suggestion(str(component), COMPONENTS, label="Possible")
        )
    if component == "response":
        return str(parameter), False
    zeros = [name for name in design.family.auxiliary if name in ("psi", "zi", "hu")]
    if not zeros:
        raise UsageError(
            f"{option('component', component)} is of zero-inflated and hurdle families; the "
            f"{design.family.name} family has no zeros of its own."
        )
    if parameter is not None:
        raise UsageError(
            f"{option('component', component)} and {option('parameter', parameter)} both say what "
            "is predicted; give one of them."
        )
    if component == "count":
        return MEAN, False
    return zeros[0], zeros[0] == "psi"
