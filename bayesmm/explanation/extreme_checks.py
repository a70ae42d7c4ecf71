"""Checks of a response that leaves the model nothing to learn from, or too much to believe."""

from collections.abc import Iterator

import numpy as np

from bayesmm.explanation.english import counted, listed, number
from bayesmm.explanation.evidence import Evidence
from bayesmm.family.links import LINKS
from bayesmm.family.within import BETWEEN, CENSORING, EXACT
from bayesmm.model.design import Design
from bayesmm.model.names import scalar_names, sd_names

__all__ = [
    "constant_share",
    "exact_response",
    "far_response_value",
    "few_observed",
    "fewer_rows_than_parameters",
    "last_digits",
    "one_trial_per_level",
]

# Of 10^9 normal numbers the furthest is at 4.6 ranges that hold half of them; of 10^5 Cauchy ones
# the furthest is at 30,000.
_FAR_RANGES, _FAR_OF_OTHERS = 50.0, 1000.0
_EXACT = 1e-8  # of the sd of the response: what least squares leave of one that is computed
_LOOKED = 1000  # rows, before all are
_STEPS = 100  # of the last digit within an sd
_FEWEST_SHARES, _FEWEST_EVENTS = 20, 5


def _number(design: Design) -> bool:
    """Return whether the response is a number on a line, all of it known."""
    return design.family.response in ("real", "positive") and not design.family.forms.columns


def far_response_value(evidence: Evidence) -> Iterator[str]:
    """Find responses so far from the others that the mean and the sd are theirs.

    Rule: a response on the whole line further from the median than 50 times the range that holds
    half of them where the family is normal, 1,000 times where it is not.
    """
    design = evidence.design
    if not _number(design) or design.family.response != "real":
        return
    low, middle, high = np.quantile(design.y, (0.25, 0.5, 0.75))
    distance = np.abs(design.y - middle)
    limit = _FAR_RANGES if design.family.normal else _FAR_OF_OTHERS
    far = distance > limit * (high - low)
    if high == low or not far.any():
        return
    other = "; where such values belong to the matter, family 't' expects them"
    yield (
        f"{design.response} is {number(float(design.y[np.argmax(distance)]))} at its furthest, and "
        f"half of its values are from {number(float(low))} to {number(float(high))}: "
        f"{counted(int(far.sum()), 'row')} so far away decide what the sds are, and much of the "
        "rest. Look whether it is another unit, or stands for a missing value"
        f"{other * design.family.normal}."
    )


def exact_response(evidence: Evidence) -> Iterator[str]:
    """Find responses that were computed from the predictors.

    Rule: least squares on the columns of mu leave less than 1e-8 of the sd of the response, or of
    its logarithm where the link is that and no response is 0.
    """
    design = evidence.design
    link, kind = design.family.link_of_mu, design.family.response
    if kind not in ("real", "count", "positive") or design.family.forms.columns:
        return
    if link != ("identity" if kind == "real" else "log") or not design.mu.names:
        return
    if link == "log" and not (design.y > 0).all():
        return
    if _met(design, link, _LOOKED) and _met(design, link, design.n_obs):
        yield (
            f"{listed(design.mu.names)} {'give' if len(design.mu.names) > 1 else 'gives'} "
            f"{design.response} to the last digits: nothing is left from which the spread around "
            "the line could be learnt, and no sampler finds it. Look whether it was computed from "
            "them."
        )


def _met(design: Design, link: str, n: int) -> bool:
    """Return whether least squares leave nothing of the first n rows."""
    y = LINKS[link].link(design.y[:n])
    X = np.hstack([np.ones((len(y), int(design.mu.intercept))), design.mu.X[:n]])
    if len(y) <= X.shape[1] or np.ptp(y) == 0:
        return False
    size = np.maximum(np.abs(X).max(axis=0), np.finfo(float).tiny)
    left = y - X @ (np.linalg.lstsq(X / size, y)[0] / size)
    return bool(np.sqrt(np.mean(left**2)) < _EXACT * y.std())


def last_digits(evidence: Evidence) -> Iterator[str]:
    """Find responses that vary in their last digits only.

    Rule: an sd of the response of fewer than 100 steps between neighbouring floating-point numbers
    of its size.
    """
    design = evidence.design
    if not _number(design):
        return
    most, sd = float(np.abs(design.y).max()), float(design.y.std())
    step = float(np.spacing(most))
    if 0 < sd < _STEPS * step:
        yield (
            f"{design.response} is up to {number(most)} and has an sd of {number(sd)}: floating-"
            f"point numbers of this size are {number(step)} apart, so that its values are rounded "
            "by much of what they differ. Take a constant from it before it is stored."
        )


def constant_share(evidence: Evidence) -> Iterator[str]:
    """Find successes that are the same share of the trials in every row.

    Rule: more than one trial in some row, and at least 20 rows.
    """
    design = evidence.design
    if design.trials is None or design.n_obs < _FEWEST_SHARES or not (design.trials > 1).any():
        return
    share = design.y / np.where(design.trials > 0, design.trials, np.nan)
    if np.nanmin(share) == np.nanmax(share):
        yield (
            f"{design.response} is a share of {number(float(np.nanmax(share)))} in every row: "
            "trials that end by chance vary more. Look whether it was computed."
        )


def fewer_rows_than_parameters(evidence: Evidence) -> Iterator[str]:
    """Find data that the parameters can meet exactly.

    Rule: at most as many rows as there are coefficients, further parameters and sds.
    """
    design = evidence.design
    names = [*scalar_names(design), *(name for block in design.blocks for name in sd_names(block))]
    if design.n_obs <= len(names):
        yield (
            f"There are {counted(design.n_obs, 'row')} for {counted(len(names), 'parameter')} "
            f"({', '.join(names)}): the priors decide most of them."
        )


def few_observed(evidence: Evidence) -> Iterator[str]:
    """Find responses of which nearly all are known by a bound on one side.

    Rule: fewer than 5 rows with a response that is known itself or by both ends of an interval,
    and at least ten times as many others.
    """
    form = evidence.design.known.get(CENSORING[0])
    if form is None:
        return
    known = int(np.isin(form, (EXACT, BETWEEN)).sum())
    if known < _FEWEST_EVENTS and len(form) - known >= 10 * known:
        yield (
            f"{evidence.design.response} is observed in {counted(known, 'row')} of {len(form):,} "
            "and censored in the others: the data hardly tell how it depends on anything, so the "
            "priors decide."
        )


def one_trial_per_level(evidence: Evidence) -> Iterator[str]:
    """Find groups of a single trial, of which the sd of levels cannot be learnt.

    Rule: a response of one trial a row, and a factor with a level for every row.
    """
    design = evidence.design
    if design.family.response not in ("binary", "binomial") or (evidence.trials != 1).any():
        return
    for block in design.blocks:
        if block.n_groups == design.n_obs:
            yield (
                f"{block.factor} has a level for each of {design.n_obs:,} rows, and a row is one "
                "trial: how much levels differ cannot be told from that, the prior of their sd "
                f"decides. Leave the term of {block.factor} out."
            )
