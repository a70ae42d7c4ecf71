"""Calibrate every structure and family, and write docs/CALIBRATION.md.

``python docs/make_calibration.py 100`` simulates and fits 100 data sets of every kind in
`calibration_kinds` (seed 12, 2 chains of 500 draws, sampled once) and keeps their ranks in
docs/calibration.json: kinds that have as many are left alone. ``--checkpoints FOLDER`` keeps every
data set as it comes, so that a run that is stopped goes on where it was and 500 take the first 100
from it; ``--only WORDS`` takes the kinds whose names have one of the words. ``python
docs/make_calibration.py`` writes the page from that file. Of each kind the design is made with seed
2026; of its responses only the scale is used, for default priors.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from calibration_kinds import WRONG, Kind, kinds

import bayesmm
from bayesmm.plots.calibration import Calibration
from bayesmm.studies import calibration
from bayesmm.studies.uniformity import uniformity_p_value

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from lacking_jacobian import without_jacobian

FOLDER = Path(__file__).parent
KEPT, PAGE = FOLDER / "calibration.json", FOLDER / "CALIBRATION.md"
SEED = 12
HOW: Mapping[str, Any] = {"chains": 2, "draws": 500, "max_effort": 1}


def calibrated(kind: Kind, n: int, checkpoint: Path | None = None) -> Calibration:
    """Return the calibration of a kind."""
    engine: AbstractContextManager[object] = nullcontext()
    if kind.broken:
        engine = patch.object(calibration, "choose_engine", without_jacobian)
    with engine:
        return bayesmm.calibrate(
            kind.formula, kind.rows(), kind.family, dict(kind.priors), n, link=kind.link, seed=SEED,
            truth=None if kind.truth is None else dict(kind.priors) | dict(kind.truth),
            cores=1, progress=False, checkpoint=checkpoint, **HOW,
        )  # fmt: skip


def simulate(n: int, checkpoints: Path | None, words: list[str]) -> None:
    """Calibrate every kind that has fewer data sets than `n`; one file holds what was found."""
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    # those of which least is known come first: a run that is stopped leaves none without
    fewest = sorted(kinds().items(), key=lambda named: kept.get(named[0], {}).get("n", 0))
    for name, kind in fewest:
        known = kept.get(name, {}).get("n", 0) if kept.get(name, {}).get("how") == HOW else 0
        if known >= n or (words and not any(word in name for word in words)):
            continue
        own = None if checkpoints is None else checkpoints / f"{re.sub(r'\W+', '_', name)}.jsonl"
        try:
            found = calibrated(kind, n, own)
        except bayesmm.BayesmmError as reason:
            print(f"{name}: {reason}", file=sys.stderr, flush=True)
            continue
        positions = {
            quantity: [round(value, 6) for value in found.positions[quantity]]
            for quantity in found.quantities
        }
        kept[name] = {
            "n": n, "formula": kind.formula, "family": kind.family, "refused": dict(found.refused),
            "not_usable": found.not_usable, "how": HOW, "positions": positions,
        }  # fmt: skip
        KEPT.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{name}: {found.verdict}", file=sys.stderr, flush=True)


def page(kept: Mapping[str, Any]) -> str:
    """Return docs/CALIBRATION.md."""
    found = {name: kept[name] for name in kinds() if name in kept}
    right = {name: own for name, own in found.items() if name not in WRONG}
    wrong = {name: own for name, own in found.items() if name in WRONG}
    fits = sum(_n(own) for own in right.values())
    quantities = sum(len(own["positions"]) for own in right.values())
    return _TEXT.format(
        fits=f"{fits:,}",
        kinds=len(right),
        quantities=quantities,
        expected=f"{len(right) * 0.01:.1f}",
        right="\n".join(_row(name, own) for name, own in right.items()),
        wrong="\n".join(_row(name, own) for name, own in wrong.items()),
    )


def _n(own: Mapping[str, Any]) -> int:
    return len(next(iter(own["positions"].values())))


def _how(own: Mapping[str, Any]) -> str:
    """Return chains and draws, and whether it was sampled again where a check asked for it."""
    how = own["how"]
    return f"{how['chains']} x {how['draws']}{', again' * (how['max_effort'] > 1)}"


def _row(name: str, own: Mapping[str, Any]) -> str:
    p = {quantity: uniformity_p_value(np.array(at)) for quantity, at in own["positions"].items()}
    worst = min(p, key=lambda quantity: p[quantity])
    together = min(1.0, p[worst] * len(p))
    verdict = "problem" if together < 0.001 else "look" if together < 0.01 else "ok"
    if own["not_usable"] > 0.5 * own["n"]:
        verdict = "not usable"
    formula = own["formula"].replace("|", "\\|")
    shown = worst.replace("|", "\\|")
    kind = name.replace("|", "\\|")
    cells = [kind, f"`{formula}`", f"{_n(own)} of {own['n']}", _how(own), own["not_usable"], len(p),
             f"{together:.2g}", shown, verdict]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


_HEAD = (
    "| model | formula | data sets fitted | chains x draws | draws not to be used | quantities | "
    "smallest p | of | verdict |\n|---|---|---:|---|---:|---:|---:|---|---|"
)
_TEXT = (
    """# Calibration

Made by `docs/make_calibration.py` from `docs/calibration.json`: {fits} fits of {kinds} models.

A truth is drawn from the priors, data from the truth, and the model is fitted to the data. The
truth is then a draw of its own posterior: its rank among the draws is uniform, for every model,
prior and size, if the engine draws from the posterior and from nothing else. Ranked are all
coefficients, sds, correlations and further parameters, the effects of the first level of each
factor, and the log likelihood of the data: {quantities} quantities. 72 rows in 12 groups, or the
rows of a structure of `benchmarks/structures.py`; 2 chains of 500 draws, sampled once (*again*: of
4 chains of 250 draws, sampled again where a check asks for it); the truth is ranked among 99 of the
draws.

*Smallest p*: the probability with which ranks of an exact posterior are as far from uniform, of all
quantities of the model together (the smallest times their number). "look" is below 0.01,
"problem" below 0.001: of {kinds} right models {expected} are expected to say look by chance. *Data
sets fitted*: the others were refused, as constant responses are; that is a rule on the data alone
and leaves the ranks uniform. *Draws not to be used*: fits whose own checks say so; they are ranked
with the others. Where these are most, ranks tell of chains that have not converged, not of the
density, and the verdict is "not usable".

`bayesmm.calibrate` does the same for a model of yours.

"""
    + _HEAD
    + """
{right}

## What is wrong is found

The fits have other priors than the truths, or their draws are of a density that lacks the Jacobian
of the scale on which sigma is sampled.

"""
    + _HEAD
    + """
{wrong}
"""
)


def main() -> None:
    """Simulate where asked, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", type=int, nargs="?")
    parser.add_argument("--checkpoints", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    if asked.n is not None:
        simulate(asked.n, asked.checkpoints, asked.only)
    PAGE.write_text(page(json.loads(KEPT.read_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
