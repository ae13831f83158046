"""Daily partitions of the table of GPS fixes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query

DAYS_AHEAD = 7
"""Partitions stand ready this many days before they are needed."""


def ensure(connection: Connection[Any], first: date, last: date) -> int:
    """Make the partitions of the UTC days first … last that are missing; return how many were made."""
    return len(ensure_days(connection, [first + timedelta(days=n) for n in range((last - first).days + 1)]))


def forget_far(connection: Connection[Any], kept_days: int) -> int:
    """Delete the fixes of far-off days that came so many days ago; connection: of the owner."""
    return connection.execute(query("spatial.patrols", "partitions_forget"), {"days": kept_days}).rowcount


def ensure_days(connection: Connection[Any], days: Sequence[date]) -> list[date]:
    """Make the partitions of these UTC days that are missing; gives those that were.

    connection: of the owner or the platform.
    """
    rows = connection.execute(query("spatial.patrols", "partitions_ensure"), {"days": list(days)}).fetchall()
    return [day for (day,) in rows]
