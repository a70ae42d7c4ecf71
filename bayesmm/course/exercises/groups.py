"""Exercises of the weeks on trees, on psychology and on laboratories."""

from collections.abc import Mapping

from bayesmm.course.data import course_data
from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.course.library import load_model

__all__ = ["EXERCISES"]


def _ozone() -> Mapping[str, float]:
    small, large = (estimates(name, reml=False) for name in ("sitka_mm0", "sitka_mm1"))
    return {
        "chi2": 2 * (large.loglik - small.loglik),
        "df": large.n_parameters - small.n_parameters,
    }


def _parameters() -> Mapping[str, float]:
    design = estimates("sitka_mm1").design
    block = design.blocks[0]
    pairs = len(block.covariance.pairs(block.n_effects))
    parts = {
        "common effects": len(design.mu.terms),
        "sds of trees": block.n_effects,
        "correlations": pairs,
        "sigma": 1,
    }
    return parts | {"all": sum(parts.values())}


def _aberdeen() -> Mapping[str, float]:
    fitted = estimates("lifesat_intercept")
    common = float(fitted.fixef()["estimate"].iloc[0])
    own = float(fitted.ranef().set_index("level").loc["Aberdeen", "estimate"])
    return {"gamma_00": common, "zeta_0": own, "b_0": common + own}


def _shares(power: int) -> Mapping[str, float]:
    between, within = estimates("lifesat_intercept").varcorr()["sdcor"] ** power
    return {"share between dwellings": between / (between + within)}


def _weights(power: int) -> Mapping[str, float]:
    between, within = estimates("labs_lmm1", reml=True).varcorr()["sdcor"] ** power
    sizes = course_data(load_model("labs_lmm1")).frame["Group"].value_counts()
    return {
        name: (n / within) / (n / within + 1 / between)
        for name, n in (("the smallest", sizes.min()), ("the largest", sizes.max()))
    }


def _meeting() -> Mapping[str, float]:
    level, slope = estimates("labs_lmm3", reml=True).varcorr()["sdcor"].iloc[:2]
    return {"x": level / slope}


EXERCISES: Mapping[str, Exercise] = {
    "chi2 of ozone": Exercise(
        _ozone,
        "The three parameters are the effects of ozone on size, growth and bend.",
        slips=(
            Slip(
                lambda: {"chi2": _ozone()["chi2"] / 2},
                "the statistic is twice the difference of the log likelihoods.",
            ),
        ),
    ),
    "parameters of mm1": Exercise(_parameters),
    "ML or REML": Exercise(
        lambda: {
            "log likelihoods of mm0 and mm1, whose common effects differ": "ML",
            "the sds between trees, in a report": "REML",
        },
        "The restricted likelihood is of what is left of the data when the common effects are "
        "taken off; with other common effects it is of other data.",
        choices=("ML", "REML"),
    ),
    "forms of group terms": Exercise(
        lambda: {
            "levels of g differ in the intercept": "(1 | g)",
            "they differ in intercept and slope, correlated": "(x | g)",
            "they differ in intercept and slope, independent": "(1 | g) + (0 + x | g)",
            "they differ in the slope alone": "(0 + x | g)",
            "blocks lie within sites, both differ": "(1 | site/block)",
            "the sites are these, their blocks a sample": "site + (1 | site:block)",
            "every g met every h": "(1 | g) + (1 | h)",
        },
        choices=(
            "(1 | g)",
            "(x | g)",
            "(0 + x | g)",
            "(1 | g) + (0 + x | g)",
            "(1 | g) + (1 | h)",
            "(1 | site/block)",
            "site + (1 | site:block)",
        ),
    ),
    "the intercept of Aberdeen": Exercise(
        _aberdeen,
        "gamma_00 is the same for all dwellings, zeta_0i is Aberdeen's.",
        within=0.02,
    ),
    "intraclass correlation": Exercise(
        lambda: _shares(2),
        "It is also the correlation of two people of one dwelling, given their ages.",
        slips=(Slip(lambda: _shares(1), "shares are of variances; were the sds squared?"),),
    ),
    "fixed or random": Exercise(
        lambda: {
            "the dwelling, of 12 out of all in Scotland": "random",
            "the condition, control or mindfulness": "fixed",
            "the participant, of 20": "random",
            "the dose, of the three that are sold": "fixed",
            "the visit, as time in the study": "fixed",
        },
        "If the study were done again: the same levels, or others of the same kind?",
        choices=("fixed", "random"),
    ),
    "weight of a laboratory": Exercise(
        lambda: _weights(2),
        "The rest of the weight is that of the mean of all laboratories.",
        slips=(Slip(lambda: _weights(1), "precisions are one over a variance; square the sds."),),
    ),
    "where the lines meet": Exercise(
        _meeting,
        "With a correlation of -1, u_1 = -u_0 sd_1 / sd_0 in every laboratory.",
    ),
}
