"""Where a street may not run: a raster of the real buildings, and routes that bend round them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.plane import to_plane

CELL_M = 4.0
COARSE_M = 100.0
CLEAR_M = 10.0
MARGIN_M = 3.0
BESIDE_M = 28.0
INSIDE_COST = 30.0
BESIDE_COST = 0.12
STEP_M = 8.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Obstacles:
    """Cost per metre of crossing the plane: high inside buildings, falling to 0 at 10 m from them.

    share: part of the ground that is built, on a 100 m raster, smoothed over some 300 m.
    """

    west: float
    south: float
    cost: NDArray[np.float32]
    share: Floats
    buildings: Any

    def at(self, xy: Floats) -> Floats:
        """Return the cost at plane points (..., 2); 0 outside the raster."""
        column = np.floor((xy[..., 0] - self.west) / CELL_M).astype(np.int64)
        row = np.floor((xy[..., 1] - self.south) / CELL_M).astype(np.int64)
        rows, columns = self.cost.shape
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        values: Floats = np.zeros(inside.shape)
        values[inside] = self.cost[row[inside], column[inside]]
        return values

    def built_at(self, x: Any, y: Any) -> Any:
        """Return 0 (nothing known) to 1 (dense) for plane coordinates (scalars or arrays)."""
        row = (np.asarray(y) - self.south) // COARSE_M
        column = (np.asarray(x) - self.west) // COARSE_M
        rows, columns = self.share.shape
        inside = (row >= 0) & (column >= 0) & (row < rows) & (column < columns)
        value = self.share[np.where(inside, row, 0).astype(int), np.where(inside, column, 0).astype(int)]
        return np.where(inside, np.clip(value / 0.12, 0.0, 1.0), 0.0)

    def along(self, xy: Floats) -> float:
        """Return the cost of a polyline (n, 2), summed over its metres."""
        lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*(xy[1:] - xy[:-1]).T))])
        steps = np.linspace(0.0, lengths[-1], max(2, int(lengths[-1] / CELL_M) + 1))
        points = np.column_stack([np.interp(steps, lengths, xy[:, k]) for k in (0, 1)])
        return float(self.at(points).sum() * lengths[-1] / len(steps))


def read_obstacles(data_dir: Path, extent: Any, lines: list[Any]) -> Obstacles:
    """Rasterise the real buildings (plane) in the extent, and the lines a street should not run beside."""
    import geopandas
    from scipy.ndimage import distance_transform_edt

    table = geopandas.read_file(data_dir / "haidian_osm.gpkg", layer="buildings")
    buildings = to_plane(np.asarray(table.geometry.array))
    buildings = buildings[shapely.intersects(extent, buildings)]
    lines = [line for line in lines if line.intersects(extent)]
    west, south, east, north = shapely.intersection(
        extent, shapely.box(*_bounds([extent.centroid, *buildings, *lines]))
    ).bounds
    inside = np.zeros((int((north - south) / CELL_M) + 1, int((east - west) / CELL_M) + 1), dtype=bool)
    for building in buildings:
        _burn(inside, building, west, south, MARGIN_M)
    distance = distance_transform_edt(~inside) * CELL_M
    beside = np.zeros_like(inside)
    for line in lines:
        _burn(beside, line, west, south, BESIDE_M)
    cost = np.where(inside, INSIDE_COST, np.clip(1.0 - distance / CLEAR_M, 0.0, 1.0) + BESIDE_COST * beside)
    return Obstacles(float(west), float(south), cost.astype(np.float32), _share(inside), buildings)


def _bounds(shapes: list[Any]) -> Floats:
    bounds: Floats = shapely.total_bounds(shapes) + np.array([-50.0, -50.0, 50.0, 50.0])
    return bounds


def _share(inside: NDArray[np.bool_]) -> Floats:
    from scipy.ndimage import gaussian_filter

    size = int(COARSE_M / CELL_M)
    rows, columns = (n // size for n in inside.shape)
    blocks = inside[: rows * size, : columns * size].reshape(rows, size, columns, size)
    share: Floats = gaussian_filter(blocks.mean(axis=(1, 3)), 3.0)
    return share


def _burn(inside: NDArray[np.bool_], shape: Any, west: float, south: float, margin_m: float) -> None:
    """Mark the cells whose centre lies within margin_m of the shape."""
    grown = shape.buffer(margin_m, quad_segs=2)
    x0, y0, x1, y1 = grown.bounds
    height, width = inside.shape
    columns = np.arange(max(0, int((x0 - west) / CELL_M)), min(width, int((x1 - west) / CELL_M) + 1))
    rows = np.arange(max(0, int((y0 - south) / CELL_M)), min(height, int((y1 - south) / CELL_M) + 1))
    x, y = np.meshgrid(west + (columns + 0.5) * CELL_M, south + (rows + 0.5) * CELL_M)
    inside[np.ix_(rows, columns)] |= shapely.contains_xy(grown, x, y)


def route(obstacles: Obstacles, start: Floats, end: Floats, reach_m: float) -> Floats:
    """Find the cheapest gentle path from start to end within reach_m of the straight line.

    Dynamic programming over cross-sections every 8 m, side steps of 4 m. Returns plane points (n, 2),
    simplified, both ends kept.
    """
    ahead = end - start
    length = float(np.hypot(*ahead))
    sections = max(3, int(length / STEP_M) + 1)
    sides = np.arange(-reach_m, reach_m + 0.1, CELL_M)
    along = np.linspace(0.0, 1.0, sections)
    normal = np.array([-ahead[1], ahead[0]]) / length
    points = start + along[:, None, None] * ahead + sides[None, :, None] * normal
    price = obstacles.at(points) * STEP_M + np.abs(sides) * 0.01
    taper = np.minimum(along, 1.0 - along)[:, None] * length
    price = np.where(np.abs(sides)[None, :] <= taper + 0.1, price, 1e9)
    chosen = _cheapest(price)
    path = points[np.arange(sections), chosen]
    path[0], path[-1] = start, end
    return shapely.get_coordinates(shapely.simplify(shapely.LineString(path), 3.0))


def _cheapest(price: Floats) -> NDArray[np.int64]:
    """Return the column per row of the cheapest path; neighbouring rows differ by at most two columns."""
    rows, columns = price.shape
    total = price.copy()
    came = np.zeros((rows, columns), dtype=np.int64)
    for row in range(1, rows):
        options = np.full((5, columns), 1e12)
        for k, step in enumerate((-2, -1, 0, 1, 2)):
            low, high = max(0, -step), min(columns, columns - step)
            options[k, low:high] = total[row - 1, low + step : high + step] + 0.8 * step * step
        best = options.argmin(axis=0)
        total[row] += options[best, np.arange(columns)]
        came[row] = np.arange(columns) + best - 2
    chosen = np.empty(rows, dtype=np.int64)
    chosen[-1] = int(total[-1].argmin())
    for row in range(rows - 1, 0, -1):
        chosen[row - 1] = came[row, chosen[row]]
    return chosen
