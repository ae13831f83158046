"""What the page of the public weighs and names: it is for cheap phones, and keeps to itself."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from web_map import assets

BUDGET_BYTES = 120 * 1024
"""The whole page without the map."""
MAP_BUDGET_BYTES = 40 * 1024
"""What the map brings besides MapLibre, which all pages share."""


@pytest.fixture(scope="module")
def built() -> Path:
    assets.ensure_built()
    return assets.WEBDIST


@pytest.fixture(scope="module")
def manifest(built: Path) -> dict[str, dict]:
    return json.loads((built / ".vite" / "public.json").read_text())


def test_the_page_without_the_map_is_light(built: Path, manifest: dict[str, dict]) -> None:
    entry = manifest["public.html"]
    files = [entry["file"], *entry["css"], *(manifest[name]["file"] for name in entry.get("imports", []))]
    sizes = {name: len(gzip.compress((built / name).read_bytes(), 9)) for name in files}
    assert not any("maplibre" in name for name in files)
    assert sum(sizes.values()) <= BUDGET_BYTES, sizes


def test_the_map_comes_later_and_is_that_of_the_other_pages(built: Path, manifest: dict[str, dict]) -> None:
    assert manifest["public.html"]["dynamicImports"] == ["src/public/ui/public-map.ts"]
    chunk = manifest["src/public/ui/public-map.ts"]
    (shared,) = [manifest[name]["file"] for name in chunk["imports"] if "maplibre" in name]
    start = json.loads((built / ".vite" / "manifest.json").read_text())
    assert shared in {each["file"] for each in start.values()}
    assert len(gzip.compress((built / chunk["file"]).read_bytes(), 9)) <= MAP_BUDGET_BYTES


def test_the_page_holds_no_inline_code_and_no_foreign_address(built: Path, manifest: dict[str, dict]) -> None:
    page = (built / "public.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"https?://|//[a-z]", page.replace("<!doctype html>", ""))
    for chunk in manifest.values():
        code = (built / chunk["file"]).read_text() if chunk["file"].startswith("assets/public") else ""
        assert set(re.findall(r"https?://[\w.-]+", code)) <= {"http://www.w3.org"}
