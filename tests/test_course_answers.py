"""Checks of students' answers: right ones in any form, and of wrong ones what differs, no more."""

from pathlib import Path

import pytest

from bayesmm.course import check_answer, check_formula, course_models, load_model
from bayesmm.course.exercises import EXERCISES
from bayesmm.errors import UsageError

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture(autouse=True)
def no_real_data(monkeypatch):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)


@pytest.mark.parametrize("name", [n for n in course_models() if n != "sitka_lines_by_tree"])
def test_the_formula_of_a_course_model_is_right(name):
    model = load_model(name)
    assert check_formula(model.formula, name, model.family).right


@pytest.mark.parametrize(
    ("formula", "name"),
    [
        ("Reaction ~ 1 + Days + (1 + Days | Subject)", "correlated_slopes"),
        ("Reaction ~ days_deprived * Subject", "no_pooling"),
        ("score ~ hours + (1 | school) + (1 | class:school)", "schools_nested"),
        ("FC ~ 0 + Dose + Dose:IC", "drugz_interactive"),
        ("FC ~ Dose + I(IC - 6)", "drugz_additive"),
        ("y ~ x + (x || Group)", "labs_lmm2"),
        ("p(incidence, size) ~ period + (1 | herd)", "logistic_glmm"),
    ],
)
def test_the_same_model_written_otherwise_is_right(formula, name):
    assert check_formula(formula, name).right


@pytest.mark.parametrize(
    ("formula", "name", "says"),
    [
        ("Reaction ~ Days", "correlated_slopes", ["The groups: 1 grouping factor is missing."]),
        ("Reaction ~ Days + (1 | Subject)", "correlated_slopes",
         ["The effects of Subject: 1 more than you have differs from level to level."]),
        ("Reaction ~ Days + (Days || Subject)", "correlated_slopes",
         ["The effects of Subject: in your formula they are independent, the question is of "
          "correlated ones."]),
        ("y ~ x + (x | Group)", "labs_lmm2",
         ["The effects of Group: in your formula they are correlated, the question is of "
          "independent ones."]),
        ("Reaction ~ Days + I(Days^2) + (Days + I(Days^2) | Subject)", "correlated_slopes",
         ["The common effects: I(Days^2) is too much, or in another form.",
          "The effects of Subject: I(Days^2) is too much, or in another form."]),
        ("FC ~ IC + Dose", "drugz_interactive",
         ["The common effects: 2 columns are missing that the question needs."]),
        ("FC ~ 1", "foodav", ["It cannot be fitted to these data:"]),
        ("IC ~ FC + Dose", "drugz_additive",
         ["The response: what stands left of ~, IC, is not what is asked about.",
          "The common effects: FC is too much, or in another form.",
          "The common effects: 1 column is missing that the question needs."]),
        ("FC ~ IC + offset(IC) + Dose", "drugz_additive",
         ["An offset or weights: the question does not speak of them."]),
        ("score ~ hours + (1 | class)", "schools_nested",
         ["The groups: class is none of those that the question names.",
          "The groups: 2 grouping factors are missing."]),
        ("Reaction ~ Days + (Days | Subject", "correlated_slopes", ["It cannot be fitted"]),
        (7, "correlated_slopes", ["A formula is text in quotes"]),
    ],
)  # fmt: skip
def test_of_a_wrong_formula_what_differs_is_told(formula, name, says):
    checked = check_formula(formula, name)
    assert not checked.right and len(checked.says) == len(says)
    for told, expected in zip(checked.says, says, strict=True):
        assert told.startswith(expected)
    assert repr(checked).startswith("Not yet.\n- ")
    assert load_model(name).formula not in repr(checked)


def test_rows_that_are_left_out_do_not_make_a_formula_right_or_wrong():
    """Six cod have no length: a formula without it is compared in the rows of both."""
    checked = check_formula("Prevalence ~ Year + Area", "cod_logistic", "bernoulli")
    assert checked.says == ("The common effects: 1 column is missing that the question needs.",)


def test_a_family_is_asked_for_where_it_matters():
    formula = "Intensity ~ Length + Year + Area"
    assert check_formula(formula, "cod_poisson", "Poisson").right
    assert "negativebinomial is not the one" in repr(
        check_formula(formula, "cod_poisson", "negativebinomial")
    )
    assert "'fisher' is not a family" in repr(check_formula(formula, "cod_poisson", "fisher"))
    assert repr(check_formula(formula, "cod_poisson", ...)).startswith("Nothing is written yet")


@pytest.mark.parametrize("name", EXERCISES)
def test_the_right_answer_is_right_and_a_slip_is_named(name):
    asked = EXERCISES[name]
    right = asked.right()
    checked = check_answer(right, name)
    assert checked.right and repr(checked).startswith("Right.")
    assert check_answer(list(right.values()), name).right
    assert not check_answer(..., name).right
    assert repr(check_answer(dict.fromkeys(right, ...), name)).startswith("Nothing is written")
    for slip in asked.slips:
        checked = check_answer(dict(slip.value()), name)
        assert not checked.right
        assert all(slip.says.lower() in told.lower() for told in checked.says)
    for word in (w for w in right.values() if isinstance(w, str)):
        assert word in asked.choices


@pytest.mark.parametrize("name", EXERCISES)
def test_a_wrong_answer_is_not_right_and_not_given_away(name):
    asked = EXERCISES[name]
    right, choices = asked.right(), asked.choices
    for part, value in right.items():
        others = (
            [choice for choice in choices if choice != value]
            if choices
            else [value + 2 * asked.tolerance(value), value - 2 * asked.tolerance(value), 9e9]
        )
        for other in others:
            checked = check_answer(right | {part: other}, name)
            assert not checked.right
            if not choices:
                assert f"{value:.3g}" not in repr(checked).replace(part, "")


def test_what_is_said_of_numbers_and_words():
    def say(answer, name="effort at food 5"):
        return check_answer(answer, name).says

    assert say(7.5) == ("Too large.",) and say(6.5) == ("Too small.",)
    assert say(-6.86) == ("The sign is another one.",)
    assert say(60) == ("More than twice as far from zero as it should be.",)
    assert say(1) == ("Less than half as far from zero as it should be.",)
    assert say("six") == ("A number is wanted, not 'six'.",)
    assert say(float("nan")) == ("A number is wanted, not nan.",)
    assert say({"afford": 1}) == ("Answers are wanted for: effort.",)
    assert say({"mice": "mouse"}, "four designs") == (
        "Right so far; not answered yet: mercury, turkeys, offices.",
    )
    assert say({"mice": "rat"}, "four designs")[0].startswith("mice: choose one of 'fish',")
    assert say({"mice": "dose"}, "four designs") == ("mice: 'dose' is not what happens here.",)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real files are not here")
def test_answers_follow_the_data(monkeypatch):
    """Assignment question 1: of the real cod the probabilities that the lecture printed."""
    published = {"area 1, 1999": 0.5042, "area 3, 2001": 0.2361}
    twin = EXERCISES["Assignment question 1"].right()
    assert all(abs(twin[part] - value) > 1e-3 for part, value in published.items())
    monkeypatch.setenv("BAYESMM_DATA", str(SHARED))
    real = EXERCISES["Assignment question 1"].right()
    assert all(abs(real[part] - value) < 0.5e-4 for part, value in published.items())


def test_what_does_not_exist_is_refused():
    with pytest.raises(UsageError, match=r"There is no exercise 'four design'.*four designs"):
        check_answer(1, "four design")
    with pytest.raises(UsageError, match="no course model"):
        check_formula("y ~ x", "labs_lmm9")
