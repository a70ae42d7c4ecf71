"""The README's code runs and prints the page that it shows."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def lines(text: str) -> list[str]:
    """Return the lines without numbers, which depend on the machine's last bits."""
    return [re.sub(r"[\d.,]+", "#", line).split() for line in text.strip().splitlines()]


def test_the_code_prints_the_page(capsys):
    code = re.search(r"```python\n(.*?)```", README, re.S)[1]
    shown = re.search(r"```text\n(.*?)```", README, re.S)[1]
    exec(code, {})
    assert lines(capsys.readouterr().out) == lines(shown)


def test_every_command_exists():
    from bayesmm.cli import app

    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))
    used = set(re.findall(r"bayesmm (\w+)", shell))
    assert used <= known
    assert {"fit", "explain", "run", "models"} <= used
