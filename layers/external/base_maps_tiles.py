"""Tiles of base maps in Web Mercator, of any datum, laid so that WGS-84 data lies right on them.

A platform in GCJ-02 cuts its tiles in GCJ-02: what stands at a place of its picture stands some 500 m beside
it. So the tiles that a tile of ours touches are put together, and every pixel is fetched from where it lies
there. The shift is reckoned exactly at the corners of blocks of 16 pixels and led straight in between, which
is off by less than a tenth of a pixel; whole pixels are taken, so that writing stays sharp (half a pixel).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from layers.external.remote import Json
from layers.external.wmts import Piece
from spatial.geometry.datum import convert
from spatial.geometry.tile_matrix import PIXELS, WEB_MERCATOR_QUAD, Box, Tile

KIND = "xyz"
HOSTS = re.compile(r"\{(\d)-(\d)\}")
BLOCK = 16
Pixels = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float64]
_TRUE = ("wgs84", "cgcs2000")


def address(template: str, tile: Tile) -> str:
    """Write the address of a tile; {0-7} is one of these hosts, the same one for the same tile."""

    def host(found: re.Match[str]) -> str:
        first, last = int(found[1]), int(found[2])
        return str(first + (tile.x + tile.y) % (last - first + 1))

    marks = {"{z}": tile.z, "{x}": tile.x, "{y}": tile.y}
    for mark, number in marks.items():
        template = template.replace(mark, str(number))
    return HOSTS.sub(host, template)


def is_very_tile(plan: Json) -> bool:
    """Tell whether a tile of the platform is one of ours as it is."""
    return plan["datum"] in _TRUE and len(plan["addresses"]) == 1


def pieces(plan: Json, tile: Tile) -> list[Piece]:
    """List the tiles of the platform that a tile of ours shows, the lower pictures first."""
    first, last = plan["zooms"]
    if not first <= tile.z <= last:
        return []
    return [_piece(each, there) for each in plan["addresses"] for there in _touched(plan["datum"], tile)]


def _piece(template: str, there: Tile) -> Piece:
    side = float(PIXELS)
    left, top = there.x * side, there.y * side
    return Piece(address(template, there), Box(left, top + side, left + side, top), PIXELS, PIXELS)


def _touched(datum: str, tile: Tile) -> list[Tile]:
    if datum in _TRUE:
        return [tile]
    across, down = (np.floor(each / PIXELS).astype(int) for each in _sources(datum, tile))
    columns = range(int(across.min()), int(across.max()) + 1)
    rows = range(int(down.min()), int(down.max()) + 1)
    found = [Tile(tile.z, x, y) for y in rows for x in columns]
    return [each for each in found if each.exists]


def _nodes(datum: str, tile: Tile) -> tuple[FloatArray, FloatArray]:
    """Give where the corners of the blocks lie in the platform's picture of the world, in its pixels."""
    columns, rows = WEB_MERCATOR_QUAD.size(tile.z)
    parts = np.linspace(0.0, 1.0, PIXELS // BLOCK + 1)
    lon, lat = WEB_MERCATOR_QUAD.unplace((tile.x + parts) / columns, (tile.y + parts) / rows)
    there = convert(*np.meshgrid(lon, lat), "wgs84", datum)
    across, down = WEB_MERCATOR_QUAD.place(*there)
    return across * columns * PIXELS, down * rows * PIXELS


def compose(plan: Json, found: Mapping[Piece, Pixels], tile: Tile) -> Pixels:
    """Put a tile of ours together: (256, 256, 4), clear where the platform has nothing."""
    canvas = np.zeros((PIXELS, PIXELS, 4), np.uint8)
    across, down = _sources(plan["datum"], tile)
    for piece, picture in found.items():
        _lay(canvas, across, down, piece, picture)
    return canvas


def _sources(datum: str, tile: Tile) -> tuple[FloatArray, FloatArray]:
    """Give for the middle of every pixel where it lies in the platform's picture of the world."""
    middles = (np.arange(PIXELS) + 0.5) / BLOCK
    across, down = _nodes(datum, tile)
    return _led(across, middles), _led(down, middles)


def _led(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Lead values from the corners of blocks to pixels, straight along rows and columns."""
    low = at.astype(int)
    part = at - low
    rows = nodes[low] * (1 - part)[:, None] + nodes[low + 1] * part[:, None]
    found: FloatArray = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return found


def _lay(canvas: Pixels, across: FloatArray, down: FloatArray, piece: Piece, picture: Pixels) -> None:
    """Lay a picture over what is there, where it is not clear; pictures of double size are thinned out."""
    high, wide = picture.shape[:2]
    x = np.floor((across - piece.area.west) * (wide / PIXELS)).astype(int)
    y = np.floor((down - piece.area.north) * (high / PIXELS)).astype(int)
    inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
    above = picture[y[inside], x[inside]].astype(np.float32)
    share = above[:, 3:] / 255.0
    below = canvas[inside].astype(np.float32)
    mixed = above * share + below * (1 - share)
    mixed[:, 3] = np.maximum(above[:, 3], below[:, 3])
    canvas[inside] = _whole(mixed)


def _whole(values: Any) -> Pixels:
    found: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return found
