"""Plain arithmetic as the code that does it: a function of such values writes its own formula."""

__all__ = ["Arithmetic", "Written"]

# How tightly what a text says is bound: sums, products, and what needs no brackets.
_SUM, _PRODUCT, _ONE = range(3)


class Arithmetic:
    """The lines that some arithmetic needs before its result.

    What has got a name is in `lines`, in its order.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[str, str] = {}

    def named(self, stem: str, code: str) -> "Written":
        """Return code under a name, the same for the same code."""
        if code not in self._names:
            taken = sum(name.startswith(stem) for name in self._names.values())
            self._names[code] = f"{stem}_{taken + 1}"
            self.lines.append(f"{self._names[code]} = {code}")
        return Written(self._names[code], self)

    def value(self, code: str) -> "Written":
        """Return code as a value, in brackets where it stands beside others."""
        return Written(code, self, _SUM)


class Written:
    """A value whose code is known; sums, products and quotients of it are written out.

    `within` is where lines go that have to stand before, and `bound` says how tightly the code is
    bound.
    """

    def __init__(self, code: str, within: Arithmetic, bound: int = _ONE) -> None:
        self.code, self.within, self.bound = code, within, bound

    def _inside(self, least: int) -> str:
        return self.code if self.bound >= least else f"({self.code})"

    def _binary(self, left: str, sign: str, right: str, bound: int) -> "Written":
        return Written(f"{left} {sign} {right}", self.within, bound)

    def __neg__(self) -> "Written":
        """Return ``-x``."""
        return Written(f"-{self._inside(_ONE)}", self.within, _PRODUCT)

    def __add__(self, other: object) -> "Written":
        """Return ``x + y``."""
        return self._binary(self.code, "+", self._of(other)._inside(_SUM), _SUM)

    def __radd__(self, other: object) -> "Written":
        """Return ``y + x``; of the 0 that a sum begins with, x."""
        return self if other == 0 else self._of(other) + self

    def __sub__(self, other: object) -> "Written":
        """Return ``x - y``."""
        return self._binary(self.code, "-", self._of(other)._inside(_PRODUCT), _SUM)

    def __rsub__(self, other: object) -> "Written":
        """Return ``y - x``."""
        return self._of(other) - self

    def __mul__(self, other: object) -> "Written":
        """Return ``x * y``."""
        right = self._of(other)._inside(_PRODUCT)
        return self._binary(self._inside(_PRODUCT), "*", right, _PRODUCT)

    def __rmul__(self, other: object) -> "Written":
        """Return ``y * x``; of the 1 that a product begins with, x."""
        return self if other == 1 else self._of(other) * self

    def __truediv__(self, other: "Written") -> "Written":
        """Return ``x / y``, y under a name."""
        below = self.within.named("total", other.code)
        return self._binary(self._inside(_PRODUCT), "/", below.code, _PRODUCT)

    def _of(self, other: object) -> "Written":
        return other if isinstance(other, Written) else Written(repr(other), self.within)
