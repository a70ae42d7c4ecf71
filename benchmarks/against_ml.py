"""The whole posterior against the time of a point estimate.

The same data in one run, taking turns: lme4's maximum-likelihood estimate, its call alone, and
bayesmm's whole call of `fit`, in a session where both are loaded. Target: InstEval's shape, every
ESS at least 1,000, within lme4's time. Without R the estimate is bayesmm's own.
"""

from statistics import median

from benchmarks.measure import run_worker
from benchmarks.r_peers import run_r_peer
from benchmarks.real_data import exported_data, has_r_package
from benchmarks.results import Record, arguments, save, show

TITLE = "The whole posterior against the ML estimate (target: InstEval's shape within 1)"
KEYS = ("shape", "estimator")
COLUMNS = {
    "shape": "shape",
    "estimator": "ML by",
    "ml": "ML s",
    "posterior": "posterior s",
    "ratio": "posterior / ML",
    "min_ess": "min ESS",
    "quantity": "of",
    "n_quantities": "quantities",
    "divergences": "divergent",
    "peak_mib": "peak MiB",
    "note": "note",
}


def measure(shape: str, repeats: int) -> Record:
    """Return one row: medians over turns, the smallest ESS over all turns."""
    with_r = has_r_package("lme4")
    row: Record = {"shape": shape, "estimator": "lme4" if with_r else "bayesmm"}
    estimates, fits = [], []
    for _ in range(repeats):
        result = run_r_peer("lme4", shape) if with_r else run_worker("ml", shape)
        posterior = run_worker("fit", shape, "auto", "1")
        failed = [part["note"] for part in (result, posterior) if "note" in part]
        if failed:
            return row | {"note": failed[0]}
        estimates.append(result["whole"])
        fits += posterior["fits"]
    worst = min(fits, key=lambda fit: fit["min_ess"])
    row |= {"ml": median(estimates), "posterior": median(fit["whole"] for fit in fits)}
    row |= {field: worst[field] for field in ("min_ess", "quantity", "n_quantities")}
    row["divergences"] = max(fit["divergences"] for fit in fits)
    row["peak_mib"] = max(fit["peak_mib"] for fit in fits)
    row["facts"] = worst["facts"]
    row["ratio"] = row["posterior"] / row["ml"]
    return row


def main() -> None:
    chosen = arguments(__doc__, peers=False).parse_args()
    shapes = ["sleepstudy", "cbpp"]
    if not chosen.quick:
        shapes += ["verbagg", "insteval"]
    with exported_data() as real:
        if real and not chosen.quick:
            shapes += ["verbagg_lme4", "insteval_lme4", "grouseticks_lme4"]
        rows = [measure(shape, 1 if chosen.quick else 3) for shape in shapes]
    merged = save("against_ml", KEYS, rows, chosen)
    show(TITLE, merged, COLUMNS)


if __name__ == "__main__":
    main()
