"""Every input of the catalogue gives its error, exactly, and nothing else."""

import pytest
from bad_inputs import BAD_INPUTS, BadInput, label

from bayesmm.errors import BayesmmError, FormulaError, visible
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design


def test_the_catalogue_is_large_and_holds_nothing_twice():
    assert len(BAD_INPUTS) >= 80
    keys = [(bad.formula, bad.family, bad.message) for bad in BAD_INPUTS]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=label)
def test_bad_input_gives_its_error(bad: BadInput):
    with pytest.raises(BayesmmError) as caught:
        build_design(
            bad.formula, bad.data(), resolve_family(bad.family), categorical=bad.categorical
        )
    error = caught.value
    assert type(error) is bad.error
    if not isinstance(error, FormulaError):
        assert str(error) == bad.message
        return
    assert error.message == bad.message
    assert bad.formula[error.position :] == bad.at
    lines = str(error).split("\n")
    assert lines[0] == bad.message
    assert lines[1] == f"  {visible(bad.formula)}"
    assert lines[2] == " " * (2 + len(visible(bad.formula[: error.position]))) + "^"


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=label)
def test_messages_are_sentences(bad: BadInput):
    assert bad.message.endswith((".", "?"))
    assert bad.message == " ".join(bad.message.split())
