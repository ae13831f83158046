"""What the checks look at: some units of a state with what lies beside, above and below them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece, UnitValue
from grid_editor.facts import Facts, Figures
from grid_editor.pieces import lines_of
from grid_editor.state import State
from spatial.geometry import crs
from spatial.geometry.precision import IntArray

_M_PER_NANO = 111_035.0e-9
"""Metres of a nano-degree of latitude; of longitude that times the cosine. For comparing, not for reports."""


@dataclass(frozen=True)
class Sight:
    """Units to check, in a state, with the facts below them."""

    state: State
    touched: frozenset[str]
    """Ids of units of any level; those that are not there (any more) are passed over."""
    facts: Facts

    @property
    def limits(self) -> Mapping[str, Any]:
        """What units of this coverage should keep to."""
        return self.state.base.about.limits

    @cached_property
    def units(self) -> tuple[UnitValue, ...]:
        """All units to check, by id: the touched ones and the direct parents of touched base units."""
        found = {unit.id: unit for id in self.touched if (unit := self.state.find(id)) is not None}
        for unit in [*found.values()]:
            parent = self.state.find(unit.parent) if unit.parent and self.is_base(unit) else None
            if parent is not None:
                found[parent.id] = parent
        return tuple(found[id] for id in sorted(found))

    @cached_property
    def leaves(self) -> tuple[UnitValue, ...]:
        """Those of them that are of the coverage's deepest level."""
        depth = self.state.base.depth - bool(self.state.base.about.composed_of)
        return tuple(unit for unit in self.units if unit.level == depth)

    @cached_property
    def drawn(self) -> tuple[UnitValue, ...]:
        """The leaves, where they have borders of their own and are not made of another coverage's units."""
        return () if self.state.base.about.composed_of else self.leaves

    def is_base(self, unit: UnitValue) -> bool:
        """Tell whether a unit is of the level that has the arcs."""
        return unit.level == self.state.base.depth

    def shape(self, unit: str) -> Any:
        """Give the MultiPolygon of a unit."""
        return self.state.polygon(unit)

    def named(self, unit: str, role: str = "unit") -> dict[str, str]:
        """Give the words that stand for a unit in texts."""
        found = self.state.find(unit)
        if found is None:
            return {role: unit}
        return {role: found.name or found.code or unit, f"{role}_en": found.name_en or found.name}

    def figures(self, ids: Collection[str]) -> Mapping[str, Figures]:
        """Count for units, each once; what the reader may not know is None."""
        missing = [id for id in ids if id not in self._figures]
        if missing:
            self._figures.update(counted(self.state, self.facts, missing))
        return self._figures

    @cached_property
    def _figures(self) -> dict[str, Figures]:
        return {}

    @cached_property
    def borders(self) -> tuple[tuple[Piece, ...], Any]:
        """All arcs of the drawn units, each once, and their lines."""
        pieces = tuple(sorted({piece for unit in self.drawn for piece in self.state.pieces_of(unit.id)}))
        return pieces, lines_of(pieces) if pieces else np.empty(0, dtype=object)

    def beside(self, unit: str) -> list[tuple[str, float]]:
        """List the base units that share a border with one, the longest border first, with metres."""
        metres: dict[str, float] = defaultdict(float)
        for piece in self.state.pieces_of(unit):
            other = piece.right if piece.left == unit else piece.left
            if other not in (OUTSIDE, unit):
                metres[other] += length_m(piece.points)
        return sorted(metres.items(), key=lambda pair: (-pair[1], pair[0]))

    def kin_beside(self, unit: UnitValue) -> list[str]:
        """List the units beside a base unit, those of its own parent first, then by length of border."""
        others = [other for other, _ in self.beside(unit.id)]
        return sorted(others, key=lambda other: self.state.unit(other).parent != unit.parent)

    def beside_part(self, unit: str, part: Any) -> str | None:
        """Name the base unit with the longest border along a part of a unit's polygon, or None."""
        around = shapely.boundary(part)
        lengths: dict[str, float] = defaultdict(float)
        pieces = self.state.pieces_of(unit)
        for piece, line in zip(pieces, lines_of(pieces), strict=True):
            other = piece.right if piece.left == unit else piece.left
            if other != OUTSIDE:
                lengths[other] += shapely.length(shapely.intersection(line, around))
        best = max(sorted(lengths), key=lambda other: lengths[other], default=None)
        return best if best is not None and lengths[best] > 0 else None


def counted(state: State, facts: Facts, ids: Collection[str]) -> dict[str, Figures]:
    """Count for units of a state; figures from rows that the reader does not see all of are None."""
    units = [state.unit(id) for id in ids]
    found = facts.count([state.polygon(unit.id) for unit in units])
    return {
        unit.id: figures if facts.knows(code_in(state, unit)) else open_only(figures)
        for unit, figures in zip(units, found, strict=True)
    }


def open_only(figures: Figures) -> Figures:
    """Keep what everybody may read: people by cell, and buildings."""
    return {
        name: value if name in ("people", "households", "buildings") else None
        for name, value in figures.items()
    }


def code_in(state: State, unit: UnitValue) -> str | None:
    """Give a unit's code, or that of the nearest unit above that has one."""
    here: UnitValue | None = unit
    while here is not None and here.code is None:
        here = state.find(here.parent) if here.parent else None
    return None if here is None else here.code


def length_m(points: IntArray) -> float:
    """Measure a line of nano-degrees (n, 2), nearly: to find the longer one of two."""
    steps = np.diff(points, axis=0) * _M_PER_NANO
    steps[:, 0] *= np.cos(np.radians(points[0, 1] * 1e-9))
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def area_m2(shape: Any) -> float:
    """Measure a polygonal geometry on the ellipsoid; lines and points have none."""
    parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon"]
    return sum(crs.area_m2(part) for part in parts)


def perimeter_m(shape: Any) -> float:
    """Measure the border of a polygonal geometry on the ellipsoid, holes included."""
    return sum(_along_m(ring) for ring in shapely.get_rings(shapely.get_parts(shape)).tolist())


def _along_m(ring: Any) -> float:
    lon, lat = shapely.get_coordinates(ring).T
    return float(crs.geodesic_m(lon[:-1], lat[:-1], lon[1:], lat[1:]).sum())
