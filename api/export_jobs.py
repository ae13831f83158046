"""The writer of exports in the job process: one file at a time, in the name of who asked."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.ogc.export_selection import selection_of_export
from api.ogc.moments import reader_as_of
from api.queue_worker import QueueWorker
from layers import catalogue, features
from layers.encoders.formats import FORMATS
from layers.encoders.source import Export, Mark, Source
from layers.exports import queue
from layers.exports.queue import ROOM, Claimed
from layers.exports.spool import Stopped
from layers.exports.store import Store
from spatial.database import Database, query, session
from spatial.errors import CitygridError, Forbidden
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader

LOOK_S = 2.0
"""How often the queue is looked at when no message comes."""
NOTE_S = 1.0
"""How often progress is noted, and looked whether somebody still wants it."""
SECONDS = 6 * 3600
"""Longest that the database may read for one export."""

log = structlog.get_logger()


class ExportWriter(QueueWorker[Claimed]):
    """Writes what is asked for as long as the process lives; only one in the city does."""

    name = "exports"
    room = ROOM

    def __init__(self, app_url: str, store: Store, hours: int) -> None:
        super().__init__(app_url)
        self._store, self._hours = store, hours

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was writing."""
        queue.give_back(connection)

    def tidy(self, database: Database) -> None:
        """Forget what has expired."""
        tidy(database, self._store)

    def claim(self, connection: Connection[Any]) -> Claimed | None:
        """Take the export that waits longest."""
        return queue.claim(connection)

    def work(self, database: Database, item: Claimed) -> None:
        """Write one file, or note why there is none."""
        work = _Work(database, self._store, item, self._hours, self._ending)
        try:
            work.run()
        except Stopped:
            log.info("export stopped", export=item.id)
        except CitygridError as error:
            work.failed(str(error))
        except Exception as error:
            log.error("an export failed", export=item.id, exc_info=error)
            work.failed("the export failed; the reason is in the server's log")
        finally:
            work.part.unlink(missing_ok=True)


def tidy(database: Database, store: Store) -> int:
    """Forget exports that have expired, and delete files that are nobody's; returns how many files went."""
    with session(database, SYSTEM) as connection:
        known = queue.forget_expired(connection)
    return store.sweep(known)


class _Work:
    """One export, from its place in the queue to its file."""

    def __init__(
        self, database: Database, store: Store, claimed: Claimed, hours: int, ending: threading.Event
    ) -> None:
        self._database, self._store, self._claimed = database, store, claimed
        self._hours, self._ending = hours, ending
        self._form = FORMATS[claimed.format]
        self._noted_s = 0.0
        self.part = store.unfinished(claimed.id, self._form.extension)

    def run(self) -> None:
        """Write the file with the rights that the account has now, and hand it over whole."""
        reader = self._reader()
        # Units of another day are read as of it; what the file may be given out for stays the same.
        with session(self._database, reader_as_of(reader, self._claimed.asked["query"])) as connection:
            connection.execute(query(ROOM, "take_time"), {"seconds": str(SECONDS)})
            source = Source(connection, self._export(connection, reader), self._tick)
            self._note(0, features.count(connection, source.export.layer, source.export.selection))
            self._form.write(source, self.part)
        self._hand_over(reader, source.rows)

    def failed(self, reason: str) -> None:
        """Note why there is no file."""
        with session(self._database, SYSTEM) as connection:
            queue.fail(connection, self._claimed.id, reason, self._hours)

    def _reader(self) -> Reader:
        with session(self._database, SYSTEM) as connection:
            found = find_reader(connection, self._claimed.account_id)
        if found is None:
            raise Forbidden("the account that asked for it may not log in any more")
        return found

    def _export(self, connection: Connection[Any], reader: Reader) -> Export:
        claimed = self._claimed
        layer = catalogue.layer(connection, claimed.layer)
        selection = selection_of_export(layer, claimed.asked["query"])
        mark = Mark(reader.username, reader.display_name, claimed.asked_at, claimed.record)
        return Export(layer, selection, mark, layer.title, selection.crs)

    def _tick(self, rows: int) -> None:
        if self._ending.is_set():
            raise Stopped
        if time.monotonic() - self._noted_s >= NOTE_S:
            self._store.check_room()
            self._note(rows)

    def _note(self, rows: int, expected: int | None = None) -> None:
        self._noted_s = time.monotonic()
        with session(self._database, SYSTEM) as connection:
            wanted = queue.note_progress(connection, self._claimed.id, rows, _size(self.part), expected)
        if not wanted:
            raise Stopped

    def _hand_over(self, reader: Reader, rows: int) -> None:
        """Name the file before saying that it is there: what crashes between the two is written anew."""
        number = self._claimed.id
        file = self._store.finished(number, self._form.extension)
        size = _size(self.part)
        self.part.replace(file)
        with session(self._database, SYSTEM) as connection:
            wanted = queue.finish(connection, number, rows, size, queue.rights_of(reader), self._hours)
        if not wanted:
            file.unlink(missing_ok=True)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
