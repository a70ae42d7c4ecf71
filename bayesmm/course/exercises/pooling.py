"""Exercises of the tour and of the week on pooling."""

from collections.abc import Mapping

from bayesmm.course.exercise import Exercise, Slip, estimates
from bayesmm.results.partial_pooling.multilevel_mean import multilevel_mean

__all__ = ["EXERCISES"]

# The first of the four curves of the course, at four rows.
_N, _KNOWN = 4, {"y_group": 7.0, "y_all": 4.0, "sigma_y": 3.0, "sigma_alpha": 1.5}
_BETA, _X = 0.5, 2.0


def _weighted_mean() -> Mapping[str, float]:
    alpha = float(multilevel_mean(_N, **_KNOWN))
    share = (alpha - _KNOWN["y_all"]) / (_KNOWN["y_group"] - _KNOWN["y_all"])
    return {"weight of y_j": share, "alpha_j": alpha}


def _unsquared() -> Mapping[str, float]:
    own, other = _N / _KNOWN["sigma_y"], 1 / _KNOWN["sigma_alpha"]
    share = own / (own + other)
    return {
        "weight of y_j": share,
        "alpha_j": share * _KNOWN["y_group"] + (1 - share) * _KNOWN["y_all"],
    }


def _with_predictor() -> Mapping[str, float]:
    return {"alpha_j": float(multilevel_mean(_N, **_KNOWN, beta=_BETA, x_group=_X))}


def _slope_of(person: str) -> tuple[float, float]:
    """Return the slope of a person, and its distance from the common one, by REML."""
    fitted = estimates("correlated_slopes")
    effects = fitted.ranef().query("term == 'Days'").set_index("level")["estimate"]
    common = fitted.fixef().set_index("term").loc["Days", "estimate"]
    return float(common + effects[person]), float(effects[person])


EXERCISES: Mapping[str, Exercise] = {
    "the slope of person 309": Exercise(
        lambda: {"ms per day": _slope_of("309")[0]},
        "Common effect and effect of the person add up, which is what `coef` prints.",
        within=0.5,  # the posterior mean or the REML estimate
        slips=(
            Slip(
                lambda: {"ms per day": _slope_of("309")[1]},
                "that is how far the person is from the common slope; what is the slope itself?",
            ),
        ),
    ),
    "about whom": Exercise(
        lambda: {
            "person 308, on a tenth day": "these groups",
            "somebody who was not in the study": "new group",
            "a person in the middle of the population": "typical group",
            "the mean over all people": "population",
        },
        choices=("these groups", "new group", "typical group", "population"),
    ),
    "group discussion of 12.1": Exercise(
        lambda: {
            "n_j increases": "towards y_j",
            "n_j decreases": "towards y_all",
            "n_j is 0": "y_all itself",
            "n_j goes to infinity": "y_j itself",
        },
        "The precision of the group's own mean, n_j / sigma_y^2, grows with n_j; that of the "
        "population, 1 / sigma_alpha^2, does not.",
        choices=("towards y_j", "towards y_all", "y_j itself", "y_all itself"),
    ),
    "formula 12.1": Exercise(
        _weighted_mean,
        "With four rows the two precisions are equal, and the mean is in the middle.",
        slips=(Slip(_unsquared, "precisions are one over a variance; were the sds squared?"),),
    ),
    "formula 12.1 with a predictor": Exercise(
        _with_predictor,
        "The group's own intercept is y_j - beta x_j, not y_j.",
        slips=(
            Slip(
                lambda: {"alpha_j": _weighted_mean()["alpha_j"]},
                "the mean of a group holds what its x adds; take that off first.",
            ),
        ),
    ),
}
