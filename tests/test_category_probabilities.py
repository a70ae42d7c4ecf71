"""Probabilities of all categories at once: those of each category, and each row is met once."""

from dataclasses import replace

import numpy as np
import pytest
from test_script_categories import fit_of

from bayesmm.results.prediction.category_view import category_view
from bayesmm.results.prediction.predict import predict
from bayesmm.results.prediction.whom import WHO


@pytest.fixture(scope="module")
def fit():
    return fit_of("rating ~ contact + x + (1 | judge)", "cumulative", None)


@pytest.mark.parametrize("who", [who for who in WHO if who != "new group"])
def test_probabilities_are_those_of_each_category_by_itself_to_the_bit(fit, who):
    found = fit.predict(who=who, kind="probability")
    labels = fit.design.categories
    each = [predict(category_view(fit, one, ml=False), None, who, "mean") for one in labels]
    np.testing.assert_array_equal(
        found.draws, np.stack([own.draws for own in each], axis=-1).reshape(found.draws.shape)
    )
    for name in ("mean", "sd", "median", "lower", "upper"):
        expected = np.stack([own.table[name] for own in each], axis=-1).ravel()
        np.testing.assert_array_equal(found.table[name], expected)
    assert found.table["category"].tolist() == [*labels] * fit.design.n_obs
    assert found.table.attrs["kind"] == "probability"


def test_the_shares_of_a_row_are_computed_once(fit):
    """As often as a mean asks for them, and not once more for each category."""
    family, calls = fit.design.family, []

    def counted(rows):
        calls.append(rows.mu.shape)
        return family.probabilities(rows)

    own = replace(family, probabilities=counted)
    view = replace(fit, design=replace(fit.design, family=own))
    predict(view, None, "typical group", "probability")
    assert len(calls) == 1
