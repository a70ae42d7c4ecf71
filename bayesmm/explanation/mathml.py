"""The third notation, MathML: equations that a browser sets by itself, without a script.

The equations put symbols together with spaces, commas and brackets; what is not markup yet is
marked up here as identifiers, numbers and signs. Names of the user are text, escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from bayesmm.explanation.equations import Equation
from bayesmm.explanation.notation import TEXT, Notation
from bayesmm.explanation.terms import power_of
from bayesmm.html.table import safe

__all__ = ["MATHML", "mathml_of"]

_TAG = re.compile(r"(<[^>]*>)")
_TOKEN = re.compile(r"[^\W\d_]+|\d+(?:\.\d+)?|\S")
_SUMMANDS_PER_LINE = 4
_SIGNS = {"~": "∼", "-": "−"}
# Bars and brackets are drawn: a font without a table for mathematics does not stretch the signs.
_BAR = "border-top:1px solid;padding-top:0.15em"
_BRACKETS = "border:solid;border-width:0 1.5px;border-radius:0.5em;padding:0 0.3em;margin:0 0.2em"


def _set(text: str) -> str:
    """Return a text with what stands outside of all elements marked up."""
    depth, pieces = 0, []
    for part in _TAG.split(text):
        if part.startswith("</"):
            depth -= 1
        elif part.startswith("<") and not part.endswith("/>"):
            depth += 1
        elif depth == 0 and not part.startswith("<"):
            pieces += [_token(word) for word in _TOKEN.findall(part)]
            continue
        pieces.append(part)
    return "".join(pieces)


def _token(word: str) -> str:
    if word[0].isdigit():
        return f"<mn>{word}</mn>"
    if word[0].isalpha():
        return f"<mi>{safe(word)}</mi>"
    # no invisible product sign: Normal (0, 1) is no product
    return f"<mo>{safe(_SIGNS.get(word, word))}</mo>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(map(_set, parts))}</mrow>"


def _text(words: str) -> str:
    # spaces at the ends would be dropped, and at those within Chromium breaks the line and hides
    # the rest
    return f"<mtext>{safe(words).replace(' ', '\N{NO-BREAK SPACE}')}</mtext>"


def _named(name: str, subscript: str = "") -> str:
    """Return the name of a column, its power as an exponent, with a subscript or none."""
    base, exponent = power_of(name) or (name, "")
    if subscript and exponent:
        return f"<msubsup>{_text(base)}{_row(subscript)}{_row(exponent)}</msubsup>"
    if subscript:
        return f"<msub>{_text(base)}{_row(subscript)}</msub>"
    return f"<msup>{_text(base)}{_row(exponent)}</msup>" if exponent else _text(base)


def _greek(name: str, subscript: str) -> str:
    letter = TEXT.greek(name, "")
    upright = ' mathvariant="normal"' if letter == "Σ" else ""
    symbol = f"<mi{upright}>{letter}</mi>"
    return f"<msub>{symbol}{_row(subscript)}</msub>" if subscript else symbol


def _number(value: float) -> str:
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    sign = "<mo>−</mo>" if mantissa.startswith("-") else ""
    shown = f"{sign}<mn>{mantissa.lstrip('-')}</mn>"
    if not exponent:
        return f"<mrow>{shown}</mrow>"
    return f"<mrow>{shown}<mo>×</mo><msup><mn>10</mn>{_row(str(int(exponent)))}</msup></mrow>"


def _call(name: str, arguments: Sequence[str]) -> str:
    return f"<mrow><mi>{name}</mi><mo>(</mo>{_set(', '.join(arguments))}<mo>)</mo></mrow>"


def _square(symbol: str) -> str:
    """Return a symbol with its subscript and the exponent 2, one above the other."""
    if symbol.startswith("<msub>"):
        inside = symbol.removeprefix("<msub>").removesuffix("</msub>")
        return f"<msubsup>{inside}<mn>2</mn></msubsup>"
    return f"<msup>{_row(symbol)}<mn>2</mn></msup>"


def _cells(rows: Iterable[Sequence[str]]) -> str:
    body = "".join(
        f"<mtr>{''.join(f'<mtd>{_set(cell)}</mtd>' for cell in row)}</mtr>" for row in rows
    )
    return f'<mtable style="{_BRACKETS}">{body}</mtable>'


MATHML = Notation(
    greek=_greek,
    words=_text,
    row=lambda name: _named(name, "i"),
    effect=lambda k, factor: (
        f"<msub><mi>u</mi>{_row(k, ',' if k else '', _text(factor), '[i]')}</msub>"
    ),
    level=lambda k: f"<msub><mi>u</mi>{_row(k, ',' if k else '', 'j')}</msub>",
    mean=lambda names: f'<mrow style="{_BAR}">{_set(" · ".join(map(_named, names)))}</mrow>',
    number=_number,
    distribution=_call,
    link={
        "identity": str,
        "log": lambda mean: _call("log", [mean]),
        "logit": lambda mean: _call("logit", [mean]),
        "probit": lambda mean: _row(f"<msup><mi>Φ</mi>{_row('-1')}</msup>", "(", mean, ")"),
        "tan_half": lambda mean: _call("tan", [f"{mean} / 2"]),
        "cloglog": lambda mean: _row("<mi>log</mi>", "(-", _call("log", [f"1 - {mean}"]), ")"),
        "inverse": lambda mean: _row("1 / ", mean),
    },
    column=lambda symbols: _cells([symbol] for symbol in symbols),
    matrix=lambda rows: (_cells(rows),),
    diagonal=lambda symbols: _call("diag", symbols),
    sqrt=lambda x: f"<msqrt>{_set(x)}</msqrt>",
    square=_square,
    quotient=lambda a, b: _row(a, " / ", b),
    times="·",
    dots="…",
    zero="<mn>0</mn>",
    distributed="∼",
)


def mathml_of(equations: Iterable[Equation]) -> str:
    """Return equations as one element, the relation signs below each other.

    They are in the notation `MATHML`.
    """
    rows = (row for equation in equations for row in _lines(equation))
    body = "".join(f"<mtr>{''.join(_aligned(*row))}</mtr>" for row in rows)
    return f'<math displaystyle="true"><mtable>{body}</mtable></math>'


def _lines(equation: Equation) -> Iterator[tuple[str, str, str]]:
    """Yield left side, relation and right side; of a long sum several lines."""
    summands = equation.right
    sums = [
        " + ".join(summands[k : k + _SUMMANDS_PER_LINE])
        for k in range(0, len(summands), _SUMMANDS_PER_LINE)
    ]
    if equation.condition:
        sums[-1] += f",<mspace width='1em'></mspace>{_set(equation.condition)}"
    yield equation.left, equation.relation, sums[0]
    for line in sums[1:]:
        yield "", "", f'<mo form="infix">+</mo>{_set(line)}'


def _aligned(left: str, relation: str, right: str) -> Iterator[str]:
    """Yield the cells of a line: browsers know either columnalign or one of the styles."""
    sides = (("right", left), ("center", relation), ("left", right))
    for side, content in sides:
        style = f"text-align:{side};text-align:-webkit-{side}"
        yield f'<mtd columnalign="{side}" style="{style}">{_set(content)}</mtd>'
