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

# Names of R, brms, rstanarm, glmmTMB, Bambi and statsmodels, compared by letters and digits only.
_SYNONYMS = {
    **dict.fromkeys(("normal", "gaussianfamily", "lm"), "gaussian"),
    **dict.fromkeys(("student", "studentt", "tfamily", "tdistribution"), "t"),
    **dict.fromkeys(("logistic", "logit", "binary"), "bernoulli"),
    **dict.fromkeys(
        ("negbinomial", "negbin", "nbinom", "nbinom2", "negbinomial2", "negbinom", "nb", "nb2"),
        "negativebinomial",
    ),
    **dict.fromkeys(("zip", "zeroinflpoisson"), "zero_inflated_poisson"),
    **dict.fromkeys(
        ("zeroinflatednegbinomial", "zeroinflatednbinom2", "zinb"), "zero_inflated_negativebinomial"
    ),
    **dict.fromkeys(("hurdlenegbinomial", "hurdlenbinom2"), "hurdle_negativebinomial"),
    **dict.fromkeys(("betafamily", "betareg", "betar"), "beta"),
    **{name.replace("_", ""): name for name in FAMILIES},
}

_ZERO = "zeros beside such counts: 'zero_inflated_negativebinomial' or 'hurdle_negativebinomial'"
# What other packages have and this one has not, and what comes nearest.
_UNAVAILABLE = {
    "nbinom1": "its variance is proportional to the mean; 'negativebinomial' is glmmTMB's nbinom2",
    **dict.fromkeys(
        ("inversegaussian", "wald"), "for positive values there are 'gamma', and gaussian of log(y)"
    ),
    **dict.fromkeys(("lognormal", "exgaussian"), "write log(y) ~ ... with family='gaussian'"),
    **dict.fromkeys(("exponential", "weibull"), "for positive values there is 'gamma'"),
    "quasibinomial": "for overdispersed counts of successes add a group effect of the rows to "
    "'binomial': (1 | row)",
    **dict.fromkeys(("quasipoisson", "quasi"), "for overdispersed counts use 'negativebinomial'"),
    **dict.fromkeys(
        ("betabinomial", "zeroinflatedbinomial"),
        "add a group effect of the rows to 'binomial': (1 | row)",
    ),
    **dict.fromkeys(
        ("cumulative", "ordinal", "acat", "sratio", "cratio", "categorical", "multinomial"),
        "responses of more than two categories cannot be modelled",
    ),
    **dict.fromkeys(("truncatedpoisson",), "for counts above 0 beside zeros use 'hurdle_poisson'"),
    **dict.fromkeys(("truncatednbinom2", "truncatednbinom1"), _ZERO),
    **dict.fromkeys(
        ("zeroinflatedbeta", "zerooneinflatedbeta", "orderedbeta"),
        "for proportions between 0 and 1, both excluded, there is 'beta'",
    ),
    **dict.fromkeys(
        ("tweedie", "hurdlegamma", "hurdlelognormal"),
        "for positive values there is 'gamma', and for whether they are 0 'bernoulli'",
    ),
    **dict.fromkeys(("compois", "genpois", "geometric"), "for counts use 'negativebinomial'"),
    **dict.fromkeys(
        ("skewnormal", "asymlaplace", "asymmetriclaplace", "laplace", "cauchy"),
        "for heavy tails there is 't'",
    ),
}


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
    chosen = family if isinstance(family, Family) else FAMILIES[_name(str(family))]
    if link is None or link == chosen.link:
        return chosen
    if link not in chosen.links:
        raise UsageError(
            f"The {chosen.name} family has no '{link}' link. Links: {', '.join(chosen.links)}."
        )
    return Family(chosen.name, link, chosen.links, chosen.auxiliary, chosen.response)


def _name(written: str) -> str:
    """Return our name of a family, from that of any package."""
    letters = "".join(c for c in written.casefold().removesuffix("()") if c.isalnum())
    if letters in _SYNONYMS:
        return _SYNONYMS[letters]
    if letters in _UNAVAILABLE:
        listed = ", ".join(FAMILIES)
        raise UsageError(
            f"There is no '{written}' family here: {_UNAVAILABLE[letters]}. Families: {listed}."
        )
    raise UsageError(
        f"'{written}' is not a family. {suggestion(written.lower(), FAMILIES, label='Families')}"
    )
