"""British spelling in code, names and texts; words of other packages stay as they write them."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A word is what stands between other characters, underscores and capitals: `centred_first` is two.
AMERICAN = re.compile(
    r"(?:non|un|re|de)?center(?:s|ed|ing)?"
    r"|(?:[a-z]*color|behavior|neighbor|favor|honor|flavor)(?:s|ed|ing|ful|able|hood|map|maps)?"
    r"|gr[a]y|(?:un|re)?(?:label|model|cancel|travel|signal|total)(?:ed|ing|er|ers)"
    r"|fulfill|judgment|artifacts?|skeptical|analog|[a-z]*(?:analyz|catalyz|paralyz)(?:e|ed|es|er|ing)"
    r"|[a-z]{2,}iz(?:e|es|ed|er|ers|ing|able|ation|ations)"
)
# They end like American words and are none.
OTHER = re.compile(r"[a-z]*(?:size|sizes|sized|sizing|prize|prizes|seize|seized|horizon)")

# What other packages call their things, with whose it is; removed before the words are read.
FOREIGN = {
    "matplotlib": r"""(?x) \b(?:edge|face|label|marker(?:edge|face))?colors?(?==) | get_color
        | "(?:[a-z]+\.)?(?:edge|face|label|marker(?:edge|face))?color" | \bcolormaps\b
        | matplotlib\.colors | "rasterized" | "(?:outside\ )?(?:(?:upper|lower)\ )?center"
        | \.colors\b | \bcolors?\b(?=\ and\ `?linestyle)""",
    "LaTeX": r"\\centering",
    "CSS and browsers": r"backgroundColor|preferredColorScheme|prefers-color-scheme|\.color\b",
    "a convention of terminals": r"NO_COLOR|no_color",
    "the formula language, as Bambi and R have it": r"""(?x)
        (?:\b|_learn_)(?:center|standardize)(?:[(,]|\ =\ FALSE) | [`"]+(?:center|standardize)[`"]+
        | \bsqrt,\ standardize\. | \bcenter:\ bool | \bif\ center\b | "center":\ _learn_center""",
    "Bambi": r"center_predictors|noncentered",
    "brms, rstanarm and lme4": r"regularization|optimizer|optimize",
    "pytest and hypothesis": r"parametrize|derandomize",
    "pandas": r"tupleize_cols|factorize|tz_localize|tokenizing|categorize",
    "scipy and numpy": r"scipy\.optimize|\bminimize\b|\boptimize=|normalize=",
    "numba and LLVM": r"_finalize\w*|finalize(?:d|_object)?\b|_optimize_final_module"
    r"|\binitialize_native\w*|\bcanonicalize_cfg\b|\bIRLegalization\b|\bloop_vectorization\b",
    "hatchling": r"def (?:initialize|finalize)\b|\bartifact_path\b",
    "nutpie and numpyro": r'"initialization"|"vectorized"',
    "jinja and Python": r"\bfinalize\b|capitalize\(\)|serialized?_attributes",
    "titles of books and papers": r"""(?x) Generalized\ Linear\ Models? | Visualizing\ count
        | Randomized\ quantile | generalized\ least\ squares | generalized\ Pareto
        | Rank-Normalization,\ Folding,\ and\ Localization""",
}
_FOREIGN = [re.compile(pattern) for pattern in FOREIGN.values()]
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def american(text: str) -> list[str]:
    """Return the American words of a text, but for those of other packages."""
    for pattern in _FOREIGN:
        text = pattern.sub(" ", text)
    words = (word.lower() for word in _WORD.findall(text))
    return [word for word in words if AMERICAN.fullmatch(word) and not OTHER.fullmatch(word)]


def texts() -> dict[str, str]:
    """Return what we write: code and pages by name, and the cells of notebooks."""
    listed = ["git", "ls-files", "*.py", "*.md", "*.R", "*.toml", "*.ipynb"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {}
    for name in names.splitlines():
        if not (ROOT / name).is_file() or name == "tests/test_spelling.py":
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        if name.endswith(".ipynb"):
            text = "".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
        found[name] = text
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("centered_first", ["centered"]),
        ("the CENTERED levels", ["centered"]),
        ("non-centered levels and their centers", ["centered", "centers"]),
        ("class BehaviorOfColor", ["behavior", "color"]),
        ("_parameterization, linearize_rows", ["parameterization", "linearize"]),
        ("a size, a prize, itemsize; centred, colour", []),
        ("from pandas: factorize", []),
        ('ax.plot(color=x, markerfacecolor="white")', []),
        ("y ~ center(x) + standardize(z)", []),
    ],
)
def test_american_words_are_found(text, words):
    assert american(text) == words


def test_words_are_british():
    wrong = {
        f"{name}:{number}": words
        for name, text in texts().items()
        if american(text)
        for number, line in enumerate(text.splitlines(), 1)
        if (words := american(line))
    }
    assert wrong == {}
