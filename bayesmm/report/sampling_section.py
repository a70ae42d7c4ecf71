"""How the draws were made: engine, seed, settings, versions, and the data by their checksum."""

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.html.frame import frame_table
from bayesmm.html.table import Table
from bayesmm.report.figures import SAMPLING, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Facts, Items, Paragraph, Part, Section
from bayesmm.results.tables.auxiliary import auxiliary
from bayesmm.results.tables.fixef import fixef
from bayesmm.results.tables.varcorr import varcorr
from bayesmm.sampling.diagnostics_text import diagnostics_table, fact_lines
from bayesmm.storage.data_hash import data_sha256
from bayesmm.wording import either

__all__ = ["sampling_section"]

_INTRO = "With the same data, seed, settings and versions the same draws come out again."


def sampling_section(material: Material) -> Section:
    """Return what is needed to repeat the fit, and to know that it was repeated."""
    fit = material.fit
    parts: list[Part] = [diagnostics_table(fit.diagnostics.checks), _convergence(fit)]
    parts.append(Facts(_facts(fit)))
    if fit.facts:
        parts.append(Items("The engine chose", tuple(fact_lines(fit.facts))))
    if fit.versions:
        parts.append(Table("Versions", ("Package", "Version"), tuple(sorted(fit.versions.items()))))
    parts += [Paragraph(sentence) for sentence in fit.loaded]
    parts.append(Paragraph(_verified(fit)))
    parts += figures(fit, SAMPLING)
    return Section("sampling", "How it was sampled", _INTRO, tuple(parts), folded=True)


def _verified(fit: FitRecord) -> str:
    """Return what was found of the density, or how to have it looked at."""
    if fit.verification is not None:
        return fit.verification.sentence
    how = either("fit.verify() before fit.report(...)", "--verify")
    return f"The density was not compared with that of the PyMC model for this page; {how} does it."


def _convergence(fit: FitRecord) -> Table:
    """Return R-hat and effective sample sizes of the parameters."""
    spread = varcorr(fit)
    names = spread[["var1", "var2", "grp"]].fillna("")
    labels = [" ".join(filter(None, row)) for row in names.itertuples(index=False)]
    parts = [fixef(fit), spread.assign(term=labels), auxiliary(fit)]
    columns = ["term", "rhat", "ess_bulk", "ess_tail"]
    table = pd.concat([pd.DataFrame(part)[columns] for part in parts], ignore_index=True)
    shown = dict(zip(columns, ("Parameter", "R-hat", "Bulk ESS", "Tail ESS"), strict=True))
    title = "R-hat and effective sample sizes (ESS) of the parameters"
    return frame_table(table, title, names=shown, most=len(table))


def _facts(fit: FitRecord) -> tuple[tuple[str, str], ...]:
    settings, sizes = fit.settings, fit.own_draws["posterior"].sizes
    facts = [
        ("Sampler", f"NUTS, engine '{fit.engine}'"),
        ("Chains and draws", f"{sizes['chain']} chains of {sizes['draw']:,} draws"),
        ("Warm-up", f"{settings.tune:,} draws of each chain, left out"),
        ("Seed", str(settings.seed)),
        ("Target acceptance rate", f"{settings.target_accept:g}"),
        ("Maximum tree depth", str(settings.max_treedepth)),
    ]
    if "total" in fit.seconds:
        facts.append(("Time", f"{fit.seconds['total']:.2g} s"))
    if fit.design.source is not None:
        facts.append(("Files of the rows", fit.design.source.label))
    elif fit.design.encoder is not None:
        facts.append(("SHA-256 of the data", data_sha256(fit)))
    return tuple(facts)
