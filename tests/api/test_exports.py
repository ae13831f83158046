"""Exports by the job process: one worker, one job process, one home; nobody gets what is not theirs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyogrio
import pytest

from api.export_jobs import tidy
from layers.exports.store import Store
from spatial.database import Database, connect
from tests.api.town_hall import Hall
from tests.servers import serving
from tests.spatial.rights.town import GRIDS, STREETS, build

DEADLINE_S = 60
ROWS = 60_000


@dataclass
class Office:
    """A town whose exports are written: its worker, its state folder, and its job process when it runs."""

    hall: Hall
    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Start the job process, as the supervisor does."""
        with (self.home / "jobs.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api", "jobs"], env=self.environment, stdout=log, stderr=log
            )

    def end(self, number: int = signal.SIGTERM) -> None:
        """End the job process and wait for it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def pause(self) -> None:
        """Let the job process stand still, so that what is asked for waits."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the job process run."""
        if self.process is None:
            self.start()
        else:
            self.process.send_signal(signal.SIGCONT)
        yield

    def files(self) -> list[str]:
        """Name the files of exports."""
        return sorted(path.name for path in (self.home / "exports").glob("*"))


@pytest.fixture(scope="module")
def office(
    make_city: Callable[..., Any],
    as_app: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
    master_key: Path,
) -> Iterator[Office]:
    home = tmp_path_factory.mktemp("office")
    limits = {"CITYGRID_EXPORTS_PER_ACCOUNT": "3", "CITYGRID_EXPORT_DISK_MB": "512"}
    with make_city(build) as url, socket.create_server(("127.0.0.1", 0)) as listener:
        _fill(url)
        with serving(listener, as_app(url), home, master_key, **limits) as address:
            environment = {
                **os.environ, **limits, "CITYGRID_HOME": str(home), "CITYGRID_DATABASE_URL": url,
                "CITYGRID_APP_DATABASE_URL": as_app(url), "CITYGRID_MASTER_KEY_FILE": str(master_key),
            }  # fmt: skip
            made = Office(Hall(url, (address, address), master_key), home, environment)
            yield made
            made.end()
            for client in made.hall.clients:
                client.close()


def _fill(url: str) -> None:
    """Give street 1 so many places that writing them takes a moment."""
    with connect(url) as owner:
        owner.execute(
            "INSERT INTO place (kind, name, address, risk_level, geom, unit_code, source)"
            " SELECT 'shop', 'shop ' || n, 'a', 1, geom, unit_code, 'test'"
            " FROM generate_series(1, %s) AS n,"
            " (SELECT geom, unit_code FROM place WHERE unit_code = %s) AS p",
            [ROWS, GRIDS[0]],
        )


def ask(client: httpx.Client, **more: Any) -> int:
    answer = client.post("/api/exports", json={"layer": "places", "format": "geojson", **more})
    assert answer.status_code == 202, answer.text
    number = int(answer.json()["id"])
    assert answer.headers["location"] == f"/api/exports/{number}"
    return number


def wait(client: httpx.Client, number: int, *states: str) -> dict[str, Any]:
    """Wait until an export is in one of the states."""
    deadline = time.monotonic() + DEADLINE_S
    found: dict[str, Any] = {}
    while time.monotonic() < deadline:
        found = client.get(f"/api/exports/{number}").json()
        if found["state"] in states:
            return found
        time.sleep(0.05)
    raise AssertionError(f"the export stays {found}")


def ended(client: httpx.Client, number: int) -> dict[str, Any]:
    return wait(client, number, "done", "failed")


def test_a_file_is_asked_for_written_taken_and_deleted(office: Office) -> None:
    client = office.hall.person("taker", role="street_administrator", area=STREETS[0])
    with office.working():
        number = ask(
            client, format="gpkg", properties=["name", "kind"], where={"kind": "shop"}, sortby=["-name"]
        )
        found = ended(client, number)
    assert (found["state"], found["rows"], found["expected"]) == ("done", ROWS, ROWS)
    assert found["progress"] == 1.0
    assert found["asked"] == {"properties": "name,kind", "sortby": "-name", "kind": "shop"}
    answer = client.get(found["file"])
    assert answer.headers["content-type"] == "application/geopackage+sqlite3"
    assert "filename*=UTF-8''" in answer.headers["content-disposition"]
    assert len(answer.content) == found["bytes"]
    part = client.get(found["file"], headers={"range": "bytes=0-14"})
    assert (part.status_code, part.content) == (206, b"SQLite format 3")
    path = office.home / "taken.gpkg"
    path.write_bytes(answer.content)
    info = pyogrio.read_info(path)
    assert (info["features"], list(info["fields"])) == (ROWS, ["id", "kind", "name"])
    assert info["layer_metadata"]["exported_by"] == "taker"
    assert info["layer_metadata"]["export"] == str(found["record"])
    assert client.delete(f"/api/exports/{number}").status_code == 204
    assert client.get(f"/api/exports/{number}").status_code == 404
    assert client.get(found["file"]).status_code == 404
    assert office.files() == []


def test_a_file_holds_what_the_account_may_see_and_is_its_own(office: Office) -> None:
    own = office.hall.person("of street 2", role="street_administrator", area=STREETS[1])
    other = office.hall.person("of the city", role="district_administrator", reach="city")
    with office.working():
        number = ask(own)
        found = ended(own, number)
    codes = {each["properties"]["unit_code"] for each in own.get(found["file"]).json()["features"]}
    assert codes == {grid for grid in GRIDS if grid.startswith(STREETS[1])}
    for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        answer = other.request(method, f"/api/exports/{number}{path}")
        nothing = other.request(method, f"/api/exports/999999{path}")
        assert (answer.status_code, answer.text) == (nothing.status_code, nothing.text)
        assert answer.status_code == 404
    assert other.get("/api/exports").json() == {"exports": []}
    assert [each["id"] for each in own.get("/api/exports").json()["exports"]] == [number]


def test_the_rights_at_the_time_of_writing_decide(office: Office) -> None:
    office.pause()
    client = office.hall.person("moved", role="street_administrator", area=STREETS[0])
    number = ask(client)
    account = office.hall.account("moved", role="street_administrator", area=STREETS[1])
    with office.working():
        client = office.hall.client(token=office.hall.key(account))
        found = ended(client, number)
    units = {each["properties"]["unit_code"] for each in client.get(found["file"]).json()["features"]}
    assert units == {grid for grid in GRIDS if grid.startswith(STREETS[1])}
    office.hall.account("moved", role="viewer", area=STREETS[1])
    client = office.hall.client(token=office.hall.key(account))
    refused = client.get(found["file"])
    assert refused.status_code == 409
    assert "ask for it anew" in refused.json()["detail"]


def test_an_account_that_was_disabled_gets_nothing(office: Office) -> None:
    office.pause()
    client = office.hall.person("gone", role="viewer", area=STREETS[1])
    number = ask(client)
    office.hall.ask("UPDATE account SET disabled = true WHERE username = 'gone' RETURNING id")
    with office.working():
        deadline = time.monotonic() + DEADLINE_S
        state = None
        while state not in ("failed", "done") and time.monotonic() < deadline:
            time.sleep(0.1)
            state, error = office.hall.ask("SELECT state, error FROM export WHERE id = %s", number)[0]
    assert state == "failed"
    assert "may not log in" in error
    assert not [name for name in office.files() if str(number) in name]


def test_a_layer_that_was_taken_back_is_not_written(office: Office) -> None:
    office.pause()
    client = office.hall.person("of water", role="viewer", reach="organisation",
                                organisation_id=office.hall.organisation("water"))  # fmt: skip
    number = ask(client, layer="plans_water")
    rights = office.hall.ask("DELETE FROM layer_grant WHERE layer = 'plans_water' RETURNING organisation_id")
    try:
        with office.working():
            found = ended(client, number)
        assert found["state"] == "failed"
        assert "no layer 'plans_water'" in found["error"]
    finally:
        office.hall.ask(
            "INSERT INTO layer_grant (layer, organisation_id) VALUES ('plans_water', %s) RETURNING id",
            *rights[0],
        )


def test_what_is_wrong_is_refused_when_it_is_asked_for(office: Office) -> None:
    client = office.hall.person("wrong", role="viewer", area=STREETS[1])
    for sent, where in (
        ({"format": "shp"}, "format"),
        ({"bbox": [1, 2, 3]}, "bbox"),
        ({"sortby": ["nosuch"]}, "sortby"),
        ({"where": {"nosuch": "x"}}, "nosuch"),
        ({"unknown": 1}, "unknown"),
        ({"datetime": "yesterday"}, "datetime"),
    ):
        answer = client.post("/api/exports", json={"layer": "places", "format": "csv", **sent})
        assert answer.status_code == 400, sent
        assert answer.json()["errors"][0]["where"] == where
    assert client.post("/api/exports", json={"layer": "nosuch", "format": "csv"}).status_code == 404
    assert client.post("/api/exports", json={"layer": "plans_roads", "format": "csv"}).status_code == 404
    assert client.get("/api/exports").json() == {"exports": []}


def test_an_account_has_a_few_exports_at_a_time(office: Office) -> None:
    office.pause()
    client = office.hall.person("greedy", role="viewer", area=STREETS[1])
    numbers = [ask(client) for _ in range(3)]
    refused = client.post("/api/exports", json={"layer": "places", "format": "csv"})
    assert refused.status_code == 409
    assert "you have 3 exports already" in refused.json()["detail"]
    for number in numbers:
        assert client.delete(f"/api/exports/{number}").status_code == 204
    client.delete(f"/api/exports/{ask(client)}")


def test_a_full_folder_takes_no_more(office: Office) -> None:
    client = office.hall.person("full", role="viewer", area=STREETS[1])
    ballast = office.home / "exports" / "spool-ballast"
    ballast.parent.mkdir(exist_ok=True)
    with ballast.open("wb") as file:
        file.truncate(512 * 2**20)
    refused = client.post("/api/exports", json={"layer": "places", "format": "csv"})
    ballast.unlink()
    assert refused.status_code == 503
    assert "have filled the 512 MiB" in refused.json()["detail"]


def long_one(office: Office, name: str) -> tuple[httpx.Client, int]:
    """Ask for a file that takes a moment, and wait until it is being written."""
    client = office.hall.person(name, role="street_administrator", area=STREETS[0])
    if not office.hall.ask("SELECT id FROM place WHERE source = 'long' LIMIT 1"):
        office.hall.ask(
            "INSERT INTO place (kind, name, address, risk_level, geom, unit_code, source)"
            " SELECT 'shop', 'shop ' || n, 'a', 1, geom, unit_code, 'long'"
            " FROM generate_series(1, %s) AS n,"
            " (SELECT geom, unit_code FROM place WHERE unit_code = %s LIMIT 1) AS p",
            2 * ROWS,
            GRIDS[0],
        )
    with office.working():
        number = ask(client)
        wait(client, number, "running")
        deadline = time.monotonic() + DEADLINE_S
        while f"part-{number}.geojson" not in office.files() and time.monotonic() < deadline:
            time.sleep(0.01)
    return client, number


def test_cancelling_ends_the_writing(office: Office) -> None:
    client, number = long_one(office, "canceller")
    assert client.delete(f"/api/exports/{number}").status_code == 204
    deadline = time.monotonic() + DEADLINE_S
    while [name for name in office.files() if str(number) in name] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [name for name in office.files() if str(number) in name] == []
    assert ended(client, ask(client, where={"kind": "school"}))["state"] == "done"


@pytest.mark.parametrize("number_of_signal", [signal.SIGKILL, signal.SIGTERM])
def test_an_export_survives_the_end_of_its_process(office: Office, number_of_signal: int) -> None:
    client, number = long_one(office, f"survivor {number_of_signal}")
    office.end(number_of_signal)
    # A process that is asked to end may have written the last row by then: the file is whole, see below.
    state = client.get(f"/api/exports/{number}").json()["state"]
    if state != "done":
        assert state in ("running", "waiting")
        assert client.get(f"/api/exports/{number}/file").status_code == 404, "half a file"
    with office.working():
        found = ended(client, number)
    assert found["state"] == "done", found
    body = client.get(found["file"]).json()
    assert body["numberReturned"] == len(body["features"]) == found["rows"] > 2 * ROWS
    assert f"part-{number}.geojson" not in office.files()
    client.delete(f"/api/exports/{number}")


@pytest.mark.slow
def test_one_that_ends_its_process_again_and_again_is_given_up(office: Office) -> None:
    office.end()
    client = office.hall.person("poison", role="viewer", area=STREETS[1])
    number = ask(client)
    office.hall.ask("UPDATE export SET state = 'running', tries = 3 WHERE id = %s RETURNING id", number)
    with office.working():
        found = ended(client, number)
    assert found["state"] == "failed"
    assert "ended several times" in found["error"]


def test_expired_files_and_left_overs_go(office: Office, as_app: Callable[[str], str]) -> None:
    client = office.hall.person("late", role="viewer", area=STREETS[1])
    with office.working():
        number = ended(client, ask(client))["id"]
    assert f"{number}.geojson" in office.files()
    office.hall.ask("UPDATE export SET expires_at = now() WHERE id = %s RETURNING id", number)
    assert client.get(f"/api/exports/{number}/file").status_code == 404
    old = office.home / "exports" / "spool-1-dead.gpkg"
    old.touch()
    os.utime(old, (0, 0))
    fresh = office.home / "exports" / "spool-1-fresh.gpkg"
    fresh.touch()
    database = Database(as_app(office.hall.url), pool_size=1)
    database.open()
    tidy(database, Store(office.home, 1))
    database.close()
    assert f"{number}.geojson" not in office.files()
    assert old.name not in office.files()
    assert fresh.name in office.files()
    fresh.unlink()


def test_asking_is_on_record(office: Office) -> None:
    client = office.hall.person("recorded", role="viewer", area=STREETS[1])
    number = ask(client, format="csv", where={"kind": "school"})
    record = client.get(f"/api/exports/{number}").json()["record"]
    rows = office.hall.ask(
        "SELECT username, action, relation, row_key, after FROM audit WHERE id = %s", record
    )
    assert rows == [
        ("recorded", "export", "layer", "places", {"format": "csv", "query": [["kind", "school"]]})
    ]  # fmt: skip
    client.delete(f"/api/exports/{number}")


def test_a_key_that_only_reads_asks_for_nothing(office: Office) -> None:
    account = office.hall.account("reading", role="viewer", area=STREETS[1])
    client = office.hall.client(token=office.hall.key(account, "token", "read"))
    assert client.post("/api/exports", json={"layer": "places", "format": "csv"}).status_code == 403
