"""Everything that is near, by distance: what brute force finds, and no more than one may see."""

from __future__ import annotations

import math

import pytest
import shapely

from layers.nearby import KINDS, _circles, around, within
from spatial.database import connect
from spatial.geometry.crs import geodesic_m
from spatial.geometry.datum import convert
from spatial.types import LngLat
from tests.api.places.town import at, square, wrong
from tests.api.planning import Office
from tests.spatial.rights.town import GRIDS, middle

EVERYTHING = {
    "worker": "SELECT id, ST_X(geom), ST_Y(geom) FROM worker",
    "place": "SELECT id, ST_X(geom), ST_Y(geom) FROM place",
    "component": "SELECT id, ST_X(geom), ST_Y(geom) FROM component",
}

RESOURCES = "SELECT id, ST_X(geom), ST_Y(geom) FROM resource WHERE kind = %s AND area IS NULL"


def brute(office: Office, kind: str, lon: float, lat: float, radius_m: float) -> set[int]:
    """Measure to everything of a kind, in Python."""
    rows = office.rows(EVERYTHING[kind]) if kind in EVERYTHING else office.rows(RESOURCES, kind)
    return {key for key, x, y in rows if float(geodesic_m(lon, lat, x, y)[0]) <= radius_m}


@pytest.mark.parametrize("radius_m", [1, 300, 900, 1_500, 20_000])
def test_what_is_near_is_what_brute_force_finds(office: Office, radius_m: float) -> None:
    lon, lat = middle(GRIDS[1])
    lon, lat = lon + 0.0007, lat - 0.0003
    found = office["chief"].get(
        "/api/nearby", params={"lon": lon, "lat": lat, "radius_m": radius_m, "limit": 500}
    )
    distances = [each["distance_m"] for each in found["found"]]
    assert distances == sorted(distances)
    areas = {key for (key,) in office.rows("SELECT id FROM resource WHERE area IS NOT NULL")}
    for kind in KINDS:
        seen = {each["id"] for each in found["found"] if each["kind"] == kind}
        drawn = set() if kind in EVERYTHING else areas
        assert seen - drawn == brute(office, kind, lon, lat, radius_m), kind
    for each in found["found"]:
        if each["kind"] != "component":
            continue
        away = float(geodesic_m(lon, lat, each["lon"], each["lat"])[0])
        assert each["distance_m"] == pytest.approx(away, abs=1e-3)
    assert found["cut_off"] == []


def test_what_is_drawn_is_as_near_as_its_area(office: Office) -> None:
    made = office["chief"].post(
        "/api/places",
        {"kind": "market", "name": "大", "risk_level": 3, **at(GRIDS[2]), "area": square(GRIDS[2], 0.003)},
    )
    x, y = middle(GRIDS[2])
    inside = f"/api/nearby?lon={x + 0.002}&lat={y}&radius_m=50&kinds=place&limit=1"
    assert [(each["id"], each["distance_m"]) for each in office["chief"].get(inside)["found"]] == [
        (made["id"], 0)
    ]
    beside = f"/api/nearby?lon={x + 0.0035}&lat={y}&radius_m=60&kinds=place"
    (found,) = office["chief"].get(beside)["found"]
    away_m = float(geodesic_m(x + 0.003, y, x + 0.0035, y)[0])
    assert (found["id"], found["distance_m"]) == (made["id"], pytest.approx(away_m, abs=0.01))
    office["chief"].ask("DELETE", f"/api/places/{made['id']}")


def test_so_many_of_each_kind_are_the_nearest(office: Office) -> None:
    lon, lat = middle(GRIDS[1])
    whole = office["chief"].get(
        f"/api/nearby?lon={lon}&lat={lat}&radius_m=20000&kinds=component,worker&limit=500"
    )
    some = office["chief"].get(
        f"/api/nearby?lon={lon}&lat={lat}&radius_m=20000&kinds=component,worker&limit=3"
    )
    for kind in ("component", "worker"):
        pick = [each["id"] for each in whole["found"] if each["kind"] == kind][:3]
        assert [each["id"] for each in some["found"] if each["kind"] == kind] == pick
    assert some["cut_off"] == ["component", "worker"]


def test_only_the_circle_that_holds_enough_is_read(town_url: str) -> None:
    """Half a city lies within 20 km: what is far is not measured, nor read."""
    lon, lat = middle(GRIDS[1])
    here = LngLat(lon, lat)
    with connect(town_url) as owner:
        for step in range(3000):
            # A place of its own for each: a spiral over ten kilometres.
            x, y = lon + 3e-5 * step * math.cos(step), lat + 3e-5 * step * math.sin(step)
            owner.execute(
                "INSERT INTO component (class_code, code, name, geom, state, source)"
                " SELECT class_code, 'spiral' || %s, 'spiral', ST_SetSRID(ST_MakePoint(%s, %s), 4326), state,"
                " source FROM component WHERE name <> 'spiral' LIMIT 1",
                [step, x, y],
            )
        owner.execute("ANALYZE component")
        rows = owner.execute("SELECT id, ST_X(geom), ST_Y(geom) FROM component").fetchall()
        away = sorted((float(geodesic_m(lon, lat, x, y)[0]), key) for key, x, y in rows)
        box = shapely.box(lon - 0.05, lat - 0.05, lon + 0.01, lat + 0.01)
        inside = {key for key, x, y in rows if box.intersects(shapely.Point(x, y))}
        for limit in (1, 20, 300):
            found = around(owner, here, 20_000.0, ["component"], limit)
            assert [each["id"] for each in found.found] == [key for _, key in away[:limit]]
            drawn = within(owner, box, here, ["component"], limit)
            wanted = [key for _, key in away if key in inside][:limit]
            assert [each["id"] for each in drawn.found] == wanted
        far = LngLat(lon + 0.04, lat)
        beyond = within(owner, shapely.box(lon - 0.02, lat - 0.02, lon, lat), far, ["component"], 5)
        off = sorted(
            (float(geodesic_m(*far, x, y)[0]), key)
            for key, x, y in rows
            if lon - 0.02 <= x <= lon and lat - 0.02 <= y <= lat
        )
        assert [each["id"] for each in beyond.found] == [key for _, key in off[:5]]
        owner.rollback()


def test_circles_grow_to_what_is_asked_and_no_further() -> None:
    asked = {"lon": 116.0, "lat": 40.0, "west": 115.9, "south": 39.9, "east": 116.1, "north": 40.1}
    radii = [each["radius_m"] for each in _circles({**asked, "radius_m": 3_000.0})]
    assert radii == [100.0, 500.0, 2_500.0]
    circles = list(_circles({**asked, "radius_m": None, "west": 116.05}))
    assert [each["radius_m"] for each in circles] == [12_500.0]
    assert circles[0]["west"] == 116.05


def test_who_may_see_less_finds_less(office: Office) -> None:
    lon, lat = middle(GRIDS[3])
    ask = f"/api/nearby?lon={lon}&lat={lat}&radius_m=20000&limit=500"
    chief = office["chief"].get(ask)["found"]
    street = office["street 1"].get(ask)["found"]
    assert {each["unit_code"] for each in street} == set(GRIDS[:4])
    assert {each["unit_code"] for each in chief} >= set(GRIDS)
    assert [each for each in office["viewer"].get(ask)["found"] if each["kind"] == "worker"] == []
    people = [each for each in street if each["kind"] == "worker"]
    assert {each["name"] for each in people} == {"张**"}


def test_a_datum_and_an_area_are_read(office: Office) -> None:
    lon, lat = middle(GRIDS[2])
    (x,), (y,) = convert([lon], [lat], "wgs84", "gcj02")
    here = office["chief"].get(f"/api/nearby?lon={x}&lat={y}&datum=gcj02&radius_m=5&kinds=component")
    assert [each["unit_code"] for each in here["found"]] == [GRIDS[2]]
    drawn = office["chief"].post("/api/nearby", {"area": square(GRIDS[2]), "kinds": "component,worker"})
    assert {each["unit_code"] for each in drawn["found"]} == {GRIDS[2]}
    assert {each["kind"] for each in drawn["found"]} == {"component", "worker"}
    assert drawn["found"][0]["distance_m"] < 1


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("lon=116&radius_m=5", "lat"), ("lon=116&lat=95", "lat"),
        ("lon=116&lat=39&radius_m=20001", "radius_m"),
        ("lon=116&lat=39&radius_m=0", "radius_m"), ("lon=116&lat=39&kinds=dragon", "kinds"),
        ("lon=nan&lat=39", "lon"), ("lon=116&lat=39&limit=501", "limit"), ("lon=116&lat=39&datum=x", "datum"),
    ],
)  # fmt: skip
def test_a_wrong_scan_is_refused_by_its_field(office: Office, query: str, where: str) -> None:
    found = wrong(office["chief"].ask("GET", f"/api/nearby?{query}"))
    assert where in {each.removeprefix("query.") for each in found}


def test_an_area_as_large_as_a_province_is_refused(office: Office) -> None:
    ring = [[115.0, 39.0], [117.0, 39.0], [117.0, 41.0], [115.0, 41.0], [115.0, 39.0]]
    sent = {"area": {"type": "Polygon", "coordinates": [ring]}}
    assert wrong(office["chief"].ask("POST", "/api/nearby", json=sent)) == {"area"}
    bow = {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3], ring[0]]]}
    assert wrong(office["chief"].ask("POST", "/api/nearby", json={"area": bow})) == {"area"}
