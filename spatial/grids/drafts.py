"""Make drafts of units sound before they are published: one hierarchy, an identity and a code for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from psycopg import Connection

from spatial.database import query
from spatial.errors import InvalidInput, Problem
from spatial.grids.held import Held
from spatial.grids.units import UnitDraft

ROOM = "spatial.grids"


def check_drafts(units: Sequence[UnitDraft], depth: int) -> None:
    """Raise InvalidInput naming every unit that stands twice, at no level, or below no parent."""
    above: dict[int, set[str]] = {}
    for unit in units:
        above.setdefault(unit.level + 1, set()).add(unit.code)
    problems, codes, ids = [], set[str](), set[UUID]()
    for unit in units:
        if unit.code in codes or unit.unit_id in ids:
            problems.append(Problem(unit.code, "stands twice"))
        if not 1 <= unit.level <= depth:
            problems.append(Problem(unit.code, f"is of level {unit.level}; there are {depth}"))
        if unit.level > 1 and unit.parent_code not in above.get(unit.level, ()):
            problems.append(Problem(unit.code, f"its parent '{unit.parent_code}' is not of the level above"))
        codes.add(unit.code)
        if unit.unit_id is not None:
            ids.add(unit.unit_id)
    if problems:
        raise InvalidInput(problems)


def with_ids(
    connection: Connection[Any], coverage: str, units: Sequence[UnitDraft], held: Held
) -> list[UnitDraft]:
    """Give every unit its identity; InvalidInput for codes that were others' before, and for others' ids."""
    issued = dict(connection.execute(query(ROOM, "issued_codes"), {"coverage": coverage}).fetchall())
    problems = [problem for unit in units for problem in _code_problems(unit, issued, held)]
    if not problems:
        units = [_identified(unit, issued) for unit in units]
        problems = list(_foreign(connection, coverage, units, held))
    if problems:
        raise InvalidInput(problems)
    return list(units)


def _identified(unit: UnitDraft, issued: dict[str, UUID]) -> UnitDraft:
    return unit if unit.unit_id else replace(unit, unit_id=issued.get(unit.code) or uuid4())


def _code_problems(unit: UnitDraft, issued: dict[str, UUID], held: Held) -> Iterator[Problem]:
    owner = issued.get(unit.code)
    if owner is None or owner == unit.unit_id:
        return
    if unit.unit_id is not None:
        yield Problem(unit.code, "was given to another unit; a code is never given twice")
    elif owner not in held.units:
        yield Problem(unit.code, "was given to a unit that has retired")
    elif held.units[owner].code != unit.code:
        yield Problem(unit.code, f"was the code of the unit that is {held.units[owner].code} now")


def _foreign(
    connection: Connection[Any], coverage: str, units: Sequence[UnitDraft], held: Held
) -> Iterator[Problem]:
    """A unit keeps its coverage and its level for ever."""
    unheld = {unit.unit_id: unit for unit in units if unit.unit_id not in held.units}
    rows = connection.execute(query(ROOM, "known_units"), {"ids": list(unheld)}).fetchall() if unheld else []
    for key, of, level in rows:
        if (of, level) != (coverage, unheld[key].level):
            yield Problem(unheld[key].code, f"has the identity of a unit of level {level} of '{of}'")
    for unit in units:
        before = held.units.get(unit.unit_id) if unit.unit_id else None
        if before is not None and before.level != unit.level:
            yield Problem(unit.code, f"was of level {before.level}; a unit keeps its level")


def fresh_ids(connection: Connection[Any], units: Sequence[UnitDraft], held: Held) -> set[UUID]:
    """Tell which units were never published before."""
    unheld = [unit.unit_id for unit in units if unit.unit_id is not None and unit.unit_id not in held.units]
    if not unheld:
        return set()
    known = {row[0] for row in connection.execute(query(ROOM, "known_units"), {"ids": unheld})}
    return set(unheld) - known
