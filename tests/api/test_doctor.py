"""`citygrid doctor`: the judgements, and one look at a machine without a city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from api import doctor
from api.doctor import GIB, judge_disk, judge_facts
from spatial.database.cluster import EXTENSIONS
from spatial.settings import Secret, Settings

FACTS: dict[str, Any] = {
    "postgresql": "15.18", "major": 15, "postgis": "3.3.2", "pgrouting": "3.4.2",
    "extensions": list(EXTENSIONS), "role": "citygrid", "may_create": True, "may_use_temporary": True,
    "size": "70 MB",
}  # fmt: skip


def bad(facts: dict[str, Any]) -> list[str]:
    return [finding.what for finding in judge_facts(facts) if finding.state == "bad"]


def test_a_healthy_database_is_good() -> None:
    assert bad(FACTS) == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"major": 14}, ["PostgreSQL"]),
        ({"postgis": "3.2.9"}, ["PostGIS"]),
        ({"postgis": None, "extensions": None}, ["PostGIS", "extensions"]),
        ({"pgrouting": None}, ["pgRouting"]),
        ({"may_create": False}, ["role"]),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], what: list[str]) -> None:
    assert bad({**FACTS, **change}) == what


@pytest.mark.parametrize(("free_gib", "state"), [(100, "good"), (3, "note"), (0.5, "bad")])
def test_disk_space(free_gib: float, state: str) -> None:
    assert judge_disk(Path("/srv"), int(free_gib * GIB)).state == state


def test_a_machine_without_a_city_is_looked_at_and_left_as_it_was(tmp_path: Path) -> None:
    found = {finding.what: finding.state for finding in doctor.examine(Settings(home=tmp_path / "state"))}
    assert found["city"] == found["private database"] == "note"
    assert not (tmp_path / "state").exists()


def test_a_broken_index_file_is_bad_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "locate"
    folder.mkdir(parents=True)
    (folder / "0123.index").write_bytes(b"half a file")
    found = {finding.what: finding for finding in doctor.examine(Settings(home=tmp_path))}
    assert found["locate index"].state == "bad" and "0123.index" in found["locate index"].text


def test_an_unreachable_database_is_bad_and_named(tmp_path: Path) -> None:
    url = Secret(f"postgresql:///city?host={tmp_path}")
    console = Console(record=True, width=200, quiet=True)
    assert doctor.doctor(Settings(home=tmp_path, database_url=url), console) == 1
    assert any(
        finding.what == "database" and "CITYGRID_DATABASE_URL" in finding.text
        for finding in doctor.examine(Settings(home=tmp_path, database_url=url))
    )
