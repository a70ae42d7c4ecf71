"""The special functions that are imported when they are called."""

import pickle
from copy import deepcopy

import numpy as np
import pytest
import scipy.special

from bayesmm import special


@pytest.mark.parametrize("name", special.__all__)
def test_they_are_those_of_scipy(name):
    """By their names: fails where one is misspelt, or is a copy after a way to another process."""
    own = getattr(special, name)
    assert callable(getattr(scipy.special, name))
    assert repr(own) == f"<scipy.special.{name}>"
    assert pickle.loads(pickle.dumps(own)) is own
    assert deepcopy(own) is own


def test_values_and_arguments_are_handed_on():
    x = np.linspace(-3.0, 3.0, 7)
    np.testing.assert_array_equal(special.ndtr(x), scipy.special.ndtr(x))
    np.testing.assert_array_equal(
        special.logsumexp(x[:, None] * x, axis=1), scipy.special.logsumexp(x[:, None] * x, axis=1)
    )
