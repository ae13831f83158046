"""Shifts (排班): planned, changed, listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.drawn.refusals import refusals
from spatial.errors import Conflict, Forbidden, InvalidInput, NotFound
from spatial.rights.reader import Reader

ROOM = "spatial.patrols.sheets"
MOST = 5_000
"""Shifts that are written at once."""
LONGEST_H = 36
OF_UNIT: LiteralString = (
    "coalesce(w.unit_code, r.unit_code) >= %(unit)s AND coalesce(w.unit_code, r.unit_code) < %(upto)s"
)
"""The person, or vehicle, belongs to a unit or to one below it."""

Row = dict[str, Any]


@dataclass(frozen=True)
class NewShift:
    """One shift of a mover."""

    mover_id: int
    starts_at: datetime
    ends_at: datetime
    kind: str = "day"


@dataclass(frozen=True)
class Wanted:
    """Which shifts are listed."""

    mover_id: int | None = None
    unit: str | None = None
    organisation_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 100


def add(
    connection: Connection[Any], reader: Reader, shifts: Sequence[NewShift], source: str = "hand"
) -> list[int]:
    """Write shifts, all or none; gives their numbers.

    InvalidInput for a mover who is not there for the reader, Conflict where two of one mover overlap.
    """
    if not 1 <= len(shifts) <= MOST:
        raise InvalidInput.at("shifts", f"must be 1 to {MOST}")
    values = {
        "movers": [each.mover_id for each in shifts], "starts": [each.starts_at for each in shifts],
        "ends": [each.ends_at for each in shifts], "kinds": [each.kind for each in shifts],
        "source": source, "account_id": reader.account_id, "username": reader.username,
    }  # fmt: skip
    with _refused(connection):
        rows = connection.execute(query(ROOM, "shift_add"), values).fetchall()
        if len(rows) != len(shifts):
            raise InvalidInput.at("shifts", "names a mover who is not there for you")
    return [row[0] for row in rows]


def change(connection: Connection[Any], shift: int, given: Row) -> None:
    """Change starts_at, ends_at or kind of a shift; NotFound, Conflict where it would overlap another."""
    read(connection, shift)
    values = {"starts_at": None, "ends_at": None, "kind": None, **given, "id": shift}
    with _refused(connection):
        if not connection.execute(query(ROOM, "shift_change"), values).rowcount:
            raise Forbidden("you may read this shift, and not change it")


def remove(connection: Connection[Any], shift: int) -> None:
    """Take a shift away; NotFound."""
    read(connection, shift)
    with refusals(connection, "shifts"):
        if not connection.execute(query(ROOM, "shift_delete"), {"id": shift}).rowcount:
            raise Forbidden("you may read this shift, and not take it away")


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List shifts, newest first."""
    values = {**vars(wanted), "upto": wanted.unit and end_of(wanted.unit)}
    found = {
        "s.mover_id = %(mover_id)s": wanted.mover_id,
        OF_UNIT: wanted.unit,
        "coalesce(w.organisation_id, r.organisation_id) = %(organisation_id)s": wanted.organisation_id,
        "s.ends_at > %(since)s": wanted.since,
        "s.starts_at < %(until)s": wanted.until,
        "s.id < %(before)s": wanted.before,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    return _rows(connection, conditions, values)


def read(connection: Connection[Any], shift: int) -> Row:
    """Read one shift; NotFound."""
    found = _rows(connection, [sql.SQL("s.id = %(id)s")], {"id": shift, "limit": 1})
    if not found:
        raise NotFound(f"there is no shift '{shift}'")
    return found[0]


def _rows(connection: Connection[Any], conditions: Sequence[sql.SQL], values: Row) -> list[Row]:
    statement = sql.SQL(query(ROOM, "shifts")).format(conditions=sql.SQL(" AND ").join(conditions))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


@contextmanager
def _refused(connection: Connection[Any]) -> Iterator[None]:
    with refusals(connection, "shifts"):
        try:
            with connection.transaction():
                yield
        except psycopg.errors.ExclusionViolation:
            raise Conflict("somebody would have two shifts at once") from None
        except psycopg.errors.CheckViolation:
            raise InvalidInput.at("ends_at", f"must be after starts_at, by {LONGEST_H} h at most") from None
