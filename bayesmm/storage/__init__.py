"""Fits on disk: JSON for what is said, zarr for the draws, Parquet for the data; no pickle."""
