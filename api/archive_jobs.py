"""The archive in the job process: a run each night, and whoever answers questions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
import structlog
from psycopg import Connection

from api.errors import problem
from api.queue_worker import QueueWorker
from api.schemas.archive import asked_of
from layers.exports.queue import rights_of
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Conflict, Forbidden, TooLarge, Unavailable
from spatial.patrols.archive.questions import queue
from spatial.patrols.archive.questions.answering import answer
from spatial.patrols.archive.questions.cluster import calculators
from spatial.patrols.archive.running import run
from spatial.patrols.archive.store import Store
from spatial.patrols.archive.tiers import Policy
from spatial.patrols.days import day_of
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

MOST_MB = 64
"""Of one answer."""

log = structlog.get_logger()


def keep_archive(settings: Settings, url: str, now: datetime) -> None:
    """Bring every day to where the policy wants it; url: of the owner."""
    try:
        report = run(url, Store.of(settings), Policy.of(settings), day_of(now))
    except Conflict:
        log.info("somebody else is at the archive")
        return
    if +report.days or report.graded:
        log.info("archive kept", graded=report.graded, failed=len(report.errors), **report.days)


class ArchiveAsker(QueueWorker[queue.Claimed]):
    """Answers questions as long as the process lives; only one in the city does."""

    name = "archive"
    room = queue.ROOM

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings

    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was answering."""
        ended = Unavailable("the process that was to answer it has ended several times")
        queue.give_back(connection, _document(ended))

    def tidy(self, database: Database) -> None:
        """Forget what was answered a day ago."""
        with session(database, SYSTEM) as connection:
            queue.forget(connection)

    def claim(self, connection: Connection[Any]) -> queue.Claimed | None:
        """Take the question whose turn it is."""
        return queue.claim(connection)

    def work(self, database: Database, item: queue.Claimed) -> None:
        """Answer one question, and keep what came out or why nothing did."""
        try:
            body, rights = self._answer(database, item)
            with session(database, SYSTEM) as connection:
                queue.finish(connection, item.id, body, rights)
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("a question to the archive failed", question=item.id, exc_info=error)
            with session(database, SYSTEM) as connection:
                queue.fail(connection, item.id, _document(error))

    def _answer(self, database: Database, item: queue.Claimed) -> tuple[bytes, str]:
        with session(database, SYSTEM) as connection:
            reader = find_reader(connection, item.account_id)
        if reader is None:
            raise Forbidden("the account that asked for it may not log in any more")
        store, asked = Store.of(self._settings), asked_of(item.asked)
        with calculators(self._settings) as calculate:
            found = answer(lambda: session(database, reader), reader, store, asked, calculate)
        body = orjson.dumps(found)
        if len(body) > MOST_MB << 20:
            raise TooLarge.at("from", f"the answer has more than {MOST_MB} MB; ask for less")
        return body, rights_of(reader)


def _document(error: Exception) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(problem(error)[1])
    return document
