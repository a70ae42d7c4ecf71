"""Coding of new data with the state learnt from the data of the fit."""

from dataclasses import dataclass

__all__ = ["Encoder"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Placeholder of the record; see the issue of the formula language."""
