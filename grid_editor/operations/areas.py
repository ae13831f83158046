"""Operations that give a drawn area to a unit: draw, cut and transfer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Change, UnitValue
from grid_editor.faces import Overlay
from grid_editor.noding import SNAP_NANO
from grid_editor.operations.operation import (
    Operation,
    may_grow,
    refuse_composed,
    region,
    rings,
    the_base_unit,
    the_parent,
)
from grid_editor.operations.reading import Area, Payload
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.precision import from_nano


@dataclass(frozen=True)
class Draw(Operation):
    """Draw a new unit (新建): it is carved out of what lies there."""

    polygon: Area
    title: str = field(metadata={"key": "name"})
    title_en: str = field(metadata={"key": "name_en"})
    parent: str | None
    """Needed where the area is taken from units of different parents, or from none."""
    outside: bool
    """Take also what lies outside a complete coverage; else only what lies in it is taken."""
    new: str
    name: ClassVar[str] = "draw"
    course: ClassVar[str] = "polygon"

    @classmethod
    def read(cls, given: Payload) -> Draw:
        """Read {polygon, name, name_en?, parent?, outside?}."""
        return cls(
            given.area("polygon"), given.text("name"), given.word_or_none("name_en") or "",
            given.text_or_none("parent"), given.flag("outside"), given.new_id(),
        )  # fmt: skip

    def draft(self, state: State) -> Change:
        """Give all faces in the polygon to the new unit."""
        refuse_composed(state, "polygon")
        area = region("polygon", self.polygon)
        overlay = Overlay.of(state, {*units_near(state, area), OUTSIDE}, rings(self.polygon))
        grows = may_grow(state, self.outside)
        takes = [
            inside and (grows or face.unit != OUTSIDE)
            for inside, face in zip(overlay.inside(area), overlay.faces, strict=True)
        ]
        refuse_nothing(overlay, takes, "polygon", "the area lies outside the coverage")
        refuse_swallowed(state, overlay, takes, "polygon")
        born = UnitValue(
            self.new,
            state.base.depth,
            None,
            self._parent(state, overlay, takes),
            self.title,
            self.title_en,
            False,
        )
        return replace(given_to(overlay, takes, born.id), after=(born,))

    def _parent(self, state: State, overlay: Overlay, takes: Sequence[bool]) -> str | None:
        depth = state.base.depth
        if self.parent is not None:
            return the_parent(state, "parent", self.parent, depth).id if depth > 1 else self.parent
        givers = {face.unit for face, taken in zip(overlay.faces, takes, strict=True) if taken} - {OUTSIDE}
        parents = {state.unit(giver).parent for giver in givers}
        if len(parents) == 1:
            return parents.pop()
        if depth == 1 and not parents:
            return None
        raise InvalidInput.at(
            "parent", "is needed: the area is not taken from units of one and the same parent"
        )


@dataclass(frozen=True)
class Cut(Operation):
    """Cut an area out of a unit (挖洞): a new unit, or, with a reason, an area that belongs to none."""

    unit: str
    polygon: Area
    title: str | None = field(metadata={"key": "name"})
    title_en: str = field(metadata={"key": "name_en"})
    reason: str | None
    """Why the area belongs to no unit, where it gets no name."""
    new: str
    name: ClassVar[str] = "cut"
    course: ClassVar[str] = "polygon"
    changes: ClassVar[tuple[str, ...] | None] = ("unit",)

    @classmethod
    def read(cls, given: Payload) -> Cut:
        """Read {unit, polygon, name, name_en?} or {unit, polygon, reason}."""
        return cls(
            given.text("unit"), given.area("polygon"), given.text_or_none("name"),
            given.word_or_none("name_en") or "", given.text_or_none("reason"), given.new_id(),
        )  # fmt: skip

    def draft(self, state: State) -> Change:
        """Give what of the polygon lies in the unit to a new unit, or to none."""
        unit = the_base_unit(state, "unit", self.unit)
        if self.title is None and self.reason is None:
            raise InvalidInput.at(
                "name", "is missing: name the new unit, or give the reason why the area belongs to no unit"
            )
        drawn = region("polygon", self.polygon)
        overlay = Overlay.of(state, {unit.id}, rings(self.polygon))
        takes = overlay.inside(drawn)
        refuse_nothing(overlay, takes, "polygon", f"the area does not lie in '{unit.name}'")
        refuse_swallowed(state, overlay, takes, "polygon")
        if self.title is None:
            return given_to(overlay, takes, OUTSIDE)
        born = UnitValue(self.new, unit.level, None, unit.parent, self.title, self.title_en, False)
        return replace(given_to(overlay, takes, born.id), after=(born,))


@dataclass(frozen=True)
class Transfer(Operation):
    """Give a piece of a unit, or of ground that belongs to none, to another (划转)."""

    giver: str | None = field(metadata={"key": "from"})
    taker: str = field(metadata={"key": "to"})
    polygon: Area
    outside: bool
    """Give ground that belongs to no unit, in place of a unit's."""
    name: ClassVar[str] = "transfer"
    course: ClassVar[str] = "polygon"
    changes: ClassVar[tuple[str, ...] | None] = ("giver", "taker")

    @classmethod
    def read(cls, given: Payload) -> Transfer:
        """Read {from, to, polygon} or {outside: true, to, polygon}."""
        outside = given.flag("outside")
        giver = given.text_or_none("from") if outside else given.text("from")
        return cls(giver, given.text("to"), given.area("polygon"), outside)

    def draft(self, state: State) -> Change:
        """Give what of the polygon lies in the one unit, or in none, to the other."""
        taker = the_base_unit(state, "to", self.taker)
        area = region("polygon", self.polygon)
        giver = None if self.giver is None else the_base_unit(state, "from", self.giver)
        if giver == taker:
            raise InvalidInput.at("to", "is the same unit as 'from'")
        whose = OUTSIDE if giver is None else giver.id
        around = {OUTSIDE, taker.id, *units_near(state, area)} if giver is None else {giver.id}
        overlay = Overlay.of(state, around, rings(self.polygon))
        takes = [
            inside and face.unit == whose
            for inside, face in zip(overlay.inside(area), overlay.faces, strict=True)
        ]
        where = "outside the units" if giver is None else f"in '{giver.name}'"
        refuse_nothing(overlay, takes, "polygon", f"the area does not lie {where}")
        refuse_swallowed(state, overlay, takes, "polygon")
        return given_to(overlay, takes, taker.id)


def units_near(state: State, area: Any) -> set[str]:
    """Name the base units that lie within a centimetre of an area (nano-degrees)."""
    west, south, east, north = shapely.bounds(area).tolist()
    box = int(west) - SNAP_NANO, int(south) - SNAP_NANO, int(east) + SNAP_NANO, int(north) + SNAP_NANO
    lonlat = shapely.transform(area, lambda xy: from_nano(np.rint(xy)))
    shapely.prepare(lonlat)
    reach = float(from_nano(2 * SNAP_NANO))
    return {id for id in state.units_in(box) if shapely.dwithin(lonlat, state.polygon(id), reach)}


def given_to(overlay: Overlay, takes: Sequence[bool], taker: str) -> Change:
    """Give the chosen faces to a unit; the others stay."""
    units = [taker if taken else face.unit for face, taken in zip(overlay.faces, takes, strict=True)]
    return overlay.change(overlay.without_hairlines(units))


def refuse_nothing(overlay: Overlay, takes: Sequence[bool], where: str, reason: str) -> None:
    """Refuse when no face worth the name is taken."""
    if not any(taken and not face.is_hairline for face, taken in zip(overlay.faces, takes, strict=True)):
        raise InvalidInput.at(where, reason)


def refuse_swallowed(state: State, overlay: Overlay, takes: Sequence[bool], where: str) -> None:
    """Refuse to leave nothing of a unit: that is a merge, and who ends must be said."""
    kept = {
        face.unit
        for face, taken in zip(overlay.faces, takes, strict=True)
        if not taken and not face.is_hairline
    }
    gone = {face.unit for face, taken in zip(overlay.faces, takes, strict=True) if taken} - kept - {OUTSIDE}
    if gone:
        names = "', '".join(sorted(state.unit(id).name for id in gone))
        raise InvalidInput.at(where, f"nothing would be left of '{names}': merge the units instead")
