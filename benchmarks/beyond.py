"""Models beyond the normal beside brms and Bambi, one after the other in one run.

Of each: the smallest ESS over every quantity per processor second of sampling and per leapfrog,
processor seconds to the summary with compiling, and whether posterior means agree, in Monte Carlo
errors. Priors are those of bayesmm in all, as far as the other has the same parameters.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import pandas as pd
from scipy.special import ndtri

from benchmarks import beyond_data
from benchmarks.beyond_peers import BambiModel, Means, means_of, run_bambi, run_brms
from benchmarks.measure import min_ess
from benchmarks.results import Record, arguments, save, show

__all__ = ["MODELS", "BeyondModel", "apart"]

TITLE = "Beyond the normal (target: 50 x brms's ESS per processor second)"
KEYS = ("model", "tool")
COLUMNS = {
    "model": "model",
    "tool": "tool",
    "ess_per_second": "min ESS/CPU s",
    "ratio": "bayesmm / tool",
    "min_ess": "min ESS",
    "quantity": "of",
    "leapfrogs": "leapfrogs/draw",
    "per_leapfrog": "ESS per 1000 leapfrogs",
    "divergences": "divergent",
    "sampling": "sampling CPU s",
    "whole": "to summary CPU s",
    "apart": "means apart, MC errors",
    "limit": "limit",
    "compared": "of",
    "note": "note",
}
TOOLS = ("bayesmm", "brms", "bambi")
KEPT = 4000
_BY_CHANCE = 0.001  # probability with which any of the means compared is further apart


@dataclass(frozen=True, slots=True)
class BeyondModel:
    """A model, and the names of its quantities in brms; `bambi` where Bambi has the family."""

    formulas: tuple[str, ...]
    family: str
    frame: Callable[[], pd.DataFrame]
    brms: Mapping[str, str]
    bambi: BambiModel


def _plain(group: str, *slopes: str, **further: str) -> dict[str, str]:
    """Return brms's names of an intercept with sd by group, of slopes and of further parameters."""
    return {
        "Intercept": "b_Intercept",
        **{slope: f"b_{slope}" for slope in slopes},
        f"1|{group}_sigma": f"sd_{group}__Intercept",
        **further,
    }


_NO_PRIORS = "its own priors"
MODELS: Mapping[str, BeyondModel] = {
    "cumulative logit, 80 persons x 16 items": BeyondModel(
        ("rating ~ x + (1 | person) + (1 | item)",),
        "cumulative",
        beyond_data.ratings,
        {f"{k}|{k + 1}": f"b_Intercept[{k}]" for k in range(1, 5)}
        | {
            "x": "b_x",
            "1|person_sigma": "sd_person__Intercept",
            "1|item_sigma": "sd_item__Intercept",
        },
        BambiModel(
            ("rating ~ x + (1 | person) + (1 | item)",),
            {"x": "x", "1|person": "1|person_sigma", "1|item": "1|item_sigma"},
            ordered="rating",
            note="its own prior of thresholds",
        ),
    ),
    "categorical, 3 choices, 40 groups": BeyondModel(
        ("y ~ x + (1 | g)",),
        "categorical",
        beyond_data.choices,
        {
            f"{choice}_{ours}": theirs.format(choice)
            for choice in ("bus", "train")
            for ours, theirs in (
                ("Intercept", "b_mu{}_Intercept"),
                ("x", "b_mu{}_x"),
                ("1|g_sigma", "sd_g__mu{}_Intercept"),
            )
        },
        BambiModel(
            ("y ~ x + (1 | g)",),
            {"Intercept": "bus_Intercept", "x": "bus_x", "1|g": "bus_1|g_sigma"},
            {
                f"{theirs}[{choice}]": f"{choice}_{ours}"
                for choice in ("bus", "train")
                for theirs, ours in (("Intercept", "Intercept"), ("x", "x"))
            },
        ),
    ),
    "exgaussian, slopes of 30 subjects": BeyondModel(
        ("rt ~ c + (c | subject)",),
        "exgaussian",
        beyond_data.reaction_times,
        _plain("subject", "c", sigma="sigma", beta="beta")
        | {"c|subject_sigma": "sd_subject__c", "subject_corr": "cor_subject__Intercept__c"},
        BambiModel(("rt ~ c + (c | subject)",), note=f"no correlation in the model; {_NO_PRIORS}"),
    ),
    "beta-binomial, 50 groups": BeyondModel(
        ("cbind(k, n - k) ~ x + (1 | g)",),
        "beta_binomial",
        beyond_data.proportions,
        _plain("g", "x", kappa="phi"),
        BambiModel(
            ("p(k, n) ~ x + (1 | g)",),
            {"Intercept": "Intercept", "x": "x", "kappa": "kappa", "1|g": "1|g_sigma"},
            {own: own for own in ("Intercept", "x", "kappa", "1|g_sigma")},
        ),
    ),
    "Weibull, censored, frailty of 40 sites": BeyondModel(
        ("time | cens(status) ~ treated + (1 | site)",),
        "weibull",
        beyond_data.survival,
        _plain("site", "treated", alpha="shape"),
        BambiModel(
            ("censored(time, status) ~ treated + (1 | site)",),
            {"Intercept": "Intercept", "treated": "treated", "alpha": "alpha"}
            | {"1|site": "1|site_sigma"},
            {own: own for own in ("Intercept", "treated", "alpha", "1|site_sigma")},
        ),
    ),
    "hurdle gamma, zeros with x, 50 groups": BeyondModel(
        ("y ~ x + (1 | g)", "hu ~ x"),
        "hurdle_gamma",
        beyond_data.amounts,
        _plain("g", "x", alpha="shape", hu_Intercept="b_hu_Intercept", hu_x="b_hu_x"),
        BambiModel(
            ("y ~ x + (1 | g)", "psi ~ x"),
            {"Intercept": "Intercept", "x": "x", "alpha": "alpha", "1|g": "1|g_sigma"}
            | {"psi": {"Intercept": "hu_Intercept", "x": "hu_x"}},
            {own: own for own in ("Intercept", "x", "alpha", "1|g_sigma")},
            note="psi is 1 - hu",
        ),
    ),
}


def fitted(model: BeyondModel, frame: pd.DataFrame, seed: int) -> tuple[Any, Record]:
    """Return a fit, sampled once, and what it needed: all of it is counted as sampling."""
    import bayesmm  # noqa: PLC0415  (a script may look at MODELS only)

    began = time.process_time()
    fit = bayesmm.fit(
        list(model.formulas), frame, model.family, seed=seed, max_effort=1, progress=False
    )
    sampled = time.process_time()
    str(fit.summary())
    ended = time.process_time()
    draws = fit.own_draws
    least, statistics = min_ess(draws["posterior"].dataset), draws["sample_stats"].dataset
    return fit, {
        "min_ess": least.least,
        "quantity": least.quantity,
        "leapfrogs": float(statistics["n_steps"].mean()),
        "divergences": int(statistics["diverging"].sum()),
        "sampling": sampled - began,
        "whole": ended - began,
    }


def apart(ours: Means, theirs: Means, names: Mapping[str, str]) -> Record:
    """Return the largest difference of two means, in Monte Carlo errors, and its limit.

    Parameters
    ----------
    ours, theirs : mapping of str to (float, float)
        Means and their errors.
    names : mapping of str to str
        Name among ours, and among theirs.
    """
    found = []
    for own, other in names.items():
        (a, error_a), (b, error_b) = ours[own], theirs[other]
        found.append(abs(a - b) / (error_a**2 + error_b**2) ** 0.5)
    if not found:
        return {}
    limit = -float(ndtri(_BY_CHANCE / (2 * len(found))))
    return {"apart": max(found), "limit": limit, "compared": len(found)}


def measure(name: str, tools: tuple[str, ...], seeds: int) -> list[Record]:
    """Return a row per tool: medians of so many seeds of ours, one seed of the others."""
    model = MODELS[name]
    frame = model.frame()
    fitted(model, frame, 0)  # compiles
    runs = [fitted(model, frame, seed) for seed in range(1, seeds + 1)]
    fit, own = runs[0][0], [run for _, run in runs]
    least = min(own, key=lambda run: run["min_ess"])
    row = {
        field: median(run[field] for run in own)
        for field in ("min_ess", "leapfrogs", "sampling", "whole")
    }
    row |= {"quantity": least["quantity"], "divergences": max(run["divergences"] for run in own)}
    rows = [{"model": name, "tool": "bayesmm", **_speeds(row)}]
    means = means_of(fit.own_draws["posterior"].dataset)
    if "brms" in tools:
        found = run_brms(fit, frame)
        rows.append(_beside(name, "brms", found, means, model.brms))
    if "bambi" in tools:
        found = run_bambi(fit, frame, model.bambi, seed=1)
        names = {ours: theirs for theirs, ours in model.bambi.names.items()}
        rows.append(_beside(name, "bambi", found, means, names))
    return rows


def _speeds(row: Record) -> Record:
    return row | {
        "ess_per_second": row["min_ess"] / row["sampling"],
        "per_leapfrog": 1e3 * row["min_ess"] / (KEPT * row["leapfrogs"]),
    }


def _beside(name: str, tool: str, found: Record, means: Means, names: Mapping[str, str]) -> Record:
    """Return the row of another package."""
    row = {"model": name, "tool": tool}
    if "sampling" not in found:
        return row | found
    theirs = found.pop("means")
    return row | _speeds(found) | apart(means, theirs, names)


def arranged(rows: list[Record]) -> list[Record]:
    """Return the rows by model, with the speed of bayesmm over that of each tool."""
    ours = {row["model"]: row["ess_per_second"] for row in rows if row["tool"] == "bayesmm"}
    order = [(model, tool) for model in MODELS for tool in TOOLS]
    for row in rows:
        speed = row.get("ess_per_second")
        row["ratio"] = ours[row["model"]] / speed if speed else None
    return sorted(rows, key=lambda row: order.index((row["model"], row["tool"])))


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--only", nargs="*", help="parts of the names to measure")
    parser.add_argument("--tools", default="", help="brms, bambi; with commas")
    chosen = parser.parse_args()
    tools = tuple(chosen.tools.split(",")) if chosen.tools else TOOLS if chosen.peers else ()
    rows: list[Record] = []
    for name in MODELS:
        if chosen.only is None or any(part in name for part in chosen.only):
            rows += measure(name, tools, 1 if chosen.quick else 3)
            # after each model, so that a long run that is stopped has not been for nothing
            merged = save("beyond", KEYS, rows, chosen)
            for row in rows[-3:]:
                print(row, flush=True)
    show(TITLE, arranged(merged), COLUMNS)


if __name__ == "__main__":
    main()
