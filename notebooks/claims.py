"""Sentences of the notebooks and pages that state a comparison, held against the numbers.

A sentence that says "narrower", "farther" or "12 dwellings" is true of some numbers and false of
others. `notebooks.sentences` names each with expressions that are true where the page has been
run; `verify` evaluates them there, and `unsupported` finds the sentences that nobody has named.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Claim", "is_comparison", "sentences", "unplaced", "unsupported", "verify"]

_COMPARISONS = re.compile(
    r"""(?<!\w)(
        more | less | fewer | most | mostly | least | than | too | enough | far | farther | nearer
      | wider | narrower | widest | narrowest | wide | narrow | larger | smaller | largest
      | smallest | higher | lower | highest | lowest | longer | shorter | steeper | faster | slower
      | better | worse | best | worst | above | below | beyond | outside | opposite | twice | double
      | half | differ | differs | differed | difference | differences | different | agree | agrees
      | same | equal | equals | alike | similar | unlike | skewed | never | always | pulls? | leans
      | \d[\d,.]*
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE_BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"`[^`]*`")
_TARGET = re.compile(r"\]\([^)]*\)")
_STRUCTURE = re.compile(r"^(?:#+ .*|- .*|\|.*)$", re.MULTILINE)
_END = re.compile(r"(?<=[.!?])\**\s+(?=[A-Z`*\"(])")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, or a part of it, and why it is true.

    Attributes
    ----------
    says : str
        The words as they stand on the page.
    holds : tuple of str
        Python expressions, each True in the names of the page when it has been run.
    because : str
        Where there is nothing to compute: why the sentence is no claim about these numbers, or
        the test that holds it.
    """

    says: str
    holds: tuple[str, ...] = ()
    because: str = ""


def sentences(markdown: str) -> list[str]:
    """Return the sentences of a page in Markdown: headings, items and prose; no code, no tables."""
    text = _CODE_BLOCK.sub("", markdown)
    text = _STRUCTURE.sub(lambda line: f"\n\n{line[0]}", text)
    text = re.sub(r"^(#+ .*)$", r"\1\n", text, flags=re.MULTILINE)
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        if not paragraph.strip().startswith("|"):
            found += _END.split(" ".join(paragraph.split()))
    return [sentence for sentence in found if sentence]


def is_comparison(sentence: str) -> bool:
    """Return whether a sentence compares or counts; a question does neither."""
    words = _TARGET.sub("", _INLINE_CODE.sub("", sentence))
    return not sentence.endswith("?") and _COMPARISONS.search(words) is not None


def unsupported(markdown: str, claims: Sequence[Claim]) -> list[str]:
    """Return the sentences that compare and that no claim names."""
    return [
        sentence
        for sentence in sentences(markdown)
        if is_comparison(sentence) and not any(claim.says in sentence for claim in claims)
    ]


def unplaced(markdown: str, claims: Sequence[Claim]) -> list[str]:
    """Return what claims say and the page does not."""
    text = sentences(markdown)
    return [c.says for c in claims if not any(c.says in sentence for sentence in text)]


def verify(claims: Sequence[Claim], names: Mapping[str, Any]) -> None:
    """Evaluate claims in the names of a page that has been run.

    Raises
    ------
    AssertionError
        With every sentence that is not true, and the expression that says so.
    """
    wrong = []
    for claim in claims:
        for expression in claim.holds:
            value = eval(expression, {"np": np, "pd": pd, **names})  # our own, from `sentences`
            if not isinstance(value, bool | np.bool_):
                wrong.append(f"{claim.says!r}: {expression} is no comparison, but {value!r}")
            elif not value:
                wrong.append(f"{claim.says!r}: not true: {expression}")
    if wrong:
        raise AssertionError("\n".join(["Sentences that the numbers do not bear out:", *wrong]))
