"""Tables from files: text of any common separator and encoding, Parquet, Arrow, Excel."""

from bayesmm.reading.file import read_table

__all__ = ["read_table"]
