"""The call of bayesmm that makes the same draws again."""

from bayesmm.errors import UnsupportedModelError, visible
from bayesmm.family.known import DEFAULT_FAMILY, is_known
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_data import level_lines, read_csv_lines
from bayesmm.script.texts import python_text

__all__ = ["in_bayesmm"]


def in_bayesmm(parts: ScriptParts) -> str:
    """Return code of bayesmm; with the same versions it makes the same draws.

    A family of the user's own, which a script could not name, is not supported.
    """
    if not is_known(parts.design.family):
        raise UnsupportedModelError(
            f"The {parts.design.family.name} family is your own: a script cannot name it. Keep "
            "the code that makes it beside the call of bayesmm.fit."
        )
    if parts.source:
        lines = ["import bayesmm", *parts.imports, "", f"data = {parts.source}"]
    else:
        lines = ["import bayesmm", "import pandas as pd", ""]
        made = "" if parts.given else f": data.to_csv({python_text(parts.file)}, index=False)"
        lines.append(f"# {visible(parts.file)} holds the data of the fit{made}")
        lines += [*read_csv_lines(parts), *level_lines(parts)]
    arguments = [python_text(parts.design.formula), "data", *_options(parts)]
    call = f"fit = bayesmm.fit({', '.join(arguments)})"
    return "\n".join([*lines, call, "print(fit.summary())"])


def _options(parts: ScriptParts) -> list[str]:
    """Return the arguments that are not the defaults; the seed and the engine always."""
    design, settings, standard = parts.design, parts.settings, SamplerSettings()
    family = design.family
    options = []
    if family.name != DEFAULT_FAMILY:
        options.append(python_text(family.name))
    if family.link != family.links[0]:
        options.append(f"link={python_text(family.link)}")
    options += _priors(parts)
    if design.categorical:
        options.append(f"categorical=[{', '.join(map(python_text, design.categorical))}]")
    if design.success is not None:
        options.append(f"success={python_text(design.success)}")
    options.append(f"engine={python_text(parts.engine)}")
    options += [f"chains={settings.chains}", f"draws={settings.draws}", f"tune={settings.tune}"]
    options.append(f"seed={settings.seed}")
    for name in ("target_accept", "max_treedepth"):
        value = getattr(settings, name)
        options += [] if value == getattr(standard, name) else [f"{name}={value!r}"]
    # these are the settings of the last run: nothing is to follow it
    return [*options, "max_effort=1"]


def _priors(parts: ScriptParts) -> list[str]:
    """Return the preset, and what the user replaced, with all its digits."""
    priors = parts.priors
    given = {} if priors.preset == "default" else {"preset": python_text(priors.preset)}
    for name in priors:
        if name in priors.changed:
            prior = priors[name]
            numbers = ", ".join(map(repr, prior.parameters))
            given[name] = python_text(f"{prior.distribution}({numbers})")
    if not given:
        return []
    if not priors.changed:
        return [f"priors={given['preset']}"]
    items = ", ".join(f"{python_text(name)}: {value}" for name, value in given.items())
    return [f"priors={{{items}}}"]
