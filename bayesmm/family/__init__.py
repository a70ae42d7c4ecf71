"""Families of the response: one file each, found in this folder; the files say all about them."""

from bayesmm.family import numeric
from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.words import Words

__all__ = [
    "Estimation",
    "Family",
    "LogDensity",
    "Parameter",
    "ResponseParameters",
    "Search",
    "Words",
    "numeric",
]
