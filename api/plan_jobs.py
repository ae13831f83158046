"""The publisher of plans in the job process: one after the other, in the name of who asked."""

from __future__ import annotations

import gc
import time
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from grid_editor import publish
from grid_editor.bases import Bases
from grid_editor.publish import MOST_TRIES, ROOM, Waiting
from spatial.database import Database, connect, in_name_of, session
from spatial.database.roles import app_url_of
from spatial.errors import CitygridError, Forbidden, Unavailable
from spatial.people.readers import find_reader
from spatial.rights.reader import SYSTEM, Reader
from spatial.settings import Settings

ROUNDS = 5
"""How often a plan is prepared anew because others were published meanwhile."""

log = structlog.get_logger()


class PlanPublisher(QueueWorker[Waiting]):
    """Publishes as long as the process lives; only one in the city does.

    What is under way when a process dies was one transaction: the next one finds the plan still waiting.
    """

    name = "plans"
    room = ROOM

    def __init__(self, app_url: str, owner_url: str) -> None:
        super().__init__(app_url)
        self._owner_url = owner_url
        self._bases: Bases | None = None

    @classmethod
    def of(cls, settings: Settings) -> PlanPublisher:
        """Make the publisher of a deployment."""
        assert settings.database_url is not None
        return cls(app_url_of(settings), settings.database_url.value)

    def begin(self, connection: Connection[Any]) -> None:
        """A plan stays in the queue until it is published, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Plans do not expire."""

    def claim(self, connection: Connection[Any]) -> Waiting | None:
        """Take the plan that waits longest."""
        return publish.claim(connection)

    def idle(self, database: Database) -> None:
        """Compile what the next plan will stand on: whoever publishes it waits for the rest only."""
        if self._ready(database).warm():
            # A million objects that stay: looking through them for garbage took a third of a proof's time.
            gc.collect()
            gc.freeze()

    def work(self, database: Database, item: Waiting) -> None:
        """Publish one plan, or note why it cannot be."""
        bases = self._ready(database)
        started = time.monotonic()
        try:
            version = self._publish(database, bases, item)
            log.info("plan published", plan=item.id, version=version, seconds=time.monotonic() - started)
        except Exception as error:
            if not isinstance(error, CitygridError):
                log.error("a plan could not be published", plan=item.id, exc_info=error)
            with session(database, SYSTEM) as connection:
                publish.fail(connection, item.id, error)

    def _ready(self, database: Database) -> Bases:
        if self._bases is None or self._bases.database is not database:
            self._bases = Bases(database)
        return self._bases

    def _publish(self, database: Database, bases: Bases, item: Waiting) -> int:
        if item.tries > MOST_TRIES:
            raise Unavailable("the process that published it has ended several times")
        reader = _reader(database, item)
        for _ in range(ROUNDS):
            with session(database, SYSTEM) as connection:
                prepared = publish.prepare(connection, bases, item.id)
            with connect(self._owner_url) as connection:
                in_name_of(connection, reader)
                version = publish.publish_plan(connection, prepared)
            if version is not None:
                return version
        raise Unavailable("others publish all the time: try again later")


def _reader(database: Database, item: Waiting) -> Reader:
    with session(database, SYSTEM) as connection:
        found = find_reader(connection, item.asked_by) if item.asked_by is not None else None
    if found is None:
        raise Forbidden("the account that asked for it may not log in any more")
    return found
