"""The compiled joint density is the density of the Bambi/PyMC model.

For families x links x structures x priors: density(x) - pymc_logp(x) is constant in x to 1e-8,
and the gradients agree to 1e-6, both relative to their size. The blocks are not centred here, so
that both sides have the same coordinates (a partial correlation t is tanh(x) on our side and the
log odds of (t + 1) / 2 on PyMC's, which are 2 x).
"""

import numpy as np
import pytest
from following_effects import with_following
from handmade import handmade_block, handmade_design
from named_parameters import named_values
from scipy.special import ndtr

from bayesmm.family.known import FAMILIES
from bayesmm.model.bambi_model import build_bambi_model
from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.model.names import CENTRED_INTERCEPT, offset_name, partials_name, sd_names
from bayesmm.model.prior_choice import choose_priors
from bayesmm.model.priors import Prior
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.transport.model import (
    compiled_transported_density,
    plain_model,
    transported_model,
)
from bayesmm.sampling.compiled.joint.transport.sums import Approximation
from bayesmm.sampling.compiled.joint.transport.unpack import transported_parameters
from bayesmm.sampling.compiled.kernels.prior_rows import unconstrained

RNG_SEED = 20
N = 24


def predictors(rng):
    return {"x": rng.normal(2, 1, N), "w": rng.normal(size=N)}


def structure(name, rng, columns):
    """Return the blocks of a structure."""
    x, w = columns["x"], columns["w"]
    subject, item = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    cell = [f"{s // 2}:{s}" for s in subject]
    blocks = {
        "no groups": [],
        "intercepts": [("subject", subject, {"Intercept": 1.0}, True)],
        "correlated slopes": [("subject", subject, {"Intercept": 1.0, "x": x}, True)],
        "three effects": [("subject", subject, {"Intercept": 1.0, "x": x, "w": w}, True)],
        "independent slopes": [("subject", subject, {"Intercept": 1.0, "x": x}, False)],
        "crossed": [
            ("subject", subject, {"Intercept": 1.0, "x": x}, True),
            ("item", item, {"Intercept": 1.0}, True),
        ],
        "nested": [
            ("school", subject // 2, {"Intercept": 1.0}, True),
            ("school:class", cell, {"Intercept": 1.0}, True),
        ],
        "two blocks of a factor": [
            ("subject", subject, {"Intercept": 1.0}, True),
            ("subject", subject, {"x": x}, True),
        ],
    }[name]
    return [handmade_block(f, g, e, correlated=c) for f, g, e, c in blocks]


ZEROS = [name for name, own in FAMILIES.items() if own.parameter("psi") and own.response == "count"]


def response(family, rng):
    """Return a response of the right kind, and its trials."""
    if family in ("gaussian", "t"):
        return rng.normal(size=N), None
    if family == "bernoulli":
        return rng.integers(0, 2, N), None
    if family == "binomial":
        trials = rng.integers(1, 9, N)
        return rng.binomial(trials, 0.4), trials
    if family in ("poisson", "negativebinomial"):
        return rng.poisson(3, N), None
    if family in ZEROS:
        return rng.poisson(3, N) * (rng.random(N) < 0.7), None
    return (rng.gamma(2, 1, N) if family == "gamma" else rng.beta(2, 3, N)), None


def make(family, link, layout, *, intercept=True, offset=False, cells=False, weights=False):
    rng = np.random.default_rng(RNG_SEED)
    columns = predictors(rng)
    y, trials = response(family, rng)
    of_cell = np.arange(N) % 3
    dummies = {f"a[{k}]": (of_cell == k) * 1.0 for k in range(3)}
    return handmade_design(
        y,
        dummies | columns if cells else columns,
        structure(layout, rng, columns),
        family=family,
        link=link,
        intercept=intercept,
        trials=trials,
        offset=rng.normal(size=N) / 4 if offset else None,
        weights=rng.choice([1.0, 2.0], N) if weights else None,
    )


def pymc_point(design, model, named, x, layout, decov=None):
    """Return PyMC's values of its free variables at our x, and where each is in x.

    Under a Decov prior PyMC has a size and shares in the place of the sds of a block.
    """
    point, index = {}, {}

    def add(name, value, where):
        variable = model[name]
        transform = model.rvs_to_transforms[variable]
        raw = np.asarray(value, dtype=float)
        if transform is not None:
            raw = transform.forward(raw, *variable.owner.inputs).eval()
        point[model.rvs_to_values[variable].name] = raw
        index[model.rvs_to_values[variable].name] = where

    for i, name in enumerate((*design.mu.terms, *design.family.auxiliary)):
        centred = name == "Intercept" and len(design.mu.names) > 0
        add(CENTRED_INTERCEPT if centred else name, named[name], np.array([i]))
    for k, (block, place) in enumerate(zip(design.blocks, layout.blocks, strict=True)):
        sds = np.array([named[name] for name in sd_names(block)])
        if decov is None:
            for a, name in enumerate(sd_names(block)):
                add(name, sds[a], np.array([place.sds.start + a]))
        else:
            squares = (sds / (decov.parameters[2] * named.get("sigma", 1.0))) ** 2
            add(f"{block.factor}_decov_{k}_tau", np.sqrt(squares.mean()), place.sds)
            if len(sds) > 1:
                add(f"{block.factor}_decov_{k}_share", squares / squares.sum(), place.sds)
        effects = np.arange(place.effects.start, place.effects.stop)
        if block.covariance.correlated:
            t = np.tanh(x[place.partials])
            where = np.arange(place.partials.start, place.partials.stop)
            add(f"{partials_name(design.blocks, k)}_half", (t + 1) / 2, where)
            z = x[effects].reshape(block.n_effects, block.n_groups)
            add(offset_name(design.blocks, k), z, effects)
        else:
            for a, name in enumerate(sd_names(block)):
                where = effects.reshape(block.n_effects, -1)[a]
                add(name.replace("_sigma", "_offset"), x[where], where)
    return point, index


def logit_of_normal_scores(design, priors, x):
    """Return log dl/dt, dl/dt and the derivative of the first, at every coordinate.

    A share with a Beta prior is sampled as its normal score t, in PyMC as its logit l.
    """
    log_slope, slope, bend = np.zeros_like(x), np.ones_like(x), np.zeros_like(x)
    for i, name in enumerate(design.family.auxiliary, start=len(design.mu.terms)):
        if priors[name].distribution == "Beta":
            share, rest, density = ndtr(x[i]), ndtr(-x[i]), np.exp(-(x[i] ** 2) / 2)
            density /= np.sqrt(2 * np.pi)
            slope[i] = density / (share * rest)
            log_slope[i] = np.log(slope[i])
            bend[i] = -x[i] - density / share + density / rest
    return log_slope, slope, bend


DEFAULT_LINKS = ("gaussian", "t", "bernoulli", "binomial", "poisson", "negativebinomial", "beta")
CASES = [
    *((family, None, "correlated slopes", {}) for family in DEFAULT_LINKS),
    ("gamma", "log", "correlated slopes", {}),
    *((family, None, "correlated slopes", {}) for family in ZEROS),
    ("zero_inflated_negativebinomial", None, "no groups", {"priors": "brms"}),
    ("hurdle_poisson", None, "no groups", {"priors": {"psi": "Uniform(0.2, 0.9)"}}),
    ("bernoulli", "probit", "intercepts", {}),
    ("bernoulli", "cloglog", "intercepts", {}),
    ("binomial", "probit", "intercepts", {}),
    ("binomial", "cloglog", "intercepts", {}),
    ("beta", "probit", "intercepts", {}),
    ("gaussian", "log", "intercepts", {}),
    ("bernoulli", None, "no groups", {}),
    ("poisson", None, "three effects", {}),
    ("bernoulli", None, "independent slopes", {}),
    ("binomial", None, "crossed", {}),
    ("poisson", None, "nested", {}),
    ("bernoulli", None, "two blocks of a factor", {}),
    ("gaussian", None, "crossed", {"priors": "brms"}),
    ("negativebinomial", None, "crossed", {"priors": "bambi"}),
    ("poisson", None, "crossed", {"offset": True}),
    ("gaussian", None, "intercepts", {"intercept": False}),
    ("gaussian", None, "correlated slopes", {"intercept": False, "cells": True}),
    ("poisson", None, "crossed", {"intercept": False, "cells": True, "offset": True}),
    ("t", None, "intercepts", {"weights": True}),
    *((f, None, "no groups", {"weights": True}) for f in ("poisson", "bernoulli", "binomial")),
    (
        "gaussian",
        None,
        "correlated slopes",
        {
            "priors": {
                "Intercept": "Laplace(0, 3)",
                "x": "Cauchy(0, 1)",
                "w": "StudentT(4, 0, 2)",
                "sigma": "InverseGamma(3, 2)",
                "1|subject_sigma": "HalfCauchy(1)",
                "x|subject_sigma": "Gamma(2, 1)",
                "subject_corr": "LKJ(2.5)",
            }
        },
    ),
    (
        "bernoulli",
        None,
        "correlated slopes",
        {
            "priors": {
                "x": "Uniform(-3, 3)",
                "1|subject_sigma": "Uniform(0, 4)",
                "x|subject_sigma": "HalfNormal(1)",
            }
        },
    ),
]


def label(case):
    family, link, layout, options = case
    return " ".join([family, link or "", layout, *map(str, options)]).replace("  ", " ")


# One of each kind; PyTensor takes a second for most.
QUICK = {
    *("gaussian correlated slopes", "negativebinomial correlated slopes"),
    *("zero_inflated_poisson correlated slopes", "bernoulli probit intercepts"),
    *("poisson crossed offset", "gaussian correlated slopes intercept cells"),
    *("t intercepts weights", "gaussian correlated slopes priors", "poisson nested"),
}
QUICK_TRANSPORTED = {
    *("gaussian correlated slopes", "bernoulli correlated slopes", "hurdle_poisson intercepts"),
    *("binomial crossed", "poisson crossed intercept cells offset"),
}


def cases(of, quick):
    """Return cases to parametrise by; those that are not quick are marked slow."""
    assert quick <= {label(case) for case in of}
    return [
        pytest.param(case, marks=() if label(case) in quick else pytest.mark.slow, id=label(case))
        for case in of
    ]


@pytest.mark.parametrize("case", cases(CASES, QUICK))
def test_density_is_pymcs(case):
    family, link, layout, options = case
    options = dict(options)
    preset = options.pop("priors", None)
    design = make(family, link, layout, **options)
    priors = choose_priors(design, preset)
    ours = joint_model(design, priors, centred=(False,) * len(design.blocks))
    density = compiled_joint_density(ours)
    pymc_model = build_bambi_model(design, priors).backend.model
    logp = pymc_model.compile_logp(mode="FAST_COMPILE")
    dlogp = pymc_model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    differences, sizes = [], []
    # Bambi's inverse probit, 0.5 + 0.5 erf(eta / sqrt 2), loses digits below eta = -4; ours
    # does not, so the two can be compared near zero only.
    scale = 0.1 if design.family.link == "probit" else 0.3
    for _ in range(4):
        x = rng.normal(scale=scale, size=density.dimension)
        value, gradient = evaluate(density, x)
        point, index = pymc_point(design, pymc_model, named_values(ours, x), x, ours.layout)
        log_slope, slope, bend = logit_of_normal_scores(design, priors, x)
        theirs = float(logp(point)) + log_slope.sum()
        differences.append(value - theirs)
        sizes.append(abs(theirs))
        flat = dlogp(point)
        expected = np.zeros_like(x)
        at = 0
        for name in [v.name for v in pymc_model.continuous_value_vars]:
            where = index[name]
            chain_rule = 2.0 if "__partials" in name else 1.0
            expected[where] = chain_rule * flat[at : at + len(where)]
            at += len(where)
        expected = expected * slope + bend
        assert np.abs(gradient - expected).max() <= 1e-6 * np.abs(expected).max()
    assert np.ptp(differences) <= 1e-8 * max(sizes)


@pytest.mark.parametrize("family", ["gaussian", pytest.param("poisson", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "layout", [pytest.param("correlated slopes", marks=pytest.mark.slow), "crossed"]
)
def test_density_with_decov_is_pymcs(family, layout):
    """PyMC's coordinates are size and shares here, ours the sds: a Jacobian makes up for it."""
    design = make(family, None, layout)
    decov = Prior("Decov", (1.5, 2.5, 0.7))
    changed = {name: decov for block in design.blocks for name in sd_names(block)}
    priors = choose_priors(design, changed)
    ours = joint_model(design, priors, centred=(False,) * len(design.blocks))
    density = compiled_joint_density(ours)
    pymc_model = build_bambi_model(design, priors).backend.model
    logp = pymc_model.compile_logp(mode="FAST_COMPILE")

    def point_at(x):
        return pymc_point(design, pymc_model, named_values(ours, x), x, ours.layout, decov)[0]

    def sizes_and_shares(x):
        point = point_at(x)
        return np.concatenate([point[n].ravel() for n in sorted(point) if "decov" in n])

    sds = np.concatenate([np.arange(*p.sds.indices(10**6)) for p in ours.layout.blocks])
    steps = 1e-5 * np.eye(density.dimension)[sds]
    rng = np.random.default_rng(1)
    differences = []
    for _ in range(3):
        x = rng.normal(scale=0.3, size=density.dimension)
        change = [sizes_and_shares(x + e) - sizes_and_shares(x - e) for e in steps]
        log_jacobian = np.linalg.slogdet(np.array(change) / 2e-5)[1]
        differences.append(evaluate(density, x)[0] - float(logp(point_at(x))) - log_jacobian)
    assert np.ptp(differences) <= 1e-8 * max(1.0, np.abs(differences).max())


TRANSPORTED = [
    *((family, None, "correlated slopes", {}) for family in DEFAULT_LINKS),
    ("gamma", "log", "correlated slopes", {}),
    *((family, None, "intercepts", {}) for family in ZEROS),
    ("bernoulli", "cloglog", "intercepts", {}),
    ("bernoulli", None, "no groups", {}),
    ("poisson", None, "three effects", {}),
    ("bernoulli", None, "independent slopes", {}),
    ("binomial", None, "crossed", {}),
    ("poisson", None, "nested", {}),
    ("bernoulli", None, "two blocks of a factor", {}),
    ("gaussian", None, "crossed", {"priors": "brms"}),
    ("poisson", None, "crossed", {"intercept": False, "cells": True, "offset": True}),
]


def untransported(model, x):
    """Return the coordinates that the same parameters have in the plain model."""
    plain, found = model.joint, transported_parameters(model, x)
    there = found.copy()
    for i in range(plain.layout.auxiliary.stop):
        there[i] = unconstrained(plain.priors[i], found[i])
    for place in plain.layout.blocks:
        sds, q = found[place.sds], place.n_effects
        there[place.sds] = [unconstrained(plain.priors[place.prior + a], sds[a]) for a in range(q)]
        there[place.partials] = np.arctanh(found[place.partials])
        factor = np.eye(q)
        if place.correlated:
            factor = cholesky_from_partials(found[place.partials], q)
        effects = found[place.effects].reshape(q, -1)
        there[place.effects] = np.linalg.solve(sds[:, None] * factor, effects).ravel()
    return there


@pytest.mark.parametrize("case", cases(TRANSPORTED, QUICK_TRANSPORTED))
def test_transported_density_is_pymcs(case):
    """PyMC's at the coordinates that it has for the same parameters, and log |det Jacobian|."""
    family, link, layout, options = case
    options = dict(options)
    preset = options.pop("priors", None)
    design = make(family, link, layout, **options)
    priors = choose_priors(design, preset)
    plain = plain_model(design, priors)
    rng = np.random.default_rng(1)
    n = plain.data.codes.shape[1]
    weights, pulls = rng.uniform(0.3, 2.0, (1, 1, n)), rng.normal(size=(1, n))
    ours = with_following(transported_model(plain, Approximation(weights, pulls)), rng)
    d = plain.layout.dimension
    density = compiled_transported_density(ours, np.zeros(d), np.zeros(d))
    pymc_model = build_bambi_model(design, priors).backend.model
    logp = pymc_model.compile_logp(mode="FAST_COMPILE")
    differences, sizes = [], []
    for _ in range(3):
        x = rng.normal(scale=0.3, size=d)
        for place in plain.layout.blocks:
            x[place.sds] = np.copysign(0.1 + np.abs(x[place.sds]), x[place.sds])
        steps = 1e-5 * np.eye(d)
        change = np.array([untransported(ours, x + e) - untransported(ours, x - e) for e in steps])
        log_jacobian = np.linalg.slogdet(change / 2e-5)[1]
        there = untransported(ours, x)
        values = named_values(plain, there)
        point = pymc_point(design, pymc_model, values, there, plain.layout)[0]
        log_jacobian += logit_of_normal_scores(design, priors, there)[0].sum()
        theirs = float(logp(point))
        differences.append(evaluate(density, x)[0] - theirs - log_jacobian)
        sizes.append(abs(theirs))
    assert np.ptp(differences) <= 1e-8 * max(sizes)
