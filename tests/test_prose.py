"""Sentences as lines: code in them is never broken, and nothing of them is lost."""

from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesmm.prose import prose_lines

CODE = (
    "data['x'] = pandas.to_numeric(data['x'].astype('str').mask(data['x'].isin(['.', 'no idea']))"
    ".str.replace(',', ''))",
    "t = pandas.to_datetime(data['x'], dayfirst=True)",
    "fit.emmeans('Days', at={'Days': [0, 9]})",
    "Normal(0, 2.5)",
    "bayesmm.read_table(path, text=['Köln-Mülheim (a)'])",
)


@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("width", [20, 60, 100])
def test_code_stays_whole(code, width):
    text = f"The column holds words, not numbers (of a sort): {code}; or ask somebody (or not)."
    lines = prose_lines(text, width, "- ", "  ")
    assert sum(code in line for line in lines) == 1
    assert " ".join(line[2:] for line in lines) == text
    assert all(len(line) <= width for line in lines if code not in line)


@given(st.text("ab ([)]'=-,.", max_size=120), st.integers(10, 40))
def test_nothing_is_lost(text, width):
    assert "".join("".join(prose_lines(text, width)).split()) == "".join(text.split())


def test_without_code_it_is_wrapped_as_ever():
    for text in ("A sentence (of many words, two of them Köln-Mülheim) about nothing.", "x" * 90):
        assert prose_lines(text, 20) == wrap(text, 20)
