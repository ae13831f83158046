"""The process `hot-spots`: where the features of a layer gather more, or less, than by chance (Gi*)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import shapely

from api.ogc.processes.aggregating import in_units
from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.layer_inputs import (
    CELLS,
    FEATURES,
    HEXAGON,
    LEVEL,
    SQUARE,
    UNIT,
    cells_of,
    read,
)
from api.ogc.processes.written import FORMS, GEOJSON, rings, rounded, write
from layers.processing.points import Points
from layers.processing.units import LEVELS, units_box
from spatial.errors import InvalidInput
from spatial.events.hot_spots import LEAST, permuted
from spatial.types import BBox


class Places(NamedTuple):
    """What is compared: identifiers and names, which place each point is in, who neighbours whom, shapes."""

    names: dict[str, Any]
    place: Any
    neighbours: Any
    shapes: list[Any]


def compared(desk: Desk, given: Mapping[str, Any], points: Points, form: str) -> Places:
    """Find the places that `by` compares, and which each point is in; InvalidInput when they are too few."""
    places = _units(desk, given, points, form) if given["by"] == UNIT else _cells(desk, given, points, form)
    size = len(places.shapes)
    if size < LEAST:
        raise InvalidInput.at(
            "by", f"there are {size} places to compare, and {LEAST} are needed: choose finer"
        )
    return places


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    points = read(desk, given)
    places = compared(desk, given, points, form)
    size = len(places.shapes)
    count = np.bincount(places.place[places.place >= 0], minlength=size)
    desk.tick(0.7, "comparing")
    found = permuted(count.astype(np.float64), places.neighbours, given["permutations"], given["seed"])
    columns = {
        **places.names,
        "count": count,
        "z": rounded(found.z, 6),
        "p": rounded(found.p, 9),
        "class": found.kind,
        "neighbours": found.neighbours,
    }
    facts = {
        "counted": int(count.sum()),
        "outside": int((places.place < 0).sum()),
        "without_place": points.without_place,
        "places": size,
    }
    return write(form, columns, places.shapes, facts)


def _units(desk: Desk, given: Mapping[str, Any], points: Points, form: str) -> Places:
    """Compare the reader's own units; those above them hold more than the reader sees."""
    units, place = in_units(desk, points, LEVELS.index(given["level"]) + 1, own=True)
    if "bbox" in given:
        raise InvalidInput.at("bbox", "a box would cut units: use it with cells")
    names = {"code": units.codes, "name": units.names, "name_en": units.names_en}
    neighbours = units.neighbours() if len(units.codes) >= LEAST else None
    shapes = shapely.to_geojson(units.shapes).tolist() if form == GEOJSON else [None] * len(units.codes)
    return Places(names, place, neighbours, shapes)


def _cells(desk: Desk, given: Mapping[str, Any], points: Points, form: str) -> Places:
    """Compare the cells whose middles lie in a grid of the reader's, and in the box where one is given."""
    box = _box(desk, given)
    corners = np.array([box.west, box.east]), np.array([box.south, box.north])
    cells = cells_of(given["by"], given, *corners)
    desk.check_cells(cells.how_many(box) / 4, "by")
    keys = cells.within(box)
    base, _ = desk.assignments().locate(*cells.centres(keys))
    keys = keys[base >= 0]
    desk.check_cells(len(keys), "by")
    own = cells.of(points.lon, points.lat)
    place = np.full(len(own), -1)
    if len(keys):
        at = np.minimum(np.searchsorted(keys, own), len(keys) - 1)
        place = np.where(keys[at] == own, at, -1)
    desk.tick(0.5, "finding neighbours")
    shapes = rings(cells.outlines(keys)) if form == GEOJSON else [None] * len(keys)
    return Places({"cell": cells.names(keys)}, place, cells.neighbours(keys) if len(keys) else None, shapes)


def _box(desk: Desk, given: Mapping[str, Any]) -> BBox:
    """Give the box around the reader's grids, or what of it lies in the box that was given."""
    with desk.connection() as connection:
        whole = units_box(connection, len(LEVELS))
    if whole is None:
        raise InvalidInput.at("by", "there are no grids that you see: nothing can be compared")
    if "bbox" not in given:
        return whole
    if not given["bbox"].get("crs", "CRS84").endswith("CRS84"):
        raise InvalidInput.at("bbox.crs", "must be CRS84 where cells are compared")
    west, south, east, north = given["bbox"]["bbox"]
    cut = BBox(max(west, whole.west), max(south, whole.south), min(east, whole.east), min(north, whole.north))
    if cut.west >= cut.east or cut.south >= cut.north:
        raise InvalidInput.at("bbox", "does not meet the grids that you see")
    return cut


HOT_SPOTS = Process(
    "hot-spots",
    ("热点分析", "Hot spots"),
    (
        "以 Getis-Ord Gi* 判断要素在何处显著聚集（热点）或稀少（冷点），按伪发现率（FDR）校正。",
        "Tells by Getis-Ord Gi* of counts where features gather (hot) or are missing (cold) beyond chance: "
        "z, p and a class at false discovery rates of 10, 5 and 1 %. Neighbours share an edge or a corner.",
    ),
    {
        **FEATURES,
        "by": Input(
            ("比较单元", "What is compared"),
            {"type": "string", "enum": [UNIT, HEXAGON, SQUARE], "default": UNIT},
        ),
        "level": LEVEL,
        **CELLS,
        "permutations": Input(
            ("置换次数", "Permutations"),
            {"type": "integer", "minimum": 0, "maximum": 99_999, "default": 0},
            (
                "0：按正态分布；否则条件置换，次数宜不少于单元数的百倍",
                "0: by the normal distribution; else conditional permutations, a hundred times the places",
            ),
        ),
        "seed": Input(
            ("随机种子", "Seed"), {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}
        ),
    },
    Output("places", ("比较结果", "Places compared"), FORMS),
    _run,
    ("热点", "Getis-Ord", "Gi*"),
    {"layer": "events", "by": "unit", "level": "grid"},
)
