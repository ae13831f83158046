"""The rules of the house: who may import whom, how long things may grow, and that docs know everything."""

from __future__ import annotations

import ast
import importlib
import json
import statistics
from dataclasses import fields
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FLOORS = {
    "api": {"demo", "grid_editor", "layers", "lifeline", "spatial", "tiles", "web_map"},
    "demo": {"grid_editor", "layers", "spatial", "tiles"},
    "tiles": {"layers", "spatial"},
    "grid_editor": {"layers", "spatial"},
    "lifeline": {"layers", "spatial"},
    "layers": {"spatial"},
    "web_map": set(),
    "spatial": set(),
}
"""Each floor and the floors that it may import."""

FILE_LINES, FUNCTION_LINES = 400, 60

EXCEPTIONS: dict[str, str] = {}
"""'file' or 'file::function' → date and reason why it may be longer."""


def modules() -> list[Path]:
    """List our Python files, tests and benches left out."""
    return sorted(
        path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "node_modules" not in path.parts
    )


def functions(path: Path) -> list[tuple[str, int]]:
    """List the functions of a file with their lengths in lines, docstrings left out."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = (
                node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.body[0].lineno
            )
            signature = node.body[0].lineno - node.lineno
            found.append((node.name, signature + (node.end_lineno or start) - start + 1))
    return found


@pytest.mark.parametrize("floor", FLOORS)
def test_the_top_level_names_are_ours(floor: str) -> None:
    module = importlib.import_module(floor)
    assert Path(module.__file__ or "").is_relative_to(ROOT / floor)


def test_imports_go_down() -> None:
    wrong = []
    for path in modules():
        floor = path.relative_to(ROOT).parts[0]
        for name in imported(path):
            if name in FLOORS and name != floor and name not in FLOORS[floor]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


def imported(path: Path) -> set[str]:
    """Name the top-level packages that a file imports, late imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_api_knows_http() -> None:
    http = {"fastapi", "starlette", "uvicorn", "httpx", "httpx2", "authlib", "requests", "flask"}
    wrong = [
        str(path) for path in modules() if path.relative_to(ROOT).parts[0] != "api" and imported(path) & http
    ]
    assert wrong == []


def test_files_and_functions_stay_small() -> None:
    long = []
    for path in modules():
        name = str(path.relative_to(ROOT))
        if len(path.read_text(encoding="utf-8").splitlines()) > FILE_LINES and name not in EXCEPTIONS:
            long.append(name)
        long += [
            f"{name}::{function} ({lines})"
            for function, lines in functions(path)
            if lines > FUNCTION_LINES and f"{name}::{function}" not in EXCEPTIONS
        ]
    assert long == []


def test_most_functions_are_short() -> None:
    lengths = [lines for path in modules() for _, lines in functions(path)]
    assert statistics.median(lengths) <= 8
    assert sum(lines <= 20 for lines in lengths) / len(lengths) >= 0.85


def test_every_exception_is_still_needed() -> None:
    names = {f"{path.relative_to(ROOT)}::{name}" for path in modules() for name, _ in functions(path)}
    names |= {str(path.relative_to(ROOT)) for path in modules()}
    assert set(EXCEPTIONS) <= names


def documentation() -> str:
    """Read all guides as one text."""
    return "\n".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    )


def test_docs_name_every_setting() -> None:
    from spatial.settings import Settings

    text = documentation()
    missing = [name for field in fields(Settings) if (name := f"CITYGRID_{field.name.upper()}") not in text]
    assert missing == []


def test_docs_name_every_route() -> None:
    from api.app import create_app
    from spatial.settings import Settings

    text = documentation()
    doors = create_app(Settings(), "postgresql:///not-asked")
    while hasattr(doors, "app"):
        doors = doors.app
    ordinary = doors.rest.openapi()["paths"]
    missing = [path for path in {*ordinary, *doors.exact} if path not in text]
    missing += [prefix for prefix in doors.under if prefix not in text]
    assert missing == []


def test_docs_name_every_verb_of_the_command_line() -> None:
    from typer.main import get_command

    from api.__main__ import app

    text = documentation()
    missing = [verb for verb in verbs(get_command(app), "citygrid") if verb not in text]
    assert missing == []


def verbs(command, path: str) -> list[str]:
    """List all commands below one, hidden ones left out."""
    children = getattr(command, "commands", {})
    if not children:
        return [path]
    return [
        verb
        for name, child in children.items()
        if not child.hidden
        for verb in verbs(child, f"{path} {name}")
    ]


def test_docs_name_every_built_in_layer_and_metric() -> None:
    from layers.builtin import BUILTIN

    text = documentation()
    names = [row["name"] for row in BUILTIN] + ["citygrid_requests", "citygrid_request_seconds"]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_lock_files_hold_no_addresses() -> None:
    """Names, versions and hashes only: where packages come from is the machine's business."""
    python = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in python
    assert "index-url" not in python
    packages = json.loads((ROOT / "web_map/web/package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for name, package in packages.items() if name)


def test_demo_data_names_its_sources_and_licences() -> None:
    text = (ROOT / "demo/data/README.md").read_text(encoding="utf-8")
    files = [path.name for path in (ROOT / "demo/data").iterdir() if path.name != "README.md"]
    assert files
    assert [name for name in files if name not in text] == []
