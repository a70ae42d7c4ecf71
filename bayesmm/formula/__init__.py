"""The formula language: from text to a record of the model, strictly and safely."""

from bayesmm.formula.formula import ModelFormula, parse_formula

__all__ = ["ModelFormula", "parse_formula"]
