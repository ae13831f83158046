"""A tile out of other platforms' pictures: the same place to the pixel, whatever they are drawn in."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from layers.external import pictures
from layers.external.wmts import Piece
from spatial.errors import Unavailable
from spatial.geometry.tile_matrix import CGCS2000_QUAD, WEB_MERCATOR_QUAD, Tile, tile_at

WEST, NORTH = 116.31, 39.97
"""South and east of here the pictures are blue."""


def level(matrix: Any, zoom: int) -> dict[str, Any]:
    columns, rows = matrix.size(zoom)
    return {
        "id": str(zoom),
        "cell": matrix.cell_size(zoom),
        "left": matrix.west,
        "top": matrix.north,
        "width": 256,
        "height": 256,
        "columns": columns,
        "rows": rows,
        "limits": None,
    }


def wmts_plan(matrix: Any, srid: int, zooms: range) -> dict[str, Any]:
    return {
        "kind": "wmts",
        "layer": "x",
        "set": "c",
        "srid": srid,
        "style": "",
        "format": "image/png",
        "template": "",
        "kvp": "https://gis.example/wmts",
        "levels": [level(matrix, zoom) for zoom in zooms],
    }


def wms_plan(crs: str) -> dict[str, Any]:
    return {
        "kind": "wms",
        "version": "1.3.0",
        "crs": crs,
        "get_map": "https://gis.example/wms",
        "layer": "x",
        "style": "",
        "format": "image/png",
    }


def painted(piece: Piece, x: float, y: float) -> bytes:
    """Draw as a platform would: blue south and east of a corner, which is given in the piece's system."""
    area = piece.area
    xs = area.west + (np.arange(piece.width) + 0.5) / piece.width * (area.east - area.west)
    ys = area.north - (np.arange(piece.height) + 0.5) / piece.height * (area.north - area.south)
    picture = np.zeros((piece.height, piece.width, 4), np.uint8)
    picture[np.ix_(ys < y, xs > x)] = (0, 0, 255, 255)
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


PLANS = {
    "wms 3857": wms_plan("EPSG:3857"),
    "wms 4326": wms_plan("EPSG:4326"),
    "wms 4490": wms_plan("EPSG:4490"),
    "wmts 3857": wmts_plan(WEB_MERCATOR_QUAD, 3857, range(19)),
    "wmts 3857, coarse": wmts_plan(WEB_MERCATOR_QUAD, 3857, range(9)),
    "tianditu": wmts_plan(CGCS2000_QUAD, 4490, range(1, 19)),
}


CORNERS = [(plan, zoom) for plan in PLANS for zoom in (5, 10, 16) if not ("coarse" in plan and zoom > 10)]
"""At zoom 16 the corner lies within one pixel of a coarse picture."""


@pytest.mark.parametrize(("plan", "zoom"), CORNERS)
def test_the_corner_lies_where_it_must(plan: str, zoom: int) -> None:
    tile = tile_at(WEST, NORTH, zoom)
    found = pictures.pieces(PLANS[plan], tile)
    assert found
    in_degrees = "4326" in plan or "4490" in plan or plan == "tianditu"
    x, y = (WEST, NORTH)
    if not in_degrees:
        from pyproj import Transformer

        x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(WEST, NORTH)
    made = pictures.compose(PLANS[plan], {piece: painted(piece, x, y) for piece in found}, tile)
    blue = np.asarray(Image.open(io.BytesIO(made)))[..., 2] == 255
    ys, xs = np.nonzero(blue)
    across, down = tile.place(WEST, NORTH)
    # A coarse picture is enlarged: its pixels are as large as the zooms between.
    slack = 2 ** max(0, zoom - 8) if "coarse" in plan else 2
    assert xs.min() == pytest.approx(float(across) * 256, abs=slack)
    assert ys.min() == pytest.approx(float(down) * 256, abs=slack)


def test_the_very_tile_goes_on_as_it_is() -> None:
    tile = tile_at(WEST, NORTH, 12)
    plan = PLANS["wmts 3857"]
    assert pictures.fits(plan, pictures.pieces(plan, tile), tile)
    assert pictures.fits(PLANS["wms 3857"], pictures.pieces(PLANS["wms 3857"], tile), tile)
    assert not pictures.fits(PLANS["tianditu"], pictures.pieces(PLANS["tianditu"], tile), tile)


@pytest.mark.parametrize("zoom", range(0, 19, 3))
@pytest.mark.parametrize("plan", PLANS)
def test_no_tile_asks_for_many_pictures(plan: str, zoom: int) -> None:
    for lon, lat in ((116.3, 39.9), (0.0, 0.0), (-179.9, 84.9), (179.9, -84.9)):
        assert len(pictures.pieces(PLANS[plan], tile_at(lon, lat, zoom))) <= 16


def picture(wide: int, high: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", (wide, high)).save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"\x89PNG\r\n\x1a\n",
        picture(256, 256)[:-40],
        picture(30_000, 30_000),
        picture(9, 9, "TIFF"),
        b"<svg/>",
        b"%!PS-Adobe",
    ],
    ids=["nothing", "x", "head", "cut", "huge", "tiff", "svg", "eps"],
)
def test_what_is_no_picture_or_too_large_is_refused(body: bytes) -> None:
    tile = Tile(1, 0, 0)
    (piece,) = pictures.pieces(PLANS["wms 4326"], tile)
    with pytest.raises(Unavailable):
        pictures.compose(PLANS["wms 4326"], {piece: body}, tile)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (picture(1, 1), "image/png"),
        (picture(1, 1, "JPEG"), "image/jpeg"),
        (picture(1, 1, "WEBP"), "image/webp"),
        (picture(1, 1, "GIF"), "image/gif"),
        (b"<html>", None),
        (b"", None),
        (picture(1, 1, "TIFF"), None),
    ],
    ids=str,
)
def test_pictures_are_known_by_their_first_bytes(body: bytes, kind: str | None) -> None:
    assert pictures.media_type(body) == kind
