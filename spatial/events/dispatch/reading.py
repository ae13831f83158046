"""The dispatcher of now, read from the store and kept while nothing it rests on changes."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import psycopg
import shapely
import structlog
from psycopg import Connection
from psycopg_pool import PoolClosed

from spatial.database import Database, query, session
from spatial.errors import NotFound, Unavailable
from spatial.events.dispatch.decide import Dispatcher
from spatial.events.dispatch.facts import GRIDS, Line, Person
from spatial.events.dispatch.people import Crew, read_crew
from spatial.events.dispatch.rules import Rules
from spatial.grids.published import Published, load_published
from spatial.rights.reader import SYSTEM

log = structlog.get_logger()

ROOM = "spatial.events.dispatch"
PEOPLE_SECONDS = 2.0
"""For how long it is believed who is on duty, where, and with how much to do."""
AHEAD_SECONDS = 1.0
"""From which age on a thread of its own reads it anew, so that nobody waits while there is traffic."""


def read_lines(connection: Connection[Any], known_at: datetime | None = None) -> list[Line]:
    """Read the duty list, as the platform; known_at: as it was believed to be at that moment."""
    rows = connection.execute(query(ROOM, "duty_lines"), {"known_at": known_at}, binary=True).fetchall()
    return [line_of(row) for row in rows]


def line_of(row: Sequence[Any]) -> Line:
    """Read a row of `duty_lines.sql` as a line."""
    *fields, area, basis, dispute, edition = row
    number, unit, category, organisation, worker, rank, coverage, anybody, skills, hours, begin, end = fields
    shape = None if area is None else shapely.from_wkb(bytes(area))
    return Line(
        number, unit, category, organisation, worker, rank, coverage, anybody, frozenset(skills), hours,
        begin, end, shape, basis, dispute, edition,
    )  # fmt: skip


def read_people(connection: Connection[Any]) -> Mapping[int, Person]:
    """Read who is in the field, as the platform."""
    return read_crew(connection).people


def read_versions(connection: Connection[Any], at: datetime | None = None) -> dict[str, int]:
    """Name the version of every coverage that is in force at a moment (now, unless told)."""
    return dict(connection.execute(query(ROOM, "versions"), {"at": at}).fetchall())


def read_stamp(connection: Connection[Any], held: bool = False) -> int:
    """Read the stamp of duty list and borders; held: it stays so until the transaction ends."""
    row = connection.execute("SELECT dispatch_stamp(%(held)s)", {"held": held}).fetchone()
    return int(row[0]) if row else 0


def read_dispatcher(
    connection: Connection[Any], at: datetime | None = None, home: Path | None = None
) -> Dispatcher:
    """Read everything that decisions are made from; at: with the borders of that moment.

    connection: of the platform, for policies would leave gaps. home: the state folder, where compiled
    indexes are kept for all processes; None: compiled for this one. NotFound without published grids.
    """
    stamp = read_stamp(connection)
    published = _published(connection, read_versions(connection, at), {}, at, home)
    lines = read_lines(connection)
    return Dispatcher(Rules(lines, read_order(connection)), read_people(connection), published, stamp)


def _published(
    connection: Connection[Any],
    versions: Mapping[str, int],
    held: Mapping[str, Published],
    at: datetime | None,
    home: Path | None,
) -> dict[str, Published]:
    if GRIDS not in versions:
        raise NotFound("the grids have not been published")
    found = {}
    for name, version in versions.items():
        kept = held.get(name)
        known = kept is not None and kept.version == version
        found[name] = kept if known and kept else load_published(connection, home, name, at)
    return found


def read_order(connection: Connection[Any]) -> list[str]:
    """Name the special coverages in the order that they are asked: those of a part of the city come first."""
    return [name for (name,) in connection.execute(query(ROOM, "coverage_order")).fetchall()]


class Dispatchers:
    """The dispatcher of now, as one process keeps it: replaced whole when what it rests on has changed."""

    def __init__(self, database: Database, home: Path | None = None) -> None:
        self.database = database
        self.home = home
        self._held: Dispatcher | None = None
        self._seen = -math.inf
        self._crew = Crew()
        self._lock = Lock()
        self._ahead = Lock()

    def current(self) -> Dispatcher:
        """Give the dispatcher of now: people of at most two seconds ago, borders and duties of now."""
        with session(self.database, SYSTEM) as connection:
            return self.newest(connection)

    def recent(self) -> Dispatcher:
        """Give what is kept, without asking, while its people are young enough; else the dispatcher of now.

        Whoever stores what it decides asks `still_holds`, and takes `current` when it does not.
        """
        held, age = self._held, time.monotonic() - self._seen
        if held is None or age > PEOPLE_SECONDS:
            return self.current()
        self._look_ahead(held, age)
        return held

    def newest(self, connection: Connection[Any]) -> Dispatcher:
        """Give the dispatcher of now, asking through a connection of the platform."""
        stamp, versions = read_stamp(connection), read_versions(connection)
        held = self._held
        if held is None or held.stamp != stamp or held.versions != versions:
            return self._read(connection, stamp, versions)
        age = time.monotonic() - self._seen
        if age > PEOPLE_SECONDS:
            return self._keep(held.with_people(self._people(connection)))
        self._look_ahead(held, age)
        return held

    def _look_ahead(self, held: Dispatcher, age: float) -> None:
        if age > AHEAD_SECONDS and self._ahead.acquire(blocking=False):
            Thread(target=self._read_ahead, args=(held,), daemon=True).start()

    def _people(self, connection: Connection[Any]) -> Mapping[int, Person]:
        self._crew = crew = read_crew(connection, self._crew)
        return crew.people

    def _read_ahead(self, held: Dispatcher) -> None:
        """Read people anew; kept unless the list or the borders changed meanwhile."""
        try:
            with session(self.database, SYSTEM) as connection:
                began = time.monotonic()
                people = self._people(connection)
            with self._lock:
                if self._held is held:
                    self._held, self._seen = held.with_people(people), began
        except (Unavailable, psycopg.Error, PoolClosed) as error:
            # Whoever asks next reads it, and is told why that does not work.
            log.warning("people could not be read ahead", reason=type(error).__name__)
        finally:
            self._ahead.release()

    def _read(self, connection: Connection[Any], stamp: int, versions: Mapping[str, int]) -> Dispatcher:
        with self._lock:
            held = self._held
            if held is not None and held.stamp == stamp and held.versions == versions:
                return held
            known = held.coverages if held else {}
            published = _published(connection, versions, known, None, self.home)
            rules = Rules(read_lines(connection), read_order(connection))
            return self._keep(Dispatcher(rules, self._people(connection), published, stamp))

    def _keep(self, dispatcher: Dispatcher) -> Dispatcher:
        self._held, self._seen = dispatcher, time.monotonic()
        return dispatcher


def still_holds(connection: Connection[Any], dispatcher: Dispatcher) -> bool:
    """Tell whether what a dispatcher rests on is still in force, and keep it so until the transaction ends.

    Any reader's connection, in the transaction that stores what was decided: duty list and borders then
    change after it. If not, decide again with `Dispatchers.current()`.
    """
    stamp, versions = connection.execute(query(ROOM, "still_holds")).fetchall()[0]
    # A version that was published for a later moment comes into force by the clock.
    return bool(stamp == dispatcher.stamp and dict(versions) == dispatcher.versions)
