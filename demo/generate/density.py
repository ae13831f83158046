"""How fine the town is at a place: the area a grid and a block should have, and how much streets bend."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCKS_PER_GRID = 3.2
DENSE_M2, URBAN_M2, OUTER_M2 = 85_000.0, 105_000.0, 330_000.0
HILLS_EAST_M, HILLS_WEST_M = -1_800.0, -7_600.0
PLAIN_NORTH_M = -3_600.0
"""West of HILLS_EAST_M and north of PLAIN_NORTH_M (plane) the Western Hills begin; grids grow westwards."""


def hilliness(x: Any, y: Any) -> Any:
    """Return 0 in the plain to 1 in the hills, for plane coordinates (scalars or arrays)."""
    west = np.clip((HILLS_EAST_M - np.asarray(x)) / (HILLS_EAST_M - HILLS_WEST_M), 0.0, 1.0)
    north = np.clip((np.asarray(y) - PLAIN_NORTH_M) / 1_200.0, 0.0, 1.0)
    rise = west * north
    return rise * rise * (3.0 - 2.0 * rise)


def grid_area_at(x: Any, y: Any, built: Any) -> Any:
    """Return the area in m² that a grid should have; built: 0..1, how much is known to stand there."""
    plain = URBAN_M2 - (URBAN_M2 - DENSE_M2) * np.asarray(built)
    return plain + (OUTER_M2 - plain) * hilliness(x, y)


def block_area_at(x: float, y: float, site: Any) -> float:
    """Return the area in m² at which a block is not cut further."""
    return float(grid_area_at(x, y, site.built_at(x, y))) / BLOCKS_PER_GRID


def bend_at(x: float, y: float) -> float:
    """Return the typical sagitta of streets as a share of their length: straighter in the plain."""
    return 0.012 + 0.05 * float(hilliness(x, y))
