"""Simulate the twins: data sets of the published designs and estimates, of nobody's measurements.

Five course data sets may not be handed on. Each has a twin here with its columns, group sizes
and value ranges. What the twins are made of are facts of the designs and printed estimates, which
stand below as constants; no file is read. Each seed is the one, of a few hundred tried, whose
twin gives estimates nearest to the published ones, also for the models that it was not drawn from.

Run ``python -m tools.make_twins`` to write the CSV files again, bit for bit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from tools.twin_draws import Array, Truth, positive_counts, response, systematic

__all__ = [
    "TWINS",
    "ace_mindfuldecline_twin",
    "cod_parasites_twin",
    "dapr3_lme4output_twin",
    "labs_twin",
    "lifesat_scot_twin",
    "write_twins",
]

# Participants 1 to 10 are controls, 11 to 20 practise mindfulness; visits made, of ten.
ACE_VISITS = (10, 10, 10, 10, 10, 4, 10, 5, 10, 10, 8, 7, 10, 3, 10, 10, 10, 10, 10, 10)
# `ACE ~ 1 + visit * condition + (1 + visit | ppt)`, REML, as printed in the lecture.
ACE_FIXED = (85.7353, -0.5319, -0.2979, 0.3459)
ACE_TRUTH = Truth(sd=(0.383, 0.277), corr=-0.49, sigma=0.495)
ACE_UNIMPAIRED = 37

# Pupils in school1 to school20; `y ~ x + (1 + x | group)`, REML, as printed in the lecture.
SCHOOL_SIZES = (8, 10, 8, 9, 3, 8, 9, 9, 9, 9, 10, 9, 10, 8, 8, 10, 9, 8, 10, 6)
SCHOOL_FIXED = (1.7890, -0.6250)
SCHOOL_TRUTH = Truth(sd=(1.152, 0.390), corr=-0.88, sigma=0.512)
SCHOOL_TREATED, PUPILS_WITH_8_HOURS = 9, 38

# Ten people in each of eleven dwellings and two in Kirkcaldy; the first four are the large ones.
DWELLINGS = (
    *("Aberdeen", "Dundee", "Edinburgh", "Glasgow", "Dumfries", "Dunfermline", "Fort William"),
    *("Inverness", "Kirkcaldy", "Paisley", "Perth", "Stirling"),
)
LARGE_DWELLINGS, KIRKCALDY = 4, 8
# `lifesat ~ 1 + age + (1 + age | dwelling)`, REML; the lecture prints no numbers for this set.
LIFESAT_FIXED = (28.251, 0.5232)
LIFESAT_TRUTH = Truth(sd=(17.853, 0.4208), corr=-0.87, sigma=7.969)

# Rows per laboratory; `y ~ x + (1 + x | Group)`, REML, as printed: the singular third model.
LAB_SIZES = (*(364, 37, 51, 73, 4, 15, 5, 8, 19, 40, 92), *(81, 7, 18, 22, 97, 9, 48, 5, 2, 3))
LAB_FIXED = (0.436631, 0.0466888)
LAB_TRUTH = Truth(sd=(0.334592, 0.00280717), corr=-1.0, sigma=0.259399)

# Fish caught in areas 1 to 4 (columns) in the years 1999, 2000 and 2001 (rows).
COD_YEARS = (1999, 2000, 2001)
COD_CATCH = ((147, 98, 183, 139), (55, 50, 75, 50), (70, 107, 157, 123))
# `Prevalence ~ Length + Year + Area`, as printed in the lecture: intercept, Length, years 2000
# and 2001, areas 2 to 4.
COD_LOGIT = (-0.465947, 0.009654, 0.566536, -0.680315, -0.626192, -0.510470, 1.233878)
# Counts of the infected fish, in the same order on the log scale: found by iteration, so that
# the negative binomial fit of Intensity gives 2.4618, -0.02335, 0.6909, -0.3054, -0.0077,
# -0.3496, 1.3483 and size 0.2017, which are the estimates of glmmTMB (nbinom2).
COD_POSITIVE = (3.089, -0.03600, 0.4089, -0.0577, 0.4646, -0.1003, 1.0674)
COD_SIZE = 0.2017
COD_UNMEASURED, COD_UNCOUNTED, COD_UNSEXED, COD_UNAGED = 6, 57, 82, 84
COD_SEXES = (574, 598)
COD_STAGES = (835, 207, 2, 128)  # stages of maturity of the fish whose sex is known


def ace_mindfuldecline_twin(seed: int = 101) -> pd.DataFrame:
    """Simulate cognition (ACE) of 20 people at up to ten visits under two conditions, 177 rows."""
    rng = np.random.default_rng(seed)
    made = [np.sort(rng.choice(10, size=n, replace=False)) + 1 for n in ACE_VISITS]
    visit = np.concatenate(made)
    person = _codes(ACE_VISITS)
    mindful = (person >= 10).astype(float)
    design = np.column_stack([np.ones(visit.size), visit, mindful, visit * mindful])
    strata = np.arange(len(ACE_VISITS)) // 10
    score = response(rng, design, ACE_FIXED, group=person, truth=ACE_TRUTH, strata=strata)
    score = score.clip(76.9, 88.4).round(1)
    judged = score + rng.normal(size=score.size)
    unimpaired = judged >= np.sort(judged)[-ACE_UNIMPAIRED]
    return pd.DataFrame(
        {
            "sitename": _text(["Sncbk"] * visit.size),
            "ppt": _text([f"PPT_{p + 1}" for p in person]),
            "condition": _text(np.where(mindful > 0, "mindfulness", "control")),
            "visit": visit,
            "age": 58 + 2 * visit,
            "ACE": score,
            "imp": _text(np.where(unimpaired, "unimp", "imp")),
        }
    )


def dapr3_lme4output_twin(seed: int = 177) -> pd.DataFrame:
    """Simulate 170 pupils of 20 schools whose lines in `x` differ by school."""
    rng = np.random.default_rng(seed)
    school = _codes(SCHOOL_SIZES)
    x = rng.normal(2.4, 0.95, size=school.size).clip(0, 4.41).round(2)
    design = np.column_stack([np.ones(x.size), x])
    y = response(rng, design, SCHOOL_FIXED, group=school, truth=SCHOOL_TRUTH)
    treated = rng.permutation(len(SCHOOL_SIZES)) < SCHOOL_TREATED
    rested = rng.permutation(x.size) < PUPILS_WITH_8_HOURS
    return pd.DataFrame(
        {
            "y": y.clip(-2.56, 3.4).round(2),
            "x": x,
            "int": _text(np.where(treated[school], "Treatment", "Control")),
            "group": _text([f"school{s + 1}" for s in school]),
            "sleep": _text(np.where(rested, "8hr+", "<8hr")),
        }
    )


def lifesat_scot_twin(seed: int = 75) -> pd.DataFrame:
    """Simulate life satisfaction and age of 112 people in 12 dwellings."""
    rng = np.random.default_rng(seed)
    dwelling = _codes([2 if d == KIRKCALDY else 10 for d in range(len(DWELLINGS))])
    age = (5 * np.rint(rng.normal(8, 2, size=dwelling.size))).clip(15, 65)
    age[dwelling == KIRKCALDY] = (35, 55)  # two people of one age would have no line
    design = np.column_stack([np.ones(age.size), age])
    satisfaction = response(rng, design, LIFESAT_FIXED, group=dwelling, truth=LIFESAT_TRUTH)
    return pd.DataFrame(
        {
            "age": age.astype(np.int64),
            "lifesat": np.rint(satisfaction.clip(11, 82)).astype(np.int64),
            "dwelling": _text([DWELLINGS[d] for d in dwelling]),
            "size": _text(np.where(dwelling < LARGE_DWELLINGS, ">100k", "<100k")),
        }
    )


def labs_twin(seed: int = 276) -> pd.DataFrame:
    """Simulate 1,000 measurements of 21 laboratories of very unequal size."""
    rng = np.random.default_rng(seed)
    lab = _codes(LAB_SIZES)
    x = (89.3 * rng.beta(2.7, 1.45, size=lab.size) - 0.6).clip(-0.6, 88.6).round(3)
    design = np.column_stack([np.ones(x.size), x])
    y = response(rng, design, LAB_FIXED, group=lab, truth=LAB_TRUTH, most=4.5)
    # The response is 4.5 times an index of at most 1 that is given to three places.
    index = (y / 4.5).clip(0.033, 1).round(3)
    return pd.DataFrame(
        {
            "y": (4.5 * index).round(4),
            "x": x,
            "Group": _text([str(g + 1) for g in lab]),
            "parent_row": np.arange(1, x.size + 1),
        }
    )


def cod_parasites_twin(seed: int = 38) -> pd.DataFrame:
    """Simulate 1,254 cod: parasites, place, year, and the fish's measures."""
    rng = np.random.default_rng(seed)
    cell = _codes(np.ravel(COD_CATCH))
    year, area = cell // 4, cell % 4
    n = cell.size
    length = np.rint(rng.normal(53.4, 14.1, size=n)).clip(17, 101)
    dummies = [year == 1, year == 2, area == 1, area == 2, area == 3]
    design = np.column_stack([np.ones(n), length, *dummies]).astype(float)
    chance = 1 / (1 + np.exp(-design @ np.array(COD_LOGIT)))
    infected = systematic(rng, chance, cell, length)
    mean = np.exp(design @ np.array(COD_POSITIVE))
    intensity = positive_counts(rng, mean, COD_SIZE, infected, cell).clip(max=257)
    uncounted = rng.choice(
        np.flatnonzero(infected & (year == 0)), size=COD_UNCOUNTED, replace=False
    )
    intensity[uncounted] = np.nan

    weight = np.rint(0.006 * length**3.1 * np.exp(rng.normal(0, 0.11, size=n))).clip(34, 9990)
    age = np.rint(1 + (length - 25) / 9.5 + rng.normal(0, 0.6, size=n)).clip(1, 10)
    age[rng.permutation(n) < COD_UNAGED] = 0
    sex = rng.permutation(_codes([COD_UNSEXED, *COD_SEXES]))
    stage = np.zeros(n, dtype=np.int64)
    stage[rng.permutation(np.flatnonzero(sex))] = _codes([0, *COD_STAGES])
    stations = rng.integers(50, 294, size=(cell.max() + 1, 4))
    depth = stations[cell, rng.integers(0, 4, size=n)]
    unmeasured = rng.permutation(n) < COD_UNMEASURED
    return pd.DataFrame(
        {
            "Sample": np.arange(1, n + 1),
            "Intensity": intensity,
            "Prevalence": infected.astype(np.int64),
            "Year": _text([str(COD_YEARS[t]) for t in year]),
            "Depth": depth,
            "Weight": np.where(unmeasured, np.nan, weight),
            "Length": np.where(unmeasured, np.nan, length),
            "Sex": _text(sex.astype(str)),
            "Stage": _text(stage.astype(str)),
            "Age": age.astype(np.int64),
            "Area": _text((area + 1).astype(str)),
        }
    )


def write_twins(folder: Path) -> None:
    """Write every twin as ``<name>.csv`` into a folder."""
    for name, twin in TWINS.items():
        twin().to_csv(
            folder / f"{name}.csv", index=False, lineterminator="\n", float_format="%.10g"
        )


def _codes(sizes: Sequence[int]) -> Array:
    """Return 0, 0, ..., 1, 1, ... with the given number of each."""
    return np.repeat(np.arange(len(sizes)), sizes)


def _text(values: Iterable[object]) -> pd.Series:
    """Return a column of strings."""
    return pd.Series([str(v) for v in values], dtype="str")


TWINS: Mapping[str, Callable[[], pd.DataFrame]] = MappingProxyType(
    {
        "ace_mindfuldecline_twin": ace_mindfuldecline_twin,
        "cod_parasites_twin": cod_parasites_twin,
        "dapr3_lme4output_twin": dapr3_lme4output_twin,
        "labs_twin": labs_twin,
        "lifesat_scot_twin": lifesat_scot_twin,
    }
)

if __name__ == "__main__":
    write_twins(Path(__file__).parents[1] / "bayesmm/data")
