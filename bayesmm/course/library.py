"""The course models found by name, from a checkout or a wheel."""

from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

from bayesmm.course.model import CourseModel
from bayesmm.errors import refuse_unknown

__all__ = ["course_models", "load_model"]


def _folder() -> Path:
    """Return the folder of the model files: in a wheel inside the package, else beside it."""
    package = Path(__file__).parents[1]
    installed = package / "course_models"
    return installed if installed.is_dir() else package.parent / "models"


@cache
def course_models() -> dict[str, CourseModel]:
    """Return every course model by name: by course, and there from simple to hard."""
    models = [_read(path) for path in sorted(_folder().glob("[a-z]*.py"))]
    return {m.name: m for m in sorted(models, key=lambda m: (m.course, m.place, m.name))}


def load_model(name: str) -> CourseModel:
    """Return one course model.

    Raises
    ------
    UsageError
        When there is no model of that name; lists the names.
    """
    models = course_models()
    refuse_unknown(name, models, f"There is no course model '{name}'.", "Models")
    return models[name]


def _read(path: Path) -> CourseModel:
    spec = util.spec_from_file_location(f"bayesmm_models_{path.stem}", path)
    module: ModuleType = util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module.MODEL
