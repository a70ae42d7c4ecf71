"""A column of two values, such as failure and success, as 0 and 1."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import DataError, refuse_unknown
from bayesmm.family.record import Family
from bayesmm.formula.syntax import Name, Node
from bayesmm.model.categories import declares_order
from bayesmm.model.columns import few, kind_of, label_of
from bayesmm.model.number_texts import assignment
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, quantity
from bayesmm.wording import either, option

__all__ = ["TRIALS", "known_success", "two_values"]

# How numbers of successes are written.
TRIALS = "p(successes, trials), cbind(successes, failures) or successes | trials(n)"


def two_values(
    node: Node,
    label: str,
    family: Family,
    rows: Rows,
    states: States,
    levels: tuple[str, ...] | None,
    success: object,
    what: str = "response",
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return 0 and 1 of two values, their labels if they are those of a factor, and notes.

    `node` has the two values and is called `label` in messages, `what` says what they are; `levels`
    and `success` are as in `model.response.read_response`.
    """
    kind = kind_of(node.value, rows.columns[node.value]) if isinstance(node, Name) else ""
    if kind in ("category", "boolean") or success is not None or levels:
        found = rows.levels(node.value)
        if levels:
            known, why = levels, ""
            if not set(found.labels) <= set(levels):
                raise DataError(
                    f"The {what} '{node.value}' has values that the data of the fit do not "
                    f"have: {few(v for v in found.labels if v not in levels)}. There it is "
                    f"{levels[0]} or {levels[1]}."
                )
        else:
            series = rows.columns[node.value]
            known, why = _outcome_levels(
                node.value, series, found.labels, success, family.name, what
            )
        index = np.array([float(known.index(label)) for label in found.labels])
        failure, chosen = known
        note = (
            f"{what.capitalize()} '{node.value}': '{chosen}' counts as success, '{failure}' as "
            "failure"
        )
        return index[found.codes], known, (f"{note} ({why})." if why else f"{note}.",)
    y = quantity(node, rows, states)
    if (bad := ~np.isin(y, (0.0, 1.0))).any():
        values = np.unique(y)
        if isinstance(node, Name) and len(values) == 2:
            low, high = (label_of(value) for value in values.tolist())
            number = int(high) if high.removeprefix("-").isdigit() else float(high)
            raise DataError(
                f"The {what} '{node.value}' has the values {low} and {high}; say which counts "
                f"as success: {option('success', number)}."
            )
        trials = f" For numbers of successes use {TRIALS}" + (
            "." if family.response == "binomial" else f" with {option('family', 'binomial')}."
        )
        trials = "" if family.decisions else trials
        raise DataError(
            f"The {what} {label} must be 0 or 1 for the {family.name} family; it is "
            f"{few(np.unique(y[bad]).tolist())} {rows.where(bad)}.{trials}"
        )
    return y, (), ()


# Failure and success, as people write them; compared without regard to case.
_PAIRS = """
0 1, no yes, n y, nein ja, nej ja, nee ja, nei ja, non oui, no si, no sí, não sim, nao sim, nie tak,
ne ano, nem igen, nu da, ne da, hayır evet, ei kyllä, нет да, όχι ναι, いいえ はい, 否 是,
false true, f t, falsch wahr, faux vrai, falso verdadero, falso vero,
wrong correct, wrong right, incorrect correct, falsch richtig, inkorrekt korrekt, faux juste,
failure success, fail success, fail pass, failed passed, failed succeeded, misserfolg erfolg,
unsuccessful successful, durchgefallen bestanden, échec succès,
absent present, abwesend anwesend, negative positive, neg pos, negativ positiv, - +,
dead alive, died alive, died survived, died lived, dead survived, tot lebendig, gestorben überlebt,
miss hit, missed hit, loss win, lose win, lost won, off on, control case, rejected accepted,
reject accept, inactive active, uninfected infected, healthy diseased, gesund krank,
unexposed exposed
"""
_KNOWN: Mapping[frozenset[str], str] = {
    frozenset(pair.split()): pair.split()[1]
    for pair in " ".join(_PAIRS.split()).rstrip(",").split(",")
}
_NEGATION = re.compile(
    r"(?:no|not|non|kein|keine|nicht|pas|sans|sin|without|never)[\s_-]+|un(?=\w{3})"
)


def known_success(labels: Sequence[str]) -> str | None:
    """Return the label of success of two that people know, as ``ja`` of nein and ja.

    Of a word and its negation (``not passed`` and ``passed``) it is the word.
    """
    plain = {label.strip().casefold(): label for label in labels}
    if word := _KNOWN.get(frozenset(plain)):
        return plain[word]
    for one, other in (tuple(plain), tuple(plain)[::-1]):
        negation = _NEGATION.match(one)
        if negation and one[negation.end() :].strip() == other:
            return plain[other]
    return None


def _outcome_levels(
    name: str,
    series: pd.Series,
    labels: Sequence[str],
    success: object,
    family: str,
    what: str = "response",
) -> tuple[tuple[str, str], str]:
    """Return the labels of failure and success, and why they are these.

    What the user says comes first. A categorical that declares an order keeps R's convention: its
    first level is failure. Otherwise the words must be a pair that is known.

    `labels` are the levels in the rows used, in order, `success` the value that the user says is
    success, `family` its name and `what` what the values are, both for messages. Refuses any but
    two levels, and a success that is not known or none of them.
    """
    if len(labels) > 2:
        raise DataError(
            f"The {what} '{name}' has {len(labels)} levels ({few(labels)}); the {family} family "
            "needs two, or 0 and 1."
        )
    if len(labels) < 2:
        raise DataError(f"The {what} '{name}' is '{labels[0]}' in every row.")
    word = labels[1] if success is None else label_of(success)
    refuse_unknown(
        word, labels, f"{option('success', word)} is not a value of the {what} '{name}'.", "Values"
    )
    if declares_order(series) and word == labels[1]:
        return _pair(labels, word), "the first level of the categorical is failure, as in R"
    if success is not None:
        return _pair(labels, word), ""
    if (known := known_success(labels)) is not None:
        return _pair(labels, known), ""
    first, second = labels
    coded = f"COLUMN.map({{{first!r}: 0, {second!r}: 1}})"
    raise DataError(
        f"The {what} '{name}' has the values {first} and {second}; say which counts as success: "
        f"{option('success', second)}, or {option('success', first)}."
        + either(f" Or make 0 and 1 of them: {assignment(series, name, coded)}.", "")
    )


def _pair(labels: Sequence[str], success: str) -> tuple[str, str]:
    failure = next(label for label in labels if label != success)
    return failure, success
