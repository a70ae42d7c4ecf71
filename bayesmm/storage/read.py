"""Reading a saved fit: every file is checked, the model is built again and compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayesmm.errors import SavedFitError
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, correlation_pairs, pair_dim, pair_labels, stored_name
from bayesmm.model.priors import Priors
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.versions import other_versions
from bayesmm.saved_folder import DATA, DRAWS, SUMS
from bayesmm.storage.density import changed_densities, few_draws, log_densities
from bayesmm.storage.fences import refuse_links
from bayesmm.storage.files import checksum, damage_told, refuse_missing
from bayesmm.storage.forms import refuse_other_types
from bayesmm.storage.kept_rows import changed_files
from bayesmm.storage.model_data import design_and_data
from bayesmm.storage.record import read_priors, read_record
from bayesmm.storage.sameness import mismatches
from bayesmm.storage.tree import read_tree
from bayesmm.storage.values import from_json

__all__ = ["SavedFit", "pairs_of_matrices", "read_fit"]

_TRIES = 3


@dataclass(frozen=True, slots=True, eq=False)
class SavedFit:
    """The parts of a saved fit; names as in `Fit`."""

    design: Design  # built again from the formula and the stored data
    # as they were saved
    priors: Priors
    data: pd.DataFrame
    draws: xr.DataTree
    engine: str
    settings: SamplerSettings
    seconds: Mapping[str, float]
    facts: Mapping[str, object]
    versions: Mapping[str, str]
    # when and by what it was saved, what was not kept, and which versions differ here
    notes: tuple[str, ...]
    # in what the model means something else here than when it was saved; empty if in nothing
    warning: str


def read_fit(folder: str | Path) -> SavedFit:
    """Return the parts of a saved fit.

    A `SavedFitError` says when the folder is no saved fit, a file is missing or was changed, the
    format is newer, or this bayesmm makes another design of the formula and the data.
    """
    target = refuse_missing(folder)
    for _ in range(_TRIES):
        before = target.stat().st_ino
        try:
            return _read_checked(target)
        except SavedFitError:
            # replaced while it was read: the parts of two fits are neither
            if not target.exists() or target.stat().st_ino == before:
                raise
    return _read_checked(target)


def _read_checked(target: Path) -> SavedFit:
    with damage_told(target):
        refuse_links(target)
        record = read_record(target)
        refuse_other_types(record, target)
        sums = {SUMS: record["files"]["sums"]} if "files" in record else {}
        for file, part in ({DATA: record["data"], DRAWS: record["draws"]} | sums).items():
            _refuse_changed(target / file, part["sha256"])
        return _read(target, record)


def _read(target: Path, record: Mapping[str, Any]) -> SavedFit:
    design, data = design_and_data(target, record)
    draws = pairs_of_matrices(read_tree(target / DRAWS, record["draws"]), design)
    settings = SamplerSettings(**record["settings"])
    if found := mismatches(design, record["design"], draws, settings):
        raise SavedFitError(
            f"This bayesmm makes another model of the formula and the data in '{target}': "
            f"{'; '.join(found)}. Load it with the version that saved it, bayesmm "
            f"{record['saved_by']['bayesmm']}."
        )
    priors = read_priors(record["priors"])
    chosen = few_draws(draws)
    if any(record["check"][dim] != places for dim, places in chosen.items()):
        raise SavedFitError(f"'{target}' is damaged: its densities are those of other draws.")
    facts = from_json(record["facts"])
    if not isinstance(facts, dict):
        raise SavedFitError(f"'{target}' is damaged: what fit.json says of facts is no table.")
    changed = changed_densities(
        from_json(record["check"]), log_densities(design, priors, draws, chosen)
    )
    others = other_versions(record["versions"])
    return SavedFit(
        design=design,
        priors=priors,
        data=data,
        draws=draws,
        engine=record["engine"],
        settings=settings,
        seconds=from_json(record["seconds"]),
        facts=facts,
        versions=record["versions"],
        notes=_notes(target, record, others, data),
        warning=_warning(target, changed, others),
    )


def _refuse_changed(path: Path, saved: str) -> None:
    if not path.exists():
        raise SavedFitError(f"'{path.parent}' is damaged: {path.name} is missing.")
    if checksum(path) != saved:
        raise SavedFitError(
            f"'{path}' was changed after the fit was saved: its checksum is another. Restore it, "
            "or fit again."
        )


def _notes(
    target: Path, record: Mapping[str, Any], others: tuple[str, ...], data: Any
) -> tuple[str, ...]:
    when = record["saved"].replace("T", " ").replace("+00:00", " UTC")
    by = record["saved_by"]["bayesmm"]
    notes = [f"Loaded from '{target}', saved {when} by bayesmm {by}.", *record["data"]["not_kept"]]
    if "files" in record and (changed := changed_files(data)):
        notes.append(changed)
    return (*notes, *([f"Other versions here: {', '.join(others)}."] if others else []))


def _warning(target: Path, changed: tuple[str, ...], others: tuple[str, ...]) -> str:
    if not changed:
        return ""
    versions_here = f" Versions that differ: {', '.join(others)}." if others else ""
    return (
        f"The fit in '{target}' does not mean here what it meant when it was saved: "
        f"{'; '.join(changed)}. The draws are as they were; predictions, checks and comparisons "
        f"would use another model.{versions_here}"
    )


def pairs_of_matrices(draws: xr.DataTree, design: Design) -> xr.DataTree:
    """Return draws whose correlations are one value per pair of effects.

    Format 1 kept the whole matrix, shape (chain, draw, q, q).
    """
    posterior = draws["posterior"].to_dataset()
    changed = posterior
    for index, block in enumerate(design.blocks):
        name = stored_name(corr_name(design.blocks, index) or "")
        if name not in posterior or posterior[name].ndim < 4:
            continue
        matrices = posterior[name]
        first, second = np.array(correlation_pairs(block)).T
        pairs = matrices.values[:, :, first, second]
        dim = stored_name(pair_dim(design.blocks, index))
        changed = changed.drop_vars([name, *matrices.dims[2:]]).assign_coords(
            {dim: np.array(pair_labels(block), dtype=str)}
        )
        changed[name] = (("chain", "draw", dim), pairs, matrices.attrs)
    if changed is posterior:
        return draws
    rest = {node.name: node.to_dataset() for node in draws.children.values()}
    return xr.DataTree.from_dict(rest | {"posterior": changed})
