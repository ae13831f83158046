"""Movers (移动目标): the people and vehicles that leave tracks, and how they get about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import as_platform, query
from spatial.database.matching import anywhere, end_of
from spatial.errors import Forbidden, NotFound
from spatial.patrols.track_days import mark_stale
from spatial.rights.reader import Reader
from spatial.rights.rules import rule_of

ROOM = "spatial.patrols"
Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which movers are listed; everything that is given must hold."""

    kind: str | None = None
    unit: str | None = None
    organisation: str | None = None
    text: str | None = None
    seen_within_s: int | None = None
    """Those with a fix in the last so many seconds."""
    after: int = 0
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List movers with where they were last, by id, from the one after `wanted.after`."""
    values = {**vars(wanted), "until": wanted.unit and end_of(wanted.unit), "id": None}
    return _rows(connection, {**values, "text": wanted.text and anywhere(wanted.text)})


def one(connection: Connection[Any], number: int) -> Row:
    """Read a mover with where it was last; NotFound."""
    found = _rows(connection, {**vars(Wanted(limit=1)), "until": None, "id": number})
    if not found:
        raise NotFound(f"there is no mover '{number}'")
    return found[0]


def _rows(connection: Connection[Any], values: Row) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query(ROOM, "movers"), values).fetchall()


def of_worker(connection: Connection[Any], worker: int) -> int | None:
    """Name the mover that a worker is; connection: of the platform, or of whoever may see the worker."""
    row = connection.execute(query(ROOM, "mover_of_worker"), {"worker": worker}).fetchone()
    return None if row is None else int(row[0])


def set_gait(connection: Connection[Any], reader: Reader, number: int, gait: str) -> None:
    """Say how a mover gets about; its days are graded by it from now on. NotFound, Forbidden."""
    one(connection, number)
    if reader.role not in rule_of("mover").update:
        raise Forbidden("how somebody gets about is for administrators to say")
    connection.execute(query(ROOM, "mover_gait"), {"id": number, "gait": gait})
    with as_platform(connection, reader):
        mark_stale(connection, number)
