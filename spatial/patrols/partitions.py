"""Daily partitions of the table of GPS fixes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from psycopg import Connection, sql

DAYS_AHEAD = 7
"""Partitions stand ready this many days before they are needed."""


def ensure(connection: Connection[Any], first: date, last: date) -> int:
    """Make the partitions of the UTC days first … last that are missing; return how many were made."""
    made = 0
    for offset in range((last - first).days + 1):
        made += _make(connection, first + timedelta(days=offset))
    return made


def _make(connection: Connection[Any], day: date) -> bool:
    name = f"fix_{day:%Y%m%d}"
    row = connection.execute("SELECT to_regclass(%(name)s) IS NULL", {"name": name}).fetchone()
    if not (row and row[0]):
        return False
    start = datetime.combine(day, time(), UTC)
    connection.execute(
        sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF fix FOR VALUES FROM ({}) TO ({})").format(
            sql.Identifier(name), sql.Literal(start), sql.Literal(start + timedelta(days=1))
        )
    )
    return True
