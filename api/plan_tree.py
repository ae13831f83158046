"""The units of a plan as a tree, without their shapes: what an editor lists beside the map, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import CityOf, ConnectionOf, ReaderOf
from api.me import not_kept
from api.paging import Number
from api.schemas.plans import TreeQuery
from api.tags import tagged
from grid_editor import editing, store
from grid_editor.change import UnitValue
from grid_editor.reach import sees
from grid_editor.state import State
from spatial.errors import InvalidInput, NotFound
from spatial.rights.reader import Reader

router = APIRouter(tags=["plans"], dependencies=[Depends(not_kept)])

Json = dict[str, Any]
FIELDS = ("id", "level", "code", "parent", "name", "name_en", "generated")
TOP = "top"
"""In place of a unit: what lies in no unit of the coverage."""


@router.get("/api/plans/{identifier}/tree")
def tree(
    identifier: Number, connection: ConnectionOf, reader: ReaderOf, city: CityOf,
    asked: Annotated[TreeQuery, Query()], answer: Response,
) -> Json:  # fmt: skip
    """List units that the reader may know as rows of `fields`, coarse levels first, parents by their id.

    All of them; or those right below a unit (`below`, `top` for the first), a unit and what it lies in
    (`above`), those of a level (`level`), or those whose name or code has a text (`find`).
    """
    found = store.read(connection, identifier)
    grown = Grown(editing.state_of(connection, city.bases, found), reader)
    units = sorted(grown.chosen(asked), key=_by_hit(asked.find or ""))
    page = units[asked.skip : asked.skip + asked.limit] if asked.limit else units[asked.skip :]
    more = asked.skip + len(page) < len(units)
    rows = [[*(getattr(unit, name) for name in FIELDS), grown.children(unit.id)] for unit in page]
    return tagged(answer, {"etag": found.etag, "fields": (*FIELDS, "children"), "rows": rows, "more": more})


class Grown:
    """The tree of a plan, as much of it as a reader may know."""

    def __init__(self, state: State, reader: Reader) -> None:
        self._state = state
        self._reader = reader

    def chosen(self, asked: TreeQuery) -> Iterable[UnitValue]:
        """Give the units that are asked for; InvalidInput for two ways at once, NotFound for a unit."""
        ways = [name for name in ("below", "above", "level", "find") if getattr(asked, name) is not None]
        if len(ways) > 1:
            raise InvalidInput.at(ways[1], f"does not go with {ways[0]}")
        if asked.below is not None:
            return self._top() if asked.below == TOP else self._below(asked.below)
        if asked.above is not None:
            return self._chain(asked.above)
        seen = self._seen(self._state.units(asked.level))
        return seen if asked.find is None else _found(seen, asked.find)

    def children(self, unit: str) -> int:
        """Count what lies right below a unit."""
        below = self._state.children(unit)
        return len(below) if self._reader.sees_everything else sum(self._is_seen(each) for each in below)

    def _top(self) -> Iterator[UnitValue]:
        for unit in self._seen(self._state.units()):
            if unit.parent is None or not self._is_seen(unit.parent):
                yield unit

    def _below(self, unit: str) -> Iterator[UnitValue]:
        self._known(unit)
        return self._seen(self._state.unit(child) for child in self._state.children(unit))

    def _chain(self, unit: str) -> Iterator[UnitValue]:
        here: UnitValue | None = self._known(unit)
        while here is not None and self._is_seen(here.id):
            yield here
            here = self._state.find(here.parent) if here.parent else None

    def _known(self, unit: str) -> UnitValue:
        if not self._is_seen(unit):
            raise NotFound(f"there is no unit '{unit}' in this plan")
        return self._state.unit(unit)

    def _is_seen(self, unit: str) -> bool:
        if self._state.find(unit) is None:
            return False
        return self._reader.sees_everything or sees(self._state, unit, self._reader)

    def _seen(self, units: Iterable[UnitValue]) -> Iterator[UnitValue]:
        if self._reader.sees_everything:
            return iter(units)
        return (unit for unit in units if sees(self._state, unit.id, self._reader))


def _by_hit(text: str) -> Callable[[UnitValue], Any]:
    """Order units by level and code; those whose code begins with what was looked for come first."""
    wanted = text.strip().casefold()

    def key(unit: UnitValue) -> tuple[bool, int, str, str]:
        # What has no code yet comes last: it gets its number when the plan is published.
        return not (unit.code or "").startswith(wanted), unit.level, unit.code or "~", unit.name

    return key


def _found(units: Iterable[UnitValue], text: str) -> Iterator[UnitValue]:
    """Keep the units that have a text in their code or one of their names."""
    wanted = text.strip().casefold()
    for unit in units:
        if any(wanted in each.casefold() for each in (unit.code or "", unit.name, unit.name_en)):
            yield unit
