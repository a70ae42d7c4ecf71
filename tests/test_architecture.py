"""The shape of the code base: imports go one way, files stay small, fences hold."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bayesmm"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "course_models" not in p.parts)

# A module may import from its own layer and from those before it. The first name that matches
# decides; the order is the way of the data.
LAYERS = (
    (
        *("errors", "cells", "data_columns", "exact_integers", "html", "owned"),
        *("saved_folder", "waiting", "writing"),
    ),
    ("family", "formula"),
    ("data", "read_table"),
    ("model",),
    ("explanation",),
    ("likelihood",),
    ("sampling",),
    ("fit_record",),
    ("results", "output", "course", "script"),
    ("studies",),
    ("plots",),
    ("report", "storage"),
    ("fitted",),
    ("api",),
    ("__init__",),
    ("cli", "__main__"),
)

# The library, and the only modules that may import it.
FENCES = {
    "bambi": {"model/bambi_model.py"},
    "mixedlm": {"likelihood/mixedlm_bridge.py"},
    "nutpie": {"sampling/pymc_path.py", "sampling/compiled/bridge.py"},
    # imported when something is compiled, by `sampling.compiled.deferred`
    "numba": {
        "sampling/compiled/numba_cache.py",
        "sampling/compiled/parts.py",
        "sampling/compiled/kernels/jets.py",
        "sampling/compiled/kernels/jet_words.py",
    },
}


def module_name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def imports(path: Path) -> list[str]:
    """Return the absolute names of every import, inside functions and for types too."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def layer(parts: str) -> int:
    head = re.split(r"[./]", parts)[0]
    for index, names in enumerate(LAYERS):
        if head in names:
            return index
    raise AssertionError(f"'{parts}' belongs to no layer; add it to LAYERS and ARCHITECTURE.md")


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_go_one_way(path):
    own = layer(module_name(path).removesuffix(".py"))
    for name in imports(path):
        if name.startswith("bayesmm."):
            assert layer(name.removeprefix("bayesmm.")) <= own, f"{module_name(path)}: {name}"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("library", FENCES)
def test_libraries_stay_behind_their_fence(library):
    users = {
        module_name(path)
        for path in FILES
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert users <= FENCES[library]


def test_answers_come_from_what_a_fit_owns():
    """``fit.data`` and ``fit.draws`` are the user's to change: nothing here may read them."""
    users = {
        f"{module_name(path)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in ("data", "draws")
        and ast.unparse(node.value).split(".")[-1] == "fit"
    }
    assert {user.split(":")[0] for user in users} <= {"results/pointwise.py"}, users


def test_package_file_is_a_table_of_contents():
    import bayesmm

    assert sorted(bayesmm.__all__) == bayesmm.__all__
    assert set(bayesmm._HOME) == set(bayesmm.__all__)
    for name in bayesmm.__all__:
        assert getattr(bayesmm, name) is not None


def test_help_imports_nothing_heavy():
    """`bayesmm --help` answers at once: no numerical library is imported for it."""
    code = (
        "import sys; sys.argv = ['bayesmm', '--help']\n"
        "from bayesmm.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'pandas', 'numba', 'pymc', 'arviz', 'matplotlib', 'nutpie'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_a_compiled_fit_imports_no_pymc():
    """From formula to printed summary: no PyMC, Bambi, ArviZ, scipy.stats or plotting library."""
    code = (
        "import sys, bayesmm\n"
        "data = bayesmm.load_data('sleepstudy')\n"
        "fit = bayesmm.fit('Reaction ~ Days + (Days | Subject)', data, seed=1, draws=50)\n"
        "str(fit.summary())\n"
        "heavy = {'pymc', 'pytensor', 'bambi', 'nutpie', 'arviz_plots', 'matplotlib'}\n"
        "heavy |= {'arviz_stats', 'scipy.stats', 'scipy.signal', 'scipy.interpolate'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_constraints_cover_the_dependencies():
    """Every dependency has a tested version, inside its range, and no address."""
    from packaging.requirements import Requirement

    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    tested = dict(line.split("==") for line in text.splitlines() if "==" in line)
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", pyproject, re.M | re.S).group(1)
    for line in re.findall(r'"([^"]+)"', block):
        requirement = Requirement(line)
        assert requirement.specifier.contains(tested[requirement.name]), line


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_dependency_has_an_upper_bound():
    project = pyproject()["project"]
    optional = [line for lines in project["optional-dependencies"].values() for line in lines]
    for line in [*project["dependencies"], *optional]:
        assert ",<" in line, line


@pytest.mark.parametrize("target", ["sdist", "wheel"])
def test_a_distribution_holds_named_files_alone(target):
    """What else lies in a checkout, such as data of a study, is not taken along."""
    from fnmatch import fnmatchcase

    patterns = pyproject()["tool"]["hatch"]["build"]["targets"][target]["include"]

    def taken(name):
        return any(fnmatchcase(f"/{name}", p) or fnmatchcase(f"/{name}", p.replace("**/", ""))
                   for p in patterns)  # fmt: skip

    for name in ("patients.csv", ".env", "private/a.py", "results/x/results.json", "key.json",
                 "bayesmm/.env", "bayesmm/a.csv", "tests/patients.csv", "docs/a.txt"):  # fmt: skip
        assert not taken(name), name
    shipped = [p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix not in (".pyc", "")]
    if target == "sdist":
        shipped += [ROOT / "README.md", ROOT / "LICENSE", ROOT / "CHANGELOG.md"]
        shipped += [
            p for n in ("models", "tests", "benchmarks", "tools") for p in (ROOT / n).rglob("*.py")
        ]
        shipped += list((ROOT / "tests").rglob("*.json"))
    for path in shipped:
        name = path.relative_to(ROOT).as_posix()
        assert taken(name) or "course_models" in name, name
