"""What a shell offers after the tabulator key; nothing heavy is imported for it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import get_args

from bayesmm.choices import (
    Component,
    ContrastMethod,
    EngineName,
    Language,
    Leave,
    PredictKind,
    Scale,
    Who,
)

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


def _among(kind: object) -> Callable[[str], list[str]]:
    """Return what offers the names of a type."""

    def offered(incomplete: str) -> list[str]:
        return _starting(get_args(kind), incomplete)

    return offered


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


# What `bayesmm.choices` has the names of.
components = _among(Component)
contrast_methods = _among(ContrastMethod)
engines = _among(EngineName)
kinds = _among(PredictKind)
languages = _among(Language)
leaves = _among(Leave)
scales = _among(Scale)
who = _among(Who)
