"""Which other family to try: only those that the response can have."""

from collections.abc import Mapping

__all__ = ["FOR_OUTLIERS", "FOR_SPREAD", "FOR_ZEROS"]

_ROW = "an effect per row, as in (1 | row) with one level per row"
_PREDICTORS = "missing predictors or groupings"

# More spread than the family allows. Families that estimate their spread have no other to try.
FOR_SPREAD: Mapping[str, str] = {
    "poisson": f"try negativebinomial, a zero-inflated family, {_ROW}, or {_PREDICTORS}",
    "binomial": f"try {_ROW}, or {_PREDICTORS}",
    "negativebinomial": f"try zero_inflated_negativebinomial, or {_PREDICTORS}",
    "zero_inflated_poisson": f"try zero_inflated_negativebinomial, {_ROW}, or {_PREDICTORS}",
    "zero_inflated_negativebinomial": f"look for {_PREDICTORS}",
    "hurdle_poisson": f"try hurdle_negativebinomial, {_ROW}, or {_PREDICTORS}",
    "hurdle_negativebinomial": f"look for {_PREDICTORS}",
}

# More zeros than predicted.
FOR_ZEROS: Mapping[str, str] = {
    "poisson": "try zero_inflated_poisson, hurdle_poisson, or negativebinomial",
    "negativebinomial": "try zero_inflated_negativebinomial or hurdle_negativebinomial",
    "zero_inflated_poisson": f"try hurdle_poisson, or look for {_PREDICTORS}",
    "zero_inflated_negativebinomial": f"try hurdle_negativebinomial, or look for {_PREDICTORS}",
    "hurdle_poisson": f"look for {_PREDICTORS}",
    "hurdle_negativebinomial": f"look for {_PREDICTORS}",
}

# A row that the family holds to be next to impossible.
FOR_OUTLIERS: Mapping[str, str] = {
    "gaussian": "family 't' is less moved by such rows",
    "poisson": "family 'negativebinomial' is less moved by such rows",
    "zero_inflated_poisson": ("family 'zero_inflated_negativebinomial' is less moved by such rows"),
    "hurdle_poisson": "family 'hurdle_negativebinomial' is less moved by such rows",
}
