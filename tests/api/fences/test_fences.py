"""Fences over HTTP: drawn, changed, refused; who was in them, told by those who may know."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from api.fence_jobs import FenceKeeper
from spatial.database import connect
from spatial.patrols.columns import Columns
from spatial.patrols.days import bounds
from tests.api import working
from tests.api.patrols.rounds import DEGREES, LAT, LON, YESTERDAY, mover_of, send, walked
from tests.api.planning import Json, Office
from tests.api.working import opened
from tests.spatial.rights.town import GRIDS

FENCES = "/api/fences"


def around(east_m: float = 0.0, half_m: float = 60.0) -> Json:
    """Draw a square around a place on the street."""
    west, east = (LON + (east_m + side * half_m) * DEGREES for side in (-1, 1))
    south, north = LAT - half_m / 111_000, LAT + half_m / 111_000
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def fence_of(**more: Any) -> Json:
    """Write the body of a fence in the first grid."""
    return {"name": "仓库", "unit_code": GRIDS[0], "geometry": around(), **more}


def work_off(office: Office) -> int:
    """Let the job process count fences anew; gives how many days it did."""
    with opened(office.app_url) as database:
        return working.work_off(FenceKeeper(office.app_url), database)


def test_a_fence_is_written_read_changed_and_taken_away(office: Office) -> None:
    chief, mover = office["chief"], mover_of(office)
    answer = chief.ask("POST", FENCES, json=fence_of(movers=[mover], starts="08:00", ends="18:00"))
    assert answer.status_code == 201, answer.text
    fence, path = answer.json(), answer.headers["location"]
    assert (answer.headers["etag"], fence["edition"], fence["movers"]) == ('"1"', 1, [mover])
    assert (fence["geometry"]["type"], fence["radius_m"], fence["counting"]) == ("Polygon", 0.0, True)
    assert chief.get(path) == fence
    changed = chief.ask("PATCH", path, json={"name": "门", "movers": []}, headers={"If-Match": '"1"'})
    assert (changed.json()["edition"], changed.json()["name"], changed.json()["movers"]) == (2, "门", [])
    assert chief.ask("PATCH", path, json={"name": "x"}, headers={"If-Match": '"1"'}).status_code == 412
    assert chief.ask("DELETE", path, headers={"If-Match": '"1"'}).status_code == 412
    listed = chief.get(f"{FENCES}?q=门&unit={GRIDS[0]}&mover={mover}")["fences"]
    assert [each["id"] for each in listed] == [fence["id"]]
    assert chief.ask("DELETE", path).status_code == 204
    assert chief.ask("GET", path).status_code == 404


def test_a_point_has_a_radius_and_another_datum_is_converted(office: Office) -> None:
    point = {"type": "Point", "coordinates": [LON, LAT]}
    made = office["chief"].post(FENCES, fence_of(geometry=point, radius_m=80.0, datum="gcj02"))
    assert made["radius_m"] == 80.0
    assert abs(made["geometry"]["coordinates"][0] - LON) > 0.003
    path = f"{FENCES}/{made['id']}"
    wider = office["chief"].ask("PATCH", path, json={"radius_m": 90.0}).json()
    assert (wider["radius_m"], wider["geometry"]) == (90.0, made["geometry"])
    drawn = office["chief"].ask("PATCH", path, json={"geometry": around()}).json()
    assert (drawn["radius_m"], drawn["geometry"]["type"]) == (0.0, "Polygon")
    office["chief"].ask("DELETE", path)


def test_a_place_lends_its_shape(office: Office) -> None:
    (place,) = office.rows("SELECT id FROM place WHERE unit_code = %s", GRIDS[0])[0]
    made = office["chief"].post(FENCES, {"name": "p", "unit_code": GRIDS[0], "place_id": place})
    assert (made["geometry"]["type"], made["radius_m"]) == ("Point", 50.0)
    listed = office["chief"].get(f"{FENCES}?place={place}")["fences"]
    assert [each["id"] for each in listed] == [made["id"]]
    detached = office["chief"].ask("PATCH", f"{FENCES}/{made['id']}", json={"place_id": None}).json()
    assert (detached["place_id"], detached["geometry"]) == (None, made["geometry"])
    office["chief"].ask("DELETE", f"{FENCES}/{made['id']}")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"geometry": None}, "geometry"),
        ({"geometry": {"type": "LineString", "coordinates": [[1, 1], [2, 2]]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": []}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [116, 80]}}, "geometry"),
        ({"geometry": around(half_m=400_000)}, "geometry"),
        ({"geometry": "x"}, "geometry"),
        ({"radius_m": 50.0}, "radius_m"),
        ({"radius_m": 1e9}, "radius_m"),
        ({"place_id": 10**12}, "place_id"),
        ({"movers": [10**12]}, "movers[0]"),
        ({"movers": [0]}, "movers.0"),
        ({"starts": "25:00"}, "starts"),
        ({"days": "never"}, "days"),
        ({"weekdays": [8]}, "weekdays.0"),
        ({"min_dwell_s": 1801.0}, "min_dwell_s"),
        ({"join_s": -1.0}, "join_s"),
        ({"worst_accuracy_m": 1.0}, "worst_accuracy_m"),
        ({"name": ""}, "name"),
        ({"name": "\x00"}, "name"),
        ({"organisation": "nobody"}, "organisation"),
        ({"edition": 1}, "edition"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(office: Office, change: Json, where: str) -> None:
    answer = office["chief"].ask("POST", FENCES, json=fence_of(**change))
    assert answer.status_code == 400, answer.text
    assert any(where in each["where"] for each in answer.json()["errors"]), answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"{FENCES}/0", f"{FENCES}/x", f"{FENCES}?limit=0", f"{FENCES}?x=1", f"{FENCES}/999999999/visits",
        "/api/fence-visits?before=x",
        "/api/fence-visits?from=yesterday", "/api/fence-visits?limit=1001",
    ],
)  # fmt: skip
def test_hostile_paths_are_refused(office: Office, path: str) -> None:
    assert office["chief"].ask("GET", path).status_code in (400, 404)


def test_who_may_draw_and_who_may_know(office: Office) -> None:
    for name in ("viewer", "analyst", "commander", "field", "roads"):
        assert office[name].ask("POST", FENCES, json=fence_of()).status_code == 403, name
    # A street draws in its own area, for its own people.
    assert office["street 2"].ask("POST", FENCES, json=fence_of()).status_code == 403
    foreign = mover_of(office, GRIDS[-1])
    answer = office["street 1"].ask("POST", FENCES, json=fence_of(movers=[foreign]))
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (400, "movers[0]")
    made = office["street 1"].post(FENCES, fence_of())["id"]
    path = f"{FENCES}/{made}"
    assert office["street 2"].ask("GET", path).status_code == 404
    assert office["street 2"].ask("GET", f"{path}/visits").status_code == 404
    assert office["street 2"].ask("DELETE", path).status_code == 404
    assert office["field"].get(path)["id"] == made
    assert office["field"].ask("PATCH", path, json={"name": "x"}).status_code == 403
    assert office["street 1"].ask("DELETE", path).status_code == 204


def test_who_was_there_is_told_whatever_came_when(office: Office) -> None:
    """A fence drawn before the walk, one drawn after it, fixes in two halves and twice: all the same."""
    mover = mover_of(office)
    first = office["chief"].post(FENCES, fence_of())["id"]
    way = walked(400.0)
    odd = np.arange(len(way)) % 2 == 1
    send(office, mover, way[odd])
    send(office, mover, way[~odd])
    send(office, mover, way)
    after = office["chief"].post(FENCES, fence_of())["id"]
    assert work_off(office) > 0
    send(office, mover, way[:0])
    told = []
    for fence in (first, after):
        (found,) = office["chief"].get(f"{FENCES}/{fence}/visits?mover={mover}")["visits"]
        assert (found["ended"], found["certain"], found["fence"]) == ("left", True, "仓库")
        told.append({**found, "fence_id": 0})
    assert told[0] == told[1]
    since = datetime.fromisoformat(told[0]["since"])
    nine = datetime.fromtimestamp(bounds(YESTERDAY)[0] / 1e6 + 9 * 3600, UTC)
    assert abs((since - nine).total_seconds()) < 60
    both = office["chief"].get(f"/api/fence-visits?mover={mover}&limit=1")
    assert both["visits"][0]["fence_id"] == after
    rest = office["chief"].get(f"/api/fence-visits?mover={mover}&limit=1&before={both['next']}")["visits"]
    assert [each["fence_id"] for each in rest] == [first]
    # The policies: another street knows nothing of it, a viewer nothing at all; the walker the own visits.
    asked = f"/api/fence-visits?mover={mover}&fence={first}"
    assert office["street 2"].get(asked)["visits"] == []
    assert office["viewer"].get(asked)["visits"] == []
    assert len(office["street 1"].get(asked)["visits"]) == 1
    for fence in (first, after):
        path = f"{FENCES}/{fence}"
        assert office["chief"].ask("DELETE", path).status_code == 204
        # Visited ones are retired, and what was said stays.
        assert office["chief"].get(path)["retired_at"] is not None
        assert len(office["chief"].get(f"{path}/visits")["visits"]) == 1


def test_a_fence_that_moves_away_was_not_visited(office: Office) -> None:
    mover = mover_of(office)
    fence = office["chief"].post(FENCES, fence_of())["id"]
    work_off(office)
    send(office, mover, walked(400.0))
    path = f"{FENCES}/{fence}"
    assert len(office["chief"].get(f"{path}/visits")["visits"]) == 1
    office["chief"].ask("PATCH", path, json={"geometry": around(5_000.0)})
    work_off(office)
    send(office, mover, walked(400.0)[:0])
    assert office["chief"].get(f"{path}/visits")["visits"] == []
    assert office["chief"].ask("DELETE", path).status_code == 204


def test_fresh_crossings_are_said_and_late_ones_are_not(office: Office) -> None:
    mover = mover_of(office, GRIDS[1])
    fence = office["chief"].post(FENCES, fence_of(geometry=around(3_000.0)))["id"]
    with connect(office.url, autocommit=True) as ears:
        ears.execute("LISTEN citygrid")
        send(office, mover, _stood(datetime.now(UTC).timestamp() - 7200))
        send(office, mover, _stood(datetime.now(UTC).timestamp() - 60))
        heard = [json.loads(note.payload) for note in ears.notifies(timeout=1)]
    told = [each for each in heard if each.get("kind") == "presence"]
    assert told == [{"kind": "presence", "movers": [mover], "fence": fence, "what": "enter"}]


def _stood(begin_s: float) -> Columns:
    """Stand in the fence far from the street for half a minute."""
    times = np.array([begin_s + second for second in (0, 10, 20, 30)])
    lon = np.full(4, LON + 3_000.0 * DEGREES) + np.arange(4) * 1e-6
    return Columns.of((times * 1e6).astype(np.int64), lon, np.full(4, LAT), accuracy_m=5.0)
