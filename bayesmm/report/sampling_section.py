"""How the draws were made: engine, seed, settings, versions, and the data by their checksum."""

from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table
from bayesmm.report.figures import SAMPLING, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Facts, Items, Paragraph, Part, Section
from bayesmm.sampling.diagnostics_text import fact_lines
from bayesmm.storage.data_hash import data_sha256

__all__ = ["sampling_section"]

_INTRO = "With the same data, seed, settings and versions the same draws come out again."


def sampling_section(material: Material) -> Section:
    """Return what is needed to repeat the fit, and to know that it was repeated."""
    fit = material.fit
    parts: list[Part] = [Facts(_facts(fit))]
    if fit.facts:
        parts.append(Items("The engine chose", tuple(fact_lines(fit.facts))))
    if fit.versions:
        parts.append(Table("Versions", ("Package", "Version"), tuple(sorted(fit.versions.items()))))
    parts += [Paragraph(sentence) for sentence in fit.loaded]
    parts += figures(fit, SAMPLING)
    return Section("sampling", "How it was sampled", _INTRO, tuple(parts))


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
    if fit.design.encoder is not None:
        facts.append(("SHA-256 of the data", data_sha256(fit)))
    return tuple(facts)
