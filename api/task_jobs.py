"""Tasks in the job process: what terminals confirm, and reminders for those who do not."""

from __future__ import annotations

from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings
from spatial.tasks import following
from spatial.tasks.people import ROOM

log = structlog.get_logger()


class TaskKeeper(QueueWorker[bool]):
    """Works as long as the process lives; only one in the city does."""

    name = "tasks"
    room = ROOM

    @classmethod
    def of(cls, settings: Settings) -> TaskKeeper:
        """Make the keeper of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Each look is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Nothing expires."""

    def claim(self, connection: Connection[Any]) -> bool | None:
        """Tell whether somebody is to be reminded, or a terminal has confirmed."""
        return following.is_due(connection) or None

    def work(self, database: Database, item: bool) -> None:  # noqa: ARG002
        """Follow the terminals first: whoever has confirmed is not reminded."""
        try:
            with session(database, SYSTEM) as connection:
                delivered = following.follow_terminals(connection)
                reminded = following.remind(connection)
            log.info("tasks", delivered=delivered, reminded=reminded)
        except Exception as error:
            log.error("tasks could not be followed", exc_info=error)
            self._ending.wait(5.0)
