"""Why a posterior differs from maximum likelihood: rules on numbers, each with its sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.names import (
    coefficient_names,
    corr_name,
    correlation_pairs,
    effect_labels,
    sd_names,
)
from bayesmm.model.prior_columns import centrings_of, prior_places
from bayesmm.model.priors import Prior
from bayesmm.model.row_sums import reach
from bayesmm.results.tables.prior_scale import prior_centre_and_scale
from bayesmm.sampling.grade import RHAT_MAX
from bayesmm.sampling.posterior import common_draws, named_draws
from bayesmm.sampling.raw_columns import draws_of_prior_columns, moved_covariance

__all__ = ["DIFFERS", "REASONS", "PosteriorAndML", "reasons_of_difference"]

DIFFERS = 0.3  # posterior sds: below this a difference has no practical meaning
FEW_GROUPS = 10
_AT_ZERO = 0.01
_AT_ONE = 1 - 1e-3
_PRIOR_MATTERS = 1 / 3
_FAR = 10.0
_SKEWED = 0.05
_NEAR_MODE = 0.1


@dataclass(frozen=True, slots=True)
class PosteriorAndML:
    """One row of the comparison: the columns of `compare_ml`, with median and R-hat."""

    kind: str
    grp: str | None
    var1: str | None
    var2: str | None
    mean: float
    median: float
    sd: float
    rhat: float
    estimate: float
    se: float
    difference: float

    @property
    def differs(self) -> bool:
        """Whether posterior mean and estimate are more than `DIFFERS` posterior sds apart."""
        return not abs(self.difference) <= DIFFERS


def reasons_of_difference(fit: FitRecord, row: PosteriorAndML) -> str:
    """Return a sentence for each reason found; empty when the two agree or none is known.

    The rules, each a comparison of numbers:

    - not converged: R-hat above 1.01;
    - boundary: an ML sd below 1 % of the posterior mean;
    - correlation at +-1: an ML correlation beyond 0.999, or undefined beside an sd of 0;
    - end of the range: an ML estimate of a further parameter that the search found there;
    - near-separation (bernoulli, binomial): over the range of its column (1 for the intercept)
      the ML coefficient moves the linear predictor by more than 10; the sentence says on which
      side of the estimate the posterior mean is;
    - few groups: an sd or correlation of a factor with fewer than 10 levels that differs;
    - prior pulls: the row differs, the posterior sd exceeds a third of the scale of the prior,
      and the posterior mean lies on the prior's side of the estimate;
    - spread about a held mean: an sd is larger than the estimate, and the prior pulls the common
      effect that its groups vary about;
    - agrees elsewhere: an sd or correlation does not differ where its prior is;
    - skewed: the mean of an sd or a further parameter exceeds its median by 0.05 posterior sds or
      more, and the estimate lies between the mean and the mode, taken as 3 median - 2 mean, less
      0.1 posterior sds.

    A row differs when the difference exceeds 0.3 posterior sds.
    """
    return " ".join(sentence for reason in REASONS if (sentence := reason(fit, row)))


def _not_converged(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.rhat <= RHAT_MAX or isnan(row.rhat):
        return ""
    return f"The chains have not converged here (R-hat {row.rhat:.3f})."


def _boundary(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.kind != "sd" or not row.estimate < _AT_ZERO * row.mean:
        return ""
    return (
        "ML puts this variance on its boundary, 0; the posterior averages over all values that "
        "the data allow."
    )


def _perfect_correlation(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.kind != "corr" or abs(row.estimate) < _AT_ONE:
        return ""
    if isnan(row.estimate):
        return "ML leaves this correlation undefined, because it puts a variance at 0."
    if _moves(fit, row) and not fit.ml.singular:
        return ""  # near 1 because x = 0 is far from the data, not on a boundary
    return (
        f"ML puts this correlation on its boundary, {row.estimate:+.0f}; the posterior averages "
        "over all values that the data allow."
    )


def _moves(fit: FitRecord, row: PosteriorAndML) -> bool:
    """Return whether the correlation is another one where the data are."""
    centrings = fit.design.centrings
    return centrings is not None and centrings.blocks[_block(fit, row)[0]] is not None


def _end_of_range(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.kind != "auxiliary":
        return ""
    from bayesmm.likelihood.auxiliary import at_bound  # noqa: PLC0415  (with ML, not before)

    sentences = at_bound(fit.design, {row.var1: row.estimate})
    return " ".join(
        f"ML: {sentence} The posterior averages over all values that the data and the prior allow."
        for sentence in sentences
    )


def _separation(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.kind != "fixed" or fit.design.family.response not in ("binary", "binomial"):
        return ""
    width = 1.0
    if row.var1 in fit.design.mu.names:
        width = reach(fit.design.mu.X[:, fit.design.mu.names.index(row.var1)])
    if abs(row.estimate) * width <= _FAR:
        return ""
    nearer = abs(row.mean) <= abs(row.estimate)
    return "The outcome is nearly separated by this term, so its likelihood falls slowly away " + (
        "from zero; the prior draws the posterior back."
        if nearer
        else "from zero, and the mean of the posterior lies farther out than its mode, where ML is."
    )


def _few_groups(fit: FitRecord, row: PosteriorAndML) -> str:
    if row.kind not in ("sd", "corr") or not row.differs:
        return ""
    n_groups = _block(fit, row)[1].n_groups
    if n_groups >= FEW_GROUPS:
        return ""
    return (
        f"{row.grp} has only {n_groups} levels: they say little about how levels vary, so the "
        "posterior is wide and depends on the prior."
    )


def _prior_pulls(fit: FitRecord, row: PosteriorAndML) -> str:
    prior = _prior(fit, row)
    if prior is None or not row.differs:
        return ""
    centre, scale = prior_centre_and_scale(prior, n_effects=_n_effects(fit, row))
    estimate, difference, centred_sd, centred_shift = row.estimate, row.difference, row.sd, 0.0
    if _name(fit, row) in _elsewhere(fit):
        estimate, mean, centred_sd = _where_the_prior_is(fit, row)
        difference = mean - estimate
    if row.kind == "fixed" and row.var1 == "Intercept":
        # the prior is on the intercept of the centred design
        shift = common_draws(fit.own_arrays, fit.design)[:, :, 1:] @ fit.design.mu.centre
        centred = common_draws(fit.own_arrays, fit.design)[:, :, 0] + shift
        centred_sd, centred_shift = float(centred.std()), float(shift.mean())
    towards = np.sign(centre - (estimate + centred_shift)) == np.sign(difference)
    if not towards or centred_sd <= _PRIOR_MATTERS * scale:
        return ""
    return (
        f"The prior {prior} pulls: the posterior sd is {centred_sd / scale:.0%} of its scale, so "
        "the data do not outweigh it."
    )


def _about_a_held_mean(fit: FitRecord, row: PosteriorAndML) -> str:
    terms = fit.design.mu.terms
    if row.kind != "sd" or not row.difference > DIFFERS or row.var1 not in terms:
        return ""
    k = terms.index(row.var1)
    draws, estimate = common_draws(fit.own_arrays, fit.design)[:, :, k], fit.ml.estimates[k]
    mean, sd = float(draws.mean()), float(draws.std())
    numbers = {"median": nan, "rhat": nan, "se": nan, "difference": (mean - estimate) / sd}
    common = PosteriorAndML(
        "fixed", None, row.var1, None, mean=mean, sd=sd, estimate=estimate, **numbers
    )
    if not _prior_pulls(fit, common):
        return ""
    return (
        f"The prior of {row.var1} pulls its common effect to {mean:.3g}; the groups vary about "
        "that, and farther."
    )


def _agrees_where_the_prior_is(fit: FitRecord, row: PosteriorAndML) -> str:
    place = _elsewhere(fit).get(_name(fit, row))
    if row.kind not in ("sd", "corr") or place is None or not row.differs:
        return ""
    estimate, mean, sd = _where_the_prior_is(fit, row)
    if abs(mean - estimate) > DIFFERS * sd:
        return ""
    return (
        f"Taken {place}, where its prior is, posterior ({mean:.3g}) and ML ({estimate:.3g}) agree; "
        "here it depends on the other sds and correlations of the block too."
    )


def _skewed(fit: FitRecord, row: PosteriorAndML) -> str:
    lopsided = ("sd", "residual", "auxiliary")
    if row.kind not in lopsided or not row.differs or row.difference < 0:
        return ""
    mode = 3 * row.median - 2 * row.mean  # Pearson's rule of thumb for moderate skewness
    skewed = row.mean - row.median >= _SKEWED * row.sd
    if not skewed or row.estimate < mode - _NEAR_MODE * row.sd:
        return ""
    return "The posterior is skewed to the right: its mean lies above its mode, where ML is."


REASONS: tuple[Callable[[FitRecord, PosteriorAndML], str], ...] = (
    _not_converged,
    _boundary,
    _perfect_correlation,
    _end_of_range,
    _separation,
    _few_groups,
    _prior_pulls,
    _about_a_held_mean,
    _agrees_where_the_prior_is,
    _skewed,
)


def _block(fit: FitRecord, row: PosteriorAndML) -> tuple[int, Block]:
    return next(
        (index, block)
        for index, block in enumerate(fit.design.blocks)
        if block.factor == row.grp and row.var1 in effect_labels(block)
    )


def _n_effects(fit: FitRecord, row: PosteriorAndML) -> int:
    return _block(fit, row)[1].n_effects if row.kind in ("sd", "corr") else 1


def _prior(fit: FitRecord, row: PosteriorAndML) -> Prior | None:
    """Return the prior of the parameter of this row."""
    return fit.priors.by_name.get(_name(fit, row))


def _name(fit: FitRecord, row: PosteriorAndML) -> str | None:
    """Return the name of the parameter of this row among the priors."""
    match row.kind:
        case "fixed" | "auxiliary":
            return row.var1
        case "residual":
            return fit.design.family.residual_scale
        case "sd":
            block = _block(fit, row)[1]
            return sd_names(block)[effect_labels(block).index(row.var1)]
        case _:
            return corr_name(fit.design.blocks, _block(fit, row)[0])


def _elsewhere(fit: FitRecord) -> Mapping[str, str]:
    """Return the parameters whose prior is not of what the table reports."""
    priors = fit.priors
    return prior_places(fit.design, centrings_of(fit.design, priors.preset, priors.changed))


def _where_the_prior_is(fit: FitRecord, row: PosteriorAndML) -> tuple[float, float, float]:
    """Return the ML estimate, the posterior mean and the sd of what the prior is of."""
    design, priors = fit.design, fit.priors
    centrings = centrings_of(design, priors.preset, priors.changed)
    draws = named_draws(draws_of_prior_columns(fit.own_arrays, design, priors), _name(fit, row))
    if row.kind == "fixed":
        of = {n: (p, k) for k, p in enumerate(design.predictors) for n in coefficient_names(p)}
        own, place = of[row.var1]
        at_zero = fit.ml.further_predictors.get(own.parameter, fit.ml).estimates
        estimates = np.linalg.solve(centrings.predictors[place].matrix, at_zero)
        estimate = estimates[coefficient_names(own).index(row.var1)]
    else:
        index, block = _block(fit, row)
        ml, back = fit.ml.blocks[index], np.linalg.inv(centrings.blocks[index].matrix)
        sd, corr = moved_covariance(ml.sd, ml.corr, back)
        a = effect_labels(block).index(row.var1)
        if row.kind == "sd":
            estimate = sd[a]
        else:
            b = effect_labels(block).index(row.var2)
            pair = correlation_pairs(block).index((min(a, b), max(a, b)))
            estimate, draws = corr[a, b], draws[..., pair]
    return float(estimate), float(draws.mean()), float(draws.std())
