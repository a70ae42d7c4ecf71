"""Help that reads like a page: commands in groups, each with an example, and the exit codes."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from bayesmm.cli.wording import ShellWording
from bayesmm.wording import speaking

__all__ = ["DEFAULT_REPORT", "PageCommand", "PageGroup"]

EXIT_CODES = (
    ("0", "Done. Where there are draws, they can be used; a caution is told."),
    ("3", "Done and written, but a check failed: do not use the numbers."),
    ("2", "A mistake in the call, told in one line."),
    ("1", "A fault of bayesmm; BAYESMM_TRACEBACK=1 shows where."),
    ("130", "Stopped from the keyboard."),
)

# Stands for the file of a report that was asked for without a name.
DEFAULT_REPORT = "\N{NULL}"
_PAGES = (".html", ".htm")


class PageCommand(TyperCommand):
    """A command whose options stand under headings, and whose formula may begin with a minus."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; what only looks like an option is told apart first."""
        return super().parse_args(ctx, list(_told_apart(args)))

    def invoke(self, ctx: Any) -> Any:
        """Run the command; messages name its options."""
        with speaking(ShellWording(ctx)):
            return super().invoke(ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, grouped by their headings."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                argument = parameter.param_type_name == "argument"
                heading = getattr(parameter, "rich_help_panel", None)
                heading = heading or ("Arguments" if argument else "Options")
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples as they are typed."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"  {line}\n")


class PageGroup(TyperGroup):
    """The list of all commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(f"{self.help}\n\n")
        formatter.write(f"Usage: {ctx.command_path} COMMAND ...\n")
        sections: dict[str, list[Any]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                heading = getattr(command, "rich_help_panel", None) or "Commands"
                sections.setdefault(heading, []).append(command)
        for heading, commands in sections.items():
            with formatter.section(heading):
                formatter.write_dl([(c.name, _first_sentence(c.help)) for c in commands])
        with formatter.section("Examples"):
            for command in (c for commands in sections.values() for c in commands):
                for line in (command.epilog or "").splitlines()[:1]:
                    formatter.write(f"  {line}\n")
        records = (p.get_help_record(ctx) for p in self.get_params(ctx))
        with formatter.section("Options"):
            formatter.write_dl([record for record in records if record is not None])
        with formatter.section("Exit codes"):
            formatter.write_dl(list(EXIT_CODES))
        formatter.write(f"\n'{ctx.command_path} COMMAND --help' has the options of a command.\n")


def _first_sentence(text: str | None) -> str:
    return " ".join((text or "").split()).partition(". ")[0].rstrip(".") + "."


def _told_apart(args: list[str]) -> Iterator[str]:
    """Yield arguments so that a formula is no option, and ``--report`` may go without a file.

    An argument with a tilde that begins with one minus is a formula, as in ``-log(y) ~ x``, and
    ``- (x | g)`` is a change of one: a blank before it keeps it from being read as an option.
    """
    for k, argument in enumerate(args):
        begins = argument[:1] == "-" and argument[:2] != "--"
        is_formula = begins and ("~" in argument or argument[1:2] in (" ", "("))
        yield f" {argument}" if is_formula else argument
        if argument == "--report":
            following = args[k + 1] if k + 1 < len(args) else ""
            if not following.lower().endswith(_PAGES):
                yield DEFAULT_REPORT
