"""The summary of a maximum-likelihood fit on one page, laid out as lme4 lays it out."""

import pandas as pd

from bayesmm.cells import in_columns
from bayesmm.html.table import Table, page_html, table_html
from bayesmm.likelihood.record import MLRecord
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels
from bayesmm.prose import ShownText

__all__ = ["Page", "ml_html", "ml_page"]


class Page(ShownText):
    """The page of a fit by maximum likelihood."""

    __slots__ = ()


def ml_page(fit: MLRecord, fixef: pd.DataFrame) -> Page:
    """Return the page: method, criteria, group effects, common effects, warnings.

    `fixef` is as `bayesmm.likelihood.tables.fixef` has it.
    """
    design = fit.design
    lines = [
        fit.method,
        f"Formula: {design.formula}",
        f"Family: {design.family.name} ({design.family.link}){_outcome(design)}",
        "",
        _criteria(fit),
    ]
    if fit.blocks:
        lines += ["", "Group effects:", *in_columns(_group_rows(fit), n_left=2)]
    if response := _response(fit):
        lines += ["", response]
    lines += _rows(fit)
    lines += ["", *_common_effects(fit, fixef)]
    if fit.singular:
        lines += ["", "On the boundary:", *(f"  {sentence}" for sentence in fit.singular)]
    if not fit.converged:
        lines += ["", _NOT_CONVERGED]
    if design.notes:
        lines += ["", "Notes:", *(f"  {note}" for note in design.notes)]
    return Page("\n".join(lines))


def ml_html(fit: MLRecord, fixef: pd.DataFrame) -> str:
    """Return the same page as an HTML fragment."""
    tables = [Table("Group effects", *_split(_group_rows(fit), left=2))] if fit.blocks else []
    if fit.coefficients:
        tables.append(Table(_title(fixef), *_split(_common_rows(fixef), left=1)))
    facts = [
        fit.method,
        f"{fit.design.family.name} family, {fit.design.family.link} link{_outcome(fit.design)}",
    ]
    facts += [_criteria(fit), *filter(None, [_response(fit)]), *_rows(fit)]
    notes = [*fit.singular, *([] if fit.converged else [_NOT_CONVERGED]), *fit.design.notes]
    title = fit.design.formula
    return page_html(title, *map(table_html, tables), facts=facts, notes=notes)


_NOT_CONVERGED = "The optimiser did not converge; do not use these numbers."


def _outcome(design: Design) -> str:
    return f", {design.outcome}" if design.outcome else ""


def _response(fit: MLRecord) -> str:
    """Return the parameters of the response that no table has; empty if there are none."""
    if fit.sigma is not None:
        return "" if fit.blocks else f"Residual sd: {fit.sigma:#.5g}"
    residual = fit.design.family.residual_scale  # of a mixed model among the group effects
    kept = (n for n in fit.auxiliary if n not in fit.threshold_errors)
    shown = {n: fit.auxiliary[n] for n in kept if n != residual or not fit.blocks}
    pairs = (f"{name} {value:#.5g}" for name, value in shown.items())
    return f"Response: {', '.join(pairs)}" if shown else ""


def _rows(fit: MLRecord) -> list[str]:
    """Return the numbers of rows and of groups."""
    design = fit.design
    groups = ", ".join(f"{name} {len(levels)}" for name, levels in design.factors.items())
    return [f"Number of rows: {design.n_obs}" + (f"; groups: {groups}" if groups else "")]


def _split(
    rows: list[list[str]], left: int
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], frozenset[int]]:
    """Return header, rows and columns of numbers of a table, its rows filled up."""
    width = max(map(len, rows))
    header, *body = (tuple(row + [""] * (width - len(row))) for row in rows)
    return header, tuple(body), frozenset(range(left, width))


def _criteria(fit: MLRecord) -> str:
    if fit.reml:
        return f"REML criterion at convergence: {-2 * fit.loglik:.4f}"
    return (
        f"logLik {fit.loglik:.4f} on {fit.n_parameters} parameters, "
        f"AIC {fit.aic:.4f}, BIC {fit.bic:.4f}"
    )


def _group_rows(fit: MLRecord) -> list[list[str]]:
    """Return variance, sd and the lower triangle of correlations per effect."""
    rows = []
    for block, estimates in zip(fit.design.blocks, fit.blocks, strict=True):
        for j, (effect, sd) in enumerate(zip(effect_labels(block), estimates.sd, strict=True)):
            corr = [] if estimates.corr is None else [f"{r:.2f}" for r in estimates.corr[j, :j]]
            group = block.factor if j == 0 else ""
            rows.append([group, effect, f"{sd**2:#.5g}", f"{sd:#.5g}", *corr])
    sigma = fit.auxiliary.get(fit.design.family.residual_scale, fit.sigma)
    if sigma is not None:
        rows.append(["Residual", "", f"{sigma**2:#.5g}", f"{sigma:#.5g}"])
    widest = max(len(row) for row in rows)
    header = ["Groups", "Name", "Variance", "SD", *(["Corr"] if widest > 4 else [])]
    return [header, *rows]


def _common_effects(fit: MLRecord, fixef: pd.DataFrame) -> list[str]:
    if not fit.coefficients:
        return ["No common effects."]
    return [f"{_title(fixef)}:", *in_columns(_common_rows(fixef), n_left=1)]


def _title(fixef: pd.DataFrame) -> str:
    attrs = fixef.attrs
    return f"Common effects (lower, upper: {100 * attrs['probability']:g} % {attrs['interval']})"


def _common_rows(fixef: pd.DataFrame) -> list[list[str]]:
    """Return estimates with their tests; without degrees of freedom where there are none."""
    kind = fixef.attrs["statistic"]
    header = ["", "Estimate", "SE", *(["df"] if kind == "t" else []), kind, "p", "lower", "upper"]
    rows = [
        [
            row.term,
            *(f"{value:#.5g}" for value in (row.estimate, row.se)),
            *([f"{row.df:.2f}"] if kind == "t" else []),
            f"{row.statistic:.3f}",
            f"{row.p_value:.3g}",
            *(f"{value:#.5g}" for value in (row.lower, row.upper)),
        ]
        for row in fixef.itertuples()
    ]
    return [header, *rows]
