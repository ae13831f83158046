"""The platform's own offline base map: water, green, buildings, roads and rail as vector tiles."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from spatial.database import query
from tiles.vector import Tile, tile_values

NAME = "basemap"


def basemap_tile(connection: Connection[Any], tile: Tile) -> bytes:
    """Make the tile with one source layer a theme; empty bytes where there is nothing."""
    row = connection.execute(query("tiles", "basemap_tile"), tile_values(tile)).fetchone()
    return bytes(row[0]) if row and row[0] else b""
