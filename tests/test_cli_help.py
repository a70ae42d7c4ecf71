"""Pages of help, completion, and what a terminal sees that a pipe does not."""

import os
import re
import signal
import subprocess
import sys
from shutil import copytree
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from command_line import command
from saved_fits import CASES, Case, example_data, fit_of

from bayesmm.cli.app import app

PROGRAM = [sys.executable, "-m", "bayesmm"]
COMMANDS = {
    function.callback.__name__.replace("_", "-") for function in app.registered_commands
} | {"data"}


def test_the_page_of_all_commands(monkeypatch, capsys):
    assert command(monkeypatch, "--help") == 0
    page = capsys.readouterr().out
    for heading in ("Fit:", "Look at a saved fit:", "Course:", "Examples:", "Exit codes:"):
        assert f"\n{heading}\n" in page
    examples = page.partition("Examples:")[2].partition("Options:")[0]
    for name in COMMANDS:
        assert re.search(rf"^  {name}  ", page, re.MULTILINE), name
        assert re.search(rf"^  bayesmm {name}\b", examples, re.MULTILINE), name
    assert {line.split()[0] for line in page.partition("Exit codes:\n")[2].splitlines()[:5]} == {
        "0", "1", "2", "3", "130",
    }  # fmt: skip
    assert max(map(len, page.splitlines())) <= 100
    assert command(monkeypatch) == 0  # without a command
    assert capsys.readouterr().out == page


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_page_of_a_command(monkeypatch, capsys, name):
    assert command(monkeypatch, name, "--help") == 0
    page = capsys.readouterr().out
    assert page.startswith(f"Usage: bayesmm {name} ")
    assert f"bayesmm {name}" in page.partition("\n")[2]  # an example
    assert "\x1b" not in page


def test_fit_and_run_have_the_same_options(monkeypatch, capsys):
    options = {}
    for name in ("fit", "run"):
        command(monkeypatch, name, "--help")
        page = capsys.readouterr().out.partition("Sampling:")[2].partition("Options:")[0]
        options[name] = page
    assert options["fit"] == options["run"]
    assert "--target-accept" in options["fit"] and "--save" in options["fit"]


def test_the_examples_of_help_can_be_parsed(monkeypatch, capsys):
    """Every example names a command and options that exist."""
    known = {c.callback.__name__.replace("_", "-"): c for c in app.registered_commands}
    for name, registered in known.items():
        assert command(monkeypatch, name, "-h") == 0
        page = capsys.readouterr().out
        for line in (registered.epilog or "").splitlines():
            assert line.startswith(f"bayesmm {name}")
            for option in re.findall(r"--[a-z-]+", line):
                assert option in page, line


def test_help_answers_at_once():
    """Within 0.3 s on an idle machine: here the best of some calls, and a bound for a busy one."""
    best = min(_seconds([*PROGRAM, "--help"]) for _ in range(5))
    assert best < 1.0


def _seconds(arguments):
    began = perf_counter()
    subprocess.run(arguments, capture_output=True, check=True)
    return perf_counter() - began


def test_the_version(monkeypatch, capsys):
    assert command(monkeypatch, "--version") == 0
    assert re.fullmatch(r"bayesmm \d+\.\d+\.\d+\n", capsys.readouterr().out)


COMPLETIONS = [
    ("bayesmm ru", {"run"}),
    ("bayesmm run sitka_m", {"sitka_mm0", "sitka_mm1"}),
    ("bayesmm plot fit cater", {"caterpillar"}),
    ("bayesmm fit --family zero_inflated_p", {"zero_inflated_poisson"}),
    ("bayesmm fit --priors rst", {"rstanarm"}),
    ("bayesmm compare --leave g", {"group"}),
    ("bayesmm predict fit --kind resp", {"response"}),
]


@pytest.mark.parametrize(("line", "offered"), COMPLETIONS, ids=[line for line, _ in COMPLETIONS])
def test_the_shell_is_offered_names(line, offered):
    words = line.split(" ")
    done = subprocess.run(
        PROGRAM, capture_output=True, text=True, check=False,
        env=os.environ | {"_BAYESMM_COMPLETE": "complete_bash", "COMP_WORDS": line,
                          "COMP_CWORD": str(len(words) - 1)},
    )  # fmt: skip
    assert set(done.stdout.split()) == offered


def test_offered_names_are_the_names():
    from bayesmm.cli import completion
    from bayesmm.course import course_models
    from bayesmm.model.prior_presets import PRESETS
    from bayesmm.results.marginal.contrasts import METHODS
    from bayesmm.results.marginal.marginal_means import SCALES
    from bayesmm.results.prediction.predict import COMPONENTS
    from bayesmm.results.prediction.whom import KINDS, WHO
    from bayesmm.sampling.engines import ENGINES
    from bayesmm.script.script import LANGUAGES

    assert set(completion.course_names("")) == set(course_models())
    assert set(completion.presets("")) == set(PRESETS)
    assert set(completion.engines("")) == {"auto", *ENGINES}
    assert set(completion.who("")) == set(WHO)
    assert set(completion.kinds("")) == set(KINDS)
    assert set(completion.components("")) == set(COMPONENTS)
    assert set(completion.scales("")) == set(SCALES)
    assert set(completion.contrast_methods("")) == set(METHODS)
    assert set(completion.languages("")) == set(LANGUAGES)


# --- terminals ---------------------------------------------------------------------------------


def in_a_terminal(arguments, stopped_at=None, **variables):
    """Return what a command shows in a terminal of 100 columns, and its exit code.

    It is interrupted as soon as the words `stopped_at` are shown.
    """
    pty = pytest.importorskip("pty")  # not on Windows
    import fcntl
    import struct
    import termios

    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    child, master = pty.fork()
    if child == 0:
        os.execvpe(arguments[0], arguments, environment | {"TERM": "xterm"} | variables)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
        if stopped_at is not None and stopped_at in shown.decode(errors="replace"):
            os.kill(child, signal.SIGINT)
            stopped_at = None
    _, status = os.waitpid(child, 0)
    return shown.decode().replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(fit_of(CASES["names with strokes"]).save(tmp_path_factory.mktemp("s") / "fit"))


def numbers(text):
    return re.findall(r"\d+\.\d+", text)


def test_tables_are_drawn_in_a_terminal_only(folder):
    shown, code = in_a_terminal([*PROGRAM, "summary", folder])
    piped = subprocess.run(
        [*PROGRAM, "summary", folder], capture_output=True, text=True, check=False
    )
    assert code == piped.returncode
    assert "\x1b[" in shown and "\u2500\u2500" in shown
    assert "\x1b" not in piped.stdout + piped.stderr and "\u2500" not in piped.stdout
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    table = plain[plain.index("Common effects") : plain.index("lower, upper:")]
    page = piped.stdout[piped.stdout.index("Common effects") : piped.stdout.index("lower, upper:")]
    assert numbers(table) == numbers(page) != []


def test_a_narrow_terminal_keeps_the_names_of_models(folder, tmp_path):
    names = ("Realschule Köln-Mülheim, zweite Stichprobe", "Gymnasium Düsseldorf-Oberkassel")
    for name in names:
        copytree(folder, tmp_path / name)
    paths = [str(tmp_path / name) for name in names]
    shown, _ = in_a_terminal([*PROGRAM, "compare", *paths], COLUMNS="80")
    lines = re.sub(r"\x1b\[[0-9;]*[mK]", "", shown).splitlines()
    table = lines[: next(k for k, line in enumerate(lines) if line.startswith("Rows are left"))]
    for name in names:
        assert sum(line.strip().startswith(name) for line in table) > 1  # in each block
    assert max(map(len, table)) <= 80
    assert {"elpd", "d_se", "weight", "bic"} <= set(" ".join(table).split())


def test_no_color_takes_the_colours_away(folder):
    shown, _ = in_a_terminal([*PROGRAM, "summary", folder], NO_COLOR="1")
    codes = {
        int(n) for found in re.findall(r"\x1b\[([0-9;]*)m", shown) for n in found.split(";") if n
    }
    assert codes <= {0, 1, 2, 22}  # bold and dim are no colours
    assert "\u2500\u2500" in shown


def test_words_of_the_data_are_no_markup(tmp_path):
    data = example_data()
    data["g"] = data["g"].replace({"g1": "[bold]x[/bold] \x1b[2J"})
    fit_of(Case("y ~ x + (1 | g)", change=lambda _: data)).save(tmp_path / "fit")
    shown, _ = in_a_terminal([*PROGRAM, "predict", str(tmp_path / "fit")])
    assert "\x1b[2J" not in shown
    assert "[bold]x[/bold]" in shown and r"\x1b[2J" in shown


def test_a_reader_who_has_seen_enough_stops_nothing(tmp_path):
    arguments = ["run", "complete_pooling", "--draws", "400", "--out", str(tmp_path / "r")]
    with subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        running.stdout.close()
        errors = running.stderr.read()
    assert running.returncode == 0 and "Traceback" not in errors and "Broken" not in errors
    assert (tmp_path / "r" / "results.json").exists()


def test_ctrl_c_is_one_line(tmp_path):
    rng = np.random.default_rng(0)
    n = 20_000
    data = pd.DataFrame({"y": rng.poisson(2, n), "x": rng.normal(size=n), "g": np.arange(n) % 500})
    data.to_csv(tmp_path / "data.csv", index=False)
    arguments = ["fit", "y ~ x + (x | g)", str(tmp_path / "data.csv"), "--family", "poisson"]
    shown, code = in_a_terminal([*PROGRAM, *arguments, "--draws", "200000"], stopped_at="/s")
    assert code == 130 and "Traceback" not in shown
    # with enough draws by then there is the page of those, marked incomplete
    assert "Chain 4" in shown and "stopped" in shown.rpartition("Chain 4")[2]
