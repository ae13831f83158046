"""WMTS 1.0.0: what it offers, and which of its tiles show a box.

The same pyramid serves the tile caches of ArcGIS. Tianditu (天地图) states its scales for 96 dots an inch,
not for the 0.28 mm of the standard, and some corners the wrong way round: both are found out by the width
of the world.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

from layers.external.addresses import at_home, with_query
from layers.external.remote import (
    MOST_LAYERS,
    Json,
    Remote,
    all_under,
    box,
    href,
    numbers,
    read_xml,
    under,
    words,
)
from spatial.errors import InvalidInput
from spatial.geometry.tile_matrix import Box

HALF_WORLD_M = math.pi * 6378137.0
METRES_PER_DEGREE = math.pi * 6378137.0 / 180
PIXEL_M = 0.00028
AT_96_DPI = 0.0254 / 96
MERCATOR = (3857, 900913, 102100, 102113)
DEGREES = (4326, 4490, 4258, 4610, 84)
MOST_PIECES = 16
_WORLD_TOLERANCE = 0.002
FORMATS = ("image/png", "tiles", "image/webp", "image/jpeg", "image/jpgpng")


@dataclass(frozen=True)
class Piece:
    """A picture that is asked for, and the box that it shows in its own system."""

    url: str
    area: Box
    width: int
    height: int


def question(url: str) -> str:
    """Write the address of the capabilities."""
    if url.lower().partition("?")[0].endswith(".xml"):
        return url
    return with_query(url, SERVICE="WMTS", REQUEST="GetCapabilities", VERSION="1.0.0")


def read(body: bytes, url: str) -> list[Remote]:
    """List the layers of a capabilities document; InvalidInput at `url` for anything else."""
    root = read_xml(body, "Capabilities")
    contents = under(root, "Contents")
    matrices = {words(each, "Identifier"): each for each in all_under(contents, "TileMatrixSet")}
    kvp = _kvp(root, url)
    rights = words(root, "ServiceIdentification", "AccessConstraints")
    credit = words(root, "ServiceProvider", "ProviderName") or rights
    found = list(all_under(contents, "Layer"))[:MOST_LAYERS]
    return [_layer(each, matrices, kvp, url, credit) for each in found if words(each, "Identifier")]


def _kvp(root: Element, url: str) -> str:
    """Find where tiles are asked for by parameters."""
    for operation in all_under(under(root, "OperationsMetadata"), "Operation"):
        if operation.get("name") == "GetTile":
            for get in all_under(under(operation, "DCP", "HTTP"), "Get"):
                encodings = [words(each) for each in get.iter() if each.tag.endswith("}Value")]
                if not encodings or "KVP" in encodings:
                    return at_home(href(get) or url, url)
    return "" if url.lower().partition("?")[0].endswith(".xml") else url.partition("?")[0]


def _layer(layer: Element, matrices: Mapping[str, Element], kvp: str, url: str, credit: str) -> Remote:
    name = words(layer, "Identifier")
    corners = under(layer, "WGS84BoundingBox")
    sides = [*words(corners, "LowerCorner").split(), *words(corners, "UpperCorner").split()]
    links = [words(each, "TileMatrixSet") for each in all_under(layer, "TileMatrixSetLink")]
    limits = {
        words(each, "TileMatrixSet"): _limits(under(each, "TileMatrixSetLimits"))
        for each in all_under(layer, "TileMatrixSetLink")
    }
    plan: Json = {
        "kind": "wmts",
        "layer": name,
        "kvp": kvp,
        "styles": [words(each, "Identifier") for each in all_under(layer, "Style")],
        "formats": [words(each) for each in all_under(layer, "Format")],
        "templates": {
            each.get("format", ""): at_home(each.get("template", ""), url)
            for each in all_under(layer, "ResourceURL")
            if each.get("resourceType") == "tile"
        },
        "sets": {each: _set(matrices[each], limits.get(each) or {}) for each in links if each in matrices},
    }
    title = words(layer, "Title") or name
    return Remote(name, title, words(layer, "Abstract"), credit, box(*sides), plan)


def _limits(element: Element | None) -> dict[str, list[int]]:
    found = {}
    for each in all_under(element, "TileMatrixLimits"):
        sides = numbers(
            *(words(each, side) for side in ("MinTileCol", "MinTileRow", "MaxTileCol", "MaxTileRow"))
        )
        if sides is not None:
            found[words(each, "TileMatrix")] = [int(side) for side in sides]
    return found


def _set(element: Element, limits: Mapping[str, list[int]]) -> Json:
    srid = _srid(words(element, "SupportedCRS"))
    levels = [level for each in all_under(element, "TileMatrix") if (level := _level(each, srid))]
    return {"srid": srid, "levels": sized(levels, srid, limits)}


def _srid(crs: str) -> int:
    code = crs.replace("CRS84", "84").rstrip("]").split(":")[-1].rpartition("/")[2]
    return int(code) if code.isdecimal() and len(code) < 8 else 0


def _level(element: Element, srid: int) -> Json | None:
    corner = numbers(*words(element, "TopLeftCorner").split())
    sides = ("ScaleDenominator", "TileWidth", "TileHeight", "MatrixWidth", "MatrixHeight")
    sizes = numbers(*(words(element, side) for side in sides))
    if corner is None or len(corner) != 2 or sizes is None or not _sensible(sizes):
        return None
    left, top = _corner(corner[0], corner[1], srid)
    per_unit = METRES_PER_DEGREE if srid in DEGREES else 1.0
    return {
        "id": words(element, "Identifier"),
        "cell": sizes[0] * PIXEL_M / per_unit,
        "left": left,
        "top": top,
        "width": int(sizes[1]),
        "height": int(sizes[2]),
        "columns": int(sizes[3]),
        "rows": int(sizes[4]),
    }


def _sensible(sizes: tuple[float, ...]) -> bool:
    scale, width, height, columns, rows = sizes
    return (
        scale > 0
        and 16 <= width <= 1024
        and 16 <= height <= 1024
        and 1 <= columns <= 2**30
        and 1 <= rows <= 2**30
    )


def _corner(first: float, second: float, srid: int) -> tuple[float, float]:
    """Give left and top, whichever way round they are written."""
    if srid in MERCATOR:
        return (second, first) if first > 0 > second else (first, second)
    if srid == 84 or abs(first) > 90:
        return first, second
    return (second, first) if srid in DEGREES else (first, second)


def sized(levels: list[Json], srid: int, limits: Mapping[str, list[int]]) -> list[Json]:
    """Order levels from coarse to fine, their scales corrected where the world would not fit."""
    world = 360.0 if srid in DEGREES else 2 * HALF_WORLD_M
    widths = [each["cell"] * each["width"] * each["columns"] * AT_96_DPI / PIXEL_M for each in levels]
    sparse = any(abs(width / world - 1) < _WORLD_TOLERANCE for width in widths)
    factor = AT_96_DPI / PIXEL_M if sparse and srid in (*DEGREES, *MERCATOR) else 1.0
    made = [{**each, "cell": each["cell"] * factor, "limits": limits.get(each["id"])} for each in levels]
    return sorted(made, key=lambda each: -float(each["cell"]))[:40]


def settle(plan: Json, options: Mapping[str, str | None]) -> Json:
    """Choose matrix set, format and style of those offered; InvalidInput names what was asked in vain."""
    sets = {
        name: each
        for name, each in plan["sets"].items()
        if each["srid"] in (*MERCATOR, *DEGREES) and each["levels"]
    }
    wanted = options.get("matrix_set")
    name = wanted or next(iter(sorted(sets, key=lambda each: sets[each]["srid"] not in MERCATOR)), "")
    if name not in sets:
        raise InvalidInput.at(
            "matrix_set",
            f"there is none that is shown here: the layer has {', '.join(plan['sets']) or 'none'}; shown are"
            " Web Mercator, and degrees of WGS-84 and CGCS2000",
        )
    chosen = options.get("format") or next((each for each in FORMATS if each in plan["formats"]), "")
    chosen = chosen or next(iter(plan["formats"]), "image/png")
    if plan["formats"] and chosen not in plan["formats"]:
        raise InvalidInput.at("format", f"is none of {', '.join(plan['formats'])[:300]}")
    style = options.get("style") or next(iter(plan["styles"]), "default") or "default"
    template = plan["templates"].get(chosen) or next(iter(plan["templates"].values()), "")
    if not plan["kvp"] and not template:
        raise InvalidInput.at("url", "the service does not say where its tiles are")
    return {
        "kind": "wmts",
        "layer": plan["layer"],
        "set": name,
        "srid": sets[name]["srid"],
        "style": style,
        "levels": sets[name]["levels"],
        "format": chosen,
        "template": "" if plan["kvp"] else template,
        "kvp": plan["kvp"],
    }


def tiles(plan: Json, area: Box, cell: float) -> list[Piece]:
    """List the tiles that show a box; cell: size of a pixel that is wanted, in units of the plan's system.

    Empty where the service has none. The level is the coarsest that is fine enough, else the finest.
    """
    fine = [each for each in plan["levels"] if each["cell"] <= cell * 1.01]
    level = fine[0] if fine else plan["levels"][-1]
    wide, high = level["cell"] * level["width"], level["cell"] * level["height"]
    # A hair less: the edge of a tile is not a part of its neighbour.
    columns = _range((area.west - level["left"]) / wide, (area.east - level["left"]) / wide, level["columns"])
    rows = _range((level["top"] - area.north) / high, (level["top"] - area.south) / high, level["rows"])
    if len(columns) * len(rows) > MOST_PIECES:
        return []
    return [
        Piece(
            _address(plan, level, column, row),
            _area(level, wide, high, column, row),
            level["width"],
            level["height"],
        )
        for row in rows
        for column in columns
        if _has(level.get("limits"), column, row)
    ]


def _range(first: float, last: float, most: int) -> range:
    return range(max(0, math.floor(first + 1e-6)), min(most, math.ceil(last - 1e-6)))


def _has(limits: list[int] | None, column: int, row: int) -> bool:
    return limits is None or (limits[0] <= column <= limits[2] and limits[1] <= row <= limits[3])


def _area(level: Json, wide: float, high: float, column: int, row: int) -> Box:
    left, top = level["left"] + column * wide, level["top"] - row * high
    return Box(left, top - high, left + wide, top)


def _address(plan: Json, level: Json, column: int, row: int) -> str:
    if plan["template"]:
        given: dict[str, Any] = {
            "TileMatrixSet": plan["set"],
            "TileMatrix": level["id"],
            "TileRow": row,
            "TileCol": column,
            "Style": plan["style"],
            "style": plan["style"],
            "Layer": plan["layer"],
        }
        return _filled(plan["template"], given)
    return with_query(
        plan["kvp"],
        SERVICE="WMTS",
        REQUEST="GetTile",
        VERSION="1.0.0",
        LAYER=plan["layer"],
        STYLE=plan["style"],
        TILEMATRIXSET=plan["set"],
        TILEMATRIX=level["id"],
        TILEROW=row,
        TILECOL=column,
        FORMAT=plan["format"],
    )


def _filled(template: str, given: Mapping[str, Any]) -> str:
    for name, value in given.items():
        template = template.replace(f"{{{name}}}", quote(str(value), safe=""))
    return template


def matrices(plan: Json) -> Iterator[float]:
    """List the pixel sizes of the levels, for the zooms that a map may ask for."""
    return (float(each["cell"]) for each in plan["levels"])
