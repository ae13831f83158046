"""Geometries of a filter meet the layer in its own system, by its index; checked against Shapely and Geod."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from psycopg import sql
from pyproj import Geod

from layers.filters import compile_filter, parse
from layers.filters.reach import around
from spatial.errors import InvalidInput
from spatial.geometry.crs import CRS84, SHIFTED, parse_crs
from spatial.geometry.datum import convert
from tests.layers.filters.conftest import make_layer

ROWS = 100_000
POINTS = shapely.points(np.random.default_rng(4).uniform((112.5, 30.0), (115.5, 33.0), (ROWS, 2)))
FIELDS = {"fid": "integer", "name": "string", "at": "date-time", "day": "date", "size": "number"}
LAYER = make_layer("many", FIELDS, geometry_type="point")
SRIDS = [4326, 4490, 3857, 4547, 2434]
"""Stored as degrees, and as metres east of a meridian; the last one is none of our table."""


@pytest.fixture(scope="module")
def many(desk):
    """Points all over a region, in a table of each reference system, indexed as tables are."""
    for srid in SRIDS:
        name = sql.Identifier(LAYER.relation if srid == 4326 else f"many_{srid}")
        desk.execute(
            sql.SQL(
                "CREATE TABLE {} AS SELECT fid::int, 'n' || fid AS name,"
                " '2026-01-01T00:00:00Z'::timestamptz + fid * interval '1 minute' AS at,"
                " '2026-01-01'::date + mod(fid, 1000)::int AS day, fid / 8.0::float8 AS size,"
                " ST_Transform(ST_SetSRID(ST_MakePoint(x, y), 4326), {})::geometry AS geom"
                " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS points (x, y, fid)"
            ).format(name, sql.Literal(srid)),
            [shapely.get_x(POINTS).tolist(), shapely.get_y(POINTS).tolist()],
        )
        for column in (
            "gist (geom)",
            "btree (fid)",
            "btree (name text_pattern_ops)",
            "btree (at)",
            "btree (day)",
            "btree (size)",
        ):
            kind, what = column.split(" ", 1)
            desk.execute(sql.SQL("CREATE INDEX ON {} USING {} {}").format(name, sql.SQL(kind), sql.SQL(what)))
        desk.execute(sql.SQL("ANALYZE {}").format(name))


def stored(srid: int):
    return LAYER if srid == 4326 else replace(LAYER, relation=f"many_{srid}", srid=srid)


REGION = shapely.Polygon([(113, 30.5), (114.7, 31), (114.2, 32.4), (113.4, 31.2)])


@pytest.mark.parametrize("srid", SRIDS)
def test_a_polygon_finds_the_same_points_in_every_system(many, count, srid) -> None:
    found = count(stored(srid), parse(f"S_WITHIN(geometry, {REGION.wkt})"))
    expected = int(shapely.within(POINTS, REGION).sum())
    # An edge that is straight in degrees is bent in metres: cut into parts, it strays by less than 25 m.
    assert abs(found - expected) <= (0 if srid in (4326, 4490) else 5)
    assert count(stored(srid), parse(f"S_DISJOINT({REGION.wkt}, geom)")) == ROWS - found


@pytest.mark.parametrize("srid", SRIDS)
@pytest.mark.parametrize("name", ["CRS84", "EPSG:4326", "EPSG:4490", "EPSG:3857", "EPSG:4547"])
def test_filters_are_read_in_their_system_and_its_axis_order(many, count, srid, name) -> None:
    crs = parse_crs(name)
    west, south, east, north = 113.0, 30.5, 113.2, 30.7
    if not crs.in_degrees:
        corners = shapely.transform(shapely.points([[west, south], [east, north]]), into(crs))
        (west, south), (east, north) = shapely.get_coordinates(corners)
    numbers = (south, west, north, east) if crs.northing_first else (west, south, east, north)
    expected = shapely.box(113.0, 30.5, 113.2, 30.7)
    found = count(
        stored(srid), parse(f"S_INTERSECTS(geometry, BBOX({','.join(map(repr, map(float, numbers)))}))"), crs
    )
    margin = 0 if crs.in_degrees and srid in (4326, 4490) else 12
    assert abs(found - int(shapely.intersects(POINTS, expected).sum())) <= margin
    assert found > 400


@pytest.mark.parametrize("srid", [4326, 4547])
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_filters_on_a_shifted_datum_are_brought_back(many, count, srid, datum) -> None:
    """Half a metre round a point, where that datum has it: the shift is hundreds of metres."""
    lon, lat = shapely.get_coordinates(POINTS[5])[0]
    (x,), (y,) = convert(np.array([lon]), np.array([lat]), "wgs84", datum)
    filter_ = parse(f"S_DWITHIN(geometry, POINT({float(x)!r} {float(y)!r}), 0.5) AND fid = 6")
    assert count(stored(srid), filter_, SHIFTED[datum]) == 1
    assert count(stored(srid), filter_) == 0
    box = parse(f"S_INTERSECTS(geometry, BBOX({x - 1e-5},{y - 1e-5},{x + 1e-5},{y + 1e-5})) AND fid = 6")
    assert (count(stored(srid), box, SHIFTED[datum]), count(stored(srid), box)) == (1, 0)


def into(crs):
    from pyproj import Transformer

    transformer = Transformer.from_crs(4326, crs.srid, always_xy=True)
    return lambda points: np.stack(transformer.transform(points[:, 0], points[:, 1]), axis=-1)


@pytest.mark.parametrize("srid", SRIDS)
def test_the_whole_world_is_no_error_in_any_projection(many, count, srid) -> None:
    assert count(stored(srid), parse("S_INTERSECTS(geometry, BBOX(-180,-90,180,90))")) == ROWS
    assert count(stored(srid), parse("S_WITHIN(geometry, BBOX(-180,-90,180,90))")) == ROWS
    assert count(stored(srid), parse("S_INTERSECTS(geometry, POINT(-70 -30))")) == 0


@pytest.mark.parametrize("srid", SRIDS)
@pytest.mark.parametrize("metres", [0, 500, 20_000.5])
def test_distances_are_those_of_the_ellipsoid(many, count, srid, metres) -> None:
    x, y = shapely.get_x(POINTS), shapely.get_y(POINTS)
    away = Geod(ellps="WGS84").inv(x, y, np.full(ROWS, 114.01), np.full(ROWS, 31.02))[2]
    near = count(stored(srid), parse(f"S_DWITHIN(geometry, POINT(114.01 31.02), {metres})"))
    assert near == int((away <= metres).sum())
    assert near == count(stored(srid), parse(f"S_DISTANCE(POINT(114.01 31.02), geometry) <= {metres}"))


@pytest.mark.parametrize("lon", [-180.0, -179.9, 0.0, 179.99, 180.0])
@pytest.mark.parametrize("lat", [-90.0, -89.5, -60.0, 0.0, 75.0, 89.99])
@pytest.mark.parametrize("metres", [10.0, 50_000.0, 2_000_000.0])
def test_nothing_near_lies_outside_the_boxes_for_the_index(lon, lat, metres) -> None:
    azimuths = np.arange(0.0, 360.0, 1.0)
    size = azimuths.size
    ends = Geod(ellps="WGS84").fwd(np.full(size, lon), np.full(size, lat), azimuths, np.full(size, metres))
    boxes = shapely.union_all(around(shapely.Point(lon, lat), metres))
    assert shapely.intersects(shapely.points(ends[0], ends[1]), boxes.buffer(1e-9)).all()


def test_a_box_across_the_antimeridian_has_two_halves(desk, count) -> None:
    desk.execute(
        "CREATE TABLE ocean AS SELECT ST_SetSRID(ST_MakePoint(lon, 0), 4326) AS geom"
        " FROM generate_series(-180, 180, 10) AS lon"
    )
    ocean = make_layer("ocean", {})
    across = parse("S_INTERSECTS(geometry, BBOX(165,-10,-165,10))")
    assert count(ocean, across) == 4
    assert count(ocean, parse("S_INTERSECTS(geometry, BBOX(-10,165,10,-165))"), parse_crs("EPSG:4326")) == 4
    assert count(ocean, parse("S_DISJOINT(geometry, BBOX(165,-10,-165,10))")) == 37 - 4
    assert count(ocean, parse("S_DWITHIN(geometry, POINT(179 0), 1300000)")) == 4
    assert count(ocean, parse("S_INTERSECTS(geometry, BBOX(10,0,10,0))")) == 1
    assert count(ocean, parse("S_INTERSECTS(geometry, BBOX(10,-5,10,5))")) == 1
    metres = replace(ocean, srid=3857)
    assert len(compile_filter(across, metres).values) == 3


def test_a_box_across_nothing_is_an_error_in_metres() -> None:
    with pytest.raises(InvalidInput, match="to the right"):
        compile_filter(parse("S_INTERSECTS(geometry, BBOX(2,0,1,1))"), LAYER, parse_crs(3857))


def test_heights_and_a_layer_without_system_are_taken_as_they_are(count, desk) -> None:
    desk.execute("CREATE TABLE drawing AS SELECT ST_MakePoint(5, 5)::geometry AS geom")
    drawing = make_layer("drawing", {}, srid=0)
    assert count(drawing, parse("S_WITHIN(geometry, POLYGON Z((0 0 1, 9 0 1, 9 9 1, 0 9 1, 0 0 1)))")) == 1
    assert count(drawing, parse("S_WITHIN(geometry, BBOX(0,0,-5,9,9,5))")) == 1
    with pytest.raises(InvalidInput, match="no reference system"):
        compile_filter(parse("S_DWITHIN(geometry, POINT(0 0), 5)"), drawing)


def plan_of(desk, layer, text: str) -> str:
    condition = compile_filter(parse(text), layer, CRS84)
    statement = sql.SQL("EXPLAIN SELECT * FROM {} WHERE {}").format(
        sql.Identifier(layer.relation), condition.text
    )
    return "\n".join(row[0] for row in desk.execute(statement, condition.values).fetchall())


INDEXED = {
    "S_INTERSECTS(geometry, BBOX(113,30.5,113.05,30.55))": "geom_idx",
    "S_WITHIN(geometry, POLYGON((113 31,113.1 31,113 31.1,113 31)))": "geom_idx",
    "S_INTERSECTS(POINT(113 31), geometry)": "geom_idx",
    "S_INTERSECTS(geometry, BBOX(179,0,-179,1))": "geom_idx",
    "S_DWITHIN(geometry, POINT(113 31), 500)": "geom_idx",
    "S_DWITHIN(geometry, POINT(113 31), 500) = TRUE": "geom_idx",
    "fid = 17": "fid_idx",
    "fid IN (1, 2, 17)": "fid_idx",
    f"fid IN ({','.join(map(str, range(90)))})": "fid_idx",
    "fid BETWEEN 17 AND 20": "fid_idx",
    "name = 'n17'": "name_idx",
    "name IN ('n17', 'n18')": "name_idx",
    "name LIKE 'n1700%'": "name_idx",
    "at = DATE('2026-01-03')": "at_idx",
    "T_DURING(INTERVAL(at, at), INTERVAL('2026-01-03T00:00:00Z', '2026-01-03T01:00:00Z'))": "at_idx",
    "size = 2.5": "size_idx",
    "size BETWEEN 1 AND 2.5": "size_idx",
    "size IN (1, 2.5)": "size_idx",
    "day = DATE('2026-01-03')": "day_idx",
    "T_INTERSECTS(day, INTERVAL('2026-01-03', '2026-01-04'))": "day_idx",
}


@pytest.mark.parametrize("text", INDEXED)
def test_filters_go_by_the_index(many, desk, text) -> None:
    assert f"many_{INDEXED[text]}" in plan_of(desk, LAYER, text)


def test_long_lists_are_hashed(many, desk, count) -> None:
    numbers = f"({','.join(map(str, range(9_000)))})"
    assert count(LAYER, parse(f"fid IN {numbers}")) == 8_999
    assert count(LAYER, parse(f"fid NOT IN {numbers}")) == ROWS - 8_999
    assert "hashed SubPlan" in plan_of(desk, LAYER, f"fid NOT IN {numbers}")
    names = ",".join(f"'n{number}'" for number in range(9_000))
    assert count(LAYER, parse(f"name IN ({names})")) == 8_999


@pytest.mark.parametrize("srid", SRIDS[1:])
@pytest.mark.parametrize("text", [text for text, index in INDEXED.items() if index == "geom_idx"])
def test_spatial_filters_go_by_the_index_in_every_system(many, desk, srid, text) -> None:
    plan = plan_of(desk, stored(srid), text)
    assert f"many_{srid}_geom_idx" in plan or "Result" in plan
