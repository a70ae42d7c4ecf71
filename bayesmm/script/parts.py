"""What every script is written from."""

from dataclasses import dataclass
from pathlib import PurePath

from bayesmm.data import load_data
from bayesmm.errors import DataError, UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.design import Design
from bayesmm.model.frames import column_names, read_columns
from bayesmm.model.prior_columns import centrings_of, prior_places
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.script.texts import DataTexts, needed_columns, python_text, texts_of
from bayesmm.wording import option

__all__ = ["FILE", "ScriptParts", "script_parts"]

# What scripts read unless the user names a file, or an expression.
FILE = "data.csv"
_CSV = ".csv"
_OTHER_FILES = frozenset(
    (".arrow", ".dta", ".feather", ".gz", ".json", ".ods", ".parquet", ".pkl", ".rda", ".rds",
     ".sas7bdat", ".sav", ".tsv", ".txt", ".xls", ".xlsx", ".zip")
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ScriptParts:
    """A fit without its draws."""

    # as in `Fit`
    design: Design
    priors: Priors
    settings: SamplerSettings
    engine: str
    data: object  # the frame of the fit
    texts: DataTexts  # how a file of the data writes the levels of the factors
    columns: tuple[str, ...]  # columns of the data that the model reads, the response first
    # Python expression that gives the data; empty when no one knows it but the user
    source: str = ""
    # lines of imports that `source` needs, ``import bayesmm`` left out
    imports: tuple[str, ...] = ()
    file: str = FILE  # file of comma-separated values that scripts read
    given: bool = False  # whether the user named that file, so that it is there

    @property
    def centrings(self) -> Centrings | None:
        """The change from the columns of the formula to those that the priors are of."""
        return centrings_of(self.design, self.priors.preset, self.priors.changed)

    @property
    def places(self) -> dict[str, str]:
        """Where parameters are whose priors are not at x = 0, by name."""
        return prior_places(self.design, self.centrings)


def script_parts(
    fit: FitRecord, source: str | None = None, imports: tuple[str, ...] = ()
) -> ScriptParts:
    """Return what scripts are written from.

    `source` is a file of comma-separated values, or a Python expression that gives the data and may
    need the lines `imports`; by default `load_data` where that gives them.
    """
    columns = tuple(needed_columns(fit.design))
    file = "" if source is None else _file_named(source)
    if source is None:
        source = _shipped(fit.own_data, columns)
    return ScriptParts(
        design=fit.design,
        priors=fit.priors,
        settings=fit.settings,
        engine=fit.engine,
        data=fit.own_data,
        texts=texts_of(fit.design, fit.own_data),
        columns=columns,
        source="" if file else source,
        imports=imports,
        file=file or FILE,
        given=bool(file),
    )


def _file_named(source: str) -> str:
    """Return the file that is meant, or an empty text for an expression.

    What is neither, and files that scripts do not read, are a `UsageError`.
    """
    ending = PurePath(source).suffix.lower()
    if ending == _CSV:
        return source
    if ending in _OTHER_FILES:
        raise UsageError(
            f"{option('data', source)} is a file that scripts do not read in every language. Write "
            f"it as {PurePath(source).with_suffix(_CSV).name!r} and name that, or give the Python "
            "expression that reads it."
        )
    try:
        compile(source, "data", "eval")
    except (SyntaxError, ValueError):
        raise UsageError(
            f"{option('data', source)} is neither a Python expression nor the name of a file of "
            f"comma-separated values, which ends in {_CSV}."
        ) from None
    return ""


def _shipped(data: object, columns: tuple[str, ...]) -> str:
    """Return the call of `load_data` that gives these data; empty when there is none."""
    name = getattr(data, "attrs", {}).get("name")
    try:
        shipped = load_data(str(name))
    except DataError:
        return ""
    if not set(columns) <= set(column_names(shipped)):
        return ""
    ours, theirs = read_columns(data, columns), read_columns(shipped, columns)
    same = all(ours[column].equals(theirs[column]) for column in columns)
    return f"bayesmm.load_data({python_text(name)})" if same else ""
