"""Data of known shapes and their models: what is fitted in every benchmark.

Four small sets are real and come with bayesmm. The others are simulated (`simulators.py`) with
the rows, levels and variance components of data that every mixed-model package is measured on;
those data themselves are in R's lme4 (`real_data.py` exports them).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from benchmarks.real_data import read_exported
from benchmarks.simulators import (
    grouse_ticks,
    instructor_evaluations,
    many_groups,
    subjects_by_items,
    verbal_aggression,
)

__all__ = ["SHAPES", "Shape", "shape_named"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A data set and the model fitted to it.

    Attributes
    ----------
    name : str
        Name on the command line and in the tables.
    formula, family : str
        As `bayesmm.fit` takes them.
    frame : callable
        Returns the data.
    n_obs : int
        Rows of the data.
    levels : mapping of str to int
        Grouping factors and the number of their levels.
    origin : str
        ``"real"``, ``"simulated"`` or ``"lme4"`` (read from an export of R's lme4).
    bambi_formula, r_formula : str
        The same model as Bambi and lme4 write it; empty when written alike.
    """

    name: str
    formula: str
    family: str
    frame: Callable[[], pd.DataFrame]
    n_obs: int
    levels: Mapping[str, int] = field(default_factory=dict)
    origin: str = "simulated"
    bambi_formula: str = ""
    r_formula: str = ""

    @property
    def for_bambi(self) -> str:
        """The formula for Bambi, which reads (x | g) without the correlation."""
        return self.bambi_formula or self.formula

    @property
    def for_r(self) -> str:
        """The formula for lme4, rstanarm and brms."""
        return self.r_formula or self.formula

    @property
    def has_correlations(self) -> bool:
        """Whether a factor has several effects, which Bambi fits as if independent."""
        before_bars = self.formula.split("|")[:-1]
        return any(part.rpartition("(")[2].strip() != "1" for part in before_bars)


def _bundled(name: str) -> pd.DataFrame:
    from bayesmm import load_data  # noqa: PLC0415  (a script may look at SHAPES only)

    return load_data(name)


def _sitka() -> pd.DataFrame:
    frame = _bundled("sitka")
    time = (frame["Time"] - frame["Time"].mean()) / frame["Time"].std()
    return frame.assign(time=time, time2=time**2)


def many_groups_shape(n: int, groups: int = 1000, n_effects: int = 2) -> Shape:
    """Return the shape of `many_groups`: ``y ~ x1 + x2 + (1 + x1 + ... | g)``."""
    common = " + ".join(f"x{k + 1}" for k in range(max(2, n_effects - 1)))
    varying = " + ".join(["1", *(f"x{k}" for k in range(1, n_effects))])
    return Shape(
        name=f"rows_{n:.0e}_groups_{groups}_q_{n_effects}".replace("e+0", "e"),
        formula=f"y ~ {common} + ({varying} | g)",
        family="gaussian",
        frame=lambda: many_groups(n, groups, n_effects),
        n_obs=n,
        levels={"g": groups},
    )


_VERBAGG = "r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item)"
_INSTEVAL = "y ~ service + (1 | s) + (1 | d) + (1 | dept)"
_TICKS = "TICKS ~ YEAR + cHEIGHT + (1 | BROOD) + (1 | INDEX) + (1 | LOCATION)"
_STUDENTS = {"s": 2972, "d": 1128, "dept": 14}
_CHICKS = {"BROOD": 118, "INDEX": 403, "LOCATION": 63}
_BINOMIAL = "cbind(incidence, size - incidence) ~ period + (1 | herd)"

_ALL = (
    Shape(
        "sleepstudy", "Reaction ~ Days + (Days | Subject)", "gaussian",
        lambda: _bundled("sleepstudy"), 180, {"Subject": 18}, "real",
    ),
    Shape(
        "sitka", "size ~ treat * (time + I(time^2)) + (time + I(time^2) | tree)", "gaussian",
        _sitka, 395, {"tree": 79}, "real",
        bambi_formula="size ~ treat * (time + time2) + (time + time2 | tree)",
    ),
    Shape(
        "penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", "gaussian",
        lambda: _bundled("penicillin"), 144, {"plate": 24, "sample": 6}, "real",
    ),
    Shape(
        "cbpp", _BINOMIAL, "binomial", lambda: _bundled("cbpp"), 56, {"herd": 15}, "real",
        bambi_formula="p(incidence, size) ~ period + (1 | herd)",
    ),
    Shape(
        "verbagg", _VERBAGG, "bernoulli", verbal_aggression, 7584, {"id": 316, "item": 24},
    ),
    Shape(
        "subjects_by_items", "y ~ c + (1 + c | subj) + (1 + c | item)", "gaussian",
        subjects_by_items, 2855, {"subj": 40, "item": 48},
    ),
    Shape("insteval", _INSTEVAL, "gaussian", instructor_evaluations, 73_421, _STUDENTS),
    many_groups_shape(10_000),
    Shape("grouseticks", _TICKS, "poisson", grouse_ticks, 403, _CHICKS),
    Shape(
        "verbagg_lme4", _VERBAGG, "bernoulli", lambda: read_exported("verbagg"), 7584,
        {"id": 316, "item": 24}, "lme4",
    ),
    Shape(
        "insteval_lme4", _INSTEVAL, "gaussian", lambda: read_exported("insteval"), 73_421,
        _STUDENTS, "lme4",
    ),
    Shape(
        "grouseticks_lme4", _TICKS, "poisson", lambda: read_exported("grouseticks"), 403,
        _CHICKS, "lme4",
    ),
)  # fmt: skip

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in _ALL}


def shape_named(name: str) -> Shape:
    """Return a shape of `SHAPES`, or of any size: ``rows_1e6_groups_1000_q_2``."""
    if name in SHAPES:
        return SHAPES[name]
    parts = name.split("_")
    if parts[::2] != ["rows", "groups", "q"]:
        raise KeyError(f"'{name}' is no shape. Shapes: {', '.join(SHAPES)}.")
    return many_groups_shape(*(int(float(size)) for size in parts[1::2]))
