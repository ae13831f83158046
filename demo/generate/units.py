"""Communities in streets and grids in communities, as groups of blocks, and their polygons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from demo.generate.faces import Blocks
from demo.generate.partition import GRIDS_PER_COMMUNITY, components, partition, split_evenly
from demo.generate.plane import from_units, to_units
from demo.generate.refine import refine

STRAIGHT_M = 0.02
SIMPLIFY_M = 1.5
"""Vertices whose triangle with their neighbours is smaller than the square of this are left out."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """One grid: the street and community it lies in (numbers from 0) and its blocks."""

    street: int
    community: int
    blocks: Ints


def group(blocks: Blocks, streets: int, seed: int) -> list[Cell]:
    """Group the blocks of every street into communities, and those into grids."""
    cells: list[Cell] = []
    community = 0
    for street in range(streets):
        members = np.flatnonzero(blocks.street == street)
        for part in _parts(blocks, members):
            for whole in _communities(blocks, part, seed):
                grids = split_evenly(blocks, whole, max(1, round(float(blocks.weight[whole].sum()))), seed)
                cells += [Cell(street, community, grid) for grid in grids]
                community += 1
    return cells


def _parts(blocks: Blocks, members: Ints) -> list[Ints]:
    _, a, b = blocks.within(members)
    return [members[part] for part in components(len(members), a, b)] if len(members) else []


def _communities(blocks: Blocks, members: Ints, seed: int) -> list[Ints]:
    weight = float(blocks.weight[members].sum())
    return refine(blocks, partition(blocks, members, max(1, round(weight / GRIDS_PER_COMMUNITY)), seed))


def polygons_of(blocks: Blocks, cells: list[Cell]) -> Any:
    """Return the polygons (plane) of the grids, exactly edge-matched, without needless vertices.

    The given street borders only lose vertices on straight stretches; borders inside a street are simplified.
    """
    raw = [shapely.coverage_union_all(to_units(blocks.polygons[cell.blocks])) for cell in cells]
    polygons = shapely.coverage_simplify(
        from_units(np.array([_single(p) for p in raw], dtype=object)), STRAIGHT_M
    )
    street = np.array([cell.street for cell in cells])
    for index in np.unique(street):
        mine = street == index
        polygons[mine] = shapely.coverage_simplify(polygons[mine], SIMPLIFY_M, simplify_boundary=False)
    return polygons


def _single(polygon: Any) -> Any:
    parts = shapely.get_parts(polygon)
    return parts[0] if len(parts) == 1 else polygon
