"""A tile of Web Mercator out of the pictures of another platform.

Where the platform has the very tile, its bytes go on as they are. Else pictures in Web Mercator or in degrees
are put together: between the two, columns stay columns and rows move, so that nothing else is warped.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from layers.external import arcgis, base_maps_tiles, wms, wmts
from layers.external.remote import Json
from layers.external.wmts import Piece
from spatial.errors import Unavailable
from spatial.geometry.tile_matrix import PIXELS, WEB_MERCATOR_QUAD, Box, Tile

Pixels = npt.NDArray[np.uint8]

_MAGIC = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_READ = ("PNG", "JPEG", "GIF", "WEBP")
MOST_SIDE = 2_048
_EXACT = 1e-4
"""Of a tile's side: so far may a tile of a platform lie off, and be shown as it is."""


def media_type(body: bytes) -> str | None:
    """Name the kind of a picture by its first bytes; None for anything else: an error page is no tile."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)


def area_of(tile: Tile, plan: Json) -> Box:
    """Give the box of a tile in the system that the platform is asked in."""
    return _in_degrees(tile) if _is_degrees(plan) else tile.box()


def _is_degrees(plan: Json) -> bool:
    if plan["kind"] == "wmts":
        return plan["srid"] in wmts.DEGREES
    return plan["kind"] == "wms" and plan["crs"] not in wms.MERCATOR


def _in_degrees(tile: Tile) -> Box:
    found = tile.bounds()
    return Box(found.west, found.south, found.east, found.north)


def pieces(plan: Json, tile: Tile) -> list[Piece]:
    """List the pictures that make a tile, each with its box; none where the platform has nothing."""
    if plan["kind"] == base_maps_tiles.KIND:
        return base_maps_tiles.pieces(plan, tile)
    area = area_of(tile, plan)
    if plan["kind"] == "wmts":
        return wmts.tiles(plan, area, (area.east - area.west) / PIXELS)
    ask = wms.picture if plan["kind"] == "wms" else arcgis.picture
    high = PIXELS
    if _is_degrees(plan):
        # Pixels as wide as high in degrees would lose rows: as many as Mercator shows at the finer edge.
        high = min(2 * PIXELS, math.ceil(PIXELS * 1.25))
    return [Piece(ask(plan, area, PIXELS, high), area, PIXELS, high)]


def fits(plan: Json, found: Sequence[Piece], tile: Tile) -> bool:
    """Tell whether one picture is the very tile, so that its bytes can go on as they are."""
    if plan["kind"] == base_maps_tiles.KIND:
        return base_maps_tiles.is_very_tile(plan)
    if len(found) != 1 or _is_degrees(plan):
        return False
    side = WEB_MERCATOR_QUAD.tile_side(tile.z) * _EXACT
    return all(abs(a - b) < side for a, b in zip(found[0].area, tile.box(), strict=True))


def compose(plan: Json, found: Mapping[Piece, bytes], tile: Tile) -> bytes:
    """Put pictures together to the PNG of a tile; Unavailable for a picture that is none or too large."""
    opened = {piece: _opened(body) for piece, body in found.items()}
    is_base = plan["kind"] == base_maps_tiles.KIND
    canvas = base_maps_tiles.compose(plan, opened, tile) if is_base else _pasted(plan, opened, tile)
    out = io.BytesIO()
    Image.fromarray(canvas).save(out, "PNG", compress_level=3)
    return out.getvalue()


def _pasted(plan: Json, opened: Mapping[Piece, Pixels], tile: Tile) -> Pixels:
    canvas = np.zeros((PIXELS, PIXELS, 4), np.uint8)
    columns, rows = _centres(tile, _is_degrees(plan))
    for piece, picture in opened.items():
        _paste(canvas, columns, rows, piece.area, picture)
    return canvas


def _centres(tile: Tile, in_degrees: bool) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give where the middles of the tile's columns and rows lie in the pictures' system."""
    parts = (np.arange(PIXELS) + 0.5) / PIXELS
    if not in_degrees:
        west, south, east, north = tile.box()
        return west + parts * (east - west), north - parts * (north - south)
    across, down = tile.matrix.size(tile.z)
    lon, lat = tile.matrix.unplace((tile.x + parts) / across, (tile.y + parts) / down)
    return lon, lat


def _paste(
    canvas: Pixels,
    columns: npt.NDArray[np.float64],
    rows: npt.NDArray[np.float64],
    area: Box,
    picture: Pixels,
) -> None:
    high, wide = picture.shape[:2]
    x = np.floor((columns - area.west) / (area.east - area.west) * wide).astype(int)
    y = np.floor((area.north - rows) / (area.north - area.south) * high).astype(int)
    inside_x, inside_y = (x >= 0) & (x < wide), (y >= 0) & (y < high)
    part = picture[np.ix_(y[inside_y], x[inside_x])]
    canvas[np.ix_(inside_y, inside_x)] = part


def _opened(body: bytes) -> Pixels:
    """Read the picture of a stranger: of a known kind, and of a size that is looked at before unpacking."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=_READ) as picture:
                if max(picture.size) > MOST_SIDE:
                    raise Unavailable("the service sends pictures that are too large")
                return np.asarray(picture.convert("RGBA"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unavailable("the service sends no picture that can be read") from error


def empty() -> bytes:
    """Give a tile with nothing on it."""
    return _EMPTY


def _empty() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (PIXELS, PIXELS)).save(out, "PNG", optimize=True)
    return out.getvalue()


_EMPTY = _empty()


def zooms(plan: Json) -> tuple[int, int]:
    """Tell the zooms that a platform's pictures are made for; beyond the last one, maps enlarge them."""
    if plan["kind"] != "wmts":
        return 0, WEB_MERCATOR_QUAD.last
    world = 360.0 if _is_degrees(plan) else 2 * wmts.HALF_WORLD_M
    found = [round(math.log2(world / (cell * PIXELS))) for cell in wmts.matrices(plan)]
    return max(0, min(found)), min(WEB_MERCATOR_QUAD.last, max(0, *found))
