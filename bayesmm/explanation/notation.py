"""Two notations for one set of equations: plain text, and LaTeX."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bayesmm.explanation.terms import power_of

__all__ = ["LATEX", "TEXT", "Notation"]


@dataclass(frozen=True, slots=True)
class Notation:
    """How the parts of an equation are written."""

    # ``greek("beta", "1")``: a symbol with its subscript, which may be empty
    greek: Callable[[str, str], str]
    words: Callable[[str], str]  # ``words("for each row")``: plain words inside an equation
    # ``row("Days")``: the value of a column in row i; of ``"I(Time^2)"`` the power
    row: Callable[[str], str]
    # ``effect("1", "Subject")``: u_1 of the level that row i belongs to
    effect: Callable[[str, str], str]
    level: Callable[[str], str]  # ``level("1")``: u_1 of level j
    # ``mean(("treat[ozone]", "Time"))``: the mean of a product of columns over the rows
    mean: Callable[[Sequence[str]], str]
    number: Callable[[float], str]  # a number with six significant digits
    distribution: Callable[[str, Sequence[str]], str]  # ``distribution("Normal", arguments)``
    link: dict[str, Callable[[str], str]]  # ``link["logit"]("p")``: the link, applied
    # a column vector of symbols, written in the line where the notation has no other way
    column: Callable[[Sequence[str]], str]
    # rows of cells as the lines of a matrix
    matrix: Callable[[Sequence[Sequence[str]]], tuple[str, ...]]
    diagonal: Callable[[Sequence[str]], str]
    # root, square and quotient of symbols
    sqrt: Callable[[str], str]
    square: Callable[[str], str]
    quotient: Callable[[str, str], str]
    # signs
    times: str
    dots: str
    zero: str
    distributed: str


_GREEK = {
    "alpha": "α",
    "beta": "β",
    "delta": "δ",
    "eta": "η",
    "gamma": "γ",
    "kappa": "κ",
    "mu": "μ",
    "nu": "ν",
    "phi": "φ",
    "psi": "ψ",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "Sigma": "Σ",
}
_NAMES = {letter: name for name, letter in _GREEK.items()}
_SUBSCRIPTS = str.maketrans("0123456789ijk", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖ")
_SUPERSCRIPTS = str.maketrans("23456789", "²³⁴⁵⁶⁷⁸⁹")


def _text_power(name: str, subscript: str) -> str:
    power = power_of(name)
    base, exponent = power or (name, "")
    return f"{base}{subscript}{exponent.translate(_SUPERSCRIPTS)}"


def _text_matrix(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(rows) - 1
    lines = []
    for index, cells in enumerate(rows):
        left, right = "⎡⎤" if index == 0 else "⎣⎦" if index == last else "⎢⎥"
        body = "   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{left} {body} {right}")
    return tuple(lines)


TEXT = Notation(
    greek=lambda name, subscript: _GREEK.get(name, name) + subscript.translate(_SUBSCRIPTS),
    words=str,
    row=lambda name: _text_power(name, "ᵢ"),
    effect=lambda k, factor: f"u{k.translate(_SUBSCRIPTS)}[{factor}ᵢ]",
    level=lambda k: f"u{k.translate(_SUBSCRIPTS)}[j]",
    mean=lambda names: f"mean({' · '.join(_text_power(name, '') for name in names)})",
    number=lambda value: f"{value:.6g}",
    distribution=lambda name, arguments: f"{name}({', '.join(arguments)})",
    link={
        "identity": str,
        "log": lambda mean: f"log({mean})",
        "logit": lambda mean: f"logit({mean})",
        "probit": lambda mean: f"probit({mean})",
        "tan_half": lambda mean: f"tan({mean} / 2)",
        "cloglog": lambda mean: f"log(-log(1 - {mean}))",
        "inverse": lambda mean: f"1 / {mean}",
    },
    column=lambda symbols: f"({', '.join(symbols)})",
    matrix=_text_matrix,
    diagonal=lambda symbols: f"diag({', '.join(symbols)})",
    sqrt=lambda x: f"√{x}",
    square=lambda x: f"{x}²",
    quotient=lambda a, b: f"{a} / {b}",
    times="·",
    dots="…",
    zero="0",
    distributed="~",
)

# What has a meaning in text mode stands in math mode, where LaTeX and MathJax agree about it.
_SIGNS = {
    **{sign: f"\\{sign}" for sign in "_%#&${}"},
    "\\": r"\backslash ",
    "^": r"\wedge ",
    "~": r"\sim ",
}
_ESCAPED = str.maketrans({sign: rf"}}{math}\text{{" for sign, math in _SIGNS.items()})


def _latex_text(words: str) -> str:
    text = rf"\text{{{words.translate(_ESCAPED)}}}"
    return f"{{{text}}}" if _SIGNS.keys() & set(words) else text


def _latex_power(name: str, subscript: str) -> str:
    power = power_of(name)
    base, exponent = power or (name, "")
    return _latex_text(base) + subscript + (f"^{{{exponent}}}" if exponent else "")


def _latex_greek(name: str, subscript: str) -> str:
    name = _NAMES.get(name, name)
    symbol = f"\\{name}" if name in _GREEK else name
    if name not in _GREEK and len(name) > 1:  # a word, and no product of its letters
        symbol = rf"\mathit{{{name.replace('_', r'\_')}}}"
    return f"{symbol}_{{{subscript}}}" if subscript else symbol


def _latex_index(k: str) -> str:
    return rf"{k},\," if k else ""


def _latex_number(value: float) -> str:
    mantissa, _, exponent = f"{value:.6g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _latex_matrix(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    body = r" \\ ".join(" & ".join(cells) for cells in rows)
    return (rf"\begin{{bmatrix}} {body} \end{{bmatrix}}",)


LATEX = Notation(
    greek=_latex_greek,
    words=_latex_text,
    row=lambda name: _latex_power(name, "_{i}"),
    effect=lambda k, factor: f"u_{{{_latex_index(k)}{_latex_text(factor)}[i]}}",
    level=lambda k: f"u_{{{_latex_index(k)}j}}",
    mean=lambda names: rf"\overline{{{r' \cdot '.join(_latex_power(n, '') for n in names)}}}",
    number=_latex_number,
    distribution=lambda name, arguments: rf"\mathrm{{{name}}}({', '.join(arguments)})",
    link={
        "identity": str,
        "log": lambda mean: rf"\log({mean})",
        "logit": lambda mean: rf"\mathrm{{logit}}({mean})",
        "probit": lambda mean: rf"\Phi^{{-1}}({mean})",
        "tan_half": lambda mean: rf"\tan({mean} / 2)",
        "cloglog": lambda mean: rf"\log(-\log(1 - {mean}))",
        "inverse": lambda mean: f"1 / {mean}",
    },
    column=lambda symbols: rf"\begin{{bmatrix}} {r' \\ '.join(symbols)} \end{{bmatrix}}",
    matrix=_latex_matrix,
    diagonal=lambda symbols: rf"\mathrm{{diag}}({', '.join(symbols)})",
    sqrt=lambda x: rf"\sqrt{{{x}}}",
    square=lambda x: f"{x}^{{2}}",
    quotient=lambda a, b: f"{a} / {b}",
    times=r"\cdot",
    dots=r"\dots",
    zero=r"\mathbf{0}",
    distributed=r"\sim",
)
