"""Visits to fences as they are listed: those over midnight put together, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from spatial.database import query
from spatial.errors import InvalidInput
from spatial.patrols.fences.following import ROOM
from spatial.patrols.fences.visits import CERTAIN, SILENT_S
from spatial.patrols.track_days import moment

MOST_DAYS = 400
"""Of one visit."""

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Wanted:
    """Which visits are listed."""

    fence_id: int | None = None
    mover_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """With any time in [since, until)."""
    before: str | None = None
    """As `place_of` gave it."""
    limit: int = 100


def listed(connection: Connection[Any], wanted: Wanted) -> list[Row]:
    """List visits that the reader may know of, newest first."""
    begin, fence, mover = (None, None, None) if wanted.before is None else _behind(wanted.before)
    found = {
        "v.fence_id = %(fence_id)s": wanted.fence_id,
        "v.mover_id = %(mover_id)s": wanted.mover_id,
        "CASE WHEN e.is_over THEN coalesce(e.until, e.last_at) ELSE now() END >= %(since)s": wanted.since,
        "v.since < %(until)s": wanted.until,
        "(v.since, v.fence_id, v.mover_id) < (%(begin)s, %(fence)s, %(mover)s)": wanted.before,
    }
    conditions = [sql.SQL("true"), *(sql.SQL(text) for text, on in found.items() if on)]
    statement = sql.SQL(query(ROOM, "visits")).format(conditions=sql.SQL(" AND ").join(conditions))
    values = {**vars(wanted), "begin": begin, "fence": fence, "mover": mover, "certain": CERTAIN}
    values |= {"silent": timedelta(seconds=SILENT_S), "most_days": MOST_DAYS}
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement, values).fetchall()


def place_of(row: Row) -> str:
    """Name the place of a visit in the list."""
    return f"{(row['since'] - _EPOCH) // _MICROSECOND}.{row['fence_id']}.{row['mover_id']}"


def _behind(text: str) -> tuple[datetime, int, int]:
    try:
        begin, fence, mover = (int(part) for part in text.split("."))
        return moment(begin), fence, mover
    except (ValueError, OverflowError, OSError):
        raise InvalidInput.at("before", "must be as `next` gave it") from None
