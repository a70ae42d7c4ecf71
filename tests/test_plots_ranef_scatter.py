"""Two effects of each group: posterior means, ellipses of the mean covariance, correlation."""

import numpy as np
import pytest
from formula_fits import formula_fit

from bayesmm import load_data
from bayesmm.errors import UsageError
from bayesmm.sampling.posterior import correlation_draws, sd_draws
from tests.pictures import segments_of


def test_groups_intervals_and_names_are_those_of_the_effects(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.ranef_scatter(prob=0.8)
    effects = sleepstudy_fit.ranef(0.8).set_index(["term", "level"])
    for axis, term in (("x", "Intercept"), ("y", "Days")):
        assert set(table[f"{axis}_term"]) == {term}
        expected = effects.loc[term].loc[table["level"], ["mean", "lower", "upper"]]
        np.testing.assert_array_equal(
            table[[f"{axis}_mean", f"{axis}_lower", f"{axis}_upper"]], expected
        )
    (ax,) = figure.axes
    across, up = (segments_of(collection) for collection in ax.collections)
    np.testing.assert_array_equal(across[:, :, 0], table[["x_lower", "x_upper"]])
    np.testing.assert_array_equal(across[:, 0, 1], table["y_mean"])
    np.testing.assert_array_equal(up[:, :, 1], table[["y_lower", "y_upper"]])
    np.testing.assert_array_equal(ax.lines[2].get_xydata(), table[["x_mean", "y_mean"]])
    assert ax.get_xlabel() == "deviation of Intercept [ms]"
    assert ax.get_ylabel() == "deviation of Days [ms/day]"


def test_ellipses_are_those_of_the_posterior_mean_of_sigma(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.ranef_scatter()
    block = sleepstudy_fit.design.blocks[0]
    sd = sd_draws(sleepstudy_fit.draws, block)
    correlation = correlation_draws(sleepstudy_fit.draws, sleepstudy_fit.design, 0)[..., 0, 1]
    sigma = np.diag((sd**2).mean(axis=(0, 1)))
    sigma[0, 1] = sigma[1, 0] = (correlation * sd[..., 0] * sd[..., 1]).mean()
    np.testing.assert_allclose(table.attrs["covariance"], sigma)
    lower, upper = np.quantile(correlation, [0.025, 0.975])
    for name, value in (("mean", correlation.mean()), ("lower", lower), ("upper", upper)):
        assert table.attrs["correlation"][name] == pytest.approx(value)
    words = f"{correlation.mean():.2f}, 95 % interval {lower:.2f} to {upper:.2f}"
    title = figure.get_suptitle()
    assert title == f"The 18 groups of Subject: correlation {words}".replace("-", "\N{MINUS SIGN}")
    rng = np.random.default_rng(1)
    groups = rng.multivariate_normal([0, 0], sigma, size=200_000)
    for line, share in zip(figure.axes[0].lines[3:5], (0.5, 0.95), strict=True):
        border = line.get_xydata()
        distance = np.einsum("ij,jk,ik->i", border, np.linalg.inv(sigma), border)
        np.testing.assert_allclose(distance, distance[0])
        inside = np.einsum("ij,jk,ik->i", groups, np.linalg.inv(sigma), groups) < distance[0]
        error = np.sqrt(share * (1 - share) / len(groups))
        assert inside.mean() == pytest.approx(share, abs=4 * error)


def test_coefficients_stand_around_the_common_effects(sitka_fit):
    figure, table = sitka_fit.plot.ranef_scatter(effects=("time", "I(time^2)"), kind="coef")
    coefficients = sitka_fit.coef().set_index(["term", "level"])["mean"]
    np.testing.assert_array_equal(table["x_mean"], coefficients["time"][table["level"]])
    np.testing.assert_array_equal(table["y_mean"], coefficients["I(time^2)"][table["level"]])
    beta = sitka_fit.fixef().set_index("term")["mean"]
    centre = [beta["time"], beta["I(time^2)"]]
    np.testing.assert_allclose(table.attrs["centre"], centre)
    ellipse = figure.axes[0].lines[3].get_xydata()[:-1]
    np.testing.assert_allclose(ellipse.mean(axis=0), centre, atol=1e-12)
    correlation = sitka_fit.varcorr().query("var1 == 'time' and var2 == 'I(time^2)'")
    assert table.attrs["correlation"]["mean"] == pytest.approx(correlation["sdcor"].item())
    assert figure.axes[0].get_xlabel() == "time"


def test_effects_without_a_correlation_say_so():
    labs = load_data("labs_twin")
    for formula in ("y ~ x + (1 | Group) + (0 + x | Group)", "y ~ x + (x || Group)"):
        picture = formula_fit(formula, labs, sd=(2.0, 0.1)).plot.ranef_scatter()
        assert picture.table.attrs["correlation"] is None
        np.testing.assert_allclose(
            picture.table.attrs["covariance"], np.diag([4.01, 4.01]), rtol=1e-3
        )
        assert "no correlation in the model" in picture.figure.get_suptitle()


def test_groups_far_out_are_named(sleepstudy_fit):
    figure, table = sleepstudy_fit.plot.ranef_scatter()
    sigma = np.array(table.attrs["covariance"])
    places = table[["x_mean", "y_mean"]].to_numpy()
    distance = np.einsum("ij,jk,ik->i", places, np.linalg.inv(sigma), places)
    expected = set(table["level"][distance > 2 * np.log(2)])
    assert {text.get_text() for text in figure.axes[0].texts} == expected
    assert expected


def test_mistakes_are_explained(sleepstudy_fit, penicillin_fit):
    plot = sleepstudy_fit.plot.ranef_scatter
    with pytest.raises(UsageError, match=r"kind is 'fixef'\. Possible: ranef, coef"):
        plot(kind="fixef")
    with pytest.raises(UsageError, match=r"Two effects do not vary by 'subject'\. Did you mean"):
        plot(factor="subject")
    with pytest.raises(UsageError, match=r"'Day' does not vary by 'Subject'\. Did you mean 'Days'"):
        plot(effects=("Intercept", "Day"))
    for wrong in ("Days", ("Days", "Days"), ("Days",)):
        with pytest.raises(UsageError, match=r"effects are two of Intercept, Days"):
            plot(effects=wrong)
    with pytest.raises(UsageError, match=r"no two effects vary by the same factor"):
        penicillin_fit.plot.ranef_scatter  # noqa: B018
