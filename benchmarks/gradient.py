"""One gradient against one pass over the data.

The pass, in numpy: X @ b, a gather of each group effect, X.T @ r and a bincount of each group
effect; no gradient that looks at every row and every effect can do with less arithmetic. The
gradient is that of the density just as the sampler gets it, through its C address; what a foreign
call costs by itself is measured and taken off. The collapsed density does not look at the rows.
"""

import ctypes
import sys
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

from bayesmm.sampling.compiled import bridge
from benchmarks.real_data import exported_data
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import SHAPES, shape_named

TITLE = "One gradient against one pass over the data, single thread"
KEYS = ("shape", "density")
COLUMNS = {
    "shape": "shape",
    "density": "density",
    "dimension": "coordinates",
    "gradient": "gradient us",
    "numpy_pass": "pass in numpy us",
    "ratio": "gradient / pass",
    "note": "note",
}
_FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)


class _Captured(Exception):
    """Carries the density that was about to be sampled."""


def captured_density(sample: Callable[[], Any]) -> Any:
    """Return the density that a call would sample, without sampling it."""

    def capture(density: Any, *_: Any, **__: Any) -> None:
        raise _Captured(density)

    def bound_to(function: Any) -> list[Any]:
        ours = [m for name, m in list(sys.modules.items()) if name.startswith("bayesmm.sampling")]
        return [module for module in ours if getattr(module, "sample_density", None) is function]

    original = bridge.sample_density
    for module in bound_to(original):
        module.sample_density = capture
    try:
        sample()
    except _Captured as caught:
        return caught.args[0]
    finally:  # of modules that were imported meanwhile, too
        for module in bound_to(capture):
            module.sample_density = original
    raise RuntimeError("The call sampled no compiled density.")


def best_microseconds(call: Callable[[], object], budget: float) -> float:
    """Return the fastest of five rounds, each a fifth of `budget` seconds."""
    call()
    once = timeit.timeit(call, number=3) / 3
    number = max(1, int(budget / 5 / max(once, 1e-7)))
    return min(timeit.repeat(call, number=number, repeat=5)) / number * 1e6


def gradient_microseconds(density: Any, budget: float) -> float:
    """Return the time of one evaluation of density and gradient."""
    x = np.ascontiguousarray(density.start, dtype=float)
    gradient, value = np.empty_like(x), np.empty(1)
    given = (x.size, x.ctypes.data, gradient.ctypes.data, value.ctypes.data)
    given += (density.table.ctypes.data,)
    function = _FUNCTION(density.address)
    if function(*given) != 0 or not np.isfinite(gradient).all():
        raise RuntimeError("The density is not finite where the chains start.")
    nothing = _FUNCTION(ctypes.cast(ctypes.CDLL(None).labs, ctypes.c_void_p).value)
    overhead = best_microseconds(lambda: nothing(*given), budget)
    return best_microseconds(lambda: function(*given), budget) - overhead


def pass_microseconds(design: Any, budget: float) -> float:
    """Return the time of one pass over the data in numpy."""
    random = np.random.default_rng(1)
    X = np.column_stack([np.ones(design.n_obs), design.mu.X])
    b, r = random.normal(size=X.shape[1]), random.normal(size=design.n_obs)
    effects = [random.normal(size=(block.n_effects, block.n_groups)) for block in design.blocks]
    columns = [np.ascontiguousarray(block.columns.Z.T) for block in design.blocks]
    constant = [[bool(np.all(z == 1)) for z in Z] for Z in columns]

    def one_pass() -> None:
        eta = X @ b
        for block, u, Z, ones in zip(design.blocks, effects, columns, constant, strict=True):
            for k in range(block.n_effects):
                gathered = u[k][block.columns.codes]
                eta += gathered if ones[k] else gathered * Z[k]
        X.T @ r
        for block, Z, ones in zip(design.blocks, columns, constant, strict=True):
            for k in range(block.n_effects):
                np.bincount(block.columns.codes, r if ones[k] else r * Z[k], block.n_groups)

    return best_microseconds(one_pass, budget)


def measure(name: str, budget: float) -> list[Record]:
    """Return the rows of one shape: the density that is sampled, and the joint one beside it."""
    from bayesmm.family.known import resolve_family  # noqa: PLC0415
    from bayesmm.model.build import build_design  # noqa: PLC0415
    from bayesmm.model.prior_choice import choose_priors  # noqa: PLC0415
    from bayesmm.sampling.compiled.choice import prepare  # noqa: PLC0415
    from bayesmm.sampling.compiled.engine import sample_joint  # noqa: PLC0415
    from bayesmm.sampling.draws import SamplerSettings  # noqa: PLC0415

    shape = shape_named(name)
    design = build_design(shape.formula, shape.frame(), resolve_family(shape.family, None))
    priors, settings = choose_priors(design, None), SamplerSettings()
    chosen = captured_density(lambda: prepare(design, priors).sample(settings))
    densities = {"joint": captured_density(lambda: sample_joint(design, priors, settings))}
    if chosen.dimension != densities["joint"].dimension:
        densities = {"collapsed": chosen} | densities
    elif chosen.address != densities["joint"].address:
        densities = {"transported": chosen} | densities
    one_pass = pass_microseconds(design, budget)
    rows = []
    for kind, density in densities.items():
        gradient = gradient_microseconds(density, budget)
        row: Record = {"shape": name, "density": kind, "dimension": density.dimension}
        row |= {"gradient": gradient, "numpy_pass": one_pass, "ratio": gradient / one_pass}
        rows.append(row)
    return rows


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    big = "rows_1e6_groups_1000_q_2"
    with exported_data() as real:
        names = [n for n, s in SHAPES.items() if s.origin != "lme4" or real]
        names = ["sleepstudy", "verbagg", "cbpp"] if chosen.quick else [*names, big]
        rows = [row for name in names for row in measure(name, 0.1 if chosen.quick else 1.0)]
    show(TITLE, save("gradient", KEYS, rows, chosen), COLUMNS)


if __name__ == "__main__":
    main()
