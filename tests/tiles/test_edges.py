"""Tiles against PostGIS: every kind of geometry, stored in several systems, in every tile matrix set."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from psycopg import Connection, sql

from spatial.errors import InvalidInput
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import Tile, TileMatrixSet, tile_at
from spatial.types import BBox
from tests.tiles.shapes import LAT, LON, SETS, SRIDS, around, decoded, ids, make_layer, positions, truth
from tiles.drawing import BUFFER, EXTENT
from tiles.rows import Variant, stored_box
from tiles.vector import MOST_BYTES, layer_tile, make_tile

UNIT = 1 / EXTENT


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
@pytest.mark.parametrize("srid", SRIDS)
@pytest.mark.parametrize("kind", ["point", "line", "polygon"])
def test_a_tile_holds_what_postgis_finds_in_it_and_in_its_buffer(
    postgis: Connection[Any], kind: str, srid: int, matrix: TileMatrixSet
) -> None:
    layer = make_layer(postgis, kind, srid)
    for tile in around(14 + matrix.first, matrix):
        found = ids(make_tile(postgis, layer, tile), layer.name)
        # A unit of slack on both sides: tiles are written in whole units.
        assert truth(postgis, layer, tile, BUFFER * UNIT - 2 * UNIT) <= found
        assert found <= truth(postgis, layer, tile, BUFFER * UNIT + 2 * UNIT)


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
@pytest.mark.parametrize("srid", SRIDS)
def test_a_point_lies_where_it_stands(postgis: Connection[Any], srid: int, matrix: TileMatrixSet) -> None:
    layer = make_layer(postgis, "point", srid)
    tile = tile_at(LON, LAT, 15, matrix)
    drawn = decoded(make_tile(postgis, layer, tile), layer.name)
    assert drawn
    for feature in drawn:
        ((x, y),) = positions(feature)
        lon, lat = postgis.execute(
            sql.SQL(
                "SELECT ST_X(g), ST_Y(g) FROM (SELECT ST_Transform({}, 4326) AS g FROM {} WHERE id = %s) AS f"
            ).format(sql.Identifier("the geom%%"), layer.table),
            [feature["id"]],
        ).fetchone()
        across, down = tile.place(lon, lat)
        assert (x, y) == pytest.approx((across * EXTENT, down * EXTENT), abs=1.01)


@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
def test_neighbours_agree_at_their_border(postgis: Connection[Any], matrix: TileMatrixSet) -> None:
    layer = make_layer(postgis, "polygon")
    middle = tile_at(LON, LAT, 13, matrix)
    west, east = middle, Tile(13, middle.x + 1, middle.y, matrix)
    here, there = (
        {each["id"]: each for each in decoded(make_tile(postgis, layer, tile), layer.name)}
        for tile in (west, east)
    )
    shared = set(here) & set(there)
    assert shared
    for number in shared:
        left = {(x - EXTENT, y) for x, y in positions(here[number]) if -BUFFER < x - EXTENT < BUFFER}
        right = {(x, y) for x, y in positions(there[number]) if -BUFFER < x < BUFFER}
        assert left == right


@pytest.mark.parametrize("srid", SRIDS)
def test_mixed_geometries_are_all_there(postgis: Connection[Any], srid: int) -> None:
    layer = make_layer(postgis, "geometry", srid)
    for zoom in (9, 14):
        kinds = {}
        for tile in around(zoom, SETS[0], 2 if zoom == 9 else 3):
            for each in decoded(make_tile(postgis, layer, tile), layer.name):
                kinds[each["id"]] = each["geometry"]["type"]
        assert {number % 4 for number in kinds} == {0, 1, 2, 3}
        if zoom == 14:
            assert set(kinds) == set(range(40))
            assert {kinds[number] for number in range(0, 40, 4)} == {"Point"}


def test_attributes_and_numbers(postgis: Connection[Any]) -> None:
    layer = make_layer(postgis, "point")
    tile = tile_at(LON, LAT, 15)
    for variant in (Variant(), Variant("gcj02")):
        for each in decoded(make_tile(postgis, layer, tile, variant), layer.name):
            assert each["properties"] == {"f%o'u\"nd": f"no {each['id']}", "even": each["id"] % 2 == 0}
    chosen = make_tile(postgis, layer, tile, Variant(fields=("even", "at")))
    assert {frozenset(each["properties"]) for each in decoded(chosen, layer.name)} == {
        frozenset({"even", "at"})
    }


def test_times_select(postgis: Connection[Any]) -> None:
    from datetime import UTC, datetime, timedelta

    layer, start = make_layer(postgis, "point"), datetime(2026, 1, 1, tzinfo=UTC)
    near = tile_at(LON, LAT, 14)
    everything = ids(make_tile(postgis, layer, near), layer.name)
    some = Variant(since=start + timedelta(hours=1800), until=start + timedelta(hours=1870))
    assert ids(make_tile(postgis, layer, near, some), layer.name) == {
        number for number in everything if 1800 <= number <= 1870
    }
    far = decoded(make_tile(postgis, layer, Tile(0, 0, 0), some), layer.name)
    assert sum(each["properties"]["count"] for each in far) == 71


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
@pytest.mark.parametrize("kind", ["point", "polygon"])
def test_a_shifted_tile_shows_what_is_there_after_the_shift(
    postgis: Connection[Any], kind: str, matrix: TileMatrixSet, datum: str
) -> None:
    layer = make_layer(postgis, kind)
    rows = postgis.execute(
        sql.SQL("SELECT id, ST_AsBinary({}) FROM {}").format(sql.Identifier("the geom%%"), layer.table), []
    ).fetchall()

    def move(points: Any) -> Any:
        return np.stack(convert(points[:, 0], points[:, 1], "wgs84", datum), axis=-1)

    shapes = shapely.transform(shapely.from_wkb([bytes(shape) for _, shape in rows]), move)
    for tile in around(14 + matrix.first, matrix):
        found = ids(make_tile(postgis, layer, tile, Variant(datum)), layer.name)
        boxes = [shapely.box(*tile.bounds((BUFFER + slack) * UNIT)) for slack in (-2, 2)]
        least, most = ({rows[n][0] for n in np.flatnonzero(shapely.intersects(shapes, box))} for box in boxes)
        assert least <= found <= most


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("matrix", SETS, ids=lambda each: each.name)
@pytest.mark.parametrize("zoom", [1, 4, 9, 11, 13])
def test_counts_add_up_in_every_form(
    postgis: Connection[Any], matrix: TileMatrixSet, datum: str, zoom: int
) -> None:
    layer = make_layer(postgis, "point", 4547)
    middle = tile_at(LON, LAT, zoom, matrix)
    reach = math.ceil(0.15 / (360 / 2**middle.detail)) + 1
    columns, rows = matrix.size(zoom)
    total = sum(
        each["properties"]["count"]
        for x in range(max(0, middle.x - reach), min(columns, middle.x + reach + 1))
        for y in range(max(0, middle.y - reach), min(rows, middle.y + reach + 1))
        for each in decoded(make_tile(postgis, layer, Tile(zoom, x, y, matrix), Variant(datum)), layer.name)
        if "count" in each["properties"] or zoom < 13
    )
    if middle.detail < 14:
        assert total == 3721


def test_a_crowd_is_counted_and_the_lone_stay_themselves(postgis: Connection[Any]) -> None:
    layer = make_layer(postgis, "point")
    postgis.execute(
        sql.SQL(
            "INSERT INTO {} SELECT 10000 + n, 'crowd', true, NULL, now(),"
            " ST_SetSRID(ST_MakePoint(%s + n %% 50 * 1e-6, %s), 4326)"
            " FROM generate_series(1, 9000) AS n"
        ).format(layer.table),
        [LON + 0.0005, LAT + 0.0005],
    )
    tile = tile_at(LON, LAT, 15)
    inside = len(truth(postgis, layer, tile, 0.0))
    for variant in (Variant(), Variant("gcj02")):
        here = (
            tile
            if variant.datum == "wgs84"
            else tile_at(*(float(each[0]) for each in convert([LON], [LAT], "wgs84", "gcj02")), 15)
        )
        drawn = make_tile(postgis, layer, here, variant)
        assert len(drawn) <= MOST_BYTES
        counted = [each["properties"].get("count", 1) for each in decoded(drawn, layer.name)]
        assert sum(counted) == pytest.approx(inside, abs=0 if variant.datum == "wgs84" else 20)
        lone = [each for each in decoded(drawn, layer.name) if "count" not in each["properties"]]
        assert lone
        assert all(each["properties"]["f%o'u\"nd"] == f"no {each['id']}" for each in lone)


def test_shapes_that_do_not_fit_lose_the_smallest_first(postgis: Connection[Any]) -> None:
    layer = make_layer(postgis, "polygon")
    postgis.execute(
        sql.SQL(
            "INSERT INTO {} SELECT 10000 + n, 'small ' || n || repeat('x', 40), true, NULL, now(),"
            " ST_Expand(ST_SetSRID(ST_MakePoint(%s + n %% 100 * 1e-4, %s + n / 100 * 1e-4), 4326), 2e-5)"
            " FROM generate_series(1, 9999) AS n"
        ).format(layer.table),
        [LON, LAT],
    )
    for zoom in (8, 12, 14):
        tile = tile_at(LON + 0.005, LAT + 0.005, zoom)
        drawn = make_tile(postgis, layer, tile)
        assert len(drawn) <= MOST_BYTES
        large = {number for number in truth(postgis, layer, tile, 0.0) if number < 10000}
        assert large <= ids(drawn, layer.name)


def test_areas_that_touch_leave_no_gap_from_afar(postgis: Connection[Any]) -> None:
    """Neighbours that share vertices move them alike, however coarse the tile is."""
    postgis.execute(
        "CREATE TABLE cells AS SELECT row_number() OVER ()::int AS id, (d).geom AS geom FROM ("
        " SELECT ST_Dump(ST_VoronoiPolygons("
        "ST_GeneratePoints(ST_MakeEnvelope(116.2, 39.9, 116.4, 40.0, 4326), 400, 5))) AS d) AS v"
    )
    layer = make_layer(postgis, "polygon")
    layer = type(layer)(
        **{**vars(layer), "name": "cells", "relation": "cells", "geometry_column": "geom", "tile_fields": ()}
    )
    tile = tile_at(116.3, 39.95, 9)
    shapes = [
        shapely.geometry.shape(each["geometry"]) for each in decoded(make_tile(postgis, layer, tile), "cells")
    ]
    whole = shapely.union_all(shapely.make_valid(shapes))
    # A sliver between neighbours, closed by growing half a unit, would show as area that appears.
    holes = sum(
        shapely.Polygon(ring).area
        for part in shapely.get_parts(whole)
        for ring in getattr(part, "interiors", ())
    )
    assert holes <= 0.0005 * whole.area


def test_web_mercator_ends_before_the_poles(postgis: Connection[Any]) -> None:
    postgis.execute(
        "CREATE TABLE caps AS SELECT 1 AS id, ST_MakeEnvelope(-180, -90, 180, -60, 4326) AS geom UNION ALL"
        " SELECT 2, ST_SetSRID(ST_MakeLine(ST_MakePoint(0, 0), ST_MakePoint(0, 90)), 4326)"
    )
    layer = make_layer(postgis, "geometry")
    layer = type(layer)(
        **{**vars(layer), "name": "caps", "relation": "caps", "geometry_column": "geom", "tile_fields": ()}
    )
    for matrix in SETS:
        found = set()
        for column in range(matrix.size(matrix.first)[0]):
            found |= ids(make_tile(postgis, layer, Tile(matrix.first, column, 0, matrix)), "caps")
        assert found == {1, 2}


def test_boxes_in_a_projected_system_follow_the_edges() -> None:
    box = stored_box(4547, BBox(116.0, 39.0, 118.0, 40.0))
    # The middle of the south edge lies further south than its corners.
    from pyproj import Transformer

    corner = Transformer.from_crs(4326, 4547, always_xy=True).transform(118.0, 39.0)
    middle = Transformer.from_crs(4326, 4547, always_xy=True).transform(117.0, 39.0)
    assert middle[1] != pytest.approx(corner[1], abs=1.0)
    assert box.south <= min(middle[1], corner[1])
    assert stored_box(4547, BBox(-180.0, -85.0, 180.0, 85.0)) is None
    assert stored_box(4326, BBox(1, 2, 3, 4)) == (1, 2, 3, 4)


def test_a_tile_far_from_everything_is_empty(postgis: Connection[Any]) -> None:
    for kind in ("point", "line", "polygon", "geometry"):
        for srid in SRIDS:
            layer = make_layer(postgis, kind, srid)
            for zoom in (3, 14):
                far = tile_at(-60.0, -20.0, zoom)
                assert make_tile(postgis, layer, far) == b""
                assert layer_tile(postgis, layer, far, Variant("gcj02")) == b""


def test_an_unknown_datum_is_refused() -> None:
    with pytest.raises(InvalidInput):
        convert([1.0], [1.0], "wgs84", "mars")
