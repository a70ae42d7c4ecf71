"""Fits of a formula with synthetic draws: real columns and names, known answers, no sampler."""

from dataclasses import replace

import numpy as np
import pandas as pd
from synthetic import synthetic_draws, synthetic_fit

from bayesmm.family.known import resolve_family
from bayesmm.fitted import Fit
from bayesmm.model.build import build_design
from bayesmm.model.prior_choice import choose_priors

__all__ = ["formula_fit", "schools"]


def formula_fit(
    formula: str,
    data: pd.DataFrame,
    family: str = "gaussian",
    *,
    link: str | None = None,
    categorical: tuple[str, ...] = (),
    ml: bool = False,
    reml: bool = True,
    preset: str = "default",
    **moments: object,
) -> Fit:
    """Return a fit whose draws have the given (mean, sd) exactly; see `synthetic_draws`."""
    design = build_design(formula, data, resolve_family(family, link), categorical=categorical)
    fit = replace(
        synthetic_fit(
            design, synthetic_draws(design, **moments), priors=choose_priors(design, preset)
        ),
        own_data=data,
    )
    estimate = None
    if ml:
        from bayesmm.likelihood import fit_ml

        estimate = fit_ml(design, reml)
    fit.__dict__["_ml_or_reason"] = (estimate, "" if ml else "There is no ML fit here.")
    return fit


def schools(seed: int = 3) -> pd.DataFrame:
    """Return 6 schools of 3 classes of 4 pupils: a nested grouping with a predictor."""
    rng = np.random.default_rng(seed)
    rows = [(f"s{i}", f"c{j}", rng.normal()) for i in range(6) for j in range(3) for _ in range(4)]
    frame = pd.DataFrame(rows, columns=["school", "room", "x"])
    return frame.assign(y=rng.normal(size=len(frame)), z=rng.integers(0, 2, len(frame)))
