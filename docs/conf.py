"""Settings of Sphinx for the site that ``docs/make_site.py`` makes."""

import sys
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

project = "bayesmm"
author = "the authors of bayesmm"
version = release = installed("bayesmm")
html_title = f"bayesmm {version}"
language = "en-GB"

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
]

# --- pages -------------------------------------------------------------------------------------

root_doc = "index"
nb_execution_mode = "off"  # notebooks are committed with their output
nb_ipywidgets_js: dict[str, Any] = {}  # else pages of widgets load scripts from elsewhere
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3

# --- docstrings --------------------------------------------------------------------------------

# `name` in a docstring is a link where there is a page of that name, and code elsewhere
default_role = "autolink"
autodoc_typehints = "none"  # numpydoc shows the types of the docstring
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
# One sentence first, every parameter that is named exists and is described, and so is what comes
# back; sections that exist, in their order. tests/test_typing.py holds that none is left out.
numpydoc_validation_checks = {"GL06", "GL07", "SS01", "SS03", "PR02", "PR07", "RT03"}

# --- the look ----------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": [], "changelog": [], "tasks": [], "GALLERY": []}
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "search_bar_text": "Search",
    "logo": {"text": "bayesmm"},
}
project_copyright = f"{author}, MIT licence"
copybutton_selector = "div.highlight-python pre, div.highlight-sh pre, div.cell_input pre"


# --- equations as MathML, which browsers draw by themselves --------------------------------------


def _inline(writer: Any, node: nodes.Element) -> None:
    writer.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _displayed(writer: Any, node: nodes.Element) -> None:
    equation = tex2mathml(node.astext(), as_block=True)
    writer.body.append(f'<div class="equation">{equation}</div>')
    raise nodes.SkipNode


# Classes that users make themselves; all others are made by functions, with fields of ours.
_MADE_BY_USERS = {"bayesmm.Prior", "bayesmm.family.record.Family"}


def _as_called(
    _app: Any, what: str, name: str, _object: Any, _options: Any, signature: str | None, _back: Any
) -> tuple[str, None] | None:
    """Return a signature as users meet it: ``fit.plot.NAME`` gives the fit, records are made."""
    if signature is None:
        return None
    if what == "class" and name not in _MADE_BY_USERS:
        return "", None
    if not name.startswith("bayesmm.plots."):
        return None
    return signature.replace("(fit, ", "(").replace("(fit)", "()"), None


def _without_fit(
    _app: Any, _what: str, name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Take the fit out of the parameters of a picture, before numpydoc reads them."""
    if name.startswith("bayesmm.plots.") and "fit : Fit" in lines:
        first = last = lines.index("fit : Fit")
        while lines[last + 1].startswith(" "):
            last += 1
        del lines[first : last + 1]


def setup(app: Any) -> None:
    """Register what is ours with Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    app.connect("autodoc-process-signature", _as_called)
    app.connect("autodoc-process-docstring", _without_fit, priority=100)


html_math_renderer = "mathml"

sys.path.insert(0, str(Path(__file__).parent))
