"""Which of two values of a response counts as success."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from bayesmm.errors import DataError, refuse_unknown
from bayesmm.model.categories import declares_order
from bayesmm.model.columns import few, label_of
from bayesmm.model.number_texts import assignment
from bayesmm.wording import either, option

__all__ = ["known_success", "outcome_levels"]

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


def outcome_levels(
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
