"""Labels of axes: units where the data say them, of columns, coefficients and responses."""

import numpy as np
import pandas as pd
import pytest
from formula_fits import formula_fit

from bayesmm import load_data
from bayesmm.course import course_data, course_models, load_model
from bayesmm.plots.labels import axis_label, coefficient_label, response_label, units_of


def sleep(formula="Reaction ~ Days + (Days | Subject)", **options):
    return formula_fit(formula, load_data("sleepstudy"), **options)


def test_columns_have_their_units():
    fit = sleep()
    assert axis_label(fit, "Reaction") == "Reaction [ms]"
    assert axis_label(fit, "Days") == "Days [day]"
    assert axis_label(fit, "Subject") == "Subject"
    assert axis_label(fit, "I(Days^2)") == "I(Days^2)"
    assert axis_label(formula_fit("size ~ Time", load_data("sitka")), "size") == "size"


def test_coefficients_have_units_of_the_response_per_unit_of_the_predictor():
    fit = sleep()
    assert coefficient_label(fit, "Intercept") == "Intercept [ms]"
    assert coefficient_label(fit, "Days") == "Days [ms/day]"
    assert coefficient_label(fit, "I(Days^2)") == "I(Days^2)"
    growth = formula_fit("size ~ Time * treat", load_data("sitka"))
    assert coefficient_label(growth, "Time") == "Time [1/day]"
    assert coefficient_label(growth, "Intercept") == "Intercept"
    assert coefficient_label(growth, "treat[ozone]") == "treat[ozone]"
    cars = formula_fit("mpg ~ wt + cyl", load_data("mtcars"))
    assert coefficient_label(cars, "wt") == "wt [mile/US gallon/(1000 lb)]"
    assert coefficient_label(cars, "cyl") == "cyl [mile/US gallon]"
    # the unit of log(Reaction) is nobody's
    logged = sleep("log(Reaction) ~ Days")
    assert coefficient_label(logged, "Days") == "Days"
    assert axis_label(logged, logged.design.response) == "log(Reaction)"


def test_coefficients_on_the_scale_of_a_link_say_which():
    fit = formula_fit("am ~ wt", load_data("mtcars"), "bernoulli")
    assert coefficient_label(fit, "Intercept") == "Intercept [log odds]"
    assert coefficient_label(fit, "wt") == "wt [log odds per 1000 lb]"
    probit = formula_fit("am ~ wt + factor(cyl)", load_data("mtcars"), "bernoulli", link="probit")
    assert coefficient_label(probit, "wt") == "wt [probit scale per 1000 lb]"
    assert coefficient_label(probit, "factor(cyl)[6]") == "factor(cyl)[6] [probit scale]"


def test_responses_of_proportions_and_probabilities():
    assert response_label(sleep()) == "Reaction [ms]"
    assert response_label(sleep("log(Reaction) ~ Days")) == "log(Reaction)"
    assert response_label(formula_fit("am ~ wt", load_data("mtcars"), "bernoulli")) == "P(am = 1)"
    cbpp = load_data("cbpp")
    both = formula_fit("p(incidence, size) ~ period + (1 | herd)", cbpp, "binomial")
    assert response_label(both) == "incidence (proportion)"
    words = pd.DataFrame({"passed": ["no", "yes"] * 5, "x": np.arange(10.0)})
    assert response_label(formula_fit("passed ~ x", words, "bernoulli")) == "P(passed = yes)"
    assert response_label(formula_fit("passed ~ x", words, "binomial")) == (
        "passed = yes (proportion)"
    )


def test_units_of_the_user_count_and_what_is_none_does_not():
    frame = load_data("sleepstudy")
    frame.attrs = {"units": {"Reaction": "s", "Days": 1, "Subject": ""}}
    fit = formula_fit("Reaction ~ Days", frame)
    assert units_of(fit) == {"Reaction": "s"}
    for nothing in ({}, {"units": "SI"}, {"units": ["ms"]}):
        frame.attrs = nothing
        assert axis_label(formula_fit("Reaction ~ Days", frame), "Reaction") == "Reaction"


@pytest.mark.parametrize("name", course_models())
def test_course_data_keep_the_units_of_columns_that_remain(name):
    model = load_model(name)
    data = course_data(model)
    raw = load_data(data.name)
    units = data.frame.attrs["units"]
    remaining = {column for column in raw.attrs["units"] if column in data.frame}
    assert remaining <= set(units) <= set(data.frame.columns)
    assert all(units[column] == raw.attrs["units"][column] for column in remaining)
    assert data.frame.attrs["name"] == data.name


def test_a_prepared_column_has_the_unit_that_the_model_states_or_none():
    pooling = course_data(load_model("partial_pooling")).frame
    assert pooling.attrs["units"] == {"Reaction": "ms", "Days": "day", "days_deprived": "day"}
    growth = course_data(load_model("sitka_mm1")).frame
    assert growth.attrs["units"] == {"size": "1", "Time": "day"}  # standardised time has none


def test_a_column_that_a_model_changes_loses_its_unit():
    from dataclasses import replace

    def in_seconds(frame):
        return frame.assign(Reaction=frame["Reaction"] / 1000)

    model = replace(load_model("correlated_slopes"), prepare=in_seconds)
    assert course_data(model).frame.attrs["units"] == {"Days": "day"}


def test_quantities_name_the_scale_and_the_unit():
    days = sleep()
    assert days.slopes("Days").table.attrs["quantity"] == (
        "change of Reaction [ms] per unit of Days [day]"
    )
    assert days.slopes("Days").table.attrs["title"] == "Slopes in Days, typical group"
    cars = formula_fit("am ~ wt", load_data("mtcars"), "bernoulli")
    means = {scale: cars.emmeans("wt", scale=scale).table.attrs for scale in ("link", "response")}
    assert means["link"]["quantity"] == "log odds of am = 1"
    assert means["response"]["quantity"] == "P(am = 1)"
    # without groups there is no typical one
    assert means["link"]["title"] == "Estimated marginal means, link scale"
    probit = formula_fit("am ~ wt", load_data("mtcars"), "bernoulli", link="probit")
    assert probit.emmeans("wt").table.attrs["quantity"] == "probit of the mean of am = 1"
