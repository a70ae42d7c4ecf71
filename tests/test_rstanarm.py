"""Posteriors of rstanarm under its own default priors, ``priors="rstanarm"`` here.

The references are by reference_r/make_rstanarm.R: rstanarm 2.21.3, 4 chains x 5000 draws. Its
sds under the square roots of ``Sigma[...]``; all else under its names.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from arviz_stats.base import array_stats

from bayesmm import fit, load_data

HERE = Path(__file__).parent / "reference_r"
FORMULAS = {
    "sleepstudy": ("Reaction ~ Days + (Days | Subject)", "gaussian"),
    "cbpp": ("p(incidence, size) ~ period + (1 | herd)", "binomial"),
}
TERMS = {"(Intercept)": "Intercept", "period2": "period[2]", "period3": "period[3]"}
TERMS |= {"period4": "period[4]"}


def draws_by_their_name(posterior, factor, effects):
    """Return draws, chains x draws, of everything that rstanarm reports but its covariances."""
    names = {"Intercept": "(Intercept)"} | {v: k for k, v in TERMS.items()}
    ours = {
        names.get(name, name): posterior[name].values
        for name in posterior.data_vars
        if posterior[name].ndim == 2 and "|" not in name
    }
    for effect in effects:
        theirs = names.get(effect, effect)
        name = f"{'1' if effect == 'Intercept' else effect}|{factor}"
        ours[f"sd Sigma[{factor}:{theirs},{theirs}]"] = posterior[f"{name}_sigma"].values
        for level in posterior[f"{factor}__factor_dim"].values:
            one = posterior[name].sel({f"{factor}__factor_dim": level})
            ours[f"b[{theirs} {factor}:{level}]"] = one.values
    return ours


def check(ours, theirs):
    """Compare means and sds, 4 Monte Carlo standard errors of both sides."""
    n_eff = theirs["n_eff"]
    axes = {"chain_axis": 0, "draw_axis": 1}
    mcse = array_stats.mcse(ours, method="mean", **axes)
    assert abs(ours.mean() - theirs["mean"]) <= 4 * np.hypot(mcse, theirs["sd"] / np.sqrt(n_eff))
    # rstanarm gives no error of its sds. The variance of (x - m)^2 is kappa - 1 in units of
    # sd^4, with the kurtosis kappa of our draws.
    z = (ours - ours.mean()) / ours.std()
    their_mcse = theirs["sd"] * np.sqrt((np.mean(z**4) - 1) / (4 * n_eff))
    mcse = array_stats.mcse(ours, method="sd", **axes)
    assert abs(ours.std() - theirs["sd"]) <= 4 * np.hypot(mcse, their_mcse)


@pytest.mark.parametrize(
    ("name", "factor", "effects"),
    [("sleepstudy", "Subject", ("Intercept", "Days")), ("cbpp", "herd", ("Intercept",))],
)
def test_posterior_of_rstanarm(name, factor, effects):
    formula, family = FORMULAS[name]
    result = fit(formula, load_data(name), family, priors="rstanarm", draws=4000, seed=8)
    assert result.engine == "compiled"
    ours = draws_by_their_name(result.own_draws["posterior"], factor, effects)
    reference = json.loads((HERE / f"rstanarm_{name}.json").read_text(encoding="utf-8"))
    rows = {r["variable"]: r for r in reference["posterior"]}
    compared = {v: r for v, r in rows.items() if not v.startswith("Sigma")}
    assert set(ours) == set(compared)
    for variable, row in compared.items():
        check(ours[variable], row)
