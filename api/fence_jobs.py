"""Fences in the job process: the last days of one that has changed are told anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.patrols.fences.following import ROOM
from spatial.patrols.fences.recounting import Recount, next_recount, recount
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

PAUSE_S = 30.0

log = structlog.get_logger()


class FenceKeeper(QueueWorker[Recount]):
    """Works as long as the process lives; only one in the city does."""

    name = "fences"
    room = ROOM

    @classmethod
    def of(cls, settings: Settings) -> FenceKeeper:
        """Make the keeper of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Each day of a fence is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Nothing expires."""

    def claim(self, connection: Connection[Any]) -> Recount | None:
        """Name a day of a fence that is to be told anew."""
        return next_recount(connection)

    def work(self, database: Database, item: Recount) -> None:
        """Mark the day for whoever came near; grading tells their visits."""
        try:
            with session(database, SYSTEM) as connection:
                days = recount(connection, item, datetime.now(UTC))
            log.info("fence to be counted anew", fence=item.fence, day=str(item.day), movers=days)
        except Exception as error:
            log.error("a fence could not be counted anew", fence=item.fence, exc_info=error)
            self._ending.wait(PAUSE_S)
