"""The daily partitions of fixes as the archive takes them away: set apart first, dropped once all is safe."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import psycopg
from psycopg import Connection, sql

from spatial.database import connect, query

ROOM = "spatial.patrols.archive"
TRIES, PAUSE_S = 40, 0.25
"""Whoever writes fixes would wait behind us: we give up soon, and try again."""
_GONE = re.compile(r"^fix_gone_([0-9]{8})$")
Result = TypeVar("Result")


def days_there(connection: Connection[Any]) -> list[date]:
    """List the days that have a partition of fixes."""
    rows = connection.execute(query(ROOM, "partitions_there")).fetchall()
    return [datetime.strptime(name[-8:], "%Y%m%d").date() for (name,) in rows]


def set_apart(connection: Connection[Any], day: date) -> None:
    """Take the partition of a day out of the table of fixes, in a transaction; it gets another name."""
    there, gone = sql.Identifier(f"fix_{day:%Y%m%d}"), sql.Identifier(name_of(day))
    connection.execute(sql.SQL("ALTER TABLE fix DETACH PARTITION {}").format(there))
    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(there, gone))


def name_of(day: date) -> str:
    """Name what was the partition of a day."""
    return f"fix_gone_{day:%Y%m%d}"


def left_over(connection: Connection[Any]) -> list[date]:
    """List the days whose partition was set apart and not dropped yet."""
    rows = connection.execute(query(ROOM, "partitions_gone")).fetchall()
    found = (_GONE.match(name) for (name,) in rows)
    return sorted(datetime.strptime(each.group(1), "%Y%m%d").date() for each in found if each)


def briefly(url: str, work: Callable[[Connection[Any]], Result]) -> Result:
    """Do something in a transaction that must not make others wait: again until nobody is in the way."""
    for attempt in range(TRIES):
        try:
            with connect(url) as connection:
                connection.execute(query(ROOM, "wait_briefly"))
                return work(connection)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt == TRIES - 1:
                raise
            time.sleep(PAUSE_S)
    raise AssertionError


def drop(connection: Connection[Any], day: date) -> None:
    """Drop what was set apart of a day."""
    connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name_of(day))))
