"""The page of the families, made from their records in ``bayesmm/family``."""

from collections.abc import Iterator

import numpy as np

from bayesmm.family.known import DEFAULT_FAMILY, FAMILIES, OF_CATEGORIES
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family

__all__ = ["page"]

_ALL = (*FAMILIES.values(), *OF_CATEGORIES.values())
# What a response of each kind is, and how it is written left of the tilde.
RESPONSES = {
    "multinomial": "counts of categories, a column each, the first the reference: "
    "`cbind(bus, car, foot)`",
    "real": "any number",
    "binary": "two values, one of which is success: `no yes`, `0 1`, or as `success=` says",
    "binomial": "successes out of trials: `p(y, n)`, `cbind(y, n - y)`, `y | trials(n)`",
    "count": "whole numbers from 0",
    "positive": "numbers above 0",
    "angle": "angles in radians, from -pi to pi",
    "proportion": "numbers between 0 and 1, both excluded",
    "ordered": (
        "ordered categories: whole numbers, an ordered categorical, or texts in the order of "
        '`ordered(y, levels = c("low", "high"))`'
    ),
    "unordered": (
        "categories without an order; the others are compared with the first, or with that of "
        '`relevel(y, ref = "none")`'
    ),
}
_SUPPORTS = {"share": "0 to 1", "positive": "above 0", "real": "any number"}
_PACKAGES = {
    "glm": "R's glm, lme4",
    "glmmtmb": "glmmTMB",
    "brms": "brms",
    "rstanarm": "rstanarm",
    "bambi": "Bambi",
    "ordinal": "R's ordinal",
}

HEAD = """# Families

`bayesmm.fit(formula, data, "NAME")`, on the command line `--family NAME`. The default is
`{default}`. Names of R, brms, rstanarm, glmmTMB, Bambi and statsmodels are understood too.
The first link of each row is the default; another one is `link="NAME"`.
This page is made from the records of `bayesmm/family`, one file per family, which say everything
that the package asks about it. [How to add one](../ARCHITECTURE.md) takes a file; a family of your
own goes to `bayesmm.fit` as it is. glmmTMB's names of zero-inflated and hurdle families go with its
`ziformula = ~1`.

| family | response | links | other parameters |
|---|---|---|---|
{rows}
"""


def page() -> str:
    """Return the page in Markdown."""
    rows = "\n".join(
        f"| [`{f.name}`](#{f.name}) | {f.response} | {_code(f.links)} | {_code(f.auxiliary)} |"
        for f in _ALL
    )
    head = HEAD.format(default=DEFAULT_FAMILY, rows=rows)
    return "\n".join([head, *map(_family, _ALL)])


def _code(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _family(family: Family) -> str:
    words = family.words
    lines = [
        f"({family.name})=",
        f"## {family.name}",
        "",
        f"Response: {RESPONSES[family.response]}{_atoms(family)}.",
        "",
    ]
    if words.equation:
        lines += [f"    {_equation(family)}", ""]
    lines += [f"Links: {_code(family.links)}.", ""]
    if family.against_reference:
        lines += [
            "Each category but the first has a linear predictor, named by the category: its log "
            "odds against the first. The formula of the response is that of each, and "
            "`CATEGORY ~ ...` one of its own; `(1 | p | g)` lets the effects of a group be "
            "correlated across categories.",
            "",
        ]
    elif family.of_categories is not None:
        even = (
            family.made_for(("low", "high"))
            .parameters[1]
            .prior("default", np.array([1.0, 2.0]), 1.0)
        )
        order = "in their order" if family.made_for(("low", "high")).in_order else "in no order"
        lines += [
            "The thresholds c_1, c_2, ... take the place of an intercept and are named by the "
            f"categories on either side, `low|high`; {order}, with the default prior "
            f"`{even[0]}({', '.join(f'{n:g}' for n in even[1:])})` of each at the mean of the "
            "predictors, by which all shares of the categories are as likely"
            + ("" if order == "in their order" else " at each step")
            + ". `disc ~ ...` lets the scale of the latent response vary.",
            "",
        ]
    if family.further:
        lines += ["| parameter | what it is | range | default prior |", "|---|---|---|---|"]
        lines += [
            f"| `{p.name}` | {p.meaning} | {_SUPPORTS[p.support]} | `{_prior(p)}` |"
            for p in family.further
        ]
        lines.append("")
        if any(callable(p.priors.get("default")) for p in family.further):
            lines += [
                "s: the spread of the response; of y: from the response itself. `fit.priors` "
                "states the numbers.",
                "",
            ]
    elsewhere = [f"{title} `{words.names[key]}`" for key, title in _PACKAGES.items()
                 if key in words.names]  # fmt: skip
    if elsewhere:
        lines += [f"Elsewhere: {', '.join(elsewhere)}.", ""]
    lines += list(_advice(family))
    return "\n".join(lines)


def _atoms(family: Family) -> str:
    """Return the single values that a response may have besides."""
    values = [f"{value:g}" for value in family.atoms]
    return f"; also {' or '.join(values)}" if values else ""


def _equation(family: Family) -> str:
    """Return the distribution of a row, with the names of its parameters."""
    name, *arguments = family.words.equation
    symbols = {"mu": "mu", "c": "c", "trials": "n", **{p.name: p.name for p in family.further}}
    written = ", ".join(argument.format(**symbols) for argument in arguments)
    if family.against_reference:
        return f"y ~ {name}({written}, softmax(0, eta_2, ..., eta_K))"
    if family.words.category:
        return f"y ~ {name}({written}),  {_of_category(family)},  mu = eta"
    left = "mu" if family.link == "identity" else f"{family.link}(mu)"
    return f"y ~ {name}({written}),  {left} = eta"


def _of_category(family: Family) -> str:
    """Return what the link of a family of ordered categories is of."""
    probability, sign = family.words.category
    right = "mu - c_k" if sign == "mu" else "c_k - mu"
    return f"{family.link}({probability.format('y', 'y')}) = {right}"


def _prior(parameter: Parameter) -> str:
    """Return the default prior; numbers that grow with the spread of the response have an s."""
    y = np.array([0.5, 1.5])
    name, *numbers = parameter.prior("default", y, 1.0)
    _, *doubled = parameter.prior("default", y, 2.0)
    _, *others = parameter.prior("default", 2.0 * y, 1.0)
    triples = zip(numbers, doubled, others, strict=True)
    written = []
    for one, two, other in triples:
        if one != other:
            written.append("of y")
        else:
            written.append(f"{one:g}" if one == two else ("s" if one == 1 else f"{one:g} s"))
    return f"{name}({', '.join(written)})"


def _advice(family: Family) -> Iterator[str]:
    found = {"spread": "more spread than it allows", "zeros": "more zeros than it allows",
             "outliers": "outliers"}  # fmt: skip
    for what, advice in family.words.advice.items():
        yield f"- Where `fit.check()` finds {found[what]}: {advice}."
    for link, note in family.words.note.items():
        yield f"- With the {link} link: {note}"
    if family.words.advice or family.words.note:
        yield ""
