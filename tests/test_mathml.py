"""Equations in MathML: well-formed, those of the other notations, names of the user as text."""

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from bayesmm.course import course_data, course_models
from bayesmm.explanation.explain import equations, equations_mathml
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors

# MathML Core: what browsers know
CORE = {
    "math", "mi", "mn", "mo", "mrow", "mspace", "msqrt", "msub", "msubsup", "msup", "mtable",
    "mtd", "mtext", "mtr",
}  # fmt: skip
RESPONSES = {
    "real": lambda rng, n: rng.normal(size=n),
    "binary": lambda rng, n: rng.integers(0, 2, n),
    "binomial": lambda rng, n: rng.integers(0, 2, n),
    "count": lambda rng, n: rng.poisson(2, n),
    "positive": lambda rng, n: rng.gamma(2, 1, n),
    "proportion": lambda rng, n: rng.uniform(0.1, 0.9, n),
    "angle": lambda rng, n: rng.vonmises(0.0, 1.0, n),
}


def parse(formula, data, family="gaussian", link=None):
    design = build_design(formula, data, resolve_family(family, link))
    priors = choose_priors(design)
    math = ElementTree.fromstring(equations_mathml(design, priors))
    assert {element.tag for element in math.iter()} <= CORE
    return math, design, priors


def lines(math):
    """Return each line as text without spaces."""
    (table,) = math
    return [re.sub(r"\s", "", "".join(row.itertext())) for row in table]


def test_sleepstudy_line_by_line(sleepstudy_fit):
    fit = sleepstudy_fit
    math = ElementTree.fromstring(equations_mathml(fit.design, fit.priors))
    assert lines(math) == [
        "Reactioni∼Normal(μi,σ)",
        "μi=β0+β1Daysi+u1,Subject[i]+u2,Subject[i]Daysi",
        "u1,ju2,j∼MultivariateNormal(0,Σ),j=1,…,18(Subject)",
        "Σ=τ12ρ12τ1τ2ρ12τ1τ2τ22",
        "b0=β0+β1Days",
        "b0∼Normal(298.508,140.822)",
        "β1∼Normal(0,48.8915)",
        "σ∼HalfStudentT(3,56.3288)",
        "τ1∼HalfStudentT(3,56.3288),atthemeanofDays",
        "τ2∼HalfStudentT(3,19.5566)",
        "R∼LKJ(1),thecorrelationsofΣ,atthemeanofDays",
    ]


@pytest.mark.parametrize("name", course_models())
def test_course_models_have_the_lines_of_the_text(name):
    model = course_models()[name]
    math, design, priors = parse(model.formula, course_data(model).frame, model.family)
    text = equations(design, priors)
    # every line of the text with a relation is a line here; other lines go on or are matrices
    relations = sum(bool(re.search(r"^ *\S.* [~=] ", line)) for line in text.split("\n"))
    assert sum(any(sign in row for sign in "∼=") for row in lines(math)) == relations
    numbers = [row.partition("∼")[2] for row in lines(math) if "∼" in row][
        -len(set(priors.by_name)) :
    ]
    for prior in priors.values():
        told = str(prior).replace(" ", "").replace("-", "−")
        told = re.sub(r"e\+?(−?)0*(\d+)", r"×10\1\2", told)
        assert any(row.startswith(told) for row in numbers), told


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_and_link(family):
    rng = np.random.default_rng(1)
    n = 40
    data = pd.DataFrame(
        {"x": rng.normal(size=n), "w": 1.5, "g": np.repeat(list("abcde"), 8), "z": np.ones(n)}
    )
    data["y"] = RESPONSES[FAMILIES[family].response](rng, n)
    for link in FAMILIES[family].links:
        math, _, _ = parse("y | weights(w) ~ x + I(x^2) + offset(z) + (x | g)", data, family, link)
        assert "xi2" in lines(math)[1]


def test_names_are_text():
    rng = np.random.default_rng(1)
    name = "<mi>&<script>"
    data = pd.DataFrame({name: rng.normal(size=30), "y": rng.normal(size=30)})
    data["g"] = np.repeat([f"<b>{k}</b>" for k in range(5)], 6)
    data["a<b"] = data["g"]
    math, _, _ = parse(f"y ~ `{name}` + (`{name}` | `a<b`)", data)
    texts = {element.text for element in math.iter("mtext")}
    assert name in texts and "a<b" in texts


def test_equations_show_themselves(sleepstudy_fit):
    latex = sleepstudy_fit.equation(latex=True)
    assert latex._repr_latex_() == f"$${latex}$$"
    assert repr(latex) == str(latex)
    assert sleepstudy_fit.equation()._repr_latex_() is None


def test_a_name_of_several_words_is_not_broken():
    """Chromium breaks a text at its spaces, and shows its first word alone."""
    frame = pd.DataFrame({"score in reading": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 2.0, 3.0]})
    math, _, _ = parse("`score in reading` ~ x", frame)
    texts = [element.text for element in math.iter() if element.tag.endswith("mtext")]
    assert "score\N{NO-BREAK SPACE}in\N{NO-BREAK SPACE}reading" in texts
    assert not any(" " in text for text in texts)
