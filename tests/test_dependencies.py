"""What is installed with the package: pinned by content, from one registry, without known holes.

Broken on purpose: with a version below an advisory's in ``uv.lock``, or a package by a link without
a hash, these tests fail.
"""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
ADVISORIES = tomllib.loads((ROOT / "tools/advisories.toml").read_text(encoding="utf-8"))["advisory"]


def affected(locked: list[dict], advisories: list[dict]) -> list[str]:
    """Return the pinned packages that an advisory is about."""
    return [
        f"{one['package']} {package['version']}: {one['source']}, {one['what']}; fixed in "
        f"{one['fixed']}"
        for one in advisories
        for package in locked
        if package["name"] == one["package"]
        and Version(one.get("introduced", "0")) <= Version(package["version"])
        and Version(package["version"]) < Version(one["fixed"])
    ]


def test_no_pinned_version_has_a_known_hole():
    assert affected(LOCKED, ADVISORIES) == []


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda one: one["source"])
def test_each_advisory_is_found_in_a_version_below_the_fixed_one(advisory):
    """And in none from that on; it is about a package that is installed, or could find nothing."""
    package, fixed = advisory["package"], advisory["fixed"]
    assert package in {one["name"] for one in LOCKED}
    before = [{"name": package, "version": f"{fixed}.dev0"}]
    [found] = affected(before, [advisory])
    assert advisory["source"] in found
    assert affected([{"name": package, "version": fixed}], [advisory]) == []
    if "introduced" in advisory:
        older = [{"name": package, "version": f"{advisory['introduced']}.dev0"}]
        assert affected(older, [advisory]) == []


def test_every_package_is_pinned_by_its_content():
    for package in LOCKED:
        if package["name"] == "bayesmm":
            continue
        assert set(package["source"]) == {"registry"}, package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]
        assert files and all(f["hash"].startswith("sha256:") for f in files), package["name"]
    assert len({package["source"]["registry"] for package in LOCKED
                if "registry" in package["source"]}) == 1  # fmt: skip


@pytest.mark.parametrize("table", ["dependencies", "optional-dependencies"])
def test_what_users_install_is_bounded_below_an_advisory(table):
    """The oldest version that the package asks for is one of those that are fixed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = project[table]
    asked = [*asked] if isinstance(asked, list) else [r for extra in asked.values() for r in extra]
    fixed = {one["package"]: Version(one["fixed"]) for one in ADVISORIES
             if one["package"] in ("pyarrow", "jinja2")}  # fmt: skip
    for requirement in map(Requirement, asked):
        if requirement.name in fixed:
            least = min(Version(s.version) for s in requirement.specifier if s.operator == ">=")
            assert least >= fixed[requirement.name], requirement
