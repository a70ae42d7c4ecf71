"""Every course model obeys the skeleton, and our ML fit prints the published digits."""

import numpy as np
import pytest

from bayesmm import ml
from bayesmm.course import Published, compare_published, course_models, load_model
from bayesmm.data import load_data
from bayesmm.errors import UsageError

NAMES = list(course_models())


def test_the_first_models_are_there():
    assert {"random_intercept", "correlated_slopes", "logistic_glmm"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_skeleton(name):
    model = load_model(name)
    assert model.name == name
    assert model.question.endswith("?")
    assert model.course and model.look_at and model.new and model.source


@pytest.mark.parametrize("name", NAMES)
def test_published_numbers_are_reproduced(name):
    model = load_model(name)
    frame = load_data(model.data)
    if model.prepare is not None:
        frame = model.prepare(frame)
    table = compare_published(model, ml(model.formula, frame, model.family, reml=model.reml))
    assert len(table) >= 5
    assert table.agrees.all(), table[~table.agrees]


def test_a_wrong_number_is_found_out():
    model = load_model("correlated_slopes")
    estimate = ml(model.formula, load_data(model.data))
    wrong = type(model)(
        **{
            **{f: getattr(model, f) for f in model.__slots__},
            "published": (Published("estimate", "10.468", "Days"),),
        }
    )
    assert not compare_published(wrong, estimate).agrees.any()


def test_half_a_unit_of_the_last_digit():
    assert Published("se", "6.825").half_unit == pytest.approx(0.0005)
    assert Published("criterion", "1744").half_unit == 0.5
    assert np.isclose(Published("corr", "-.49").half_unit, 0.005)


def test_unknown_model_lists_the_models():
    with pytest.raises(UsageError, match=r"no course model 'slopes'.*correlated_slopes"):
        load_model("slopes")
