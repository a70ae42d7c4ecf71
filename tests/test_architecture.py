"""The shape of the code base: imports go one way, files stay small, fences hold."""

import ast
import functools
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "bayesmm"
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "course_models" not in p.parts)

# A module may import from its own layer and from those before it. The first name that matches
# decides; the order is the way of the data.
LAYERS = (
    (
        *("arrays", "errors", "cells", "choices", "data_columns", "documented"),
        *(
            "exact_integers",
            "html",
            "noted_table",
            "one_thread",
            "owned",
            "prose",
            "result_table",
            "saved_folder",
            "special",
            "table_latex",
        ),
        *("table_text", "table_word", "verbs", "waiting"),
        *("wording", "writing"),
    ),
    ("family", "formula"),
    ("data", "reading"),
    ("model",),
    ("explanation",),
    ("likelihood",),
    ("sampling",),
    ("fit_record", "fit_sampling"),
    ("results", "citation", "output", "course", "script"),
    ("studies",),
    ("plots",),
    ("report", "storage"),
    (
        *("fitted", "fitted_kept", "fitted_marginal", "fitted_tidy"),
        *("fitted_update", "fitted_words"),
    ),
    ("api",),
    ("resuming",),
    ("rerunning",),
    ("__init__",),
    ("cli", "__main__"),
)

# The library, and the only modules that may import it.
FENCES = {
    "bambi": {"model/bambi_model.py"},
    "scipy.special": {"special.py"},
    "threadpoolctl": {"one_thread.py"},
    "distributed": {"studies/cluster.py"},
    "joblib": {"studies/cluster.py", "studies/tasks.py"},
    "nutpie": {"sampling/pymc_path.py", "sampling/compiled/nutpie_sampler.py"},
    # imported when something is compiled, by `sampling.compiled.deferred`
    "numba": {
        "sampling/compiled/known_types.py",
        "sampling/compiled/lowering.py",
        "sampling/compiled/parts.py",
        "sampling/compiled/steps.py",
        "sampling/compiled/kernels/jets.py",
        "sampling/compiled/kernels/jet_variables.py",
        "sampling/compiled/kernels/jet_words.py",
        "sampling/compiled/kernels/pure_calls.py",
    },
}


_VERB = re.compile(r"bayesmm(\.\w+)+:\w+")


def module_name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of the syntax tree of a file."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@functools.cache
def imports(path: Path) -> list[str]:
    """Return the absolute names of every import, inside functions and for types too.

    What `bayesmm.verbs` imports when it is called is written as ``"module:function"``.
    """
    names = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif _is_verb(node):
            names.append(node.value.replace(":", "."))
    return names


def _is_verb(node: ast.AST) -> bool:
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and _VERB.fullmatch(text) is not None


def layer(parts: str) -> int:
    head = re.split(r"[./]", parts)[0]
    for index, names in enumerate(LAYERS):
        if head in names:
            return index
    raise AssertionError(f"'{parts}' belongs to no layer; add it to LAYERS and ARCHITECTURE.md")


def test_imports_go_one_way():
    for path in FILES:
        own = layer(module_name(path).removesuffix(".py"))
        for name in imports(path):
            if name.startswith("bayesmm."):
                assert layer(name.removeprefix("bayesmm.")) <= own, f"{module_name(path)}: {name}"


def test_the_page_lists_the_layers_that_are_enforced():
    """Fails where a module has a layer that the page does not say, or says otherwise."""
    page = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"`(errors,[^`]* < [^`]*)`", page)
    listed = [set(names.split(", ")) for names in line.split(" < ")]
    enforced = [{name for name in names if not name.startswith("__")} for names in LAYERS]
    assert listed == [names for names in enforced if names]


def test_what_is_imported_when_called_is_there():
    """Fails where a verb is said to be in a module that has no such function."""
    verbs = {node.value: path for path in FILES for node in nodes(path) if _is_verb(node)}
    assert len(verbs) > 40
    for verb, path in verbs.items():
        module, _, name = verb.partition(":")
        assert callable(getattr(import_module(module), name, None)), f"{module_name(path)}: {verb}"
        assert verb.replace(":", ".") in imports(path)


def test_every_layer_is_there():
    """A name of a layer that is no module any more stays listed otherwise."""
    there = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES}
    assert {name for names in LAYERS for name in names} == there


def modules() -> dict[str, Path]:
    """Return every module by its full name; a package is its ``__init__``."""
    named = {path: ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES}
    return {name.removesuffix(".__init__"): path for path, name in named.items()}


def imported_modules(known: dict[str, Path], path: Path) -> set[str]:
    """Return the modules of the package that a file names, wherever it imports them."""
    return {n for name in imports(path) if (n := _longest(known, name)) is not None}


def _longest(known: dict[str, Path], name: str) -> str | None:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name or None


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules each of which leads to all others of its group."""
    reached = {start: set(ends) for start, ends in graph.items()}
    for middle in graph:  # Warshall's transitive closure
        for ends in reached.values():
            if middle in ends:
                ends.update(reached[middle])
    groups = {
        frozenset({start, *(end for end in ends if start in reached[end])})
        for start, ends in reached.items()
        if start in ends
    }
    return sorted(map(sorted, groups))


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set(), "e": {"e"}, "f": {"a"}}
    assert circles(graph) == [["a", "b", "c"], ["e"]]


def test_no_module_leads_back_to_itself():
    """Imports within functions and for types count as those at the top do."""
    known = modules()
    graph = {name: imported_modules(known, path) for name, path in known.items()}
    assert sum(map(len, graph.values())) > 1000  # they are read
    assert circles(graph) == []


# Names of more than one class or function, and why the reader is not misled.
SHARED_NAMES = {
    **dict.fromkeys(
        (
            *("check", "compare", "contrasts", "emmeans", "explain", "fit", "hypothesis", "icc"),
            *("answer", "methods", "ml", "predict", "prior_predictive", "r2", "rerun", "slopes"),
            *("bootstrap", "calibrate", "crossval", "power", "resume"),
        ),
        "a command of the command line is called as the function that it runs",
    ),
    **dict.fromkeys(
        ("check", "fixef", "pooling", "residuals", "shrinkage"),
        "a picture, fit.plot.NAME, is called as the numbers that it draws",
    ),
    **dict.fromkeys(
        ("coef", "fixef", "ranef", "varcorr"),
        "lme4's names of the same table, of a posterior and of a maximum-likelihood fit",
    ),
    "pooling": "bayesmm.pooling fits a model and asks the fit for the same table",
    **dict.fromkeys(
        ("prepare", "responses", "unsupported_reason"),
        "what each kernel, each engine, each density answers: called through a registry",
    ),
}


def test_one_name_is_one_thing():
    """A public class or function has a name that no other has, wherever it is defined."""
    homes: dict[str, list[str]] = {}
    for path in FILES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(module_name(path))
    assert homes["Fit"] == ["fitted.py"]
    shared = {name: files for name, files in homes.items() if len(files) > 1}
    assert {n: files for n, files in shared.items() if n not in SHARED_NAMES} == {}


def test_files_stay_small():
    for path in FILES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, module_name(path)


@pytest.mark.parametrize("library", FENCES)
def test_libraries_stay_behind_their_fence(library):
    users = {
        module_name(path)
        for path in FILES
        if any(f"{name}.".startswith(f"{library}.") for name in imports(path))
    }
    assert users <= FENCES[library]


def test_answers_come_from_what_a_fit_owns():
    """``fit.data`` and ``fit.draws`` are the user's to change: nothing here may read them."""
    users = {
        f"{module_name(path)}:{node.lineno}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        and node.attr in ("data", "draws")
        and ast.unparse(node.value).split(".")[-1] == "fit"
    }
    assert {user.split(":")[0] for user in users} <= {"results/densities/pointwise.py"}, users


# What belongs to a linear predictor of a design, and what to the parts of a block.
OF_PREDICTORS = {"X", "intercept", "names", "offset", "center", "centre", "terms"}
OF_BLOCK_PARTS = {"codes", "Z", "correlated"}


def test_a_design_is_read_through_its_predictors():
    """``design.mu.X``, ``block.columns.Z``: nothing is written for one predictor alone."""
    from bayesmm.model.block import Block
    from bayesmm.model.design import Design

    assert not OF_PREDICTORS & set(dir(Design))
    assert not OF_BLOCK_PARTS & set(dir(Block))
    found = [
        f"{module_name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Attribute)
        for owner in [ast.unparse(node.value).split(".")[-1]]
        if (node.attr in OF_PREDICTORS and owner == "design")
        or (node.attr in OF_BLOCK_PARTS and owner in ("block", "blocks[k]", "blocks[index]"))
    ]
    assert not found


def test_no_module_asks_for_the_name_of_a_family():
    """What is special to a family is a property of its record, which a new family may have too."""
    for path in FILES:
        if module_name(path).startswith("family/"):
            continue
        for node in nodes(path):
            if isinstance(node, ast.Compare):
                asked = [p for p in ast.walk(node.left) if isinstance(p, ast.Attribute)]
                parts = (p for c in node.comparators for p in ast.walk(c))
                known = [p for p in parts if isinstance(p, ast.Constant)]
                named = any(ast.unparse(p).endswith("family.name") for p in asked)
                where = f"{module_name(path)}:{node.lineno}: {ast.unparse(node)}"
                assert not (named and known), where


def test_tests_draw_from_generators_of_their_own():
    """A generator of a module would give each test other data, after other tests in its process.

    Broken when a function of a test file draws from one made outside it, as two files once did.
    """
    for path in sorted((ROOT / "tests").rglob("*.py")):
        tree = ast.parse(path.read_text())
        made = {
            ast.unparse(target)
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if ast.unparse(node.value.func).endswith("default_rng")
            for target in node.targets
        }
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            names = [n for part in function.body for n in ast.walk(part) if isinstance(n, ast.Name)]
            own = {n.id for n in names if isinstance(n.ctx, ast.Store)}
            own |= {a.arg for a in function.args.args}
            drawn = {n.id for n in names} & made - own
            assert not drawn, f"{path.name}: {function.name} draws from {', '.join(drawn)}"


def test_package_file_is_a_table_of_contents():
    import bayesmm

    assert sorted(bayesmm.__all__) == bayesmm.__all__
    assert set(bayesmm._HOME) == set(bayesmm.__all__)
    for name in bayesmm.__all__:
        assert getattr(bayesmm, name) is not None


FIT = """
import bayesmm
data = bayesmm.load_data({data!r})
fit = bayesmm.fit({formula!r}, data, {family!r}, seed=1, max_effort=1)
"""
DRAWN = FIT.format(
    formula="Reaction ~ Days + (Days | Subject)", data="sleepstudy", family="gaussian"
)
FITTED = f"{DRAWN}\nstr(fit.summary())"
FOLDED = FIT.format(formula="size ~ Time + (1 | tree)", data="sitka", family="gaussian")
FOLDED = f"{FOLDED}\nstr(fit.summary())"
COUNTED = FIT.format(
    formula="incidence | trials(size) ~ period + (1 | herd)", data="cbpp", family="binomial"
)
COUNTED = f"{COUNTED}\nstr(fit.summary())"
HELP = """
sys.argv = ['bayesmm', '--help']
from bayesmm.cli import main
try: main()
except SystemExit: pass
"""
COMPLETION = """
from bayesmm.cli import completion
assert completion.course_names('sitka') and completion.plots('')
"""
# xarray looks for sparse, which imports numba, when it is given arrays as coordinates, and for
# dask, which imports it too
NAMED = """
sys.modules['dask'] = None
from handmade import handmade_block, handmade_design
from synthetic import synthetic_draws
from bayesmm.sampling.assemble import assemble
block = handmade_block('g', ['a', 'b', 'a', 'b'], {'Intercept': 1.0})
design = handmade_design([1.0, 2.0, 3.0, 4.0], {}, [block])
assemble(design, synthetic_draws(design, chains=2, draws=5))
import bayesmm.sampling.compiled.choice
import bayesmm.sampling.compiled.joint.model
import bayesmm.sampling.compiled.collapsed.sampling
"""
NUMERIC = {"numpy", "pandas", "matplotlib"}
MODELS = {"pymc", "pytensor", "bambi", "nutpie", "arviz_plots", "matplotlib", "arviz_stats"}
# What xarray looks for, and xarray; what only few answers need.
TREES = {"xarray", "dask", "sparse", "jinja2", "yaml", "asyncio"}
STATISTICS = {"scipy.stats", "scipy.signal", "scipy.interpolate"}
FETCHING = {"http.client", "urllib.request"}
OURS = {"studies", "report", "script", "storage", "results.checks", "results.marginal", "citation"}
OURS = {f"bayesmm.{name}" for name in OURS}
NEVER = {*MODELS, *TREES, *STATISTICS, *FETCHING, *OURS, "numba"}
OTHERS = {
    *("bayesmm.sampling.compiled.joint", "bayesmm.likelihood.laplace_fit"),
    *("bayesmm.family.poisson", "bayesmm.model.in_files.build"),
}
NOT_IMPORTED = {
    "help": (HELP, {*NUMERIC, "numba", "pymc", "arviz", "nutpie"}),
    "completion": (COMPLETION, {*NUMERIC, "scipy", "xarray"}),
    "draws": (DRAWN, {*NEVER, *OTHERS, "scipy", "bayesmm.results.tables.summary"}),
    "a compiled fit": (FITTED, {*NEVER, *OTHERS, "scipy"}),
    "small sds that many groups tell": (FOLDED, {*NEVER, *OTHERS, "scipy"}),
    "a fit of counts": (COUNTED, NEVER),
    "draws are given names": (NAMED, {"numba"}),
}


@pytest.mark.parametrize("name", NOT_IMPORTED)
def test_nothing_heavy_is_imported(name):
    """Fails where a library that takes its time is imported before it is needed."""
    code, heavy = NOT_IMPORTED[name]
    found = imported_by(code)
    if "numba" in heavy & found:  # it compiled what the next process finds
        found = imported_by(code)
    assert not heavy & found


def imported_by(code: str) -> set[str]:
    """Return the names of the modules that a process has imported after some code."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parent)  # fmt: skip
    return set(done.stdout.split())


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
