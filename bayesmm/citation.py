"""How to cite the package, and the work that its numbers rest on."""

from typing import Literal

from bayesmm.prose import ShownText
from bayesmm.sampling.versions import library_version
from bayesmm.wording import refuse_other

__all__ = [
    "AUTHORS",
    "TITLE",
    "YEAR",
    "Citation",
    "cite",
    "own_reference",
    "reference",
    "short_reference",
]

TITLE = "bayesmm: Bayesian multilevel models in Python"
AUTHORS = "The bayesmm developers"
YEAR = 2026

# Key, what it is for, BibTeX type and fields, in the order of the text.
_WORKS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (
        "hoffman2014",
        "the sampler",
        "article",
        {
            "author": "Hoffman, Matthew D. and Gelman, Andrew",
            "title": "The No-U-Turn Sampler: Adaptively Setting Path Lengths in Hamiltonian Monte "
            "Carlo",
            "journal": "Journal of Machine Learning Research",
            "volume": "15",
            "pages": "1593--1623",
            "year": "2014",
        },
    ),
    (
        "vehtari2021",
        "R-hat and effective sample sizes",
        "article",
        {
            "author": "Vehtari, Aki and Gelman, Andrew and Simpson, Daniel and Carpenter, Bob and "
            'B{\\"u}rkner, Paul-Christian',
            "title": "Rank-Normalization, Folding, and Localization: An Improved R-hat for "
            "Assessing Convergence of MCMC",
            "journal": "Bayesian Analysis",
            "volume": "16",
            "number": "2",
            "pages": "667--718",
            "year": "2021",
            "doi": "10.1214/20-BA1221",
        },
    ),
    (
        "vehtari2017",
        "comparison of models by leave-one-out",
        "article",
        {
            "author": "Vehtari, Aki and Gelman, Andrew and Gabry, Jonah",
            "title": "Practical Bayesian Model Evaluation Using Leave-One-Out Cross-Validation and "
            "WAIC",
            "journal": "Statistics and Computing",
            "volume": "27",
            "pages": "1413--1432",
            "year": "2017",
            "doi": "10.1007/s11222-016-9696-4",
        },
    ),
    (
        "bates2015",
        "the formula language and the maximum-likelihood estimates beside the posterior",
        "article",
        {
            "author": 'Bates, Douglas and M{\\"a}chler, Martin and Bolker, Ben and Walker, Steve',
            "title": "Fitting Linear Mixed-Effects Models Using lme4",
            "journal": "Journal of Statistical Software",
            "volume": "67",
            "number": "1",
            "pages": "1--48",
            "year": "2015",
            "doi": "10.18637/jss.v067.i01",
        },
    ),
    (
        "abrilpla2023",
        "the specification of the models in PyMC",
        "article",
        {
            "author": "Abril-Pla, Oriol and others",
            "title": "PyMC: A Modern, and Comprehensive Probabilistic Programming Framework in "
            "Python",
            "journal": "PeerJ Computer Science",
            "volume": "9",
            "pages": "e1516",
            "year": "2023",
            "doi": "10.7717/peerj-cs.1516",
        },
    ),
)


class Citation(ShownText):
    """How to cite, in words or for BibTeX."""

    __slots__ = ()


def cite(style: Literal["text", "bibtex"] = "text") -> Citation:
    """Return how to cite the package, and the work that its numbers rest on.

    Parameters
    ----------
    style : {"text", "bibtex"}
        Sentences, or entries for BibTeX.

    Returns
    -------
    Citation
        A str that prints as it is.

    Raises
    ------
    UsageError
        For another style.
    """
    refuse_other("style", style, _STYLES)
    return Citation(_STYLES[style]())


def short_reference(key: str) -> str:
    """Return who and when, as a text cites it: ``"Bates et al., 2015"``.

    `key` is ``"bayesmm"``, or one of the entries of `cite`.
    """
    if key == "bayesmm":
        return f"{AUTHORS}, {YEAR}"
    fields = _fields(key)
    return f"{_who(fields)}, {fields['year']}"


def own_reference() -> str:
    """Return the reference of the package."""
    return f"{AUTHORS} ({YEAR}). {TITLE}, version {library_version('bayesmm')}. Computer software."


def reference(key: str) -> str:
    """Return a reference of `cite` in words, by its key."""
    fields = _fields(key)
    return f"{_who(fields)} ({fields['year']}), {fields['title']}, {_place(fields)}"


def _fields(key: str) -> dict[str, str]:
    return next(fields for name, _, _, fields in _WORKS if name == key)


def _who(fields: dict[str, str]) -> str:
    names = [name.partition(",")[0] for name in fields["author"].split(" and ")]
    if names[-1] == "others" or len(names) > 3:
        who = f"{names[0]} et al."
    else:
        who = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return who.replace('{\\"u}', "ü").replace('{\\"a}', "ä")


def _place(fields: dict[str, str]) -> str:
    place = f"{fields['journal']} {fields['volume']}"
    place += f"({fields['number']})" if "number" in fields else ""
    place += f", {fields['pages'].replace('--', '-')}"
    return place + (f", doi:{fields['doi']}" if "doi" in fields else "")


def _in_words() -> str:
    lines = ["To cite bayesmm:", f"  {own_reference()}", "", "and, where your text rests on it:"]
    lines += [f"  {purpose}: {reference(key)}" for key, purpose, _, _ in _WORKS]
    return "\n".join(lines)


def _in_bibtex() -> str:
    own = {
        "author": f"{{{AUTHORS}}}",
        "title": TITLE,
        "version": library_version("bayesmm"),
        "year": str(YEAR),
    }
    entries = [("bayesmm", "software", own), *((key, kind, f) for key, _, kind, f in _WORKS)]
    return "\n\n".join(_entry(*entry) for entry in entries)


def _entry(key: str, kind: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


_STYLES = {"text": _in_words, "bibtex": _in_bibtex}
