"""Vector tiles, decoded: nothing is cut at edges, nothing is counted twice, nothing is lost."""

from __future__ import annotations

from itertools import product

import mapbox_vector_tile
import numpy as np
import pytest

from layers import catalogue
from spatial.geometry.tile_matrix import tile_at
from tiles.basemap import basemap_tile
from tiles.overview import overview_tile
from tiles.vector import BUFFER, EXTENT, Tile, layer_tile

CITY = (116.10, 39.88, 116.42, 40.10)


def tiles_of_city(z: int) -> list[Tile]:
    west, south, east, north = CITY
    first, last = tile_at(west, north, z), tile_at(east, south, z)
    return [Tile(z, x, y) for x, y in product(range(first.x, last.x + 1), range(first.y, last.y + 1))]


def decode(tile: bytes) -> dict:
    return mapbox_vector_tile.decode(tile) if tile else {}


@pytest.mark.parametrize(
    ("tile", "expected"),
    [
        (Tile(0, 0, 0), (-180, -85.0511287798066, 180, 85.0511287798066)),
        (Tile(10, 843, 387), (116.3671875, 39.90973623453718, 116.71875, 40.17887331434696)),
    ],
)
def test_bounds_are_those_of_web_mercator(tile: Tile, expected) -> None:
    assert tile.bounds() == pytest.approx(expected, abs=1e-9)


def test_the_buffer_stays_on_the_globe() -> None:
    assert Tile(0, 0, 0).bounds(BUFFER / EXTENT) == pytest.approx((-180, -85.0511, 180, 85.0511), abs=1e-3)


@pytest.mark.parametrize("tile", [Tile(23, 0, 0), Tile(3, 8, 0), Tile(3, 0, 8), Tile(0, 1, 0)])
def test_addresses_outside_the_pyramid_do_not_exist(tile: Tile) -> None:
    assert not tile.exists


@pytest.mark.parametrize("z", [8, 10, 12, 13])
def test_every_event_is_counted_exactly_once_at_every_zoom(city, z: int) -> None:
    layer = catalogue.layer(city, "events")
    total = sum(
        feature["properties"]["count"]
        for tile in tiles_of_city(z)
        for feature in decode(overview_tile(city, layer, tile)).get("events", {"features": []})["features"]
    )
    assert total == city.execute("SELECT count(*) FROM event").fetchone()[0]


def test_a_unit_is_labelled_in_exactly_one_tile(city) -> None:
    layer = catalogue.layer(city, "grids")
    labels = [
        feature["properties"]["code"]
        for tile in tiles_of_city(13)
        for feature in decode(layer_tile(city, layer, tile)).get("grids_label", {"features": []})["features"]
    ]
    assert sorted(labels) == [code for (code,) in city.execute("SELECT code FROM grids ORDER BY code")]


def test_polygons_reach_beyond_the_edge_so_that_no_border_is_drawn_there(city) -> None:
    layer = catalogue.layer(city, "grids")
    tile = tile_at(116.33, 39.99, 14)
    grids = decode(layer_tile(city, layer, tile))["grids"]
    assert grids["extent"] == EXTENT
    reach = [
        coordinate
        for feature in grids["features"]
        for ring in _rings(feature["geometry"])
        for position in ring
        for coordinate in position
    ]
    assert min(reach) == -BUFFER
    assert max(reach) == EXTENT + BUFFER


def _rings(geometry: dict) -> list:
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for part in parts for ring in part]


def test_a_tile_holds_the_grids_that_postgis_finds_there(city) -> None:
    layer = catalogue.layer(city, "grids")
    tile = tile_at(116.33, 39.99, 15)
    found = {f["properties"]["code"] for f in decode(layer_tile(city, layer, tile))["grids"]["features"]}
    west, south, east, north = tile.bounds()
    inside = city.execute(
        "SELECT code FROM grids WHERE ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, 4326))",
        [west, south, east, north],
    ).fetchall()
    assert {code for (code,) in inside} <= found


def test_single_events_carry_what_the_map_shows(city) -> None:
    layer = catalogue.layer(city, "events")
    lon, lat = city.execute("SELECT ST_X(geom), ST_Y(geom) FROM event ORDER BY id LIMIT 1").fetchone()
    events = decode(layer_tile(city, layer, tile_at(lon, lat, 16)))["events"]["features"]
    assert {"id", "category", "state", "title", "generated"} <= set(events[0]["properties"])
    assert all(each["id"] == each["properties"]["id"] for each in events)


def test_the_base_map_has_its_themes(city) -> None:
    themes = set(decode(basemap_tile(city, tile_at(116.33, 40.0, 14))))
    assert {"road", "building", "green", "water", "rail"} <= themes
    assert basemap_tile(city, Tile(14, 0, 0)) == b""


def test_the_index_answers_a_tile(city) -> None:
    plan = city.execute(
        "EXPLAIN SELECT code FROM grids WHERE geom && ST_MakeEnvelope(116.3, 39.98, 116.301, 39.981, 4326)"
    ).fetchall()
    assert "ix_unit_version" in str(plan)


def test_the_index_answers_what_is_counted_beforehand(city) -> None:
    from spatial.database import query

    values = {"source": "city.event", "level": 13, "x0": 40400, "x1": 40420, "y0": 18600, "y1": 18620}
    plan = city.execute("EXPLAIN " + query("tiles", "counts"), values).fetchall()
    assert "ix_layer_count_source_level_x_y" in str(plan)


def test_the_index_answers_readers_of_an_area(database, city) -> None:
    """A function beside `&&` would not be leakproof, and every row of the area would be read."""
    from psycopg import sql

    from spatial.database import query, quoted, session
    from spatial.rights.reader import Reader
    from tiles.rows import stored_points

    layer = catalogue.layer(city, "events")
    street = Reader(None, "s", "s", "street_administrator", reach="area", area="110108")
    text = sql.SQL("EXPLAIN " + query("tiles", "lone")).format(
        identifier=quoted("id"),
        relation=layer.table,
        geometry=quoted("geom"),
        point=quoted("geom"),
        only=layer.only,
    )
    lon, lat = np.array([116.3]), np.array([39.98])
    values = {"boxes": stored_points(4326, lon, lat), "lon": [116.3], "lat": [39.98]}
    with session(database, street) as connection:
        connection.execute(query("tiles", "settings"))
        plan = str(connection.execute(text, values).fetchall())
    assert "Index Scan using ix_event_geom" in plan
