"""Telling the last days anew when a fence has changed: days are marked, and grading does the rest."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from spatial.database import query
from spatial.patrols.days import day_of, moments
from spatial.patrols.fences.following import ROOM, reach_deg

DAYS = 31
"""So far back from today; what was said of earlier days stays."""


class Recount(NamedTuple):
    """A day of which visits to a fence are to be told anew."""

    fence: int
    day: date


def next_recount(connection: Connection[Any]) -> Recount | None:
    """Name what is next, the latest days first; None when nothing waits."""
    row = connection.execute(query(ROOM, "recount_next")).fetchone()
    return None if row is None else Recount(*row)


def recount(connection: Connection[Any], item: Recount, now: datetime) -> int:
    """Have one day graded anew for those who came near a fence; gives for how many.

    connection: of the platform. The fence stands one day further back then, or is done.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        values = {"id": item.fence, "day": item.day}
        row = cursor.execute(query(ROOM, "recount_lock"), {**values, "reach": reach_deg(60.0)}).fetchone()
    # Somebody has changed it again: that begins from today.
    if row is None:
        return 0
    since, until = (edge + side for edge, side in zip(moments(item.day), (-_HOUR, _HOUR), strict=True))
    count = connection.execute(
        query(ROOM, "recount_day"), {**row, **values, "since": since, "until": until}
    ).rowcount
    before = item.day - timedelta(days=1)
    following = before if before > day_of(now) - timedelta(days=DAYS) else None
    connection.execute(query(ROOM, "recount_done"), {"id": item.fence, "next": following})
    return count


_HOUR = timedelta(hours=1)
"""Fixes of the hour around a day have to do with it as well."""
