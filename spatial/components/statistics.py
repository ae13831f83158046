"""How many components stand where, by class and state: sums that triggers keep, equal to the counted rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from psycopg import Connection

from spatial.database import query
from spatial.database.matching import end_of

ROOM = "spatial.components"
LEVELS = ("district", "street", "community", "grid")
RECENT_HOURS = 24
"""Rows of hours before are as few as they become, unless nobody compacted for a day."""

Json = dict[str, Any]


def statistics(
    connection: Connection[Any],
    level: str = "street",
    class_code: str | None = None,
    unit: str | None = None,
    at: datetime | None = None,
) -> Json:
    """Count the components that the reader may see, by unit of a level, class and state.

    level: one of LEVELS. class_code: a class, or the two digits it begins with. unit: only below this unit.
    at: as counted then, with the grids of then, to the hour; None: now. A unit of None: outside of all grids.
    """
    values = {"level": LEVELS.index(level) + 1, "class_code": class_code, "at": at}
    values |= {"unit_from": unit or None, "unit_until": end_of(unit) if unit else None}
    row = connection.execute(query(ROOM, "statistics"), values).fetchall()[0]
    return {"total": row[0], "counted_since": row[1], "rows": orjson.loads(row[2] or "[]")}


def recount(connection: Connection[Any]) -> list[Json]:
    """List where the sums differ from the rows; [] when all is well. connection: of the owner."""
    found = connection.execute(query(ROOM, "recount")).fetchall()
    names = ("unit_code", "organisation_id", "class_code", "state", "counted", "rows")
    return [dict(zip(names, row, strict=True)) for row in found]


def compact(connection: Connection[Any]) -> int:
    """Add up the sums of the last hours; returns how many rows were merged. connection: of the owner."""
    row = connection.execute(query(ROOM, "counts_compact"), {"hours": RECENT_HOURS}).fetchone()
    return int(row[0]) if row else 0
