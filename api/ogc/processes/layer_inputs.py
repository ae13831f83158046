"""The inputs that processes of layers have in common: which features, and which cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from api.ogc.export_selection import selection_of_export
from api.ogc.processes.described import Input
from api.ogc.processes.desk import Desk
from layers.processing.points import Points, read_points
from layers.processing.units import LEVELS
from spatial.errors import InvalidInput
from spatial.geometry.hexagons import RESOLUTIONS, Hexagons
from spatial.geometry.squares import Squares, zone_at

HEXAGON, SQUARE, UNIT = "hexagon", "square", "unit"
WIDEST_DEGREES = 4.0
"""Cells in metres are true to 0.1 % as far from the middle as this; it is the size of a province."""
SIDES_M = (10.0, 10_000.0)

FEATURES: Mapping[str, Input] = {
    "layer": Input(
        ("图层", "Layer"),
        {"type": "string", "minLength": 1, "maxLength": 200},
        ("/collections 中的标识", "Identifier of a collection"),
        required=True,
    ),
    "bbox": Input(
        ("范围", "Box"),
        {
            "type": "object",
            "required": ["bbox"],
            "properties": {
                "bbox": {"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
                "crs": {"type": "string", "default": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
            },
            "additionalProperties": False,
            "format": "ogc-bbox",
        },
        ("只取此范围内的要素", "Only features that meet it"),
    ),
    "datetime": Input(
        ("时间", "Time"),
        {"type": "string", "maxLength": 200},
        ("时刻，或以 / 分隔的区间", "An RFC 3339 instant, or an interval with / and .. for an open end"),
    ),
    "filter": Input(
        ("筛选", "Filter"),
        {"oneOf": [{"type": "string", "minLength": 1, "maxLength": 20_000}, {"type": "object"}]},
        ("CQL2 文本或 CQL2 JSON", "CQL2 text, or CQL2 JSON as it is"),
    ),
}

CELLS: Mapping[str, Input] = {
    "resolution": Input(
        ("六边形级别", "Resolution of hexagons"),
        {"type": "integer", "minimum": RESOLUTIONS[0], "maximum": RESOLUTIONS[1], "default": 9},
        ("H3 分辨率：9 级边长约 200 米", "Of H3; edges of resolution 9 are some 200 m long"),
    ),
    "side_m": Input(
        ("方格边长（米）", "Side of squares, in metres"),
        {"type": "number", "minimum": SIDES_M[0], "maximum": SIDES_M[1], "default": 500},
    ),
}

LEVEL = Input(("网格层级", "Level of units"), {"type": "string", "enum": list(LEVELS), "default": LEVELS[-1]})

Cells = Hexagons | Squares


def read(desk: Desk, given: Mapping[str, Any], attribute: str | None = None) -> Points:
    """Read the features that the inputs choose as points; InvalidInput names the input."""
    layer = desk.layer(given["layer"])
    selection = selection_of_export(layer, _query(given))
    desk.tick(0.0, "reading")
    with desk.connection() as connection:
        return read_points(
            connection, layer, selection, attribute, desk.most_points, lambda _: desk.tick(0.1, "reading")
        )


def cells_of(kind: str, given: Mapping[str, Any], lon: Any, lat: Any) -> Cells:
    """Choose the cells for places (n,), which may not be empty; InvalidInput when they lie too far apart."""
    if kind == HEXAGON:
        return Hexagons(given["resolution"])
    if max(np.ptp(lon), np.ptp(lat)) > WIDEST_DEGREES:
        raise InvalidInput.at(
            "bbox",
            f"the features lie further apart than {WIDEST_DEGREES:g}°: choose a box for cells in metres",
        )
    middle_lon, middle_lat = ((float(each.min()) + float(each.max())) / 2 for each in (lon, lat))
    return Squares(zone_at(middle_lon, middle_lat), float(given["side_m"]))


def check_spread(lon: Any, lat: Any) -> None:
    """Refuse places (n,) that no one projection shows in true metres."""
    if max(np.ptp(lon), np.ptp(lat)) > WIDEST_DEGREES:
        raise InvalidInput.at(
            "bbox", f"the features lie further apart than {WIDEST_DEGREES:g}°: choose a box, for true metres"
        )


def _query(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write the inputs as the parameters of `items`."""
    query = []
    if "bbox" in given:
        query.append(("bbox", ",".join(map(repr, given["bbox"]["bbox"]))))
        if "crs" in given["bbox"]:
            query.append(("bbox-crs", given["bbox"]["crs"]))
    if "datetime" in given:
        query.append(("datetime", given["datetime"]))
    if isinstance(given.get("filter"), dict):
        query += [("filter", orjson.dumps(given["filter"]).decode()), ("filter-lang", "cql2-json")]
    elif "filter" in given:
        query.append(("filter", given["filter"]))
    return query
