"""The model in Bambi, as far as Bambi can state it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from keyword import iskeyword

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.bambi_columns import bambi_group_columns
from bayesmm.model.bambi_model import bambi_formula, bambi_name, response_columns
from bayesmm.model.centred_columns import Centring, Centrings
from bayesmm.model.design import Design
from bayesmm.model.names import effect_name, scalar_names, sd_name, stored_name
from bayesmm.model.prior_columns import prior_columns
from bayesmm.model.priors import Prior
from bayesmm.sampling.versions import library_version
from bayesmm.script.family_names import name_of, refuse_bounds
from bayesmm.script.in_pymc import sampling_arguments
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_columns import PythonColumns, frame_lines
from bayesmm.script.python_data import (
    basis_lines,
    common_codes,
    effect_codes,
    head_lines,
    level_lines,
    numpy_line,
    reading_lines,
    response_codes,
)
from bayesmm.script.python_priors import arguments, vector
from bayesmm.script.texts import python_text

__all__ = ["in_bambi"]


def in_bambi(parts: ScriptParts) -> str:
    """Return code of Bambi; a comment says in what its model differs.

    Not supported are known weights of a gaussian model, which Bambi gives another meaning, those of
    families that it cannot build with weights, and the prior Decov, which it cannot state.
    """
    design = parts.design
    refuse_bounds(design, "Bambi")
    _refuse(parts)
    model = [
        python_text(_unquoted(bambi_formula(_centred_design(parts)))),
        "columns",
        f"family={python_text(name_of(design.family, 'bambi', 'Bambi'))}",
        f"link={python_text(design.family.link)}",
        "priors=priors",
        "auto_scale=False",
    ]
    code = [
        *reading_lines(parts),
        *level_lines(parts),
        *basis_lines(parts),
        "",
        *_frame(parts),
        "",
        *_priors(parts),
        "",
        f"model = bmb.Model({', '.join(model)})",
        f"draws = model.fit({sampling_arguments(parts)})",
    ]
    return "\n".join(
        [
            *head_lines(
                parts,
                f"The model in Bambi {library_version('bambi')}; other draws of the posterior.",
                *_differences(parts),
            ),
            "import bambi as bmb",
            *numpy_line(code),
            "import pandas as pd",
            *(["import pymc as pm"] if any("pm." in line for line in code) else []),
            "",
            *code,
        ]
    )


def _refuse(parts: ScriptParts) -> None:
    design = parts.design
    if design.varying:
        raise UnsupportedModelError(
            f"The script of Bambi cannot have {design.varying[0]} vary: Bambi has no correlations "
            "across formulas, nor these priors of columns."
        )
    if design.weights is not None and design.family.precision_weights:
        raise UnsupportedModelError(
            "Bambi multiplies the log likelihood by the weights; in this gaussian model they are "
            "precisions, as in lme4."
        )
    if design.weights is not None and "bambi" in design.family.words.unweighted:
        raise UnsupportedModelError(
            f"Bambi cannot weight the rows of the {design.family.name} family."
        )
    if any(prior.distribution == "Decov" for prior in parts.priors.values()):
        raise UnsupportedModelError("Bambi cannot state the prior Decov of rstanarm.")


def _differences(parts: ScriptParts) -> Iterator[str]:
    """Yield the words on centred columns, and on correlations, which Bambi does not have."""
    if parts.design.mu.thresholds and parts.design.mu.names:
        yield "Its columns are centred: thresholds are at the means of the predictors."
    if parts.centrings is not None:
        yield "Its columns are centred where the priors are at means: coefficients, sds and effects"
        yield "are there, and not at 0 as in the tables of the fit."
    factors = dict.fromkeys(
        block.factor for block in parts.design.blocks if block.covariance.correlated
    )
    if factors:
        named = ", ".join(factors)
        yield f"NOT THE SAME MODEL: Bambi has no correlations. The effects of {named} are"
        yield "independent of each other here; in the fit they are correlated, with an LKJ prior."
        yield "The script in PyMC has the correlations."


def _frame(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines that make the columns of the formula, named as in the tables of bayesmm."""
    design = parts.design
    columns = PythonColumns(design.encoder, parts.texts)
    names = response_columns(design)
    called = {"y": names.response, "trials": names.trials, "weights": names.weights}
    codes = {
        (called | {"offset": names.offset})[key]: code
        for key, code in response_codes(parts, columns).items()
    }
    centrings = parts.centrings or Centrings(
        (None,) * len(design.predictors), (None,) * len(design.blocks)
    )
    one = {"Intercept": "1.0"} if design.mu.intercept else {}
    common = _centred(one | common_codes(parts, columns), centrings.common)
    if design.mu.thresholds:
        common = {name: f"({code}) - ({code}).mean()" for name, code in common.items()}
    codes |= {stored_name(name): common[name] for name in design.mu.names}
    for index, names_of_block in enumerate(bambi_group_columns(_centred_design(parts))):
        own = _centred(effect_codes(parts, index, columns), centrings.blocks[index])
        for name, code in zip(names_of_block, own.values(), strict=True):
            if name != "Intercept":
                codes.setdefault(stored_name(name), code)
    yield from frame_lines("columns", codes)
    if design.categories:
        y = python_text(names.response)
        yield f"columns[{y}] = pd.Categorical(columns[{y}].astype(int), ordered=True)"
    whole = [names.response] if design.family.response in ("binary", "binomial", "count") else []
    whole += [names.trials] if design.trials is not None else []
    if whole:
        listed = ", ".join(f"{python_text(name)}: int" for name in whole)
        yield f"columns = columns.astype({{{listed}}})"
    for index, block in enumerate(design.blocks):
        cells = design.encoder.formula.groups[index].columns
        if stored_name(block.factor) not in codes:
            codes[stored_name(block.factor)] = ""
            code = ' + ":" + '.join(f"data[{python_text(c.value)}]" for c in cells)
            yield f"columns[{python_text(stored_name(block.factor))}] = pd.Categorical({code})"


def _centred_design(parts: ScriptParts) -> Design:
    """Return the design of the columns that the priors are of: thresholds' are at their means."""
    design = prior_columns(parts.design, parts.centrings)
    if not design.mu.thresholds:
        return design
    return design.with_predictor(replace(design.mu, X=design.mu.X - design.mu.centre))


def _centred(codes: dict[str, str], centring: Centring | None) -> dict[str, str]:
    """Return the code of the centred columns, given that of the columns of the formula."""
    if centring is None:
        return codes
    centred = dict(codes)
    for (name, own), weights in zip(codes.items(), centring.matrix.T, strict=True):
        parts = (
            f" {'-' if weight < 0 else '+'} {abs(weight)!r}{'' if code == '1.0' else f' * {code}'}"
            for (other, code), weight in zip(codes.items(), weights.tolist(), strict=True)
            if weight and other != name
        )
        centred[name] = own + "".join(parts)
    return centred


def _priors(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of the priors, by Bambi's names."""
    design, priors = parts.design, parts.priors
    columns = bambi_group_columns(_centred_design(parts))
    yield "priors = {"
    thresholds = design.family.thresholds
    if thresholds:
        yield f'    "threshold": {_prior_of_thresholds(parts)},'
    for name in scalar_names(design):
        if name in thresholds:
            continue
        yield f"    {python_text(bambi_name(design, name))}: {_prior(priors[name])},"
    for block, own in zip(design.blocks, columns, strict=True):
        for effect, column in zip(block.effects, own, strict=True):
            sd = _prior(priors[sd_name(effect, block.factor)])
            name = python_text(stored_name(effect_name(replace(effect, name=column), block.factor)))
            yield f'    {name}: bmb.Prior("Normal", mu=0.0, sigma={sd}),'
    yield "}"


def _prior_of_thresholds(parts: ScriptParts) -> str:
    """Return the code of the prior of all thresholds, which increase where they are in order."""
    family = parts.design.family
    priors = [parts.priors[name] for name in family.thresholds]
    distribution = priors[0].distribution
    line, *others = vector("", family.thresholds, priors, "")
    if others or distribution == "MinGumbel":
        raise UnsupportedModelError("Bambi cannot state these priors of thresholds.")
    inside = line.removeprefix(f'pm.{distribution}("", ').removesuffix(', dims="")')
    if family.in_order:
        inside += ", transform=pm.distributions.transforms.ordered"
        inside += f", initval=np.linspace(-1.0, 1.0, {len(priors)})"
    return f"bmb.Prior({python_text(distribution)}, {inside})"


def _prior(prior: Prior) -> str:
    rest = f", {arguments(prior)}" if prior.parameters else ""
    return f"bmb.Prior({python_text(prior.distribution)}{rest})"


def _unquoted(formula: str) -> str:
    """Return a formula with backticks only where a name needs them."""

    def plain(match: re.Match) -> str:
        name = match[1]
        return match[0] if not name.isidentifier() or iskeyword(name) else name

    return re.sub(r"`([^`]*)`", plain, formula)
