"""The data sets: files as documented, twins as simulated, errors that say what to do."""

import hashlib
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path

import mixedlm
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

sys.path.insert(0, str(Path(__file__).parents[1]))

import bayesmm.data.load as load_module
from bayesmm.data import fetch_data, has_data, list_data, load_data
from bayesmm.data.sources import sources
from bayesmm.errors import DataError
from tools.make_psychology import comfort, stroop
from tools.make_schools import schools
from tools.make_twins import TWINS, write_twins

NAMES = tuple(sources())
TWIN_NAMES = tuple(name for name in NAMES if name.endswith("_twin"))
SHIPPED = Path(str(resources.files("bayesmm.data")))
REAL_FOLDER = Path(__file__).parents[1].parent / "shared" / "data"
needs_real_files = pytest.mark.skipif(
    not REAL_FOLDER.is_dir(), reason="the files that may not be shipped are not here"
)


@pytest.fixture
def address(tmp_path, monkeypatch):
    """Let the real set of one twin be a local file with the content given."""

    def serve(content: bytes, sha256: str) -> None:
        file = tmp_path / "served.csv"
        file.write_bytes(content)
        twin = sources()["lifesat_scot_twin"]
        real = replace(twin.real, address=file.as_uri(), sha256=sha256)
        changed = {**sources(), twin.name: replace(twin, real=real)}
        monkeypatch.setattr(load_module, "sources", lambda: changed)

    return serve


@pytest.mark.parametrize("name", NAMES)
def test_file_is_the_documented_one(name):
    source = sources()[name]
    assert hashlib.sha256((SHIPPED / f"{name}.csv").read_bytes()).hexdigest() == source.sha256
    frame = load_data(name)
    assert len(frame) == source.n_rows
    assert list(frame.columns) == [column.name for column in source.columns]
    assert all(column.description for column in source.columns)
    assert frame.attrs == {"name": name, "simulated": source.simulated, "units": source.units}


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_strings_and_the_rest_numbers(name):
    source, frame = sources()[name], load_data(name)
    for column in source.columns:
        is_label = column.name in source.factors
        assert pd.api.types.is_string_dtype(frame[column.name]) == is_label
        assert pd.api.types.is_numeric_dtype(frame[column.name]) != is_label
        assert (column.unit == "") == is_label
    assert set(source.factors) <= set(frame.columns)


def test_every_shipped_file_has_a_source():
    assert {path.stem for path in SHIPPED.glob("*.csv")} == set(NAMES)
    assert set(TWINS) == set(TWIN_NAMES)
    assert all(sources()[name].simulated and sources()[name].real for name in TWIN_NAMES)


def test_labels_that_look_like_numbers_keep_their_text_and_order():
    assert load_data("sleepstudy")["Subject"].unique()[:3].tolist() == ["308", "309", "310"]
    assert load_data("cbpp")["period"].tolist()[:4] == ["1", "2", "3", "4"]
    assert load_data("cod_parasites_twin")["Year"].unique().tolist() == ["1999", "2000", "2001"]


def test_stand_ins_give_the_printed_estimates():
    additive = smf.ols("FC ~ IC + Dose", load_data("drugz")).fit().params
    np.testing.assert_allclose(additive, [0.51804, -0.44007, -2.09915, 0.93384], atol=2e-4)
    food = smf.ols("ReproductiveEffort ~ Foodavailability", load_data("foodav")).fit().params
    np.testing.assert_allclose(food, [0.89490, 1.19387], atol=1e-5)


def test_list_data():
    table = list_data()
    assert list(table.columns) == ["name", "rows", "simulated", "description", "origin"]
    assert table["name"].tolist() == list(NAMES)
    simulated = table.loc[table["simulated"], "name"].tolist()
    assert simulated == ["hg_fish", "drugz", "foodav", "schools", "comfort", "stroop", *TWIN_NAMES]
    assert table["description"].str.contains("simulated").tolist() == table["simulated"].tolist()


@pytest.mark.parametrize("name", TWIN_NAMES)
def test_twin_is_what_the_script_simulates(name):
    pd.testing.assert_frame_equal(TWINS[name](), load_data(name), rtol=1e-14)


@pytest.mark.parametrize("made", [comfort, stroop])
def test_data_of_a_psychologist_are_what_the_script_simulates(made):
    pd.testing.assert_frame_equal(made(), load_data(made.__name__), check_like=False)


def test_schools_are_what_the_script_simulates():
    pd.testing.assert_frame_equal(schools(), load_data("schools"), check_like=False)


def test_has_data(monkeypatch, tmp_path):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)
    assert has_data("sleepstudy") and has_data("labs_twin") and not has_data("labs")
    monkeypatch.setenv("BAYESMM_DATA", str(tmp_path))
    assert not has_data("labs")
    (tmp_path / "labs.csv").touch()
    assert has_data("labs")
    with pytest.raises(DataError, match="Did you mean 'sleepstudy'"):
        has_data("sleepstudi")


def test_script_writes_the_shipped_files(tmp_path):
    write_twins(tmp_path)
    for name in TWIN_NAMES:
        assert (tmp_path / f"{name}.csv").read_bytes() == (SHIPPED / f"{name}.csv").read_bytes()


def test_ace_twin_is_near_the_published_estimates():
    data = load_data("ace_mindfuldecline_twin")
    data = data.assign(mindful=(data["condition"] == "mindfulness").astype(float))
    data["visit_mindful"] = data["visit"] * data["mindful"]
    fixed, sd, corr, sigma = _fit(
        "ACE ~ visit + mindful + visit_mindful + (1 + visit | ppt)", data, reml=True
    )
    published = np.array([85.7353, -0.5319, -0.2979, 0.3459])
    standard_error = np.array([0.1688, 0.0897, 0.2362, 0.1269])
    assert np.all(np.abs(fixed - published) < 0.2 * standard_error)
    np.testing.assert_allclose([*sd, sigma], [0.383, 0.277, 0.495], rtol=0.05)
    assert corr == pytest.approx(-0.49, abs=0.03)

    fixed, sd, _, sigma = _fit("ACE ~ visit + (1 | ppt)", data, reml=True)
    assert np.all(np.abs(fixed - [85.6497, -0.3794]) < 0.25 * np.array([0.38, 0.0287]))
    np.testing.assert_allclose([sd[0] ** 2, sigma**2], [2.25, 1.21], rtol=0.06)


def test_dapr3_twin_is_near_the_published_estimates():
    data = load_data("dapr3_lme4output_twin")
    fixed, sd, corr, sigma = _fit("y ~ x + (1 + x | group)", data, reml=True)
    assert np.all(np.abs(fixed - [1.7890, -0.6250]) < 0.05 * np.array([0.2858, 0.0996]))
    np.testing.assert_allclose([*sd, sigma], [1.152, 0.390, 0.512], rtol=0.01)
    assert corr == pytest.approx(-0.88, abs=0.005)


def test_lifesat_twin_is_near_the_estimates_of_lme4():
    data = load_data("lifesat_scot_twin")
    fixed, sd, _, sigma = _fit("lifesat ~ age + (1 | dwelling)", data, reml=True)
    assert np.all(np.abs(fixed - [25.0193, 0.58072]) < 0.4 * np.array([4.9145, 0.08848]))
    np.testing.assert_allclose([sd[0], sigma], [11.085, 8.579], rtol=0.2)
    fixed, sd, corr, sigma = _fit(
        "lifesat ~ decades + (1 + decades | dwelling)", data.assign(decades=data["age"] / 10), True
    )
    np.testing.assert_allclose([*fixed, *sd, sigma], [28.251, 5.232, 17.85, 4.21, 7.97], rtol=0.05)
    assert corr == pytest.approx(-0.87, abs=0.02)


def test_labs_twin_is_near_the_three_published_models():
    data = load_data("labs_twin")
    fixed, sd, _, sigma = _fit("y ~ x + (1 | Group)", data, reml=False)
    standard_error = np.array([0.049595, 0.00043071])
    assert np.all(np.abs(fixed - [0.425990, 0.0470493]) < 0.4 * standard_error)
    np.testing.assert_allclose([sd[0], sigma], [0.182704, 0.262165], rtol=0.03)
    fixed, sd, _, sigma = _fit("y ~ x + (1 | Group) + (0 + x | Group)", data, reml=False)
    assert np.all(np.abs(fixed - [0.441913, 0.0467764]) < 0.6 * np.array([0.056, 0.00063]))
    np.testing.assert_allclose([*sd, sigma], [0.198196, 0.0011703, 0.260799], rtol=0.1)
    with pytest.warns(UserWarning, match="singular"):  # as the published fit is
        fixed, sd, corr, sigma = _fit("y ~ x + (1 + x | Group)", data, reml=True)
    assert np.all(np.abs(fixed - [0.436631, 0.0466888]) < 0.1 * np.array([0.0827, 0.000786]))
    np.testing.assert_allclose([*sd, sigma], [0.334592, 0.00280717, 0.259399], rtol=0.08)
    assert corr == pytest.approx(-1, abs=1e-3)


def test_cod_twin_is_near_the_published_estimates():
    data = load_data("cod_parasites_twin")
    terms = ["Intercept", "Length", "Year[T.2000]", "Year[T.2001]", *"234"]
    terms[4:] = [f"Area[T.{area}]" for area in terms[4:]]
    fit = smf.logit("Prevalence ~ Length + Year + Area", data).fit(disp=0)
    published = [-0.465947, 0.009654, 0.566536, -0.680315, -0.626192, -0.510470, 1.233878]
    standard_error = np.array([0.2693, 0.00447, 0.1697, 0.1402, 0.1866, 0.1634, 0.1847])
    assert fit.nobs == 1248
    assert np.all(np.abs(fit.params[terms] - published) < 0.25 * standard_error)

    counted = data.dropna(subset=["Intensity", "Length"])
    assert len(counted) == 1191
    fit = smf.negativebinomial("Intensity ~ Length + Year + Area", counted).fit(disp=0, maxiter=99)
    glmm = [2.46175, -0.0233483, 0.690894, -0.305430, -0.00765478, -0.349571, 1.34834]
    standard_error = np.array([0.3185, 0.00506, 0.1885, 0.1627, 0.2166, 0.1965, 0.2128])
    assert np.all(np.abs(fit.params[terms] - glmm) < 0.5 * standard_error)
    assert 1 / fit.params["alpha"] == pytest.approx(0.2017, rel=0.05)
    assert ((counted["Intensity"] > 0) == (counted["Prevalence"] == 1)).all()
    assert (data.loc[data["Intensity"].isna(), "Prevalence"] == 1).all()


def test_unknown_name_lists_the_names():
    with pytest.raises(DataError, match="Did you mean 'sleepstudy'") as caught:
        load_data("sleepstudi")
    assert all(name in str(caught.value) for name in (*NAMES, "cod_parasites"))


def test_real_set_without_a_folder_says_where_it_is(monkeypatch, tmp_path):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)
    with pytest.raises(DataError, match="BAYESMM_DATA names no folder") as caught:
        load_data("ace_mindfuldecline")
    assert "may not be shipped" in str(caught.value)
    assert "load_data('ace_mindfuldecline_twin') returns a simulated twin" in str(caught.value)
    assert "https://uoepsy.github.io/data/lmm_mindfuldecline.csv" in str(caught.value)
    monkeypatch.setenv("BAYESMM_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"holds no labs\.csv") as caught:
        load_data("labs")
    assert "reconstruction" in str(caught.value)


def test_another_file_under_the_name_is_refused(monkeypatch, tmp_path):
    (tmp_path / "labs.csv").write_text("UK37,SST,Lab\n0.5,20,1\n", encoding="utf-8")
    monkeypatch.setenv("BAYESMM_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"no column y, x, Group, parent_row \(it has UK37"):
        load_data("labs")


def test_fetch_saves_a_file_with_the_right_checksum(address, tmp_path, monkeypatch):
    content = (SHIPPED / "lifesat_scot_twin.csv").read_bytes()
    address(content, hashlib.sha256(content).hexdigest())
    path = fetch_data("lifesat_scot", tmp_path / "new")
    assert path == tmp_path / "new" / "lifesat_scot.csv"
    assert path.read_bytes() == content
    (tmp_path / "served.csv").unlink()
    assert fetch_data("lifesat_scot", tmp_path / "new") == path  # there already: not fetched again
    monkeypatch.setenv("BAYESMM_DATA", str(path.parent))
    attributes = load_data("lifesat_scot").attrs
    units = sources()["lifesat_scot_twin"].units
    assert attributes == {"name": "lifesat_scot", "simulated": False, "units": units}


def test_fetch_leaves_nothing_behind_when_the_checksum_is_wrong(address, tmp_path):
    address(b"<html>moved</html>", "0" * 64)
    with pytest.raises(DataError, match="Nothing was saved"):
        fetch_data("lifesat_scot", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_fetch_keeps_a_file_that_is_not_its_own(address, tmp_path):
    address(b"right", hashlib.sha256(b"right").hexdigest())
    own = tmp_path / "lifesat_scot.csv"
    own.write_bytes(b"mine")
    with pytest.raises(DataError, match="move it away"):
        fetch_data("lifesat_scot", tmp_path)
    assert own.read_bytes() == b"mine"


def test_fetch_says_why_it_cannot(address, tmp_path):
    address(b"", "0" * 64)
    (tmp_path / "served.csv").unlink()
    for name, reason in {
        "lifesat_scot": "could not be fetched",
        "sleepstudy": "comes with bayesmm",
        "labs_twin": "The real set is called 'labs'",
        "cod_parasites": "countreg",
        "lifesat": "Did you mean 'lifesat_scot'",
    }.items():
        with pytest.raises(DataError, match=reason):
            fetch_data(name, tmp_path)


@needs_real_files
@pytest.mark.parametrize(
    ("name", "groups", "outcome"),
    [
        ("ace_mindfuldecline", ["ppt", "condition"], "ACE"),
        ("dapr3_lme4output", ["group"], "y"),
        ("lifesat_scot", ["dwelling", "size"], "lifesat"),
        ("labs", ["Group"], "y"),
        ("cod_parasites", ["Year", "Area"], "Weight"),
    ],
)
def test_real_file_has_the_design_of_its_twin_and_other_values(name, groups, outcome, monkeypatch):
    monkeypatch.setenv("BAYESMM_DATA", str(REAL_FOLDER))
    twin, real = load_data(f"{name}_twin"), load_data(name)
    units = sources()[f"{name}_twin"].units
    assert real.attrs == {"name": name, "simulated": False, "units": units}
    assert real.dtypes.to_dict() == twin.dtypes.to_dict()
    assert real.shape == twin.shape
    assert real.groupby(groups).size().to_dict() == twin.groupby(groups).size().to_dict()
    numbers = [c for c in real.select_dtypes("number") if c != "parent_row"]
    assert (twin[numbers].min() >= real[numbers].min()).all()
    assert (twin[numbers].max() <= real[numbers].max()).all()
    assert (twin[outcome] == real[outcome]).mean() < 0.1  # equal by chance only


@needs_real_files
@pytest.mark.parametrize("twin_name", TWIN_NAMES)
def test_checksum_is_that_of_the_real_file(twin_name):
    real = sources()[twin_name].real
    parent = {"uk37_test.csv": "analytic_garden_uk37_full.csv"}
    file = REAL_FOLDER / parent.get(real.saved_as, real.saved_as)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == real.sha256


def _fit(formula, data, reml):
    """Return fixed effects, sds of the group effects, their correlation, and sigma."""
    fit = mixedlm.lmer(formula, data, REML=reml)
    theta = np.asarray(fit.theta)
    if theta.size == 3:
        factor = fit.sigma * np.array([[theta[0], 0], theta[1:]])
        cov = factor @ factor.T
        sd = np.sqrt(np.diag(cov))
        corr = cov[0, 1] / (sd[0] * sd[1])
    else:
        sd, corr = theta * fit.sigma, np.nan
    return np.array(list(fit.fixef().values())), sd, corr, fit.sigma
