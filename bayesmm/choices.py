"""What can be chosen by name, as types: editors offer the names, type checkers refuse others.

The registries that hold what each name does are elsewhere; `tests/test_typing.py` holds these to
them.
"""

from typing import Literal

__all__ = [
    "AverageWho",
    "BatchKind",
    "ComparisonScale",
    "Component",
    "ContrastMethod",
    "EffectKind",
    "EngineName",
    "Language",
    "Leave",
    "PredictKind",
    "Scale",
    "Who",
]

Who = Literal["these groups", "new group", "typical group", "population"]
AverageWho = Literal["typical group", "population"]
PredictKind = Literal[
    "mean", "response", "link", "probability", "survival", "quantile", "restricted_mean"
]
BatchKind = Literal["mean", "link"]
Component = Literal["response", "count", "zero"]
Scale = Literal["link", "response", "probability"]
ComparisonScale = Literal[
    "link",
    "response",
    "probability",
    "risk difference",
    "risk ratio",
    "odds ratio",
    "rate ratio",
    "ratio of means",
]
ContrastMethod = Literal["pairwise", "revpairwise", "trt.vs.ctrl", "consec", "eff"]
Leave = Literal["row", "group"]
Language = Literal["bayesmm", "pymc", "bambi", "lme4", "brms", "rstanarm"]
EngineName = Literal["auto", "compiled", "pymc", "numpyro"]
EffectKind = Literal["fixed", "ran_pars", "ran_vals", "auxiliary"]
