"""Plain values as strict JSON and back: tuples stay tuples, NaN and infinity survive."""

from collections.abc import Mapping
from math import isfinite

import numpy as np

__all__ = ["NotPlainError", "from_json", "json_value"]

_MOST_BITS = 4_000
_TUPLE, _FLOAT, _ITEMS = "$tuple", "$float", "$items"


class NotPlainError(TypeError):
    """A value is none of those that JSON can hold."""


def json_value(value: object) -> object:
    """Return a value in the types of strict JSON.

    What JSON lacks is tagged: ``{"$tuple": [1, 2]}``, ``{"$float": "nan"}``, and
    ``{"$items": [[1, "a"]]}`` for a mapping with keys that are not text. Any other type is a
    `NotPlainError`.
    """
    match value:
        case None | bool() | str():
            plain: object = value
        case int():
            if value.bit_length() > _MOST_BITS:
                raise NotPlainError("a whole number of more digits than can be written")
            plain = value
        case np.bool_() | np.integer():
            plain = value.item()
        case float() | np.floating():
            plain = float(value) if isfinite(value) else {_FLOAT: repr(float(value))}
        case tuple():
            plain = {_TUPLE: [json_value(item) for item in value]}
        case list():
            plain = [json_value(item) for item in value]
        case Mapping() if all(isinstance(key, str) and not key.startswith("$") for key in value):
            plain = {key: json_value(item) for key, item in value.items()}
        case Mapping():
            plain = {_ITEMS: [[json_value(key), json_value(item)] for key, item in value.items()]}
        case _:
            raise NotPlainError(f"a value of type {type(value).__name__}")
    return plain


def from_json(value: object) -> object:
    """Return what `json_value` was given; numpy scalars come back as Python's numbers."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {_TUPLE}:
        return tuple(from_json(item) for item in value[_TUPLE])
    if set(value) == {_FLOAT}:
        return float(value[_FLOAT])
    if set(value) == {_ITEMS}:
        return {from_json(key): from_json(item) for key, item in value[_ITEMS]}
    return {key: from_json(item) for key, item in value.items()}
