"""The audit log through the API: who sees what, pages, exports; and the command that proves it."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from spatial.database import connect
from spatial.database.cluster import Cluster
from spatial.rights.envelope import make_master
from tests.api.town_hall import CITY_ADMINISTRATOR, STREET_ADMINISTRATOR, Hall
from tests.spatial.rights.logbook import add_place, waiting
from tests.spatial.rights.town import DISTRICT

READY_S = 120


@pytest.fixture(scope="module")
def chief(hall: Hall) -> httpx.Client:
    return hall.person("audit-chief", **CITY_ADMINISTRATOR)


@pytest.fixture(scope="module")
def street(hall: Hall) -> httpx.Client:
    """A street administrator who made a key."""
    client = hall.person("audit-street", **STREET_ADMINISTRATOR)
    client.post("/api/me/keys", json={"name": "QGIS", "days": 1, "scope": "read"}).raise_for_status()
    return client


def pages(client: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    found, after = [], {}
    while True:
        page = client.get("/api/audit", params={**asked, **after}).raise_for_status().json()
        found += page["entries"]
        if page["next"] is None:
            return found
        after = {"after": page["next"]}


def test_a_change_through_the_api_says_who_where_and_by_which_request(
    chief: httpx.Client, street: httpx.Client
) -> None:
    (entry,) = pages(chief, relation="token", action="insert", username="audit-street")
    # Keys are made by the platform, for somebody.
    assert (entry["account_id"], entry["role"]) == (entry["after"]["account_id"], "system")
    assert entry["address"].startswith("127.")
    assert entry["request"]
    assert entry["database_user"] == "citygrid_app"
    assert entry["after"]["name"] == "QGIS"
    assert entry["after"]["digest"] == "***"


def test_pages_are_whole(chief: httpx.Client) -> None:
    asked = {"relation": "worker", "limit": 3}
    found = pages(chief, **asked)
    assert len(found) > 6
    assert [entry["id"] for entry in found] == [entry["id"] for entry in pages(chief, relation="worker")]


def test_the_whole_log_is_for_administrators_of_the_whole_city(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    assert len({entry["username"] for entry in pages(chief)}) > 1
    others = [
        street,
        hall.person("audit-viewer", reach="city"),
        hall.person("audit-area", role="district_administrator", area=DISTRICT),
    ]
    for client in others:
        name = client.get("/api/me").json()["username"]
        assert {entry["username"] for entry in pages(client)} <= {name}
        assert pages(client, username="audit-chief") == []


def test_nobody_reads_it_without_a_key(hall: Hall) -> None:
    for path in ("/api/audit", "/api/audit/export"):
        assert hall.client().get(path).status_code == 401


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"from": "2026-01-01T00:00:00"}, "from"),
        ({"to": "yesterday"}, "to"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"after": "1"}, "after"),
        ({"name": "x"}, "name"),
        ({"username": "x" * 201}, "username"),
    ],
)
def test_what_cannot_be_asked_is_named(chief: httpx.Client, asked: dict[str, Any], where: str) -> None:
    answer = chief.get("/api/audit", params=asked)
    assert answer.status_code == 400
    assert [problem["where"] for problem in answer.json()["errors"]] == [where]


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit/export"])
def test_odd_moments_and_words_are_answered(chief: httpx.Client, path: str) -> None:
    ages = {"from": "0001-01-01T00:00:00+14:00", "to": "9999-12-31T23:59:59-14:00"}
    assert chief.get(path, params={**ages, "username": "' OR 1=1 --"}).status_code == 200
    assert chief.get(path, params={"to": "0001-01-01T00:00:00+14:00"}).status_code == 200
    assert chief.get(path, params={"username": "a\0b"}).status_code == 400


def test_an_export_as_csv(hall: Hall, chief: httpx.Client) -> None:
    answer = chief.get("/api/audit/export", params={"relation": "event"}).raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith('attachment; filename="audit-')
    watermark, names, *rows, end = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert watermark[0].startswith("# exported_by: audit-chief · name: audit-chief 姓名 · at: ")
    assert names[:2] == ["id", "at"]
    assert {row[names.index("relation")] for row in rows} == {"event"}
    assert end == [f"# end: {len(rows)} entries"]
    number = watermark[0].rpartition(" ")[2]
    (entry,) = [e for e in pages(chief, action="export") if e["id"] == int(number)]
    assert (entry["username"], entry["after"]) == ("audit-chief", {"format": "csv", "relation": "event"})


def test_an_export_as_json_lines_over_many_pages(hall: Hall, chief: httpx.Client) -> None:
    with connect(hall.url) as owner:
        owner.execute(
            "INSERT INTO organisation (code, name, name_en, kind)"
            " SELECT 'many-' || n, '=1+1', 'o', 'office' FROM generate_series(1, 4500) AS n"
        )
    answer = chief.get("/api/audit/export", params={"relation": "organisation", "format": "jsonl"})
    first, *rows, last = (json.loads(line) for line in answer.raise_for_status().text.split("\n")[:-1])
    assert first["export"]["exported_by"] == "audit-chief"
    assert len({row["id"] for row in rows}) == len(rows) == last["end"]["entries"]
    assert len(rows) >= 4500


def test_an_export_holds_what_its_taker_sees(street: httpx.Client) -> None:
    answer = street.get("/api/audit/export", params={"format": "jsonl"}).raise_for_status()
    _, *rows, _ = (json.loads(line) for line in answer.text.split("\n")[:-1])
    assert {row["username"] for row in rows} == {"audit-street"}
    assert rows[0]["action"] == "export", "its own taking is on record in it"


# The job process seals, and the command proves.


@dataclass(frozen=True)
class Sealed:
    """A city whose job process ran and was ended."""

    url: str
    home: Path
    environment: dict[str, str]

    @property
    def roots(self) -> Path:
        return self.home / "audit" / "roots.log"

    def verify(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api", "audit", "verify", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def sealed(make_city: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    home = tmp_path_factory.mktemp("home")
    make_master(home / "secrets" / "master")
    with make_city(lambda owner: None) as url:
        environment = {**os.environ, "CITYGRID_DATABASE_URL": url, "CITYGRID_HOME": str(home)}
        process = subprocess.Popen([sys.executable, "-m", "api", "jobs"], env=environment)
        try:
            _let_it_seal(url)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        yield Sealed(url, home, environment)


def _let_it_seal(url: str) -> None:
    until = time.monotonic() + READY_S
    with connect(url, autocommit=True) as owner:
        for name in ("first", "second"):
            add_place(owner, name)
            while waiting(owner):
                assert time.monotonic() < until
                time.sleep(0.1)


def test_the_job_process_seals_and_the_command_proves(sealed: Sealed) -> None:
    assert len(sealed.roots.read_text().splitlines()) >= 2
    done = sealed.verify()
    assert (done.returncode, done.stdout[:1]) == (0, "✓"), done


def test_the_command_compares_with_a_copy_elsewhere(sealed: Sealed, tmp_path: Path) -> None:
    copy, lines = tmp_path / "copy.log", sealed.roots.read_text().splitlines(keepends=True)
    copy.write_text("".join(lines))
    assert sealed.verify("--roots", str(copy)).returncode == 0
    last = json.loads(lines[-1])
    copy.write_text("".join([*lines, json.dumps({**last, "id": last["id"] + 1}) + "\n"]))
    assert "truncated tail" in sealed.verify("--roots", str(copy)).stdout
    assert "no file" in sealed.verify("--roots", str(tmp_path / "nowhere")).stderr


def test_without_the_key_nothing_is_claimed(sealed: Sealed, tmp_path: Path) -> None:
    key = sealed.home / "secrets" / "master"
    kept = key.rename(tmp_path / "kept")
    done = sealed.verify()
    kept.rename(key)
    assert (done.returncode, done.stdout) == (1, "")
    assert "master key" in done.stderr


def test_a_change_by_whoever_has_the_whole_server_is_found(sealed: Sealed, cluster: Cluster) -> None:
    name = psycopg.conninfo.conninfo_to_dict(sealed.url)["dbname"]
    with connect(cluster.url("postgres", name)) as superuser:
        superuser.execute("ALTER TABLE audit DISABLE TRIGGER ALL")
        superuser.execute(
            "UPDATE audit SET username = 'somebody else' WHERE relation = 'place' AND row_key = '2'"
        )
        superuser.execute("ALTER TABLE audit ENABLE ALWAYS TRIGGER audit_keep")
    done = sealed.verify()
    assert done.returncode == 1
    assert "✗ changed row: row " in done.stdout
    assert "it now says: somebody else insert place 2" in done.stdout
    assert "✗ 1 findings" in done.stdout
