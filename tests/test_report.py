"""The report: one file, verdict first, everything in it, nothing of the user is markup."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from html import unescape
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.course import CourseModel, load_model
from bayesmm.errors import UsageError
from bayesmm.plots import fixef as fixef_module
from bayesmm.plots.menu import PLOTS
from bayesmm.report import figures
from bayesmm.report.answer_section import answer_section
from bayesmm.report.data_section import data_section
from bayesmm.report.differences_section import differences_section
from bayesmm.report.material import Material
from bayesmm.report.page import page_of
from bayesmm.report.report import make_report
from bayesmm.report.trust import trust_section
from bayesmm.storage.files import checksum
from tests.pages import Page

CODE = "<script>alert(1)</script>"
PLANNED = (
    *figures.ESTIMATES, *figures.GROUPS, *figures.CHECKS, *figures.PRIORS, *figures.SAMPLING,
)  # fmt: skip


def read(path):
    text = path.read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, f"never closed: {page.open}"
    return text, page


def parts_of(report, anchor, kind):
    (section,) = (s for s in report.sections if s.anchor == anchor)
    return [part for part in section.parts if type(part).__name__ == kind]


def cells_of(table, column):
    return [row[table.header.index(column)] for row in table.rows]


@pytest.fixture(scope="module")
def sleepstudy_report(sleepstudy_fit, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "folder" / "sleep.html"
    assert sleepstudy_fit.report(path, course="correlated_slopes") == path
    return path


@pytest.fixture(scope="module")
def sleepstudy_record(sleepstudy_fit):
    return make_report(sleepstudy_fit, course="correlated_slopes")


@pytest.fixture(scope="module")
def cbpp_record(cbpp_fit):
    return make_report(cbpp_fit)


@pytest.fixture(scope="module")
def failing_fit():
    return bayesmm.fit(
        "Reaction ~ Days + (Days | Subject)",
        bayesmm.load_data("sleepstudy"),
        draws=40,
        max_effort=1,
        tune=20,
        chains=2,
        seed=1,
        progress=False,
    )


def test_one_small_file_that_asks_nobody(sleepstudy_report):
    text, page = read(sleepstudy_report)
    assert sleepstudy_report.stat().st_size < 3_000_000
    assert not re.search(r"https?://|@import|url\(", text)
    assert not {"script", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert all(tag.get("href", "").startswith(("#", "data:")) for tag in page.all("a"))
    assert [tag["href"] for tag in page.all("link")] == ["data:,"]
    assert list(sleepstudy_report.parent.iterdir()) == [sleepstudy_report]


def test_the_answer_and_the_verdict_stand_before_the_numbers(
    sleepstudy_fit, sleepstudy_report, failing_fit
):
    _, page = read(sleepstudy_report)
    assert page.cells["h2"][:2] == ["The question, and the answer", "May the numbers be used?"]
    answer = sleepstudy_fit.answer()
    assert "found no problem" in answer.lead and "population that Subject" in answer.lead
    places = [page.text.index(text) for text in (answer.lead, *answer.further)]
    verdict = page.text.index(
        "No problem found: all 7 checks of the draws are within their limits."
    )
    assert places[0] < verdict < page.text.index("251.")
    material = Material(failing_fit, {}, None)
    (lead, *_) = answer_section(material).parts
    assert lead.leading and lead.text.startswith("Do not use these numbers: ")
    draws, model = (p for p in trust_section(material).parts if type(p).__name__ == "Verdict")
    assert (draws.state, model.about) == ("problem", "The model")
    assert draws.headline.startswith("Do not use these numbers: ")
    assert len(draws.details) == len(failing_fit.diagnostics.findings) > 0
    for check, told in zip(failing_fit.diagnostics.findings, draws.details, strict=True):
        assert check.sentence in told and check.meaning in told and check.advice in told


def test_every_verdict_of_the_checks_is_told(sleepstudy_fit, sleepstudy_record):
    panel = sleepstudy_fit.check()
    told = parts_of(sleepstudy_record, "trust", "Verdict")[1]
    seen = panel.table[panel.table["verdict"] != "fine"]
    assert told.state == panel.verdict and len(told.details) == len(seen) > 0
    (table,) = parts_of(sleepstudy_record, "checks", "Table")
    assert cells_of(table, "Verdict") == list(panel.table["verdict"])
    assert cells_of(table, "In words") == list(panel.table["words"])


def test_headings_are_in_order_and_reached_by_name(sleepstudy_report):
    _, page = read(sleepstudy_report)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = [
        tag["id"]
        for (tag,) in zip(map(dict, (a for _, a in page.tags)), strict=True)
        if "id" in tag
    ]
    assert len(ids) == len(set(ids))
    targets = [tag["href"][1:] for tag in page.all("a")]
    assert targets[0] == "content" and set(targets) <= set(ids)
    assert set(targets[1:]) == {tag["id"] for tag in page.all("section")}
    assert page.all("html")[0]["lang"] == "en"
    assert {tag["aria-labelledby"] for tag in page.all("section")} <= set(ids)


def test_every_table_says_what_it_is(sleepstudy_report):
    _, page = read(sleepstudy_report)
    assert page.count("table") == page.count("caption") > 8
    assert all(caption.strip() for caption in page.cells["caption"])
    assert {tag.get("scope") for tag in page.all("th")} == {"col", "row"}
    # a table that is wider than the screen is reached by keyboard
    regions = [tag for tag in page.all("div") if tag.get("class") == "wide"]
    assert len(regions) >= page.count("table")
    assert all(r["tabindex"] == "0" and r["aria-label"].strip() for r in regions)


def test_every_picture_is_inside_and_in_words(sleepstudy_fit, sleepstudy_report):
    _, page = read(sleepstudy_report)
    images = page.all("img")
    named = [name for name in PLANNED if name in dir(sleepstudy_fit.plot)]
    assert len(images) == len(named) + 1 > 8  # and the predictions over Days
    for image in images:
        head, _, content = image["src"].partition(",")
        assert head == "data:image/png;base64"
        assert base64.b64decode(content).startswith(b"\x89PNG")
        assert int(image["width"]) > 100 and int(image["height"]) > 100
        assert image["alt"].endswith(".") and len(image["alt"]) > 30
    assert sleepstudy_fit.plot.caterpillar().caption in [image["alt"] for image in images]
    for name in named:
        assert f"fit.plot.{name}().table" in page.cells["code"]


def test_declared_pictures_exist():
    assert set(PLANNED) <= set(PLOTS)


def test_a_picture_that_fails_is_a_fault(sleepstudy_fit, monkeypatch, tmp_path):
    def broken(fit, ax=None):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(fixef_module, "fixef", broken)
    with pytest.raises(ZeroDivisionError, match="a fault"):
        sleepstudy_fit.report(tmp_path / "out.html")
    assert not list(tmp_path.iterdir())


def test_the_tables_are_those_of_the_fit(sleepstudy_fit, sleepstudy_record):
    tables = parts_of(sleepstudy_record, "estimates", "Table")
    beside = next(t for t in tables if "Difference" in t.header)
    expected = sleepstudy_fit.compare_ml()
    if expected["note"].any():
        assert cells_of(beside, "Why they differ") == list(expected["note"])
    assert np.allclose(
        [float(cell) for cell in cells_of(beside, "Difference")], expected["difference"], atol=0.005
    )
    common = next(t for t in tables if t.caption.startswith("Common effects"))
    fixef = sleepstudy_fit.fixef()
    assert cells_of(common, "Mean") == [f"{mean:.2f}" for mean in fixef["mean"]]
    assert cells_of(common, "SE") == ["6.82", "1.55"]  # lme4: 6.824597, 1.545790
    effects = parts_of(sleepstudy_record, "groups", "Table")[-1]
    assert effects.n_all == 18 and effects.shortened.startswith("The first 12 of 18 rows")


def test_published_numbers_stand_beside(sleepstudy_record):
    published = parts_of(sleepstudy_record, "estimates", "Table")[-1]
    model = load_model("correlated_slopes")
    assert cells_of(published, "Published") == [number.value for number in model.published]
    assert set(cells_of(published, "Verdict")) == {"agrees"}
    assert model.question in [
        words.text for words in parts_of(sleepstudy_record, "answer", "Paragraph")
    ]


def test_a_published_number_that_differs_is_said_to(sleepstudy_fit):
    model = load_model("correlated_slopes")
    first, second, *others = model.published
    wrong = (replace(first, value="251.500"), replace(second, value="6.900", differs="A reason"))
    report = make_report(sleepstudy_fit, course=replace(model, published=(*wrong, *others)))
    verdicts = cells_of(parts_of(report, "estimates", "Table")[-1], "Verdict")
    assert verdicts[:2] == ["DIFFERS", "differs: A reason"]


def test_a_twin_is_called_one_and_not_judged(cod_fit):
    report = make_report(cod_fit, course="cod_negativebinomial")
    twin = cod_fit.data.attrs["name"].endswith("_twin")
    assert report.warning.startswith("The data are a simulated twin") == twin
    if twin:
        published = parts_of(report, "estimates", "Table")[-1]
        assert "not compared" in published.caption and "Verdict" not in published.header
    assert ('<p class="warning">The data are a simulated twin' in page_of(report)) == twin


def test_rows_groups_and_columns_are_described(tmp_path):
    data = bayesmm.load_data("sleepstudy")
    data.loc[[3, 50], "Days"] = np.nan
    fit = bayesmm.fit(
        "Reaction ~ Days + (1 | Subject)", data, draws=100, max_effort=1, seed=1, progress=False
    )
    report = make_report(fit)
    (words,) = parts_of(report, "data", "Paragraph")
    assert words.text == (
        "178 rows were used. 2 more were left out: a value that the model needs is missing."
    )
    groups, numbers, labels = parts_of(report, "data", "Table")
    assert groups.rows == (("Subject", "18", "9", "10", "10", "Intercept"),)
    used = data.dropna()
    assert numbers.rows[0][:3] == ("Reaction", "response", "ms")
    assert float(numbers.rows[0][3]) == pytest.approx(used["Reaction"].mean(), abs=0.05)
    assert numbers.rows[1] == ("Days", "predictor", "day", *numbers.rows[1][3:8], "2")
    assert numbers.rows[1][5:8] == ("0", "5", "9")
    assert labels.rows[0][:4] == ("Subject", "grouping factor", "", "18")
    assert labels.rows[0][4].startswith("308: 9, 309: 10, ")
    assert labels.rows[0][4].endswith("and 12 more levels")


def test_how_it_was_sampled_can_be_checked(sleepstudy_fit, sleepstudy_record, tmp_path):
    (facts,) = parts_of(sleepstudy_record, "sampling", "Facts")
    told = dict(facts.facts)
    assert told["Seed"] == "1" and told["Chains and draws"] == "4 chains of 500 draws"
    saved = sleepstudy_fit.save(tmp_path / "saved")
    record = json.loads((saved / "fit.json").read_text(encoding="utf-8"))
    assert told["SHA-256 of the data"] == record["data"]["sha256"]
    assert told["SHA-256 of the data"] == checksum(saved / "data.parquet")
    assert told["SHA-256 of the data"] == sha256((saved / "data.parquet").read_bytes()).hexdigest()
    checks, sizes, versions = parts_of(sleepstudy_record, "sampling", "Table")
    assert len(checks.rows) == len(sleepstudy_fit.diagnostics.checks)
    expected = [*sleepstudy_fit.fixef()["rhat"], *sleepstudy_fit.varcorr()["rhat"]]
    assert cells_of(sizes, "R-hat") == [f"{value:.3f}" for value in expected]
    assert dict(versions.rows) == dict(sleepstudy_fit.versions)


def test_the_code_is_there(sleepstudy_fit, sleepstudy_record):
    codes = parts_of(sleepstudy_record, "code", "Code")
    scripts = [sleepstudy_fit.script(n) for n in ("bayesmm", "pymc", "bambi", "lme4", "brms")]
    assert [code.text for code in codes] == scripts
    assert all(code.folded for code in codes)


def test_the_code_prepares_the_data_of_a_course_model(sitka_fit):
    report = make_report(sitka_fit, course="sitka_mm1")
    code = parts_of(report, "code", "Code")[0].text
    made = code[: code.index("fit = bayesmm.fit(")]
    names = {}
    exec(made, names)
    pd.testing.assert_frame_equal(names["data"], sitka_fit.data)


def test_a_loaded_fit_makes_the_same_report(sleepstudy_fit, sleepstudy_record, tmp_path):
    loaded = bayesmm.load(sleepstudy_fit.save(tmp_path / "saved"))
    one, other = sleepstudy_record, make_report(loaded, course="correlated_slopes")
    # the code reads a file, and how it was sampled has the time and the versions of loading
    for a, b in zip(one.sections[:-2], other.sections[:-2], strict=True):
        assert a.anchor == b.anchor
        assert [p for p in a.parts if type(p).__name__ == "Table"] == [
            p for p in b.parts if type(p).__name__ == "Table"
        ]


def test_several_fits_are_compared(sleepstudy_fit, failing_fit, tmp_path):
    data = bayesmm.load_data("sleepstudy")
    other = bayesmm.fit(
        "Reaction ~ Days + (1 | Subject)", data, draws=200, max_effort=1, seed=1, progress=False
    )
    others = {"intercepts <only>": other, "short": failing_fit}
    _, page = read(sleepstudy_fit.report(tmp_path / "three.html", others=others))
    assert page.text.count("Do not use these numbers") == 1
    assert "Compared with other models" in page.cells["h2"]
    assert "intercepts <only>" in page.cells["th"] and "this model" in page.cells["th"]
    assert any("elpd" in image["alt"] for image in page.all("img"))


def test_a_model_without_groups(mtcars_fit, tmp_path):
    _, page = read(mtcars_fit.report(tmp_path / "cars.html", course="mtcars_logistic"))
    assert "The groups" not in page.cells["h2"]
    assert page.cells["h1"] == ["Bayesian regression model of am"]


def test_nothing_of_the_user_is_markup(tmp_path):
    rng = np.random.default_rng(2)
    g = np.repeat([f"<b onclick='x'>{k}</b>\u202e" for k in range(8)], 8)
    data = pd.DataFrame({"g": g, CODE: rng.normal(size=64)})
    data["y"] = data[CODE] + np.repeat(rng.normal(size=8), 8) + rng.normal(size=64)
    data.attrs["units"] = {"y": '"><img src=x>'}
    formula = f"y ~ `{CODE}` + (1 | g)"
    fit = bayesmm.fit(formula, data, draws=200, max_effort=1, seed=1, progress=False)
    other = bayesmm.fit("y ~ 1 + (1 | g)", data, draws=200, max_effort=1, seed=1, progress=False)
    course = CourseModel("<i>", f"{CODE}?", "<i>", 1, formula, "x", look_at=f"{CODE}.")
    path = fit.report(tmp_path / "x.html", f"</title>{CODE}", {f"</td>{CODE}": other}, course)
    text, page = read(path)
    assert not {"script", "b", "i"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name, _ in attributes if name[:2] == "on"]
    assert all(image["src"].startswith("data:image/png;base64,") for image in page.all("img"))
    assert f"</title>{CODE}" in page.cells["title"][0] and f"{CODE}?" in page.text
    assert CODE in page.cells["th"] and '"><img src=x>' in page.cells["td"]
    assert f"`{CODE}`" in page.cells["code"][0]
    assert "\u202e" not in unescape(text)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "is a folder"),
        ("out.pdf", "does not end in .html"),
        ("file.txt/out.html", "cannot be written: "),
    ],
)
def test_a_bad_path_is_refused(name, words, sleepstudy_fit, tmp_path, monkeypatch):
    (tmp_path / "file.txt").write_text("kept", encoding="utf-8")
    monkeypatch.setattr("bayesmm.report.report.make_report", lambda *_: SimpleNamespace())
    monkeypatch.setattr("bayesmm.report.report.page_of", lambda _: "page")
    with pytest.raises(UsageError, match=words) as caught:
        sleepstudy_fit.report(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_file_is_replaced_whole_or_kept(sleepstudy_fit, tmp_path, monkeypatch):
    path = tmp_path / "out.html"
    path.write_text("before", encoding="utf-8")
    monkeypatch.setattr("bayesmm.report.report.make_report", lambda *_: SimpleNamespace())
    monkeypatch.setattr("bayesmm.report.report.page_of", lambda _: "after")

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("bayesmm.writing.os.fsync", full)
        with pytest.raises(UsageError, match="No space left on device"):
            sleepstudy_fit.report(path)
    assert path.read_text(encoding="utf-8") == "before"
    sleepstudy_fit.report(path)
    assert path.read_text(encoding="utf-8") == "after"
    assert list(tmp_path.iterdir()) == [path]


def test_what_does_not_belong_together_is_refused(sleepstudy_fit, tmp_path):
    path = tmp_path / "out.html"
    with pytest.raises(UsageError, match=r"'random_intercept' is .*; this fit is of Reaction"):
        sleepstudy_fit.report(path, course="random_intercept")
    with pytest.raises(UsageError, match="need names"):
        sleepstudy_fit.report(path, others=[sleepstudy_fit])
    with pytest.raises(UsageError, match="'this model' is the name"):
        sleepstudy_fit.report(path, others={"this model": sleepstudy_fit})
    assert not path.exists()


def test_the_data_of_the_fit_are_described_not_what_became_of_the_frame():
    data = bayesmm.load_data("sleepstudy")
    fit = bayesmm.fit(
        "Reaction ~ Days", data, draws=50, max_effort=1, tune=50, seed=1, progress=False
    )
    before = data_section(Material(fit, {}, None))
    data.loc[0, "Days"] = 7
    data["Reaction"] = 0.0
    assert data_section(Material(fit, {}, None)) == before


def test_importing_a_fit_imports_no_template_engine():
    code = "import sys, bayesmm.fitted; print(sorted({'jinja2', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH")
def test_a_browser_opens_it(sleepstudy_report, tmp_path):
    """The page, opened without a network, logs nothing and shows its tables and pictures."""
    probe = """<script>
    addEventListener("error", event => console.log("CAUGHT " + event.message), true);
    addEventListener("load", () => {
      const seen = node => node.getBoundingClientRect().width > 50;
      const images = [...document.images], tables = [...document.querySelectorAll("table")];
      console.log("FOUND " + JSON.stringify({
        images: images.filter(i => i.complete && i.naturalWidth > 100 && seen(i)).length,
        tables: tables.filter(seen).length,
        wide: document.documentElement.scrollWidth - innerWidth,
        dark: matchMedia("(prefers-color-scheme: dark)").matches,
        paper: getComputedStyle(document.body).backgroundColor,
      }));
    });
    </script>"""
    text, page = read(sleepstudy_report)
    probed = tmp_path / "probed.html"
    probed.write_text(text.replace("<head>", f"<head>{probe}", 1), encoding="utf-8")
    found = {}
    for scheme in ("light", "dark"):
        lines = _console(probed, tmp_path / scheme, dark=scheme == "dark")
        assert not [line for line in lines if "FOUND" not in line], lines
        (line,) = lines
        found[scheme] = json.loads(re.search(r"FOUND (\{.*?\})", line)[1])
    for scheme, seen in found.items():
        assert seen["images"] == page.count("img") and seen["tables"] == page.count("table")
        assert seen["wide"] <= 0, "the page scrolls sideways"
        assert seen["dark"] == (scheme == "dark")
    assert found["light"]["paper"] == "rgb(255, 255, 255)" != found["dark"]["paper"]


def _console(page, profile, *, dark):
    """Return the lines that a page writes to the console of a browser without a network."""
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--enable-logging=stderr --host-resolver-rules=MAP\u00a0*\u00a0~NOTFOUND "
        f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    ).split(" ")
    done = subprocess.run(
        [CHROMIUM, *(flag.replace("\u00a0", " ") for flag in flags),
         f"--user-data-dir={profile}", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
        env={**os.environ, "HOME": str(profile.parent)},
    )  # fmt: skip
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_the_focus_is_chosen(sitka_fit):
    section = answer_section(Material(sitka_fit, {}, None, focus="time"))
    (lead, *_) = (part for part in section.parts if type(part).__name__ == "Paragraph")
    assert lead.text == sitka_fit.answer("time").lead != sitka_fit.answer().lead
    with pytest.raises(UsageError, match="'tree' is not a predictor of the common effects"):
        make_report(sitka_fit, focus="tree")


def test_nothing_of_the_sampler_stands_in_the_main_part(cbpp_record):
    report = cbpp_record
    body = [s for s in report.sections if s.anchor not in ("trust", "methods", "code", "sampling")]
    for section in body:
        for part in section.parts:
            if type(part).__name__ == "Table":
                assert not {"R-hat", "ESS"} & set(part.header), part.caption
    (sampling,) = (s for s in report.sections if s.folded)
    assert sampling is report.sections[-1] and sampling.anchor == "sampling"
    text = page_of(report)
    assert text.index("<summary>Show it</summary>") > text.index('id="sampling"')


def test_ratios_contrasts_and_shares_are_those_of_the_fit(cbpp_fit, cbpp_record, penicillin_fit):
    tables = parts_of(cbpp_record, "differences", "Table")
    ratios, contrasts, averages, icc, r2 = tables
    expected = cbpp_fit.fixef(exponentiate=True)
    assert "odds ratio" in ratios.caption and cells_of(ratios, "Term") == list(expected["term"])
    assert len(contrasts.rows) == 6 and "odds ratio" in contrasts.caption
    assert "population" in averages.caption and len(averages.rows) == 3
    assert icc.caption.startswith("Intraclass correlation, 95 %")
    assert [float(cell) for cell in cells_of(r2, "Mean")] == pytest.approx(
        cbpp_fit.r2().table["mean"], abs=0.001
    )
    section = differences_section(Material(penicillin_fit, {}, None))
    alone = [part for part in section.parts if type(part).__name__ == "Table"]
    assert len(cells_of(alone[0], "Mean")) == 2 and len(alone) == 2  # ICC and R2


def test_the_methods_stand_in_the_report(cbpp_fit, cbpp_record):
    (paragraph,) = parts_of(cbpp_record, "methods", "Paragraph")
    assert cbpp_fit.methods().startswith(paragraph.text)
