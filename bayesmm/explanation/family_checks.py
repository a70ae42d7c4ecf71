"""Checks of choices that other packages make otherwise: the link, and what weights are."""

from collections.abc import Iterator

from bayesmm.explanation.english import number
from bayesmm.explanation.evidence import Evidence
from bayesmm.model.row_sums import total

__all__ = ["family_note", "weights_count_rows"]


def family_note(evidence: Evidence) -> Iterator[str]:
    """Tell what a reader who comes from another package should know of the family and its link.

    Rule: a family whose default link is another one than that of R and Bambi: gamma with the log.
    """
    family = evidence.design.family
    if family.link in family.words.note:
        yield family.words.note[family.link]


def weights_count_rows(evidence: Evidence) -> Iterator[str]:
    """Tell that weights are no precisions outside the gaussian family.

    Rule: weights, and a family other than the gaussian.
    """
    design = evidence.design
    if design.weights is not None and not design.family.precision_weights:
        yield (
            f"The weights count rows: the log likelihood of a row is taken so many times, "
            f"{number(total(design.weights))} rows in all for the {design.n_obs:,} of the "
            "data, as in Bambi and brms. Only of the gaussian family are they precisions, "
            "sd(y) = sigma / sqrt(w)."
        )
