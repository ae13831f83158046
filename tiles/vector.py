"""Vector tiles (MVT) of a layer, made by PostGIS."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from spatial.types import BBox

MAX_ZOOM = 22
EXTENT = 4096
"""Units along a tile's side."""
BUFFER = 64
"""Units beyond each side that still belong to the tile, so that lines and circles are not cut at edges."""
POINTS_FROM_ZOOM = 14
"""From here on a point layer shows single features; below, `tiles.overview` counts them."""

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@dataclass(frozen=True)
class Tile:
    """A tile of WebMercatorQuad (XYZ order, y from the north)."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Tell whether the address lies in the pyramid."""
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    def bounds(self, buffer: int = 0) -> BBox:
        """Give the box in degrees, grown by `buffer` tile units on every side."""
        grow = buffer / EXTENT
        west, east = (_longitude((self.x + edge) / 2**self.z) for edge in (-grow, 1 + grow))
        north, south = (_latitude((self.y + edge) / 2**self.z) for edge in (-grow, 1 + grow))
        return BBox(west, south, east, north)


def layer_tile(connection: Connection[Any], layer: Layer, tile: Tile) -> bytes:
    """Make the tile of a polygon, line or single-point layer; empty bytes where there is nothing.

    Polygons bring a second source layer `<name>_label` with one point a unit.
    """
    parts = [_make(connection, "layer_tile", layer, tile, layer.name)]
    if layer.geometry_type == "polygon":
        parts.append(_make(connection, "label_tile", layer, tile, f"{layer.name}_label"))
    return b"".join(parts)


def _make(connection: Connection[Any], statement: str, layer: Layer, tile: Tile, source_layer: str) -> bytes:
    text = sql.SQL(query("tiles", statement)).format(
        columns=sql.SQL(", ").join(map(quoted, layer.tile_fields)),
        relation=layer.table,
        geom=quoted(layer.geometry_column),
    )
    row = connection.execute(text, {**tile_values(tile), "source_layer": source_layer}).fetchone()
    return bytes(row[0]) if row and row[0] else b""


def tile_values(tile: Tile) -> dict[str, Any]:
    """The bound values that every tile statement takes: address, and the box it reads."""
    box = tile.bounds(BUFFER)
    return {**vars(tile), **box._asdict(), "extent": EXTENT, "buffer": BUFFER}


def _longitude(fraction: float) -> float:
    return max(-180.0, min(180.0, fraction * 360 - 180))


def _latitude(fraction: float) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * max(0.0, min(1.0, fraction))))))
