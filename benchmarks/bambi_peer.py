"""Plain Bambi with nutpie: what a Python user has without bayesmm.

Bambi 0.21 fits ``(x | g)`` without the correlation of intercept and slope, so its model is the
smaller one wherever a formula has correlated effects.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.shapes import Shape

__all__ = ["NO_CORRELATION", "BambiFit", "build_bambi", "fit_bambi", "sample_bambi"]

NO_CORRELATION = "no correlation in the model"


@dataclass(frozen=True, slots=True, eq=False)
class BambiFit:
    """Draws of a Bambi model.

    Attributes
    ----------
    posterior, statistics : xarray.Dataset
        As Bambi returns them.
    seconds : mapping of str to float
        ``compile`` (PyTensor and nutpie), ``sample``; of a shape ``build`` (the model).
    """

    posterior: Any
    statistics: Any
    seconds: Mapping[str, float]


def build_bambi(shape: Shape, frame: Any) -> Any:
    """Return the built Bambi model of a shape, with Bambi's default priors."""
    import bambi  # noqa: PLC0415  (seconds)

    family = "binomial" if shape.family == "binomial" else shape.family
    model = bambi.Model(shape.for_bambi, frame, family=family)
    model.build()
    return model


def fit_bambi(shape: Shape, frame: Any, seed: int) -> BambiFit:
    """Fit a shape with 4 chains of 1000 kept draws; compiling is timed on its way."""
    began = time.perf_counter()
    model = build_bambi(shape, frame)
    build = time.perf_counter() - began
    found = sample_bambi(model, seed, min(4, os.cpu_count() or 1))
    return replace(found, seconds={"build": build, **found.seconds})


def sample_bambi(
    model: Any, seed: int, cores: int, clock: Callable[[], float] = time.perf_counter
) -> BambiFit:
    """Fit a built model with 4 chains of 1000 kept draws, timed by a clock."""
    import nutpie  # noqa: PLC0415

    compile_model, compiled_at = nutpie.compile_pymc_model, []

    def timed(*args: Any, **options: Any) -> Any:
        compiled = compile_model(*args, **options)
        compiled_at.append(clock())
        return compiled

    built = clock()
    nutpie.compile_pymc_model = timed
    try:
        tree = model.fit(
            draws=1000,
            tune=1000,
            chains=4,
            cores=cores,
            inference_method="nutpie",
            random_seed=seed,
            progressbar=False,
        )
    finally:
        nutpie.compile_pymc_model = compile_model
    seconds = {"compile": compiled_at[0] - built, "sample": clock() - compiled_at[0]}
    return BambiFit(tree["posterior"].dataset, tree["sample_stats"].dataset, seconds)
