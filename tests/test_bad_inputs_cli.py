"""Every bad input of the catalogue, through the command line: one line, exit code 2."""

import re
import subprocess
import sys

import pytest
from bad_inputs import BAD_INPUTS, BadInput, frame, label
from command_line import command

from bayesmm.cli.arguments import parse_names, parse_priors
from bayesmm.errors import FormulaError, visible


def arguments(bad: BadInput, path) -> list[str]:
    given = ["fit", bad.formula, str(path), "--family", bad.family]
    return [*given, "--categorical", ",".join(bad.categorical)] if bad.categorical else given


# What a message says to who writes Python, and to who types a command.
_NUMBERS = "numbers in the file: with a decimal point and without separators"
_NAMED = r".*?isin\(\[('.*?')\]\)\)\) \(which marks .*? write NA\)"
IN_THE_SHELL = (
    (r"family='(\w+)'", r"--family \1"),
    (r"success='?(\w+)'?", r"--success \1"),
    (r" Or make 0 and 1 of them: .*$", ""),
    (r"(of|out of) categorical", r"\1 --categorical"),
    (r"data\.rename\(columns={'.*?': ('.*?')}\)", r"call it \1 in the file"),
    (r"days since the first: .*\.dt\.days", "days since the first, in the file"),
    (rf"numbers: data\['\w'\]{_NAMED}", rf"{_NUMBERS}; NA in place of \1"),
    (r"numbers: (if |data\['year'\]).*\)\)", _NUMBERS),
    (r"all of them text: .*\)", "all of them text, in the file"),
    (r"bayesmm\.read_table.*\)", "save the table as CSV"),
)


def in_the_shell(message: str) -> str:
    """Return a message of Python as the command line says it."""
    for python, shell in IN_THE_SHELL:
        message = re.sub(python, shell, message)
    return message


def expected(bad: BadInput) -> str:
    """Return the line: the message and, of a formula, the place."""
    line = f"bayesmm: {in_the_shell(bad.message)}"
    if bad.error is FormulaError and bad.formula:
        before = bad.formula[: len(bad.formula) - len(bad.at)]
        before = before if len(before) <= 60 else f"... {before[-60:]}"
        after = bad.at if len(bad.at) <= 60 else f"{bad.at[:60]} ..."
        line += f" In: {before} <<here>> {after}"
    return " ".join(visible(line).split()) + "\n"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; return its exit code and what it wrote."""

    def ran(*given: str) -> tuple[int, str, str]:
        code = command(monkeypatch, *given)
        written = capsys.readouterr()
        return code, written.out, written.err

    return ran


@pytest.mark.parametrize("bad", [bad for bad in BAD_INPUTS if bad.file], ids=label)
def test_bad_input_is_one_line_and_exit_code_two(bad, run, tmp_path, monkeypatch):
    path = tmp_path / "data.csv"
    if bad.csv:
        bad.data().to_csv(path, index=False)
    else:  # no file of text gives such data: they come in place of what was read
        monkeypatch.setattr("bayesmm.reading.read_table", lambda _: bad.data())
    code, out, errors = run(*arguments(bad, path))
    assert code == 2
    assert out == ""
    assert errors == expected(bad)
    assert "Traceback" not in errors
    if bad.csv:  # what comes from no file is told in the words of Python
        said = re.sub(r"'[^']*'", "", errors.partition(" In: ")[0])  # without what was given
        assert not re.search(r"\b[a-z_]+=['\d{]|\.\w+\(", said)


CHOSEN = [
    next(bad for bad in BAD_INPUTS if bad.formula == formula and bad.csv)
    for formula in ("", "y ~ x | g", "y ~ os.system('ls')", "y ~ log(x)", "y ~ (1 | e)")
]


@pytest.mark.parametrize("bad", CHOSEN, ids=label)
def test_bad_input_in_a_process_of_its_own(bad, tmp_path):
    path = tmp_path / "data.csv"
    bad.data().to_csv(path, index=False)
    done = subprocess.run(
        [sys.executable, "-m", "bayesmm", *arguments(bad, path)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", expected(bad))


FILES = {
    "empty.csv": (b"", "'{path}' is empty."),
    "comments.csv": (b"# a\n# b\n", "'{path}' cannot be read as a table: it has no line but"),
    "zeros.csv": (b"y,x\n1,\0\n", "it holds zero bytes, as no text has."),
    "quote.csv": (b'y,x\n1,"2\n', "cannot be read as a table: EOF inside string"),
    "ragged.csv": (b"y,x\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3."),
    "wide.csv": (b"y,x\n1,2,3,4\n", "its rows have more fields than its header."),
    "columns.csv": (b"x," * 20_000 + b"\n", "has 20,001 columns; at most 10,000 are read"),
    "line.csv": (b"x" * 2_000_000, "it has no line end in 1,048,576 bytes."),
    "double.csv": (
        b"y,x,x\n1,2,3\n2,5,4\n",
        "The data have 2 columns named 'x'; rename all but one.",
    ),
    "index.csv": (b"y,z\n1,2\n", "'x' is not a column of the data. Columns: y, z."),
    "junk.parquet": (b"junk", "cannot be read as a table"),
    "junk.arrow": (b"junk", "cannot be read as a table"),
    "junk.feather": (b"ARROW1\0\0", "cannot be read as a table"),
    "junk.xlsx": (b"junk", "cannot be read as a table: it is no workbook."),
    "data.rds": (b"x", "write.csv(data, 'data.csv', row.names = FALSE)."),
    "data.csv.gz": (b"x", "It is compressed; unpack it first."),
    "data.pkl": (b"x", "Such a file can run code when it is read"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_one_line_and_exit_code_two(name, run, tmp_path):
    content, message = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    code, out, errors = run("fit", "y ~ x", str(path))
    assert (code, out) == (2, "")
    assert message.format(path=path) in errors
    assert errors.startswith("bayesmm: ") and errors.count("\n") == 1


def test_no_file_and_a_folder(run, tmp_path):
    missing = tmp_path / "nothing.csv"
    assert run("fit", "y ~ x", str(missing)) == (2, "", f"bayesmm: There is no file '{missing}'.\n")
    _, _, errors = run("fit", "y ~ x", str(tmp_path))
    assert errors == (
        f"bayesmm: There is no file '{tmp_path}': it is a folder, and has no Parquet files "
        "(.parquet, .pq).\n"
    )
    _, _, errors = run("explain", "y ~ x", str(tmp_path))
    assert errors == f"bayesmm: There is no file '{tmp_path}': it is a folder.\n"


def test_what_a_terminal_would_obey_is_escaped(run, tmp_path):
    path = tmp_path / "data.csv"
    frame().to_csv(path, index=False)
    code, _, errors = run("fit", "y ~ `\x1b[2J\u202ex`", str(path))
    assert code == 2
    assert "\x1b" not in errors and "\u202e" not in errors
    assert r"'\x1b[2J\u202ex' is not a column of the data." in errors


def test_a_long_formula_is_shown_around_the_place_only(run, tmp_path):
    path = tmp_path / "data.csv"
    frame().to_csv(path, index=False)
    terms = " + ".join(["x"] * 1000)
    _, _, errors = run("fit", f"y ~ {terms} + nothing + {terms}", str(path))
    assert len(errors) < 400
    assert "+ x + <<here>> nothing + x" in errors


PRIORS = [
    ("brms", "brms"),
    ("x=Normal(0,1)", {"x": "Normal(0,1)"}),
    (" x = Normal(0, 1) ; sigma=HalfNormal(5);", {"x": "Normal(0, 1)", "sigma": "HalfNormal(5)"}),
    (
        "poly(x, degree = 2)[1]=Normal(mu=0, sigma=1)",
        {"poly(x, degree = 2)[1]": "Normal(mu=0, sigma=1)"},
    ),
]


@pytest.mark.parametrize(("text", "meaning"), PRIORS)
def test_priors_are_read_by_name(text, meaning):
    assert parse_priors(text) == meaning


def test_names_of_categorical_columns_may_hold_commas():
    assert parse_names("") == []
    assert parse_names("Year, Area") == ["Year", "Area"]
    assert parse_names('"Dose, mg",Year') == ["Dose, mg", "Year"]
