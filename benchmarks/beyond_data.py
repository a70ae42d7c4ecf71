"""Simulated data of `benchmarks.beyond`: ratings, choices, times, proportions, survival, amounts.

Every data set comes from the family that is fitted to it, with group effects of known sd.
"""

import numpy as np
import pandas as pd

__all__ = ["amounts", "choices", "proportions", "ratings", "reaction_times", "survival"]


def ratings(persons: int = 80, items: int = 16, seed: int = 11) -> pd.DataFrame:
    """Return ratings 1 to 5 of every person on every item, cumulative with a logit link."""
    rng = np.random.default_rng(seed)
    person, item = np.divmod(np.arange(persons * items), items)
    x = rng.normal(size=persons)[person]
    latent = 0.6 * x + rng.normal(0, 1.1, persons)[person] + rng.normal(0, 0.7, items)[item]
    above = latent[:, None] + rng.logistic(size=(len(x), 1)) > np.array([-2.0, -0.6, 0.7, 2.2])
    return pd.DataFrame(
        {"rating": 1 + above.sum(axis=1), "x": x, "person": _named(person), "item": _named(item)}
    )


def choices(groups: int = 40, rows: int = 20, seed: int = 12) -> pd.DataFrame:
    """Return choices among three, whose log odds have intercepts by group."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=len(g))
    bus = 0.4 + 0.7 * x + rng.normal(0, 0.8, groups)[g]
    train = -0.3 - 0.5 * x + rng.normal(0, 0.6, groups)[g]
    utility = np.column_stack([np.zeros(len(g)), bus, train]) + rng.gumbel(size=(len(g), 3))
    names = np.array(["bicycle", "bus", "train"])
    return pd.DataFrame({"y": names[utility.argmax(axis=1)], "x": x, "g": _named(g)})


def reaction_times(subjects: int = 30, trials: int = 40, seed: int = 13) -> pd.DataFrame:
    """Return times in seconds: a normal and an exponential part, the effect of c by subject."""
    rng = np.random.default_rng(seed)
    s = np.repeat(np.arange(subjects), trials)
    c = np.tile([-0.5, 0.5], len(s) // 2)
    slow, effect = rng.normal(0, 0.08, subjects)[s], rng.normal(0, 0.04, subjects)[s]
    rt = rng.normal(0.45 + slow + (0.06 + effect) * c, 0.05) + rng.exponential(0.15, len(s))
    return pd.DataFrame({"rt": rt, "c": c, "subject": _named(s)})


def proportions(groups: int = 50, rows: int = 8, seed: int = 14) -> pd.DataFrame:
    """Return successes of 10 to 30 trials, beta-binomial with phi = 12."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=len(g))
    p = 1 / (1 + np.exp(0.3 - 0.5 * x - rng.normal(0, 0.6, groups)[g]))
    n = rng.integers(10, 31, len(g))
    k = rng.binomial(n, rng.beta(12 * p, 12 * (1 - p)))
    return pd.DataFrame({"k": k, "n": n, "x": x, "g": _named(g)})


def survival(sites: int = 40, rows: int = 15, seed: int = 15) -> pd.DataFrame:
    """Return Weibull times of shape 1.4 with a frailty of sites; those after 3 are censored."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(sites), rows)
    treated = np.tile([0.0, 1.0, 0.0, 1.0, 0.0], len(g) // 5)
    mean = np.exp(0.4 + 0.5 * treated + rng.normal(0, 0.5, sites)[g])
    time = mean * rng.weibull(1.4, len(g))
    censored = time > 3
    return pd.DataFrame(
        {
            "time": np.minimum(time, 3.0),
            "status": np.where(censored, "right", "none"),
            "treated": treated,
            "site": _named(g),
        }
    )


def amounts(groups: int = 50, rows: int = 16, seed: int = 16) -> pd.DataFrame:
    """Return gamma amounts of shape 2.5 of which a share that depends on x is 0."""
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(groups), rows)
    x = rng.normal(size=len(g))
    mean = np.exp(1.0 + 0.3 * x + rng.normal(0, 0.5, groups)[g])
    none = rng.random(len(g)) < 1 / (1 + np.exp(1.0 - 0.6 * x))
    return pd.DataFrame(
        {"y": np.where(none, 0.0, rng.gamma(2.5, mean / 2.5)), "x": x, "g": _named(g)}
    )


def _named(codes: np.ndarray) -> list[str]:
    return [f"l{code:02d}" for code in codes]
