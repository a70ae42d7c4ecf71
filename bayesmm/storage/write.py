"""Writing a fit into a folder that appears whole or not at all."""

import warnings
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesmm.errors import BayesmmWarning, UnsupportedModelError, UsageError
from bayesmm.model.build import build_design
from bayesmm.model.families import FAMILIES, Family, resolve_family
from bayesmm.sampling.versions import library_version
from bayesmm.storage.data_hash import model_columns
from bayesmm.storage.density import few_draws, log_densities
from bayesmm.storage.files import checksum, new_folder, refuse_name
from bayesmm.storage.frame import read_frame, write_frame
from bayesmm.storage.record import (
    DATA,
    DRAWS,
    is_saved_fit,
    write_priors,
    write_record,
)
from bayesmm.storage.sameness import describe_design, differences
from bayesmm.storage.tree import write_tree
from bayesmm.storage.values import to_json

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["refuse_taken", "save_fit"]


def save_fit(fit: "Fit", folder: str | Path, *, overwrite: bool = False) -> Path:
    """Save a fit, so that `bayesmm.load` gives it back without sampling.

    ``fit.json`` says what the fit is: formula, family, priors, settings, versions, checksums, and
    the log density of a few draws. ``draws.zarr`` has the draws; any zarr reader opens it.
    ``data.parquet`` has the data. Nothing in it is code.

    Parameters
    ----------
    fit : Fit
        A fit of a formula to a data frame.
    folder : str or Path
        Folder to make. It appears when everything is on the disk; a process that is killed
        leaves nothing that could be taken for a fit.
    overwrite : bool
        Whether a saved fit of that name may be replaced. Anything else is never replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        When the name is taken, the disk refuses, or the frame cannot be kept as it is.
    UnsupportedModelError
        When the design was made of arrays instead of a formula and a frame.

    Warns
    -----
    BayesmmWarning
        When a column or an attribute of the data cannot be kept as it is; names it.
    """
    target = Path(folder).expanduser().absolute()
    _refuse_unrepeatable(fit)
    with new_folder(target, overwrite=overwrite, replaceable=is_saved_fit) as made:
        draws, draws_notes = write_tree(fit.own_draws, made / DRAWS)
        stored = write_frame(fit.own_data, made / DATA, model_columns(fit))
        _refuse_changed_data(fit, read_frame(made / DATA, stored.description))
        record = _described(fit) | {
            "data": {"file": DATA, "sha256": checksum(made / DATA)} | stored.description,
            "draws": {"file": DRAWS, "sha256": checksum(made / DRAWS)} | draws,
        }
        write_record(record, made)
    for note in (*stored.notes, *draws_notes):
        warnings.warn(f"'{folder}': {note}", BayesmmWarning, stacklevel=3)
    return Path(folder)


def refuse_taken(folder: str | Path, *, overwrite: bool = False) -> None:
    """Raise, as `save_fit` would, when a fit cannot have this name: before it is sampled."""
    refuse_name(Path(folder).expanduser().absolute(), overwrite, is_saved_fit)


def _described(fit: "Fit") -> dict[str, Any]:
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
        "priors": write_priors(fit.priors),
        "engine": fit.engine,
        "settings": asdict(fit.settings),
        "seconds": to_json(dict(fit.seconds)),
        "facts": to_json(dict(fit.facts)),
        "versions": dict(fit.versions),
        "design": describe_design(fit.design),
        "check": chosen | {name: to_json(numbers) for name, numbers in values.items()},
    }


def _refuse_unrepeatable(fit: "Fit") -> None:
    if fit.design.encoder is None:
        raise UnsupportedModelError(
            "This design was built from arrays, without a formula; it cannot be built again from "
            "what a saved fit holds."
        )
    family: Family = fit.design.family
    if family.name not in FAMILIES or resolve_family(family.name, family.link) != family:
        raise UnsupportedModelError(f"'{family.name}' is not one of the families of bayesmm.")


def _refuse_changed_data(fit: "Fit", frame: object) -> None:
    """Raise when the data that were written do not give the design of the fit."""
    design = fit.design
    again = build_design(fit.formula, frame, design.family, categorical=design.categorical)
    if found := differences(again, design):
        raise UsageError(
            f"The data frame was changed since the fit, or cannot be kept: {', '.join(found)} "
            "would be other numbers. Save a fit before its frame is changed, or fit again."
        )
