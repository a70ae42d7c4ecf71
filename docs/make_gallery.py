"""Draw every picture of a fit and write the page: ``python docs/make_gallery.py [NAME ...]``.

The pictures are of course models, fitted with seed 1; sets of data that may not be shipped are
simulated twins, and the page says so.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

import bayesmm
from bayesmm.course import course_data, load_model
from bayesmm.fitted import Fit
from bayesmm.plots.menu import PLOTS
from bayesmm.plots.picture import Picture

__all__ = ["GALLERY", "Entry", "page"]

FOLDER = Path(__file__).parent
DOTS_PER_INCH = 96

HEAD = """# Gallery

Every picture of `fit.plot`, drawn from the course models by `python docs/make_gallery.py`. Each
takes `ax` and returns the figure and the table of what is drawn:
`figure, table = fit.plot.pooling()`. The tests draw every picture again and compare.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the page.

    Attributes
    ----------
    plot : str
        A name in ``fit.plot``, or a function of `bayesmm` that draws.
    model : str
        Course model that is fitted; empty when the picture needs none.
    code : str
        The call, with ``fit`` for the fit, or ``formula`` and ``data`` where there is none.
    file : str
        Name of the image; by default that of the plot.
    """

    plot: str
    model: str
    code: str
    file: str = ""

    @property
    def image(self) -> str:
        """Name of the image file."""
        return f"{self.file or self.plot}.png"


_GEARS = 'bayesmm.fit("gear ~ wt", data, "cumulative", seed=1, progress=False)'

GALLERY = (
    Entry("pooling", "partial_pooling", "fit.plot.pooling()"),
    Entry("shrinkage", "correlated_slopes", "fit.plot.shrinkage()"),
    Entry("group_lines", "correlated_slopes", "fit.plot.group_lines()"),
    Entry("data_lines", "sitka_mm1", "fit.plot.data_lines()"),
    Entry("caterpillar", "correlated_slopes", "fit.plot.caterpillar()"),
    Entry("ranef_scatter", "correlated_slopes", "fit.plot.ranef_scatter()"),
    Entry("intercepts_by_size", "labs_lmm1", "fit.plot.intercepts_by_size()"),
    Entry("plot_multilevel_mean", "", "bayesmm.plot_multilevel_mean()"),
    Entry("fixef", "sitka_mm1", "fit.plot.fixef()"),
    Entry("fixef", "logistic_glmm", "fit.plot.fixef(exponentiate=True)", "fixef_odds"),
    Entry("effects", "correlated_slopes", 'fit.plot.effects("Days")'),
    Entry("effects", "logistic_glmm", 'fit.plot.effects("period")', "effects_glmm"),
    Entry("plot_estimates", "drugz_additive", 'bayesmm.plot_estimates(fit.contrasts("Dose"))'),
    Entry("category_shares", "mtcars_logistic", f"{_GEARS}.plot.category_shares()"),
    Entry("thresholds", "mtcars_logistic", f"{_GEARS}.plot.thresholds()"),
    Entry("ppc", "correlated_slopes", "fit.plot.ppc()"),
    Entry("ppc", "cod_poisson", "fit.plot.ppc()", "ppc_counts"),
    Entry(
        "survival",
        "",
        "# machines are the data of how_to/censored.md\n"
        "bayesmm.fit(\n"
        '    "months | cens(event = failed) ~ oil + (1 | workshop)", machines, "weibull", seed=1\n'
        ').plot.survival(by="oil")',
    ),
    Entry("residuals", "sitka_mm1", "fit.plot.residuals()"),
    Entry("effect_qq", "sitka_mm1", "fit.plot.effect_qq()"),
    Entry("influence", "correlated_slopes", "fit.plot.influence()"),
    Entry("check", "correlated_slopes", "fit.plot.check()"),
    Entry("prior_posterior", "hg_fish", "fit.plot.prior_posterior()"),
    Entry(
        "prior_predictive",
        "logistic_glmm",
        'bayesmm.prior_predictive(formula, data, "binomial").plot()',
    ),
    Entry(
        "prior_predictive",
        "cod_poisson",
        'bayesmm.prior_predictive(formula, data, "poisson").plot()',
        "prior_predictive_absurd",
    ),
    Entry("trace", "correlated_slopes", "fit.plot.trace()"),
    Entry("rank", "correlated_slopes", "fit.plot.rank()"),
    Entry("links", "mtcars_logistic", "fit.plot.links()"),
    Entry("plot_links", "", 'bayesmm.plot_links(["logit", "inverse"])'),
    Entry(
        "plot_compare",
        "correlated_slopes",
        'bayesmm.plot_compare(bayesmm.compare({"slopes": fit, "intercepts": other}))',
    ),
)


@cache
def fitted(name: str) -> Fit:
    """Return the fit of a course model."""
    model = load_model(name)
    return bayesmm.fit(
        model.formula,
        course_data(model).frame,
        model.family,
        dict(model.priors) or None,
        seed=1,
        progress=False,
    )


def machines() -> pd.DataFrame:
    """Return the simulated times of the page ``how_to/censored.md``."""
    page = (FOLDER / "how_to" / "censored.md").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    exec(page.split("```python\n")[1].split("```")[0], names)
    return names["data"]


def drawn(entry: Entry) -> Picture:
    """Return the picture of an entry."""
    names = {"bayesmm": bayesmm}
    if entry.model:
        model = load_model(entry.model)
        names |= {"formula": model.formula, "data": course_data(model).frame}
        if "fit" in entry.code:
            names["fit"] = fitted(entry.model)
    if "machines" in entry.code:
        names["machines"] = machines()
    if "other" in entry.code:
        names["other"] = fitted("random_intercept")
    return eval(entry.code, names)  # the code is that of the list above


def page(captions: dict[str, str]) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    captions : dict of str to str
        Caption of each image, by its file.
    """
    parts, heading = [HEAD], ""
    for entry in GALLERY:
        shown, heading = heading, _heading(entry)
        lines = [] if heading == shown else [heading, ""]
        if entry.model:
            model = load_model(entry.model)
            kind = course_data(model).kind
            note = f" ({kind})" if kind else ""
            lines += [f"`{model.formula}`, {model.family}, `models/{entry.model}.py`{note}", ""]
        lines += ["```python", entry.code, "```", ""]
        caption = captions[entry.image]
        lines += [f"![{caption}](gallery/{entry.image})", "", caption, ""]
        parts.append("\n".join(lines))
    return "\n".join(parts)


def _heading(entry: Entry) -> str:
    """Return the heading of a picture; several of one kind stand below one."""
    kind = PLOTS.get(entry.plot)
    return f"## `{entry.plot}`: {kind.shows}" if kind else f"## `bayesmm.{entry.plot}`"


def main() -> None:
    """Draw the named pictures, or all, and write the page when all are drawn."""
    names = set(sys.argv[1:])
    images = FOLDER / "gallery"
    images.mkdir(exist_ok=True)
    captions = {}
    for entry in GALLERY:
        if names and entry.plot not in names:
            continue
        picture = drawn(entry)
        picture.save(images / entry.image, DOTS_PER_INCH)
        captions[entry.image] = picture.caption
        print(entry.image)
    if not names:
        (FOLDER / "GALLERY.md").write_text(page(captions), encoding="utf-8")


if __name__ == "__main__":
    main()
