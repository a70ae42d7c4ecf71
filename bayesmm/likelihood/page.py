"""The summary of a maximum-likelihood fit on one page, laid out as lme4 lays it out."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bayesmm.likelihood.record import MLFit

__all__ = ["Page", "ml_page"]


class Page(str):
    """Text that shows itself as it is at the prompt and in a notebook."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text without quotes."""
        return str(self)


def ml_page(fit: "MLFit") -> Page:
    """Return the page: method, criteria, group effects, common effects, warnings."""
    design = fit.design
    lines = [
        fit.method,
        f"Formula: {design.formula}",
        f"Family: {design.family.name} ({design.family.link})",
        "",
        _criteria(fit),
    ]
    if fit.blocks:
        lines += ["", "Group effects:", *_group_effects(fit)]
    elif fit.sigma is not None:
        lines += ["", f"Residual sd: {fit.sigma:#.5g}"]
    elif fit.auxiliary:
        pairs = (f"{name} {value:#.5g}" for name, value in fit.auxiliary.items())
        lines += ["", f"Response: {', '.join(pairs)}"]
    groups = ", ".join(f"{name} {len(levels)}" for name, levels in design.factors.items())
    lines.append(f"Number of rows: {design.n_obs}" + (f"; groups: {groups}" if groups else ""))
    if design.n_dropped:
        lines.append(f"Rows left out because of missing values: {design.n_dropped}")
    lines += ["", *_common_effects(fit)]
    if fit.singular:
        lines += ["", "On the boundary:", *(f"  {sentence}" for sentence in fit.singular)]
    if not fit.converged:
        lines += ["", "The optimiser did not converge; do not use these numbers."]
    return Page("\n".join(lines))


def _criteria(fit: "MLFit") -> str:
    if fit.reml:
        return f"REML criterion at convergence: {-2 * fit.loglik:.4f}"
    return (
        f"logLik {fit.loglik:.4f} on {fit.n_parameters} parameters, "
        f"AIC {fit.aic:.4f}, BIC {fit.bic:.4f}"
    )


def _group_effects(fit: "MLFit") -> list[str]:
    """Return variance, sd and the lower triangle of correlations per effect."""
    rows = []
    for block, estimates in zip(fit.design.blocks, fit.blocks, strict=True):
        for j, (effect, sd) in enumerate(zip(block.effects, estimates.sd, strict=True)):
            corr = [] if estimates.corr is None else [f"{r:.2f}" for r in estimates.corr[j, :j]]
            group = block.factor if j == 0 else ""
            rows.append([group, effect, f"{sd**2:#.5g}", f"{sd:#.5g}", *corr])
    if fit.sigma is not None:
        rows.append(["Residual", "", f"{fit.sigma**2:#.5g}", f"{fit.sigma:#.5g}"])
    widest = max(len(row) for row in rows)
    header = ["Groups", "Name", "Variance", "SD", *(["Corr"] if widest > 4 else [])]
    return _aligned([header, *rows], left=2)


def _common_effects(fit: "MLFit") -> list[str]:
    table = fit.fixef()
    if table.empty:
        return ["No common effects."]
    percent = f"{100 * table.attrs['probability']:g} %"
    with np.errstate(divide="ignore", invalid="ignore"):
        z = table["estimate"] / table["se"]
    rows = [
        [row.term, *(f"{v:#.5g}" for v in (row.estimate, row.se, row.lower, row.upper)), f"{t:.3f}"]
        for row, t in zip(table.itertuples(), z, strict=True)
    ]
    header = ["", "Estimate", "SE", "lower", "upper", "Estimate/SE"]
    title = f"Common effects (lower, upper: {percent} {table.attrs['interval']} interval):"
    return [title, *_aligned([header, *rows], left=1)]


def _aligned(rows: list[list[str]], left: int) -> list[str]:
    """Return rows as text, the first `left` columns to the left and the others to the right."""
    n_columns = max(len(row) for row in rows)
    rows = [row + [""] * (n_columns - len(row)) for row in rows]
    widths = [max(len(row[j]) for row in rows) for j in range(n_columns)]
    return [
        "  ".join(
            cell.ljust(w) if j < left else cell.rjust(w)
            for j, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
