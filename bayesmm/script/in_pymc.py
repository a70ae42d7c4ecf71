"""The model in plain PyMC, as one would write it by hand."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.names import coefficient_names, corr_name, sd_names, stored_name
from bayesmm.model.predictor import Predictor
from bayesmm.model.pymc_model import pymc_problem
from bayesmm.sampling.versions import library_version
from bayesmm.script.family_names import refuse_bounds
from bayesmm.script.parts import ScriptParts
from bayesmm.script.pymc_response import ending_of, response_lines
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
from bayesmm.script.python_priors import scalar, vector
from bayesmm.script.texts import identifier, python_text

__all__ = ["in_pymc", "sampling_arguments"]

PYMC_TUNING = 1000  # PyMC adapts a whole covariance from nothing: it needs more than bayesmm


def in_pymc(parts: ScriptParts) -> str:
    """Return code of PyMC for the model, its priors, and the sampling.

    A family that does not say what it is in PyMC is not supported.
    """
    refuse_bounds(parts.design, "A script of PyMC")
    if problem := pymc_problem(parts.design):
        raise UnsupportedModelError(f"{problem} that is known here.")
    columns = PythonColumns(parts.design.encoder, parts.texts)
    model = [*_common(parts), *_group_effects(parts), *response_lines(parts)]
    code = [
        *reading_lines(parts),
        *level_lines(parts),
        *basis_lines(parts),
        "",
        *_columns(parts, columns),
        "",
        "with pm.Model(coords=coords) as model:",
        *(f"    {line}" if line else "" for line in model),
        "",
        f"    draws = pm.sample({sampling_arguments(parts)})",
    ]
    return "\n".join(
        [
            *head_lines(
                parts,
                f"The same model and priors in PyMC {library_version('pymc')}; other draws of the "
                "posterior.",
            ),
            *numpy_line(code),
            "import pandas as pd",
            "import pymc as pm",
            "",
            *code,
        ]
    )


def sampling_arguments(parts: ScriptParts) -> str:
    """Return the arguments of PyMC's sampler."""
    settings = parts.settings
    return (
        f"draws={settings.draws}, tune={PYMC_TUNING}, chains={settings.chains}, "
        f"random_seed={settings.seed}, target_accept={settings.target_accept!r}"
    )


def _columns(parts: ScriptParts, columns: PythonColumns) -> Iterator[str]:
    """Yield the lines that make the response, the matrices, the groups and the coordinates."""
    design = parts.design
    for name, code in response_codes(parts, columns).items():
        yield f"{name} = {_array(code)}"
    coords = {}
    for predictor in design.coefficient_predictors:
        own, of = predictor.parameter, ending_of(predictor)
        if predictor.names:
            yield from frame_lines(f"X{of}", common_codes(parts, columns, own))
            coords[f"coefficient{of}"] = f"X{of}.columns"
        if of and predictor.offset is not None:
            known = (columns.expression(node) for node in design.encoder.written[own].offsets)
            yield f"offset{of} = {_array(' + '.join(f'({code})' for code in known))}"
    for index, name in enumerate(_names(parts)):
        cells = (
            f"data[{python_text(c.value)}]" for c in design.encoder.parts[index][0].group.columns
        )
        group = ' + ":" + '.join(cells)
        yield f"index_{name}, levels_{name} = pd.factorize({group}, sort=True)"
        yield from frame_lines(f"Z_{name}", effect_codes(parts, index, columns))
        coords |= {f"group_{name}": f"levels_{name}", f"effect_{name}": f"Z_{name}.columns"}
    inside = ", ".join(f"{python_text(key)}: {value}" for key, value in coords.items())
    yield f"coords = {{{inside}}}"


def _array(code: str) -> str:
    plain = code.startswith("data[") and code.endswith("]") and code.count("[") == 1
    if code == "1.0":
        return "np.ones(len(data))"
    if code.startswith("np.column_stack("):
        return f"{code}.astype(int)"
    return f"{code if plain else f'({code})'}.to_numpy(float)"


def _common(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of the common effects on every parameter that has some."""
    for predictor in parts.design.coefficient_predictors:
        if ending_of(predictor):
            yield ""
        yield from _common_of(parts, predictor)


def _common_of(parts: ScriptParts, predictor: Predictor) -> Iterator[str]:
    """Yield the lines of the intercept and the slopes of a predictor."""
    priors, of, names = parts.priors, ending_of(predictor), coefficient_names(predictor)
    summands = []
    if predictor.intercept:
        at = (
            "; the prior is of the intercept at the mean of the predictors"
            if predictor.names
            else ""
        )
        name = f"intercept_at_mean{of}" if predictor.names else names[0]
        on = f" on {predictor.parameter}" if of else ""
        yield f"# common effects{on}{at}"
        yield f"intercept{of} = {scalar(name, priors[names[0]])}"
        summands.append(f"intercept{of}")
    if predictor.names:
        members = [stored_name(name) for name in predictor.names]
        change = _common_change(parts, predictor)
        name = f"beta{of}" if change is None else f"beta_at_means{of}"
        own = [priors[name] for name in names[int(predictor.intercept) :]]
        first, *others = vector(name, members, own, f"coefficient{of}")
        yield f"{name} = {first}"
        yield from others
        if change is not None:
            yield "# the priors are at the means of the predictors; C takes the coefficients to 0"
            yield f"C{of} = {change}"
            yield (
                f'beta{of} = pm.Deterministic("beta{of}", C{of} @ beta_at_means{of}, '
                f'dims="coefficient{of}")'
            )
        if predictor.intercept:
            yield (
                f"pm.Deterministic({python_text(names[0])}, "
                f"intercept{of} - X{of}.mean().to_numpy() @ beta{of})"
            )
        if predictor.has_level:
            summands.append(f"(X{of} - X{of}.mean()).to_numpy() @ beta{of}")
        else:
            summands.append(f"X{of}.to_numpy() @ beta{of}")
    if predictor.offset is not None:
        summands.append(f"offset{of}")
    yield f"eta{of} = {' + '.join(summands) or '0.0'}"


def _common_change(parts: ScriptParts, predictor: Predictor) -> str | None:
    """Return the code of the matrix from coefficients with priors to those of X, or None."""
    if parts.centrings is None:
        return None
    place = [p.parameter for p in parts.design.predictors].index(predictor.parameter)
    centring = parts.centrings.predictors[place]
    if centring is None:
        return None
    first = int(predictor.intercept)
    C = centring.matrix[first:, first:]
    return None if np.array_equal(C, np.eye(len(C))) else _matrix(C)


def _matrix(values: NDArray[np.float64]) -> str:
    return f"np.array({values.tolist()!r})"


def _group_effects(parts: ScriptParts) -> Iterator[str]:
    """Yield the lines of every block, not centred: u = diag(sd) L z."""
    design = parts.design
    constants = [name for name in design.constants if name not in design.family.thresholds]
    if constants:
        yield ""
        for name in constants:
            yield f"{name} = {scalar(name, parts.priors[name])}"
    for index, (block, name) in enumerate(zip(design.blocks, _names(parts), strict=True)):
        corr = corr_name(design.blocks, index)
        yield ""
        if corr is None:
            yield f"# effects of {block.factor}: u = diag(sd) z"
        else:
            yield f"# effects of {block.factor}: u = diag(sd) L z, L L' the correlations"
        yield from _sds(parts, index, name)
        dims = f'dims=("effect_{name}", "group_{name}")'
        yield f'z_{name} = pm.Normal("z_{name}", {dims})'
        value = f"z_{name}"
        if corr is not None:
            (eta,) = parts.priors[corr].parameters
            yield f'L_{name} = pm.LKJCorr("L_{name}", n={block.n_effects}, eta={eta!r})'
            value = f"(L_{name} @ z_{name})"
        effects = f"sd_{name}[:, None] * {value}"
        centring = None if parts.centrings is None else parts.centrings.blocks[index]
        if centring is not None:
            yield f"# these are {parts.places[str(corr)]}; C_{name} takes the effects to 0"
            yield f"C_{name} = {_matrix(centring.matrix)}"
            effects = f"C_{name} @ ({effects})"
        yield f'u_{name} = pm.Deterministic("u_{name}", {effects}, {dims})'
        for predictor in design.linear_predictors:
            own = [k for k, e in enumerate(block.effects) if e.predictor == predictor.parameter]
            if not own:
                continue
            some = "" if len(own) == block.n_effects else f"[:, {own}]"
            these = "" if not some else f"[{own}]"
            eta = f"eta{ending_of(predictor)}"
            yield (
                f"{eta} = {eta} + (Z_{name}.to_numpy(){some} * u_{name}{these}"
                f"[:, index_{name}].T).sum(axis=1)"
            )


def _sds(parts: ScriptParts, index: int, name: str) -> Iterator[str]:
    """Yield the lines of the standard deviations of a block."""
    block = parts.design.blocks[index]
    names = sd_names(block)
    priors = [parts.priors[n] for n in names]
    dim = f"effect_{name}"
    if priors[0].distribution != "Decov":
        first, *others = vector(f"sd_{name}", [stored_name(n) for n in names], priors, dim)
        yield f"sd_{name} = {first}"
        yield from others
        return
    concentration, shape, scale = priors[0].parameters
    size = f"{scale!r} * tau_{name}"
    yield f'tau_{name} = pm.Gamma("tau_{name}", alpha={shape!r}, beta=1.0)'
    if parts.design.family.dispersion:
        size = f"{parts.design.family.dispersion} * {size}"
    if block.n_effects > 1:
        q = block.n_effects
        yield f'share_{name} = pm.Dirichlet("share_{name}", a=np.full({q}, {concentration!r}))'
        size = f"{size} * pm.math.sqrt({q} * share_{name})"
    else:
        size = f"{size} * np.ones(1)"
    yield f'sd_{name} = pm.Deterministic("sd_{name}", {size}, dims="{dim}")'


def _names(parts: ScriptParts) -> list[str]:
    """Return a name for each block, which code can have."""
    found: list[str] = []
    for block in parts.design.blocks:
        name = stem = identifier(block.factor)
        while name in found:
            name = f"{stem}_{len(found) + 1}"
        found.append(name)
    return found
