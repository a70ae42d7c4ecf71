"""Pictures about groups of 1,000 groups and 100,000 rows: drawn in seconds, and saying what of."""

import time

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit

PLOTS = (
    "pooling",
    "group_lines",
    "shrinkage",
    "data_lines",
    "intercepts_by_size",
    "ranef_scatter",
    "caterpillar",
)
SECONDS = 30  # each takes one to five


@pytest.fixture(scope="module")
def large():
    rng = np.random.default_rng(1)
    size = rng.integers(2, 199, 1000)
    group = np.repeat(np.arange(1000), size * 100_000 // size.sum() + 1)
    frame = pd.DataFrame({"g": group.astype(str), "x": rng.normal(size=len(group))})
    frame["y"] = 1 + frame["x"] + rng.normal(size=1000)[group] + rng.normal(size=len(group))
    return formula_fit(
        "y ~ x + (x | g)", frame, effects=(rng.normal(size=(2, 1000)), 0.1), draws=100
    )


@pytest.mark.parametrize("name", PLOTS)
def test_a_picture_of_many_groups_is_drawn(name, large):
    assert large.design.n_obs > 99_000
    start = time.perf_counter()
    picture = getattr(large.plot, name)()
    assert picture.png(60).startswith(b"\x89PNG")
    assert time.perf_counter() - start < SECONDS
    assert len(picture.figure.axes) <= 20
    assert len(picture.table) <= 2 * large.design.n_obs
    title = " ".join([picture.figure.get_suptitle(), picture.caption])
    assert "1,000" in title
