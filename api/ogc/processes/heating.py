"""The process `heatmap`: how dense the features of a layer lie, on hexagons or squares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from api.ogc.processes.described import Input, Output, Process
from api.ogc.processes.desk import Desk
from api.ogc.processes.layer_inputs import (
    CELLS,
    FEATURES,
    HEXAGON,
    SQUARE,
    Cells,
    cells_of,
    check_spread,
    read,
)
from api.ogc.processes.written import FORMS, GEOJSON, rings, rounded, write
from layers.processing.points import Points
from spatial.errors import InvalidInput
from spatial.events.density import kernel_density
from spatial.geometry.squares import to_metres, zone_at

WIDEST_BANDWIDTH = 20
"""In spacings of cells."""
_SLACK = 4
"""The cells that are looked at are this many times those of a result at most."""


def _run(desk: Desk, given: Mapping[str, Any], form: str) -> bytes:
    points = read(desk, given)
    if not len(points.lon):
        return write(form, {name: [] for name in ("cell", "count", "density")}, [], _facts(points, None))
    check_spread(points.lon, points.lat)
    cells = cells_of(given["cells"], given, points.lon, points.lat)
    bandwidth_m = float(given.get("bandwidth_m", 2 * cells.spacing_m))
    keys, count = _counted(desk, cells, points, bandwidth_m)
    density = _density(desk, points, cells, keys, bandwidth_m)
    kept = (count > 0) | (density > 0)
    desk.check_cells(int(kept.sum()), "cells")
    keys = keys[kept]
    columns = {
        "cell": cells.names(keys),
        "count": count[kept],
        "density": rounded(density[kept], 4),
    }
    shapes = rings(cells.outlines(keys)) if form == GEOJSON else [None] * len(keys)
    return write(form, columns, shapes, _facts(points, bandwidth_m))


def _facts(points: Points, bandwidth_m: float | None) -> dict[str, Any]:
    return {
        "counted": len(points.lon),
        "without_place": points.without_place,
        "bandwidth_m": bandwidth_m,
        "density": "features per square kilometre, quartic kernel",
    }


def _counted(desk: Desk, cells: Cells, points: Points, bandwidth_m: float) -> tuple[Any, Any]:
    """Find the cells that any point may reach, sorted, and how many points lie in each."""
    if not cells.spacing_m / 10 <= bandwidth_m <= WIDEST_BANDWIDTH * cells.spacing_m:
        raise InvalidInput.at(
            "bandwidth_m",
            f"must be 0.1 to {WIDEST_BANDWIDTH} times the {cells.spacing_m:.0f} m between cells",
        )
    own, number = np.unique(cells.of(points.lon, points.lat), return_counts=True)
    # Hexagons differ in size by up to a half from place to place.
    rings_out = math.ceil(bandwidth_m / (0.7 * cells.spacing_m)) + 1
    most = min(len(own) * (2 * rings_out + 1) ** 2, len(own) + _reach(points, bandwidth_m, cells))
    desk.check_cells(most / _SLACK, "cells")
    keys = cells.around(own, rings_out)
    count = np.zeros(len(keys), np.int64)
    count[np.searchsorted(keys, own)] = number
    return keys, count


def _reach(points: Points, bandwidth_m: float, cells: Cells) -> float:
    """How many cells fit into the box around all points, grown by the bandwidth."""
    middle = math.cos(math.radians(float(np.abs(points.lat).max())))
    height_m = float(np.ptp(points.lat)) * 111_320 + 2 * bandwidth_m
    width_m = float(np.ptp(points.lon)) * 111_320 * max(middle, 0.01) + 2 * bandwidth_m
    return height_m * width_m / (cells.spacing_m**2 * 0.86)


def _density(desk: Desk, points: Points, cells: Cells, keys: Any, bandwidth_m: float) -> Any:
    lon, lat = cells.centres(keys)
    zone = zone_at(float(np.median(points.lon)), float(np.median(points.lat)))
    there, places = (
        np.column_stack(to_metres(zone, *each)) for each in ((points.lon, points.lat), (lon, lat))
    )
    return kernel_density(
        there, places, bandwidth_m, lambda share: desk.tick(0.2 + 0.7 * share, "measuring density")
    )


HEATMAP = Process(
    "heatmap",
    ("热力图", "Heat map"),
    (
        "按六边形（H3）或方格统计图层要素的数量与核密度（四次核，带宽以米计）。",
        "Counts the features of a layer on hexagons (H3) or squares, and measures their kernel density "
        "(quartic, bandwidth in metres) at the middle of each.",
    ),
    {
        **FEATURES,
        "cells": Input(
            ("单元", "Cells"), {"type": "string", "enum": [HEXAGON, SQUARE], "default": HEXAGON}
        ),
        **CELLS,
        "bandwidth_m": Input(
            ("带宽（米）", "Bandwidth in metres"),
            {"type": "number", "minimum": 1, "maximum": 200_000},
            ("缺省为单元间距的两倍", "How far a feature reaches; twice the spacing of the cells unless told"),
        ),
    },
    Output("cells", ("单元", "Cells"), FORMS),
    _run,
    ("热力", "density", "H3"),
    {"layer": "events", "resolution": 9, "bandwidth_m": 500},
)  # fmt: skip
