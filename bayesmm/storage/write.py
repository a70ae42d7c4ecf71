"""Writing a fit into a folder that appears whole or not at all."""

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bayesmm.errors import BayesmmWarning, UnsupportedModelError
from bayesmm.family.known import is_known
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.model.build import build_design
from bayesmm.sampling.versions import library_version
from bayesmm.saved_folder import DATA, DRAWS
from bayesmm.storage.density import few_draws, log_densities
from bayesmm.storage.files import checksum, new_folder, place
from bayesmm.storage.model_data import write_data, write_data_of
from bayesmm.storage.record import write_priors, write_record
from bayesmm.storage.sameness import describe_design
from bayesmm.storage.tree import write_tree
from bayesmm.storage.unfinished import end_unfinished
from bayesmm.storage.values import json_value

__all__ = ["refuse_unsavable", "save_fit"]


def save_fit(fit: FitRecord, folder: str | Path, *, overwrite: bool = False) -> Path:
    """Save a fit, so that `bayesmm.load` gives it back without sampling.

    ``fit.json`` says what the fit is: formula, family, priors, settings, versions, checksums, and
    the log density of a few draws. ``draws.zarr`` has the draws; any zarr reader opens it.
    ``data.parquet`` has the data. Nothing in it is code. Of rows in files it has their sums and
    a row for each level, and says which files they are of.

    Arguments, and what is refused, are as in `Fit.save`.
    """
    target = place(folder)
    _refuse_unrepeatable(fit)
    with new_folder(target, overwrite=overwrite) as made:
        rows, notes = write_data_of(fit.design, fit.own_data, made)
        draws, draws_notes = write_tree(fit.own_draws, made / DRAWS)
        record = _described(fit) | rows
        record |= {"draws": {"file": DRAWS, "sha256": checksum(made / DRAWS)} | draws}
        write_record(record, made)
    end_unfinished(fit, target)
    for note in (*notes, *draws_notes):
        warnings.warn(f"'{folder}': {note}", BayesmmWarning, stacklevel=3)
    return Path(folder)


def refuse_unsavable(
    formula: str,
    data: object,
    family: Family,
    categorical: Sequence[str] = (),
    success: str | None = None,
) -> None:
    """Raise when a fit to these data could not be saved: before it is sampled.

    The arguments are those of `bayesmm.fit`.
    """
    design = build_design(formula, data, family, categorical=categorical, success=success)
    with TemporaryDirectory() as folder:
        write_data(design, data, Path(folder) / DATA)


def _described(fit: FitRecord) -> dict[str, Any]:
    """Return what is said about a fit, as plain values."""
    family, chosen = fit.design.family, few_draws(fit.own_draws)
    values = log_densities(fit.design, fit.priors, fit.own_draws, chosen)
    return {
        "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        "saved_by": {"bayesmm": library_version("bayesmm"), "zarr": library_version("zarr")},
        "formula": fit.formula,
        "family": family.name,
        "link": family.link,
        "categorical": list(fit.design.categorical),
        "success": fit.design.success,
        "priors": write_priors(fit.priors),
        "engine": fit.engine,
        "settings": asdict(fit.settings),
        "seconds": json_value(dict(fit.seconds)),
        "facts": json_value(dict(fit.facts)),
        "versions": dict(fit.versions),
        "design": describe_design(fit.design),
        "check": chosen | {name: json_value(numbers) for name, numbers in values.items()},
    }


def _refuse_unrepeatable(fit: FitRecord) -> None:
    if fit.design.encoder is None:
        raise UnsupportedModelError(
            "This design was built from arrays, without a formula; it cannot be built again from "
            "what a saved fit holds."
        )
    family: Family = fit.design.family
    if not is_known(family):
        raise UnsupportedModelError(
            f"'{family.name}' is not one of the families of bayesmm: a saved fit names its "
            "family, and this one could not be found by its name."
        )
