"""Scripts of PyMC for ordered categories: the code runs, and its density is that of the fit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from wine import wine

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.sampling.posterior import common_draws, named_draws
from bayesmm.script.arithmetic import Arithmetic
from tests.synthetic import synthetic_draws, synthetic_fit
from tests.test_script import bambi_values, natural_values, of_prior_columns, run, same_density

THRESHOLDS = ("1|2", "2|3", "3|4", "4|5")
CASES = {
    "groups": ("rating ~ contact * x + (1 | judge)", "cumulative", None),
    "probit": ("rating ~ contact + offset(x / 3)", "cumulative(link=probit)", None),
    "another prior": ("rating ~ x", "cumulative", {"2|3": "Normal(0.5, 2)"}),
    "disc": ("rating ~ contact; disc ~ temp + x", "cumulative", None),
    "smallest extreme values": ("rating ~ x", "sratio(link=cloglog)", None),
    "without predictors": ("rating ~ 1 + (1 | judge)", "cratio", None),
    "effects of thresholds": ("rating ~ contact + cs(x * temp) + (1 | judge)", "acat", None),
    "both": ("rating ~ cs(x); disc ~ contact", "sratio(link=probit)", "brms"),
    "counted rows": ("rating | weights(w) ~ contact", "acat(link=cloglog)", None),
}
QUICK = {"groups", "effects of thresholds"}


def data() -> pd.DataFrame:
    n = np.arange(72.0)
    return wine().assign(x=np.round(np.sin(1 + 2.4 * n), 2), w=1 + n % 3)


def fit_of(formula, family, priors):
    """Return a fit with made-up draws, the thresholds in their order."""
    design = build_design(formula, data(), resolve_family(family))
    chosen = None if priors is None else priors
    drawn = synthetic_draws(
        design,
        beta=(0.4, 0.1),
        sd=(0.7, 0.05),
        effects=(0.0, 0.3),
        auxiliary={name: (k - 1.2, 0.05) for k, name in enumerate(THRESHOLDS)},
        draws=8,
        chains=2,
    )
    fit = synthetic_fit(design, drawn, priors=choose_priors(design, chosen))
    return replace(fit, own_data=data())


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=() if c in QUICK else pytest.mark.slow) for c in CASES]
)
def test_the_density_of_the_script_is_ours(case, tmp_path, monkeypatch):
    fit = fit_of(*CASES[case])
    monkeypatch.setattr(pm, "sample", lambda **_: None)
    model = run(fit.script("pymc"), tmp_path, monkeypatch, fit.data)["model"]
    values, moved = natural_values(fit), of_prior_columns(fit)
    design, draws = moved.design, moved.own_draws
    at_mean = common_draws(draws, design)[0] @ design.mu.centre
    values["thresholds_at_mean"] = np.stack(
        [named_draws(draws, name)[0] - at_mean for name in THRESHOLDS], axis=-1
    )
    for own in design.linear_predictors[1:]:
        ending = "".join(c if c.isalnum() else "_" for c in own.parameter)
        values |= {
            f"{stem}_{ending}": common_draws(draws, design, own.parameter)[0]
            for stem in ("beta", "beta_at_means")
        }
    assert same_density(fit, model, values)


BAMBI = ("groups", "probit", "stopping ratio", "slopes")
CASES_OF_BAMBI = CASES | {
    "stopping ratio": ("rating ~ contact + x", "sratio", None),
    "slopes": ("rating ~ x + (x || judge)", "cumulative", {"1|2": "Logistic(-1, 2)"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BAMBI)
def test_the_density_of_the_bambi_script_is_ours(case, tmp_path, monkeypatch):
    bambi = pytest.importorskip("bambi")
    fit = fit_of(*CASES_OF_BAMBI[case])
    monkeypatch.setattr(bambi.Model, "fit", lambda self, **_: self.build())
    model = run(fit.script("bambi"), tmp_path, monkeypatch, fit.data)["model"]
    values, moved = bambi_values(fit), of_prior_columns(fit)
    at_mean = common_draws(moved.own_draws, moved.design)[0] @ moved.design.mu.centre
    values["threshold"] = np.stack(
        [named_draws(moved.own_draws, name)[0] - at_mean for name in THRESHOLDS], axis=-1
    )
    # the columns of the groups, which are not centred, have names of their own there
    values |= {name.replace("x|", "x_|"): own for name, own in values.items()}
    assert same_density(fit, model.backend.model, values)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("another prior", "cannot state these priors of thresholds"),
        ("disc", "cannot have disc vary"),
        ("without predictors", "no cratio family"),
        ("effects of thresholds", "Bambi has no acat family|cannot have cs"),
        ("counted rows", "no acat family|cannot weight"),
    ],
)
def test_what_bambi_cannot_state_is_refused(case, reason):
    with pytest.raises(UnsupportedModelError, match=reason):
        fit_of(*CASES[case]).script("bambi")


def test_arithmetic_writes_itself():
    """Brackets only where they are needed, and one name for one denominator."""
    arithmetic = Arithmetic()
    a, b = arithmetic.named("a", "f(x)"), arithmetic.value("u - v")
    written = {
        -b: "-(u - v)",
        1.0 - b: "1.0 - (u - v)",
        a * b: "a_1 * (u - v)",
        (1.0 - a) * (1.0 - a): "(1.0 - a_1) * (1.0 - a_1)",
        sum([a, b]): "a_1 + u - v",
        1.0 * a: "a_1",
        a / (a + b): "a_1 / total_1",
        b / (a + b): "(u - v) / total_1",
        a - a * b: "a_1 - a_1 * (u - v)",
    }
    for value, code in written.items():
        assert value.code == code
    assert arithmetic.lines == ["a_1 = f(x)", "total_1 = a_1 + u - v"]
