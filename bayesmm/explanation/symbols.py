"""The symbol of every parameter of a model: beta, tau, Sigma, and their numbers."""

from itertools import count

from bayesmm.explanation.notation import Notation
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, effect_labels, sd_names
from bayesmm.model.predictor import MEAN

__all__ = ["ModelSymbols"]

# Of the coefficients of each linear predictor, and of its intercept at the means; of those of
# ``cs()`` at each threshold.
_LETTERS = (("beta", "b"), ("gamma", "c"), ("delta", "d"), ("eta", "h"))
_SPECIFIC = "kappa"


class ModelSymbols:
    """Symbols of one model in one notation.

    The effects of all blocks are numbered through, so that tau_3 is the sd of u_3 and rho_12 the
    correlation of u_1 and u_2, whichever block they are in; a single effect goes without number.

    `numbers` are those of the effects of each block, and `correlated` the indices of the blocks
    with correlations.
    """

    __slots__ = ("_design", "_notation", "correlated", "numbers")

    def __init__(self, design: Design, notation: Notation) -> None:
        self._design = design
        self._notation = notation
        single = sum(block.n_effects for block in design.blocks) == 1
        number = count(1)
        self.numbers = tuple(
            tuple("" if single else str(next(number)) for _ in effect_labels(block))
            for block in design.blocks
        )
        self.correlated = tuple(
            k for k, block in enumerate(design.blocks) if block.covariance.correlated
        )

    def intercept(self, parameter: str = MEAN) -> str:
        """Return the intercept of a parameter where every predictor is 0."""
        return self.slope(0, parameter)

    def slope_of_thresholds(self, k: int) -> str:
        """Return the coefficient of column k of ``cs()`` at the threshold k of the equations."""
        return self._notation.greek(_SPECIFIC, f"k,{k}")

    def centred_intercept(self, parameter: str = MEAN) -> str:
        """Return the intercept at the mean of the predictors, which has the prior."""
        return self._symbol(1, 0, parameter)

    def slope(self, k: int, parameter: str = MEAN) -> str:
        """Return the coefficient of column k of a parameter, counted from 1."""
        return self._symbol(0, k, parameter)

    def _symbol(self, which: int, k: int, parameter: str) -> str:
        """Return a letter of each parameter, or one for all with the number of the parameter.

        The number is there for categories, which are alike, and where letters do not suffice.
        """
        specific = [own.parameter for own in self._design.specific_predictors]
        if parameter in specific:
            return self._notation.greek(_SPECIFIC, f"{specific.index(parameter) + 1},{k}")
        every = [p for p in self._design.coefficient_predictors if p.parameter not in specific]
        place = [own.parameter for own in every].index(parameter)
        if not self._design.mu_is_empty and len(every) <= len(_LETTERS):
            return self._notation.greek(_LETTERS[place][which], str(k))
        return self._notation.greek(_LETTERS[0][which], f"{place + 1},{k}")

    def covariance(self, index: int) -> str:
        """Return the covariance matrix of block `index`."""
        return self._notation.greek("Sigma", self._which(index))

    def correlation(self, index: int) -> str:
        """Return the correlation matrix of block `index`."""
        return self._notation.greek("R", self._which(index))

    @property
    def by_parameter(self) -> dict[str, str]:
        """Symbols by the names of the parameters, as the priors have them."""
        design, greek = self._design, self._notation.greek
        found = {}
        for predictor in design.coefficient_predictors:
            own, names = predictor.parameter, coefficient_names(predictor)
            first = self.centred_intercept if predictor.names else self.intercept
            found |= {names[0]: first(own)} if predictor.intercept else {}
            slopes = names[int(predictor.intercept) :]
            found |= {name: self.slope(k, own) for k, name in enumerate(slopes, 1)}
        for further in design.family.further:
            if further.name in design.constants:
                found[further.name] = greek(further.symbol or further.name, "")
        for k, name in enumerate(design.family.thresholds, 1):
            found[name] = greek("c", str(k))
        for index, block in enumerate(design.blocks):
            for name, k in zip(sd_names(block), self.numbers[index], strict=True):
                found[name] = greek("tau", k)
            if block.covariance.correlated:
                found[str(corr_name(design.blocks, index))] = self.correlation(index)
        return found

    @property
    def block_of_correlation(self) -> dict[str, int]:
        """Index of the block of each correlation matrix, by name."""
        return {str(corr_name(self._design.blocks, k)): k for k in self.correlated}

    def _which(self, index: int) -> str:
        return str(self.correlated.index(index) + 1) if len(self.correlated) > 1 else ""
