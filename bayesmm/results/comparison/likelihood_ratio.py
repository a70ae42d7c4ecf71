"""The likelihood-ratio test of two nested models fitted by maximum likelihood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bayesmm.errors import UsageError
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table, page_html, table_html
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.results.comparison.models import two_ml_fits
from bayesmm.results.comparison.nesting import (
    bounded_parameters,
    is_special_case,
    refuse_other_data,
    same_common_effects,
)
from bayesmm.special import chdtrc

__all__ = ["LikelihoodRatio", "likelihood_ratio", "ordered_by_size", "refuse_reml"]

_BOUNDARY = (
    "{what} tested at the edge of {their} range, where the chi-squared distribution makes p too "
    "large{mixture}; bayesmm.bootstrap_lrt needs no such approximation."
)
_REFITTED = "The models were fitted by REML; the test is of ML fits of the same designs."


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LikelihoodRatio:
    """2 (log L_1 - log L_0), referred to chi-squared.

    Attributes
    ----------
    m0, m1 : MLFit
        The small and the large model, fitted by maximum likelihood.
    chi2 : float
        Twice the difference of the log likelihoods.
    df : int
        Difference of the numbers of parameters.
    p_value : float
        P(chi-squared_df > chi2), as R reports it, also for a parameter at the edge of its range.
    mixture_p_value : float or None
        Where one parameter is at the edge of its range under the small model (a variance at 0,
        alpha of counts without bound, psi at 1): the p of half chi-squared_df, half
        chi-squared_(df - 1) [1]_. None where none is, or several are.
    notes : tuple of str
        What to know about the test.
    """

    m0: MLFit
    m1: MLFit
    chi2: float
    df: int
    p_value: float
    notes: tuple[str, ...]
    mixture_p_value: float | None = None

    def __repr__(self) -> str:
        """Return the two models and the test."""
        families = [m.design.family.name for m in (self.m0, self.m1)]
        family = [f", {name}" if len(set(families)) > 1 else "" for name in families]
        lines = [
            f"m{k}: {m.design.formula}{family[k]}  (logLik {m.loglik:.3f}, "
            f"{m.n_parameters} parameters, AIC {m.aic:.2f}, BIC {m.bic:.2f})"
            for k, m in enumerate((self.m0, self.m1))
        ]
        test = f"chi2 = {self.chi2:.4g} on {self.df} df, p = {self.p_value:.4g}"
        return "\n".join([*lines, test, *self.notes])

    def _repr_html_(self) -> str:
        header = ("", "Model", "Parameters", "logLik", "AIC", "BIC", "chi2", "df", "p")
        tests = (("", "", ""), (f"{self.chi2:.4g}", str(self.df), f"{self.p_value:.4g}"))
        rows = tuple(
            (f"m{k}", m.design.formula, str(m.n_parameters), f"{m.loglik:.3f}", f"{m.aic:.2f}",
             f"{m.bic:.2f}", *test)
            for k, (m, test) in enumerate(zip((self.m0, self.m1), tests, strict=True))
        )  # fmt: skip
        table = Table("", header, rows, frozenset(range(2, len(header))))
        return page_html("Likelihood-ratio test (ML)", table_html(table), notes=self.notes)


def likelihood_ratio(
    m0: MLFit | FitRecord | Sequence[MLFit | FitRecord] | Mapping[str, MLFit | FitRecord],
    m1: MLFit | FitRecord | None = None,
) -> LikelihoodRatio:
    """Test a model against one that contains it, as R's ``anova(m0, m1)`` does.

    The families may differ where one is a limit of the other with the same link: poisson of
    negativebinomial and of the zero-inflated families, which all count rows alike.

    chi2 = 2 (log L_1 - log L_0), where both are maximum likelihoods; REML fits with the same
    common effects are fitted again by ML, as in lme4.

    Parameters
    ----------
    m0, m1 : MLFit or Fit
        Fits of `bayesmm.ml` or of `bayesmm.fit`, in any order; or one list or dict of the two. Of
        a posterior fit the design is estimated by maximum likelihood.

    Returns
    -------
    LikelihoodRatio
        chi2, its degrees of freedom and p; of a parameter at the edge of its range also the p
        of the mixture that holds there.

    Raises
    ------
    UsageError
        When the models are of different data, are not nested, or are REML fits with different
        common effects.

    References
    ----------
    .. [1] Self and Liang (1987), doi:10.1080/01621459.1987.10478472; Stram and Lee (1994),
       doi:10.2307/2533455
    """
    m0, m1, handed = two_ml_fits((m0, m1), "likelihood_ratio", reml=False)
    names = (m0.design.formula, m1.design.formula)
    refuse_other_data(m0.design, m1.design, names)
    m0, m1 = ordered_by_size(m0, m1)
    refuse_reml(m0, m1)
    notes = [*handed]
    if m0.reml or m1.reml:
        m0, m1 = (fit_ml(m.design, reml=False) for m in (m0, m1))
        notes.append(_REFITTED)
    df = m1.n_parameters - m0.n_parameters
    bounded = bounded_parameters(m0.design, m1.design)
    if bounded is None:
        raise UsageError(_other_families(m0.design.family, m1.design.family))
    if df == 0 or not is_special_case(m0.design, m1.design):
        raise UsageError(
            f"'{m0.design.formula}' is not a special case of '{m1.design.formula}': the "
            "likelihood-ratio test needs nested models. Compare AIC, or use bayesmm.compare."
        )
    statistic = 2 * (m1.loglik - m0.loglik)
    # a correlation of 0 is inside its range
    variances = _n_variances(m1) - _n_variances(m0)
    mixture = None
    if variances + len(bounded) == 1:
        mixture = float((chdtrc(df, max(statistic, 0.0)) + _tail(statistic, df - 1)) / 2)
    if variances or bounded:
        notes.append(_boundary_note(variances, bounded, df, mixture))
    notes += [f"{m.design.formula} did not converge." for m in (m0, m1) if not m.converged]
    p_value = float(chdtrc(df, max(statistic, 0.0)))
    return LikelihoodRatio(m0, m1, statistic, df, p_value, tuple(notes), mixture)


def _tail(statistic: float, df: int) -> float:
    """Return P(chi-squared > statistic); with 0 degrees of freedom all is at 0."""
    return float(chdtrc(df, max(statistic, 0.0))) if df else float(statistic <= 0)


def _boundary_note(variances: int, bounded: Sequence[str], df: int, mixture: float | None) -> str:
    parts = (["Variances"] if variances else []) + list(bounded)
    what = " and ".join(parts)
    what += " are" if variances or len(bounded) > 1 else " is"
    mixed = (
        ""
        if mixture is None
        else (
            f" (about double: half chi-squared on {df} and half on {df - 1} df gives {mixture:.4g})"
        )
    )
    return _BOUNDARY.format(
        what=what, their="their" if what.endswith("are") else "its", mixture=mixed
    )


def _other_families(small: Family, large: Family) -> str:
    names = [f"{family.name} with {family.link} link" for family in (small, large)]
    return (
        f"The models are of different families or links ({names[0]}; {names[1]}), and neither "
        "is a special case of the other: the likelihood-ratio test needs nested models. Compare "
        "AIC, or use bayesmm.compare."
    )


def ordered_by_size(m0: MLFit, m1: MLFit) -> tuple[MLFit, MLFit]:
    """Return the fit with fewer parameters first."""
    return (m0, m1) if m0.n_parameters <= m1.n_parameters else (m1, m0)


def refuse_reml(m0: MLFit, m1: MLFit) -> None:
    """Refuse REML fits with different common effects."""
    if (m0.reml or m1.reml) and not same_common_effects(m0.design, m1.design):
        raise UsageError(
            f"'{m0.design.formula}' and '{m1.design.formula}' have different common effects, "
            "and REML is the likelihood of what those effects leave over: the two criteria are "
            "of different data and cannot be compared. Fit both with "
            "bayesmm.ml(..., reml=False)."
        )


def _n_variances(fit: MLFit) -> int:
    return sum(block.n_effects for block in fit.design.blocks)
