"""Is every structure sampled well, and rightly? Data sets drawn from the priors, default settings.

Of each structure: how many data sets leave a finding when they are sampled once, the smallest
effective sample size (bulk or tail, over every quantity that is reported), and whether the ranks of
the true parameters among their draws are uniform (simulation-based calibration, Talts et al. 2018,
arXiv:1804.06788): p of chi-square over ten bins, the smallest of all quantities times their number.
"""

from itertools import count
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chisquare

from bayesmm.errors import DataError
from bayesmm.model.design import Design
from bayesmm.sampling.assemble import assemble
from bayesmm.sampling.diagnostics import diagnose
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings
from bayesmm.sampling.engines import choose_engine
from benchmarks.results import Record, arguments, save, show
from benchmarks.transport import STRUCTURES, Structure, crossed, drawn, groups

__all__ = ["ALL", "draws_of", "measure"]

TITLE = "Data sets from the priors, sampled once with default settings: 4 x 1000 draws"
KEYS = ("structure",)
COLUMNS = {
    "structure": "structure",
    "sets": "sets",
    "constant": "constant, not counted",
    "failing": "with a finding",
    "diverged": "with divergences",
    "bulk": "smallest bulk ESS, median",
    "ess": "smallest of bulk and tail, median",
    "least": "lowest",
    "rhat_max": "largest R-hat",
    "p": "p of ranks",
    "quantities": "of quantities",
}
_SIGMA = {"sigma": "HalfNormal(1.5)"}
ALL = {
    "gaussian (1 | g), 8 x 5": Structure(
        "gaussian", "y ~ x + (1 | g)", groups(8, 5), further=_SIGMA
    ),
    "gaussian (x | g), 12 x 6": Structure(
        "gaussian", "y ~ x + (x | g)", groups(12, 6), 1, further=_SIGMA
    ),
    "gaussian crossed, 8 x 6 x 1": Structure(
        "gaussian", "y ~ x + (1 | g) + (1 | h)", crossed(8, 6, 1), further=_SIGMA
    ),
    **STRUCTURES,
}
_THINNED, _BINS = 99, 10


def measure(name: str, sets: int, first: int = 0) -> Record:
    """Return the row of one structure, over that many data sets, of seeds from `first` on.

    Responses that never vary are no data for a fit: the next seed takes their place, and they are
    counted.
    """
    found, ranks, constant = [], {}, 0
    for seed in count(first):
        if len(found) == sets:
            break
        try:
            design, priors, truth = drawn(ALL[name], seed)
        except DataError:
            constant += 1
            continue
        prepared = choose_engine(design, priors)
        settings = SamplerSettings(tune=prepared.tune, seed=1 + seed)
        draws = prepared.sample(settings)
        found.append(diagnose(assemble(design, draws), design, settings))
        for quantity, value in truth.items():
            own = draws_of(draws, design, quantity).ravel()
            thinned = own[:: own.size // _THINNED][:_THINNED]
            ranks.setdefault(quantity, []).append(int((thinned < value).sum()))
    least = [min(d.ess_bulk_min, d.ess_tail_min) for d in found]
    edges = np.linspace(0, _THINNED + 1, _BINS + 1)
    p = [chisquare(np.histogram(own, edges)[0]).pvalue for own in ranks.values()]
    return {
        "structure": name,
        "sets": sets,
        "constant": constant,
        "failing": sum(bool(d.findings) for d in found),
        "diverged": sum(d.divergences > 0 for d in found),
        "bulk": median(d.ess_bulk_min for d in found),
        "ess": median(least),
        "least": min(least),
        "rhat_max": f"{max(d.rhat_max for d in found):.4f}",
        "p": f"{min(1.0, min(p) * len(p)):.2g}",
        "quantities": len(p),
        "histograms": {
            quantity: np.histogram(own, edges)[0].tolist() for quantity, own in ranks.items()
        },
    }


def draws_of(draws: ParameterDraws, design: Design, quantity: str) -> NDArray[np.float64]:
    """Return the draws of a quantity of `benchmarks.transport.drawn`, chains x draws."""
    if quantity == "b0":
        return draws.intercept + draws.beta @ design.mu.centre
    if quantity == "x":
        return draws.beta[..., 0]
    if quantity in draws.auxiliary:
        return draws.auxiliary[quantity]
    factor = quantity.removesuffix("_sigma").removesuffix("_corr").split()[-1][-1]
    (block,) = (
        own for own, b in zip(draws.blocks, design.blocks, strict=True) if b.factor == factor
    )
    if quantity.startswith("first of"):
        return block.effects[..., 0, 0]
    if quantity.endswith("_corr"):
        return block.corr[..., 1, 0]
    return block.sd[..., 0 if quantity.startswith("1") else 1]


def main() -> None:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("--sets", type=int, default=200, help="data sets per structure")
    parser.add_argument("--only", nargs="*", default=None, help="parts of the names to measure")
    chosen = parser.parse_args()
    rows: list[Record] = []
    for name in ALL:
        if chosen.only is None or any(part in name for part in chosen.only):
            row = measure(name, 2 if chosen.quick else chosen.sets)
            print({column: row[column] for column in COLUMNS}, flush=True)
            rows = save("structures", KEYS, [row], chosen, timed=False)  # what is done is kept
    show(TITLE, rows, COLUMNS)


if __name__ == "__main__":
    main()
