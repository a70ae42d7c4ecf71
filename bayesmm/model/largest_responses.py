"""What the rules of a parameter are told of the responses, where these are known by bounds."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.parameter import Parameter
from bayesmm.family.within import BEYOND_LOWER, CENSORING, EXACT
from bayesmm.model.design import Design

__all__ = ["responses_for"]


def responses_for(design: Design, own: Parameter) -> NDArray[np.float64]:
    """Return the responses that the priors, the start and the search of a parameter go by.

    Of one that is below every response they are the largest that each response may be: of a row
    that is only known to be above a bound infinity, because it says nothing of how large a
    parameter below it is; of one that is known to be at most a bound, that bound.
    """
    if not own.below_responses or CENSORING[0] not in design.known:
        return design.y
    form, _, upper = (design.known[name] for name in CENSORING)
    return np.where(form == EXACT, design.y, np.where(form == BEYOND_LOWER, np.inf, upper))
