"""Data sets of the course: load one, list all, fetch one that may not be handed on."""

from bayesmm.data.load import fetch_data, has_data, list_data, load_data

__all__ = ["fetch_data", "has_data", "list_data", "load_data"]
