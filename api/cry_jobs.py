"""Cries for help in the job process: those that nobody takes go up."""

from __future__ import annotations

from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.patrols.cries import escalating
from spatial.patrols.cries.opening import ROOM
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

PAUSE_S = 5.0

log = structlog.get_logger()


class CryKeeper(QueueWorker[bool]):
    """Works as long as the process lives; only one in the city does."""

    name = "cries"
    room = ROOM

    def __init__(self, url: str, minutes: int) -> None:
        super().__init__(url)
        self._minutes = minutes

    @classmethod
    def of(cls, settings: Settings) -> CryKeeper:
        """Make the keeper of the city of the settings."""
        return cls(app_url_of(settings), settings.cry_minutes)

    def begin(self, connection: Connection[Any]) -> None:
        """Each look is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Nothing expires."""

    def claim(self, connection: Connection[Any]) -> bool | None:
        """Tell whether one waits too long."""
        return escalating.is_due(connection, self._minutes) or None

    def work(self, database: Database, item: bool) -> None:  # noqa: ARG002
        """Let those go up that do."""
        try:
            with session(database, SYSTEM) as connection:
                gone_up = escalating.escalate(connection, self._minutes)
            log.info("cries went up", cries=gone_up)
        except Exception as error:
            log.error("cries could not go up", exc_info=error)
            self._ending.wait(PAUSE_S)
