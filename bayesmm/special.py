"""The special functions of SciPy that are used here, imported when one of them is called.

SciPy takes a fifth of a second to import, nearly as long as a linear model to be sampled: most of
it reads parts of NumPy that nobody needs. A linear model and its summary call none of these.
"""

from functools import cache
from types import ModuleType
from typing import Any

__all__ = [
    "betainc",
    "betaincc",
    "betaincinv",
    "betaln",
    "chdtrc",
    "digamma",
    "erfc",
    "expit",
    "fdtrc",
    "gammainc",
    "gammaincc",
    "gammaln",
    "i0e",
    "i1e",
    "log_ndtr",
    "logit",
    "logsumexp",
    "ndtr",
    "ndtri",
    "owens_t",
    "pdtr",
    "polygamma",
    "stdtr",
    "stdtrit",
]


class _Special:
    """A function of `scipy.special`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return what the function returns."""
        return getattr(_special(), self._name)(*arguments, **options)

    def __repr__(self) -> str:
        """Return whose function it is."""
        return f"<scipy.special.{self._name}>"

    def __reduce__(self) -> str:
        """Return the name here: copies are the same function, in another process too."""
        return self._name


@cache
def _special() -> ModuleType:
    from scipy import special  # noqa: PLC0415  (slow to import)

    return special


betainc = _Special("betainc")
betaincc = _Special("betaincc")
betaincinv = _Special("betaincinv")
betaln = _Special("betaln")
chdtrc = _Special("chdtrc")
digamma = _Special("digamma")
erfc = _Special("erfc")
expit = _Special("expit")
fdtrc = _Special("fdtrc")
gammainc = _Special("gammainc")
gammaincc = _Special("gammaincc")
gammaln = _Special("gammaln")
i0e = _Special("i0e")
i1e = _Special("i1e")
log_ndtr = _Special("log_ndtr")
logit = _Special("logit")
logsumexp = _Special("logsumexp")
ndtr = _Special("ndtr")
ndtri = _Special("ndtri")
owens_t = _Special("owens_t")
pdtr = _Special("pdtr")
polygamma = _Special("polygamma")
stdtr = _Special("stdtr")
stdtrit = _Special("stdtrit")
