"""What a shell offers after the tabulator key; nothing heavy is imported for it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = [
    "components",
    "contrast_methods",
    "course_names",
    "engines",
    "families",
    "kinds",
    "languages",
    "leaves",
    "link_names",
    "plots",
    "presets",
    "scales",
    "who",
]


def _starting(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def families(incomplete: str) -> list[str]:
    """Return families of the response."""
    from bayesmm.family.known import FAMILIES  # noqa: PLC0415

    return _starting(FAMILIES, incomplete)


def link_names(incomplete: str) -> list[str]:
    """Return links of any family."""
    from bayesmm.family.known import FAMILIES  # noqa: PLC0415

    return _starting(dict.fromkeys(link for f in FAMILIES.values() for link in f.links), incomplete)


def course_names(incomplete: str) -> list[str]:
    """Return names of course models, which are those of their files."""
    package = Path(__file__).parents[1]
    folders: Sequence[Path] = (package / "course_models", package.parent / "models")
    folder = next((f for f in folders if f.is_dir()), folders[0])
    return _starting(sorted(path.stem for path in folder.glob("[a-z]*.py")), incomplete)


def plots(incomplete: str) -> list[str]:
    """Return names of pictures."""
    from bayesmm.plots.menu import PLOTS  # noqa: PLC0415

    return _starting(PLOTS, incomplete)


def presets(incomplete: str) -> list[str]:
    """Return presets of priors."""
    return _starting(("default", "brms", "rstanarm", "bambi"), incomplete)


def engines(incomplete: str) -> list[str]:
    """Return engines."""
    return _starting(("auto", "compiled", "pymc", "numpyro"), incomplete)


def who(incomplete: str) -> list[str]:
    """Return whom a prediction can be about."""
    return _starting(("these groups", "new group", "typical group", "population"), incomplete)


def kinds(incomplete: str) -> list[str]:
    """Return what can be predicted."""
    return _starting(
        ("mean", "response", "link", "probability", "survival", "quantile", "restricted_mean"),
        incomplete,
    )


def components(incomplete: str) -> list[str]:
    """Return the parts of a response with zeros of its own."""
    return _starting(("response", "count", "zero"), incomplete)


def leaves(incomplete: str) -> list[str]:
    """Return what a comparison can leave out."""
    return _starting(("row", "group"), incomplete)


def scales(incomplete: str) -> list[str]:
    """Return scales of marginal means."""
    return _starting(("link", "response", "probability"), incomplete)


def contrast_methods(incomplete: str) -> list[str]:
    """Return families of contrasts."""
    return _starting(("pairwise", "revpairwise", "trt.vs.ctrl", "consec", "eff"), incomplete)


def languages(incomplete: str) -> list[str]:
    """Return languages of scripts."""
    return _starting(("bayesmm", "pymc", "bambi", "lme4", "brms", "rstanarm"), incomplete)
