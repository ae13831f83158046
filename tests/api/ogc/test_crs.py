"""Reference systems: what is written agrees with pyproj, and boxes find what brute force finds, in each."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import httpx
import numpy as np
import pyproj
import pytest
import shapely
from shapely.geometry import shape

from api.ogc.app import ogc_app
from spatial.database import Database
from spatial.geometry.crs import CRS_TABLE, SHIFTED, Crs
from spatial.geometry.datum import convert
from tests.api.ogc.conftest import as_reader, run_sql, serving

MAKE = """
CREATE TABLE frame_points (id int PRIMARY KEY, geom geometry(PointZ, 4326));
INSERT INTO frame_points
SELECT n, ST_SetSRID(ST_MakePoint(116 + n % 20 * 0.01 + n * 1e-5, 39.9 + n / 20 * 0.01 + n * 1e-5, n), 4326)
FROM generate_series(0, 399) AS n;
INSERT INTO frame_points VALUES (1000, NULL);
CREATE TABLE frame_shapes (id int PRIMARY KEY, geom geometry(Geometry, 4490));
INSERT INTO frame_shapes
SELECT n, ST_SetSRID(CASE n % 3
          WHEN 0 THEN ST_Buffer(ST_Point(116 + n % 10 * 0.02, 39.9 + n / 10 * 0.02), 0.006, 2)
          WHEN 1 THEN ST_MakeLine(ST_Point(116 + n % 10 * 0.02, 39.9 + n / 10 * 0.02),
                                  ST_Point(116.01 + n % 10 * 0.02, 39.93 + n / 10 * 0.02))
          ELSE ST_Collect(ST_Point(116 + n % 10 * 0.02, 39.9 + n / 10 * 0.02), ST_Point(116.1, 40)) END, 4490)
FROM generate_series(0, 99) AS n;
INSERT INTO frame_shapes VALUES (200, ST_GeomFromText(
    'CURVEPOLYGON(CIRCULARSTRING(116 40, 116.1 40.1, 116.2 40, 116.1 39.9, 116 40))', 4490));
CREATE TABLE frame_zone (id int PRIMARY KEY, geom geometry(Point, 4548));
INSERT INTO frame_zone
SELECT n, ST_SetSRID(ST_MakePoint(430000 + n % 20 * 700 + n, 4417000 + n / 20 * 900 + n), 4548)
FROM generate_series(0, 399) AS n;
CREATE TABLE frame_globe (id int PRIMARY KEY, geom geometry(Point, 4326));
INSERT INTO frame_globe
SELECT row_number() OVER (), ST_Point(x, y, 4326)
FROM generate_series(-180, 180, 7.5) AS x, generate_series(-90, 90, 7.5) AS y;
INSERT INTO layer (name, title, title_en, description, kind, relation, id_column, geometry_column,
                   geometry_type, fields, tile_fields, position, srid)
VALUES ('frame_points', '', '', '', 'table', 'frame_points', 'id', 'geom', 'point', '[]', '[]', 960, 4326),
       ('frame_shapes', '', '', '', 'table', 'frame_shapes', 'id', 'geom', 'geometry', '[]', '[]', 961, 4490),
       ('frame_zone', '', '', '', 'table', 'frame_zone', 'id', 'geom', 'point', '[]', '[]', 962, 4548),
       ('frame_globe', '', '', '', 'table', 'frame_globe', 'id', 'geom', 'point', '[]', '[]', 963, 4326);
GRANT SELECT ON frame_points, frame_shapes, frame_zone, frame_globe TO citygrid_city, citygrid_system;
"""
AWAY = """
DELETE FROM layer WHERE name LIKE 'frame%';
DROP TABLE IF EXISTS frame_points, frame_shapes, frame_zone, frame_globe
"""
LAYERS = ("frame_points", "frame_shapes", "frame_zone")
KNOWN = [CRS_TABLE[f"EPSG:{code}"] for code in (4326, 3857, 4490, 4547, 4548, 4549)]
ALL = [CRS_TABLE["CRS84"], *KNOWN, *SHIFTED.values()]
BY_NAME = {"argvalues": ALL, "ids": [crs.name for crs in ALL]}


@pytest.fixture(scope="module")
def client(postgis_url: str, as_app: Callable[[str], str]) -> Iterator[httpx.Client]:
    run_sql(postgis_url, AWAY)
    run_sql(postgis_url, MAKE)
    pool = Database(as_app(postgis_url), pool_size=6)
    pool.open()
    with serving(as_reader(ogc_app(pool))) as served:
        yield served
    pool.close()
    run_sql(postgis_url, AWAY)


@pytest.fixture(scope="module")
def stored(postgis_url: str, client: httpx.Client) -> dict[str, dict[str, Any]]:
    """The geometries in longitude and latitude, read past our code: layer → identifier → shape."""
    from spatial.database import connect

    found: dict[str, dict[str, Any]] = {}
    with connect(postgis_url) as owner:
        for name in (*LAYERS, "frame_globe"):
            rows = owner.execute(
                f"SELECT id::text, ST_AsBinary(ST_CurveToLine(geom)), ST_SRID(geom) FROM {name}".encode()  # noqa: S608
            ).fetchall()
            found[name] = {
                key: None if wkb is None else moved(shapely.from_wkb(wkb), srid, 4326)
                for key, wkb, srid in rows
            }
    return found


@cache
def transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def moved(geometry: Any, source: int, target: int) -> Any:
    """Transform by pyproj itself."""
    if source == target or {source, target} == {4326, 4490}:
        return geometry
    through = transformer(source, target)

    def move(points: Any) -> Any:
        points = points.copy()
        points[:, 0], points[:, 1] = through.transform(points[:, 0], points[:, 1])
        return points

    return shapely.transform(geometry, move, include_z=bool(geometry.has_z))


def truth(geometry: Any, crs: Crs) -> Any:
    """What a geometry in longitude and latitude is in a system, x before y."""
    if not crs.is_shifted:
        return moved(geometry, 4326, crs.srid)

    def move(points: Any) -> Any:
        points = points.copy()
        points[:, 0], points[:, 1] = convert(points[:, 0], points[:, 1], "wgs84", crs.datum)
        return points

    return shapely.transform(geometry, move, include_z=bool(geometry.has_z))


def read(client: httpx.Client, layer: str, **parameters: Any) -> httpx.Response:
    answer = client.get(f"/ogc/collections/{layer}/items", params={"limit": 1000, **parameters})
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("crs", **BY_NAME)
def test_coordinates_agree_with_pyproj_in_order_and_digits(
    client: httpx.Client, stored: dict[str, Any], layer: str, crs: Crs
) -> None:
    answer = read(client, layer, crs=crs.uri)
    assert answer.headers["content-crs"] == f"<{crs.uri}>"
    features = answer.json()["features"]
    assert len(features) == len(stored[layer])
    tolerance = 2e-9 if crs.in_degrees else 2e-4
    for feature in features:
        expected = stored[layer][feature["id"]]
        if expected is None:
            assert feature["geometry"] is None
            continue
        # RFC 7946, 3.1.6: outer rings run counter-clockwise.
        expected = shapely.orient_polygons(truth(expected, crs))
        found = shapely.get_coordinates(shape(feature["geometry"]), include_z=True)
        points = shapely.get_coordinates(expected, include_z=True)
        if crs.northing_first:
            points = points[:, [1, 0, 2]]
        assert shape(feature["geometry"]).geom_type == expected.geom_type
        np.testing.assert_allclose(found, points, atol=tolerance, rtol=0, equal_nan=True)
    one = client.get(f"/ogc/collections/{layer}/items/{features[7]['id']}", params={"crs": crs.uri})
    assert one.headers["content-crs"] == f"<{crs.uri}>"
    assert one.json()["geometry"] == features[7]["geometry"]


def boxes(crs: Crs, of: list[Any], seed: int) -> Iterator[tuple[float, float, float, float]]:
    """Boxes among the features, one that holds everything, and some whose edge runs through a vertex."""
    points = np.concatenate([shapely.get_coordinates(truth(each, crs)) for each in of])
    low, high = points.min(axis=0), points.max(axis=0)
    random.seed(seed)
    for _ in range(12):
        xs = sorted(random.uniform(low[0], high[0]) for _ in range(2))
        ys = sorted(random.uniform(low[1], high[1]) for _ in range(2))
        yield xs[0], ys[0], xs[1], ys[1]
    span = high - low
    yield tuple(map(float, (*(low - span), *(high + span))))  # type: ignore[misc]
    yield tuple(map(float, (*(high + span), *(high + 2 * span))))  # type: ignore[misc]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("crs", **BY_NAME)
def test_boxes_find_what_brute_force_finds(
    client: httpx.Client, stored: dict[str, Any], layer: str, crs: Crs
) -> None:
    shapes = {key: truth(each, crs) for key, each in stored[layer].items() if each is not None}
    near = 1e-8 if crs.in_degrees else 1e-3
    for x0, y0, x1, y1 in boxes(crs, [each for each in stored[layer].values() if each is not None], 7):
        written = (y0, x0, y1, x1) if crs.northing_first else (x0, y0, x1, y1)
        query = {
            "bbox": ",".join(repr(float(each)) for each in written),
            "bbox-crs": crs.uri,
            "skipGeometry": "true",
        }
        found = {each["id"] for each in read(client, layer, **query).json()["features"]}
        surely = {
            key for key, each in shapes.items() if each.intersects(shapely.box(x0, y0, x1, y1).buffer(-near))
        }
        maybe = {
            key for key, each in shapes.items() if each.intersects(shapely.box(x0, y0, x1, y1).buffer(near))
        }
        assert surely <= found <= maybe
        assert len(maybe - surely) < 3


@pytest.mark.parametrize(
    "spelling",
    [
        "http://www.opengis.net/def/crs/EPSG/0/4548", "<http://www.opengis.net/def/crs/EPSG/0/4548>",
        "https://www.opengis.net/def/crs/EPSG/0/4548", "http://www.opengis.net/def/crs/EPSG/9.9.1/4548",
        "urn:ogc:def:crs:EPSG::4548", "<urn:ogc:def:crs:EPSG:9.9:4548>",
    ],
)  # fmt: skip
def test_systems_are_understood_however_they_are_spelled(client: httpx.Client, spelling: str) -> None:
    answer = read(client, "frame_points", crs=spelling)
    assert answer.headers["content-crs"] == "<http://www.opengis.net/def/crs/EPSG/0/4548>"


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
@pytest.mark.parametrize(
    "spelling",
    ["4326", "EPSG:4326", "http://www.opengis.net/def/crs/EPSG/0/2154", "urn:citygrid:crs:mars", ""],
)
def test_other_systems_are_refused_by_name(client: httpx.Client, name: str, spelling: str) -> None:
    answer = client.get("/ogc/collections/frame_points/items", params={name: spelling})
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == [name]


def test_axes_come_as_the_system_has_them(client: httpx.Client) -> None:
    def first(crs: str, layer: str = "frame_points") -> list[float]:
        return read(client, layer, crs=crs, limit=1).json()["features"][0]["geometry"]["coordinates"]

    assert first("http://www.opengis.net/def/crs/OGC/1.3/CRS84") == [116, 39.9, 0]
    assert first("http://www.opengis.net/def/crs/EPSG/0/4326") == [39.9, 116, 0]
    assert first("http://www.opengis.net/def/crs/EPSG/0/4548", "frame_zone") == [4417000, 430000]


def test_six_numbers_are_a_box_with_heights_in_any_system(client: httpx.Client) -> None:
    flat = read(client, "frame_points", bbox="39.9,116,39.95,116.05", **{"bbox-crs": KNOWN[0].uri}).json()
    high = read(
        client, "frame_points", bbox="39.9,116,-9,39.95,116.05,9", **{"bbox-crs": KNOWN[0].uri}
    ).json()
    assert flat["numberMatched"] > 0
    assert [each["id"] for each in flat["features"]] == [each["id"] for each in high["features"]]


@pytest.mark.parametrize(
    ("bbox", "inside"),
    [
        ("170,-10,-170,10", lambda x, y: (x >= 170 or x <= -170) and -10 <= y <= 10),
        ("177,65,-177,70", lambda x, y: (x >= 177 or x <= -177) and 65 <= y <= 70),
        ("-180,85,180,90", lambda x, y: y >= 85),
        ("-180,-90,180,-85", lambda x, y: y <= -85),
        ("180,-90,-180,90", lambda x, y: abs(x) == 180),
        ("-180,-90,180,90", lambda x, y: True),
    ],
)
def test_the_antimeridian_and_the_poles(
    client: httpx.Client, stored: dict[str, Any], bbox: str, inside: Callable[[float, float], bool]
) -> None:
    expected = {key for key, each in stored["frame_globe"].items() if inside(each.x, each.y)}
    for crs in (CRS_TABLE["CRS84"], CRS_TABLE["EPSG:4326"]):
        west, south, east, north = bbox.split(",")
        written = f"{south},{west},{north},{east}" if crs.northing_first else bbox
        found = read(client, "frame_globe", bbox=written, limit=5000, **{"bbox-crs": crs.uri}).json()
        assert {each["id"] for each in found["features"]} == expected


def test_the_whole_of_web_mercator_is_a_box(client: httpx.Client, stored: dict[str, Any]) -> None:
    edge = "20037508.342789244"
    found = read(
        client, "frame_globe", bbox=f"-{edge},-{edge},{edge},{edge}", limit=5000, **{"bbox-crs": KNOWN[1].uri}
    )
    expected = {key for key, each in stored["frame_globe"].items() if abs(each.y) < 85.0511}
    assert {each["id"] for each in found.json()["features"]} == expected


def test_what_a_system_cannot_express_is_400(client: httpx.Client) -> None:
    answer = client.get("/ogc/collections/frame_globe/items", params={"crs": KNOWN[4].uri, "limit": 5000})
    assert answer.status_code == 400
    assert [each["where"] for each in answer.json()["errors"]] == ["crs"]


@pytest.mark.parametrize(
    ("bbox", "crs"), [("5,9,6,1", "EPSG:3857"), ("9,5,1,6", "EPSG:3857"), ("45,9,40,1", "EPSG:4326")]
)
def test_a_box_the_wrong_way_round_is_refused(client: httpx.Client, bbox: str, crs: str) -> None:
    answer = client.get(
        "/ogc/collections/frame_points/items", params={"bbox": bbox, "bbox-crs": CRS_TABLE[crs].uri}
    )
    assert [each["where"] for each in answer.json()["errors"]] == ["bbox"]
