"""Matrix algebra by tiles, against numpy."""

import numpy as np
import pytest
from numba import njit

from bayesmm.sampling.compiled.collapsed import tiled
from bayesmm.sampling.compiled.collapsed.tiled import padded_width

WIDTHS = (24, 32, 88)


@njit
def _cholesky_and_inverse(A, V):
    panel = np.empty((8, len(A)))
    tiled.tiled_cholesky(A, V, panel)
    tiled.tiled_inverse(A, V, panel)


@njit
def _gram(F, C):
    tiled.add_gram(F, C)


@njit
def _product(F, Q, bandwidth, Y):
    tiled.tiled_product(F, Q, bandwidth, Y)


@njit
def _square(Q, bandwidth, Psi):
    tiled.tiled_square(Q, np.ascontiguousarray(Q.T), bandwidth, Psi)


def positive(m, seed=1):
    """Return a symmetric positive matrix whose scales differ by four orders of magnitude."""
    random = np.random.default_rng(seed)
    scale = np.logspace(-2, 2, m)
    X = random.normal(size=(3 * m, m)) * scale
    return X.T @ X


@pytest.mark.parametrize("m", WIDTHS)
def test_factor_and_inverse(m):
    A = positive(m)
    U, V = np.triu(A), np.zeros((m, m))
    _cholesky_and_inverse(U, V)
    expected = np.linalg.cholesky(A).T
    np.testing.assert_allclose(np.triu(U), expected, rtol=1e-9, atol=1e-12 * abs(expected).max())
    np.testing.assert_allclose(np.triu(V) @ expected, np.eye(m), atol=1e-9)
    assert not np.tril(V, -1).any()


def test_what_is_below_the_diagonal_is_not_looked_at():
    A = positive(32)
    clean, V = np.triu(A), np.zeros((32, 32))
    dirty, V_dirty = np.triu(A) + np.tril(np.full((32, 32), 7.0), -1), np.zeros((32, 32))
    _cholesky_and_inverse(clean, V)
    _cholesky_and_inverse(dirty, V_dirty)
    np.testing.assert_array_equal(V, V_dirty)


def test_a_matrix_that_is_not_positive_gives_nan():
    A = -np.eye(24)
    _cholesky_and_inverse(A, np.zeros((24, 24)))
    assert np.isnan(np.diag(A)).any()


@pytest.mark.parametrize("m", WIDTHS)
@pytest.mark.parametrize("rows", [1, 7, 40])
def test_gram_is_added_to_the_upper_triangle(m, rows):
    random = np.random.default_rng(2)
    F, C = random.normal(size=(rows, m)), random.normal(size=(m, m))
    expected = C + F.T @ F
    _gram(F, C)
    np.testing.assert_allclose(np.triu(C), np.triu(expected), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bandwidth", [0, 1, 9])
def test_product_with_a_nearly_triangular_matrix(bandwidth):
    random = np.random.default_rng(3)
    F, Q = random.normal(size=(16, 32)), np.triu(random.normal(size=(32, 32)), -bandwidth)
    Y = np.empty((16, 32))
    _product(F, Q, bandwidth, Y)
    np.testing.assert_allclose(Y, F @ Q, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("bandwidth", [0, 1, 9])
def test_square_of_a_nearly_triangular_matrix(bandwidth):
    Q = np.triu(np.random.default_rng(4).normal(size=(32, 32)), -bandwidth)
    Psi = np.full((32, 32), np.nan)
    _square(Q, bandwidth, Psi)
    np.testing.assert_allclose(np.triu(Psi), np.triu(Q @ Q.T), rtol=1e-12, atol=1e-12)


def test_narrow_matrices_keep_their_width():
    assert [padded_width(m) for m in (1, 16, 17, 24, 83)] == [1, 16, 24, 24, 88]
