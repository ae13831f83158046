"""The calculator in the job process: one job after the other, in the name of who asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import orjson
import structlog
from psycopg import Connection

from api.assignments import Assignments
from api.city import City
from api.errors import problem
from api.ogc.processes.asked import Asked
from api.ogc.processes.catalogue import calculate, process_of
from api.ogc.processes.desk import ASYNC_CELLS, ASYNC_POINTS, Desk, Stopped
from api.queue_worker import QueueWorker
from layers.exports.queue import rights_of
from layers.processing import queue
from layers.processing.queue import ROOM, Claimed
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, Unavailable
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

NOTE_S = 0.5
"""How often progress is noted, and looked whether somebody still wants it."""
SECONDS = 600
"""Longest that one statement of a job may take."""

log = structlog.get_logger()


class ProcessWorker(QueueWorker[Claimed]):
    """Calculates what is asked for as long as the process lives; only one in the city does."""

    name = "processes"
    room = ROOM

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._city: City | None = None

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""
        ended = Unavailable("the process that calculated it has ended several times")
        queue.give_back(connection, _document(ended))

    def tidy(self, database: Database) -> None:
        """Forget what has expired."""
        with session(database, SYSTEM) as connection:
            queue.forget_expired(connection)

    def claim(self, connection: Connection[Any]) -> Claimed | None:
        """Take the job whose turn it is."""
        return queue.claim(connection)

    def work(self, database: Database, item: Claimed) -> None:
        """Do one job, and keep what came out or why nothing did."""
        try:
            self._calculate(database, item)
        except Stopped:
            log.info("job stopped", job=str(item.number))
        except Exception as error:
            if not isinstance(error, CitygridError | MemoryError):
                log.error("a job failed", job=str(item.number), exc_info=error)
            with session(database, SYSTEM) as connection:
                queue.fail(connection, item.number, _document(error))

    def _calculate(self, database: Database, item: Claimed) -> None:
        reader, asked = _reader(database, item), Asked(**item.asked)
        desk = Desk(database, reader, self._answering(database), ASYNC_POINTS, ASYNC_CELLS, SECONDS)
        with _watched(database, item, desk, self._ending):
            try:
                body = calculate(process_of(item.process), desk, asked)
            except CitygridError:
                if desk.is_stopped:  # it was ended from outside, whatever it says of it
                    raise Stopped from None
                raise
        desk.tick(1.0)
        with session(database, SYSTEM) as connection:
            queue.finish(connection, item.number, asked.media_type, body, rights_of(reader))

    def _answering(self, database: Database) -> Any:
        """Give the city's answers as of now; what was read for the job before serves again where it holds."""

        def assignments(coverage: str, at: datetime | None, reader: Reader) -> Assignments:
            if self._city is None or self._city.database is not database:
                self._city = City(self._settings, database)
            self._city.refresh("duties")
            return self._city.assignments(coverage, at, reader)

        return assignments


def _reader(database: Database, item: Claimed) -> Reader:
    with session(database, SYSTEM) as connection:
        found = find_reader(connection, item.account_id)
    if found is None:
        raise Forbidden("the account that asked for it may not log in any more")
    return found


@contextmanager
def _watched(database: Database, item: Claimed, desk: Desk, ending: threading.Event) -> Iterator[None]:
    """Note now and then how far it is, and call it off when nobody wants it or the process ends."""
    latest, done = [(0.0, "")], threading.Event()

    def watch() -> None:
        while not done.wait(NOTE_S):
            share, what = latest[0]
            try:
                with session(database, SYSTEM) as connection:
                    wanted = queue.note(connection, item.number, min(99, int(share * 100)), what)
            except CitygridError:
                continue  # looked at again in a moment
            if ending.is_set() or not wanted:
                desk.stop()
                return

    desk.tell = lambda share, what: latest.__setitem__(0, (share, what))
    watcher = threading.Thread(target=watch, name="watch-job", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _document(error: Exception) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(problem(error)[1])
    return found
