"""Open311 in the job process: other cities' servers are asked for the requests that are new."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import Connection

from api.open311_asking import NO_OWNER, ask, reason, said, with_key
from api.queue_worker import LOOK_S, QueueWorker
from spatial.database import Database, query, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Unavailable
from spatial.events.intake import Desk
from spatial.partners.adapters import store as adapters
from spatial.partners.adapters.receiving import receive
from spatial.partners.adapters.store import Adapter
from spatial.partners.open311 import pull, wire
from spatial.partners.open311.pull import Reading
from spatial.people.readers import find_reader
from spatial.rights.envelope import master_file
from spatial.rights.reader import SYSTEM, Reader
from spatial.rights.rules import DISTRICT
from spatial.settings import Settings

MOST_AT_ONCE = 2_000
"""Requests that one transaction takes in."""
MOST_QUESTIONS, LONGEST_S = 300, 300.0
"""Questions and seconds of one turn: then it is another server's, and this one goes on a minute later."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Due:
    """An adapter whose server is asked next."""

    adapter: Adapter
    read_until: datetime | None


class Puller(QueueWorker[_Due]):
    """Asks other cities' servers; only one in the city does."""

    name = "open311-pull"
    room = adapters.ROOM
    lock = "adapter_alone"

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._desk: Desk | None = None
        self._broken_off: dict[int, tuple[datetime | None, Reading]] = {}
        """What turns that came to their end have left, by adapters as they were then."""

    def begin(self, connection: Connection[Any]) -> None:
        """What a process that died was reading is read again, from where it was noted last."""

    def tidy(self, database: Database) -> None:
        """Forget messages that were settled long ago."""
        with session(database, SYSTEM) as connection:
            connection.execute(query(adapters.ROOM, "refusal_forget"))

    def look_s(self, database: Database) -> float:
        """Look again when the next one is due."""
        with session(database, SYSTEM) as connection:
            due = connection.execute(query(adapters.ROOM, "adapter_next")).fetchall()[0][0]
        return LOOK_S if due is None else min(LOOK_S, max(0.05, due))

    def claim(self, connection: Connection[Any]) -> _Due | None:
        """Take the adapter whose turn it is."""
        rows = connection.execute(query(adapters.ROOM, "adapter_due")).fetchall()
        return _Due(adapters.used(connection, rows[0][0]), rows[0][1]) if rows else None

    def work(self, database: Database, item: _Due) -> None:
        """Read what is new at one server, and note how it did."""
        adapter, minutes = item.adapter, (pull.DEFAULTS | item.adapter.options)["every_minutes"]
        reading = self._reading(item)
        try:
            taken = self._read(database, item, reading)
            minutes = 1 if reading.left else minutes
            values = {"id": adapter.id, "minutes": minutes, "error": reading.note}
            with session(database, SYSTEM) as connection:
                connection.execute(query(adapters.ROOM, "pace_good"), values)
            log.info("open311 read", adapter=adapter.name, requests=taken)
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("an open311 server could not be read", adapter=adapter.name, exc_info=error)
            values = {"id": adapter.id, "minutes": minutes, "error": reason(error)}
            with session(database, SYSTEM) as connection:
                connection.execute(query(adapters.ROOM, "pace_bad"), values)

    def _reading(self, item: _Due) -> Reading:
        """Go on with what the turn before has left; else begin where reading stopped, and a little before.

        Begun anew each turn, an overlap that is longer than a turn would be read for ever.
        """
        changed_at, left = self._broken_off.pop(item.adapter.id, (None, None))
        if left is not None and changed_at == item.adapter.changed_at:
            return left
        options = item.adapter.options
        return Reading(options, pull.windows(options, item.read_until, datetime.now(UTC)))

    def _read(self, database: Database, item: _Due, reading: Reading) -> int:
        owner = self._owner(database, item.adapter)
        with session(database, SYSTEM) as connection:
            secrets = adapters.secrets_of(connection, item.adapter.id, master_file(self._settings))
        count, end_s = 0, time.monotonic() + LONGEST_S
        for _ in range(MOST_QUESTIONS):
            asked = reading.ask()
            if asked is None or self._ending.is_set() or time.monotonic() > end_s:
                break
            rows = _fetched(self._settings, asked, secrets[0] if secrets else None)
            if reading.told(rows):
                count += self._take(database, owner, item.adapter, rows)
                self._note(database, item.adapter, reading)
        if reading.left:
            self._broken_off[item.adapter.id] = (item.adapter.changed_at, reading)
        return count

    def _note(self, database: Database, adapter: Adapter, reading: Reading) -> None:
        """Keep up to when all was read: whoever comes after a fault goes on from there."""
        values = {"id": adapter.id, "until": reading.read_until}
        with session(database, SYSTEM) as connection:
            connection.execute(query(adapters.ROOM, "pace_read"), values)

    def _take(self, database: Database, owner: Reader, adapter: Adapter, rows: list[wire.Row]) -> int:
        """Take requests in, oldest first; those that are there already are passed over."""
        if self._desk is None or self._desk.database is not database:
            self._desk = Desk(database, self._settings)
        rows = sorted(rows, key=lambda row: str(row.get("requested_datetime") or ""))
        for first in range(0, len(rows), MOST_AT_ONCE):
            with session(database, owner) as connection:
                receive(connection, self._desk, owner, adapter, rows[first : first + MOST_AT_ONCE])
        return len(rows)

    def _owner(self, database: Database, adapter: Adapter) -> Reader:
        with session(database, SYSTEM) as connection:
            owner = find_reader(connection, adapter.account_id)
            if owner is not None and owner.role in DISTRICT:
                return owner
            adapters.pause(connection, adapter.id, NO_OWNER)
        raise Unavailable(NO_OWNER)


def _fetched(settings: Settings, url: str, key: str | None) -> list[wire.Row]:
    """Ask another city's server; InvalidInput or Unavailable for anything but requests."""
    answer = ask(settings, "GET", with_key(url, key))
    if answer.status != 200:
        raise Unavailable(said(answer))
    return wire.read(answer.body, "service_requests")
