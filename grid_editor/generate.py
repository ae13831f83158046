"""Draws micro-grids (微网格) into grids: along streets, each carrying about as much, as one operation.

They nest in their grid to the last digit, and one step of the plan takes all of them back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from psycopg import Connection
from shapely.geometry import mapping

from grid_editor.blocks import Loads, Street
from grid_editor.reach import is_own
from grid_editor.state import State
from grid_editor.suggest import draw_micro_grids
from grid_editor.suggest_ground import ground_below
from spatial.errors import InvalidInput
from spatial.geometry.crs import area_m2
from spatial.grids.crosswalk import read_side
from spatial.grids.units import Coverage
from spatial.rights.reader import Reader

Json = dict[str, Any]
NAME, NAME_EN = "{grid}微网格{number:02d}", "{grid} micro-grid {number}"
OVER = 1.25
"""More than this times what a part may carry is told; streets do not allow for less."""


@dataclass(frozen=True)
class Grid:
    """A grid that is to be divided."""

    id: str
    code: str
    name: str
    shape: Any
    """MultiPolygon, degrees."""


@dataclass(frozen=True)
class Part:
    """A micro-grid as it will be."""

    name: str
    shape: Any
    area_m2: float
    load: float


@dataclass(frozen=True)
class Divided:
    """A grid and its micro-grids, from west to east, and what to know of them."""

    grid: Grid
    parts: tuple[Part, ...]
    load: float
    most: float

    @property
    def reasons(self) -> list[tuple[str, Json]]:
        """Say why there are so many, and which carry more than they may: (key, values)."""
        if len(self.parts) == 1:
            return [("whole", {"load": self.load, "most": self.most})]
        target = self.load / len(self.parts)
        found = [("divided", {"load": self.load, "parts": len(self.parts), "target": target})]
        over = [part for part in self.parts if part.load > OVER * self.most]
        if over:
            found.append(("over", {"parts": len(over), "load": max(part.load for part in over)}))
        return found


def refuse_other_coverages(about: Coverage) -> None:
    """Refuse to make micro-grids in a coverage that lies in no other."""
    if about.within is None or about.depth != 1:
        raise InvalidInput.at(
            "plan", f"'{about.title}' ({about.name}) does not lie within grids: begin a plan of micro_grids"
        )


def grids_of(
    connection: Connection[Any], reader: Reader, about: Coverage, units: Sequence[str]
) -> list[Grid]:
    """Find grids in force by id or code; what the reader may not change is refused as if there was none."""
    side = read_side(connection, about.within or "", None, about.within_level)
    known = {}
    for (id, code, name), shape in zip(side.units, side.shapes, strict=True):
        if reader.holds(code):
            known[code] = known[str(id)] = Grid(str(id), code, name, shape)
    found: dict[str, Grid] = {}
    for given in map(str.strip, units):
        if given not in known:
            raise InvalidInput.at("units", f"'{given}' is no grid in force that you may divide")
        found[known[given].code] = known[given]
    return list(found.values())


def refuse_divided(state: State, reader: Reader, grids: Sequence[Grid]) -> None:
    """Refuse grids that have micro-grids already: they would end without a word."""
    for grid in grids:
        there = [
            unit
            for unit in state.units(1)
            if unit.parent == grid.code and (reader.sees_everything or is_own(state, unit.id, reader))
        ]
        if there:
            raise InvalidInput.at(
                "units",
                f"'{grid.name}' ({grid.code}) has {len(there)} already: send replace=true to draw them anew",
            )


def divide(
    connection: Connection[Any], reader: Reader, about: Coverage, grids: Sequence[Grid], by: str, most: float
) -> list[Divided]:
    """Divide grids by what lies in them; InvalidInput at `by` for a figure that there is none of."""
    streets, loads = ground_below(connection, reader, about, [grid.shape for grid in grids], by)
    tree = shapely.STRtree(np.array([street.line for street in streets], object))
    return [_divided(grid, [streets[at] for at in tree.query(grid.shape)], loads, most) for grid in grids]


def operation_of(divided: Sequence[Divided]) -> Json:
    """Write the operation that puts them in the place of what lies there."""
    units = [
        {
            "name": part.name,
            "name_en": NAME_EN.format(grid=each.grid.code, number=number),
            "parent": each.grid.code,
            "polygon": mapping(part.shape),
        }
        for each in divided
        for number, part in enumerate(each.parts, 1)
    ]
    return {"op": "replace", "units": units, "outside": True}


def _divided(grid: Grid, streets: Sequence[Street], loads: Loads, most: float) -> Divided:
    shapes = draw_micro_grids(grid.shape, streets, loads, most)
    parts = tuple(
        Part(NAME.format(grid=grid.name, number=number), shape, area_m2(shape), _load(shape, loads))
        for number, shape in enumerate(shapes, 1)
    )
    return Divided(grid, parts, sum(part.load for part in parts), most)


def _load(shape: Any, loads: Loads) -> float:
    shapely.prepare(shape)
    return float(np.asarray(loads.load)[shapely.intersects_xy(shape, loads.lon, loads.lat)].sum())
