"""The density in transported coordinates: its gradient, the model that it is of, its plan."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from compiled_parts import folded_sd, solve_single
from differences import assert_same_density
from following_effects import with_following
from handmade import handmade_block, handmade_design
from joint_reference import (
    default_priors,
    log_decov_of_blocks,
    log_effects,
    log_likelihood,
    log_prior,
)
from named_parameters import transported_values
from scipy import stats
from test_density_joint import LINKS, STRUCTURES, A, B, N, build, chain

from bayesmm.family.known import resolve_family
from bayesmm.likelihood import fit_ml
from bayesmm.model.build import build_design
from bayesmm.model.names import corr_name, sd_names
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.transport import leaning
from bayesmm.sampling.compiled.joint.transport.bounded import has_bounds
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
    plain_model,
    transported_model,
    with_rows,
)
from bayesmm.sampling.compiled.joint.transport.pilot import pilot
from bayesmm.sampling.compiled.joint.transport.plan import (
    TransportPlan,
    may_rotate,
    transport_plan,
    transport_problem,
)
from bayesmm.sampling.compiled.joint.transport.rows import CompiledScores, scores_of
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.joint.transport.weights import positive
from bayesmm.sampling.compiled.kernels.folded_line import (
    coordinate_of,
    folded_line,
    unfolded_line,
)
from bayesmm.sampling.compiled.kernels.signed import FOLDED, LINEAR
from bayesmm.sampling.compiled.kernels.transport_data import CarriedField

STEP = 1e-5


def transported(design, priors: Priors, alone: bool = False) -> TransportedModel:
    """Return a model with weights and pulls that have little to do with its data."""
    joint = plain_model(design, priors)
    rng = np.random.default_rng(4)
    D, n = len(design.linear_predictors), joint.data.codes.shape[1]
    weights = np.zeros((D, D, n))
    for d in range(D):
        weights[d, d] = rng.uniform(0.2, 3.0, n)
    # where only some linear predictors are possible all are to be near those
    middle = {"identity": 4.0, "inverse": 1.0}.get(design.family.link, 0.0)
    weights[0, 0] *= 100.0 if middle else 1.0
    # of several linear predictors also what is told of them together
    for d in range(1, D):
        weights[0, d] = weights[d, 0] = 0.4 / D * np.sqrt(weights[0, 0] * weights[d, d])
    pulls = weights[:, 0] * middle + rng.normal(size=(D, n))
    rows = Approximation(weights, pulls)
    model = transported_model(joint, rows, chosen_plan(design, alone, has_bounds(joint)))
    model = with_rows(model, rows, np.full(joint.layout.dimension, 0.4))
    sds = model.data.sds.copy()
    sds[:, 2] = rng.uniform(0.3, 1.5, len(sds))
    model = replace(model, data=model.data._replace(sds=sds))
    shear = 0.1 * rng.normal(size=model.data.shear.shape)
    model = replace(model, data=model.data._replace(shear=shear))
    return with_following(model, rng)


def chosen_plan(design, alone: bool, bounded: bool) -> TransportPlan:
    """Return a plan with levels by themselves or not, and then a rotated border where it can be."""
    plan = transport_plan(design)
    return replace(plan, alone=alone, rotated=alone and not bounded and may_rotate(design, plan))


def middle(model: TransportedModel) -> np.ndarray:
    """Return coordinates in the middle of the posterior of the approximation."""
    x = np.zeros(model.joint.layout.dimension)
    x[model.joint.layout.auxiliary] = 0.3
    return x


def points(model: TransportedModel, n: int, size: float) -> np.ndarray:
    """Return points around the middle."""
    rng = np.random.default_rng(3)
    return middle(model) + size * rng.normal(size=(n, model.joint.layout.dimension))


def flat(model: TransportedModel, x: np.ndarray) -> np.ndarray:
    """Return all parameters, a correlation matrix by what stands below its diagonal."""
    values, parts = transported_values(model, x), []
    for name, value in values.items():
        matrix = name in correlations(model.joint.design)
        parts.append(value[np.tril_indices(len(value), -1)] if matrix else np.ravel(value))
    return np.concatenate(parts)


def correlations(design) -> set:
    return {corr_name(design.blocks, k) for k in range(len(design.blocks))}


def reference(model: TransportedModel, priors: Priors, x: np.ndarray) -> float:
    """Return the log density of x from the text of the model and the Jacobian of the map."""
    design, values = model.joint.design, transported_values(model, x)
    scalars = list(model.joint.layout.names)
    scalars += [name for block in design.blocks for name in sd_names(block)]
    steps = STEP * np.eye(x.size)
    jacobian = np.array([flat(model, x + e) - flat(model, x - e) for e in steps]) / (2 * STEP)
    return (
        log_likelihood(design, values)
        + sum(log_prior(priors[name], float(values[name])) for name in scalars)
        + log_decov_of_blocks(design, values, priors)
        + log_effects(model.joint, values, priors)
        + float(np.linalg.slogdet(jacobian)[1])
    )


def check(design, priors: Priors, size: float = 0.5, alone: bool = False) -> None:
    """Compare density and gradient with the reference and with central differences."""
    model = transported(design, priors, alone)
    x0 = middle(model)
    density = compiled_transported_density(model, x0, x0)
    assert_same_density(density, points(model, 3, size), lambda x: reference(model, priors, x))


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("family", ["poisson", "gaussian"])
def test_structures(structure, family):
    design = build(structure, family)
    check(design, default_priors(design))


@pytest.mark.parametrize(("family", "link"), LINKS)
def test_families_and_links(family, link):
    design = build("two correlated", family, link)
    # a mean near the edge of what is possible has a log density that central differences miss
    check(design, default_priors(design), 0.05 if link in ("identity", "inverse") else 0.3)


def test_four_nested_factors_and_one_crossed():
    design = chain()
    plan = transport_plan(design)
    assert [design.blocks[k].factor for k in plan.chain] == ["row", "pair", "site", "region"]
    assert [design.blocks[k].factor for k in plan.others] == ["b"]
    check(design, default_priors(design), 0.2)


def test_six_effects_beside_three():
    rng = np.random.default_rng(9)
    columns = {f"z{k}": rng.normal(size=N) for k in range(5)}
    blocks = [
        handmade_block("a", A, {"Intercept": 1.0, **columns}),
        handmade_block("b", B, {"Intercept": 1.0, "z0": columns["z0"], "z1": columns["z1"]}),
    ]
    design = handmade_design(rng.poisson(2.0, N), {"x": columns["z0"]}, blocks, family="poisson")
    check(design, default_priors(design), 0.2)


SD_PRIORS = {
    "Decov": (1.5, 2.0, 0.7),
    "Gamma": (2.0, 1.0),
    "InverseGamma": (3.0, 2.0),
    "Uniform": (0.0, 4.0),
    "HalfCauchy": (1.0,),
    "HalfFlat": (),
    "Normal": (0.5, 1.0),
    "Exponential": (1.3,),
}


@pytest.mark.parametrize("name", SD_PRIORS)
def test_priors_of_sds(name):
    design = build("two correlated", "negativebinomial")
    prior = Prior(name, SD_PRIORS[name])
    check(design, default_priors(design, **dict.fromkeys(sd_names(design.blocks[0]), prior)))


@pytest.mark.parametrize("name", ["Flat", "Cauchy", "Laplace", "StudentT", "Normal"])
def test_priors_of_coefficients(name):
    design = build("intercept", "poisson")
    parameters = {"Flat": (), "StudentT": (3.0, 0.1, 2.0)}.get(name, (0.1, 2.0))
    check(design, default_priors(design, x1=Prior(name, parameters)))


BOUNDED = {
    "HalfNormal": (0.8,),
    "HalfStudentT": (3.0, 0.7),
    "HalfCauchy": (0.5,),
    "HalfFlat": (),
    "Exponential": (1.3,),
    "Gamma": (2.0, 3.0),
    "InverseGamma": (3.0, 2.0),
    "Uniform": (-0.4, 0.9),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_priors_on_a_part_of_the_line(name):
    """Of two coefficients of four; sds, further coefficients and effects follow them."""
    design = build("crossed", "negativebinomial")
    bounded = Prior(name, BOUNDED[name])
    priors = default_priors(design, x1=bounded, level=bounded)
    check(design, priors)
    check(design, priors, alone=True)


def test_offset_weights_and_merged_rows():
    rng = np.random.default_rng(5)
    codes = np.repeat(np.arange(4), 15)
    design = handmade_design(
        rng.poisson(2.0, N),
        {"x": np.tile([0.0, 1.0, 2.0], 20)},
        [handmade_block("g", codes, {"Intercept": 1.0})],
        family="poisson",
        offset=np.tile([0.3, -0.2, 0.1], 20),
        weights=rng.choice([1.0, 2.0], N),
    )
    priors = default_priors(design)
    assert plain_model(design, priors).n_merged > 0
    check(design, priors)


def test_scores_and_curvatures_of_rows():
    """Of Poisson counts they are known; rows come in the order of the compiled data."""
    design = build("intercept", "poisson")
    joint = plain_model(design, default_priors(design))
    eta = np.linspace(-1.0, 2.0, joint.data.codes.shape[1])
    state = CompiledScores(joint).at(eta[None], np.empty(0))
    y, size = joint.data.columns[:2]
    np.testing.assert_allclose(state.score[0], y - size * np.exp(eta), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(state.curvature[0, 0], size * np.exp(eta), rtol=1e-6)


@pytest.mark.parametrize("structure", ["intercept", "two correlated", "crossed", "crossed slopes"])
def test_levels_by_themselves(structure):
    """What coarser levels and the border are told is frozen; the density is the same model's."""
    design = build(structure, "poisson")
    check(design, default_priors(design), 0.3, alone=True)


def test_a_chain_of_levels_by_themselves():
    design = chain()
    check(design, default_priors(design), 0.2, alone=True)


@pytest.mark.parametrize("size", [1.0, 1e60])
@pytest.mark.parametrize("J", [3, 23])
def test_one_effect_per_level(size, J):
    """Fails where a product of pivots overflows, or levels beside a multiple of four are lost."""
    rng = np.random.default_rng(J)
    F, h, z = size * rng.uniform(0.5, 2.0, J), rng.normal(size=J), rng.normal(size=J)
    s = -0.7
    w, v, u = np.empty((3, J))
    log_det, squares = solve_single(s, F, h, z, w, v, u)
    root = np.sqrt(1.0 + s**2 * F)
    np.testing.assert_allclose(v, (z + s * h / root) / root, rtol=1e-13)
    np.testing.assert_allclose(u, s * v)
    assert log_det == pytest.approx(np.log(root).sum(), rel=1e-13)
    assert squares == pytest.approx(v @ v, rel=1e-13)


def test_levels_by_themselves_leave_what_the_elimination_leaves():
    """At the sds where they are frozen: the effects and coefficients are the same."""
    design = chain()
    joint = plain_model(design, default_priors(design))
    rng = np.random.default_rng(8)
    n = joint.data.codes.shape[1]
    rows = Approximation(rng.uniform(0.5, 2.0, (1, 1, n)), rng.normal(size=(1, n)))
    x = 0.5 * rng.normal(size=joint.layout.dimension)
    plan = transport_plan(design)
    whole = transported_model(joint, rows, replace(plan, alone=False))
    found = transported_parameters(whole, x)
    alone = with_rows(transported_model(joint, rows, replace(plan, alone=True)), rows, found)
    np.testing.assert_allclose(transported_parameters(alone, x), found, rtol=1e-9, atol=1e-11)


def test_coefficients_carried_by_levels():
    """Columns that are the same within levels act on these, and the density is the same."""
    rng = np.random.default_rng(5)
    code = np.repeat(np.arange(10), 4)
    columns = {"of_level": rng.normal(size=10)[code], "of_row": rng.normal(size=40)}
    block = handmade_block("g", code, {"Intercept": 1.0})
    design = handmade_design(rng.poisson(2.0, 40), columns, [block], family="poisson")
    priors = default_priors(design)
    model = transported(design, priors)
    assert model.data.carried[:, CarriedField.COEFFICIENT].tolist() == [0, 1]
    check(design, priors, 0.3)


# Where sds are folded.
LINE = np.linspace(-6.0, 30.0, 721)


def test_folded_there_and_back():
    np.testing.assert_allclose(unfolded_line(folded_line(LINE)), LINE, atol=1e-6)
    shares = np.r_[0.0, np.geomspace(1e-12, 100.0, 50)]
    one_by_one = [coordinate_of((FOLDED, 2.0, 3.0), 2.0 * np.sinh(3.0 * own)) for own in shares]
    np.testing.assert_allclose(one_by_one, unfolded_line(shares), atol=1e-12)


@pytest.mark.slow
def test_sds_folded_onto_the_line():
    """Of an sd with a half-normal density the coordinate is nearly normal."""
    t = LINE
    row = np.array([8.0, 1.0, 0.0, 0.0, 1.0, 1.0])  # HalfNormal(1)
    at = [folded_sd(row, LINEAR, 1.0, 1.0, own) for own in t]
    sds, slopes, log_density, gradient = np.array(at).T
    np.testing.assert_allclose(sds, folded_line(t), rtol=1e-7, atol=1e-14)
    np.testing.assert_allclose(slopes, stats.norm.cdf(t), rtol=1e-12)
    step = t[1] - t[0]
    central = (log_density[2:] - log_density[:-2]) / (2 * step)
    np.testing.assert_allclose(central, gradient[1:-1], atol=step**2)
    bends = np.diff(gradient) / step
    assert np.all((bends < -0.8) & (bends > -1.4))


def test_an_sd_of_nothing_is_no_edge():
    """Far below what any number of an sd can be told from 0 the density is a normal tail."""
    design = build("three correlated", "poisson")
    model = transported(design, default_priors(design))
    model = replace(model, data=model.data._replace(shear=0.0 * model.data.shear))
    x = points(model, 1, 0.4)[0]
    x[model.joint.layout.blocks[0].sds] = -37.0
    density = compiled_transported_density(model, x, x)
    log_density, gradient = evaluate(density, x)
    assert np.isfinite(log_density) and np.isfinite(gradient).all()
    x[model.joint.layout.blocks[0].sds] = -41.0
    gap = evaluate(density, x)[0] - log_density
    assert gap == pytest.approx(3 * -0.5 * (41.0**2 - 37.0**2), rel=0.05)


def test_a_pilot_without_a_possible_mode_is_said():
    design = build("intercept", "negativebinomial")
    first = pilot(plain_model(design, default_priors(design)))
    assert first.problem is None
    start = first.start.copy()
    start[first.model.joint.layout.auxiliary] = 800.0
    assert replace(first, start=start).problem == "the pilot found no possible mode"


def test_the_pilot_is_near_the_maximum_of_the_likelihood():
    """Of a model without groups and flat priors the mode is that of the plain GLM."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=200)
    design = handmade_design(rng.poisson(np.exp(0.5 + 0.8 * x)), {"x": x}, family="poisson")
    flat = Prior("Flat", ())
    model = pilot(plain_model(design, default_priors(design, Intercept=flat, x=flat))).model
    values = transported_values(model, np.zeros(2))
    estimates = fit_ml(design).estimates
    assert values["x"] == pytest.approx(estimates[1], abs=1e-5)


@pytest.mark.parametrize(("levels", "others", "dear"), [(300, 6, False), (2000, 1000, True)])
def test_a_wide_border_is_dear(levels, others, dear):
    rows = np.arange(2 * levels)
    blocks = [
        handmade_block("a", rows // 2, {"Intercept": 1.0}),
        handmade_block("b", (7 * rows) % others, {"Intercept": 1.0}),
    ]
    design = handmade_design(np.ones(rows.size), {}, blocks, family="poisson")
    problem = transport_problem(plain_model(design, default_priors(design)))
    assert (problem is not None and "per gradient" in problem) is dear


def test_the_chain_is_the_one_that_leaves_the_narrowest_border():
    """Also where a coarse factor has more effects in all than a fine one."""
    rows = np.arange(120)
    rng = np.random.default_rng(1)
    slopes = {f"z{k}": rng.normal(size=120) for k in range(5)}
    blocks = [
        handmade_block("coarse", rows // 6, {"Intercept": 1.0, **slopes}),
        handmade_block("fine", rows // 3, {"Intercept": 1.0}),
        handmade_block("crossed", rows % 3, {"Intercept": 1.0}),
    ]
    plan = transport_plan(handmade_design(np.ones(120), {}, blocks, family="poisson"))
    assert (plan.chain, plan.others, plan.border) == ((1, 0), (2,), 4)


def test_draws_tell_what_moves_with_a_further_parameter():
    """Slopes within 5 standard errors, parabolas where there are some, and the way back exactly."""
    rng = np.random.default_rng(6)
    family = "zero_inflated_negativebinomial"
    design = handmade_design(rng.poisson(2.0, N), {"x": rng.normal(size=N)}, [], family=family)
    model = transported(design, default_priors(design))
    t = rng.normal(size=(2000, model.joint.layout.dimension))
    x = t.copy()
    x[:, 2] += 0.7 * t[:, 3] - 0.4 * t[:, 3] ** 2
    x[:, 0] += 0.5 * t[:, 2] - 2.0 * t[:, 3]
    shear, moved = leaning.shear_of(model, x)
    expected = np.zeros((4, 4))
    expected[2, [1, 3]] = 0.7, -0.4
    expected[0, [0, 1]] = 0.5, -2.0
    np.testing.assert_allclose(shear, expected, atol=5 / np.sqrt(2000))
    assert np.count_nonzero(shear[[0, 1, 3]][:, 2:]) == 0
    for i in range(4):
        after = moved[:, 2:] * (np.arange(2) > i - 2)
        back = moved[:, i] + after @ shear[i, :2] + after**2 @ shear[i, 2:]
        np.testing.assert_allclose(back, x[:, i], atol=1e-12)


def other_weights(model: TransportedModel, times: float) -> TransportedModel:
    """Return a model without shear whose rows weigh so many times as much as ones."""
    joint = model.joint
    D, n = len(joint.design.linear_predictors), joint.data.codes.shape[1]
    weights = times * np.broadcast_to(np.eye(D)[:, :, None], (D, D, n))
    plain = replace(model, data=model.data._replace(shear=np.zeros_like(model.data.shear)))
    found = np.full(joint.layout.dimension, 0.4)
    return with_rows(plain, Approximation(weights, np.zeros((D, n))), found)


@pytest.mark.parametrize("alone", [False, True])
def test_coefficients_have_the_coordinates_of_other_weights(alone):
    """There and back: fails where they depend on more than sds, correlations and their own."""
    rng = np.random.default_rng(7)
    group = handmade_block("g", np.arange(N) % 6, {"Intercept": 1.0, "x": rng.normal(size=N)})
    design = handmade_design(
        rng.poisson(2.0, N), {"x": rng.normal(size=N)}, [group], family="negativebinomial"
    )
    old = transported(design, default_priors(design), alone)
    old = replace(old, data=old.data._replace(shear=np.zeros_like(old.data.shear)))
    new = other_weights(old, 3.0)
    x = points(old, 5, 0.5)
    parameters = transported_parameters(old, x)
    moved = leaning.moved_to(new, x, parameters)
    own = old.joint.layout.coefficients
    np.testing.assert_allclose(
        transported_parameters(new, moved)[:, own], parameters[:, own], atol=1e-10
    )
    assert np.abs(moved[:, own] - x[:, own]).max() > 0.1
    outside = np.delete(np.arange(x.shape[1]), np.arange(own.stop))
    np.testing.assert_array_equal(moved[:, outside], x[:, outside])


@pytest.mark.parametrize("times", [1.0, 1 / 36])
def test_what_leans_in_new_coordinates_is_told_there(times):
    """Coordinates of less weight are shorter: slopes of the old ones overshoot.

    Within 5 standard errors; fails where the old shear is kept, which is 1.7 times too much.
    """
    rng = np.random.default_rng(8)
    design = handmade_design(rng.poisson(2.0, N), {}, [], family="negativebinomial")
    old = other_weights(transported(design, default_priors(design)), 1.0)
    x = rng.normal(size=(400, 2))
    x[:, 0] += 4.0 * x[:, 1]
    shear, sheared = leaning.shear_of(old, x)
    parameters = transported_parameters(old, x)
    new = other_weights(old, times)
    found, moved = leaning.shear_in_new(new, x, parameters, shear, sheared)
    if times == 1.0:
        assert found is shear
        assert moved is sheared
        return
    slopes = np.polyfit(x[:, 1], leaning.moved_to(new, x, parameters)[:, 0], 1)
    assert found[0, 0] == pytest.approx(slopes[0], abs=0.05)
    assert shear[0, 0] > 1.5 * found[0, 0]
    assert abs(np.corrcoef(moved.T)[0, 1]) < 5 / np.sqrt(400)


def test_a_draw_so_far_out_that_nothing_moves_tells_no_shear(monkeypatch):
    """There rounding leaves coefficients where they are; it ended in "Singular matrix"."""
    rng = np.random.default_rng(7)
    group = handmade_block("g", np.arange(N) % 6, {"Intercept": 1.0})
    design = handmade_design(rng.poisson(2.0, N), {}, [group], family="negativebinomial")
    old = other_weights(transported(design, default_priors(design)), 1.0)
    new = other_weights(old, 1 / 36)
    x = points(old, 40, 0.5)
    p = old.joint.layout.coefficients.stop
    shear, sheared = leaning.shear_of(old, x)
    parameters = transported_parameters(old, x)
    expected = leaning.moved_to(new, x, parameters)

    def still(model, positions):
        found = transported_parameters(model, positions)
        if len(found) == len(x):
            found[3] = found[3, 0]
        return found

    monkeypatch.setattr(leaning, "transported_parameters", still)
    moved = leaning.moved_to(new, x, parameters)
    assert np.isnan(moved[3, :p]).all()
    others = np.delete(np.arange(len(x)), 3)
    np.testing.assert_array_equal(moved[others], expected[others])
    found = leaning.shear_in_new(new, x, parameters, shear, sheared)
    assert found[0] is shear
    assert found[1] is sheared


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_coordinates_of_tiny_coefficients_have_an_inverse(monkeypatch, size):
    """The determinant of two scales of 1e-200 is 0 in doubles; it was taken for no inverse."""
    rng = np.random.default_rng(9)
    design = handmade_design(
        rng.poisson(2.0, N), {"x": rng.normal(size=N)}, [], family="negativebinomial"
    )
    old = other_weights(transported(design, default_priors(design)), 1.0)
    x = points(old, 20, 0.5)
    parameters = transported_parameters(old, x)
    expected = leaning.moved_to(old, x, parameters)
    p = old.joint.layout.coefficients.stop
    assert p == 2

    def smaller(model, positions):
        found = transported_parameters(model, positions)
        found[..., :p] *= size
        return found

    monkeypatch.setattr(leaning, "transported_parameters", smaller)
    parameters[:, :p] *= size
    np.testing.assert_allclose(leaning.moved_to(old, x, parameters), expected, rtol=1e-9)


@pytest.mark.parametrize("size", [1e-9, 1e9])
def test_weights_of_rows_know_no_unit(size):
    """Information about a mean is that of the response in any unit, over the square of the unit."""

    def weights(unit):
        rng = np.random.default_rng(3)
        frame = pd.DataFrame({"x": rng.normal(size=90), "g": np.repeat(list("abcdef"), 15)})
        frame["y"] = unit * (0.5 * frame["x"] + rng.standard_t(4, size=90))
        design = build_design("y ~ x + (1 | g)", frame, resolve_family("t"))
        rows = scores_of(plain_model(design, choose_priors(design)))
        found = rows.at(np.full((1, 90), 0.1 * unit), np.array([unit, 4.0]), np.zeros(0))
        return np.sort(found.curvature)  # rows may be sorted by their responses

    one, other = weights(1.0), size**2 * weights(size)
    np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6 * np.abs(one).max())
    both = np.stack([one[0, 0], np.ones(90)])
    of_two = np.zeros((2, 2, 90))
    of_two[0, 0], of_two[1, 1] = both[0] / size**2, both[1]
    found, least = positive(of_two), positive(one)
    np.testing.assert_allclose(size**2 * found[0, 0], least[0, 0], rtol=1e-9)
