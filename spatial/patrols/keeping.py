"""What is kept in step with the fixes, and what of them goes by and by."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from spatial.database import query

ROOM = "spatial.patrols"
FOLLOW_S = 10
"""Whoever moves has a new place in the list of people so often, and at the end the last one."""


def follow(connection: Connection[Any]) -> int:
    """Let people stand where their last fix was, in the list that maps and dispatch read; gives how many.

    connection: of the platform. Who is on duty is not for fixes to say.
    """
    return connection.execute(query(ROOM, "keeping_follow"), {"seconds": FOLLOW_S}).rowcount


def tidy(connection: Connection[Any], kept_days: int) -> dict[str, int]:
    """Delete what has served its time; gives rows by table. connection: of the platform.

    Notices of commits go after an hour, devices that nobody has taken up after a month, counts of refusals
    and what fixes carried besides after `kept_days`.
    """
    names = ("batches", "devices", "refusals", "extras")
    values = {"days": kept_days}
    return {name: connection.execute(query(ROOM, f"keeping_{name}"), values).rowcount for name in names}
