"""The surveyor in the job process: one survey after the other, with the rights of who sent it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from api.waiting_files import folder_for, sweep
from spatial.components.surveys import queue
from spatial.components.surveys.queue import ROOM, Claimed
from spatial.components.surveys.run import Survey, keep_report, run
from spatial.database import Database, query, session, standpoint_values
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, InvalidInput
from spatial.grids.stamping import Stamper
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

NOTE_S = 0.5

log = structlog.get_logger()


def survey_files(home: Path) -> Path:
    """The folder in which surveys wait for the job process; private to this user."""
    return folder_for(home, "surveys")


class Surveyor(QueueWorker[Claimed]):
    """Works off surveys as long as the process lives; only one in the city does.

    What a survey changes, its report and its end are one transaction: what is found running after a process
    has died left nothing, and is begun anew.
    """

    name = "surveys"
    room = ROOM

    def __init__(self, app_url: str, home: Path) -> None:
        super().__init__(app_url)
        self._home = home

    @classmethod
    def of(cls, settings: Settings) -> Surveyor:
        """Make the worker of a deployment."""
        return cls(app_url_of(settings), settings.home)

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""
        queue.give_back(connection)

    def tidy(self, database: Database) -> None:
        """Delete old reports, and files that nobody waits for."""
        with session(database, SYSTEM) as connection:
            queue.forget_old(connection)
            needed = queue.waited_for(connection)
        sweep(survey_files(self._home), needed.__contains__)

    def claim(self, connection: Connection[Any]) -> Claimed | None:
        """Take the survey that waits longest."""
        return queue.claim(connection)

    def work(self, database: Database, item: Claimed) -> None:
        """Do one survey, and note what became of it."""
        path = survey_files(self._home) / item.file
        try:
            self._survey(database, item, path)
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("a survey failed", survey=item.id, exc_info=error)
            with session(database, SYSTEM) as connection:
                queue.fail(connection, item.id, error)
        path.unlink(missing_ok=True)

    def _survey(self, database: Database, item: Claimed, path: Path) -> None:
        if not path.exists():
            raise InvalidInput.at("body", "the file is gone: send it again")
        started, reader = time.monotonic(), _reader(database, item)
        stamper = Stamper(database, self._home)
        with session(database, reader) as connection:
            tell = _noting(database, item.id)
            done = run(Survey(connection, reader, stamper, path, item.filename, item.options, tell))
            # The report and the end belong to what was changed: one transaction, written by the platform.
            connection.execute(query("spatial.database", "session"), standpoint_values(SYSTEM))
            keep_report(connection, item.id)
            queue.finish(connection, item.id, done.counts, done.left_out)
        log.info("surveyed", survey=item.id, seconds=time.monotonic() - started, **done.counts)


def _reader(database: Database, item: Claimed) -> Reader:
    with session(database, SYSTEM) as connection:
        found = None if item.account_id is None else find_reader(connection, item.account_id)
    if found is None:
        raise Forbidden("the account that sent it may not log in any more")
    return found


def _noting(database: Database, number: int) -> Any:
    """Note progress now and then, in transactions of its own."""
    last = [0.0]

    def note(part: float) -> None:
        if time.monotonic() - last[0] > NOTE_S:
            last[0] = time.monotonic()
            with session(database, SYSTEM) as connection:
                queue.note(connection, number, part)

    return note
