"""Marks by hand: somebody says that a fix is not so, and why; the raw fix stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.errors import Conflict, Forbidden, NotFound
from spatial.patrols.days import touched
from spatial.patrols.track_days import mark_dirty
from spatial.patrols.tracks import ROOM, Mover, us_of
from spatial.rights.reader import Reader
from spatial.rights.rules import ADMINISTRATORS

Json = dict[str, Any]


def listed(connection: Connection[Any], mover: Mover, begin: datetime, end: datetime) -> list[Json]:
    """List the marks of fixes in [begin, end), in order, with who made them and why."""
    values = {"mover": mover.id, "begin": begin, "until": end}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "marks_listed"), values).fetchall()


def add(
    connection: Connection[Any], reader: Reader, mover: Mover, time: datetime, mark: int | None, reason: str
) -> list[int]:
    """Mark the fix of a time and `mark` as bad, all of that time without one; returns the marks they have.

    The grading of the days is due anew. NotFound when there is no such fix; Conflict when all are marked.
    """
    _check_role(reader)
    values = {"mover": mover.id, "time": time, "mark": mark}
    found = [row[0] for row in connection.execute(query(ROOM, "marks_fixes"), values).fetchall()]
    if not found:
        raise NotFound("there is no fix of that time")
    said = {"reason": reason.strip(), "account": reader.account_id, "username": reader.username}
    values |= {**said, "marks": found}
    made = [row[0] for row in connection.execute(query(ROOM, "marks_add"), values).fetchall()]
    if not made:
        raise Conflict("the fix is marked already")
    _due(connection, reader, mover, time)
    return made


def remove(
    connection: Connection[Any], reader: Reader, mover: Mover, time: datetime, mark: int | None
) -> int:
    """Take marks of a time back; returns how many. NotFound when there is none."""
    _check_role(reader)
    values = {"mover": mover.id, "time": time, "mark": mark}
    count = connection.execute(query(ROOM, "marks_remove"), values).rowcount
    if not count:
        raise NotFound("no fix of that time is marked")
    _due(connection, reader, mover, time)
    return count


def _check_role(reader: Reader) -> None:
    if reader.role not in ADMINISTRATORS:
        raise Forbidden("only administrators mark fixes")


def _due(connection: Connection[Any], reader: Reader, mover: Mover, time: datetime) -> None:
    with as_platform(connection, reader):
        mark_dirty(connection, mover.id, touched([us_of(time)]).tolist())
