"""R's fits in reference_r/lme4, and the frames that they were made of.

Made by ``reference_r/lme4/make_reference.R``, versions inside each file. Those of data sets that
may not be shipped need the real files, which ``../shared/data`` or ``BAYESMM_DATA`` may hold; each
has a counterpart on the simulated twin, which every checkout has.
"""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from bayesmm.data import load_data
from bayesmm.data.sources import sources

REFERENCES = Path(__file__).parent / "reference_r" / "lme4"
BRMS = Path(__file__).parent / "reference_r" / "brms"
REAL_FILES = Path(
    os.environ.get("BAYESMM_DATA") or Path(__file__).parents[1].parent / "shared" / "data"
)
# Columns of the real files that R reads as factors.
_FACTORS = ("Group", "Year", "Area")


def load_reference(name: str) -> dict:
    """Return one fit of R."""
    return json.loads((REFERENCES / f"{name}.json").read_text())


@cache
def readable_references() -> tuple[str, ...]:
    """Return the names of the fits whose data can be read here."""
    names = sorted(path.stem for path in REFERENCES.glob("*.json"))
    here = REAL_FILES.is_dir()
    return tuple(n for n in names if here or not needs_real_file(load_reference(n)))


def needs_real_file(reference: dict) -> bool:
    """Return whether the data of a fit may not be shipped."""
    return _data_name(reference) not in sources()


def reference_data(reference: dict) -> pd.DataFrame:
    """Return the data of a fit with the columns that the R script derives."""
    name = _data_name(reference)
    if needs_real_file(reference):
        data = pd.read_csv(REAL_FILES / f"{name}.csv")
        data = data.astype({column: str for column in _FACTORS if column in data})
    else:
        data = load_data(name)
    if "Days >= 2" in reference["data"]:
        data = data[data["Days"] >= 2].reset_index(drop=True)
    derive = _DERIVED.get(name)
    data = data.assign(**derive(data)) if derive else data
    if reference["formula"].startswith("Intensity"):
        data = data.dropna(subset=["Intensity", "Length"]).reset_index(drop=True)
    return data


def _data_name(reference: dict) -> str:
    return reference["data"].split()[0]


def standardised(x: pd.Series) -> pd.Series:
    """Return x less its mean, in sds with n - 1."""
    return (x - x.mean()) / x.std()


_DERIVED = {
    "sleepstudy": lambda d: {
        "late": np.where(d["Days"] >= 5, "late", "early"),
        "day": d["Days"].astype(str),
        "days_deprived": d["Days"] - 2,
    },
    "sitka": lambda d: {"time": standardised(d["Time"])},
    "cbpp": lambda d: {"trend": d["period"].astype(float) - 1, "period": d["period"].astype(str)},
    "penicillin": lambda d: {"wide": (d["diameter"] >= 23).astype(int)},
}
