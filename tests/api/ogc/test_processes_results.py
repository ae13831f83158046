"""What processes calculate of the demo city, against PostGIS, plain NumPy and the other doors."""

from __future__ import annotations

import csv
import io
import json
import warnings
from typing import Any

import h3
import httpx
import numpy as np
import pytest
import shapely
from owslib.ogcapi.processes import Processes
from owslib.util import Authentication
from psycopg import Connection, sql
from pyproj import Geod

from tests.servers import LiveServer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from esda.getisord import G_Local
    from libpysal.weights import W

STATES = "state IN ('dispatched', 'accepted')"
GEOD = Geod(ellps="WGS84")


def run(client: httpx.Client, name: str, **inputs: Any) -> Any:
    answer = client.post(f"/ogc/processes/{name}/execution", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text[:1000]
    return answer.json()


def figures(found: Any) -> dict[str, dict[str, Any]]:
    return {each["id"]: each["properties"] for each in found["features"]}


@pytest.fixture(scope="module")
def points(city_url: str) -> np.ndarray:
    from spatial.database import connect

    with connect(city_url) as owner:
        return np.array(owner.execute("SELECT ST_X(geom), ST_Y(geom) FROM events").fetchall())


def test_locate_answers_as_the_door_of_locate(client: httpx.Client, points: np.ndarray) -> None:
    for sent in (
        {"points": points[:300].tolist()},
        {"points": points[:5].tolist(), "datum": "gcj02", "at": None, "category": "01001"},
        {"points": [[0.0, 0.0]]},
        {"points": []},
    ):
        wanted = client.post("/api/grids/locate", json=sent).json()
        assert run(client, "locate", **sent) == wanted
    assert len(wanted["assignments"]) == 0


@pytest.mark.parametrize(("level", "table"), [("grid", "grids"), ("street", "streets")])
def test_sums_are_those_of_postgis(
    client: httpx.Client, city: Connection[Any], level: str, table: str
) -> None:
    """A point on a border, or a little outside, has one unit for locate, and none or two for PostGIS."""
    found = run(client, "aggregate-by-grid", layer="places", level=level, attribute="risk_level")
    rows = city.execute(
        sql.SQL(
            "SELECT u.code, u.name, count(p.id), sum(p.risk_level), avg(p.risk_level)::float8,"
            " ST_AsGeoJSON(u.geom)"
            " FROM {} AS u LEFT JOIN places AS p ON ST_Contains(u.geom, p.geom) GROUP BY 1, 2, u.geom"
        ).format(sql.Identifier(table))
    ).fetchall()
    got = figures(found)
    assert set(got) == {row[0] for row in rows}
    same = 0
    for code, name, count, total, mean, _ in rows:
        each = got[code]
        assert each["name"] == name
        if each["count"] == count:
            same += 1
            assert each["sum"] == (total or 0)
            assert each["mean"] is None if mean is None else each["mean"] == pytest.approx(mean, abs=1e-6)
    assert same >= 0.98 * len(rows)
    total = city.execute("SELECT count(*) FROM places").fetchone()[0]
    facts = found["facts"]
    assert facts["counted"] + facts["in_no_unit"] == total
    assert facts["counted"] == sum(each["count"] for each in got.values())
    shapes = {row[0]: shapely.from_geojson(row[5]) for row in rows}
    for feature in found["features"][:20]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.equals_exact(shapes[feature["id"]], 1e-9)


def test_every_point_is_counted_where_locate_puts_it(client: httpx.Client, points: np.ndarray) -> None:
    located = client.post("/api/grids/locate", json={"points": points.tolist()}).json()["assignments"]
    wanted: dict[str, int] = {}
    for each in located:
        if each["code"]:
            wanted[each["code"]] = wanted.get(each["code"], 0) + 1
    found = run(client, "aggregate-by-grid", layer="events", empty=False)
    assert {code: each["count"] for code, each in figures(found).items()} == wanted


def test_filter_and_time_choose_the_features(client: httpx.Client, city: Connection[Any]) -> None:
    middle = city.execute(
        "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY occurred_at) FROM events"
    ).fetchone()
    until = middle[0].isoformat()
    wanted = city.execute(
        "SELECT count(*) FROM events WHERE state IN ('dispatched', 'accepted') AND occurred_at <= %s", middle
    ).fetchone()[0]
    tree = {"op": "in", "args": [{"property": "state"}, ["dispatched", "accepted"]]}
    for given in (STATES, tree):
        facts = run(client, "aggregate-by-grid", layer="events", filter=given, datetime=f"../{until}")[
            "facts"
        ]
        assert facts["counted"] + facts["in_no_unit"] == wanted


def test_areas_and_lines_are_counted_where_a_point_on_them_lies(client: httpx.Client) -> None:
    found = figures(run(client, "aggregate-by-grid", layer="grids", level="street"))
    grids = client.get("/ogc/collections/grids/items?limit=10000&skipGeometry=true").json()["features"]
    for code, each in found.items():
        assert each["count"] == sum(feature["id"].startswith(code) for feature in grids)


@pytest.mark.parametrize("given", [{"resolution": 9}, {"cells": "square", "side_m": 400.0}])
def test_the_heat_of_a_cell_is_the_sum_over_all_points(
    client: httpx.Client, points: np.ndarray, given: dict[str, Any]
) -> None:
    found = run(client, "heatmap", layer="events", bandwidth_m=600, **given)
    features = found["features"]
    counts = np.array([each["properties"]["count"] for each in features])
    assert counts.sum() == len(points) == found["facts"]["counted"]
    if "resolution" in given:
        wanted: dict[str, int] = {}
        for lon, lat in points.tolist():
            cell = h3.latlng_to_cell(lat, lon, 9)
            wanted[cell] = wanted.get(cell, 0) + 1
        assert {
            each["id"]: each["properties"]["count"] for each in features if each["properties"]["count"]
        } == (wanted)
        middles = np.array([h3.cell_to_latlng(each["id"])[::-1] for each in features])
    else:
        shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in features])
        middles = shapely.get_coordinates(shapely.centroid(shapes))
        inside = shapely.STRtree(shapes).query(shapely.points(points), "intersects")
        assert len(inside[0]) >= len(points)
    for index in range(0, len(features), max(1, len(features) // 25)):
        lon, lat = np.broadcast_to(middles[index], points.shape).T
        _, _, metres = GEOD.inv(lon, lat, *points.T)
        near = metres[metres < 600]
        density = ((1 - (near / 600) ** 2) ** 2).sum() * 3 / (np.pi * 0.36)
        assert features[index]["properties"]["density"] == pytest.approx(density, rel=2e-3, abs=1e-3)


def test_a_heat_map_of_nothing_is_empty(client: httpx.Client) -> None:
    found = run(client, "heatmap", layer="events", filter="state = 'no such'")
    assert found["features"] == []
    assert found["facts"]["counted"] == 0


def test_hot_grids_are_those_of_esda(client: httpx.Client) -> None:
    found = run(client, "hot-spots", layer="events", level="grid")["features"]
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in found])
    tree = shapely.STRtree(shapes)
    pairs = tree.query(shapes, "intersects")
    neighbours: dict[int, list[int]] = {index: [] for index in range(len(shapes))}
    for a, b in pairs.T.tolist():
        if a != b:
            neighbours[a].append(b)
    count = np.array([each["properties"]["count"] for each in found], float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = G_Local(
            count, W(neighbours, silence_warnings=True), transform="B", star=True, permutations=0
        )
    z = np.array([each["properties"]["z"] for each in found])
    np.testing.assert_allclose(z, wanted.Zs, atol=2e-6)
    assert [each["properties"]["neighbours"] for each in found] == [len(each) for each in neighbours.values()]
    assert {each["properties"]["class"] for each in found} <= {-3, -2, -1, 0, 1, 2, 3}


@pytest.mark.parametrize("given", [{"by": "hexagon", "resolution": 8}, {"by": "square", "side_m": 700}])
def test_cells_are_compared_within_the_city(
    client: httpx.Client, city: Connection[Any], points: np.ndarray, given: dict[str, Any]
) -> None:
    found = run(client, "hot-spots", layer="events", **given)
    outline = shapely.from_wkb(
        city.execute("SELECT ST_AsBinary(ST_Union(geom)) FROM districts").fetchone()[0]
    )
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in found["features"]])
    middles = shapely.centroid(shapes)
    assert (shapely.distance(middles, outline) < 1e-3).all()
    assert found["facts"]["counted"] + found["facts"]["outside"] == len(points)
    assert found["facts"]["places"] == len(shapes)
    index = shapely.STRtree(shapely.buffer(shapes, 1e-7))
    touching = np.bincount(index.query(shapely.buffer(shapes, 1e-7), "intersects")[0]) - 1
    assert touching.tolist() == [each["properties"]["neighbours"] for each in found["features"]]


def test_a_table_holds_the_same_as_the_features(client: httpx.Client) -> None:
    asked = {"inputs": {"layer": "events", "level": "street"}}
    features = run(client, "hot-spots", **asked["inputs"])["features"]
    form = {"places": {"format": {"mediaType": "text/csv"}}}
    answer = client.post("/ogc/processes/hot-spots/execution", json={**asked, "outputs": form})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows == [{key: str(value) for key, value in each["properties"].items()} for each in features]


def test_what_is_too_fine_is_refused_and_says_what_helps(client: httpx.Client) -> None:
    for name, inputs in (
        ("heatmap", {"layer": "events", "resolution": 12, "bandwidth_m": 300}),
        ("hot-spots", {"layer": "events", "by": "square", "side_m": 10}),
    ):
        answer = client.post(f"/ogc/processes/{name}/execution", json={"inputs": inputs})
        assert answer.status_code == 400
        (problem,) = answer.json()["errors"]
        assert problem["where"] in ("inputs.cells", "inputs.by")
        assert "respond-async" in problem["reason"]


def test_owslib_lists_describes_and_runs(live_server: LiveServer) -> None:
    auth = Authentication(username=live_server.username, password=live_server.token)
    client = Processes(f"{live_server.url}/ogc", auth=auth)
    assert "heatmap" in [each["id"] for each in client.processes()]
    described = client.process("datum-shift")
    found = client.execute("datum-shift", described["example"]["inputs"])
    assert found["shifted"]["mediaType"] == "application/json"
    raw = client.execute("datum-shift", described["example"]["inputs"], response="raw")
    assert raw == found["shifted"]["value"]
