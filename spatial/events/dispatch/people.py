"""Who is in the field, with how much to do: read again and again by whoever decides."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection

from spatial.database import query
from spatial.events.dispatch.facts import Person

ROOM = "spatial.events.dispatch"
LOADS_SHARE = 0.01
"""Of the time, that counting what waits for people may take: where a hundred thousand events wait, they are
counted every few seconds, and everywhere else each time. Once a second, they took a third of all intake."""

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Crew:
    """The people of a moment, and what is needed to make anew only those who have changed after it."""

    people: Mapping[int, Person] = field(default_factory=dict)
    rows: Mapping[int, Row] = field(default_factory=dict)
    """What the people were made of, without their loads."""
    loads: Mapping[int, int] = field(default_factory=dict)
    counted_at: float = -math.inf
    """When, by the monotonic clock."""
    counted_s: float = 0.0
    """How long counting took."""


def read_crew(connection: Connection[Any], before: Crew | None = None) -> Crew:
    """Read who is in the field, as the platform; who did not change since `before` is the same object."""
    before = before or Crew()
    rows = {row[0]: row for row in connection.execute(query(ROOM, "people")).fetchall()}
    loads, counted_at, counted_s = _loads(connection, before)
    people = {number: _person(row, loads.get(number, 0), before) for number, row in rows.items()}
    return Crew(people, rows, loads, counted_at, counted_s)


def _loads(connection: Connection[Any], before: Crew) -> tuple[Mapping[int, int], float, float]:
    """Count what waits for each, unless that was done a little while ago and takes long."""
    now = time.monotonic()
    if now - before.counted_at < before.counted_s / LOADS_SHARE:
        return before.loads, before.counted_at, before.counted_s
    loads = dict(connection.execute(query(ROOM, "people_loads")).fetchall())
    return loads, now, time.monotonic() - now


def _person(row: Row, load: int, before: Crew) -> Person:
    known = before.people.get(row[0])
    if known is not None and known.load == load and before.rows[row[0]] == row:
        return known
    number, organisation, unit, skills, on_duty, lon, lat = row
    lon, lat = (math.nan, math.nan) if lon is None else (lon, lat)
    return Person(number, organisation, unit, frozenset(skills), on_duty, lon, lat, load)
