"""Arguments of the package as options of the running command."""

import shlex
from collections.abc import Iterable
from typing import Any

from bayesmm.wording import NAMED

__all__ = ["ShellWording"]


class ShellWording:
    """Arguments as options: of the running command, of its pictures, or of another command.

    `context` is that of the running command.
    """

    def __init__(self, context: Any) -> None:
        self._command = context.command
        group = context.find_root().command
        self._others = [group.get_command(context, name) for name in group.list_commands(context)]

    def option(self, name: str, value: object) -> str:
        """Return ``--name value``, and whose option it is where it is not this command's."""
        if (found := _parameter(self._command, name)) is not None:
            return _typed(found, value)
        if _parameter(self._command, "option") is not None:  # --with: options of a picture
            return f"--with {name}" + ("" if value is NAMED else f"={_written(value)}")
        for other in filter(None, self._others):
            if (found := _parameter(other, name)) is not None:
                return f"{_typed(found, value)} of 'bayesmm {other.name}'"
        return name

    def either(self, python: str, command_line: str) -> str:
        """Return the second."""
        return command_line


def _parameter(command: Any, name: str) -> Any:
    return next((p for p in command.params if p.name == name), None)


def _typed(parameter: Any, value: object) -> str:
    """Return a parameter and its value as they are typed."""
    if parameter.param_type_name == "argument":
        called = (parameter.metavar or parameter.name).strip("[]")
        return called if value is NAMED or value is ... else _written(value)
    long = next((o for o in parameter.opts if o.startswith("--")), parameter.opts[0])
    if value is NAMED or value is True:
        return long
    if value is False:
        return next(iter(parameter.secondary_opts), long)
    # an option that begins with a minus is read as another option, unless it is tied by "="
    text = _written(value)
    return f"{long}={text}" if text.startswith("-") else f"{long} {text}"


def _written(value: object) -> str:
    """Return a value as it is typed at a shell."""
    if value is ...:
        return "VALUE"
    if isinstance(value, dict):
        return " ".join(f"{shlex.quote(str(k))}={_written(v)}" for k, v in value.items())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return shlex.quote(",".join(map(str, value)))
    return shlex.quote(str(value))
