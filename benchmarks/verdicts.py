"""Is the verdict on draws right? Fits good and bad on purpose, each beside a long run of its data.

The table behind the limits of `bayesmm.sampling.grade`. Of every reported quantity, each group
effect included, the mean and both ends of the 95 % interval are held against a run of 4 x 10,000
draws of the same data. A fit is *off* when one of them differs by more than 4 standard errors of
400 independent draws, which is what a fit without a finding promises: means by .2 posterior sd,
ends of a normal posterior by .55. It is *beyond its own error* when one differs by more than 4 of
the standard errors that its own draws give (`bayesmm.sampling.monte_carlo_error`, with those of
the long run). ``--told`` asks the same of the one quantity that a caution names: by how many of the
standard errors that it tells is it off?
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

import bayesmm
from bayesmm.sampling.grade import Grade
from bayesmm.sampling.monte_carlo_error import ENDS, precision
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.worst import Extreme, find_worst
from benchmarks.results import Record, arguments, save, show
from benchmarks.small_models import STRUCTURES, Structure

TITLE = "Is the verdict right? Fits of small models, good and bad on purpose, beside long runs"
KEYS = ("by", "of")
COLUMNS = {
    "by": "fits by",
    "of": "which",
    "fits": "fits",
    "off": "off",
    "share": "share",
    "beyond": "beyond their own error",
}

type Array = NDArray[np.float64]

WAYS: Mapping[str, Mapping[str, float]] = {
    "as by default": {"max_effort": 1},
    "as by default, another seed": {"max_effort": 1, "seed": 1_000},
    "100 draws": {"draws": 100, "max_effort": 1},
    "30 draws": {"draws": 30, "max_effort": 1},
    "warm-up of 20": {"tune": 20, "draws": 500, "max_effort": 1},
    "target .5": {"target_accept": 0.5, "max_effort": 1},
    "target .3, 300 draws": {"target_accept": 0.3, "draws": 300, "max_effort": 1},
    "depth 2": {"max_treedepth": 2, "max_effort": 1},
    "depth 1, 300 draws": {"max_treedepth": 1, "draws": 300, "max_effort": 1},
    "one chain": {"chains": 1, "max_effort": 1},
    "as by default, sampled again": {},
    "100 draws, sampled again": {"draws": 100},
    "target .5, sampled again": {"target_accept": 0.5},
}
TOLD = ("100 draws", "warm-up of 20", "target .5", "depth 2")  # where cautions are frequent
LONG = {"draws": 10_000, "tune": 1_000, "target_accept": 0.95, "max_effort": 1}
PROMISED = 400  # independent draws
TOO_FAR = 4.0  # standard errors
LEAST_OF_LONG = 2_000  # effective draws of every quantity, or the data set is left out
_ONE_SD = (0.15865525393145707, 0.8413447460685429)


def quantities(fit: bayesmm.Fit) -> Array:
    """Return the draws of every reported scalar, shape (m, chain, draw)."""
    posterior = fit.own_draws["posterior"].dataset
    parts = [v.transpose("chain", "draw", ...).values for v in posterior.data_vars.values()]
    whole = np.concatenate([p.reshape(*p.shape[:2], -1) for p in parts], axis=2)
    return np.ascontiguousarray(np.moveaxis(whole, 2, 0))


def numbers(draws: Array) -> Array:
    """Return mean and ends of each quantity, shape (3, m)."""
    flat = draws.reshape(len(draws), -1)
    return np.vstack([flat.mean(axis=1), np.quantile(flat, ENDS, axis=1)])


def promised_errors(long: Array) -> Array:
    """Return the standard errors of `numbers` from 400 independent draws of a long run."""
    flat, n = long.reshape(len(long), -1), PROMISED
    errors = [flat.std(axis=1) / sqrt(n)]
    for p in ENDS:
        places = betaincinv(n * p + 1, n * (1 - p) + 1, _ONE_SD)
        errors.append(np.diff(np.quantile(flat, places, axis=1), axis=0)[0] / 2)
    return np.array(errors)


def own_errors(draws: Array) -> Array:
    """Return the standard errors of `numbers` by the draws themselves; of both ends the larger."""
    known = [precision(one) for one in draws]
    return np.array(
        [[k.sd * getattr(k, name) for k in known]
         for name in ("mean_error", "end_error", "end_error")]
    )  # fmt: skip


def long_run(structure: Structure, data: int) -> bayesmm.Fit | None:
    """Return the long run of one data set; None where it is poor."""
    model = (structure.formula, structure.simulated(data), structure.family)
    fit = bayesmm.fit(*model, seed=999, progress=False, **LONG)
    found = fit.diagnostics
    if found.rhat_max <= 1.01 and min(found.ess_bulk_min, found.ess_tail_min) >= LEAST_OF_LONG:
        return fit
    print(f"left out: {structure.formula} {structure.family} {data}, {found.in_short}")
    return None


def sampled(long: bayesmm.Fit, data: int, way: str) -> bayesmm.Fit:
    """Return a fit of the data of a long run, sampled in one of `WAYS`."""
    model = (long.formula, long.own_data, long.design.family)
    return bayesmm.fit(*model, progress=False, **{"seed": data, **WAYS[way]})


def measured(structure: Structure, data: int) -> Iterator[Record]:
    """Yield a record for each way of sampling one data set; none where the long run is poor."""
    fit = long_run(structure, data)
    if fit is None:
        return
    reference, long = fit, quantities(fit)
    truth, promise, error = numbers(long), promised_errors(long), own_errors(long)
    for way in WAYS:
        fit = sampled(reference, data, way)
        draws, found = quantities(fit), fit.diagnostics
        far = abs(numbers(draws) - truth)
        moves = np.ptp(draws, axis=(1, 2)) > 0
        own = np.full(far.shape, 1e-300)  # what never moves is beyond any error
        own[:, moves] = np.hypot(own_errors(draws[moves]), error[:, moves])
        yield {
            "way": way,
            "grade": str(found.grade),
            "off": bool((far > TOO_FAR * promise).any()),
            "beyond": bool((far > TOO_FAR * own).any()),
            "rhat": found.rhat_max,
            "ess": min(found.ess_bulk_min, found.ess_tail_min),
            "diverged": found.divergences / draws[0].size,
            "findings": [check.name for check in found.findings],
        }


def errors_of_told(structure: Structure, data: int) -> Iterator[tuple[str, float]]:
    """Yield the errors of the means and ends that cautions tell, in the standard errors told."""
    long = long_run(structure, data)
    for way in TOLD if long else ():
        fit = sampled(long, data, way)
        if fit.diagnostics.grade is not Grade.CAUTION:
            continue
        worst = find_worst(fit.convergence, fit.design)
        for number, extreme in (("mean", worst.ess_bulk), ("ends", worst.ess_tail)):
            one, other = (_draws(f, extreme) for f in (fit, long))
            known, truth = precision(one[0]), precision(other[0])
            error = f"{number.removesuffix('s')}_error"
            told = np.hypot(known.sd * getattr(known, error), truth.sd * getattr(truth, error))
            far = (numbers(one) - numbers(other))[:, 0] / told
            yield from ((number, float(z)) for z in (far[:1] if number == "mean" else far[1:]))


def _draws(fit: bayesmm.Fit, extreme: Extreme) -> Array:
    values = named_draws(fit.own_draws, extreme.name)
    return np.ascontiguousarray(values.reshape(1, *values.shape[:2], -1)[..., extreme.place])


def told(sets: int) -> Iterator[Record]:
    """Yield a row for means and one for ends: how many are more than 2, than 4 errors away."""
    far: dict[str, list[float]] = {"mean": [], "ends": []}
    for structure in STRUCTURES.values():
        for data in range(101, 101 + sets):
            for number, z in errors_of_told(structure, data):
                far[number].append(abs(z))
    for number, sizes in far.items():
        off, beyond = (sum(z > limit for z in sizes) for limit in (2, TOO_FAR))
        yield {
            "by": "told by cautions",
            "of": f"{number}, more than 2 of the errors told",
            "fits": len(sizes),
            "off": off,
            "share": off / len(sizes) if sizes else None,
            "beyond": beyond,
        }


def counted(by: str, of: str, fits: Sequence[Record]) -> Record:
    """Return one row of the table."""
    off, beyond = (sum(fit[name] for fit in fits) for name in ("off", "beyond"))
    share = off / len(fits) if fits else None
    return {"by": by, "of": of, "fits": len(fits), "off": off, "share": share, "beyond": beyond}


def between(
    by: str, fits: Sequence[Record], value: Callable[[Record], float], limits: Sequence[float]
) -> Iterator[Record]:
    """Yield a row for the fits between each two limits, the upper one included."""
    for low, high in pairwise(limits):
        yield counted(by, f"{low:g} to {high:g}", [f for f in fits if low < value(f) <= high])


def tabled(fits: Sequence[Record]) -> Iterator[Record]:
    """Yield the rows: by grade, by way of sampling and grade, and by what decides the grade."""
    once = [f for f in fits if "again" not in f["way"] and f["way"] != "one chain"]
    for grade in Grade:
        yield counted("grade, sampled once", grade, [f for f in once if f["grade"] == grade])
    for way in dict.fromkeys(f["way"] for f in fits):
        for grade in Grade:
            own = [f for f in fits if (f["way"], f["grade"]) == (way, grade)]
            if own:
                yield counted(way, grade, own)
    yield from between("smallest ESS", once, lambda f: f["ess"],
                       (0, 25, 50, 75, 100, 200, 400, 1e5))  # fmt: skip
    yield from between("largest R-hat", once, lambda f: f["rhat"],
                       (0, 1.01, 1.02, 1.03, 1.05, 1.1, 1.2, 100))  # fmt: skip
    alone = [f for f in once if f["findings"] == ["divergences"]]
    yield from between("divergences alone, share", alone, lambda f: f["diverged"],
                       (0, 0.001, 0.01, 0.05, 1))  # fmt: skip


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("--sets", type=int, default=10, help="data sets of each structure")
    parser.add_argument("--told", action="store_true", help="only whether cautions tell the truth")
    chosen = parser.parse_args()
    sets = 1 if chosen.quick else chosen.sets
    if chosen.told:
        show(TITLE, save("verdicts", KEYS, list(told(sets)), chosen, timed=False), COLUMNS)
        return
    fits: list[Record] = []
    for name, structure in STRUCTURES.items():
        for data in range(1, sets + 1):
            fits += measured(structure, data)
        print(f"{name}: {len(fits)} fits so far", flush=True)
    show(TITLE, save("verdicts", KEYS, list(tabled(fits)), chosen, timed=False), COLUMNS)


if __name__ == "__main__":
    main()
