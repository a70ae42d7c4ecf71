"""Average predictions, comparisons and slopes by marginaleffects, for tests/test_averages.py.

Run from this folder with marginaleffects and statsmodels installed; neither is needed by bayesmm:
``python make_reference.py``.
"""

import json
from importlib.metadata import version
from pathlib import Path

import polars as pl
import statsmodels.api as sm
import statsmodels.formula.api as smf
from marginaleffects import avg_comparisons, avg_predictions, avg_slopes

DATA = Path(__file__).parents[2] / "bayesmm" / "data"


def read(name):
    return pl.read_csv(DATA / f"{name}.csv", null_values=["NA", ""])


cars = read("mtcars").with_columns(pl.col("cyl").cast(pl.String).cast(pl.Enum(["4", "6", "8"])))
drugz = read("drugz")
drugz = drugz.with_columns(pl.col("Dose").cast(pl.Enum(sorted(drugz["Dose"].unique()))))
cod = read("cod_parasites_twin").with_columns(pl.col("Area").cast(pl.String))
cod = cod.drop_nulls(["Intensity", "Length"]).with_columns(
    pl.col("Area").cast(pl.Enum(list("1234")))
)
tight = {"tol": 1e-14, "maxiter": 200}
cars, drugz, cod = cars.to_pandas(), drugz.to_pandas(), cod.to_pandas()
binomial, poisson = sm.families.Binomial, sm.families.Poisson
models = {
    "logistic": smf.glm("am ~ wt + cyl", cars, family=binomial()).fit(**tight),
    "probit": smf.glm("am ~ wt", cars, family=binomial(sm.families.links.Probit())).fit(**tight),
    "interactive": smf.ols("FC ~ IC * Dose", drugz).fit(),
    "curved": smf.ols("mpg ~ wt * cyl + I(wt**2)", cars).fit(),
    "counts": smf.glm("Intensity ~ Length + Area", cod, family=poisson()).fit(**tight),
}
KEPT = ("term", "contrast", "cyl", "Dose", "Area", "estimate", "std_error")
FACTOR = {"logistic": "cyl", "interactive": "Dose", "curved": "cyl", "counts": "Area"}
NUMBER = {"logistic": "wt", "probit": "wt", "interactive": "IC", "curved": "wt", "counts": "Length"}


def rows(table):
    """Return what the tests read of a table."""
    return table.select([name for name in KEPT if name in table.columns]).to_dicts()


def of_factors(function, **options):
    """Return the rows of a function of each model and its factor."""
    return {n: rows(function(models[n], variables=f, **options)) for n, f in FACTOR.items()}


def of_numbers(function, names, step, by=False):
    """Return the rows of a function of each model and its number, within levels of its factor."""
    return {
        n: rows(
            function(
                models[n],
                variables={NUMBER[n]: step} if step else NUMBER[n],
                **({"by": FACTOR[n]} if by else {}),
            )
        )
        for n in names
    }


found = {
    "predictions": {n: rows(avg_predictions(m)) for n, m in models.items()},
    "predictions_by": {n: rows(avg_predictions(models[n], by=f)) for n, f in FACTOR.items()},
    "counterfactual": {
        n: rows(avg_predictions(models[n], variables=f, by=f)) for n, f in FACTOR.items()
    },
    "factor": of_factors(avg_comparisons),
    "number": of_numbers(avg_comparisons, NUMBER, 1),
    "number_by": of_numbers(avg_comparisons, FACTOR, 1, by=True),
    "slopes": of_numbers(avg_slopes, NUMBER, None),
    "slopes_by": of_numbers(avg_slopes, FACTOR, None, by=True),
    "lnratio": {
        n: rows(avg_comparisons(models[n], variables=FACTOR[n], comparison="lnratioavg"))
        for n in ("logistic", "counts")
    },
    "lnor": {
        n: rows(avg_comparisons(models[n], variables=FACTOR[n], comparison="lnoravg"))
        for n in ("logistic",)
    },
}
found["versions"] = {p: version(p) for p in ("marginaleffects", "statsmodels")}
target = Path(__file__).parent / "averages.json"
target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
