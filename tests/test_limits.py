"""Limits of a run and odd input: refused in words, or done right."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from command_line import command
from r_scripts import needs_r, run_r
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.model.build import build_design
from bayesmm.output import write_csv
from bayesmm.sampling import limits
from bayesmm.script.r_formula import r_name

GAUSSIAN = resolve_family("gaussian")
X = np.sin(np.arange(48) * 1.3)
DATA = pd.DataFrame({"y": X + np.cos(np.arange(48)), "x": X, "g": np.arange(48) % 6})
QUICK = {"chains": 2, "draws": 50, "max_effort": 1, "tune": 60, "progress": False}


@pytest.mark.parametrize(
    ("name", "value", "most"),
    [
        ("draws", 10**9, "1,000,000, got 1,000,000,000"),
        ("tune", 10**9, "1,000,000, got 1,000,000,000"),
        ("chains", 10**5, "1,000, got 100,000"),
        ("cores", 10**6, "1,024, got 1,000,000"),
        ("seed", 2**64, "18,446,744,073,709,551,615, got 1.84e+19"),
        ("seed", 10**400, "18,446,744,073,709,551,615, got more"),
        ("max_treedepth", 21, "20, got 21"),
    ],
)
def test_more_than_a_run_can_have(name, value, most):
    with pytest.raises(UsageError, match=re.escape(f"{name} must be at most {most}.")) as caught:
        bayesmm.fit("y ~ no such column (", None, **{name: value})  # before anything is looked at
    assert str(caught.value).endswith(".")


def test_the_command_line_says_it_too(tmp_path, monkeypatch, capsys):
    DATA.to_csv(tmp_path / "d.csv")
    given = ["fit", "y ~ x", tmp_path / "d.csv", "--draws", 10**9]
    assert command(monkeypatch, *given) == 2
    assert "draws must be at most 1,000,000" in capsys.readouterr().err


def test_draws_that_the_memory_does_not_hold(monkeypatch):
    design = build_design("y ~ x + (x | g)", DATA, GAUSSIAN)
    limits.check_memory_of_draws(design, 4, 1000)
    monkeypatch.setattr(limits, "_memory", lambda: 2**30)
    # 2 coefficients, sigma, 6 x 2 effects, 2 sds and 2 x 2 correlations; twice
    limits.check_memory_of_draws(design, 1, 2**30 // (8 * 2 * 21))
    with pytest.raises(UsageError, match="21 values need 1 GiB of memory, and there are 1; take"):
        limits.check_memory_of_draws(design, 1, 2**30 // (8 * 2 * 21) + 1)


@pytest.mark.parametrize("seed", [2**63, 2**64 - 1])
def test_the_largest_seeds_sample(seed):
    one, other = (bayesmm.fit("y ~ x", DATA, seed=seed, **QUICK) for _ in range(2))
    pd.testing.assert_frame_equal(one.fixef(), other.fixef())


@pytest.mark.parametrize("power", [-150, -100, 100, 150, 300])
def test_numbers_without_squares(power):
    far = 10.0**power
    for formula, change in (
        ("y ~ x", "y"), ("y ~ x + (1 | g)", "x"), ("y ~ (x | g)", "x"),
        ("y ~ offset(x)", "x"), ("y | weights(w) ~ x", "w"), ("y ~ I(x^2)", "x"),
    ):  # fmt: skip
        data = DATA.assign(w=1.0)
        data[change] *= far
        with pytest.raises(DataError, match=r"another unit|not a finite number"):
            build_design(formula, data, GAUSSIAN)


@pytest.mark.parametrize("power", [-60, 60])
def test_numbers_with_squares_give_the_same_answer_in_their_unit(power):
    plain = bayesmm.ml("y ~ x + (1 | g)", DATA).fixef()
    far = bayesmm.ml("y ~ x + (1 | g)", DATA.assign(y=DATA["y"] * 10.0**power)).fixef()
    np.testing.assert_allclose(far["estimate"] / 10.0**power, plain["estimate"], rtol=1e-5)


def test_lists_are_no_values():
    polars = pytest.importorskip("polars")
    data = polars.from_pandas(DATA).with_columns(many=polars.lit([1, 2]))
    assert build_design("y ~ x", data, GAUSSIAN).n_obs == 48
    for formula in (
        "y ~ many",
        "many ~ x",
        "y ~ x + (1 | many)",
        "y ~ factor(many)",
        "y ~ I(many)",
    ):
        with pytest.raises(DataError, match="'many' holds values"):
            build_design(formula, data, GAUSSIAN)
        with pytest.raises(DataError, match="'many' holds values"):
            build_design(formula, data.to_pandas(), GAUSSIAN)


# ---------------------------------------------------------------- names


def test_a_column_named_by_a_point():
    data = DATA.rename(columns={"x": ".", "g": ".."})
    design = build_design("y ~ `.` + (1 | ..)", data, GAUSSIAN)
    np.testing.assert_array_equal(design.mu.X[:, 0], DATA["x"])
    assert design.mu.names == (".",) and design.factors.keys() == {".."}
    assert str(design.encoder.formula) == "y ~ `.` + (1 | ..)"
    by_point = build_design("y ~ 1 + (1 | `.`)", DATA.rename(columns={"g": "."}), GAUSSIAN)
    assert by_point.blocks[0].factor == "."
    with pytest.raises(UnsupportedModelError, match="rename it for a script of R"):
        r_name(".")


@pytest.mark.parametrize("name", ["dose\u00a0mg", "a\u2009b", "größe ²", "日本", "x`y", "a\\b"])
def test_names_between_backticks_of_r_have_no_escapes(name):
    written = r_name(name)
    assert "\\U" not in written and "\\u" not in written
    assert written == name or written[1:-1].replace("\\\\", "\\").replace("\\`", "`") == name


def test_characters_without_ink_are_underscores_in_r():
    assert r_name("a\u200bb c") == "`a_b c`"


@needs_r
def test_r_runs_a_script_with_spaces_that_are_none(tmp_path):
    names = {"x": "dose\u00a0mg", "g": "the\u202fgroup", "y": "a\u200bb"}
    data = DATA.assign(g=DATA["g"].astype(str) + "g").rename(columns=names)
    formula = f"`{names['y']}` ~ `{names['x']}` * `{names['g']}`"
    design = build_design(formula, data, GAUSSIAN)
    fit = replace(synthetic_fit(design, synthetic_draws(design)), own_data=data)
    script = fit.script("lme4").replace("summary(m)", "")
    data.to_csv(tmp_path / "data.csv", index=False)
    printed = run_r(f"{script}\ncat(coef(m), sep = '\\n')", tmp_path)
    ours = bayesmm.ml(formula, data, reml=False).estimates
    np.testing.assert_allclose([float(t) for t in printed.split()], ours, rtol=1e-6)


def test_names_of_columns_are_marked_as_cells_are(tmp_path):
    table = pd.DataFrame({"=1+1": [1.0, 2.0], "-x": ["a", "=b"], "+1": [1, 2], "y": ["-", "c"]})
    assert write_csv(table, tmp_path / "out.csv") == 4
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines == ["'=1+1,'-x,+1,y", "1.0,a,1,'-", "2.0,'=b,2,c"]


def test_the_header_of_a_prediction_is_marked(tmp_path):
    data = DATA.rename(columns={"x": "=cmd()"})
    design = build_design("y ~ `=cmd()`", data, GAUSSIAN)
    fit = synthetic_fit(design, synthetic_draws(design))
    table = fit.predict(data.head(2)).table
    assert write_csv(table, tmp_path / "out.csv") >= 1
    header = (tmp_path / "out.csv").read_text().splitlines()[0]
    assert "'=cmd()" in header and ",=cmd()" not in header


# ---------------------------------------------------------------- families


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("nbinom2", "negativebinomial"), ("neg_binomial_2", "negativebinomial"),
        ("negbinomial", "negativebinomial"), ("negative.binomial", "negativebinomial"),
        ("Negative Binomial", "negativebinomial"), ("student", "t"), ("StudentT", "t"),
        ("Gamma", "gamma"), ("Beta", "beta"), ("normal", "gaussian"), ("Poisson()", "poisson"),
        ("beta_family", "beta"), ("zero_inflated_negbinomial", "zero_inflated_negativebinomial"),
        ("hurdle_negbinomial", "hurdle_negativebinomial"), ("binomial()", "binomial"),
        ("zero-inflated poisson", "zero_inflated_poisson"),
        ("wald", "inverse_gaussian"), ("student", "t"), ("betabinomial", "beta_binomial"),
        ("skewnormal", "skew_normal"), ("asymmetriclaplace", "asymmetric_laplace"),
        ("vonmises", "von_mises"), ("ziGamma", "hurdle_gamma"),
        ("asym_laplace", "asymmetric_laplace"),
        ("Tweedie", "tweedie"), ("zoib", "zero_one_inflated_beta"), ("llogis", "loglogistic"),
        ("Gamma(link = 'inverse')", "gamma"), ("t(nu=4)", "t(nu=4)"),
    ],
)  # fmt: skip
def test_names_of_other_packages(name, ours):
    assert resolve_family(name).name == ours


@pytest.mark.parametrize("name", FAMILIES)
def test_our_names_are_themselves(name):
    assert resolve_family(name).name == name


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("genpois", "'negativebinomial'"), ("cauchy", "t.nu=1."),
        ("quasipoisson", "'nbinom1'"), ("quasibinomial", "'beta_binomial'"),
        ("truncated_poisson", "'hurdle_poisson'"),
        ("ordbeta", "'zero_one_inflated_beta'"),
    ],
)  # fmt: skip
def test_families_that_are_not_here(name, near):
    with pytest.raises(UsageError, match=near) as caught:
        resolve_family(name)
    assert "Did you mean" not in str(caught.value)
