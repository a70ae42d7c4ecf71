"""Data as people have them: files of every kind, frames of every library, names of any sort."""

import json
import os
import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm import cli
from bayesmm.errors import DataError
from bayesmm.explanation.explain import explain
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors
from bayesmm.reading import read_table

GAUSSIAN = resolve_family("gaussian")


def written(tmp_path, content: str | bytes, name: str = "data.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_lists(frame: pd.DataFrame) -> list[list]:
    return [list(frame.columns), *([*row] for row in frame.itertuples(index=False))]


# ---------------------------------------------------------------- text

TABLE = [["y", "g"], [1.5, "a"], [2.0, "b"]]
SAME = {
    "comma": "y,g\n1.5,a\n2,b\n",
    "semicolon": "y;g\n1.5;a\n2;b\n",
    "semicolon, decimal comma": "y;g\n1,5;a\n2;b\n",
    "tab": "y\tg\n1.5\ta\n2\tb\n",
    "tab, decimal comma": "y\tg\n1,5\ta\n2\tb\n",
    "bar": "y|g\n1.5|a\n2|b\n",
    "white space": "y g\n 1.5   a\n2 b \n",
    "white space, quoted": '"y" "g"\n1.5 "a"\n2 "b"\n',
    "quoted": '"y","g"\n"1.5","a"\n"2","b"\n',
    "Windows line ends": "y,g\r\n1.5,a\r\n2,b\r\n",
    "old Macintosh line ends": "y,g\r1.5,a\r2,b\r",
    "no last line end": "y,g\n1.5,a\n2,b",
    "blank lines": "\ny,g\n\n1.5,a\n2,b\n\n",
    "comments": "# made by hand, in 2020\n#\ny,g\n1.5,a\n2,b\n",
    "Excel's first line": "sep=;\ny;g\n1.5;a\n2;b\n",
    "spaces around names": " y , g \n1.5,a\n2,b\n",
    "separator at the line ends": "y,g\n1.5,a,\n2,b,\n",
    "R's write.csv": '"","y","g"\n"1",1.5,"a"\n"2",2,"b"\n',
    "R's write.table": '"y" "g"\n"1" 1.5 "a"\n"2" 2 "b"\n',
    "pandas's to_csv": ",y,g\n0,1.5,a\n1,2,b\n",
}


@pytest.mark.parametrize("kind", SAME)
def test_text_of_every_kind_is_the_same_table(kind, tmp_path):
    assert as_lists(read_table(written(tmp_path, SAME[kind]))) == TABLE


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "dat", "CSV"])
def test_the_ending_of_a_text_does_not_matter(ending, tmp_path):
    path = written(tmp_path, SAME["tab"], f"data.{ending}")
    assert as_lists(read_table(path)) == TABLE


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_encodings(encoding, tmp_path):
    path = written(tmp_path, "größe;g\n1,5;é\n2;ü\n".encode(encoding))
    assert as_lists(read_table(path)) == [["größe", "g"], [1.5, "é"], [2.0, "ü"]]


def test_an_encoding_that_shows_late_is_met_and_told(tmp_path):
    rows = "1,a\n" * 400_000
    frame = read_table(written(tmp_path, ("y,g\n" + rows).encode() + "2,é\n".encode("cp1252")))
    assert len(frame) == 400_001
    assert frame["g"].iloc[-1] == "é"
    assert frame.attrs["notes"] == ("The file is not UTF-8; it was read as Windows-1252.",)


@pytest.mark.parametrize(
    ("text", "column", "values"),
    [
        ("y\tx\n1,234\t1\n2,000\t2\n", "y", ["1,234", "2,000"]),  # thousands, or a decimal comma?
        ('y,x\n"1,234",1\n"2,000",2\n', "y", ["1,234", "2,000"]),
        ("y;x\n1,5;1.5\n2;2\n", "y", ["1,5", "2"]),  # both signs in one file
        ("y;x\n0,234;1\n1,500;2\n", "y", [0.234, 1.5]),
    ],
)
def test_a_comma_is_a_decimal_sign_only_where_it_must_be(text, column, values, tmp_path):
    assert read_table(written(tmp_path, text))[column].tolist() == values


def test_a_separator_inside_quotes_is_text(tmp_path):
    frame = read_table(written(tmp_path, '"Dose, mg",g\n1,"a; b, c"\n2,"d ""e"""\n'))
    assert as_lists(frame) == [["Dose, mg", "g"], [1, "a; b, c"], [2, 'd "e"']]


def test_missing_values_and_the_level_none(tmp_path):
    frame = read_table(written(tmp_path, "y,dose\n1,None\nNA,low\n,NULL\nn/a,None\n"))
    assert frame["y"].isna().tolist() == [False, True, True, True]
    assert frame["dose"].fillna("-").tolist() == ["None", "low", "-", "None"]


def test_names_of_rows_are_kept_and_numbers_of_rows_are_not(tmp_path):
    frame = read_table(written(tmp_path, '"","y"\n"Fiat",1\n"Honda",2\n'))
    assert as_lists(frame) == [["Unnamed: 0", "y"], ["Fiat", 1], ["Honda", 2]]
    frame = read_table(written(tmp_path, ",y\n3,1\n1,2\n"))
    assert as_lists(frame) == [["Unnamed: 0", "y"], [3, 1], [1, 2]]
    frame = read_table(written(tmp_path, ",y\n1,1\n2,2\n"))
    assert frame.attrs["notes"] == (
        "The first column of the file, without a name, counts the rows and was left out.",
    )


def test_columns_of_one_name_keep_it(tmp_path):
    frame = read_table(written(tmp_path, "y,x,x,\n1,2,3,4\n2,5,6,7\n"))
    assert list(frame.columns) == ["y", "x", "x", "Unnamed: 3"]
    assert build_design("y ~ 1", frame, GAUSSIAN).n_obs == 2
    with pytest.raises(DataError, match="2 columns named 'x'; rename all but one"):
        build_design("y ~ x", frame, GAUSSIAN)


def test_a_column_that_turns_to_text_late_is_text_throughout(tmp_path):
    frame = read_table(written(tmp_path, "y,g\n" + "1,2\n" * 400_000 + "3,x\n"))
    assert set(frame["g"]) == {"2", "x"}


def test_identifiers_of_many_digits_stay_apart(tmp_path):
    text = (
        "y,g\n1,123456789012345678901234\n2,123456789012345678901235\n3,123456789012345678901235\n"
    )
    design = build_design("y ~ (1 | g)", read_table(written(tmp_path, text)), GAUSSIAN)
    assert design.factors == {"g": ("123456789012345678901234", "123456789012345678901235")}


def test_a_break_in_a_header_is_a_space(tmp_path):
    assert list(read_table(written(tmp_path, '"Body\nweight",y\n1,2\n')).columns) == [
        "Body weight",
        "y",
    ]


def test_notes_of_the_reading_reach_the_design(tmp_path):
    frame = read_table(written(tmp_path, ";y;x\n1;1,5;2\n2;2,5;3\n3;2,0;5\n"))
    assert build_design("y ~ x", frame, GAUSSIAN).notes == (
        "Numbers of the file have a decimal comma.",
        "The first column of the file, without a name, counts the rows and was left out.",
    )


# ---------------------------------------------------------------- other formats


@pytest.fixture
def data() -> pd.DataFrame:
    i = np.arange(36)
    return pd.DataFrame(
        {
            "y": 5 + np.sin(i) + i / 10,
            "x": (i * 7 % 11).astype(float),
            "a": np.array(["lo", "mid", "hi"])[i % 3],
            "g": 300 + i // 6,
            "flag": i * 5 % 7 < 3,
        }
    )


def stream(frame: pd.DataFrame, path) -> None:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)


WRITERS = {
    "data.parquet": lambda frame, path: frame.to_parquet(path),
    "data.pq": lambda frame, path: frame.to_parquet(path),
    "data.feather": lambda frame, path: frame.to_feather(path),
    "data.arrow": lambda frame, path: frame.to_feather(path),
    "stream.arrow": stream,
}


@pytest.mark.parametrize("name", WRITERS)
def test_binary_formats(name, data, tmp_path):
    data["a"] = pd.Categorical(data["a"], categories=["lo", "mid", "hi"])
    path = tmp_path / name
    WRITERS[name](data, path)
    text = "y ~ x * a + flag + (x | g)"
    ours, theirs = (build_design(text, d, GAUSSIAN) for d in (read_table(path), data))
    np.testing.assert_array_equal(ours.mu.X, theirs.mu.X)
    assert ours.mu.names == theirs.mu.names
    assert ours.factors == theirs.factors


def test_an_index_with_a_name_is_a_column(data, tmp_path):
    data.set_index("g").to_parquet(tmp_path / "data.parquet")
    assert build_design("y ~ (1 | g)", read_table(tmp_path / "data.parquet"), GAUSSIAN).n_obs == 36


def test_excel(data, tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "data.xlsx"
    with pd.ExcelWriter(path) as book:
        data.assign(x2=1).rename(columns={"x2": "x"}).to_excel(book, sheet_name="one", index=False)
        data.to_excel(book, sheet_name="two")
    frame = read_table(path)
    assert list(frame.columns) == ["y", "x", "a", "g", "flag", "x"]
    assert frame.attrs["notes"] == ("Sheet 'one' of 2 was read.",)
    np.testing.assert_allclose(frame["y"], data["y"], rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "package", "install"),
    [
        ("data.xlsx", "openpyxl", "'bayesmm[excel]'"),
        ("data.xls", "xlrd", "xlrd"),
        ("data.parquet", "pyarrow", "pyarrow"),
    ],
)
def test_a_missing_package_is_named(name, package, install, tmp_path, monkeypatch):
    reader = "read_parquet" if package == "pyarrow" else "ExcelFile"

    def missing(*_, **__):
        raise ImportError(f"Missing optional dependency '{package}'.")

    monkeypatch.setattr(pd, reader, missing)
    path = written(tmp_path, b"\xd0\xcf\x11\xe0", name)
    if package == "pyarrow":  # what it unpacks to is looked at first
        pd.DataFrame({"x": [1.0]}).to_parquet(path)
    with pytest.raises(DataError) as caught:
        read_table(path)
    assert str(caught.value) == (
        f"Reading '{name}' needs the package {package}: pip install {install}. Or save the table "
        "as CSV."
    )


def test_a_workbook_that_unpacks_to_very_much_is_refused(tmp_path):
    from zipfile import ZipFile

    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0")
    content = path.read_bytes()
    # The size that the directory of the archive states, made three gibibytes.
    directory = content.rindex(b"PK\x01\x02")
    size = (3 * 2**30).to_bytes(4, "little")
    path.write_bytes(content[: directory + 24] + size + content[directory + 28 :])
    with pytest.raises(DataError, match="unpacks to 3 GiB; at most 2 GiB are read"):
        read_table(path)


# ---------------------------------------------------------------- frames of other libraries


class ArrowFrame:
    """As a polars frame: names in `columns`, a selection, and Arrow's C stream."""

    def __init__(self, table, asked=()):
        self.table, self.asked = table, asked

    @property
    def columns(self):
        return self.table.column_names

    def __len__(self):
        return self.table.num_rows

    def select(self, names):
        return ArrowFrame(self.table.select(names), (*self.asked, *names))

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def frames(data: pd.DataFrame) -> dict[str, object]:
    import pyarrow as pa

    table = pa.Table.from_pandas(data)
    found = {
        "pandas": data,
        "pandas, Arrow types": data.convert_dtypes(dtype_backend="pyarrow"),
        "pandas, nullable types": data.convert_dtypes(),
        "pandas, object": data.astype(object),
        "pyarrow": table,
        "pyarrow, batch of chunks": pa.concat_tables([table.slice(0, 10), table.slice(10)]),
        "polars-like": ArrowFrame(table),
    }
    try:
        import polars
    except ImportError:
        return found
    return {**found, "polars": polars.from_pandas(data)}


@pytest.mark.parametrize("kind", ["pandas", "pyarrow", "polars-like", "polars"])
def test_a_fit_takes_every_frame(kind, data):
    every = frames(data)
    if kind not in every:
        pytest.skip("polars is not installed")
    quick = {"chains": 2, "draws": 100, "max_effort": 1, "tune": 150, "seed": 1, "progress": False}
    fit = bayesmm.fit("y ~ x + a + (1 | g)", every[kind], **quick)
    same = bayesmm.fit("y ~ x + a + (1 | g)", data, **quick)
    pd.testing.assert_frame_equal(fit.fixef(), same.fixef())
    assert fit.ml is not None
    assert "a[mid]" in str(fit.summary())
    new = frames(data.head(4))[kind]
    assert len(fit.predict(new).table) == 4


def test_designs_of_every_frame_are_the_same(data):
    text = "y ~ x * a + flag + (x | g)"
    expected = build_design(text, data, GAUSSIAN)
    for kind, frame in frames(data).items():
        design = build_design(text, frame, GAUSSIAN)
        np.testing.assert_array_equal(design.mu.X, expected.mu.X, err_msg=kind)
        assert design.mu.names == expected.mu.names, kind
        assert design.factors == expected.factors, kind


def test_only_the_columns_needed_are_read(data, monkeypatch):
    """Fails where other columns of a frame are converted."""
    read = []
    stream = ArrowFrame.__arrow_c_stream__
    monkeypatch.setattr(
        ArrowFrame, "__arrow_c_stream__", lambda own, *a: read.append(own.asked) or stream(own, *a)
    )
    build_design("y ~ x + (1 | a)", frames(data)["polars-like"], GAUSSIAN)
    assert set(read) == {("y", "x", "a")}


# ---------------------------------------------------------------- memory

N = 1_000_000


def numbers(n: int = N) -> pd.DataFrame:
    random = np.random.default_rng(1)
    columns = {name: random.normal(size=n) for name in ("y", "x", "z", "w")}
    return pd.DataFrame({**columns, "g": random.integers(0, 1000, n)})


def test_a_million_rows_are_copied_less_than_twice():
    """The design, its priors, and all that is needed on the way, against the size of the frame.

    The priors are of centred columns, which are made once more while their scales are taken.
    """
    data = numbers()
    size = data.memory_usage().sum()
    tracemalloc.start()
    try:
        design = build_design("y ~ x + z + w + (x | g)", data, GAUSSIAN)
        choose_priors(design, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert design.n_obs == N
    centred = design.mu.X.nbytes + sum(block.columns.Z.nbytes for block in design.blocks)
    assert peak < 2 * size + centred


def test_a_factor_of_many_columns_is_made_once():
    data = numbers(N // 5)
    data["f"] = data["g"] % 30
    tracemalloc.start()
    try:
        design = build_design("y ~ f", data, GAUSSIAN, categorical="f")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * design.mu.X.nbytes + data.memory_usage().sum()


READING = """
import resource, sys
import pandas, pyarrow
from bayesmm.reading import read_table
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
frame = read_table(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024, frame.memory_usage(deep=True).sum())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is the platform's")
def test_reading_a_file_takes_less_than_two_copies_beside_the_table(tmp_path):
    path = tmp_path / "large.csv"
    numbers().round(6).to_csv(path, index=False)
    done = subprocess.run(
        [sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=True
    )
    peak, size = map(int, done.stdout.split())
    assert peak < 3 * size + os.cpu_count() * 2**20 + 16 * 2**20


# ---------------------------------------------------------------- names

NAMES = {
    "y": "Reaction time [ms]",
    "x": "dose.level",
    "x2": "a-b",
    "x3": "größe",
    "x4": "lambda",
    "x5": "日本",
    "x6": "1st x+y*2",
    "x7": "TRUE",
    "a": "class",
    "g": "the group (no. 1)",
    "h": "site/block",
}


@pytest.fixture(scope="module")
def awkward() -> pd.DataFrame:
    random = np.random.default_rng(5)
    n = 240
    table = {f"x{j}" if j > 1 else "x": random.normal(size=n) for j in range(1, 8)}
    table |= {"a": random.choice(["<b>lo</b>", 'hi & "so"'], n)}
    table |= {"g": np.arange(n) % 12, "h": np.arange(n) // 20 % 6}
    effects = random.normal(size=(12, 2))
    y = 3 + table["x"] + effects[table["g"], 0] + effects[table["g"], 1] * table["x"]
    table["y"] = y + random.normal(size=n) + table["h"] / 3
    return pd.DataFrame(table).rename(columns=NAMES)


RIGHT = (
    "`dose.level` + `a-b` + `größe` + `lambda` + `日本` + I(`1st x+y*2`^2) + `TRUE` * class"
    " + (`dose.level` | `the group (no. 1)`) + (1 | `site/block`)"
)
AWKWARD = f"`Reaction time [ms]` ~ {RIGHT}"
QUICK = {"chains": 2, "draws": 150, "max_effort": 1, "tune": 200, "seed": 2, "progress": False}


def test_awkward_names_go_all_the_way(awkward, tmp_path):
    fit = bayesmm.fit(AWKWARD, awkward, **QUICK)
    assert fit.design.response == "Reaction time [ms]"
    terms = fit.fixef()["term"].tolist()
    assert {"dose.level", "a-b", "größe", "lambda", "日本", "I(1st x+y*2^2)", "TRUE"} < set(terms)
    assert any(term.startswith("class[") for term in terms)
    assert set(fit.draws["posterior"].data_vars) >= {
        "dose.level",
        "dose.level|the group (no. 1)",
        "the group (no. 1)_corr",
        "1|site\N{DIVISION SLASH}block_sigma",
    }
    groups = fit.ranef()
    assert set(groups["grp"]) == {"the group (no. 1)", "site/block"}
    assert len(groups) == 12 * 2 + 6
    assert fit.ml.fixef()["term"].tolist() == terms
    assert "the group (no. 1)" in str(fit.summary())
    page = fit.summary()._repr_html_()
    assert "&lt;b&gt;lo&lt;/b&gt;" in page or "hi &amp;" in page
    assert "<b>lo</b>" not in page and '& "so"' not in page
    assert "<b>lo</b>" not in fit.priors._repr_html_()
    stored = json.loads(fit.to_json())
    assert [row["term"] for row in stored["fixef"]] == terms
    assert stored["groups"] == {"the group (no. 1)": 12, "site/block": 6}
    assert len(fit.predict(awkward.head(3)).table) == 3


def test_awkward_names_in_the_bambi_model(awkward):
    fit = bayesmm.fit(AWKWARD, awkward, **QUICK)
    built = {variable.name for variable in fit.pymc_model.free_RVs}
    assert {"dose.level", "größe", "lambda", "dose.level|the group (no. 1)_sigma_centred"} < built


@pytest.mark.slow
def test_awkward_names_through_pymc(awkward):
    fit = bayesmm.fit(AWKWARD, awkward, engine="pymc", **QUICK)
    compiled = bayesmm.fit(AWKWARD, awkward, **QUICK)
    ours, theirs = set(fit.draws["posterior"].data_vars), set(compiled.draws["posterior"].data_vars)
    assert ours == theirs


def test_awkward_names_through_the_command_line(awkward, tmp_path, monkeypatch, capsys):
    path, out = tmp_path / "data file.csv", tmp_path / "out"
    awkward.to_csv(path, index=False, sep=";", decimal=",")
    given = ["fit", AWKWARD, str(path), "--chains", "2", "--draws", "150", "--tune", "200"]
    given += ["--max-effort", "1"]
    options = ["--priors", "dose.level = Normal(0, 10); I(1st x+y*2^2) = Normal(0, 5)"]
    monkeypatch.setattr(sys, "argv", ["bayesmm", *given, *options, "--out", str(out)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code in (None, 0, 3)  # so few draws may not be of use
    page = capsys.readouterr().out
    assert "decimal comma" in page
    assert "I(1st x+y*2^2)" in page
    table = pd.read_csv(out / "fixef.csv")
    assert "größe" in table["term"].tolist()
    priors = pd.read_csv(out / "priors.csv").set_index("parameter")["prior"]
    assert priors["I(1st x+y*2^2)"] == "Normal(0, 5)"


def test_names_and_levels_are_no_markup(awkward):
    script, image = "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'
    data = awkward.rename(columns={"a-b": script})
    data["class"] = np.where(data["class"].str.startswith("<"), image, "plain")
    formula = f"`Reaction time [ms]` ~ `{script}` + class + (`{script}` | `the group (no. 1)`)"
    fit = bayesmm.fit(formula, data, **QUICK)
    pages = [fit.summary(), fit.priors, fit.diagnostics, explain(formula, data)]
    for page in pages:
        html = page._repr_html_()
        assert "<script" not in html and "<img" not in html
    assert "&lt;script" in pages[0]._repr_html_()


def test_what_a_terminal_would_obey_in_a_level_is_escaped(tmp_path, monkeypatch, capsys):
    n = 60
    data = pd.DataFrame({"hit": np.where(np.arange(n) % 3, "\x1b[2Jno", "\x1b[2Jyes")})
    data["x"] = np.arange(n) % 7
    data.to_csv(tmp_path / "data.csv", index=False)
    given = ["explain", "hit ~ x", str(tmp_path / "data.csv"), "--family", "bernoulli"]
    given += ["--success", "\x1b[2Jyes"]
    monkeypatch.setattr(sys, "argv", ["bayesmm", *given])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code in (None, 0)
    page = capsys.readouterr().out
    assert "\x1b" not in page
    assert r"\x1b[2Jyes" in page


def test_the_function_can_be_called_whatever_was_imported_before(tmp_path):
    """No module is called `bayesmm.read_table`: importing one would take the name away."""
    import importlib

    importlib.import_module("bayesmm.reading.dialect")
    path = written(tmp_path, "y,g\n1.5,a\n2,b\n")
    assert as_lists(bayesmm.read_table(path)) == TABLE
