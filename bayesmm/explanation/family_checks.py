"""Checks of choices that other packages make otherwise: the link, and what weights are."""

from collections.abc import Iterator

from bayesmm.explanation.english import number
from bayesmm.explanation.evidence import Evidence

__all__ = ["gamma_link", "weights_count_rows"]


def gamma_link(evidence: Evidence) -> Iterator[str]:
    """Tell that the log link of the gamma family is not the default of R and Bambi.

    Rule: gamma family with the log link.
    """
    family = evidence.design.family
    if (family.name, family.link) == ("gamma", "log"):
        yield (
            "The link is the log, under which every mean is positive; Gamma() of R and Bambi take "
            'the inverse unless told otherwise. For 1 / mean write link="inverse".'
        )


def weights_count_rows(evidence: Evidence) -> Iterator[str]:
    """Tell that weights are no precisions outside the gaussian family.

    Rule: weights, and a family other than the gaussian.
    """
    design = evidence.design
    if design.weights is not None and not design.family.precision_weights:
        yield (
            f"The weights count rows: the log likelihood of a row is taken so many times, "
            f"{number(float(design.weights.sum()))} rows in all for the {design.n_obs:,} of the "
            "data, as in Bambi and brms. Only of the gaussian family are they precisions, "
            "sd(y) = sigma / sqrt(w)."
        )
