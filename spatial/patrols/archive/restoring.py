"""Bring a day of the archive back into the database: for whoever has to look at it closely."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import Connection

from spatial.database import connect, query
from spatial.errors import Conflict, NotFound
from spatial.patrols.archive import catalogue, rows
from spatial.patrols.archive.fixes_file import Reader
from spatial.patrols.archive.rows import ROOM
from spatial.patrols.archive.running import alone
from spatial.patrols.archive.store import FIXES, Store
from spatial.patrols.partitions import ensure_days

HELD_DAYS = 7


def restore(url: str, store: Store, day: date, held_days: int = HELD_DAYS) -> int:
    """Put the fixes of a day back, all or none, for so many days; gives how many there were not.

    The files stay, and count again when the day is archived anew. NotFound when there are none; Conflict
    when what they hold is not what was written.
    """
    with alone(url), connect(url) as connection:
        entry = catalogue.find(connection, [day]).get(day)
        if entry is None or not entry.has_files:
            raise NotFound(f"{day} is not in the archive")
        ensure_days(connection, [day])
        connection.execute(query(ROOM, "restore_table"))
        with store.open(FIXES, day, entry.generation) as file:
            copied = _copy(connection, Reader(file))
        if copied != entry.fixes:
            raise Conflict(f"the file of {day} holds {copied} fixes, and was written with {entry.fixes}")
        count = connection.execute(query(ROOM, "restore_fixes")).rowcount
        connection.execute(query(ROOM, "day_hold"), {"day": day, "days": held_days})
    return count


def _copy(connection: Connection[Any], file: Reader) -> int:
    count = 0
    for chunk in file:
        with connection.cursor().copy(query(ROOM, "restore_copy")) as copy:
            copy.write(rows.packed(chunk.rows))
        count += len(chunk)
    return count
