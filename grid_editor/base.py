"""One published version of a coverage, compiled once and shared by all plans and requests of a process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Piece, UnitValue
from grid_editor.pieces import Box, box_shape, boxes_of, from_arcs
from spatial.geometry.arcs import Arcs
from spatial.grids.units import Coverage, Snapshot, UnitDraft

Node = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Base:
    """A coverage that does not change. What it gives costs the same with ten units as with 10,000."""

    about: Coverage
    version: int
    units: Mapping[str, UnitValue]
    """By id, all levels."""
    pieces: tuple[Piece, ...]
    pieces_of: Mapping[str, tuple[Piece, ...]]
    """The arcs of every base unit, by id."""
    children: Mapping[str, tuple[str, ...]]
    """Ids of the units right below a unit, by its id; the units of the first level under ""."""
    codes: Mapping[str, str]
    """Ids by code."""
    pieces_at: Mapping[Node, tuple[Piece, ...]]
    """The arcs that end at a node."""
    shapes: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """Polygons of units that somebody has asked for."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Base:
        """Compile a published version; its units must have their ids."""
        ids = {unit.code: str(unit.unit_id) for unit in snapshot.units}
        units = [_value(unit, ids) for unit in snapshot.units]
        return cls.compile(snapshot.about, snapshot.version, units, snapshot.arcs)

    @classmethod
    def compile(cls, about: Coverage, version: int, units: Sequence[UnitValue], arcs: Arcs) -> Base:
        """Compile units, of which the base units stand in the order of the arcs' unit indexes, and arcs."""
        depth = len(about.levels)
        pieces = tuple(from_arcs(arcs, [unit.id for unit in units if unit.level == depth]))
        return cls.of_pieces(about, version, units, pieces)

    @classmethod
    def of_pieces(
        cls, about: Coverage, version: int, units: Sequence[UnitValue], pieces: tuple[Piece, ...]
    ) -> Base:
        """Compile units in any order and arcs in normal form."""
        of_unit: dict[str, list[Piece]] = {unit.id: [] for unit in units if unit.level == len(about.levels)}
        at: dict[Node, list[Piece]] = defaultdict(list)
        for piece in pieces:
            for side in piece.sides:
                if side != OUTSIDE:
                    of_unit[side].append(piece)
            for node in set(piece.ends):
                at[node].append(piece)
        return cls(
            about, version, {unit.id: unit for unit in units}, pieces, _tuples(of_unit), _children(units),
            _codes(units), _tuples(at),
        )  # fmt: skip

    @classmethod
    def composed(
        cls, about: Coverage, version: int, units: Sequence[UnitValue], members: Mapping[str, str], of: Base
    ) -> Base:
        """Compile a special coverage whose units are lists of the base units of another (`of`).

        members: the special unit's id by the id of the base unit. The base units become a level below the
        coverage's own; one that belongs to no unit has no parent. They keep their ids.
        """
        levels = (*about.levels, of.about.levels[-1])
        depth = len(levels)
        below = [
            UnitValue(
                unit.id, depth, unit.code, members.get(unit.id), unit.name, unit.name_en, unit.generated
            )
            for unit in of.units.values()
            if unit.level == of.depth
        ]
        return cls.of_pieces(replace(about, levels=levels), version, [*units, *below], of.pieces)

    @property
    def depth(self) -> int:
        """The level of the base units."""
        return len(self.about.levels)

    @cached_property
    def known(self) -> frozenset[Piece]:
        """All pieces, to ask whether one is there."""
        return frozenset(self.pieces)

    @cached_property
    def _tree(self) -> Any:
        sizes = np.array([len(piece.coords) // 16 for piece in self.pieces], np.int64)
        coords = np.frombuffer(b"".join(piece.coords for piece in self.pieces), "<i8").reshape(-1, 2)
        owner = np.repeat(np.arange(len(self.pieces)), sizes)
        return shapely.STRtree(shapely.linestrings(coords.astype(np.float64), indices=owner))

    @cached_property
    def _boxes(self) -> tuple[list[str], Any]:
        number = {piece: i for i, piece in enumerate(self.pieces)}
        own = {id: [number[piece] for piece in pieces] for id, pieces in self.pieces_of.items() if pieces}
        order = np.array([i for numbers in own.values() for i in numbers], np.int64)
        starts = np.cumsum([0, *(len(numbers) for numbers in own.values())])[:-1]
        boxes = boxes_of(self.pieces)[order]
        if not own:
            return [], shapely.STRtree([])
        low = np.minimum.reduceat(boxes[:, :2], starts)
        high = np.maximum.reduceat(boxes[:, 2:], starts)
        return list(own), shapely.STRtree(shapely.box(*low.T, *high.T))

    @cached_property
    def bounds(self) -> Box | None:
        """The box around all units, nano-degrees; None without arcs."""
        if not self.pieces:
            return None
        west, south, east, north = shapely.total_bounds(self._tree.geometries).tolist()
        return int(west), int(south), int(east), int(north)

    def pieces_in(self, box: Box) -> list[Piece]:
        """List the arcs that have a point in a box."""
        found = self._tree.query(box_shape(box), predicate="intersects")
        return [self.pieces[i] for i in sorted(found.tolist())]

    def units_in(self, box: Box) -> set[str]:
        """Name the base units whose boxes meet a box."""
        ids, tree = self._boxes
        return {ids[i] for i in tree.query(box_shape(box)).tolist()}

    def warm(self) -> Base:
        """Build now what is otherwise built at the first question."""
        _ = self.known, self._boxes, self.bounds
        return self


def _value(unit: UnitDraft, ids: Mapping[str, str]) -> UnitValue:
    parent = None if unit.parent_code is None else ids.get(unit.parent_code, unit.parent_code)
    return UnitValue(
        str(unit.unit_id), unit.level, unit.code, parent, unit.name, unit.name_en, unit.generated,
        unit.evidence, tuple(sorted(unit.people or ())),
    )  # fmt: skip


def _children(units: Iterable[UnitValue]) -> dict[str, tuple[str, ...]]:
    below: dict[str, list[str]] = defaultdict(list)
    for unit in units:
        if unit.level == 1 or unit.parent is not None:
            below["" if unit.level == 1 or unit.parent is None else unit.parent].append(unit.id)
    return _tuples(below)


def _codes(units: Iterable[UnitValue]) -> dict[str, str]:
    """Where a member of a composed unit has the code of one, the unit is meant: it is written last."""
    order = sorted(units, key=lambda unit: -unit.level)
    return {unit.code: unit.id for unit in order if unit.code is not None}


def _tuples(lists: Mapping[Any, list[Any]]) -> dict[Any, tuple[Any, ...]]:
    return {key: tuple(values) for key, values in lists.items()}
