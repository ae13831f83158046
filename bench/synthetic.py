"""A coverage of 1,600 units like a dense district; points of which half lie within 2 m of a border."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from spatial.geometry.arcs import Arcs
from spatial.geometry.precision import from_nano, snap

WEST, SOUTH, WIDTH, HEIGHT = 116.20, 39.90, 0.25, 0.17


def coverage(units: int = 1950, seed: int = 1, step_degrees: float = 2.2e-4) -> Any:
    """Make polygons (EPSG:4326, precision grid, edge-matched): jagged cells with borders of short edges."""
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(-0.1, 1.1, (int(units * 1.44), 2)) * [WIDTH, HEIGHT] + [WEST, SOUTH]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds)))
    shown = shapely.Point(WEST + WIDTH / 2, SOUTH + HEIGHT / 2).buffer(0.5)
    shown = shapely.transform(shown, lambda c: (c - c.mean(axis=0)) * [WIDTH, HEIGHT] + c.mean(axis=0))
    inside = shapely.get_parts(shapely.intersection(cells, shown))
    lines = shapely.segmentize(shapely.union_all(shapely.boundary(inside)), step_degrees)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(snap(_jagged(lines, rng, step_degrees)))))
    return faces[shapely.is_valid(faces)]


def _jagged(lines: Any, rng: np.random.Generator, step: float) -> Any:
    """Move the inner vertices of every border a little; its ends, where borders meet, stay."""
    moved = []
    for line in shapely.get_parts(shapely.line_merge(lines)):
        xy = shapely.get_coordinates(line)
        if len(xy) > 2:
            xy[1:-1] += rng.normal(0.0, step / 12, (len(xy) - 2, 2))
        moved.append(shapely.LineString(xy))
    return shapely.multilinestrings(moved)


def points(arcs: Arcs, count: int, seed: int = 2) -> tuple[Any, Any]:
    """Draw points, lon and lat (count,): half uniform over the extent, half within 2 m of a border."""
    rng = np.random.default_rng(seed)
    lonlat = from_nano(arcs.coords)
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    uniform = rng.uniform(low, high, (count - count // 2, 2))
    first = np.flatnonzero(np.diff(np.repeat(np.arange(len(arcs)), np.diff(arcs.offsets))) == 0)
    metres = np.array([111_320.0 * np.cos(np.radians(lonlat[:, 1].mean())), 111_132.0])
    length = np.hypot(*((lonlat[first + 1] - lonlat[first]) * metres).T)
    edge = first[rng.choice(len(first), count // 2, p=length / length.sum())]
    along = rng.uniform(0.0, 1.0, (count // 2, 1))
    angle, away_m = rng.uniform(0, 2 * np.pi, count // 2), rng.uniform(0.0, 2.0, count // 2)
    offset = np.stack([np.cos(angle) * away_m, np.sin(angle) * away_m], axis=1) / metres
    near = lonlat[edge] + along * (lonlat[edge + 1] - lonlat[edge]) + offset
    return tuple(rng.permutation(np.concatenate([uniform, near])).T)
