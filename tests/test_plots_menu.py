"""The pictures of a fit by name: what every plot must do, whatever it shows."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.figure import Figure

from bayesmm.errors import UsageError
from bayesmm.plots.menu import PLOTS
from bayesmm.plots.picture import Picture

FITS = ("sleepstudy", "sitka", "penicillin", "cbpp", "cod", "mtcars", "gear")


@pytest.mark.parametrize("name", PLOTS)
@pytest.mark.parametrize("of", FITS)
def test_every_plot_returns_a_figure_its_numbers_and_its_caption(of, name, request):
    fit = request.getfixturevalue(f"{of}_fit")
    if name not in dir(fit.plot):
        with pytest.raises(UsageError, match=f"There is no plot '{name}' of this fit"):
            getattr(fit.plot, name)
        return
    picture = getattr(fit.plot, name)()
    figure, table = picture
    assert isinstance(picture, Picture)
    assert isinstance(figure, Figure)
    assert isinstance(table, pd.DataFrame)
    assert len(table)
    assert figure.axes
    assert len(picture.caption) > 20
    assert picture.png(50).startswith(b"\x89PNG")
    assert not plt.get_fignums()  # no window manager holds it


@pytest.mark.slow
@pytest.mark.parametrize("name", PLOTS)
def test_every_plot_draws_where_it_is_told(name, sleepstudy_fit, gear_fit):
    fit = sleepstudy_fit if name in dir(sleepstudy_fit.plot) else gear_fit
    function = getattr(fit.plot, name)
    n_panels = len(function().figure.axes)
    figure = Figure()
    axes = figure.subplots(1, n_panels, squeeze=False)
    assert function(ax=axes).figure is figure
    if n_panels > 1:
        with pytest.raises(UsageError, match=f"has {n_panels} panels"):
            function(ax=axes[0, 0])


def test_unknown_plot_is_answered_with_the_nearest(sleepstudy_fit):
    with pytest.raises(AttributeError, match="Did you mean 'caterpillar'"):
        sleepstudy_fit.plot.caterpilar  # noqa: B018


def test_the_menu_prints_what_a_fit_can_have(sleepstudy_fit, mtcars_fit):
    assert "caterpillar" in repr(sleepstudy_fit.plot)
    assert "caterpillar" not in repr(mtcars_fit.plot)
