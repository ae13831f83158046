"""The worker of events in the job process: proposes duplicates, warns of deadlines, tidies attachments."""

from __future__ import annotations

from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.events import attachments, deadlines_watch
from spatial.events.attachments import Store
from spatial.events.deadlines_watch import ROOM
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

log = structlog.get_logger()


class EventWatcher(QueueWorker[list[int]]):
    """Looks at what is due for as long as the process lives; only one in the city does."""

    name = "events"
    room = ROOM

    def __init__(self, app_url: str, store: Store) -> None:
        super().__init__(app_url)
        self._store = store

    @classmethod
    def of(cls, settings: Settings) -> EventWatcher:
        """Make the watcher of a deployment."""
        return cls(app_url_of(settings), Store.of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """An event is looked at until it was, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Delete attachments that belong to nothing."""
        with session(database, SYSTEM) as connection:
            gone = attachments.tidy(connection, self._store)
        if gone:
            log.info("attachments tidied", files=gone)

    def claim(self, connection: Connection[Any]) -> list[int] | None:
        """Name the events that are due."""
        return deadlines_watch.waiting(connection) or None

    def work(self, database: Database, item: list[int]) -> None:
        """Look at them; when that does not work, at each by itself, and at those that it lies at later."""
        try:
            _look(database, item)
        except Exception as error:
            log.error("events could not be looked at", events=len(item), exc_info=error)
            if len(item) > 1:
                for each in item:
                    self.work(database, [each])
                return
            with session(database, SYSTEM) as connection:
                deadlines_watch.put_off(connection, item)


def _look(database: Database, events: list[int]) -> None:
    """Search for duplicates and warn, in a transaction each: nobody's step waits for the search."""
    with session(database, SYSTEM) as connection:
        deadlines_watch.compare(connection, events)
    with session(database, SYSTEM) as connection:
        warned = deadlines_watch.look(connection, events)
    if warned:
        log.info("events warned of", warnings=warned)
