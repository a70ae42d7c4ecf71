"""The F test of a linear (mixed) model against one with fewer common effects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table, page_html, table_html
from bayesmm.likelihood import MLFit
from bayesmm.results.comparison.likelihood_ratio import ordered_by_size
from bayesmm.results.comparison.models import two_ml_fits
from bayesmm.results.comparison.nesting import (
    is_special_case,
    refuse_other_data,
    same_group_effects,
)
from bayesmm.results.prediction.parameter_view import refuse_varying
from bayesmm.special import fdtrc

__all__ = ["FTest", "f_test", "restrictions"]

_OUTSIDE = 1e-8  # part of a column's length that may lie outside the span of others


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FTest:
    """The test of L beta = 0 in the large model.

    Attributes
    ----------
    m0, m1 : MLFit
        The small and the large model.
    f : float
        Mean of the squared t statistics of independent contrasts.
    df1 : int
        Number of contrasts: common effects that the small model does without.
    df2 : float
        Denominator degrees of freedom.
    p_value : float
        P(F_df1,df2 > f).
    """

    m0: MLFit
    m1: MLFit
    f: float
    df1: int
    df2: float
    p_value: float

    def __repr__(self) -> str:
        """Return the two models and the test."""
        return (
            f"m0: {self.m0.design.formula}\nm1: {self.m1.design.formula}\n"
            f"F = {self.f:.4g} on {self.df1} and {self.df2:.4g} df ({self._method}), "
            f"p = {self.p_value:.4g}"
        )

    def _repr_html_(self) -> str:
        header = ("", "Model", "F", "df1", "df2", "p")
        test = (f"{self.f:.4g}", str(self.df1), f"{self.df2:.4g}", f"{self.p_value:.4g}")
        rows = (("m0", self.m0.design.formula, *[""] * 4), ("m1", self.m1.design.formula, *test))
        table = table_html(Table("", header, rows, frozenset(range(2, 6))))
        return page_html("F test of common effects", table, notes=(f"df2: {self._method}.",))

    @property
    def _method(self) -> str:
        return "Satterthwaite" if self.m1.blocks else "residual"


def f_test(
    m0: MLFit | FitRecord | Sequence[MLFit | FitRecord] | Mapping[str, MLFit | FitRecord],
    m1: MLFit | FitRecord | None = None,
) -> FTest:
    """Test common effects of a gaussian model against zero, as R's ``anova`` of two ``lm`` does.

    F = (L b)' (L Var(b) L')^-1 (L b) / df1 in the large model, where L beta = 0 is the small one.
    Without group effects df2 = n - p and the test is exact. With group effects df2 is
    Satterthwaite's, as in lmerTest (``drop1``, ``contestMD``); REML fits may be compared, because
    only the large model is used.

    Parameters
    ----------
    m0, m1 : MLFit or Fit
        Fits of `bayesmm.ml` or of `bayesmm.fit`, in any order, with the same group effects; one
        has fewer common effects. Or one list or dict of the two. Of a posterior fit the design is
        estimated by REML.

    Returns
    -------
    FTest
        F, its degrees of freedom and p.

    Raises
    ------
    UsageError
        When the models are not gaussian, are of different data, differ in their group effects, or
        are not nested.

    References
    ----------
    Kuznetsova et al. (2017), Journal of Statistical Software 82(13), doi:10.18637/jss.v082.i13
    """
    m0, m1, _ = two_ml_fits((m0, m1), "f_test", reml=True)
    names = (m0.design.formula, m1.design.formula)
    refuse_other_data(m0.design, m1.design, names)
    m0, m1 = ordered_by_size(m0, m1)
    small, large = m0.design, m1.design
    for design in (small, large):
        refuse_varying(design, "The F test", "take bayesmm.likelihood_ratio")
    if m0.sigma is None or m1.sigma is None:
        raise UsageError(
            f"The F test is for the gaussian family; this one is {large.family.name}. "
            "Use bayesmm.likelihood_ratio."
        )
    if not same_group_effects(small, large):
        raise UsageError(
            f"'{small.formula}' and '{large.formula}' differ in their group effects, and the F "
            "test is of common effects. Use bayesmm.likelihood_ratio, or bayesmm.bootstrap_lrt."
        )
    contrasts = restrictions(small_columns=small.mu.matrix, columns=large.mu.matrix)
    if not len(contrasts) or not is_special_case(small, large):
        raise UsageError(
            f"'{small.formula}' is not a special case of '{large.formula}' with fewer common "
            "effects: the F test needs nested models. Use bayesmm.compare."
        )
    f, df1, df2 = m1.sensitivity.f_test(contrasts, m1.estimates)
    return FTest(m0, m1, f, df1, df2, float(fdtrc(df1, df2, f)))


def restrictions(*, small_columns: Array, columns: Array) -> Array:
    """Return L with orthonormal rows, such that L beta = 0 where X beta is in the smaller span.

    Its shape is (p - p0, p). The columns of the small model, shape (n, p0), are in the span of
    those of the large one, X of shape (n, p), which are linearly independent.
    """
    lengths = np.linalg.norm(columns, axis=0)
    outside = columns / lengths
    if small_columns.shape[1]:
        basis = linalg.orth(small_columns / np.linalg.norm(small_columns, axis=0))
        outside = outside - basis @ (basis.T @ outside)
    _, sizes, rows = np.linalg.svd(outside, full_matrices=False)
    kept = rows[sizes > _OUTSIDE * np.sqrt(len(lengths))]
    # orthonormal for the coefficients of X as they are, on which lmerTest's df2 depends
    return np.linalg.qr((kept * lengths).T)[0].T
