"""Dispatch over HTTP: dry runs, explanations, disputes that feed back, rulings to take along, replays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from spatial.events.dispatch.rulings import verify
from tests.api.town_hall import Hall
from tests.spatial.grids.cities import STEP
from tests.spatial.rights.town import COMMUNITIES, DISTRICT, GRIDS, STREETS, middle

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def hall(own_hall: Hall) -> Hall:
    """A town of this file's own: it changes who is responsible."""
    own_hall.ask("UPDATE worker SET on_duty = true")
    return own_hall


def matter(hall: Hall) -> str:
    """Give a matter code of the town."""
    return str(hall.ask("SELECT min(code) FROM matter")[0][0])


def run(client: httpx.Client, hall: Hall, *points: tuple[float, float], **more: Any) -> list[Any]:
    """Make a dry run."""
    sent = {"points": [list(point) for point in points], "category": matter(hall), **more}
    answer = client.post("/api/dispatch", json=sent)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["decisions"])


def event(client: httpx.Client, hall: Hall, grid: str, nth: int = 0, **more: Any) -> int:
    """Report an event that goes as far as to be dispatched."""
    lon, lat = middle(grid)
    sent = {"category": matter(hall), "source": "hotline", "title": "t", "lon": lon + nth * 1e-5, "lat": lat}
    answer = client.post("/api/events", json={**sent, "until": "dispatched", **more})
    assert answer.status_code in (200, 201), answer.text
    return int(answer.headers["location"].rsplit("/", 1)[1])


def test_a_dry_run_decides_explains_and_stores_nothing(hall: Hall, chief: httpx.Client) -> None:
    before = hall.ask("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM explanation)")
    here, outside = run(chief, hall, middle(GRIDS[0]), (0.0, 0.0))
    (line,) = hall.ask("SELECT id, worker_id, organisation_id FROM duty WHERE unit_code = %s", GRIDS[0])
    assert (here["line"], here["worker"], here["organisation"]) == line
    assert (here["unit"], here["ruling"], here["rule"]) == (GRIDS[0], "inside", "grid")
    assert here["border_m"] > 100
    assert here["text"]["zh"].startswith("归属“") and "Duty" not in here["text"]["zh"]
    assert "line" in here["text"]["en"]
    chosen, *others = here["considered"]
    assert chosen["why"] == "chosen"
    assert {each["why"] for each in others} == {"coarser_area"}
    assert all(each["text"]["zh"] and each["text"]["en"] for each in here["considered"])
    assert (outside["rule"], outside["unit"], outside["considered"]) == ("outside", None, [])
    assert hall.ask("SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM explanation)") == before


def test_a_dry_run_in_another_datum_and_at_another_time(hall: Hall, chief: httpx.Client) -> None:
    from spatial.geometry.datum import convert

    x, y = (float(value) for value in convert(*middle(GRIDS[3]), "wgs84", "gcj02"))
    (there,) = run(chief, hall, (x, y), datum="gcj02", at="2026-03-02T08:00:00+08:00")
    assert (there["unit"], there["at"]) == (GRIDS[3], "2026-03-02T08:00:00+08:00")
    for wrong, where in (
        ({"datum": "moon"}, "datum"), ({"points": [[500, 0]]}, "points[0]"), ({"points": [[1]]}, "points"),
        ({"points": None}, "points"), ({"category": "x y"}, "category"), ({"address": "somewhere"}, "points"),
    ):  # fmt: skip
        sent = {"points": [list(middle(GRIDS[0]))], "category": matter(hall), **wrong}
        answer = chief.post("/api/dispatch", json=sent)
        assert answer.status_code == 400, (wrong, answer.text)
        assert answer.json()["errors"][0]["where"].startswith(where), answer.text
    nowhere = chief.post("/api/dispatch", json={"address": "不存在的地方九千号", "category": matter(hall)})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["where"]) == (422, "address")


def test_a_street_learns_of_its_own_points_only(hall: Hall, street: httpx.Client) -> None:
    lon, lat = middle(GRIDS[3])
    edge = (lon + 0.49 * STEP, lat)
    own, foreign, moon, at_edge = run(street, hall, middle(GRIDS[0]), middle(GRIDS[-1]), (0.0, 0.0), edge)
    assert own["unit"] == GRIDS[0]
    assert {name: foreign[name] for name in foreign if name != "point"} == {
        name: moon[name] for name in moon if name != "point"
    }
    assert (at_edge["unit"], at_edge["runner_up"]) == (GRIDS[3], None)
    assert GRIDS[7] not in json.dumps(at_edge)


def test_an_event_keeps_why_it_went_where_it_went(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    number = event(chief, hall, GRIDS[1])
    found = chief.get(f"/api/events/{number}/explanation").json()
    stored = hall.ask("SELECT organisation_id, worker_id, unit_code FROM event WHERE id = %s", number)[0]
    assert (found["organisation"], found["worker"], found["unit"]) == stored
    assert found["versions"]["grids"] == hall.ask("SELECT version_id FROM event WHERE id = %s", number)[0][0]
    assert found["text"]["zh"] and found["before"] == []
    # What the list says later does not change what was said then.
    hall.ask("UPDATE duty SET rank = 2 WHERE unit_code = %s", GRIDS[1])
    assert chief.get(f"/api/events/{number}/explanation").json() == found
    hall.ask("UPDATE duty SET rank = 1 WHERE unit_code = %s", GRIDS[1])
    assert street.get(f"/api/events/{number}/explanation").status_code == 200
    away = hall.person("away", role="commander", area=STREETS[1])
    assert away.get(f"/api/events/{number}/explanation").status_code == 404
    assert away.get(f"/api/events/{number}/ruling").status_code == 404
    assert chief.get(f"/api/events/{2**40}/explanation").status_code == 404


def test_intake_follows_the_list_at_once(hall: Hall, chief: httpx.Client) -> None:
    water = hall.organisation("water")
    sent = {"unit_code": GRIDS[2], "category": matter(hall), "organisation_id": water}
    made = chief.post("/api/duties", json=sent)
    number = event(chief, hall, GRIDS[2])
    assert chief.get(f"/api/events/{number}/explanation").json()["line"] == made.json()["id"]
    chief.delete(made.headers["location"])
    number = event(chief, hall, GRIDS[2], 1)
    assert chief.get(f"/api/events/{number}/explanation").json()["line"] != made.json()["id"]


def test_a_dispute_is_ruled_for_a_place_and_holds_from_then_on(hall: Hall, chief: httpx.Client) -> None:
    number, roads = event(chief, hall, GRIDS[4]), hall.organisation("roads")
    assert chief.get(f"/api/events/{number}/explanation").json()["organisation"] != roads
    raised = chief.post(f"/api/events/{number}/dispute", json={"reason": "桥下归谁"})
    assert raised.status_code == 201, raised.text
    assert chief.post(f"/api/events/{number}/dispute", json={"reason": "again"}).status_code == 409
    dispute = raised.json()["id"]
    assert dispute in [
        each["id"] for each in chief.get("/api/disputes", params={"state": "open"}).json()["disputes"]
    ]
    assert hall.ask("SELECT disputed FROM event WHERE id = %s", number) == [(True,)]
    ruling = {"organisation_id": roads, "reason": "会商纪要第 3 号", "scope": "place", "radius_m": 50}
    ruled = chief.post(f"/api/disputes/{dispute}/ruling", json=ruling)
    assert ruled.status_code == 200, ruled.text
    assert (ruled.json()["state"], ruled.json()["dispatched"]) == ("ruled", True)
    stored = hall.ask("SELECT organisation_id, disputed, redispatched_count FROM event WHERE id = %s", number)
    assert stored == [(roads, False, 1)]
    later = event(chief, hall, GRIDS[4], 1)
    found = chief.get(f"/api/events/{later}/explanation").json()
    assert (found["organisation"], found["rule"], found["line"]) == (roads, "place", ruled.json()["duty_id"])
    line = chief.get(f"/api/duties/{found['line']}").json()
    assert line["dispute_id"] == dispute and "会商纪要第 3 号" in line["basis"]
    lon, lat = middle(GRIDS[4])
    (far,) = run(chief, hall, (lon + 60 / 85_000, lat))
    assert far["organisation"] != roads
    assert chief.post(f"/api/disputes/{dispute}/ruling", json=ruling).status_code == 409
    shown = chief.get(f"/api/events/{number}/timeline").json()["timeline"][-1]
    assert shown["verb"] == "redispatch"
    chief.delete(f"/api/duties/{found['line']}")


def test_a_ruling_for_a_unit_and_one_for_the_event_alone(hall: Hall, chief: httpx.Client) -> None:
    roads = hall.organisation("roads")
    for scope, holds in (("unit", True), ("event", False)):
        number = event(chief, hall, GRIDS[6])
        dispute = chief.post(f"/api/events/{number}/dispute", json={"reason": "?"}).json()["id"]
        sent = {"organisation_id": roads, "reason": "r", "scope": scope}
        sent |= {"unit_code": COMMUNITIES[3], "category": matter(hall)[:2]} if holds else {}
        assert chief.post(f"/api/disputes/{dispute}/ruling", json=sent).status_code == 200
        assert hall.ask("SELECT organisation_id FROM event WHERE id = %s", number) == [(roads,)]
        (decision,) = run(chief, hall, middle(GRIDS[7]))
        line = hall.ask("SELECT unit_code, category FROM duty WHERE dispute_id = %s", dispute)
        assert line == ([(COMMUNITIES[3], matter(hall)[:2])] if holds else [])
        assert (decision["line"] == decision.get("line")) and bool(line) == holds
        hall.ask("DELETE FROM duty WHERE dispute_id = %s", dispute)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"organisation_id": 2**40}, "organisation_id"),
        ({"worker_id": 2**40}, "worker_id"),
        ({"scope": "place"}, "radius_m"),
        ({"scope": "place", "area": {"type": "Point", "coordinates": [1, 1]}}, "area"),
        (
            {
                "scope": "place",
                "area": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
            },
            "area",
        ),
        ({"scope": "unit", "unit_code": GRIDS[0]}, "unit_code"),
        ({"scope": "unit", "category": "99"}, "category"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_ruling_that_cannot_be_is_refused(
    hall: Hall, chief: httpx.Client, wrong: dict[str, Any], where: str
) -> None:
    number = event(chief, hall, GRIDS[5], external_id="refused")
    chief.post(f"/api/events/{number}/dispute", json={"reason": "?"})
    (dispute,) = chief.get("/api/disputes", params={"event_id": number}).json()["disputes"]
    sent = {"organisation_id": hall.organisation("water"), "reason": "r", **wrong}
    answer = chief.post(f"/api/disputes/{dispute['id']}/ruling", json=sent)
    assert answer.status_code in (400, 422), answer.text
    assert where in answer.json()["errors"][0]["where"].replace("to_organisation", "organisation_id").replace(
        "to_worker", "worker_id"
    )
    assert chief.get(f"/api/disputes/{dispute['id']}").json()["state"] == "open"


def test_disputes_are_ruled_by_whose_area_it_is(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    own, foreign = event(chief, hall, GRIDS[0]), event(chief, hall, GRIDS[7])
    numbers = [
        chief.post(f"/api/events/{each}/dispute", json={"reason": "?"}).json()["id"]
        for each in (own, foreign)
    ]
    sent = {
        "organisation_id": hall.organisation("water"),
        "reason": "r",
        "scope": "unit",
        "unit_code": DISTRICT,
    }
    assert street.post(f"/api/disputes/{numbers[1]}/ruling", json=sent).status_code == 404
    assert street.post(f"/api/disputes/{numbers[0]}/ruling", json=sent).status_code == 403, (
        "the whole district"
    )
    worker = hall.person("worker", role="field_worker", area=STREETS[0])
    assert (
        worker.post(f"/api/disputes/{numbers[0]}/ruling", json={**sent, "unit_code": GRIDS[0]}).status_code
        == 403
    )
    assert numbers[1] not in [each["id"] for each in street.get("/api/disputes").json()["disputes"]]
    assert street.post(f"/api/disputes/{numbers[0]}/withdrawal").json()["state"] == "withdrawn"
    assert chief.post(f"/api/disputes/{numbers[1]}/withdrawal").json()["state"] == "withdrawn"
    assert hall.ask("SELECT count(*) FROM event WHERE disputed AND id = ANY(%s)", [own, foreign]) == [(0,)]


def test_disputes_are_raised_by_rule(hall: Hall, chief: httpx.Client, street: httpx.Client) -> None:
    rules = [
        {"category": None, "returns": 2, "border_m": None},
        {"category": matter(hall)[:2], "returns": 2, "border_m": 1.0},
    ]
    assert street.put("/api/disputes/rules", json={"rules": rules}).status_code == 403
    assert chief.put("/api/disputes/rules", json={"rules": [rules[0], rules[0]]}).status_code == 400
    assert chief.put("/api/disputes/rules", json={"rules": rules}).json() == {"rules": rules}
    lon, lat = middle(GRIDS[1])
    near = event(chief, hall, GRIDS[1], lon=lon + 0.499999 * STEP, lat=lat)
    far = event(chief, hall, GRIDS[1])
    (dispute,) = chief.get("/api/disputes", params={"event_id": near}).json()["disputes"]
    assert (dispute["raised_by"], dispute["facts"]["runner_up"]) == ("border", GRIDS[5])
    assert chief.get("/api/disputes", params={"event_id": far}).json()["disputes"] == []
    assert hall.ask("SELECT disputed FROM event WHERE id = %s", near) == [(True,)]
    for _ in range(2):
        step = f"/api/events/{far}/transitions"
        assert chief.post(step, json={"verb": "return", "note": "not ours"}).status_code == 200
        assert chief.post(step, json={"verb": "dispatch"}).status_code == 200
    (dispute,) = chief.get("/api/disputes", params={"event_id": far}).json()["disputes"]
    assert (dispute["raised_by"], dispute["facts"]) == ("returns", {"bounced": 2})
    assert len(chief.get(f"/api/events/{far}/explanation").json()["before"]) == 2
    chief.put("/api/disputes/rules", json={"rules": rules[:1]})


@pytest.fixture
def command(hall: Hall, as_app: Callable[[str], str]) -> Command:
    """Run `citygrid` on the town's database."""
    return lambda *arguments: _run_command(hall, as_app, *arguments)


def _run_command(
    hall: Hall, as_app: Callable[[str], str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "CITYGRID_DATABASE_URL": hall.url, "CITYGRID_HOME": str(hall.homes[0]),
        "CITYGRID_APP_DATABASE_URL": as_app(hall.url),
    }  # fmt: skip
    call = [sys.executable, "-m", "api", *arguments]
    return subprocess.run(call, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_ruling_can_be_taken_along(
    hall: Hall, chief: httpx.Client, street: httpx.Client, command: Command, tmp_path: Path
) -> None:
    number = event(chief, hall, GRIDS[0])
    signed = chief.get(f"/api/events/{number}/ruling").json()
    key = chief.get("/api/dispatch/key").json()["public_key"]
    assert verify(signed, key) == []
    assert verify(street.get(f"/api/events/{number}/ruling").json(), key) == []
    file = tmp_path / "ruling.json"
    file.write_text(json.dumps(signed))
    done = command("dispatch", "verify", str(file), "--key", key)
    assert (done.returncode, "✓ event" in done.stdout) == (0, True), done.stdout + done.stderr
    signed["decision"]["organisation"] += 1
    file.write_text(json.dumps(signed))
    done = command("dispatch", "verify", str(file))
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "✗ signature")


def test_the_ruling_of_an_edge_names_no_foreign_neighbour(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    lon, lat = middle(GRIDS[3])
    number = event(chief, hall, GRIDS[3], lon=lon + 0.49 * STEP, lat=lat)
    mine, whole = (client.get(f"/api/events/{number}/ruling").json() for client in (street, chief))
    key = chief.get("/api/dispatch/key").json()["public_key"]
    assert verify(mine, key) == [] == verify(whole, key)
    assert GRIDS[7] in json.dumps(whole)
    assert GRIDS[7] not in json.dumps(mine)


def test_a_replay_of_the_same_rules_changes_nothing(
    hall: Hall, chief: httpx.Client, street: httpx.Client
) -> None:
    event(chief, hall, GRIDS[0])
    said = chief.post("/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z"}).json()
    assert said["events"] >= 8
    assert (said["changed"], said["changes"]) == (0, [])
    assert all(row["difference"] == 0 for row in said["organisations"] + said["workers"])
    assert sum(row["before"] for row in said["organisations"]) == said["events"]
    own = street.post("/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z"}).json()
    assert 0 < own["events"] < said["events"], "a street replays its own events"
    viewer = hall.person("looks on", reach="city")
    assert viewer.post("/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z"}).status_code == 403
    missing = {"since": "2026-01-01T00:00:00Z", "draft": "nothing"}
    assert chief.post("/api/dispatch/replays", json=missing).status_code == 404


def test_a_replay_of_a_draft_shows_what_would_change(
    hall: Hall, chief: httpx.Client, command: Command
) -> None:
    event(chief, hall, GRIDS[0])
    roads = hall.organisation("roads")
    (held,) = hall.ask("SELECT id FROM duty WHERE unit_code = %s AND category IS NULL", GRIDS[0])[0]
    chief.post("/api/duties/drafts", json={"name": "spring"})
    change = {"verb": "change", "duty_id": held, "line": {"organisation_id": roads, "worker_id": None}}
    assert chief.put("/api/duties/drafts/spring/changes", json={"changes": [change]}).status_code == 200
    said = chief.post(
        "/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z", "draft": "spring"}
    ).json()
    here = hall.ask("SELECT count(*) FROM event WHERE unit_code = %s", GRIDS[0])[0][0]
    assert (said["changed"], said["reasons"]["other_person"]) == (here, here)
    assert {each["after"]["organisation"] for each in said["changes"]} == {roads}
    (row,) = [row for row in said["organisations"] if row["id"] == roads]
    assert row["difference"] == here
    for form in ("table", "json", "csv"):
        done = command(
            "dispatch", "replay", "--from", "2026-01-01", "--rules", "draft", "spring", "--format", form
        )
        assert done.returncode == 0, done.stderr
        if form == "json":
            assert json.loads(done.stdout)["changed"] == here
        if form == "csv":
            assert len(done.stdout.splitlines()) == here + 1
    assert "would go to somebody else" in command("dispatch", "replay", "--from", "2026-01-01").stdout


def test_a_replay_of_a_plan_shows_what_would_move(hall: Hall, chief: httpx.Client) -> None:
    event(chief, hall, GRIDS[1])
    plan = chief.post("/api/plans", json={"coverage": "grids", "title": "merge"}).json()["id"]
    units = dict(hall.ask("SELECT code, unit_id::text FROM unit_version WHERE code = ANY(%s)", list(GRIDS)))
    merge = {"op": "merge", "units": [units[GRIDS[0]], units[GRIDS[1]]], "into": units[GRIDS[0]]}
    done = chief.post(f"/api/plans/{plan}/operations", json=merge)
    assert done.status_code == 200, done.text
    said = chief.post("/api/dispatch/replays", json={"since": "2026-01-01T00:00:00Z", "plan": plan}).json()
    here = hall.ask("SELECT count(*) FROM event WHERE unit_code = %s", GRIDS[1])[0][0]
    assert (said["changed"], said["reasons"]["other_unit"]) == (here, here)
    assert {(each["before"]["unit"], each["after"]["unit"]) for each in said["changes"]} == {
        (GRIDS[1], GRIDS[0])
    }
