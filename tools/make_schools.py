"""Simulate scores of pupils in classes in schools: the nested example.

score_ijk = 50 + 2 hours_ijk + school_k + class_jk + e_ijk, with sds 6, 4 and 8. Classes are
numbered anew in every school, as they are in life: class 1 of one school is not that of another.

Run ``python -m tools.make_schools`` to write the CSV file again, bit for bit.
"""

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["schools"]

SCHOOLS = 15
INTERCEPT, SLOPE = 50.0, 2.0
SCHOOL_SD, CLASS_SD, SIGMA = 6.0, 4.0, 8.0


def schools(seed: int = 516) -> pd.DataFrame:
    """Simulate 15 schools of three to five classes of eight to twelve pupils."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(3, 6, size=SCHOOLS)
    school = np.repeat(np.arange(SCHOOLS), classes)
    number = np.concatenate([np.arange(n) for n in classes])
    pupils = rng.integers(8, 13, size=school.size)
    of_class = np.repeat(np.arange(school.size), pupils)
    hours = rng.gamma(4, 1, size=of_class.size).round(1)
    level = rng.normal(0, SCHOOL_SD, size=SCHOOLS)[school] + rng.normal(0, CLASS_SD, school.size)
    noise = rng.normal(0, SIGMA, size=of_class.size)
    return pd.DataFrame(
        {
            "score": (INTERCEPT + SLOPE * hours + level[of_class] + noise).round(1),
            "hours": hours,
            "school": [chr(ord("A") + k) for k in school[of_class]],
            "class": [str(k + 1) for k in number[of_class]],
        }
    ).astype({"school": "str", "class": "str"})


if __name__ == "__main__":
    file = Path(__file__).parents[1] / "bayesmm/data/schools.csv"
    schools().to_csv(file, index=False, lineterminator="\n")
