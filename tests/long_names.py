"""Fits whose columns and levels have the names of real life: long, with umlauts, units, signs.

Names that differ at their end only, words without a space, signs that programs read as their own
(``$``, ``_``, ``%``, ``<``), and many groups; of every kind of response.
"""

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd

import bayesmm
from bayesmm.fitted import Fit

__all__ = ["LONG_NAMES", "long_named_fit"]

SCHOOLS = (
    "Realschule Köln-Mülheim",
    "Gesamtschule Köln-Holweide, Zweigstelle Burgwiesenstraße",
    "Städtisches Gymnasium Thusneldastraße (Klasse 9a)",
    "Städtisches Gymnasium Thusneldastraße (Klasse 9b)",
    "Hauptschule Großer Griechenmarkt",
    "_Förderschule ohne Standort",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauschule",
    "Erzbischöfliche Ursulinenschule Köln",
    "Berufskolleg 10 $ bis 20 $",
)
PROGRAMMES = (
    "kein zusätzliches Programm",
    "Hausaufgabenbetreuung am Nachmittag",
    "Wochenendakademie mit Mentorinnen & Mentoren",
)
LANGUAGES = ("Deutsch als Erstsprache", "Deutsch als Zweitsprache, < 2 Jahre")

HOURS = "Lernzeit pro Woche außerhalb der Schule"
POINTS = "Mathematikleistung im landesweiten Jahrgangstest"
PROGRAMME = "Förderprogramm der Schule im Schuljahr"
LANGUAGE = "Erstsprache_des_Kindes"
SCHOOL = "Schule und Standort"
PASSED = "Abschluss im ersten Anlauf"
ABSENCES = "Fehlstunden im zweiten Halbjahr"
SOLVED = "gelöste Aufgaben"
GIVEN = "gestellte Aufgaben"


def pupils(n_schools: int, n_rows: int) -> pd.DataFrame:
    """Return rows of pupils: schools have a programme, pupils hours and a language."""
    generator = np.random.default_rng(7)
    code = np.sort(np.concatenate([np.arange(n_schools)] * 2 + [
        generator.integers(0, n_schools, n_rows - 2 * n_schools)
    ]))  # fmt: skip
    names = [*SCHOOLS, *(f"{SCHOOLS[k % 5]} {k // 5}" for k in range(5, n_schools))][:n_schools]
    hours = generator.gamma(3.0, 1.5, n_rows).round(1)
    programme = code % 3
    language = generator.integers(0, 2, n_rows)
    effect = generator.normal(size=(2, n_schools))
    eta = 0.3 * hours + effect[0, code] + 0.15 * effect[1, code] * hours + 0.4 * programme
    data = pd.DataFrame(
        {
            SCHOOL: np.array(names, dtype=object)[code],
            HOURS: hours,
            PROGRAMME: np.array(PROGRAMMES, dtype=object)[programme],
            LANGUAGE: np.array(LANGUAGES, dtype=object)[language],
            POINTS: (480 + 20 * eta + generator.normal(0, 25, n_rows)).round(),
            PASSED: np.array(["nein, noch nicht", "ja, bestanden"], dtype=object)[
                (generator.logistic(size=n_rows) < eta - 1.5).astype(int)
            ],
            ABSENCES: generator.poisson(np.exp(1.5 - 0.2 * eta)),
            GIVEN: generator.integers(8, 20, n_rows),
        }
    )
    data[SOLVED] = generator.binomial(data[GIVEN], 1 / (1 + np.exp(1.5 - eta)))
    data.attrs["units"] = {HOURS: "Stunden je Woche", POINTS: "Punkte der Testskala"}
    return data


def _fit(formula: str, family: str, n_schools: int, n_rows: int, success: str | None = None) -> Fit:
    return bayesmm.fit(
        formula, pupils(n_schools, n_rows), family, success=success, draws=200, tune=300,
        max_effort=1, seed=1, progress=False,
    )  # fmt: skip


COMMON = f"`{HOURS}` * `{PROGRAMME}` + {LANGUAGE}"
SLOPES = f"(`{HOURS}` | `{SCHOOL}`)"

LONG_NAMES: Mapping[str, Callable[[], Fit]] = {
    "points": lambda: _fit(f"`{POINTS}` ~ {COMMON} + {SLOPES}", "gaussian", 9, 180),
    "hundred": lambda: _fit(f"`{POINTS}` ~ {COMMON} + {SLOPES}", "gaussian", 100, 800),
    "thousand": lambda: _fit(f"`{POINTS}` ~ {COMMON} + {SLOPES}", "gaussian", 1000, 5000),
    "passed": lambda: _fit(
        f"`{PASSED}` ~ {LANGUAGE} + `{PROGRAMME}` + (1 | `{SCHOOL}`)", "bernoulli", 9, 180,
        "ja, bestanden",
    ),
    "absences": lambda: _fit(f"`{ABSENCES}` ~ {COMMON} + {SLOPES}", "poisson", 9, 180),
    "solved": lambda: _fit(
        f"cbind(`{SOLVED}`, `{GIVEN}` - `{SOLVED}`) ~ `{PROGRAMME}` + (1 | `{SCHOOL}`)",
        "binomial", 40, 200,
    ),
}  # fmt: skip


@cache
def long_named_fit(name: str) -> Fit:
    """Return one of the fits, sampled once."""
    return LONG_NAMES[name]()
