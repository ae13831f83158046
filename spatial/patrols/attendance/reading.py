"""Signs as whoever watches people, and whoever they are of, sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.database.matching import end_of
from spatial.errors import NotFound
from spatial.patrols.attendance.calling import ROOM
from spatial.patrols.sheets import shifts
from spatial.patrols.sheets.shifts import OF_UNIT

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted(shifts.Wanted):
    """Which signs are listed; everything that is given must hold."""

    worker_id: int | None = None


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List signs, the last received first; the policies decide whose."""
    values = {**vars(wanted), "upto": wanted.unit and end_of(wanted.unit)}
    found = {
        "g.mover_id = %(mover_id)s": wanted.mover_id,
        "v.worker_id = %(worker_id)s": wanted.worker_id,
        OF_UNIT: wanted.unit,
        "coalesce(w.organisation_id, r.organisation_id) = %(organisation_id)s": wanted.organisation_id,
        "g.at >= %(since)s": wanted.since,
        "g.at < %(until)s": wanted.until,
        "g.id < %(before)s": wanted.before,
    }
    return _rows(connection, [sql.SQL(text) for text, on in found.items() if on], values)


def read(connection: Connection[Any], number: int) -> Row:
    """Show one sign; NotFound."""
    found = _rows(connection, [sql.SQL("g.id = %(id)s")], {"id": number, "limit": 1})
    if not found:
        raise NotFound(f"there is no sign '{number}'")
    return found[0]


def _rows(connection: Connection[Any], conditions: Sequence[sql.SQL], values: Row) -> list[Row]:
    wanted = sql.SQL(" AND ").join([sql.SQL("true"), *conditions])
    statement = sql.SQL(query(ROOM, "signs")).format(conditions=wanted)
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()
