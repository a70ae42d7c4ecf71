"""Shares that round to 0 or 1: rows known by bounds keep their log density and its derivatives.

Under the complementary log-log link a probability is 1 in doubles from a linear predictor of 3.7
on, which a fit of a few rows meets; one that was made of the rounded probability was NaN there.
Numbers of mpmath are of `reference_mpmath/certain_successes.py`, with 40 digits, by definitions.
"""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesmm.family.bounded import bounded
from bayesmm.family.known import FAMILIES
from bayesmm.family.numeric import Jet
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, TRUNCATION, Forms
from bayesmm.model.build import build_design
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from tests.family_values import auxiliary_of

REFERENCE = json.loads(
    (Path(__file__).parent / "reference_mpmath" / "certain_successes.json").read_text()
)
TRIALS = float(REFERENCE["trials"])
SHARES = [name for name, f in FAMILIES.items() if f.response in {"binomial", "proportion"}]
MODELS = [(name, link) for name in SHARES for link in FAMILIES[name].links]
# Of each form of the reference: whether the response is censored, and the form of its bounds.
FORMS = {
    "right": (True, BEYOND_LOWER),
    "left": (True, BELOW_UPPER),
    "interval": (True, BETWEEN),
    "within": (False, BETWEEN),
    "from": (False, BEYOND_LOWER),
    "up to": (False, BELOW_UPPER),
}
GRID = np.concatenate([np.linspace(-800.0, 800.0, 401), np.linspace(-12.0, 12.0, 97)])
GRID.sort()


def row(name: str, link: str, form: str, y: float, eta: np.ndarray) -> Jet:
    """Return the log density of a row that is known as the form says, along eta."""
    family = FAMILIES[name].with_link(link)
    step = 0.1 if family.response == "proportion" else 1.0
    censored, bounds = FORMS[form]
    forms = Forms((bounds,), ()) if censored else Forms((), (bounds,))
    density = bounded(family, forms).density
    low, high = {"left": (y, y), "interval": (y, y + 2 * step), "right": (y, y)}.get(
        form, (y - step, y + step)
    )
    columns = (bounds, low, high)
    known = dict(zip(CENSORING if censored else TRUNCATION, columns, strict=True))
    if family.response == "binomial":
        known["trials"] = TRIALS
    observed = density.observed(
        np.full(eta.shape, y), {key: np.full(eta.shape, value) for key, value in known.items()}
    )
    own = auxiliary_of(family).values()
    jet = density.without_base(observed, density.arguments[link](Jet.variable(eta)), *own)
    base = 0.0 if censored else density.base(observed)
    return Jet(*(np.broadcast_to(part, eta.shape) for part in (jet + base).parts))


def name_of(case: dict) -> str:
    return "-".join(str(case[key]) for key in ("family", "link", "form", "y"))


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=name_of)
def test_values_and_slopes_of_mpmath(case):
    """To 1e-9 of them; a probability that was rounded is -inf or NaN, or has no slope."""
    own = auxiliary_of(FAMILIES[case["family"]])
    assert own == {name: REFERENCE[name] for name in own}
    eta, logs, slopes = np.array(case["rows"], dtype=float).T
    jet = row(*(case[key] for key in ("family", "link", "form", "y")), eta)
    np.testing.assert_allclose(jet.value, logs, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(jet.first, slopes, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "link"), MODELS)
@pytest.mark.parametrize("form", FORMS)
def test_far_out_rows_are_finite_and_tails_have_a_direction(name, link, form):
    """|eta| up to 800; all three derivatives; what exceeds a bound grows with eta."""
    for y in (0.2, 0.7) if FAMILIES[name].response == "proportion" else (1.0, 4.0, 8.0):
        jet = row(name, link, form, y, GRID)
        assert all(np.isfinite(part).all() for part in jet.parts), (
            y,
            GRID[~np.isfinite(jet.value)],
        )
        if form in {"right", "left"}:
            growth = np.diff(jet.value) * (1.0 if form == "right" else -1.0)
            assert (growth >= -1e-12 * (1.0 + np.abs(jet.value[1:]))).all()


def rows_of_every_form(name: str) -> pd.DataFrame:
    """Return rows of the forms of the reference, as a formula reads them."""
    share = FAMILIES[name].response == "proportion"
    unit, lowest, highest = (0.1, 0.0, 1.0) if share else (1.0, 0.0, TRIALS)
    step = 0.0 if share else 1.0  # trunc(lb) keeps whole numbers from lb on
    found = []
    for form, y in product(FORMS, (0.2, 0.7) if share else (2.0, 7.0)):
        status = form if form in {"right", "left", "interval"} else "none"
        low = y - unit + step if form in {"within", "from"} else lowest
        high = y + unit if form in {"within", "up to"} else highest
        found.append({"y": y, "s": status, "u": y + 2 * unit, "lb": low, "ub": high, "n": TRIALS})
    return pd.DataFrame(found)


@pytest.mark.parametrize(
    ("name", "link"),
    [
        model if model == ("binomial", "cloglog") else pytest.param(*model, marks=pytest.mark.slow)
        for model in MODELS
    ],
)
def test_machine_code_has_the_same_rows(name, link):
    """At an intercept, less its prior; gradient too, which the sampler's steps are made of."""
    data = rows_of_every_form(name)
    trials = "trials(n) + " if FAMILIES[name].response == "binomial" else ""
    formula = f"y | {trials}cens(s, u) + trunc(lb, ub) ~ 1"
    design = build_design(formula, data, FAMILIES[name].with_link(link))
    own = auxiliary_of(design.family)
    priors = {"Intercept": Prior("Normal", (0.0, 1e3))}
    kinds = {"share": Prior("Uniform", (0.0, 1.0)), "positive": Prior("HalfNormal", (1e3,))}
    priors |= {key: kinds[design.family.parameter(key).support] for key in own}
    density = compiled_joint_density(joint_model(design, Priors(priors), ()))
    further = [design.family.parameter(key).real(value) for key, value in own.items()]
    eta = np.array([-800.0, -300.0, -38.0, -4.0, 0.5, 3.7, 6.0, 38.0, 99.0, 400.0])
    argument = design.family.density.arguments[link]
    y = design.family.density.observed(design.y, design.known)
    offsets, sizes = [], []
    for x in eta:
        value, gradient = evaluate(density, np.array([x, *further]))
        jet = design.family.density.without_base(
            y, argument(Jet.variable(np.full(len(data), x))), *own.values()
        )
        slope = np.sum(jet.first) - 1e-6 * x
        assert gradient[0] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        assert np.isfinite(gradient).all()
        offsets.append(value - (jet.value.sum() - 0.5e-6 * x**2))
        sizes.append(1.0 + np.abs(jet.value).max())
    # what is left are the priors of the further parameters, the same everywhere
    assert (np.abs(offsets - offsets[3]) <= 1e-10 * np.array(sizes)).all()
