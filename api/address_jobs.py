"""Files of addresses in the job process, in the name of who sent them; and the compiled library."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from api.waiting_files import folder_for, sweep
from spatial.addresses import queue
from spatial.addresses.batch import geocode_file
from spatial.addresses.imports import ImportOptions, Report, import_file
from spatial.addresses.library import ROOM, Gazetteers
from spatial.addresses.queue import Job
from spatial.addresses.store import check_may
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, InvalidInput
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

NOTE_S = 0.5

log = structlog.get_logger()


class Stopped(Exception):
    """The process is to end: what is left is for the next one."""


def address_files(home: Path) -> Path:
    """The folder in which files of addresses wait for the job process; private to this user."""
    return folder_for(home, "address-files")


class AddressWorker(QueueWorker[Job]):
    """Imports and geocodes files as long as the process lives; only one in the city does."""

    name = "addresses"
    room = ROOM

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._library: Gazetteers | None = None

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""
        queue.give_back(connection)

    def tidy(self, database: Database) -> None:
        """Forget old files, and compile the library anew where much was written."""
        with session(database, SYSTEM) as connection:
            queue.forget_old(connection)
            needed = queue.waited_for(connection)
        sweep(address_files(self._settings.home), needed.__contains__)
        self._compile(database)

    def claim(self, connection: Connection[Any]) -> Job | None:
        """Take the file that waits longest."""
        return queue.claim(connection)

    def work(self, database: Database, item: Job) -> None:
        """Work on one file, and note what came out or why nothing did; Stopped files wait again."""
        started, path = time.monotonic(), address_files(self._settings.home) / (item.file or "none")
        try:
            report, result = self._done(database, item, path)
            with session(database, SYSTEM) as connection:
                queue.finish(connection, item.id, report, result)
            log.info("addresses worked on", job=item.id, kind=item.kind, seconds=time.monotonic() - started)
        except Stopped:
            with session(database, SYSTEM) as connection:
                queue.put_back(connection, item.id)
            return
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("a file of addresses failed", job=item.id, exc_info=error)
            with session(database, SYSTEM) as connection:
                queue.fail(connection, item.id, error)
        path.unlink(missing_ok=True)
        self._compile(database)

    def _done(self, database: Database, item: Job, path: Path) -> tuple[dict[str, Any], bytes | None]:
        if not path.exists():
            raise InvalidInput.at("body", "the file is gone: send it again")
        reader, tell = _reader(database, item), self._telling(database, item)
        if item.kind == "geocode":
            gazetteer = self._gazetteers(database).current(reader)
            most = self._settings.max_points
            result, report = geocode_file(gazetteer, path.read_bytes(), tell=tell, most=most, **item.options)
            return report, result
        check_may(reader)
        options, before = ImportOptions(**item.options), Report.of(item.report)
        begin = partial(session, database, reader)
        with tempfile.TemporaryDirectory(prefix="addresses") as folder:
            return import_file(begin, path, item.filename, Path(folder), options, tell, before).told(), None

    def _telling(self, database: Database, item: Job) -> Callable[..., None]:
        """Note each piece of an import that is done, and progress now and then; Stopped when told to end."""
        last = [0.0]

        def tell(part: float, report: Report | None = None) -> None:
            if report is not None or time.monotonic() - last[0] > NOTE_S:
                last[0] = time.monotonic()
                with session(database, SYSTEM) as connection:
                    queue.note(connection, item.id, part, report and report.told())
            if part < 1 and self._ending.is_set():
                raise Stopped

        return tell

    def _compile(self, database: Database) -> None:
        """What goes wrong here costs speed, no answers."""
        try:
            with session(database, SYSTEM) as connection:
                self._gazetteers(database).rebuild(connection)
        except Exception as error:
            log.error("the addresses could not be compiled", exc_info=error)

    def _gazetteers(self, database: Database) -> Gazetteers:
        if self._library is None or self._library.database is not database:
            self._library = Gazetteers(database, self._settings.home)
        return self._library


def _reader(database: Database, item: Job) -> Reader:
    with session(database, SYSTEM) as connection:
        found = find_reader(connection, item.account_id)
    if found is None:
        raise Forbidden("the account that sent it may not log in any more")
    return found
