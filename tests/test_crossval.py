"""K-fold cross-validation against leave-one-out, and whom it is about."""

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.studies import crossval as crossvalidation


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    g = np.repeat(np.arange(8), 3)
    y = rng.normal(size=24) + rng.normal(size=8)[g]
    return pd.DataFrame({"y": y, "x": rng.normal(size=24), "g": [f"g{k}" for k in g]})


@pytest.fixture(scope="module")
def fit(data):
    return bayesmm.fit("y ~ x + (1 | g)", data, seed=1, progress=False)


def test_folds_of_one_row_are_leave_one_out(fit):
    """Refits in place of importance sampling: the same elpd within Monte Carlo errors.

    Of 4,000 draws log p(y_i | y_-i) is known to about 0.02 by either: 4 sqrt(2 * 24) times it.
    """
    found = bayesmm.crossval(fit, k=24, cores=1, progress=False)
    loo = fit.loo()
    assert found.units["fold"].nunique() == 24
    assert found.elpd == pytest.approx(loo.elpd, abs=4 * np.sqrt(2 * 24) * 0.02)
    apart = found.units.set_index("unit")["elpd"] - loo.units.set_index("unit")["elpd"]
    assert apart.abs().max() < 0.2
    assert found.se == pytest.approx(np.sqrt(24 * found.units["elpd"].var(ddof=0)))


def test_groups_are_left_out_whole(fit):
    """Each level is in one fold, and predictions are of new levels: as loo with leave='group'."""
    found = bayesmm.crossval(fit, by="group", k=4, seed=3, cores=1, progress=False)
    assert list(found.units["unit"]) == [f"g{k}" for k in range(8)]
    assert found.units["fold"].value_counts().tolist() == [2, 2, 2, 2]
    assert found.elpd == pytest.approx(fit.loo(leave="group").elpd, abs=2.0)
    assert "new levels of g" in repr(found)


def test_what_cannot_be_left_out(fit):
    for options, message in (
        ({"by": "column"}, "by must be one of row, group"),
        ({"k": 1}, "k must be a whole number of at least 2"),
        ({"by": "group", "k": 9}, "There are 8 levels of g to leave out"),
        ({"factor": "g"}, "use it with by='group'"),
    ):
        with pytest.raises(UsageError, match=message):
            bayesmm.crossval(fit, **options)


def test_a_fold_that_cannot_be_fitted_is_told(fit, monkeypatch):
    def refusing(design, *_):
        raise DataError(f"{design.n_obs} rows will not do.")

    monkeypatch.setattr(crossvalidation, "choose_engine", refusing)
    with pytest.raises(DataError, match="cannot be fitted without 3 of the 3 folds: 16 rows"):
        bayesmm.crossval(fit, k=3, cores=1, progress=False)
