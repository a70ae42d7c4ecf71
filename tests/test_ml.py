"""Maximum likelihood against the fits of R (lme4, lm, glm, glmmTMB)."""

from dataclasses import replace

import pandas as pd
import pytest
from ml_designs import design_of
from references import (
    REFERENCES,
    load_reference,
    needs_real_file,
    readable_references,
    reference_data,
)

from bayesmm.likelihood import MLFit, fit_ml

# Tolerances: estimates 1e-4 and standard errors and sds 1e-3 of themselves, log likelihoods
# 1e-3, modes 1e-3 of a conditional sd. R's optimisers stop at about a tenth of these.
ESTIMATE, SPREAD, LOGLIK, MODE = 1e-4, 1e-3, 1e-3, 1e-3


def family_of(reference: dict) -> tuple[str, str | None]:
    name, _, link = reference["family"].partition(", ")
    return name, link or None


def fitted(reference: dict, data: pd.DataFrame, *, reml: bool) -> MLFit:
    name, link = family_of(reference)
    design = design_of(reference["formula"], data, name, link)
    if "weights 1 + Days" in reference["data"]:
        design = replace(design, weights=1.0 + data["Days"].to_numpy(float))
    return fit_ml(design, reml=reml)


def common_key(name: str, data: pd.DataFrame) -> frozenset[str]:
    """Return R's or our name of a common effect, independent of the order in interactions."""
    words = []
    for word in name.replace(" ", "").split(":"):
        column = next((c for c in data if word.startswith(c) and word != c), None)
        if column is None or pd.api.types.is_numeric_dtype(data[column]):
            words.append("Intercept" if word == "(Intercept)" else word)
        else:
            words.append(f"{column}[{word.removeprefix(column).strip('[]')}]")
    return frozenset(words)


def group_key(name: str) -> frozenset[str]:
    """Return a grouping factor or a level: Subject.1 is Subject, late:Subject Subject:late."""
    return frozenset(part.removesuffix(".1") for part in name.split(":"))


def effect_key(*names: str | None) -> frozenset[str]:
    present = [n for n in names if isinstance(n, str)]
    return frozenset("Intercept" if n == "(Intercept)" else n.replace(" ", "") for n in present)


def check_common(fit: MLFit, reference: dict, data: pd.DataFrame) -> None:
    ours = fit.fixef()
    ours.index = [common_key(term, data) for term in ours["term"]]
    assert len(ours) == len(reference["fixef"])
    for row in reference["fixef"]:
        mine = ours.loc[[common_key(row["term"], data)]].iloc[0]
        assert mine["estimate"] == pytest.approx(row["estimate"], rel=ESTIMATE), row["term"]
        assert mine["se"] == pytest.approx(row["se"], rel=SPREAD), row["term"]


def check_groups(fit: MLFit, reference: dict) -> None:
    table = fit.varcorr()
    ours = {
        (group_key(r.grp), effect_key(r.var1, r.var2)): r for r in table.itertuples(index=False)
    }
    assert len(ours) == len(table)
    if "Residual" in {row["grp"] for row in reference["varcorr"]}:
        assert len(ours) == len(reference["varcorr"])
        assert table["grp"].iloc[-1] == "Residual"
    largest = table.loc[table["var2"].isna(), "sdcor"].max()
    for row in reference["varcorr"]:
        mine = ours[group_key(row["grp"]), effect_key(row["var1"], row.get("var2"))]
        if row.get("var2") is None:  # a zero sd is zero beside the others
            tolerance = SPREAD * row["sdcor"] + 1e-6 * largest
            assert mine.vcov == pytest.approx(mine.sdcor**2)
        else:
            tolerance = SPREAD
        assert mine.sdcor == pytest.approx(row["sdcor"], abs=tolerance), row


def check_modes(fit: MLFit, reference: dict) -> None:
    table = fit.ranef()
    ours = {
        (group_key(r.grp), group_key(r.level), effect_key(r.term)): r
        for r in table.itertuples(index=False)
    }
    assert len(ours) == len(table) == len(reference["ranef"])
    for row in reference["ranef"]:
        mine = ours[group_key(row["grp"]), group_key(row["level"]), effect_key(row["term"])]
        zero = 1e-6 * table["se"].max()  # effects whose sd is zero are zero beside the others
        assert mine.estimate == pytest.approx(row["estimate"], abs=MODE * row["se"] + zero)
        assert mine.se == pytest.approx(row["se"], abs=SPREAD * row["se"] + zero)


def check(fit: MLFit, reference: dict, data: pd.DataFrame) -> None:
    assert fit.converged
    assert fit.design.n_obs == reference["nobs"]
    assert fit.loglik == pytest.approx(reference["loglik"], abs=LOGLIK)
    for criterion in {"aic", "bic"} & set(reference):
        assert getattr(fit, criterion) == pytest.approx(reference[criterion], abs=2 * LOGLIK)
    check_common(fit, reference, data)
    if "sigma" in reference:
        assert fit.sigma == pytest.approx(reference["sigma"], rel=SPREAD)
    if "varcorr" in reference:
        check_groups(fit, reference)
    if "ranef" in reference:
        check_modes(fit, reference)
        assert bool(fit.singular) == reference["singular"]


@pytest.mark.parametrize("name", readable_references())
def test_matches_r(name):
    """On the shipped data and the twins; on the real files of the course where they are."""
    reference = load_reference(name)
    data = reference_data(reference)
    fit = fitted(reference, data, reml=reference["method"] in ("REML", "OLS"))
    assert fit.reml == (reference["method"] == "REML")
    check(fit, reference, data)


def test_every_reference_is_in_the_table():
    names = {path.stem for path in REFERENCES.glob("*.json")}
    assert len(names) == 57
    shipped = {name for name in readable_references() if not needs_real_file(load_reference(name))}
    # of each model on data that may not be shipped there is one on their twin
    assert {f"{name}_twin" for name in names - shipped} <= shipped
