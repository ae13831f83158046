"""A coverage as a plan sees it: a published version that all share, and the plan's net change over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from grid_editor.base import Base, Node
from grid_editor.change import OUTSIDE, Change, Piece, UnitValue, in_order
from grid_editor.pieces import Box, box_of, box_shape, boxes_meet, boxes_of, polygon_of, polygons_of, to_arcs
from spatial.errors import Conflict, NotFound
from spatial.geometry.arcs import Arcs
from spatial.geometry.precision import IntArray, from_nano

__all__ = ["Base", "Patch", "State"]
_MOST_NAMED = 3


@dataclass(frozen=True)
class Patch:
    """A few base units with all their arcs: what an operation touches, and the ring around it."""

    units: tuple[UnitValue, ...]
    """By id."""
    touched: frozenset[str]
    """The units in the middle; the others are the ring."""
    pieces: tuple[Piece, ...]
    polygons: tuple[Any, ...]
    """MultiPolygon of every unit, EPSG:4326 degrees, in the order of `units`."""

    @cached_property
    def arcs(self) -> Arcs:
        """The arcs, their sides as indexes into `units`; a unit beyond the ring reads outside (-1)."""
        return to_arcs(self.pieces, {unit.id: i for i, unit in enumerate(self.units)})


@dataclass(frozen=True)
class State:
    """An immutable coverage in normal form: maximal arcs between nodes, in canonical direction."""

    base: Base
    change: Change = field(default_factory=Change)

    @classmethod
    def of(cls, base: Base, change: Change) -> State:
        """Lay a net change over a version; Conflict when the version has not what the change replaces."""
        return cls(base).apply(change)

    def apply(self, change: Change) -> State:
        """Give the state after a change; Conflict when this state has not what the change replaces."""
        _refuse_mismatch(self, change)
        after = State(self.base, self.change.then(change))
        after.__dict__["_shapes"] = {
            id: shape for id, shape in self._shapes.items() if self._is_base(id) and id not in change.units
        }
        kept = {id: box for id, box in self._boxes.items() if id not in change.reshaped}
        after.__dict__["_boxes"] = {**kept, **after._boxes_of(change.reshaped)}
        return after

    # Units

    def find(self, unit: str) -> UnitValue | None:
        """Give a unit by id, or None."""
        return self._units[unit] if unit in self._units else self.base.units.get(unit)

    def unit(self, unit: str) -> UnitValue:
        """Give a unit by id; NotFound when it is not there (any more)."""
        found = self.find(unit)
        if found is None:
            raise NotFound(f"there is no unit '{unit}' in this plan")
        return found

    def units(self, level: int | None = None) -> Iterator[UnitValue]:
        """Go through all units, or those of a level; the only call that takes as long as there are units."""
        for id, unit in self.base.units.items():
            if id not in self._units and level in (None, unit.level):
                yield unit
        for now in self._units.values():
            if now is not None and level in (None, now.level):
                yield now

    def unit_by_code(self, code: str) -> UnitValue | None:
        """Give the unit that has a code now, or None."""
        for unit in self.change.after:
            if unit.code == code:
                return unit
        known = self.base.codes.get(code)
        return self.base.units[known] if known is not None and known not in self._units else None

    @cached_property
    def units_by_code(self) -> Mapping[str, UnitValue]:
        """All units that have a code, by it."""
        return {unit.code: unit for unit in self.units() if unit.code is not None}

    def children(self, unit: str) -> tuple[str, ...]:
        """Name the units right below a unit (below "": the first level), sorted."""
        kept = {child for child in self.base.children.get(unit, ()) if child not in self._units}
        return tuple(sorted(kept | self._children.get(unit, set())))

    def base_units_of(self, unit: str) -> frozenset[str]:
        """Name the base units below a unit; a base unit gives itself."""
        here = [self.unit(unit)]
        while here and here[0].level < self.base.depth:
            here = [self.unit(child) for parent in here for child in self.children(parent.id)]
        return frozenset(below.id for below in here)

    def ancestor(self, unit: str, level: int) -> UnitValue | None:
        """Give the unit of a level that a unit lies in (itself, if it is of that level), or None."""
        here: UnitValue | None = self.unit(unit)
        while here is not None and here.level > level:
            here = None if here.parent is None else self.find(here.parent)
        return here

    # Borders

    def has(self, piece: Piece) -> bool:
        """Tell whether an arc is there, with these sides."""
        return piece in self._come or (piece in self.base.known and piece not in self._gone)

    def pieces(self) -> Iterator[Piece]:
        """Go through all arcs of the coverage."""
        yield from (piece for piece in self.base.pieces if piece not in self._gone)
        yield from self.change.added

    def pieces_of(self, unit: str) -> tuple[Piece, ...]:
        """List the arcs of a base unit."""
        kept = self.base.pieces_of.get(unit, ())
        if unit not in self.change.reshaped:
            return kept
        return (*(piece for piece in kept if piece not in self._gone), *self._come_of.get(unit, ()))

    def pieces_at(self, node: Node) -> tuple[Piece, ...]:
        """List the arcs that begin or end at a vertex (nano-degrees lon, lat)."""
        kept = (piece for piece in self.base.pieces_at.get(node, ()) if piece not in self._gone)
        return (*kept, *self._come_at.get(node, ()))

    def pieces_in(self, box: Box) -> list[Piece]:
        """List the arcs that have a point in a box (nano-degrees)."""
        kept = [piece for piece in self.base.pieces_in(box) if piece not in self._gone]
        shape = box_shape(box)
        boxes = self._added_boxes
        near = (boxes[:, :2] <= box[2:]).all(axis=1) & (boxes[:, 2:] >= box[:2]).all(axis=1)
        added = [self.change.added[i] for i in np.flatnonzero(near)]
        return kept + [piece for piece in added if shape.intersects(shapely.LineString(piece.points))]

    def units_in(self, box: Box) -> set[str]:
        """Name the base units whose boxes meet a box (nano-degrees)."""
        near = self.base.units_in(box) - self.change.reshaped
        return near | {id for id, own in self._boxes.items() if boxes_meet(own, box)}

    def unit_at(self, node: Node) -> str:
        """Name the base unit that a point (nano-degrees) lies in or on the border of; "" outside."""
        point = shapely.Point(from_nano(node))
        inside = [id for id in self.units_in((*node, *node)) if shapely.intersects(self.polygon(id), point)]
        return min(inside, default=OUTSIDE)

    def neighbours(self, unit: str) -> frozenset[str]:
        """Name the units of the same level that have a piece of border with a unit."""
        level, own = self.unit(unit).level, self.base_units_of(unit)
        sides = {side for id in own for piece in self.pieces_of(id) for side in piece.sides}
        above = (self.ancestor(side, level) for side in sides - own - {OUTSIDE})
        return frozenset(found.id for found in above if found is not None)

    def polygon(self, unit: str) -> Any:
        """Build the MultiPolygon (EPSG:4326 degrees) of a unit of any level; kept for the next time."""
        if self.unit(unit).level == self.base.depth:
            return self.polygons([unit])[0]
        if unit not in self._shapes:
            own = self.base_units_of(unit)
            self._shapes[unit] = polygon_of({piece for id in own for piece in self.pieces_of(id)}, own)
        return self._shapes[unit]

    def polygons(self, units: Sequence[str]) -> tuple[Any, ...]:
        """Build the MultiPolygons of base units, all at once; kept for the next time."""
        for kept, ids in (
            (self.base.shapes, [id for id in units if id not in self.change.reshaped]),
            (self._shapes, [id for id in units if id in self.change.reshaped]),
        ):
            missing = [id for id in ids if id not in kept]
            if missing:
                pieces = sorted({piece for id in missing for piece in self.pieces_of(id)}, key=in_order)
                kept.update(zip(missing, polygons_of(pieces, missing), strict=True))
        return tuple((self._shapes if id in self.change.reshaped else self.base.shapes)[id] for id in units)

    def neighbourhood(self, units: Collection[str]) -> Patch:
        """Give base units, all that share a border with them, and all whose boxes meet theirs.

        units: ids of any level; ids that are not there are passed over.
        """
        touched = frozenset(
            below for unit in units if self.find(unit) is not None for below in self.base_units_of(unit)
        )
        border = {piece for unit in touched for piece in self.pieces_of(unit)}
        near = {side for piece in border for side in piece.sides} - {OUTSIDE}
        if border:
            near |= self.units_in(box_of(border))
        ids = sorted(near | touched)
        pieces = sorted({piece for id in ids for piece in self.pieces_of(id)}, key=in_order)
        return Patch(tuple(self.unit(id) for id in ids), touched, tuple(pieces), self.polygons(ids))

    # What the change makes of the base

    @cached_property
    def _units(self) -> dict[str, UnitValue | None]:
        return {
            **{unit.id: None for unit in self.change.before},
            **{unit.id: unit for unit in self.change.after},
        }

    @cached_property
    def _children(self) -> dict[str, set[str]]:
        below: dict[str, set[str]] = defaultdict(set)
        for unit in self.change.after:
            if unit.level == 1 or unit.parent is not None:
                below["" if unit.level == 1 or unit.parent is None else unit.parent].add(unit.id)
        return dict(below)

    @cached_property
    def _gone(self) -> frozenset[Piece]:
        return frozenset(self.change.removed)

    @cached_property
    def _come(self) -> frozenset[Piece]:
        return frozenset(self.change.added)

    @cached_property
    def _come_of(self) -> dict[str, list[Piece]]:
        of_unit: dict[str, list[Piece]] = defaultdict(list)
        for piece in self.change.added:
            of_unit[piece.left].append(piece)
            of_unit[piece.right].append(piece)
        return dict(of_unit)

    @cached_property
    def _come_at(self) -> dict[Node, list[Piece]]:
        at: dict[Node, list[Piece]] = defaultdict(list)
        for piece in self.change.added:
            for node in set(piece.ends):
                at[node].append(piece)
        return dict(at)

    @cached_property
    def _boxes(self) -> dict[str, Box]:
        return self._boxes_of(self.change.reshaped)

    def _boxes_of(self, units: Collection[str]) -> dict[str, Box]:
        pieces = ((id, self.pieces_of(id)) for id in units)
        return {id: box_of(own) for id, own in pieces if own}

    @cached_property
    def _added_boxes(self) -> IntArray:
        return boxes_of(self.change.added)

    def _is_base(self, unit: str) -> bool:
        found = self.find(unit)
        return found is not None and found.level == self.base.depth

    @cached_property
    def _shapes(self) -> dict[str, Any]:
        return {}


def _refuse_mismatch(state: State, change: Change) -> None:
    """A change fits only where everything it replaces is as it was, and what it brings is not there yet."""
    torn = [piece for piece in change.removed if not state.has(piece)]
    doubled = [piece for piece in change.added if state.has(piece)]
    born = change.born
    changed = [unit.id for unit in change.before if state.find(unit.id) != unit]
    changed += [id for id in born if state.find(id) is not None]
    sides = {side for piece in (*torn, *doubled) for side in piece.sides} - {OUTSIDE}
    ids = sorted({*changed, *sides})
    if ids or torn or doubled:
        names = [found.name if (found := state.find(id)) else id for id in ids[:_MOST_NAMED]]
        raise Conflict(f"these units have changed in the meantime: {', '.join(names)}")
