"""Figures about the generated coverage: sizes, balance, shapes, buildings cut by borders."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.density import grid_area_at
from demo.generate.obstacles import Obstacles
from demo.generate.real_lines import Line

CLASSES = (("dense", 0.0, 95_000.0), ("urban", 95_000.0, 140_000.0), ("outer", 140_000.0, 1e12))
"""Density classes by the area a grid should have at its centroid, m²."""

TOUCH_M = 0.5
"""A building counts as cut when a border runs more than this inside its outline."""

Floats = NDArray[np.float64]


def balance(polygons: Any, area_m2: Floats, weight: Floats, obstacles: Obstacles) -> dict[str, Any]:
    """Return sizes and balance of the grids (plane polygons, areas of EPSG:4548), by density class."""
    middle = shapely.centroid(polygons)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    target = grid_area_at(x, y, obstacles.built_at(x, y))
    classes = {name: spread(area_m2[(target >= low) & (target < high)]) for name, low, high in CLASSES}
    roundness = 4.0 * np.pi * shapely.area(polygons) / shapely.length(polygons) ** 2
    return {
        "area_m2": spread(area_m2),
        "area_m2_by_density": classes,
        "weight": spread(weight),
        "roundness": spread(roundness),
        "vertices_mean": round(float(shapely.get_num_coordinates(polygons).mean()), 1),
    }


def spread(values: Floats) -> dict[str, float]:
    """Return count, range, median and the share of values between half and double the median."""
    if len(values) == 0:
        return {"count": 0}
    median = float(np.median(values))
    near = (values >= 0.5 * median) & (values <= 2.0 * median)
    low, high = np.percentile(values, [5, 95])
    figures = {"min": values.min(), "p5": low, "median": median, "p95": high, "max": values.max()}
    rounded = {name: round(float(value), 3) for name, value in figures.items()}
    share = {"share_within_half_to_double_median": round(float(near.mean()), 4)}
    return {"count": len(values)} | rounded | share


def cuts(polygons: Any, streets: Any, obstacles: Obstacles) -> dict[str, Any]:
    """Count the real buildings that borders cut, and how many of them the real street borders cut."""
    tree = shapely.STRtree(shapely.buffer(obstacles.buildings, -TOUCH_M))
    cut = np.unique(tree.query(shapely.boundary(polygons), predicate="intersects")[1])
    given = np.unique(tree.query(shapely.boundary(streets), predicate="intersects")[1])
    count = len(obstacles.buildings)
    return {
        "buildings": count,
        "cut": len(cut),
        "cut_by_given_street_borders": len(given),
        "cut_by_grid_borders": len(np.setdiff1d(cut, given)),
        "share_cut": round(len(cut) / count, 4),
        "share_cut_by_grid_borders": round(len(np.setdiff1d(cut, given)) / count, 4),
    }


def followed(polygons: Any, lines: list[Line], streets: Any) -> dict[str, float]:
    """Return how many km of grid border follow what: real lines by kind, generated streets, borders."""
    borders = shapely.union_all(shapely.boundary(polygons))
    rest = borders
    figures: dict[str, float] = {}
    real = sorted({line.kind for line in lines if not line.generated})
    groups = [("given street border", [shapely.union_all(shapely.boundary(streets))])]
    shapes_of = {kind: [k.shape for k in lines if k.kind == kind and not k.generated] for kind in real}
    groups += [(f"real {kind}", shapes) for kind, shapes in shapes_of.items()]
    for name, shapes in groups:
        left = shapely.difference(rest, shapely.buffer(shapely.union_all(shapes), 3.0, quad_segs=2))
        figures[name] = round((rest.length - left.length) / 1000.0, 1)
        rest = left
    return figures | {"generated street": round(rest.length / 1000.0, 1)}
