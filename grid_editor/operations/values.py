"""Operations on what a unit is called and who works in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

from grid_editor.change import Change, UnitValue
from grid_editor.operations.operation import Operation, the_unit
from grid_editor.operations.reading import Payload
from grid_editor.state import State
from spatial.errors import InvalidInput
from spatial.grids.codes import check


@dataclass(frozen=True)
class Rename(Operation):
    """Give a unit another name (更名)."""

    unit: str
    title: str | None = field(metadata={"key": "name"})
    title_en: str | None = field(metadata={"key": "name_en"})
    name: ClassVar[str] = "rename"

    @classmethod
    def read(cls, given: Payload) -> Rename:
        """Read {unit, name?, name_en?}."""
        return cls(given.text("unit"), given.text_or_none("name"), given.word_or_none("name_en"))

    def draft(self, state: State) -> Change:
        """Change the names that are given; a unit that a person has named carries no official evidence."""
        unit = the_unit(state, "unit", self.unit)
        if self.title is None and self.title_en is None:
            raise InvalidInput.at("name", "is missing")
        name = unit.name if self.title is None else self.title
        name_en = unit.name_en if self.title_en is None else self.title_en
        evidence = unit.evidence if name == unit.name else None
        return valued(unit, replace(unit, name=name, name_en=name_en, evidence=evidence))


@dataclass(frozen=True)
class Recode(Operation):
    """Give a unit another code (变更编码); the identity stays."""

    unit: str
    code: str
    name: ClassVar[str] = "recode"

    @classmethod
    def read(cls, given: Payload) -> Recode:
        """Read {unit, code}."""
        return cls(given.text("unit"), given.text("code"))

    def draft(self, state: State) -> Change:
        """Change the code; whether it was ever given before is known at publication."""
        unit = the_unit(state, "unit", self.unit)
        owner = state.unit_by_code(self.code)
        if owner is not None and owner.id != unit.id:
            raise InvalidInput.at("code", f"'{owner.name}' has this code")
        problems = check(state.base.about.code_profile, self.code, _parent_code(state, unit))
        if problems:
            raise InvalidInput(problems)
        return valued(unit, replace(unit, code=self.code))


@dataclass(frozen=True)
class Assign(Operation):
    """Say who leads a unit, works in it and keeps in touch with it (人员配置)."""

    unit: str
    people: tuple[tuple[int, str], ...]
    name: ClassVar[str] = "assign"

    @classmethod
    def read(cls, given: Payload) -> Assign:
        """Read {unit, people: [[worker id, role], …]}."""
        return cls(given.text("unit"), given.people("people"))

    def draft(self, state: State) -> Change:
        """Replace the whole list."""
        unit = the_unit(state, "unit", self.unit)
        return valued(unit, replace(unit, people=self.people))


def _parent_code(state: State, unit: UnitValue) -> str | None:
    """Of a first level that lies in another coverage, the parent is named by its code."""
    if unit.level == 1 or unit.parent is None:
        return unit.parent
    return state.unit(unit.parent).code


def valued(was: UnitValue, now: UnitValue) -> Change:
    """Give the change of one unit's values."""
    return Change.between(before=[was], after=[now])
