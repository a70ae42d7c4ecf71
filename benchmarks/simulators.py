"""Simulators of data: fixed seeds, and the sizes and variance components of known data sets."""

import numpy as np
import pandas as pd

__all__ = [
    "grouse_ticks",
    "instructor_evaluations",
    "many_groups",
    "subjects_by_items",
    "verbal_aggression",
]

SEED = 20240917


def _labels(prefix: str, codes: np.ndarray) -> list[str]:
    return [f"{prefix}{code}" for code in codes]


def _every_level_once(random: np.random.Generator, n: int, levels: int, weights=None) -> np.ndarray:
    """Return n codes in random order, each level at least once."""
    rest = random.choice(levels, n - levels, p=weights)
    return random.permutation(np.concatenate([np.arange(levels), rest]))


def verbal_aggression() -> pd.DataFrame:
    """Simulate 316 persons who answer 24 items yes or no (7,584 rows).

    Coefficients and sds are near the ML estimates for lme4's VerbAgg.
    """
    random = np.random.default_rng(SEED)
    persons, items = 316, 24
    anger = np.round(random.normal(20.0, 4.8, persons)).clip(11, 39)
    male = random.random(persons) < 0.23
    behaviour, other = np.arange(items) % 3, (np.arange(items) // 3) % 2
    person_effect = random.normal(0.0, 1.34, persons)
    item_effect = random.normal(0.0, 0.5, items)
    of_person = 0.2 + 0.057 * anger + 0.32 * male + person_effect
    of_item = np.array([0.0, -1.06, -2.11])[behaviour] - 1.06 * other + item_effect
    person, item = np.tile(np.arange(persons), items), np.repeat(np.arange(items), persons)
    chance = 1.0 / (1.0 + np.exp(-(of_person[person] + of_item[item])))
    return pd.DataFrame(
        {
            "r2": (random.random(persons * items) < chance).astype(int),
            "Anger": anger[person],
            "Gender": np.where(male, "M", "F")[person],
            "btype": np.array(["curse", "scold", "shout"])[behaviour[item]],
            "situ": np.array(["other", "self"])[other[item]],
            "id": _labels("p", person),
            "item": _labels("i", item),
        }
    )


def subjects_by_items() -> pd.DataFrame:
    """Simulate 40 subjects who read 48 items in two conditions, 2,855 of the 3,840 trials kept.

    Log reading times; slopes of the condition c = -0.5, 0.5 vary over subjects and over items.
    """
    random = np.random.default_rng(SEED + 1)
    subjects, items = 40, 48
    kept = np.sort(random.permutation(subjects * items * 2)[:2855])
    subject, rest = np.divmod(kept, items * 2)
    item, condition = np.divmod(rest, 2)
    c = condition - 0.5
    of_subject = _correlated(random, subjects, (0.25, 0.10), 0.4)
    of_item = _correlated(random, items, (0.15, 0.08), -0.3)
    mean = 6.0 + of_subject[subject, 0] + of_item[item, 0]
    slope = 0.05 + of_subject[subject, 1] + of_item[item, 1]
    return pd.DataFrame(
        {
            "y": mean + slope * c + random.normal(0.0, 0.4, len(kept)),
            "c": c,
            "subj": _labels("s", subject),
            "item": _labels("i", item),
        }
    )


def _correlated(
    random: np.random.Generator, levels: int, sds: tuple[float, float], corr: float
) -> np.ndarray:
    """Return effects of shape (levels, 2) with the given sds and correlation."""
    z = random.normal(size=(levels, 2))
    second = corr * z[:, 0] + np.sqrt(1 - corr**2) * z[:, 1]
    return np.column_stack([sds[0] * z[:, 0], sds[1] * second])


def instructor_evaluations() -> pd.DataFrame:
    """Simulate 73,421 marks by 2,972 students of 1,128 lecturers in 14 departments.

    Each lecturer belongs to one department and each student gives most marks in one or two;
    numbers of marks are as uneven as in lme4's InstEval, whose ML estimates the sds are near.
    Marks are whole numbers from 1 to 5.
    """
    random = np.random.default_rng(SEED + 2)
    n, students, lecturers, departments = 73_421, 2_972, 1_128, 14
    department = np.concatenate(
        [np.arange(departments), random.integers(0, departments, lecturers - departments)]
    )
    popularity = random.lognormal(0.0, 1.05, lecturers)
    home = random.integers(0, departments, students)
    diligence = random.gamma(2.5, 1.0, students)
    student = _every_level_once(random, n, students, diligence / diligence.sum())
    at_home = random.random(n) < 0.55
    lecturer = random.choice(lecturers, n, p=popularity / popularity.sum())
    for k in range(departments):
        rows = np.flatnonzero(at_home & (home[student] == k))
        own = np.flatnonzero(department == k)
        lecturer[rows] = random.choice(own, len(rows), p=popularity[own] / popularity[own].sum())
    # lecturers whom nobody has marked take over one row each
    lecturer[random.permutation(n)[:lecturers]] = np.arange(lecturers)
    teaches_service = random.beta(0.4, 0.8, lecturers)
    service = random.random(n) < teaches_service[lecturer]
    mean = (
        3.25
        - 0.09 * service
        + random.normal(0.0, 0.33, students)[student]
        + random.normal(0.0, 0.51, lecturers)[lecturer]
        + random.normal(0.0, 0.09, departments)[department[lecturer]]
    )
    marks = np.rint(mean + random.normal(0.0, 1.18, n)).clip(1, 5)
    return pd.DataFrame(
        {
            "y": marks.astype(int),
            "service": np.where(service, "1", "0"),
            "s": _labels("s", student),
            "d": _labels("d", lecturer),
            "dept": _labels("k", department[lecturer]),
        }
    )


def grouse_ticks() -> pd.DataFrame:
    """Simulate ticks on 403 chicks of 118 broods at 63 places over three years.

    Three nested factors, the first with one level per row; sds and coefficients are near the ML
    estimates for lme4's grouseticks.
    """
    random = np.random.default_rng(SEED + 3)
    chicks, broods, places = 403, 118, 63
    place_of = _every_level_once(random, broods, places)
    year_of = random.integers(0, 3, broods)
    height = random.normal(0.0, 36.0, places)[place_of]
    brood = np.sort(_every_level_once(random, chicks, broods))
    eta = (
        0.37
        + np.array([0.0, 1.18, -0.98])[year_of][brood]
        - 0.024 * height[brood]
        + random.normal(0.0, 0.54, chicks)
        + random.normal(0.0, 0.75, broods)[brood]
        + random.normal(0.0, 0.53, places)[place_of][brood]
    )
    return pd.DataFrame(
        {
            "TICKS": random.poisson(np.exp(eta)),
            "YEAR": np.array(["95", "96", "97"])[year_of[brood]],
            "cHEIGHT": height[brood],
            "INDEX": _labels("c", np.arange(chicks)),
            "BROOD": _labels("b", brood),
            "LOCATION": _labels("l", place_of[brood]),
        }
    )


def many_groups(n: int, groups: int = 1000, n_effects: int = 2) -> pd.DataFrame:
    """Simulate n gaussian rows in `groups` groups; x1, x2, ... are the slopes that can vary."""
    random = np.random.default_rng([SEED, n, groups, n_effects])
    slopes = max(2, n_effects - 1)
    code = _every_level_once(random, n, groups)
    x = random.normal(size=(n, slopes))
    columns = np.column_stack([np.ones(n), x])[:, :n_effects]
    effects = random.normal(size=(groups, n_effects)) * np.r_[1.0, np.full(n_effects - 1, 0.5)]
    common = np.where(np.arange(slopes) % 2, -0.3, 0.5)
    y = 2.0 + x @ common + (columns * effects[code]).sum(axis=1) + random.normal(size=n)
    frame = pd.DataFrame({"y": y, "g": _labels("g", code)})
    return frame.assign(**{f"x{k + 1}": x[:, k] for k in range(slopes)})
