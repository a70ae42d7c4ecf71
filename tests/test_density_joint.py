"""The compiled joint density equals the model as written, and its gradient is its derivative."""

from dataclasses import replace

import numpy as np
import pytest
from differences import assert_same_density
from handmade import handmade_block, handmade_design
from joint_reference import default_priors, reference_log_density

from bayesmm.family.known import FAMILIES
from bayesmm.model.names import sd_names
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.engine import unsupported_reason
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import JointModel, compiled_joint_density, joint_model

N = 60
SEED = 20
A = np.repeat(np.arange(6), 10)
B = np.tile(np.arange(5), 12)
NESTED = 2 * A + (np.arange(N) // 5) % 2
X1, X2, LEVEL = np.split(np.random.default_rng(SEED).normal(size=2 * N + 6), [N, 2 * N])
X1, LEVEL_A = 2.0 + X1, LEVEL[A]
FINE = np.where(np.arange(N) < 40, np.arange(N), 39)  # most levels have one row

STRUCTURES = {
    "none": [],
    "intercept": [("a", A, {"Intercept": 1.0}, True)],
    "slope only": [("a", A, {"x1": X1}, True)],
    "two correlated": [("a", A, {"Intercept": 1.0, "x1": X1}, True)],
    "two uncorrelated": [("a", A, {"Intercept": 1.0, "x1": X1}, False)],
    "three correlated": [("a", A, {"Intercept": 1.0, "x1": X1, "x2": X2}, True)],
    "crossed": [("a", A, {"Intercept": 1.0}, True), ("b", B, {"Intercept": 1.0}, True)],
    "crossed slopes": [
        ("a", A, {"Intercept": 1.0, "x1": X1}, True),
        ("b", B, {"Intercept": 1.0, "x1": X1, "x2": X2}, True),
    ],
    "nested": [("a", A, {"Intercept": 1.0}, True), ("a:c", NESTED, {"Intercept": 1.0}, True)],
    "nested slopes": [
        ("a", A, {"Intercept": 1.0, "x1": X1}, True),
        ("a:c", NESTED, {"Intercept": 1.0}, True),
    ],
    "single rows": [("f", FINE, {"Intercept": 1.0, "x1": X1}, True)],
    "rank deficient": [("a", A, {"Intercept": 1.0, "w": LEVEL_A}, True)],
}

# Of the quick tests: one link each of the families whose rows are of a kind of their own.
NEW = {
    *("laplace", "asymmetric_laplace", "skew_normal", "shifted_lognormal", "loglogistic"),
    "wiener",
    *("hurdle_gamma", "hurdle_lognormal", "zero_inflated_beta", "zero_one_inflated_beta"),
    *("beta_binomial", "zero_inflated_binomial", "von_mises", "tweedie"),
}
QUICK = {("skew_normal", "identity"), ("zero_one_inflated_beta", "logit"), ("tweedie", "log")}
LINKS = [
    pytest.param(name, link, marks=slow if name in NEW and (name, link) not in QUICK else ())
    for slow in [pytest.mark.slow]
    for name, family in FAMILIES.items()
    for link in family.links
]


def responses(family: str, link: str) -> dict:
    """Return a response of the family, with trials where it has them."""
    rng = np.random.default_rng(list(f"{family} {link}".encode()))
    p, own = rng.random(N), FAMILIES[family]
    if own.discrete and "psi" in own.auxiliary:
        counts = responses(family.split("_", 1 + family.startswith("zero"))[-1], link)
        return counts | {"y": counts["y"] * (p < 0.7)}
    drawn = {
        "real": lambda: rng.normal(3.0, 1.0, N),
        "binary": lambda: (p < 0.4).astype(float),
        "binomial": lambda: rng.binomial(7, 0.4, N).astype(float),
        "count": lambda: rng.negative_binomial(4, 0.9 if link == "cloglog" else 0.3, N) * 1.0,
        "positive": lambda: rng.gamma(4.0, 0.5, N),
        "proportion": lambda: rng.beta(2.0, 3.0, N),
        "angle": lambda: rng.vonmises(0.5, 2.0, N),
    }
    y = drawn[own.response]()
    for value, share in zip(own.atoms, (0.3, 0.2), strict=False):
        y = np.where(rng.random(N) < share, value, y)
    return {"y": y, "trials": np.full(N, 7.0) if own.response == "binomial" else None}


def build(structure: str, family: str = "gaussian", link: str | None = None, **more) -> object:
    """Return a design of that structure with three common columns."""
    blocks = [handmade_block(f, g, z, correlated=c) for f, g, z, c in STRUCTURES[structure]]
    columns = {"x1": X1, "x2": X2, "level": LEVEL_A}
    made = responses(family, link or FAMILIES[family].link)
    return handmade_design(
        made["y"], columns, blocks, family=family, link=link, trials=made["trials"], **more
    )


def points(density: CompiledDensity, n: int = 3, share: float = 0.5) -> np.ndarray:
    """Return points near the start of the chains."""
    steps = np.random.default_rng(3).normal(size=(n, density.dimension))
    return density.start + share * density.jitter * steps


def check(model: JointModel, priors: Priors, share: float = 0.5) -> None:
    """Compare density and gradient with the reference and with central differences."""
    density = compiled_joint_density(model)
    at = points(density, share=share)
    assert_same_density(density, at, lambda x: reference_log_density(model, priors, x))


@pytest.mark.parametrize("centred", [False, True], ids=["non-centred", "centred"])
@pytest.mark.parametrize("structure", STRUCTURES)
def test_structures(structure, centred):
    design = build(structure)
    priors = default_priors(design)
    check(joint_model(design, priors, (centred,) * len(design.blocks)), priors)


@pytest.mark.parametrize("centred", [(True, False), (False, True)])
def test_one_of_two_blocks_centred(centred):
    design = build("crossed slopes")
    priors = default_priors(design)
    check(joint_model(design, priors, centred), priors)


def some_levels(design: object) -> tuple:
    """Return every other level of each block, so that centred ones are not the first."""
    return tuple(np.arange(b.n_groups) % 2 == 1 for b in design.blocks)


@pytest.mark.parametrize("structure", [s for s in STRUCTURES if s != "none"])
def test_some_levels_centred(structure):
    design = build(structure)
    priors = default_priors(design)
    check(joint_model(design, priors, some_levels(design)), priors)


def chain(family: str = "poisson") -> object:
    """Return a design of four factors, each nested in the next, and one crossed with them."""
    rows = np.arange(N)
    codes = {"row": rows, "pair": rows // 2, "site": (rows // 2) // 2, "b": B}
    codes["region"] = np.minimum(codes["site"], 9) // 4
    blocks = [handmade_block(f, c, {"Intercept": 1.0}) for f, c in codes.items()]
    made = responses(family, FAMILIES[family].link)
    columns = {"x1": X1, "level": np.linspace(-1, 1, 30)[codes["pair"]]}
    return handmade_design(made["y"], columns, blocks, family=family)


CENTRED = {
    # which of row, pair, site, crossed, region are centred -> which are integrated out
    "none": ((0, 0, 0, 0, 0), set()),
    "rows": ((1, 0, 0, 0, 0), {"pair"}),
    "pairs": ((0, 1, 0, 0, 0), {"site"}),
    "sites": ((0, 0, 1, 0, 0), {"region"}),
    "all": ((1, 1, 1, 1, 1), {"region"}),
}


@pytest.mark.parametrize("mixed", [False, True], ids=["blocks", "levels"])
@pytest.mark.parametrize("name", CENTRED)
def test_chain_of_nested_factors(name, mixed):
    """The effects of one coarser factor are integrated out; the others rest on one another."""
    design = chain()
    flags, integrated = CENTRED[name]
    centred = tuple(bool(f) for f in flags)
    if mixed:
        some = np.random.default_rng(5)
        centred = tuple(
            some.random(b.n_groups) < (0.75 if f else 0.25)
            for b, f in zip(design.blocks, flags, strict=True)
        )
    priors = default_priors(design)
    model = joint_model(design, priors, centred)
    assert {design.blocks[k].factor for k in model.geometry.nesting.integrated} == integrated
    check(model, priors)


@pytest.mark.parametrize(("family", "link"), LINKS)
def test_families_and_links(family, link):
    # Without columns in the means that must stay positive the points would leave the support.
    centred = (False, True)
    design = build("crossed", family, link, weights=np.resize([1.0, 2.0, 2.0, 1.0, 1.0], N))
    if "negativebinomial" in family and link == "identity":
        centred = (False, False)
    priors = default_priors(design)
    check(joint_model(design, priors, centred), priors, share=0.2)


@pytest.mark.parametrize("family", ["gaussian", "t", "bernoulli", "binomial", "poisson", "gamma"])
def test_offset_and_no_intercept(family):
    link = "log" if family == "gamma" else None
    offset = np.random.default_rng(SEED).normal(size=N)
    design = build("intercept", family, link, offset=offset, intercept=False)
    priors = default_priors(design)
    check(joint_model(design, priors, (True,)), priors)


COEFFICIENT_PRIORS = [
    Prior("Normal", (1.0, 2.0)),
    Prior("StudentT", (4.0, 0.5, 2.0)),
    Prior("Cauchy", (0.5, 2.0)),
    Prior("Laplace", (0.3, 2.0)),
    Prior("Uniform", (-3.0, 4.0)),
    Prior("Flat", ()),
    Prior("HalfNormal", (2.0,)),
    Prior("Gamma", (2.0, 1.0)),
]
SD_PRIORS = [
    Prior("HalfNormal", (2.0,)),
    Prior("HalfStudentT", (4.0, 2.0)),
    Prior("HalfCauchy", (2.0,)),
    Prior("HalfFlat", ()),
    Prior("Exponential", (0.4,)),
    Prior("Gamma", (2.0, 0.4)),
    Prior("InverseGamma", (2.0, 1.5)),
    Prior("Uniform", (0.0, 6.0)),
]


@pytest.mark.parametrize("prior", COEFFICIENT_PRIORS, ids=lambda p: p.distribution)
def test_coefficient_priors(prior):
    design = build("intercept")
    priors = default_priors(design, x2=prior, level=prior)
    for centred in (False, True):
        check(joint_model(design, priors, (centred,)), priors)


@pytest.mark.parametrize("prior", SD_PRIORS, ids=lambda p: p.distribution)
def test_sd_priors(prior):
    design = build("two correlated")
    priors = default_priors(design, sigma=prior, **{"x1|a_sigma": prior})
    check(joint_model(design, priors, (False,)), priors)


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
@pytest.mark.parametrize("structure", ["intercept", "two uncorrelated", "crossed slopes"])
def test_decov(structure, family):
    """rstanarm's prior of all sds of a block, relative to sigma in the gaussian family."""
    design = build(structure, family)
    decov = Prior("Decov", (1.5, 2.5, 0.7))
    names = [name for block in design.blocks for name in sd_names(block)]
    priors = default_priors(design, **dict.fromkeys(names, decov))
    check(joint_model(design, priors, (False,) * len(design.blocks)), priors)


def test_decov_of_one_sd_only_is_refused():
    design = build("two correlated")
    priors = default_priors(design, **{"x1|a_sigma": Prior("Decov", (1.0, 1.0, 1.0))})
    assert unsupported_reason(design, priors) == "only some sds of 'a' have the same Decov prior"


@pytest.mark.parametrize("eta", [0.5, 1.0, 4.0])
def test_lkj(eta):
    design = build("three correlated")
    priors = default_priors(design, a_corr=Prior("LKJ", (eta,)))
    check(joint_model(design, priors, (True,)), priors)


@pytest.mark.parametrize(
    "family",
    [
        *("gaussian", "t", "bernoulli", "poisson", "gamma", "beta"),
        *("zero_inflated_poisson", "hurdle_negativebinomial"),
    ],
)
def test_rows_alike_are_merged(family):
    """Four copies of each row, three with the same response: the density is that of all rows."""
    groups, x = np.repeat(A, 4), np.repeat(LEVEL_A, 4)
    y = np.repeat(responses(family, "log")["y"], 4)
    y[::4] = np.roll(y[::4], 3)
    block = handmade_block("a", groups, {"Intercept": 1.0})
    link = "log" if family == "gamma" else None
    design = handmade_design(y, {"x": x}, [block], family=family, link=link)
    priors = default_priors(design)
    model = joint_model(design, priors, (False,))
    assert model.n_merged > 0
    check(model, priors)


def test_more_rows_than_one_chunk():
    n = 2500
    local = np.random.default_rng(8)
    a, b = local.integers(0, 30, n), local.integers(0, 7, n)
    x = local.normal(size=n)
    blocks = [
        handmade_block("a", a, {"Intercept": 1.0, "x": x}),
        handmade_block("b", b, {"Intercept": 1.0}),
    ]
    design = handmade_design(local.integers(0, 2, n), {"x": x}, blocks, family="bernoulli")
    priors = default_priors(design)
    check(joint_model(design, priors, (False, True)), priors)


@pytest.mark.parametrize("family", ["gaussian", "bernoulli", "poisson"])
def test_variance_near_zero(family):
    """At log sd = -30 the non-centred density is smooth and says that the effects do nothing."""
    design = build("two correlated", family)
    priors = default_priors(design)
    model = joint_model(design, priors, (False,))
    density = compiled_joint_density(model)
    x = points(density, 1)[0]
    x[model.layout.blocks[0].sds] = -30.0
    log_density, gradient = evaluate(density, x)
    assert np.isfinite(log_density)
    effects = model.layout.blocks[0].effects
    np.testing.assert_allclose(gradient[effects], -x[effects], atol=1e-9)
    assert abs(log_density - reference_log_density(model, priors, x)) < 1e3


def test_carried_columns():
    """The centred block with the fewest levels carries the intercept; slopes go to their effect."""
    design = build("crossed slopes")
    model = joint_model(design, default_priors(design), (True, True))
    carriers = {design.mu.terms[c.coefficient]: (c.block, c.effect) for c in model.geometry.carried}
    # b has 5 levels, a has 6; x2 is a slope of b only; `level` is constant within a only
    assert carriers == {"Intercept": (1, 0), "x1": (1, 1), "x2": (1, 2), "level": (0, 0)}
    assert model.geometry.in_rows == ()
    assert model.geometry.shifted == (1, 0)
    assert model.geometry.shifting == ((0, 0),)


def test_impossible_point_is_refused():
    design = build("intercept", "poisson", "identity")
    model = joint_model(design, default_priors(design), (False,))
    density = compiled_joint_density(model)
    x = density.start.copy()
    x[0] = -50.0
    assert evaluate(density, x)[0] == -np.inf


def test_overflow_is_refused():
    """A mean beyond the largest number is no point, not a huge finite density."""
    design = build("intercept", "poisson")
    density = compiled_joint_density(joint_model(design, default_priors(design), (False,)))
    x = density.start.copy()
    x[0] = 800.0
    assert evaluate(density, x)[0] == -np.inf


@pytest.mark.parametrize("family", [name for name in FAMILIES if name.startswith("hurdle")])
def test_rows_behind_a_hurdle_are_left_out(family):
    """A zero says nothing of the counts, also where all are zeros."""
    design = build("intercept", family)
    priors = default_priors(design)
    model = joint_model(design, priors, (False,))
    assert model.data.codes.shape[1] == np.count_nonzero(design.y)
    check(model, priors)
    nothing = replace(design, y=np.zeros(N))
    check(joint_model(nothing, priors, (False,)), priors)


def test_beta_is_a_prior_of_shares_only():
    design = build("intercept")
    priors = default_priors(design, sigma=Prior("Beta", (2.0, 2.0)))
    reason = "the prior Beta of 'sigma' has no compiled density"
    assert unsupported_reason(design, priors) == reason


def test_unsupported_reason():
    design = build("two correlated")
    assert unsupported_reason(design, default_priors(design)) is None
    strange = default_priors(design, a_corr=Prior("Normal", (0.0, 1.0)))
    assert unsupported_reason(design, strange) == "the prior of 'a_corr' is Normal, not LKJ"
