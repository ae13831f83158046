"""Awkward layers for tiles: every kind of geometry, stored in several systems; and tiles decoded."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
from psycopg import Connection, sql

from layers.catalogue import Field, Layer
from spatial.geometry.tile_matrix import TILE_MATRIX_SETS, Tile, TileMatrixSet
from tiles.drawing import EXTENT

LON, LAT = 116.30, 39.95
SRIDS = (4326, 3857, 4490, 4547)
SETS = list(TILE_MATRIX_SETS.values())

_POINTS = """
SELECT n, ST_SetSRID(ST_MakePoint({lon} + (n % 61 - 30) * 0.0037, {lat} + (n / 61 - 30) * 0.0029), 4326)
FROM generate_series(0, 3720) AS n
"""
_LINES = """
SELECT n, ST_SetSRID(ST_MakeLine(ARRAY[
    ST_MakePoint({lon} + (n % 20 - 10) * 0.01, {lat} + (n / 20 - 10) * 0.01),
    ST_MakePoint({lon} + (n % 20 - 9.7) * 0.01, {lat} + (n / 20 - 9.2) * 0.01),
    ST_MakePoint({lon} + (n % 20 - 7) * 0.01, {lat} + (n / 20 - 9) * 0.01)]), 4326)
FROM generate_series(0, 399) AS n
"""
_AREAS = """
SELECT n, ST_MakeEnvelope({lon} + (n % 20 - 10) * 0.01, {lat} + (n / 20 - 10) * 0.01,
                          {lon} + (n % 20 - 9) * 0.01, {lat} + (n / 20 - 9) * 0.01, 4326)
FROM generate_series(0, 399) AS n
"""
_MIXED = """
SELECT n, CASE n % 4
    WHEN 0 THEN ST_SetSRID(ST_MakePoint({lon} + n * 0.001, {lat}), 4326)
    WHEN 1 THEN ST_Multi(ST_SetSRID(ST_MakePoint({lon} + n * 0.001, {lat}), 4326))
    WHEN 2 THEN ST_Multi(ST_MakeEnvelope({lon} + n * 0.001, {lat}, {lon} + n * 0.001 + 0.002,
                                         {lat} + 0.002, 4326))
    ELSE ST_Force3D(ST_MakeLine(ST_SetSRID(ST_MakePoint({lon}, {lat} + n * 0.001), 4326),
                                ST_SetSRID(ST_MakePoint({lon} + 0.01, {lat} + n * 0.001), 4326)))
END
FROM generate_series(0, 39) AS n
"""
_ROWS = {"point": _POINTS, "line": _LINES, "polygon": _AREAS, "geometry": _MIXED}


def make_layer(connection: Connection[Any], kind: str, srid: int = 4326, name: str = "f%o'u\"nd") -> Layer:
    """Make a table of one kind of geometry; its names are as hostile as names may be."""
    table = f"tiles_{kind}_{srid}"
    connection.execute(
        sql.SQL(
            "CREATE TABLE {table} AS SELECT n::int AS id, 'no ' || n AS {name}, n % 2 = 0 AS even,"
            " NULL::text AS none, timestamptz '2026-01-01 00:00+00' + n * interval '1 hour' AS at,"
            " ST_Transform(g, {srid}) AS {geom}"
            " FROM ({rows}) AS r (n, g)"
        ).format(
            table=sql.Identifier(table), name=sql.Identifier(name), geom=sql.Identifier("the geom%"),
            srid=sql.Literal(srid), rows=sql.SQL(_ROWS[kind].format(lon=LON, lat=LAT)),
        )
    )  # fmt: skip
    connection.execute(
        sql.SQL("CREATE INDEX ON {} USING gist ({})").format(
            sql.Identifier(table), sql.Identifier("the geom%")
        )
    )
    return layer_of(table, kind, srid, name)


def layer_of(table: str, kind: str, srid: int = 4326, name: str = "f%o'u\"nd") -> Layer:
    """Describe such a table."""
    fields = (
        Field("id", "integer", "id", "id"), Field(name, "string", name, name),
        Field("even", "boolean", "even", "even"), Field("none", "string", "none", "none"),
        Field("at", "date-time", "at", "at"),
    )  # fmt: skip
    return Layer(
        name=table, title=table, title_en=table, description="", relation=table, id_column="id",
        geometry_column="the geom%", geometry_type=kind, time_column="at", fields=fields,
        tile_fields=(name, "even", "none"), min_zoom=0, srid=srid, sources=(f"city.{table}",),
    )  # fmt: skip


def decoded(tile: bytes, name: str) -> list[dict[str, Any]]:
    """List the features of a source layer."""
    return mapbox_vector_tile.decode(tile).get(name, {"features": []})["features"] if tile else []


def ids(tile: bytes, name: str) -> set[int]:
    """Name the features of a source layer by their numbers."""
    return {each["id"] for each in decoded(tile, name)}


def truth(connection: Connection[Any], layer: Layer, tile: Tile, grow: float) -> set[int]:
    """Name the features that PostGIS finds in a tile grown by a part of its side, in its own system."""
    left, bottom, right, top = tile.box()
    more = (right - left) * grow
    rows = connection.execute(
        sql.SQL(
            "SELECT id FROM {} WHERE ST_Intersects(ST_Transform({}, {}), ST_MakeEnvelope(%s, %s, %s, %s, {}))"
        ).format(
            layer.table,
            sql.Identifier("the geom%%"),
            sql.Literal(tile.matrix.srid),
            sql.Literal(tile.matrix.srid),
        ),
        [left - more, bottom - more, right + more, top + more],
    ).fetchall()
    return {number for (number,) in rows}


def around(zoom: int, matrix: TileMatrixSet, reach: int = 1) -> list[Tile]:
    """List the tiles around the middle of the layers."""
    from spatial.geometry.tile_matrix import tile_at

    middle = tile_at(LON, LAT, zoom, matrix)
    return [
        Tile(zoom, middle.x + dx, middle.y + dy, matrix)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
    ]


def positions(feature: dict[str, Any]) -> list[tuple[float, float]]:
    """List all vertices, y downwards as tiles have them."""
    found: list[tuple[float, float]] = []

    def walk(part: Any) -> None:
        if isinstance(part[0], int | float):
            found.append((part[0], EXTENT - part[1]))
        else:
            for each in part:
                walk(each)

    walk(feature["geometry"]["coordinates"])
    return found
