"""A fit as code, in the language that is asked for."""

from collections.abc import Callable, Mapping

from bayesmm.choices import Language
from bayesmm.errors import UnsupportedModelError, refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import code_html
from bayesmm.prose import ShownText
from bayesmm.script.in_bambi import in_bambi
from bayesmm.script.in_bayesmm import in_bayesmm
from bayesmm.script.in_brms import in_brms
from bayesmm.script.in_lme4 import in_lme4
from bayesmm.script.in_pymc import in_pymc
from bayesmm.script.in_rstanarm import in_rstanarm
from bayesmm.script.layout import folded
from bayesmm.script.parts import ScriptParts, script_parts
from bayesmm.wording import option

__all__ = ["LANGUAGES", "Script", "write_script"]

LANGUAGES: Mapping[str, Callable[[ScriptParts], str]] = {
    "bayesmm": in_bayesmm,
    "pymc": in_pymc,
    "bambi": in_bambi,
    "lme4": in_lme4,
    "brms": in_brms,
    "rstanarm": in_rstanarm,
}


class Script(ShownText):
    """Code, ready to run."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return code_html(str(self))


def write_script(
    fit: FitRecord,
    language: Language = "bayesmm",
    data: str | None = None,
    imports: tuple[str, ...] = (),
) -> Script:
    """Return code that makes a fit again, ready to run.

    Parameters
    ----------
    fit : Fit
        A fit of a formula to a data frame.
    language : {"bayesmm", "pymc", "bambi", "lme4", "brms", "rstanarm"}
        ``"bayesmm"``: the same draws, with the same versions. ``"pymc"``: the same model and
        priors, written out. ``"bambi"``, ``"brms"``, ``"rstanarm"``: the same model as far as
        they can state it; comments say what they cannot. ``"lme4"``: its maximum-likelihood
        counterpart, by lme4 or glmmTMB.
    data : str, optional
        File of comma-separated values that has the data, ``"study.csv"``, or Python expression
        that gives them, ``"pd.read_parquet('study.parquet')"``; by default the call of
        `bayesmm.load_data` where the data come from there, else a file that is to be written first.
    imports : tuple of str
        Lines of imports that `data` needs.

    Returns
    -------
    Script
        A str that prints as it is.

    Raises
    ------
    UsageError
        For another language, and for data that are neither such a file nor an expression.
    UnsupportedModelError
        When the language has no such model; names the languages that do.
    """
    refuse_unknown(language, LANGUAGES, f"There is no script in {language!r}.", "Languages")
    parts = script_parts(fit, data, imports)
    try:
        lines = LANGUAGES[language](parts).split("\n")
    except UnsupportedModelError as refused:
        raise UnsupportedModelError(f"{refused}{_instead(parts)}") from refused
    in_r = language in ("lme4", "brms", "rstanarm")
    return Script(folded(lines, "  ", "") if in_r else folded(lines))


def _instead(parts: ScriptParts) -> str:
    """Return the sentence on the languages that have the model, tried one after the other."""
    able = [option("language", name) for name, write in LANGUAGES.items() if _has(write, parts)]
    return f" Scripts of this model: {', '.join(able)}." if able else ""


def _has(write: Callable[[ScriptParts], str], parts: ScriptParts) -> bool:
    try:
        write(parts)
    except UnsupportedModelError:
        return False
    return True
