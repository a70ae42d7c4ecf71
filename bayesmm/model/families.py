"""Families of the response: names and links as in Bambi, one record each."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayesmm.errors import UsageError, suggestion

__all__ = ["FAMILIES", "Family", "resolve_family"]


@dataclass(frozen=True, slots=True)
class Family:
    """Distribution of the response given the linear predictor eta, with g(mu) = eta.

    mu is the mean of the response, but for the zero-inflated and hurdle families, where it is
    the mean of the poisson or negative binomial distribution that the counts come from.

    Attributes
    ----------
    name : str
        Bambi's name.
    link : str
        Link g: ``identity log logit probit cloglog inverse``.
    links : tuple of str
        Links that the family may have, the default first.
    auxiliary : tuple of str
        Further parameters, Bambi's names: ``("sigma",)`` for gaussian.
    response : str
        Values that the response may take: ``real binary binomial count positive proportion``.
    """

    name: str
    link: str
    links: tuple[str, ...]
    auxiliary: tuple[str, ...]
    response: str

    @property
    def precision_weights(self) -> bool:
        """Whether weights are precisions, sd(y_i) = sigma / sqrt(w_i); else they count rows."""
        return self.name == "gaussian"


def _family(name: str, links: str, auxiliary: str, response: str) -> Family:
    names = tuple(links.split())
    return Family(name, names[0], names, tuple(auxiliary.split()), response)


# Defaults are Bambi's, but for gamma's link: with the inverse, Bambi's and R's, a mean exists only
# where eta > 0, and chains diverge at that edge on well-behaved data. Auxiliary parameters: sigma
# residual sd; nu degrees of freedom; alpha shape (negative binomial variance mu + mu^2 / alpha;
# gamma variance mu^2 / alpha); kappa precision (beta variance mu (1 - mu) / (1 + kappa)); psi share
# of the rows that are counts (zero-inflated: the other rows are 0, and so may a count be) or of
# those above 0 (hurdle).
FAMILIES: Mapping[str, Family] = {
    f.name: f
    for f in (
        _family("gaussian", "identity log inverse", "sigma", "real"),
        _family("t", "identity log inverse", "sigma nu", "real"),
        _family("bernoulli", "logit probit cloglog", "", "binary"),
        _family("binomial", "logit probit cloglog", "", "binomial"),
        _family("poisson", "log identity", "", "count"),
        _family("negativebinomial", "log identity cloglog", "alpha", "count"),
        _family("zero_inflated_poisson", "log identity", "psi", "count"),
        _family("zero_inflated_negativebinomial", "log identity cloglog", "alpha psi", "count"),
        _family("hurdle_poisson", "log identity", "psi", "count"),
        _family("hurdle_negativebinomial", "log identity cloglog", "alpha psi", "count"),
        _family("gamma", "log inverse identity", "alpha", "positive"),
        _family("beta", "logit probit cloglog", "kappa", "proportion"),
    )
}

_SYNONYMS = {"normal": "gaussian", "student": "t", "negbinomial": "negativebinomial"}


def resolve_family(family: "str | Family", link: str | None = None) -> Family:
    """Return the family of that name, with its default link or `link`.

    Parameters
    ----------
    family : str or Family
        Name as in Bambi (``"gaussian"``, ``"bernoulli"``, ``"binomial"``, ``"poisson"``, ...).
    link : str, optional
        One of the links of the family.

    Raises
    ------
    UsageError
        For an unknown family or a link that the family does not have.
    """
    if isinstance(family, Family):
        chosen = family
    else:
        key = _SYNONYMS.get(str(family).lower(), str(family).lower())
        if key not in FAMILIES:
            raise UsageError(
                f"'{family}' is not a family. {suggestion(key, FAMILIES, label='Families')}"
            )
        chosen = FAMILIES[key]
    if link is None or link == chosen.link:
        return chosen
    if link not in chosen.links:
        raise UsageError(
            f"The {chosen.name} family has no '{link}' link. Links: {', '.join(chosen.links)}."
        )
    return Family(chosen.name, link, chosen.links, chosen.auxiliary, chosen.response)
