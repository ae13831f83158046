"""Cries that nobody takes go up, one level at a time, each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.patrols.cries.opening import ROOM, tell

MOST_LEVEL = 3
"""Street, district, city."""


def is_due(connection: Connection[Any], minutes: int) -> bool:
    """Tell whether a cry waits on its level for so long; never with 0. connection: of the platform."""
    values = {"after": timedelta(minutes=minutes)}
    return minutes > 0 and bool(connection.execute(query(ROOM, "is_due"), values).fetchall()[0][0])


def escalate(connection: Connection[Any], minutes: int) -> list[tuple[int, int]]:
    """Let those go up that wait for so long; gives (cry, level). Watchers are told at the commit.

    connection: of the platform. Whatever number of processes do so at once, a level is reached once.
    """
    values = {"after": timedelta(minutes=minutes), "most": MOST_LEVEL}
    rows = connection.execute(query(ROOM, "escalate"), values).fetchall()
    for number, mover, level in rows:
        tell(connection, number, "escalated", mover, level=level)
    return [(number, level) for number, _, level in rows]
