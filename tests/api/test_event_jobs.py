"""What the job process does with events: warnings of time that runs out, and likely duplicates."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api.event_jobs import EventWatcher
from spatial.database import Database, query, session
from spatial.events import deadlines_watch, duplicates
from spatial.events.attachments import Store
from spatial.rights.reader import SYSTEM
from tests.api.planning import Office
from tests.api.reporting import body, report, step
from tests.api.working import opened, work_off
from tests.spatial.rights.town import GRIDS, middle


def look(office: Office, home: Path) -> None:
    """Do what the job process does, until nothing is due."""
    watcher = EventWatcher(office.app_url, Store(str(home)))
    with opened(office.app_url) as database:
        work_off(watcher, database)
        watcher.tidy(database)


def test_time_that_runs_out_is_warned_of_step_by_step(office: Office, tmp_path: Path) -> None:
    chief = office["chief"]
    event = report(chief, urgency="critical")["id"]
    look(office, tmp_path)
    assert office.rows("SELECT count(*) FROM event_warning WHERE event_id = %s", event) == [(0,)]
    asked = "SELECT next_at, compared FROM event_watch WHERE event_id = %s"
    (next_at, compared) = office.rows(asked, event)[0]
    due = datetime.fromisoformat(chief.get(f"/api/events/{event}")["due_at"])
    assert abs(next_at - due + timedelta(minutes=2, seconds=30)) < timedelta(seconds=1)
    assert compared
    for minutes, shares in ((3, [50]), (4.5, [50, 80]), (6, [50, 80, 100])):
        # The clock cannot be moved, so the event is: back in time by so much.
        office.rows(
            "UPDATE event_watch SET started_at = now() - %s::interval, next_at = '-infinity'"
            " WHERE event_id = %s",
            timedelta(minutes=minutes), event,
        )  # fmt: skip
        moved = datetime.now(UTC) + timedelta(minutes=5 - minutes)
        office.rows("UPDATE event SET due_at = %s WHERE id = %s", moved, event)
        look(office, tmp_path)
        found = office.rows("SELECT share FROM event_warning WHERE event_id = %s ORDER BY id", event)
        assert [share for (share,) in found] == shares
    assert event in {row["id"] for row in chief.get("/api/events?overdue=true")["events"]}
    listed = [
        row for row in chief.get("/api/events/warnings?limit=1000")["warnings"] if row["event_id"] == event
    ]
    assert [row["share"] for row in listed] == [50, 80, 100]
    assert listed[-1]["holds"] is True
    kinds = [row["kind"] for row in chief.get(f"/api/events/{event}/timeline")["timeline"]]
    assert kinds.count("warning") == 3
    step(chief, event, "cancel")
    look(office, tmp_path)
    assert office.rows("SELECT count(*) FROM event_watch WHERE event_id = %s", event) == [(0,)]
    assert event not in {row["id"] for row in chief.get("/api/events?overdue=true")["events"]}


def test_steps_of_warning_are_the_city_s(office: Office, tmp_path: Path) -> None:
    chief = office["chief"]
    before = chief.get("/api/deadline-rules")["rules"]
    rule = {"category": "01001", "stage": "accept", "minutes": 100, "clock": "always"}
    chief.ask("PUT", "/api/deadline-rules", json={"rules": [{**rule, "warnings": [30, 90]}]})
    event = report(chief)["id"]
    office.rows(
        "UPDATE event_watch SET started_at = now() - interval '40 minutes' WHERE event_id = %s", event
    )
    look(office, tmp_path)
    asked = "SELECT share FROM event_warning WHERE event_id = %s"
    assert office.rows(asked, event) == [(30,)]
    chief.ask("PUT", "/api/deadline-rules", json={"rules": [{**rule, "warnings": []}]})
    office.rows(
        "UPDATE event_watch SET started_at = now() - interval '2 hours', next_at = '-infinity'"
        " WHERE event_id = %s", event,
    )  # fmt: skip
    look(office, tmp_path)
    assert office.rows(asked, event) == [(30,)]
    assert chief.ask("PUT", "/api/deadline-rules", json={"rules": before}).json()["rules"] == before


def test_one_event_that_cannot_be_looked_at_does_not_hold_the_others_up(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chief = office["chief"]
    look(office, tmp_path)
    bad, good = (report(chief, grid=GRIDS[4])["id"] for _ in range(2))
    compare = deadlines_watch.compare

    def broken(connection: Any, events: list[int]) -> int:
        if bad in events:
            raise ZeroDivisionError
        return compare(connection, events)

    monkeypatch.setattr(deadlines_watch, "compare", broken)
    look(office, tmp_path)
    asked = "SELECT compared, next_at > now() FROM event_watch WHERE event_id = %s"
    assert (office.rows(asked, bad), office.rows(asked, good)) == ([(False, True)], [(True, True)])
    monkeypatch.setattr(deadlines_watch, "compare", compare)
    office.rows("UPDATE event_watch SET next_at = '-infinity' WHERE event_id = %s", bad)
    look(office, tmp_path)
    assert office.rows(asked, bad) == [(True, True)]


def test_a_step_does_not_wait_for_the_search_of_duplicates(
    office: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chief = office["chief"]
    event = report(chief, grid=GRIDS[4])["id"]
    find, seen = duplicates.find, []

    def slow(connection: Any, events: Any, *rest: Any) -> Any:
        if event in events and not seen:
            seen.append(step(chief, event, "accept")["state"])
        return find(connection, events, *rest)

    monkeypatch.setattr(duplicates, "find", slow)
    look(office, tmp_path)
    assert seen == ["accepted"]
    rows = office.rows("SELECT compared, share FROM event_watch WHERE event_id = %s", event)
    assert rows == [(True, 0)]


def test_a_step_that_is_made_while_it_is_looked_at_keeps_its_warnings(office: Office) -> None:
    """Looking holds the watched row before it reads the event: never an old event with a new row."""
    chief = office["chief"]
    event = report(chief, grid=GRIDS[4])["id"]
    database = Database(office.app_url, pool_size=2)
    database.open()
    try:
        with session(database, SYSTEM) as connection:
            rows = connection.execute(query("spatial.events", "watch_locked"), {"ids": [event]}).fetchall()
            assert [row[0] for row in rows] == [event]
            made = threading.Thread(target=step, args=(chief, event, "accept"))
            made.start()
            made.join(0.5)
            assert made.is_alive()
            (found,) = connection.execute(
                query("spatial.events", "watch_events"), {"ids": [event]}
            ).fetchall()
            assert found[1] == "reported"
        made.join()
    finally:
        database.close()
    asked = "SELECT share, next_at = '-infinity' FROM event_watch WHERE event_id = %s"
    assert office.rows(asked, event) == [(0, True)]


def test_the_nearest_of_a_crowd_are_compared(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    chief, (lon, lat) = office["chief"], np.add(middle(GRIDS[4]), (0, 1.2e-3)).tolist()
    matter = office.rows("SELECT max(code) FROM matter")[0][0]
    crowd = [body(category=matter, lon=lon + n * 1e-6, lat=lat) for n in range(6)]
    keys = [row["id"] for row in chief.post("/api/events/batch", {"reports": crowd})["results"]]
    monkeypatch.setattr(duplicates, "NEIGHBOURS", 3)
    found = chief.get(f"/api/events/{keys[0]}/duplicates")["duplicates"]
    assert [row["other_id"] for row in found] == keys[1:4]


def test_the_job_process_proposes_duplicates(office: Office, tmp_path: Path) -> None:
    chief = office["chief"]
    one, two = (report(chief, grid=GRIDS[5])["id"] for _ in range(2))
    look(office, tmp_path)
    rows = office.rows("SELECT status FROM event_link WHERE event_id = %s AND other_id = %s", two, one)
    assert rows == [("proposed",)]
