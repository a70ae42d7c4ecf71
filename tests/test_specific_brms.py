"""Probabilities of categories with effects of ``cs()``, held against brms.

``reference_r/specific`` has the posterior means of brms 2.18.0 (``posterior_epred``), with their
Monte Carlo errors.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayesmm

_FOLDER = Path(__file__).parent / "reference_r" / "specific"
REFERENCE = json.loads((_FOLDER / "reference.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("family", REFERENCE["families"])
def test_probabilities_are_those_of_brms(family):
    """Within 4 Monte Carlo errors; found within 1.4, and the priors are brms's."""
    data = pd.read_csv(_FOLDER / "data.csv", dtype=str)
    thresholds = [f"{k}|{k + 1}" for k in range(1, 5)]
    priors = dict.fromkeys(thresholds, "Logistic(0, 1)") | {"temp[warm]": "Normal(0, 2)"}
    priors |= {f"contact[yes][{name}]": "Normal(0, 2)" for name in thresholds}
    fit = bayesmm.fit(
        "rating ~ cs(contact) + temp", data, family, priors=priors, draws=2500, seed=1,
        progress=False,
    )  # fmt: skip
    rows = pd.DataFrame(REFERENCE["rows"])
    found = fit.predict(rows, kind="probability").draws.reshape(-1, len(rows), 5)
    theirs = REFERENCE["families"][family]
    error = np.hypot(theirs["mcse"], found.std(axis=0) / np.sqrt(len(found)))
    assert (np.abs(found.mean(axis=0) - theirs["mean"]) < 4 * error).all()
