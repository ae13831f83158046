"""What the job process does: looks at the values that came, and at what is due without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from lifeline.alarms.kept.conditions import ROOM, held, write
from spatial.database import query

MOST_VALUES = 5_000
"""Values, and conditions that are due, of one transaction."""


@dataclass(frozen=True)
class Looked:
    """What one look came to."""

    values: int
    conditions: int
    steps: int


def is_due(connection: Connection[Any]) -> bool:
    """Tell whether anything waits: a value, a delay that has ended, a rule that was changed."""
    return bool(connection.execute(query(ROOM, "is_due")).fetchall()[0][0])


def look(connection: Connection[Any], now: datetime, most: int = MOST_VALUES) -> Looked:
    """Move all conditions by the values that came, and those that are due until now, in one transaction.

    connection: of the platform. Values are taken out, states kept and steps noted together or not at all:
    whatever dies between, the next look begins from the same and comes to the same.
    """
    feed = connection.execute(query(ROOM, "feed"), {"most": most}).fetchall()
    due = {number for (number,) in connection.execute(query(ROOM, "states_due"), {"now": now, "most": most})}
    sensors = _sensors(connection, {row[1] for row in feed})
    touched = {state for _, told in sensors.values() for state in told}
    conditions = held(connection, touched | due, now)
    for _, datastream, at, arrived_at, value in feed:
        unit, states = sensors.get(datastream, ("", []))
        for state in (each for each in states if each in conditions):
            conditions[state].hear(datastream, at, arrived_at, value, unit)
    for state in due & conditions.keys():
        conditions[state].tick(now)
    steps = write(connection, conditions.values())
    connection.execute(query(ROOM, "feed_done"), {"ids": [row[0] for row in feed]})
    return Looked(len(feed), len(conditions), steps)


def _sensors(connection: Connection[Any], datastreams: set[int]) -> dict[int, tuple[str, list[int]]]:
    """Find of each channel its unit and the conditions that it speaks for."""
    values = {"datastreams": sorted(datastreams)}
    rows = connection.execute(query(ROOM, "sensors"), values)
    return {datastream: (unit, states) for datastream, unit, states in rows}
