"""Simulate ratings and reaction times of a psychologist: responses that are not normal.

``comfort``: 50 people rate 12 situations on a scale of 1 to 5, half of them imagined alone, half
in company. P(rating <= k) = logistic(c_k - (b + v_j) company_ij - u_j), thresholds c = -1.5, -0.4,
0.7, 2.0, b = 0.9, sds 1.1 (people) and 0.5 (their effects of company), independent.

``stroop``: 40 people name the colour of 24 words, half of them the word for a wrong one. The time
is normal about m_ij less 130 ms, with an sd of 45 ms, plus an exponential waiting time of mean 130
ms; the mean is m_ij = 640 + 60 other_ij + u_j ms, with an sd of 55 ms among people.

Run ``python -m tools.make_psychology`` to write the CSV files again, bit for bit.
"""

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["comfort", "stroop"]

THRESHOLDS, COMPANY = (-1.5, -0.4, 0.7, 2.0), 0.9
PERSON_SD, COMPANY_SD = 1.1, 0.5
MEAN, OTHER_COLOUR, PEOPLE_SD, NORMAL_SD, WAITING = 640.0, 60.0, 55.0, 45.0, 130.0


def comfort(seed: int = 1009) -> pd.DataFrame:
    """Simulate 600 ratings of comfort, of 50 people."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(50), 12)
    company = np.tile(np.repeat([0, 1], 6), 50)
    level, change = rng.normal(0, PERSON_SD, 50), rng.normal(0, COMPANY_SD, 50)
    latent = (COMPANY + change[person]) * company + level[person] + rng.logistic(size=600)
    return pd.DataFrame(
        {
            "rating": 1 + (latent[:, None] > np.array(THRESHOLDS)).sum(axis=1),
            "company": np.where(company == 1, "with others", "alone"),
            "person": [f"p{k + 1:02d}" for k in person],
        }
    ).astype({"company": "str", "person": "str"})


def stroop(seed: int = 2010) -> pd.DataFrame:
    """Simulate 960 reaction times [ms], of 40 people."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(40), 24)
    other = np.tile(np.repeat([0, 1], 12), 40)
    mean = MEAN + OTHER_COLOUR * other + rng.normal(0, PEOPLE_SD, 40)[person]
    time = rng.normal(mean - WAITING, NORMAL_SD) + rng.exponential(WAITING, size=960)
    return pd.DataFrame(
        {
            "time": time.round(0).astype(int),
            "word": np.where(other == 1, "wrong colour", "own colour"),
            "person": [f"p{k + 1:02d}" for k in person],
        }
    ).astype({"word": "str", "person": "str"})


if __name__ == "__main__":
    folder = Path(__file__).parents[1] / "bayesmm/data"
    for made in (comfort, stroop):
        made().to_csv(folder / f"{made.__name__}.csv", index=False, lineterminator="\n")
