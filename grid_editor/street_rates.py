"""How far a plan would cover every street by grids and micro-grids (覆盖率): the preview of a plan.

What the plan leaves as it is counts with its area in force; only what it draws anew is measured.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from psycopg import Connection

from grid_editor.bases import Bases
from grid_editor.change import UnitValue
from grid_editor.features import nano_box
from grid_editor.reach import sees
from grid_editor.state import State
from grid_editor.store import newest_version
from spatial.database import query
from spatial.errors import InvalidInput, NotFound
from spatial.geometry.crs import area_m2
from spatial.rights.reader import Reader
from spatial.types import BBox

ROOM = "grid_editor"
GRIDS, MICRO_GRIDS = "grids", "micro_grids"
STREET = "street"
Areas = Mapping[str, float]


@dataclass(frozen=True)
class StreetRate:
    """A street with its grids and micro-grids as the plan has them; shares: 0 to 1 of its area in force."""

    id: str
    code: str | None
    name: str
    name_en: str
    area_m2: float
    touched: bool
    """The plan changes a border or a unit in it."""
    grids_before: int
    grids: int
    grids_share: float
    micro_grids_before: int
    micro_grids: int
    micro_share: float


def street_rates(connection: Connection[Any], bases: Bases, state: State, reader: Reader) -> list[StreetRate]:
    """Measure the streets that the reader may know, in order of their codes.

    state: of a plan of grids or of micro-grids, InvalidInput for another coverage; the other is as in force.
    """
    name = state.base.about.name
    if name not in (GRIDS, MICRO_GRIDS):
        raise InvalidInput.at("coverage", f"'{name}' has no streets: plans of grids and of micro-grids have")
    grids = state if name == GRIDS else _in_force(connection, bases, GRIDS)
    micro = state if name == MICRO_GRIDS else _in_force(connection, bases, MICRO_GRIDS)
    if grids is None or STREET not in grids.base.about.levels:
        return []
    areas = _areas(connection)
    after = _Count(grids, micro, areas)
    before = _Count(State(grids.base), State(micro.base) if micro else None, areas)
    seen = (unit for unit in grids.units(_level(grids)) if sees(grids, unit.id, reader))
    streets = sorted(seen, key=lambda unit: unit.code or "~")
    return [_rate(street, before, after) for street in streets]


def _in_force(connection: Connection[Any], bases: Bases, coverage: str) -> State | None:
    try:
        version, _ = newest_version(connection, coverage)
    except NotFound:
        return None
    return State(bases.base(coverage, version))


def _areas(connection: Connection[Any]) -> Mapping[str, Areas]:
    found: dict[str, dict[str, float]] = {GRIDS: {}, MICRO_GRIDS: {}}
    for coverage, code, area in connection.execute(query(ROOM, "street_areas")):
        found[coverage][code] = area
    return found


def _level(grids: State) -> int:
    return grids.base.about.levels.index(STREET) + 1


def _rate(street: UnitValue, before: _Count, after: _Count) -> StreetRate:
    total = before.area_of(street)
    here = after.grids_of[street.id]
    touched = after.is_touched(street.id) or before.is_touched(street.id)
    covered = after.covered(street, before) if touched else sum(after.grid_area(unit) for unit in here)
    micro = sum(after.micro_area(unit) for unit in after.micro_of[street.id])
    return StreetRate(
        street.id, street.code, street.name, street.name_en, round(total, 1), touched,
        len(before.grids_of[street.id]), len(here), _share(covered, total),
        len(before.micro_of[street.id]), len(after.micro_of[street.id]), _share(micro, total),
    )  # fmt: skip


def _share(part: float, total: float) -> float:
    """Rounding of areas must not make a street covered by more than all of it."""
    return round(min(1.0, part / total), 6) if total > 0 else 0.0


class _Count:
    """Grids and micro-grids by the street that they lie in."""

    def __init__(self, grids: State, micro: State | None, areas: Mapping[str, Areas]) -> None:
        self._grids, self._micro, self._areas = grids, micro, areas
        level = _level(grids)
        self.grids_of: dict[str, list[UnitValue]] = defaultdict(list)
        street_of: dict[str, str] = {}
        for unit in grids.units(grids.base.depth):
            above = grids.ancestor(unit.id, level)
            if above is not None:
                self.grids_of[above.id].append(unit)
                street_of[unit.id] = above.id
                if unit.code:
                    street_of[unit.code] = above.id
        self.micro_of: dict[str, list[UnitValue]] = defaultdict(list)
        for unit in micro.units(micro.base.depth) if micro else ():
            self.micro_of[street_of.get(unit.parent or "", "")].append(unit)

    def is_touched(self, street: str) -> bool:
        """Tell whether the plan changes anything right here."""
        units = {unit.id for unit in (*self.grids_of[street], *self.micro_of[street])}
        changed = set(self._grids.change.units) | (set(self._micro.change.units) if self._micro else set())
        return bool(units & changed)

    def grid_area(self, unit: UnitValue) -> float:
        """Give the area of a grid, measured only when the plan draws it anew."""
        return _area(self._grids, unit, self._areas[GRIDS])

    def micro_area(self, unit: UnitValue) -> float:
        """Give the area of a micro-grid."""
        return _area(self._micro, unit, self._areas[MICRO_GRIDS]) if self._micro else 0.0

    def area_of(self, street: UnitValue) -> float:
        """Give the area of a street."""
        known = self._areas[GRIDS].get(street.code or "")
        return known if known is not None else sum(self.grid_area(unit) for unit in self.grids_of[street.id])

    def covered(self, street: UnitValue, before: _Count) -> float:
        """Measure how much of a street as it was lies in a grid now, whichever street the grid is of."""
        state = before._grids if before._grids.find(street.id) is not None else self._grids
        land = state.polygon(street.id)
        if land.is_empty:
            return 0.0
        near: Collection[str] = self._grids.units_in(nano_box(BBox(*shapely.bounds(land).tolist())))
        ground = shapely.union_all(self._grids.polygons(sorted(near)))
        return area_m2(shapely.intersection(land, ground))


def _area(state: State, unit: UnitValue, areas: Areas) -> float:
    known = areas.get(unit.code or "")
    if known is not None and unit.id not in state.change.reshaped:
        return known
    return area_m2(state.polygon(unit.id))
