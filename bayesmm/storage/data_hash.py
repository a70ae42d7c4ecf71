"""The checksum of the data of a fit, the same that a saved fit holds."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.saved_folder import DATA
from bayesmm.storage.files import checksum
from bayesmm.storage.frame import write_frame

__all__ = ["data_sha256", "model_columns"]


def data_sha256(fit: FitRecord) -> str:
    """Return the SHA-256 of the data as a saved fit stores them: all columns, as Parquet."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / DATA
        write_frame(fit.own_data, path, model_columns(fit.design))
        return checksum(path)


def model_columns(design: Design) -> set[str]:
    """Return the columns that the model reads."""
    return {column.value for column in design.encoder.formulas.columns()}
