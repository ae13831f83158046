"""Operations on whole units: merge, retire, migrate, compose. No line is drawn; borders only change sides."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar

from grid_editor.change import OUTSIDE, Change, UnitValue
from grid_editor.linking import relink
from grid_editor.noding import Chain, vertices
from grid_editor.operations.operation import (
    Operation,
    refuse_composed,
    refuse_emptied,
    the_parent,
    the_unit,
    the_units,
)
from grid_editor.operations.reading import Payload
from grid_editor.state import State
from spatial.errors import InvalidInput


@dataclass(frozen=True)
class Merge(Operation):
    """Merge units of one level (合并): one of them stays, the others end."""

    units: tuple[str, ...]
    into: str | None
    """Who stays; needed where the units have different parents, else the largest."""
    name: ClassVar[str] = "merge"
    course: ClassVar[str] = "units"
    changes: ClassVar[tuple[str, ...] | None] = ("units", "into")

    @classmethod
    def read(cls, given: Payload) -> Merge:
        """Read {units, into?}."""
        return cls(given.texts("units", 1), given.text_or_none("into"))

    def draft(self, state: State) -> Change:
        """Join the areas of base units, or the children of units above them."""
        units = the_units(state, "units", self.units)
        into = self._into(state, units)
        gone = [unit for unit in units if unit.id != into.id]
        if not gone:
            raise InvalidInput.at("units", "name two different units at least")
        return absorbed(state, "units", gone, into)

    def _into(self, state: State, units: list[UnitValue]) -> UnitValue:
        if self.into is not None:
            into = the_unit(state, "into", self.into)
            if into.level != units[0].level:
                raise InvalidInput.at("into", f"'{into.name}' is not of the level of the units")
            return into
        if len({unit.parent for unit in units}) > 1:
            raise InvalidInput.at(
                "into", "is needed: the units lie in different units above; name the one that stays"
            )
        return max(units, key=lambda unit: (state.polygon(unit.id).area, unit.id))


@dataclass(frozen=True)
class Retire(Operation):
    """End a unit (撤销); its area goes to another unit, or to none."""

    unit: str
    to: str | None
    name: ClassVar[str] = "retire"
    course: ClassVar[str] = "unit"
    changes: ClassVar[tuple[str, ...] | None] = ("unit", "to")

    @classmethod
    def read(cls, given: Payload) -> Retire:
        """Read {unit, to?}."""
        return cls(given.text("unit"), given.text_or_none("to"))

    def draft(self, state: State) -> Change:
        """Give the area to another unit; leave it to none only in a coverage that may have gaps."""
        unit = the_unit(state, "unit", self.unit)
        if self.to is not None:
            to = the_units(state, "to", [self.to, unit.id])[0]
            if to.id == unit.id:
                raise InvalidInput.at("to", "is the unit itself")
            return absorbed(state, "unit", [unit], to)
        if state.base.about.complete:
            raise InvalidInput.at("to", f"is needed: name who takes over the area of '{unit.name}'")
        if unit.level == state.base.depth:
            return _taken_over(state, "unit", [unit], None)
        if state.base.about.composed_of is None:
            raise InvalidInput.at("to", f"is needed: '{unit.name}' still has units below it")
        refuse_emptied(state, "unit", [unit], [unit.id])
        freed = [state.unit(child) for child in state.children(unit.id)]
        return Change.between(before=[unit, *freed], after=[replace(child, parent=None) for child in freed])


@dataclass(frozen=True)
class Migrate(Operation):
    """Put units of any level under another parent (划转隶属)."""

    units: tuple[str, ...]
    parent: str
    name: ClassVar[str] = "migrate"

    @classmethod
    def read(cls, given: Payload) -> Migrate:
        """Read {units, parent}."""
        return cls(given.texts("units", 1), given.text("parent"))

    def draft(self, state: State) -> Change:
        """Change the parent; the borders of the units above follow."""
        units = the_units(state, "units", self.units)
        if state.base.about.composed_of is not None and units[0].level == state.base.depth:
            raise InvalidInput.at("units", "use 'compose' to change the lists of this coverage")
        parent = self._parent(state, units[0])
        moving = [unit for unit in units if unit.parent != parent]
        if not moving:
            raise InvalidInput.at("parent", "the units lie in it already")
        if units[0].level > 1:
            refuse_emptied(state, "units", moving, [unit.id for unit in moving])
        return Change.between(before=moving, after=[replace(unit, parent=parent) for unit in moving])

    def _parent(self, state: State, unit: UnitValue) -> str:
        if unit.level > 1:
            return the_parent(state, "parent", self.parent, unit.level).id
        if state.base.about.within is None:
            raise InvalidInput.at("units", f"'{unit.name}' is the whole: there is nothing above it")
        return self.parent


@dataclass(frozen=True)
class Compose(Operation):
    """Change the list of base units that a special area is made of (组合), or make a new area."""

    unit: str | None
    title: str | None = field(metadata={"key": "name"})
    title_en: str = field(metadata={"key": "name_en"})
    parent: str | None
    add: tuple[str, ...]
    remove: tuple[str, ...]
    new: str
    name: ClassVar[str] = "compose"

    @classmethod
    def read(cls, given: Payload) -> Compose:
        """Read {unit, add, remove} or {name, name_en?, parent?, add} for a new area."""
        return cls(
            given.text_or_none("unit"), given.text_or_none("name"), given.word_or_none("name_en") or "",
            given.text_or_none("parent"), given.texts("add"), given.texts("remove"), given.new_id(),
        )  # fmt: skip

    def draft(self, state: State) -> Change:
        """Move base units in and out of the list."""
        if state.base.about.composed_of is None:
            raise InvalidInput.at("unit", "the units of this coverage have borders of their own, not lists")
        area, born = self._area(state)
        added = [unit for unit in self._members(state, "add", self.add) if unit.parent != area.id]
        removed = self._members(state, "remove", self.remove)
        self._refuse_strays(state, area, removed)
        if born and not added:
            raise InvalidInput.at("add", "a new area needs a unit at least")
        refuse_emptied(state, "add", [unit for unit in added if unit.parent], [unit.id for unit in added])
        if not added:
            refuse_emptied(state, "remove", removed, [unit.id for unit in removed])
        moved = [replace(unit, parent=area.id) for unit in added] + [
            replace(unit, parent=None) for unit in removed
        ]
        return Change.between(before=[*added, *removed], after=[*moved, *([area] if born else [])])

    def _area(self, state: State) -> tuple[UnitValue, bool]:
        level = state.base.depth - 1
        if self.unit is not None:
            area = the_unit(state, "unit", self.unit)
            if area.level != level:
                raise InvalidInput.at("unit", f"'{area.name}' is not an area of this coverage")
            return area, False
        if self.title is None:
            raise InvalidInput.at("unit", "is missing: name the area, or give the name of a new one")
        parent = None
        if level > 1:
            if self.parent is None:
                raise InvalidInput.at("parent", "is missing")
            parent = the_parent(state, "parent", self.parent, level).id
        return UnitValue(self.new, level, None, parent, self.title, self.title_en, False), True

    def _members(self, state: State, where: str, given: Collection[str]) -> list[UnitValue]:
        units = the_units(state, where, given)
        if units and units[0].level != state.base.depth:
            raise InvalidInput.at(where, "must name base units, not areas")
        return units

    def _refuse_strays(self, state: State, area: UnitValue, removed: Iterable[UnitValue]) -> None:
        for unit in removed:
            if unit.parent != area.id:
                raise InvalidInput.at("remove", f"'{unit.name}' does not belong to '{area.name}'")
            if state.base.about.complete:
                raise InvalidInput.at(
                    "remove", f"'{unit.name}' must belong to an area: add it to another one instead"
                )


def absorbed(state: State, where: str, gone: Collection[UnitValue], into: UnitValue) -> Change:
    """Let one unit take over all that others of its level have."""
    if into.level == state.base.depth:
        return _taken_over(state, where, gone, into)
    _refuse_emptied_above(state, where, gone, into)
    children = [state.unit(child) for unit in gone for child in state.children(unit.id)]
    moved = [replace(child, parent=into.id) for child in children]
    return Change.between(before=[*gone, *children], after=moved)


def _taken_over(state: State, where: str, gone: Collection[UnitValue], into: UnitValue | None) -> Change:
    """Give the areas of base units to another one, or to none."""
    refuse_composed(state, where)
    _refuse_emptied_above(state, where, gone, into)
    taker = OUTSIDE if into is None else into.id
    of = {unit.id: taker for unit in gone}
    before = sorted({piece for unit in gone for piece in state.pieces_of(unit.id)})
    chains = [
        Chain(vertices(piece), of.get(piece.left, piece.left), of.get(piece.right, piece.right), piece)
        for piece in before
    ]
    borders = relink(state, before, chains)
    return replace(borders, before=tuple(sorted(gone, key=lambda unit: unit.id)))


def _refuse_emptied_above(
    state: State, where: str, gone: Collection[UnitValue], into: UnitValue | None
) -> None:
    leaving = [unit for unit in gone if into is None or unit.parent != into.parent]
    if gone and next(iter(gone)).level > 1:
        refuse_emptied(state, where, leaving, [unit.id for unit in gone])
