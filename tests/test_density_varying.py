"""Densities in which further parameters have linear predictors: equal to the model as written.

Families x which of their parameters vary, against SciPy and central differences, in plain and in
transported coordinates; and the gaussian one against the dense normal distribution that is left
when coefficients and effects of the mean are integrated out.
"""

import numpy as np
import pytest
from handmade import handmade_block, handmade_design, varying_design
from joint_reference import default_priors, parameter_of_rows
from named_parameters import named_values
from test_density_joint import X1, X2, A, B, N, check, responses
from test_transport import check as check_transported

from bayesmm.family.known import FAMILIES
from bayesmm.model.design import Design
from bayesmm.model.names import sd_names
from bayesmm.model.priors import Prior
from bayesmm.sampling.compiled.engine import prepare, unsupported_reason
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.plan import transport_plan
from bayesmm.sampling.compiled.joint.transport.rows import CompiledScores
from bayesmm.sampling.compiled.joint.transport.weights import MeanWeights, positive

# Every subset of the further parameters of every family that has some.
SUBSETS = [
    (name, tuple(own for k, own in enumerate(family.auxiliary) if 1 << k & mask))
    for name, family in FAMILIES.items()
    for mask in range(1, 1 << len(family.auxiliary))
    # which the points here would leave: ends that depend on the responses, and 1 to 2
    if not {"ndt", "power"} & {p for k, p in enumerate(family.auxiliary) if 1 << k & mask}
]
QUICK = {("gaussian", "sigma"), ("t", "nu"), ("beta", "kappa"), ("hurdle_poisson", "psi")}
QUICK |= {("zero_inflated_negativebinomial", "alpha", "psi")}


def made(family: str, parameters: tuple[str, ...], *, joined: bool = False, **more) -> Design:
    """Return a design with columns and effects of levels in every parameter that varies."""
    block = handmade_block("b", B, {"Intercept": 1.0, "x1": X1})
    link = "log" if family == "gamma" else None
    drawn = responses(family, "log")
    design = handmade_design(
        drawn["y"], {"x1": X1}, [block], family=family, link=link, trials=drawn["trials"], **more
    )
    columns = {own: {"x1": X1, "x2": X2} for own in parameters}
    effects = [(own, name, z) for own in parameters for name, z in (("Intercept", 1.0), ("x2", X2))]
    if joined:
        # last: the effects before it do not move with its coordinate
        effects = [*effects, ("mu", "Intercept", 1.0)]
    offsets = {parameters[0]: np.linspace(-0.3, 0.3, N)}
    return varying_design(design, columns, [("a", A, effects)], offsets)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        pytest.param(f, p, id=f"{f}: {', '.join(p)}", marks=() if (f, *p) in QUICK else slow)
        for slow in [pytest.mark.slow]
        for f, p in SUBSETS
    ],
)
def test_density_of_every_subset(family, parameters):
    design = made(family, parameters, weights=np.tile([1.0, 2.0, 1.0], N // 3))
    assert design.varying == parameters
    priors = default_priors(design)
    check(joint_model(design, priors, (False, False)), priors, share=0.3)


@pytest.mark.parametrize(
    ("family", "parameters"), [("gaussian", ("sigma",)), ("zero_inflated_poisson", ("psi",))]
)
def test_effects_correlated_across_predictors(family, parameters):
    """One block with effects on two parameters, in plain and in transported coordinates."""
    design = made(family, parameters, joined=True)
    priors = default_priors(design)
    check(joint_model(design, priors, (False, False)), priors, share=0.3)
    check_transported(design, priors, 0.2)


def test_two_blocks_of_a_factor_one_for_each_predictor():
    """The levels of both are eliminated one by one: of the second there are fewer effects."""
    levels = handmade_block("a", A, {"Intercept": 1.0, "x1": X1})
    design = handmade_design(responses("gaussian", "identity")["y"], {"x1": X1}, [levels])
    design = varying_design(design, {"sigma": {"x2": X2}}, [("a", A, [("sigma", "Intercept", 1)])])
    assert transport_plan(design).chain == (0, 1)
    check_transported(design, default_priors(design), 0.2)


def test_constants_come_after_the_coefficients_whatever_their_order():
    """Of t the first further parameter is one number and the second varies."""
    design = made("t", ("nu",))
    model = joint_model(design, default_priors(design), (False, False))
    assert model.layout.names == ("Intercept", "x1", "nu_Intercept", "nu_x1", "nu_x2", "sigma")


def test_some_levels_of_the_mean_centred_beside_a_varying_sigma():
    design = made("gaussian", ("sigma",))
    priors = default_priors(design)
    centred = (np.arange(design.blocks[0].n_groups) % 2 == 1, False)
    check(joint_model(design, priors, centred), priors, share=0.3)


@pytest.mark.parametrize("joined", [False, True])
def test_integrated_density_is_the_joint_one(joined):
    """p(theta, y) of a dense normal is p(theta, u, y) / p(u | theta, y), wherever u is.

    Given sigma's effects v those of the mean are normal about a mean that v shifts.
    """
    design = made("gaussian", ("sigma",), joined=joined)
    priors = default_priors(design, Intercept=Prior("Normal", (1.0, 2.0)), x1=Prior("Flat", ()))
    model = joint_model(design, priors, (False, False))
    density = compiled_joint_density(model)
    rng = np.random.default_rng(1)
    base = 0.3 * rng.normal(size=density.dimension)
    of_mean = [0, 1]
    for block, place in zip(design.blocks, model.layout.blocks, strict=True):
        own = np.arange(place.effects.start, place.effects.stop).reshape(block.n_effects, -1)
        first = [k for k, e in enumerate(block.effects) if e.predictor == "mu"]
        of_mean += own[first].ravel().tolist()
    # eta of the mean is affine in what is integrated out, whose priors are normal or flat
    pulls = np.zeros((len(of_mean), N))
    values = named_values(model, base)
    for k, i in enumerate(of_mean):
        ahead = base.copy()
        ahead[i] += 1.0
        moved = parameter_of_rows(design, design.mu, named_values(model, ahead))
        pulls[k] = moved - parameter_of_rows(design, design.mu, values)
    gaps = []
    for _ in range(4):
        x = base.copy()
        x[of_mean] = rng.normal(size=len(of_mean))
        gaps.append(evaluate(density, x)[0] - log_conditional(design, model, x, of_mean, pulls))
    assert np.ptp(gaps) < 1e-8 * np.abs(gaps).max()


def log_conditional(design, model, x, of_mean, columns) -> float:
    """Return log p(what is integrated out | the rest, y) up to a constant, of these columns.

    Its coordinates are standard normal but for an intercept N(1, 2^2) and a flat slope.
    """
    values = named_values(model, x)
    weight = 1.0 / parameter_of_rows(design, design.predictor("sigma"), values) ** 2
    precision = np.ones(len(of_mean))
    precision[:2] = 0.25, 0.0
    centre = np.zeros(len(of_mean))
    centre[0] = 1.0
    now = x[of_mean]
    rest = parameter_of_rows(design, design.mu, values) - now @ columns
    P = (columns * weight) @ columns.T + np.diag(precision)
    mean = np.linalg.solve(P, columns @ (weight * (design.y - rest)) + precision * centre)
    return float(0.5 * np.linalg.slogdet(P)[1] - 0.5 * (now - mean) @ P @ (now - mean))


def test_expected_information_of_normal_rows():
    """1 / sigma^2 of mu and 2 of log sigma, and nothing of both together."""
    design = made("gaussian", ("sigma",), weights=np.tile([1.0, 4.0], N // 2))
    joint = plain_model(design, default_priors(design))
    eta = np.stack([np.full(N, 3.0), np.linspace(-0.5, 0.5, N)])
    rows = CompiledScores(joint)
    before = rows.at(eta, np.empty(0))
    weight = joint.data.columns[1]
    sizes = np.stack([weight * np.exp(-2.0 * eta[1]), np.full(N, 2.0)])
    unit = before.curvature / np.sqrt(sizes[:, None] * sizes)
    # 60 rows of 64 products of scores; that of (z^2 - 1)^2 / 2 has the variance 14
    error = np.sqrt(14.0 / (60 * 64))
    np.testing.assert_allclose(unit.mean(axis=2), np.eye(2), atol=4 * error)
    residual = joint.data.columns[0] - eta[0]
    np.testing.assert_allclose(before.score[0], sizes[0] * residual, rtol=1e-10)
    # the responses are back in their place
    assert rows.at(eta, np.empty(0)).log_likelihood == before.log_likelihood


def test_mean_weights_keep_what_no_point_tells():
    """Rank one in other directions at every point: the plain mean would tell everything."""
    told = np.array([[1.0, 1.0], [1.0, -1.0]])
    mean = MeanWeights(2, 1)
    for v in told:
        mean.add(np.outer(v, v)[:, :, None])
    assert np.linalg.eigvalsh(positive(mean.mean())[:, :, 0])[-1] < 0.1
    one = MeanWeights(1, 3)
    for value in (1.0, 3.0):
        one.add(np.full((1, 1, 3), value))
    np.testing.assert_array_equal(one.mean(), np.full((1, 1, 3), 2.0))


def test_what_has_no_density_says_why():
    design = made("gaussian", ("sigma",))
    decov = Prior("Decov", (1.0, 1.0, 1.0))
    priors = default_priors(design, **dict.fromkeys(sd_names(design.blocks[0]), decov))
    reason = "the prior of '1|b_sigma' is relative to sigma, which varies"
    assert unsupported_reason(design, priors) == reason
    assert prepare(design, default_priors(design)).tune == 400


@pytest.mark.parametrize(
    ("family", "tune"), [("hurdle_poisson", 400), ("zero_inflated_poisson", 1000)]
)
def test_only_zeros_of_two_kinds_need_a_longer_warm_up(family, tune):
    """Fails where the rule looks at shares alone, or at none."""
    share = made(family, ("psi",))
    assert prepare(share, default_priors(share)).tune == tune
