"""The formula language: from text to a record of the model, strictly and safely."""

from bayesmm.formula.formula import ModelFormula, PredictorFormula, parse_formula
from bayesmm.formula.formulas import FormulaText, ModelFormulas, formula_text, parse_formulas

__all__ = [
    "FormulaText",
    "ModelFormula",
    "ModelFormulas",
    "PredictorFormula",
    "formula_text",
    "parse_formula",
    "parse_formulas",
]
