"""Alarms as those see them who run what measures: a list by what matters, and one with its steps."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from lifeline.alarms.kept.conditions import ROOM
from lifeline.alarms.kept.moments import EPOCH
from spatial.database import query
from spatial.errors import InvalidInput, NotFound

Json = dict[str, Any]
_MARK = re.compile(r"([1-4])\.([0-9]{1,18})\.([0-9]{1,18})")


@dataclass(frozen=True)
class Wanted:
    """Which alarms are listed; all that is given must hold. level: this one and the graver ones."""

    open: bool = True
    state: str | None = None
    level: int | None = None
    technical: bool | None = None
    thing: int | None = None
    rule: int | None = None
    network: str | None = None
    since: datetime | None = None
    after: str | None = None
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Json]:
    """List alarms, the gravest first, and of a level the oldest. after: `mark` of the last one before."""
    return _listed(connection, {**asdict(wanted), **_after(wanted.after), "ids": None})


def read(connection: Connection[Any], number: int) -> Json:
    """Show an alarm with its steps, the last first; NotFound."""
    found = some(connection, [number])
    if not found:
        raise NotFound(f"there is no alarm '{number}'")
    return {**found[0], "steps": _rows(connection, "steps", {"id": number})}


def some(connection: Connection[Any], numbers: list[int]) -> list[Json]:
    """Show alarms by their numbers, in the order of lists."""
    return _listed(
        connection, {**asdict(Wanted(open=False)), **_after(None), "ids": numbers, "limit": len(numbers)}
    )


def mark(alarm: Json) -> str:
    """Tell where the page after an alarm begins, whatever becomes of the alarm."""
    micros = (alarm["raised_at"] - EPOCH) // timedelta(microseconds=1)
    return f"{alarm['level']}.{micros}.{alarm['id']}"


def _after(text: str | None) -> Json:
    if text is None:
        return {"after_level": None, "after_at": None, "after_id": None}
    found = _MARK.fullmatch(text)
    if found is None:
        raise InvalidInput.at("after", "must be the `next` of a page")
    try:
        at = EPOCH + timedelta(microseconds=int(found[2]))
    except OverflowError:
        raise InvalidInput.at("after", "must be the `next` of a page") from None
    return {"after_level": int(found[1]), "after_at": at, "after_id": int(found[3])}


def _listed(connection: Connection[Any], values: Json) -> list[Json]:
    return _rows(connection, "listed", values)


def _rows(connection: Connection[Any], name: str, values: Json) -> list[Json]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, name), values).fetchall()
