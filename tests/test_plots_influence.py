"""The picture of influence: tables of loo and of the check, and the ink."""

import numpy as np
import pytest

from bayesmm.errors import UsageError
from bayesmm.plots.influence import influence
from bayesmm.results.checks.group_influence import group_shifts
from tests.pictures import segments_of


def test_rows_and_groups(sleepstudy_fit):
    figure, table = influence(sleepstudy_fit)
    rows, groups = (part for _, part in table.groupby("panel", sort=False))
    loo = sleepstudy_fit.loo()
    np.testing.assert_array_equal(rows["k"], loo.units["k"])
    shifts = group_shifts(sleepstudy_fit, "Subject")
    np.testing.assert_array_equal(groups["distance"], shifts["distance"])
    assert groups["label"].tolist() == shifts["level"].tolist()
    left, right = figure.axes
    drawn = np.concatenate([line.get_xydata() for line in left.lines[2:]])
    np.testing.assert_array_equal(
        drawn[np.argsort(drawn[:, 0])], rows[["place", "k"]].sort_values("place")
    )
    assert left.lines[1].get_ydata()[0] == loo.good_k
    stems = segments_of(right.collections[0])
    np.testing.assert_array_equal(stems[:, 1, 1], groups["distance"])
    largest = groups.nlargest(3, "distance")["label"]
    assert {text.get_text() for text in right.texts} == set(largest)
    assert {text.get_text() for text in left.texts} == set(rows.nlargest(3, "k")["label"])


def test_shift_of_one_coefficient(sleepstudy_fit):
    figure, table = influence(sleepstudy_fit, term="Days")
    shifts = group_shifts(sleepstudy_fit, "Subject")["Days"]
    groups = table[table["panel"] == "Subject"]
    np.testing.assert_array_equal(groups["shift"], shifts)
    stems = segments_of(figure.axes[1].collections[0])
    np.testing.assert_array_equal(stems[:, 1, 1], shifts)


def test_a_model_without_groups_has_rows_only(mtcars_fit):
    assert set(influence(mtcars_fit).table["panel"]) == {"rows"}


def test_unknown_terms_are_answered(sleepstudy_fit):
    with pytest.raises(UsageError, match=r"'Day' is no common effect\. Did you mean 'Days'"):
        influence(sleepstudy_fit, term="Day")
