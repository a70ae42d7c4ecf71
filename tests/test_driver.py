"""The compiled driver with two linear predictors, and the derivatives that come by jets."""

import math

import numba
import numpy as np
import pytest
from differences import numeric_gradient
from named_parameters import named_values
from scipy import stats
from test_density_joint import build, default_priors

from bayesmm.family import numeric
from bayesmm.family.every_word import EVERY_WORD
from bayesmm.family.known import FAMILIES
from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.model import compiled_joint_density, joint_model
from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.data import row_data
from bayesmm.sampling.compiled.kernels.densities import DensityRows
from bayesmm.sampling.compiled.kernels.pointers import ROWS_SIGNATURE, floats
from bayesmm.sampling.compiled.kernels.records import table_of_record
from bayesmm.sampling.compiled.kernels.registry import every_rows, rows_address
from bayesmm.sampling.compiled.kernels.workspace import workspace_places


@numba.cfunc(ROWS_SIGNATURE, error_model="numpy", _nrt=False)
def location_and_scale(table, first, n, eta, _work, _scalars, _d_scalars):
    """Gaussian rows whose second linear predictor is log sigma."""
    columns, _ = row_data(table)
    eta = floats(eta, 2 * CHUNK)
    log_density = 0.0
    for i in range(n):
        z = (columns[0, first + i] - eta[i]) * math.exp(-eta[CHUNK + i])
        log_density -= 0.5 * z * z + eta[CHUNK + i]
        eta[i] = z * math.exp(-eta[CHUNK + i])
        eta[CHUNK + i] = z * z - 1.0
    return log_density


def test_two_linear_predictors():
    """x2 and the factor b, which carries the intercept, act on log sigma, others on the mean."""
    design = build("crossed")
    priors = default_priors(design)
    model = joint_model(design, priors, (False, False))
    at = design.mu.terms.index("x2")
    data = model.data
    rows, terms = data.row_coefficients.copy(), data.terms.copy()
    rows[rows[:, 0] == at, 2] = 1
    terms[terms[:, 0] == 1, 3] = 1
    sizes = data.sizes.copy()
    sizes[4], sizes[-1] = 2, location_and_scale.address
    n_values = sum(block.n_groups for block in design.blocks)
    places = workspace_places(2, len(design.mu.terms), 1, 2, 1, n_values, 0)
    data = data._replace(sizes=sizes, row_coefficients=rows, terms=terms, workspace=places)
    one = compiled_joint_density(model)
    two = CompiledDensity(
        one.address, table_of_record(data), tuple(data), one.dimension, one.start, one.jitter
    )
    gaps = []
    for x in one.start + 0.3 * np.random.default_rng(2).normal(size=(3, one.dimension)):
        v = named_values(model, x)
        X = dict(zip(design.mu.names, (design.mu.X - design.mu.centre).T, strict=True))
        a, b = v["1|a"][design.blocks[0].columns.codes], v["1|b"][design.blocks[1].columns.codes]
        scale = v["Intercept"] + v["x2"] * X["x2"] + b
        mean = v["x1"] * X["x1"] + v["level"] * X["level"] + a
        change = stats.norm(mean, np.exp(scale)).logpdf(design.y).sum()
        change -= stats.norm(mean + scale, v["sigma"]).logpdf(design.y).sum()
        value, gradient = evaluate(two, x)
        gaps.append(value - evaluate(one, x)[0] - change)
        np.testing.assert_allclose(
            gradient, numeric_gradient(two, x), atol=1e-6 * np.abs(gradient).max()
        )
    assert np.ptp(gaps) < 1e-8


BOTH = [("t", "log"), ("gamma", "identity"), ("beta", "probit"), ("gaussian", "inverse")]


@pytest.mark.parametrize(("family", "link"), BOTH)
def test_rows_by_jets_are_those_by_hand(family, link):
    """The same derivatives from the log density alone; densities differ by a constant."""
    design = build("crossed", family, link)
    model = joint_model(design, default_priors(design), (False, False))
    hand = compiled_joint_density(model)
    rows = DensityRows(FAMILIES[family].density, link, (None,) * len(FAMILIES[family].auxiliary))
    address = rows.address(f"test_{family}_{link}", ours=False)
    columns = model.data.columns.copy()
    if family == "beta":
        columns[0] = np.exp(columns[0])
    sizes = model.data.sizes.copy()
    sizes[-1] = address
    data = model.data._replace(
        sizes=sizes, columns=columns, statistics=np.array([0.5, float(design.n_obs)])
    )
    jets = CompiledDensity(
        hand.address, table_of_record(data), tuple(data), hand.dimension, hand.start, hand.jitter
    )
    gaps = []
    for x in hand.start + 0.05 * np.random.default_rng(2).normal(size=(3, hand.dimension)):
        (one, slope), (other, own) = evaluate(hand, x), evaluate(jets, x)
        gaps.append(one - other)
        np.testing.assert_allclose(own, slope, rtol=1e-9, atol=1e-9 * np.abs(slope).max())
    assert np.ptp(gaps) < 1e-8


def test_every_word_of_a_density_has_a_compiled_meaning():
    from bayesmm.sampling.compiled.kernels import jet_words

    own = {*jet_words._OF_ONE, *jet_words._OF_NUMBER_AND_OTHERS, *jet_words._OF_ALL}
    own |= {numeric.is_positive, numeric.where}
    assert own == EVERY_WORD


@pytest.mark.slow
def test_every_family_and_link_has_rows():
    assert all(rows_address(family, columns) != 0 for _, family, columns in every_rows())
