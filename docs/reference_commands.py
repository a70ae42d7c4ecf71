"""The page of the command line, made from the parser: commands, arguments, options, exit codes."""

from collections.abc import Iterator
from typing import Any

import typer.main

from bayesmm.cli.app import app
from bayesmm.cli.help import EXIT_CODES

__all__ = ["page"]

HEAD = """# Command line

`bayesmm COMMAND --help` prints what this page says of a command; both come from the parser. A
terminal gets tables, a pipe plain text, `--json -` one JSON object. Data are CSV, TSV, Parquet,
Arrow or Excel files, and `-` is standard input; `fit` and `ml` take a folder or a pattern of
Parquet files, too.

{index}

## Exit codes

| code | meaning |
|---|---|
{codes}
"""


def page() -> str:
    """Return the page in Markdown."""
    group = typer.main.get_command(app)
    context = group.make_context("bayesmm", [], resilient_parsing=True)
    commands = list(_commands(group, context))
    index = "\n".join(_row(c.command_path, _first(c.command.help), "#") for c in commands)
    index = f"| command | what it does |\n|---|---|\n{index}"
    codes = "\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES)
    return "\n".join([HEAD.format(index=index, codes=codes), *map(_section, commands)])


def _commands(group: Any, context: Any) -> Iterator[Any]:
    """Yield a context for every command, those of a group after it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        own = type(context)(command, info_name=name, parent=context)
        yield own
        if hasattr(command, "list_commands"):
            yield from _commands(command, own)


def _anchor(path: str) -> str:
    return path.replace(" ", "-")


def _row(path: str, text: str, prefix: str) -> str:
    return f"| [`{path}`]({prefix}{_anchor(path)}) | {text} |"


def _first(text: str | None) -> str:
    return " ".join((text or "").split())


def _section(context: Any) -> str:
    command = context.command
    path = context.command_path
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"({_anchor(path)})=", f"## {path}", "", _first(command.help), ""]
    lines += ["```text", f"{path} {usage}", "```", ""]
    sections: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            argument = parameter.param_type_name == "argument"
            heading = getattr(parameter, "rich_help_panel", None)
            sections.setdefault(heading or ("Arguments" if argument else "Options"), []).append(
                record
            )
    for heading, records in sections.items():
        lines += [f"| {heading} | |", "|---|---|"]
        lines += [f"| `{_cell(name)}` | {_cell(text)} |" for name, text in records]
        lines.append("")
    examples = (command.epilog or "").splitlines()
    if examples:
        lines += ["```sh", *examples, "```", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("[default", "\\[default").split())
