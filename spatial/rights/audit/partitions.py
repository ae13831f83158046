"""Monthly partitions of the audit log."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from psycopg import Connection, sql

from spatial.database import query
from spatial.rights.audit.triggers import ROOM, guard

MONTHS_AHEAD = 3
"""Partitions stand ready this many months before they are needed."""


def ensure_months(connection: Connection[Any], today: date, ahead: int = MONTHS_AHEAD) -> int:
    """Make the partitions of this UTC month and the next ones that are missing; return how many were made.

    A month whose rows lie in the partition for the rest already stays there.
    """
    month, made = today.replace(day=1), 0
    for _ in range(ahead + 1):
        made += _make(connection, month)
        month = next_month(month)
    return made


def wait_briefly(connection: Connection[Any]) -> None:
    """Give up, with an error, rather than wait for readers of the log in the rest of this transaction."""
    connection.execute(query(ROOM, "wait_briefly"))


def next_month(month: date) -> date:
    """Return the first day of the month after one."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def partition_of(month: date) -> str:
    """Name the partition of a month."""
    return f"audit_{month:%Y%m}"


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return the moments [from, until) of a UTC month."""
    first, last = (datetime.combine(day, time(), UTC) for day in (month, next_month(month)))
    return first, last


def _make(connection: Connection[Any], month: date) -> bool:
    name, (first, until) = partition_of(month), bounds(month)
    values = {"name": name, "from": first, "until": until}
    row = connection.execute(query(ROOM, "month_is_wanted"), values).fetchone()
    if not (row and row[0]):
        return False
    # Made beside and then attached: making it as a partition would lock out every writer of the log.
    table = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE audit)").format(table))
    guard(connection, name)
    attach = sql.SQL("ALTER TABLE audit ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    connection.execute(attach.format(table, sql.Literal(first), sql.Literal(until)))
    return True
