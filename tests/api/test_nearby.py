"""What is near by streets: against a Dijkstra in plain Python; vehicles where they were last seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from psycopg import sql

from layers.nearby import SILENT_S
from spatial.database import Database, connect, query, session
from spatial.database.notify import notify
from spatial.rights.reader import Reader
from spatial.streets.streets import SPEED_MPS, read
from spatial.types import LngLat
from tests.api.places.town import open_town
from tests.api.planning import Json, Office
from tests.patience import until
from tests.spatial.rights.town import DISTRICT, GRIDS, STREETS, middle
from tests.spatial.streets.test_walking import metres, plain

LON, LAT = middle(GRIDS[1])
STEP = 0.001
SIZE = 9


def corner(x: float, y: float) -> tuple[float, float]:
    return round(LON + x * STEP, 7), round(LAT + y * STEP, 7)


def streets() -> list[Any]:
    """Two quarters on the sides of a river, with one bridge far in the north."""
    lines = []
    for west, east in ((-4, 0), (1, 5)):
        for y in range(SIZE):
            lines += [[corner(x, y), corner(x + 1, y)] for x in range(west, east)]
        for x in range(west, east + 1):
            lines += [[corner(x, y), corner(x, y + 1)] for y in range(SIZE - 1)]
    return [*lines, [corner(0, SIZE - 1), corner(1, SIZE - 1)]]


@pytest.fixture(scope="module")
def office(town_url: str, as_app: Callable[[str], str], home: Path) -> Iterator[Office]:
    with open_town(town_url, as_app(town_url), home) as opened:
        yield opened


@pytest.fixture(scope="module")
def people(office: Office) -> list[tuple[int, tuple[float, float]]]:
    """People at corners of the streets, in an order that says nothing."""
    assert ask(office)["by"] == "straight"
    rng = np.random.default_rng(3)
    spots = [corner(x, y) for x in range(-4, 6) for y in range(SIZE) if (x, y) not in ((0, 0), (1, 0))]
    spots = [spots[place] for place in rng.permutation(len(spots))]
    with connect(office.url) as owner:
        owner.execute("DELETE FROM duty")
        for line in streets():
            owner.execute(
                "INSERT INTO basemap_feature (theme, kind, geom) VALUES ('road', 'residential', %s)",
                [shapely.to_wkb(shapely.LineString(line), hex=True, include_srid=False)],
            )
        owner.execute("UPDATE basemap_feature SET geom = ST_SetSRID(geom, 4326)")
        found = []
        for number, (x, y) in enumerate(spots):
            (key,) = owner.execute(
                "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code, geom, seen_at)"
                " SELECT %s, '张**', '', 'inspector', min(id), %s, ST_SetSRID(ST_MakePoint(%s, %s), 4326),"
                " now() - interval '60 seconds' FROM organisation RETURNING id",
                [f"street {number}", GRIDS[1], x, y],
            ).fetchall()[0]
            found.append((int(key), (x, y)))
        notify(owner, "basemap")
    until(lambda: ask(office)["by"] == "streets")
    return found


def ask(office: Office, who: str = "chief", point: Any = None, **more: Any) -> Json:
    lon, lat = point or corner(0, 0)
    asked = {"lon": lon, "lat": lat, "radius_m": 2000, "kinds": "worker", "limit": 500, **more}
    return office[who].get("/api/nearby", params=asked)


def test_the_order_is_that_of_the_shortest_way(
    office: Office, people: list[tuple[int, tuple[float, float]]]
) -> None:
    ways = {key: plain(streets(), corner(0, 0), spot) for key, spot in people}
    for limit in (1, 5, 17, 500):
        found = [row for row in ask(office, limit=limit)["found"] if row["id"] in ways]
        assert all(row["distance_m"] == pytest.approx(ways[row["id"]], abs=0.1) for row in found)
        nearest = sorted(ways.values())[:limit]
        # A worker of the town itself may stand among them.
        assert [row["distance_m"] for row in found] == pytest.approx(nearest[: len(found)], abs=0.1)
        assert len(found) >= min(limit, len(ways)) - len(GRIDS)
    over_there = next(row for row in ask(office)["found"] if (row["lon"], row["lat"]) == corner(1, 1))
    assert over_there["by"] == "streets"
    assert over_there["straight_m"] < 150
    assert over_there["distance_m"] > 1_500
    assert over_there["minutes"] == pytest.approx(over_there["distance_m"] / SPEED_MPS["foot"] / 60, abs=0.1)


def test_straight_is_as_it_was_for_whoever_asks(
    office: Office, people: list[tuple[int, tuple[float, float]]]
) -> None:
    found = ask(office, by="straight")
    assert found["by"] == "straight"
    spots = dict(people)
    for row in found["found"]:
        assert row["by"] == "straight"
        assert row["distance_m"] == row["straight_m"]
        if row["id"] in spots:
            assert row["distance_m"] == pytest.approx(metres(corner(0, 0), spots[row["id"]]), abs=0.01)
    ring = [corner(-5, -1), corner(6, -1), corner(6, 9), corner(-5, 9), corner(-5, -1)]
    sent = {"area": {"type": "Polygon", "coordinates": [ring]}, "kinds": "worker", "limit": 500}
    sent |= dict(zip(("lon", "lat"), corner(0, 0), strict=True))
    for by in ("streets", "straight"):
        drawn = office["chief"].post("/api/nearby", {**sent, "by": by})
        assert drawn["by"] == by
        assert {row["id"] for row in drawn["found"]} >= set(spots)


def test_whoever_no_street_leads_to_is_as_far_as_straight(
    office: Office, people: list[tuple[int, tuple[float, float]]]
) -> None:
    with connect(office.url) as owner:
        (key,) = owner.execute(
            "UPDATE worker SET geom = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE code = 'street 0'"
            " RETURNING id",
            corner(-12, 0),
        ).fetchall()[0]
    (row,) = [row for row in ask(office)["found"] if row["id"] == key]
    assert (row["by"], row["distance_m"]) == ("straight", row["straight_m"])
    found = [row["distance_m"] for row in ask(office)["found"]]
    assert found == sorted(found)


def test_state_and_age_of_what_was_last_heard(
    office: Office, people: list[tuple[int, tuple[float, float]]]
) -> None:
    workers = [people[place][0] for place in (1, 2, 3, 4)]
    with connect(office.url) as owner:
        for worker, speed, age_s in zip(
            workers, (1.4, 0.0, None, 1.4), (20, 20, 20, SILENT_S + 100), strict=True
        ):
            owner.execute(
                "UPDATE worker SET seen_at = now() - %s * interval '1 second' WHERE id = %s", [age_s, worker]
            )
            owner.execute(
                "INSERT INTO last_position (mover_id, time, mark, lon, lat, speed_mps, flags, received_at)"
                " SELECT m.id, w.seen_at, 0, ST_X(w.geom), ST_Y(w.geom), %s, 0, now()"
                " FROM mover m JOIN worker w ON w.id = m.worker_id WHERE w.id = %s",
                [speed, worker],
            )
    rows = {row["id"]: row for row in ask(office)["found"]}
    assert [rows[each]["state"] for each in workers] == ["moving", "standing", None, "silent"]
    assert [20 <= rows[each]["age_s"] < 60 for each in workers] == [True, True, True, False]
    (never,) = [row for row in ask(office)["found"] if row["id"] not in dict(people)][:1]
    assert (never["state"], never["age_s"], never["seen_at"]) == ("silent", None, None)


@pytest.fixture(scope="module")
def truck(office: Office, people: list[tuple[int, tuple[float, float]]]) -> int:
    """A vehicle that has left its yard by the only road, which is a motorway."""
    yard, seen = corner(0, 0), corner(0, -6)
    with connect(office.url) as owner:
        (key,) = owner.execute(
            "INSERT INTO resource (kind, name, geom, unit_code, source, state) VALUES ('vehicle', '洒水车',"
            " ST_SetSRID(ST_MakePoint(%s, %s), 4326), %s, 'test', 'busy') RETURNING id",
            [*yard, GRIDS[1]],
        ).fetchall()[0]
        owner.execute(
            "INSERT INTO last_position (mover_id, time, mark, lon, lat, speed_mps, flags, received_at)"
            " SELECT id, now(), 0, %s, %s, 8, 0, now() FROM mover WHERE resource_id = %s",
            [*seen, key],
        )
        line = shapely.to_wkb(shapely.LineString([yard, corner(-2, -3), seen]), hex=True)
        owner.execute(
            "INSERT INTO basemap_feature (theme, kind, geom)"
            " VALUES ('road', 'motorway', ST_SetSRID(%s::geometry, 4326))",
            [line],
        )
        notify(owner, "basemap")
    until(lambda: by_car(office)["by"] == "streets")
    return int(key)


def by_car(office: Office, who: str = "chief") -> Json:
    (row,) = ask(office, who, kinds="vehicle")["found"]
    return row


def test_a_vehicle_is_where_it_was_last_seen_for_those_who_may_know(office: Office, truck: int) -> None:
    row = by_car(office)
    way = metres(corner(0, 0), corner(-2, -3)) + metres(corner(-2, -3), corner(0, -6))
    assert (row["id"], row["state"], row["readiness"]) == (truck, "moving", "busy")
    assert (row["lon"], row["lat"]) == pytest.approx(corner(0, -6))
    assert row["distance_m"] == pytest.approx(way, abs=1)
    assert row["minutes"] == pytest.approx(way / SPEED_MPS["car"] / 60, abs=0.1)
    seen = by_car(office, "viewer")
    assert (seen["lon"], seen["lat"], seen["mover_id"], seen["seen_at"]) == (*corner(0, 0), None, None)
    assert ask(office, "street 2", kinds="vehicle")["found"] == []
    drawn = office["chief"].post(
        "/api/nearby", {"area": shapely.geometry.mapping(shapely.box(*corner(-1, -7), *corner(1, -5))),
                        "kinds": "vehicle"},
    )  # fmt: skip
    assert [row["id"] for row in drawn["found"]] == [truck]


def test_nobody_walks_on_a_motorway(office: Office, truck: int) -> None:
    with connect(office.url) as owner:
        roads = read(owner)
    assert roads is not None
    assert len(roads.car.ends) == len(roads.foot.ends) + 1
    here = LngLat(*corner(0, 0))
    lon, lat = np.array([corner(0, -6)]).T
    assert np.isnan(roads.distances(here, lon, lat, [False])).all()
    assert np.isfinite(roads.distances(here, lon, lat, [True])).all()


READERS = (
    Reader(None, "c", "c", "commander"),
    Reader(None, "s", "s", "street_administrator", "area", STREETS[0], (DISTRICT,)),
)


@pytest.fixture(scope="module")
def far_ones(office: Office) -> Iterator[None]:
    """Ten thousand in the city, most of them far away."""
    with connect(office.url) as owner:
        owner.execute(
            "INSERT INTO worker (code, name, phone, role, organisation_id, unit_code, geom)"
            " SELECT 'far' || n, '张**', '', 'inspector', min(o.id), %s,"
            " ST_SetSRID(ST_MakePoint(117 + n * 1e-4, 40), 4326) FROM organisation o,"
            " generate_series(1, 10000) n GROUP BY n",
            [GRIDS[1]],
        )
        owner.execute("ANALYZE worker, mover, last_position")
    yield
    with connect(office.url) as owner:
        owner.execute("DELETE FROM worker WHERE code LIKE 'far%'")


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.reach)
def test_where_people_are_is_found_by_the_index(office: Office, far_ones: None, reader: Reader) -> None:
    west, south, east, north = (*corner(-3, -3), *corner(3, 3))
    values = {
        "lon": LON,
        "lat": LAT,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "lon_m": 85e3,
    }
    values |= {"lat_m": 111e3, "area": None, "on_duty": False, "limit": 41, "radius_m": 300.0}
    values |= {"silent_s": SILENT_S, "moving_mps": 0.5}
    database = Database(office.app_url, pool_size=1)
    database.open()
    try:
        with session(database, reader) as connection:
            statement = sql.SQL("EXPLAIN ") + sql.SQL(query("layers", "nearby_workers"))
            plan = "\n".join(row for (row,) in connection.execute(statement, values))
    finally:
        database.close()
    assert "ix_worker_geom" in plan
    # Nobody goes through all positions, whatever is asked of movers.
    assert "Seq Scan on last_position" not in plan


@pytest.mark.parametrize(("asked", "where"), [("by=car", "by"), ("by=", "by"), ("streets=1", "streets")])
def test_a_wrong_order_is_refused_by_its_field(office: Office, asked: str, where: str) -> None:
    answer = office["chief"].ask("GET", f"/api/nearby?lon=116&lat=39.9&{asked}")
    assert answer.status_code == 400
    assert where in {each["where"].removeprefix("query.") for each in answer.json()["errors"]}
