"""Commands that take records of options, as the parser wants them: an argument for each option."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

__all__ = ["expanded"]


def expanded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose records of options are options of their own, in their place."""
    signature = inspect.signature(function)
    hints = get_type_hints(function, include_extras=True)
    records = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @wraps(function)
    def command(**given: Any) -> Any:
        made = {
            name: record(**{field.name: given.pop(field.name) for field in fields(record)})
            for name, record in records.items()
        }
        return function(**given, **made)

    parameters = []
    for name, parameter in signature.parameters.items():
        if name not in records:
            parameters.append(_keyword(name, hints[name], parameter.default))
            continue
        types = get_type_hints(records[name], include_extras=True)
        parameters += [
            _keyword(field.name, types[field.name], _default(field))
            for field in fields(records[name])
        ]
    command.__signature__ = signature.replace(parameters=parameters)
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def _default(field: Any) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
