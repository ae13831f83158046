"""The platform's own offline base map: water, green, buildings, roads and rail as vector tiles."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from spatial.database import query
from tiles.drawing import BUFFER, EXTENT
from tiles.vector import Tile

NAME = "basemap"


def basemap_tile(connection: Connection[Any], tile: Tile) -> bytes:
    """Make the tile with one source layer a theme; empty bytes where there is nothing."""
    box = tile.bounds(BUFFER / EXTENT)
    values = {"z": tile.z, "x": tile.x, "y": tile.y, **box._asdict(), "extent": EXTENT, "buffer": BUFFER}
    row = connection.execute(query("tiles", "basemap_tile"), values).fetchone()
    return bytes(row[0]) if row and row[0] else b""
