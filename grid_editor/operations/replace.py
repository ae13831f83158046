"""Replace a coverage, or a part of it, by areas that were imported and cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import shapely

from grid_editor.change import OUTSIDE, Change, UnitValue
from grid_editor.faces import Overlay
from grid_editor.operations.areas import units_near
from grid_editor.operations.operation import (
    Entry,
    Operation,
    may_grow,
    refuse_composed,
    refuse_emptied,
    region,
    rings,
    the_base_unit,
    the_parent,
)
from grid_editor.operations.reading import Area, Payload
from grid_editor.pieces import from_arcs
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.geometry.arcs import build_arcs
from spatial.geometry.precision import from_nano

MOST_VERTICES = 1_000_000


@dataclass(frozen=True)
class Placed(Entry):
    """One imported unit with its area."""

    unit: str | None
    """Id or code of the unit that gets the area; none: it is new."""
    polygon: Area
    title: str | None = field(metadata={"key": "name"})
    title_en: str | None = field(metadata={"key": "name_en"})
    parent: str | None
    code: str | None
    new: str


@dataclass(frozen=True)
class Replace(Operation):
    """Put imported areas in the place of what lies there (导入替换).

    A unit that is named gets exactly its area; others keep what the import does not cover, and end when that
    is nothing. What a named unit leaves behind must be covered by the import, or gaps must be allowed.
    """

    units: tuple[Placed, ...]
    whole: bool
    """Replace all base units: those that are not named end."""
    outside: bool
    name: ClassVar[str] = "replace"
    course: ClassVar[str] = "units"

    @classmethod
    def read(cls, given: Payload) -> Replace:
        """Read {units: [{unit?, polygon, name?, name_en?, parent?, code?}], whole?, outside?}."""
        given.allow(MOST_VERTICES)
        units = tuple(
            Placed(
                entry.text_or_none("unit"), entry.area("polygon"), entry.text_or_none("name"),
                entry.word_or_none("name_en"), entry.text_or_none("parent"), entry.text_or_none("code"),
                entry.new_id(),
            )
            for entry in given.entries("units")
        )  # fmt: skip
        return cls(units, given.flag("whole"), given.flag("outside"))

    def draft(self, state: State) -> Change:
        """Overlay the areas with what is there, or take them as they are when they are the whole."""
        refuse_composed(state, "units")
        areas = [region(f"units[{i}].polygon", placed.polygon) for i, placed in enumerate(self.units)]
        values = [self._value(state, i, placed) for i, placed in enumerate(self.units)]
        if len({unit.id for unit in values}) < len(values):
            raise InvalidInput.at("units", "name every unit once")
        if self.whole:
            borders, gone = _all_new(state, areas, values), _unnamed(state, values)
        else:
            borders, gone = self._laid_over(state, areas, values)
        if state.base.depth > 1:
            kept = {unit.parent for unit in values}
            refuse_emptied(
                state, "units", [unit for unit in gone if unit.parent not in kept], [unit.id for unit in gone]
            )
        was = [found for unit in values if (found := state.find(unit.id)) is not None]
        return Change.between(borders.removed, borders.added, [*was, *gone], values)

    def _value(self, state: State, number: int, placed: Placed) -> UnitValue:
        where = f"units[{number}]"
        depth = state.base.depth
        parent = placed.parent
        if parent is not None and depth > 1:
            parent = the_parent(state, f"{where}.parent", parent, depth).id
        if placed.unit is not None:
            was = the_base_unit(state, f"{where}.unit", placed.unit)
            return replace(
                was,
                name=placed.title or was.name,
                name_en=was.name_en if placed.title_en is None else placed.title_en,
                parent=parent or was.parent,
                code=placed.code or was.code,
            )
        if parent is None and depth > 1:
            raise InvalidInput.at(f"{where}.parent", "is missing: a new unit needs the unit above it")
        if placed.title is None:
            raise InvalidInput.at(f"{where}.name", "is missing: a new unit needs a name")
        return UnitValue(placed.new, depth, placed.code, parent, placed.title, placed.title_en or "", False)

    def _laid_over(
        self, state: State, areas: Sequence[Any], values: Sequence[UnitValue]
    ) -> tuple[Change, list[UnitValue]]:
        """Give what becomes of the borders, and the units of which nothing is left."""
        named = {unit.id for unit in values if state.find(unit.id) is not None}
        near = named.union(*(units_near(state, area) for area in areas))
        lines = [line for placed in self.units for line in rings(placed.polygon)]
        overlay = Overlay.of(state, {*near, OUTSIDE}, lines)
        covers = overlay.lying_in(areas)
        units = [self._owner(state, overlay, i, covers, values, named) for i in range(len(overlay.faces))]
        units = overlay.without_hairlines(units)
        wide = {unit for unit, face in zip(units, overlay.faces, strict=True) if not face.is_hairline}
        missing = sorted(unit.name for unit in values if unit.id not in wide)
        if missing:
            raise InvalidInput.at("units", f"nothing would be left of '{missing[0]}'")
        return overlay.change(units), [state.unit(unit) for unit in sorted(near - set(units))]

    def _owner(
        self,
        state: State,
        overlay: Overlay,
        face: int,
        covers: Sequence[tuple[int, ...]],
        values: Sequence[UnitValue],
        named: set[str],
    ) -> str:
        was = overlay.faces[face].unit
        owners = [values[number] for number in covers[face]]
        is_wide = not overlay.faces[face].is_hairline
        if len(owners) > 1 and is_wide:
            raise InvalidInput.at("units", f"'{owners[0].name}' and '{owners[1].name}' overlap")
        if owners:
            return owners[0].id if was != OUTSIDE or may_grow(state, self.outside) else OUTSIDE
        if was not in named:
            return was
        if state.base.about.complete and is_wide:
            name = state.unit(was).name
            raise InvalidInput.at("units", f"nobody gets a part of '{name}': the import does not cover it")
        return OUTSIDE


def _all_new(state: State, areas: Sequence[Any], values: Sequence[UnitValue]) -> Change:
    """Take the areas as they are: they must be edge-matched, which build_arcs sees to."""
    shapes = [shapely.transform(area, lambda xy: from_nano(np.rint(xy))) for area in areas]
    added = from_arcs(build_arcs(shapes), [unit.id for unit in values])
    return Change.between(state.pieces(), added)


def _unnamed(state: State, values: Sequence[UnitValue]) -> list[UnitValue]:
    named = {unit.id for unit in values}
    return [unit for unit in state.units(state.base.depth) if unit.id not in named]
