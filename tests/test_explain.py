"""A model explained: exact texts of course models, sentences, symbols, counts."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design, sleepstudy_design
from harmless import harmless_frame
from synthetic import synthetic_draws, synthetic_fit

from bayesmm import explain
from bayesmm.data import load_data
from bayesmm.errors import DataError, FormulaError, PriorError
from bayesmm.explanation.english import counted, listed, number, rounded_percent
from bayesmm.explanation.explain import equations
from bayesmm.explanation.sentence import sentence
from bayesmm.family import Family, Parameter
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.names import effect_labels
from bayesmm.model.prior_choice import choose_priors

SLEEP = "Reaction ~ Days + (Days | Subject)"
CBPP = "cbind(incidence, size - incidence) ~ period + (1 | herd)"
SITKA = "size ~ treat*(Time + I(Time^2)) + (Time + I(Time^2) | tree)"


@pytest.fixture(scope="module")
def sleep():
    return explain(SLEEP, load_data("sleepstudy"))


@pytest.fixture(scope="module")
def cbpp():
    return explain(CBPP, load_data("cbpp"), "binomial")


@pytest.fixture(scope="module")
def sitka():
    return explain(SITKA, load_data("sitka"))


def block(text):
    """Return a text of the tests without its first and last line break."""
    return text.strip("\n")


# --- course models, exactly ----------------------------------------------------------------


def test_sleepstudy_in_words(sleep):
    assert sleep.words == (
        "Reaction is modelled with a Bayesian linear multilevel model (gaussian family, identity "
        "link) with a fixed effect of Days, and correlated by-Subject random intercepts and "
        "slopes of Days (18 groups); the model is to be fitted to 180 observations by Hamiltonian "
        "Monte Carlo (NUTS)."
    )


def test_sleepstudy_in_symbols(sleep):
    frame = load_data("sleepstudy")
    mean, sd = frame.Reaction.mean(), frame.Reaction.std()
    slope = sd / frame.Days.std()
    model = block("""
     Reactionᵢ ~ Normal(μᵢ, σ)
            μᵢ = β₀ + β₁ Daysᵢ + u₁[Subjectᵢ] + u₂[Subjectᵢ] Daysᵢ
(u₁[j], u₂[j]) ~ MultivariateNormal(0, Σ),  j = 1, …, 18 (Subject)
             Σ = ⎡ τ₁²         ρ₁₂ τ₁ τ₂ ⎤
                 ⎣ ρ₁₂ τ₁ τ₂   τ₂²       ⎦
            b₀ = β₀ + β₁ mean(Days)
""")
    priors = block(f"""
            b₀ ~ Normal({mean:.6g}, {2.5 * sd:.6g})
            β₁ ~ Normal(0, {2.5 * slope:.6g})
             σ ~ HalfStudentT(3, {sd:.6g})
            τ₁ ~ HalfStudentT(3, {sd:.6g}),  at the mean of Days
            τ₂ ~ HalfStudentT(3, {slope:.6g})
             R ~ LKJ(1),  the correlations of Σ, at the mean of Days
""")
    assert sleep.model == model
    assert sleep.equations == f"{model}\n{priors}"


def test_sleepstudy_in_latex(sleep):
    lines = sleep.latex.split("\n")
    assert lines[0] == r"\begin{aligned}" and lines[-1] == r"\end{aligned}"
    assert lines[1:5] == [
        r"\text{Reaction}_{i} &\sim \mathrm{Normal}(\mu_{i}, \sigma) \\",
        r"\mu_{i} &= \beta_{0} + \beta_{1} \text{Days}_{i} + u_{1,\,\text{Subject}[i]} + "
        r"u_{2,\,\text{Subject}[i]} \text{Days}_{i} \\",
        r"\begin{bmatrix} u_{1,\,j} \\ u_{2,\,j} \end{bmatrix} &\sim "
        r"\mathrm{MultivariateNormal}(\mathbf{0}, \Sigma), \quad j = 1, \dots, 18"
        r"\text{ (Subject)} \\",
        r"\Sigma &= \begin{bmatrix} \tau_{1}^{2} & \rho_{12} \tau_{1} \tau_{2} \\ "
        r"\rho_{12} \tau_{1} \tau_{2} & \tau_{2}^{2} \end{bmatrix} \\",
    ]


def test_sleepstudy_page(sleep):
    page = str(sleep)
    head, _, tail = page.partition("\nPriors (preset 'default')\n")
    assert head.endswith(
        block("""
Counts
  180 rows
  6 parameters: 2 common coefficients, 1 parameter of the response, 2 group sds, 1 correlation
  36 group effects
  Subject: 18 groups, 10 rows in each
""")
        + "\n"
    )
    table = tail.split("\n")
    assert table[0].split() == ["parameter", "prior", "of"]
    assert [line.split()[:2] for line in table[1:7]] == [
        ["b₀", "Intercept"],
        ["β₁", "Days"],
        ["σ", "sigma"],
        ["τ₁", "1|Subject_sigma"],
        ["τ₂", "Days|Subject_sigma"],
        ["R", "Subject_corr"],
    ]
    assert "Worth a look" not in page and sleep.advice == ()
    assert repr(sleep) == page
    sections = ["In words", "Written out", "In symbols", "Counts", "Priors"]
    places = [page.index(f"\n{title}") for title in sections]
    assert places == sorted(places)


def test_cbpp(cbpp):
    assert cbpp.words == (
        "incidence out of size is modelled with a Bayesian logistic multilevel model (binomial "
        "family, logit link) with a fixed effect of period, and by-herd random intercepts "
        "(15 groups); the model is to be fitted to 56 observations by Hamiltonian Monte Carlo "
        "(NUTS)."
    )
    assert cbpp.model == block("""
incidenceᵢ ~ Binomial(sizeᵢ, pᵢ)
 logit(pᵢ) = β₀ + β₁ period[2]ᵢ + β₂ period[3]ᵢ + β₃ period[4]ᵢ + u[herdᵢ]
      u[j] ~ Normal(0, τ),  j = 1, …, 15 (herd)
        b₀ = β₀ + β₁ mean(period[2]) + β₂ mean(period[3]) + β₃ mean(period[4])
""")
    assert list(cbpp.expansion.lines()) == [
        "cbind(incidence, size - incidence) ~ 1 + period + (1 | herd)",
        "common effects: Intercept, period[2], period[3], period[4]",
        "effects by herd: Intercept",
    ]
    assert list(cbpp.counts.lines()) == [
        "56 rows",
        "5 parameters: 4 common coefficients, 1 group sd",
        "15 group effects",
        "herd: 15 groups, 1 of them with one row, 1 to 4 rows in each (median 4)",
    ]
    assert cbpp.symbols == ("b₀", "β₁", "β₂", "β₃", "τ")


def test_sitka_quadratic(sitka):
    assert sitka.words == (
        "size is modelled with a Bayesian linear multilevel model (gaussian family, identity "
        "link) with fixed effects of treat, Time, Time², treat × Time and treat × Time², and "
        "correlated by-tree random intercepts and slopes of Time and Time² (79 groups); the model "
        "is to be fitted to 395 observations by Hamiltonian Monte Carlo (NUTS)."
    )
    assert sitka.model == block("""
                sizeᵢ ~ Normal(μᵢ, σ)
                   μᵢ = β₀ + β₁ treat[ozone]ᵢ + β₂ Timeᵢ + β₃ Timeᵢ² + β₄ treat[ozone]ᵢ · Timeᵢ
                        + β₅ treat[ozone]ᵢ · Timeᵢ² + u₁[treeᵢ] + u₂[treeᵢ] Timeᵢ + u₃[treeᵢ] Timeᵢ²
(u₁[j], u₂[j], u₃[j]) ~ MultivariateNormal(0, Σ),  j = 1, …, 79 (tree)
                    Σ = ⎡ τ₁²         ρ₁₂ τ₁ τ₂   ρ₁₃ τ₁ τ₃ ⎤
                        ⎢ ρ₁₂ τ₁ τ₂   τ₂²         ρ₂₃ τ₂ τ₃ ⎥
                        ⎣ ρ₁₃ τ₁ τ₃   ρ₂₃ τ₂ τ₃   τ₃²       ⎦
                   b₀ = β₀ + β₁ mean(treat[ozone]) + … + β₅ mean(treat[ozone] · Time²)
""")
    assert sitka.expansion.formula == (
        "size ~ 1 + treat + Time + I(Time^2) + treat:Time + treat:I(Time^2) "
        "+ (1 + Time + I(Time^2) | tree)"
    )
    assert sitka.counts.n_parameters == 13
    assert sitka.counts.n_group_effects == 3 * 79
    assert [item.check for item in sitka.advice] == ["constant_within_groups", "zero_far_from_data"]
    assert r"\beta_{3} \text{Time}_{i}^{2}" in sitka.latex


# --- the sentence --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def frame():
    return harmless_frame()


@pytest.mark.parametrize(
    ("formula", "family", "link", "says"),
    [
        ("y ~ 1", "gaussian", None, "regression model (gaussian family, identity link) with a "
         "fixed intercept; the"),
        ("y ~ x + z + (1 | g)", "gaussian", None, "with fixed effects of x and z, and by-g random "
         "intercepts (24 groups); the"),
        ("y ~ x*z*f", "gaussian", None, "with fixed effects of x, z, f, x × z, x × f, z × f and "
         "x × z × f; the"),
        ("y ~ x + (x || g)", "gaussian", None, "and uncorrelated by-g random intercepts and "
         "slopes of x (24 groups); the"),
        ("y ~ x + (1 | g) + (0 + x | g)", "gaussian", None, "and uncorrelated by-g random "
         "intercepts and slopes of x (24 groups); the"),
        ("y ~ x + (0 + x | g)", "gaussian", None, "and by-g random slopes of x (24 groups); the"),
        ("y ~ f + (f | g) + (x | h)", "gaussian", None, "with a fixed effect of f, correlated "
         "by-g random intercepts and effects of f (24 groups), and correlated by-h random "
         "intercepts and slopes of x (11 groups); the"),
        ("count ~ x + offset(log(exposure)) + (1 | g/h)", "poisson", None, "Poisson multilevel "
         "model (Poisson family, log link) with a fixed effect of x, an offset of log(exposure), "
         "by-g random intercepts (24 groups), and by-g:h random intercepts"),
        ("won ~ 0 + f", "bernoulli", "probit", "probit regression model (Bernoulli family, "
         "probit link) with a fixed effect of f, and no fixed intercept; the"),
        ("log(exposure) ~ x", "t", None, "log(exposure) is modelled with a Bayesian robust "
         "linear regression model (Student-t family, identity link)"),
        ("share ~ x", "beta", None, "a Bayesian beta regression model (beta family, logit link)"),
        ("exposure ~ x", "gaussian", "log", "generalised linear regression model (gaussian "
         "family, log link)"),
        ("y | weights(w) ~ x", "gaussian", None,
         "a fixed effect of x, and observations weighted by precision;"),
    ],
)  # fmt: skip
def test_sentence(frame, formula, family, link, says):
    assert says in explain(formula, frame, family, link=link).words


def test_lists_and_counts_in_english():
    assert [listed(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert counted(1, "row") == "1 row"
    assert counted(1000, "row") == "1,000 rows"
    assert (number(2000.04), number(0.000123456), number(123456.7)) == (
        "2000",
        "0.0001235",
        "123,457",
    )
    assert (rounded_percent(1, 1000), rounded_percent(0, 5), rounded_percent(4, 18)) == (
        "under 1 %",
        "0 %",
        "22 %",
    )


# --- the formula written out, and the counts -----------------------------------------------


def group_columns(design):
    """Return factor, name and column of every group effect."""
    return [
        (block.factor, effect, column.tolist())
        for block in design.blocks
        for effect, column in zip(effect_labels(block), block.columns.Z.T, strict=True)
    ]


WRITTEN_OUT = [
    ("y ~ x + (x || g)", "y ~ 1 + x + (1 | g) + (0 + x | g)"),
    ("y ~ (f || g)", "y ~ 1 + (1 + f || g)"),
    ("y ~ (x:f || g)", "y ~ 1 + (1 + x:f || g)"),
    ("y ~ (poly(x, 2) || g)", "y ~ 1 + (1 | g) + (0 + poly(x, 2) || g)"),
    ("y ~ x*f + (1 | g/h)", "y ~ 1 + x + f + x:f + (1 | g) + (1 | g:h)"),
    ("y ~ (x + z)^2 - x:z - 1", "y ~ 0 + x + z"),
    ("y | weights(w) ~ `my size` + offset(z)", "y | weights(w) ~ 1 + `my size` + offset(z)"),
    ("y ~ z + (0 + x || `my group`)", "y ~ 1 + z + (0 + x | `my group`)"),
]


@pytest.mark.parametrize(("formula", "written"), WRITTEN_OUT)
def test_the_formula_written_out_is_the_same_model(frame, formula, written):
    data = pd.concat([frame, frame]).assign(**{"my group": lambda d: d.g})
    assert explain(formula, data).expansion.formula == written
    gaussian = resolve_family("gaussian")
    one, other = (build_design(text, data, gaussian) for text in (formula, written))
    np.testing.assert_array_equal(one.mu.X, other.mu.X)
    assert (one.mu.names, one.mu.intercept) == (other.mu.names, other.mu.intercept)
    assert group_columns(one) == group_columns(other)
    assert any(b.covariance.correlated for b in one.blocks) == any(
        b.covariance.correlated for b in other.blocks
    )


def test_cells_of_crossed_and_nested_groupings(frame):
    data = frame.assign(part=frame.g + frame.h.str[-1], row=range(len(frame)))
    data = pd.concat([data, data])
    crossed = explain("diameter ~ 1 + (1 | plate) + (1 | sample)", load_data("penicillin"))
    assert [str(c) for c in crossed.counts.cells] == [
        "plate × sample: 144 of 144 possible cells occur (fully crossed)"
    ]
    n_parts = data.part.nunique()
    nested = explain("y ~ 1 + (1 | g) + (1 | part)", data).counts
    assert str(nested.cells[0]).endswith("possible cells occur (part nested in g)")
    assert nested.cells[0].observed == n_parts
    n_cells = len(data.groupby(["g", "h"]).size())
    (cell,) = explain("y ~ 1 + (1 | g/h)", data).counts.cells
    assert (cell.name, cell.observed, cell.possible) == ("g:h", n_cells, 24 * 11)
    (pair,) = explain("y ~ 1 + (1 | g) + (1 | h)", data).counts.cells
    assert pair.relation == "partly crossed" and pair.observed == n_cells


def test_class_labels_of_every_school_are_asked_about():
    school, klasse, child = np.unravel_index(np.arange(10 * 3 * 4), (10, 3, 4))
    data = pd.DataFrame({"y": np.sin(np.arange(120)), "Schule": school + 1, "Klasse": klasse + 1})
    (pair,) = explain("y ~ 1 + (1 | Schule) + (1 | Klasse)", data).counts.cells
    assert str(pair) == (
        "Schule × Klasse: 30 of 30 possible cells occur (fully crossed; if Klasse 1 of one Schule "
        "is not Klasse 1 of another, they are nested: write Schule/Klasse)"
    )
    nested = explain("y ~ 1 + (1 | Schule/Klasse)", data)
    assert "if Klasse" not in str(nested) and nested.counts.n_group_effects == 40
    children = data.assign(child=child)  # one row of each child in a class: nothing to ask
    assert "if " not in str(
        explain(
            "y ~ 1 + (1 | Schule) + (1 | word)",
            children.assign(word=[f"word {chr(97 + k)}{chr(97 + k)}" for k in klasse]),
        ).counts
    )


def test_nothing_is_said_to_be_fitted_before_it_is(frame):
    page = str(explain("y ~ x + (x | g)", frame))
    assert "was fitted" not in " ".join(page.split()) and "was modelled" not in page
    assert "is to be fitted to 240 observations" in " ".join(page.split())


def test_dropped_rows_and_notes(frame):
    data = frame.assign(x=frame.x.where(frame.index > 2))
    explanation = explain("y ~ x + (1 | g)", data)
    assert next(explanation.counts.lines()) == "237 rows (3 left out)"
    assert str(explanation).endswith("3 of 240 rows left out because a value is missing.")


# --- symbols -------------------------------------------------------------------------------


def unescaped(text):
    return re.sub(r"\\[{}]", "", text)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("y ~ a_b*f + I(`my size`^2) + poly(x, 2) + (a_b + f || g) + (1 | h)", "gaussian"),
        ("y ~ I(x^2 * z) + (x + z + a_b + exposure + share | g)", "gaussian"),
        ("won ~ `my size` + offset(log(exposure)) + (x | g) + (z | h)", "bernoulli"),
    ],
)
def test_latex_is_balanced(frame, formula, family):
    odd = frame.rename(columns={"a_b": "50% {a}_b & #1 \\ ^~$"})
    odd["y"] = frame["y"]
    formula = formula.replace("a_b", "`50% {a}_b & #1 \\\\ ^~$`")
    latex = explain(formula, odd, family).latex
    depth = 0
    for sign in unescaped(latex):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    begun, ended = re.findall(r"\\begin\{(\w+)\}", latex), re.findall(r"\\end\{(\w+)\}", latex)
    assert sorted(begun) == sorted(ended)
    for inside in re.findall(r"\\text\{([^{}]*)\}", unescaped(latex)):
        assert not set(inside) & set("_%#&$^~\\"), inside


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_and_link_has_symbols(name):
    generator = np.random.default_rng(1)
    y = {"real": generator.normal(size=40), "proportion": generator.uniform(size=40)}.get(
        FAMILIES[name].response, generator.integers(0, 2, size=40).astype(float)
    )
    y = y + 1 if FAMILIES[name].response == "positive" else y
    trials = np.full(40, 2.0) if FAMILIES[name].response == "binomial" else None
    for link in FAMILIES[name].links:
        design = handmade_design(
            y, {"x": generator.normal(size=40)}, family=name, link=link, trials=trials
        )
        priors = choose_priors(design)
        for latex in (False, True):
            text = equations(design, priors, latex=latex)
            assert len(text.split("\n")) >= 4
        assert f"{link} link" in sentence(design)


def test_every_parameter_with_a_formula_has_letters_of_its_own():
    """Coefficients of up to four formulas differ by their letter, of more by a number before."""
    y = np.linspace(-1.0, 1.5, 40)
    data = pd.DataFrame({"y": np.where(y > 0, 1.0 + y, y - 1.0), "x": y[::-1] ** 2})
    found = explain("y ~ x; bs ~ x; ndt ~ x; bias ~ x", data, "wiener")
    for letter, of in zip("βγδη", ("μᵢ", "log(bsᵢ)", "log(ndtᵢ)", "logit(biasᵢ)"), strict=True):
        assert f"{of} = {letter}₀ + {letter}₁ xᵢ" in found.equations
    assert r"\mathit{bias}_{i}" in found.latex and "-0" not in found.equations.replace("-0.", "")
    names = ("a", "b", "d", "e")
    many = Family(
        "many",
        response="real",
        parameters=(Parameter("mu", links=("identity",)), *map(Parameter, names)),
        density=lambda y, mu, a, b, d, e: -(((y - mu) / (a + b + d + e)) ** 2),
    )
    text = explain("y ~ x; " + "; ".join(f"{name} ~ x" for name in names), data, many).equations
    for k, of in enumerate(("μᵢ", *(f"log({name}ᵢ)" for name in names)), start=1):
        sub = "₀₁₂₃₄₅"[k]
        assert f"{of} = β{sub},₀ + β{sub},₁ xᵢ" in text


def test_latex_has_greek_letters_by_their_names_and_words_as_words(frame):
    """φ of nbinom1 and ν of the exgaussian, whose β would be that of coefficients."""
    counts = frame.assign(count=np.arange(len(frame)) % 4)
    assert r"\log(\phi_{i})" in explain("count ~ x; phi ~ x", counts, "nbinom1").latex
    late = explain("y ~ x", frame, "exgaussian")
    assert "ExGaussian(μᵢ, σ, ν)" in late.equations and r"\sigma, \nu)" in late.latex
    assert late.latex.isascii()


def test_thresholds_in_equations_have_subscripts():
    data = pd.DataFrame({"y": np.arange(40) % 4, "x": np.linspace(0, 1, 40) ** 2})
    told = explain("y ~ x", data, "cumulative").equations
    assert "logit(P(y ≤ k)) = cₖ - μᵢ" in told and "c₁ < … < c₃" in told
    told = explain("y ~ x", data.assign(y=data["y"] % 3), "cumulative").equations
    assert "c₁ < c₂" in told


def test_gamma_and_beta_have_the_parameters_of_the_model(frame):
    """Mean mu and shape alpha, Gamma(shape, rate); mean mu and precision kappa."""
    gamma = explain("exposure ~ x", frame, "gamma", link="log").model.split("\n")
    assert gamma[0].strip() == "exposureᵢ ~ Gamma(α, α / μᵢ)"
    assert gamma[1].strip() == "log(μᵢ) = β₀ + β₁ xᵢ"
    beta = explain("share ~ x", frame, "beta").model.split("\n")
    assert beta[0].strip() == "shareᵢ ~ Beta(μᵢ κ, (1 - μᵢ) κ)"


def test_weights_are_said(frame):
    gaussian = explain("y | weights(w) ~ x", frame)
    assert gaussian.model.split("\n")[0].strip() == "yᵢ ~ Normal(μᵢ, σ / √wᵢ)"
    poisson = explain("count | weights(w) ~ x", frame, "poisson").model.split("\n")[0]
    assert poisson.strip() == "countᵢ ~ Poisson(μᵢ),  row i counts wᵢ times"


def test_effects_are_numbered_through_all_blocks(frame):
    model = explain("y ~ x + (x | g) + (z | h)", frame).equations
    assert "u₃[hᵢ] + u₄[hᵢ] zᵢ" in model
    assert "Σ₂ = ⎡ τ₃²         ρ₃₄ τ₃ τ₄ ⎤" in model
    assert "R₁ ~ LKJ(1),  the correlations of Σ₁" in model
    assert "R₂ ~ LKJ(1),  the correlations of Σ₂" in model


def test_many_effects_are_shortened(frame):
    model = explain("y ~ x + (x + z + a_b + exposure | g)", frame).model
    assert "(u₁[j], …, u₅[j]) ~ MultivariateNormal(0, Σ)" in model
    assert "Σ = diag(τ₁, …, τ₅) R diag(τ₁, …, τ₅)" in model


def test_models_without_an_encoder(sleep):
    frame = load_data("sleepstudy")
    built = build_design("Reaction ~ Days + (Days | Subject)", frame, resolve_family("gaussian"))
    design = replace(sleepstudy_design(frame), centrings=built.centrings)
    assert (
        equations(design, choose_priors(design)).split("\n")[1:]
        == (sleep.equations.replace("     Reactionᵢ", "             yᵢ").split("\n")[1:])
    )
    assert sentence(design, fitted=False) == sleep.words.replace("Reaction is", "y is")


def test_changed_priors_are_marked(frame):
    explanation = explain("y ~ x + (1 | g)", frame, priors={"x": "Normal(0, 7)"})
    (line,) = (line for line in str(explanation).split("\n") if "Normal(0, 7)" in line)
    assert line.endswith("user")
    assert "β₁ ~ Normal(0, 7)" in explanation.equations
    with pytest.raises(PriorError, match="no parameter 'q'"):
        explain("y ~ x", frame, priors={"q": "Normal(0, 7)"})


def test_html_holds_everything(sitka):
    html = sitka._repr_html_()
    assert "$$\\begin{aligned}" in html and "&amp;\\sim" in html
    assert "Worth a look" in html and "treat is constant within every level of tree" in html
    assert html.count("<tr>") == len(sitka.priors) + 1
    assert html.count('<th scope="row"') == len(sitka.priors)


# --- the verb ------------------------------------------------------------------------------


def test_categorical_and_other_frames(frame):
    data = frame.assign(Year=1999 + np.arange(len(frame)) % 3)
    explanation = explain("y ~ Year", data, categorical="Year")
    assert explanation.symbols == ("b₀", "β₁", "β₂", "σ")
    assert explanation.advice == ()


def test_errors_are_those_of_fit(frame):
    with pytest.raises(FormulaError, match="'q' is not a column"):
        explain("y ~ q", frame)
    with pytest.raises(DataError, match="is constant"):
        explain("y ~ x", frame.assign(x=1.0))


def test_memory_stays_with_the_rows():
    """A factor of 20,000 levels on 100,000 rows: no array of rows times levels is made."""
    import tracemalloc

    n, J = 100_000, 20_000
    generator = np.random.default_rng(0)
    data = pd.DataFrame({"x": generator.normal(size=n), "g": generator.integers(0, J, n)})
    data["y"] = data.x + generator.normal(size=n)
    tracemalloc.start()
    explanation = explain("y ~ x + (x | g)", data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert explanation.counts.n_group_effects == 2 * len(np.unique(data.g))
    assert peak < n * J / 8  # one bit for each pair would be this much


def test_a_block_made_by_hand_says_its_independence():
    labels = np.repeat(["a", "b", "c", "d"], 5)
    x = np.tile(np.arange(5.0), 4)
    columns = {"Intercept": 1.0, "x": x}
    made = handmade_block("g", labels, columns, correlated=False)
    design = handmade_design(np.arange(20.0), {"x": x}, [made])
    assert "uncorrelated by-g random intercepts and slopes of x (4 groups)" in sentence(design)


def test_a_fit_says_the_same(frame):
    explanation = explain("y ~ x + (x | g)", frame)
    design = build_design("y ~ x + (x | g)", frame, resolve_family("gaussian"))
    fit = synthetic_fit(design, synthetic_draws(design))
    assert fit.words() == explanation.words.replace("is to be fitted", "was fitted").replace(
        " is modelled", " was modelled"
    )
    assert fit.equation() == explanation.equations
    assert fit.equation(latex=True) == explanation.latex


# --- the command line ----------------------------------------------------------------------


def command(monkeypatch, capsys, *arguments):
    """Run the command line in this process; return its exit code and what it printed."""
    import sys

    from bayesmm import cli

    monkeypatch.setattr(sys, "argv", ["bayesmm", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code or 0, capsys.readouterr()


def test_command(monkeypatch, capsys, tmp_path, sleep):
    path = tmp_path / "sleepstudy.csv"
    load_data("sleepstudy").to_csv(path, index=False)
    code, printed = command(monkeypatch, capsys, "explain", SLEEP, path)
    assert code == 0
    assert printed.out == f"{sleep}\n"
    code, printed = command(monkeypatch, capsys, "explain", SLEEP, path, "--latex")
    assert (code, printed.out) == (0, f"{sleep.latex}\n")
    options = ["--priors", "Days=Normal(0,10)", "--categorical", "Subject", "--link", "log"]
    code, printed = command(monkeypatch, capsys, "explain", SLEEP, path, *options)
    assert code == 0
    assert "Normal(0, 10)" in printed.out and "log(μᵢ)" in printed.out
    code, printed = command(monkeypatch, capsys, "explain", "Reaction ~ Dayz", path)
    assert code == 2
    assert "'Dayz' is not a column of the data" in printed.err
