"""Checks that the chains agree and hold enough independent draws of every reported quantity."""

from math import ceil, isnan

from bayesmm.sampling.check_record import SamplingCheck, SamplingEvidence
from bayesmm.sampling.grade import ESS_LEAST, ESS_PER_CHAIN, RHAT_APART, RHAT_MAX, Grade
from bayesmm.sampling.worst import Extreme
from bayesmm.wording import option

__all__ = ["all_move", "ess_bulk", "ess_tail", "rhat", "written_apart"]

_MORE = "Sample more draws per chain; at least 4 are needed, 1000 are usual."
_NOT_KNOWN = "Whether these draws are draws from the posterior is not known."


def rhat(e: SamplingEvidence) -> SamplingCheck:
    """Judge the largest R-hat."""
    worst, name = e.worst.rhat, "R-hat"
    if e.chains < 2:
        return SamplingCheck(
            name,
            Grade.CAUTION,
            worst.value,
            RHAT_MAX,
            "R-hat cannot be computed from one chain: whether it converged is not known.",
            "Numbers of a chain that is stuck, or has seen one of several modes, look like these.",
            f"Sample at least 4 chains ({option('chains', 4)}): chains that agree are the evidence "
            "of convergence.",
            judged=False,
        )
    if isnan(worst.value):
        sentence = "R-hat could not be computed."
        return SamplingCheck(
            name, Grade.DO_NOT_USE, worst.value, RHAT_MAX, sentence, _NOT_KNOWN, _MORE
        )
    if worst.value <= RHAT_MAX:
        sentence = f"The largest R-hat is {worst.value:.3f} ({worst.label})."
        return SamplingCheck(name, Grade.NO_PROBLEM, worst.value, RHAT_MAX, sentence)
    value = written_apart(worst.value, RHAT_MAX, 4)
    sentence = f"The largest R-hat is {value} ({worst.label}), above {RHAT_MAX}."
    longer = f"({option('tune', 2 * e.settings.tune)}, {option('draws', 2 * e.settings.draws)})"
    if worst.value <= RHAT_APART:
        known = e.precision(worst).of_both(worst.label)
        meaning = f"The chains have not mixed fully here. {known}"
        return SamplingCheck(
            name, Grade.CAUTION, worst.value, RHAT_MAX, sentence, meaning,
            f"More draws bring it down ({option('draws', 2 * e.settings.draws)}).",
        )  # fmt: skip
    meaning = (
        f"The chains are in different places for {worst.label}: an average over them is no "
        "average over the posterior."
    )
    advice = (
        f"Sample longer {longer}. If R-hat stays high, look at the trace: chains at different "
        "levels mean that the data do not decide between two explanations, so drop a term or give "
        "a more informative prior."
    )
    return SamplingCheck(name, Grade.DO_NOT_USE, worst.value, RHAT_MAX, sentence, meaning, advice)


def ess_bulk(e: SamplingEvidence) -> SamplingCheck:
    """Judge the smallest effective sample size of means and medians."""
    return _ess(e, "bulk ESS", e.worst.ess_bulk)


def ess_tail(e: SamplingEvidence) -> SamplingCheck:
    """Judge the smallest effective sample size of the ends of intervals."""
    return _ess(e, "tail ESS", e.worst.ess_tail)


def _ess(e: SamplingEvidence, name: str, worst: Extreme) -> SamplingCheck:
    wanted = max(ESS_PER_CHAIN * e.chains, ESS_LEAST)
    if isnan(worst.value):
        sentence = f"{name} could not be computed."
        return SamplingCheck(
            name, Grade.DO_NOT_USE, worst.value, wanted, sentence, _NOT_KNOWN, _MORE
        )
    if worst.value >= wanted:
        sentence = (
            f"The smallest {name} is {written_apart(worst.value, wanted, 0)} ({worst.label})."
        )
        return SamplingCheck(name, Grade.NO_PROBLEM, worst.value, wanted, sentence)
    grade = Grade.CAUTION if worst.value >= ESS_LEAST else Grade.DO_NOT_USE
    value = written_apart(worst.value, wanted, 0)
    sentence = f"The smallest {name} is {value} ({worst.label}), below {wanted}."
    known = e.precision(worst)
    meaning = (known.of_mean if name == "bulk ESS" else known.of_ends)(worst.label)
    if grade is Grade.DO_NOT_USE:
        meaning = f"Fewer than {ESS_LEAST} do not even say how well a number is known."
    # a fifth more than proportional, because the estimate of the ESS is itself uncertain
    draws = 500 * ceil(1.2 * e.settings.draws * wanted / max(worst.value, 1.0) / 500)
    advice = f"Sample about {option('draws', draws)} per chain"
    if draws > 20 * e.settings.draws:
        advice += ", or better change the model: the chains hardly move"
    return SamplingCheck(name, grade, worst.value, wanted, sentence, meaning, f"{advice}.")


def all_move(e: SamplingEvidence) -> SamplingCheck:
    """Judge whether every quantity moves and is finite."""
    name, count = "all quantities move", e.worst.n_stuck
    if count == 0:
        return SamplingCheck(name, Grade.NO_PROBLEM, 0, 0, "Every quantity moves and is finite.")
    named = ", ".join(e.worst.stuck) + (", ..." if count > len(e.worst.stuck) else "")
    return SamplingCheck(
        name,
        Grade.DO_NOT_USE,
        count,
        0,
        f"{count} quantities never move, or have draws that are not finite: {named}.",
        "The sampler did not move them, so that nothing is known of their posterior.",
        "Check the scale of the response and of the predictors, and the priors of these "
        "parameters.",
    )


def written_apart(value: float, limit: float, places: int) -> str:
    """Return a number with as many decimals as show on which side of the limit it is."""
    while value != limit and float(f"{value:.{places}f}") == limit and places < 15:
        places += 1
    return f"{value:.{places}f}"
