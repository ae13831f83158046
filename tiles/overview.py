"""Point layers seen from afar: counts by cell, so that no tile carries a city's worth of points."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, sql

from layers.catalogue import Layer
from spatial.database import query, quoted
from tiles.vector import Tile, tile_values

CELLS = 6
"""Cells along a tile's side: 85 pixels each on a 512-pixel tile, room for a circle with its number."""


def overview_tile(connection: Connection[Any], layer: Layer, tile: Tile) -> bytes:
    """Make the tile of counted cells; the point of a cell is the mean of its features.

    Cells are those of the tile matrix, so a feature is counted once at each zoom and neighbours never
    disagree. Empty bytes where there is nothing.
    """
    box = tile.bounds()
    text = sql.SQL(query("tiles", "overview_tile")).format(
        relation=layer.table, geom=quoted(layer.geometry_column)
    )
    values = {**tile_values(tile), **box._asdict(), "cells": CELLS, "source_layer": layer.name}
    row = connection.execute(text, values).fetchone()
    return bytes(row[0]) if row and row[0] else b""
