"""The caterpillar plot: its table is right, and what is drawn is the table."""

import numpy as np

from tests.pictures import segments_of


def test_caterpillar_draws_the_group_effects_in_order(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.caterpillar()
    expected = sleepstudy_fit.ranef()
    columns = list(expected.columns)
    assert (
        table[columns]
        .sort_values(["term", "level"])
        .reset_index(drop=True)
        .equals(expected.sort_values(["term", "level"]).reset_index(drop=True))
    )
    assert len(figure.axes) == 2
    for ax, (term, part) in zip(figure.axes, table.groupby("term", sort=False), strict=True):
        assert np.all(np.diff(part["mean"]) >= 0)
        x, y = ax.lines[1].get_data()
        np.testing.assert_array_equal(x, part["mean"])
        np.testing.assert_array_equal(y, part["place"])
        np.testing.assert_array_equal(
            segments_of(ax.collections[0])[:, :, 0], part[["lower", "upper"]]
        )
        assert [t.get_text() for t in ax.get_yticklabels()] == list(part["level"])
        assert term in ax.get_title(loc="left")
