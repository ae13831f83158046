"""Roll calls in the job process: called when their time is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, query, session
from spatial.database.roles import app_url_of
from spatial.events.deadlines import read_deadlines
from spatial.patrols.attendance import calling
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

PAUSE_S = 30.0

log = structlog.get_logger()


class RollCaller(QueueWorker[datetime]):
    """Works as long as the process lives; only one in the city does."""

    name = "roll_calls"
    room = calling.ROOM

    @classmethod
    def of(cls, settings: Settings) -> RollCaller:
        """Make the caller of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Each call is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Say anew when each is called next: the working calendar changes."""
        with session(database, SYSTEM) as connection:
            calling.plan_next(connection, read_deadlines(connection).calendar)

    def claim(self, connection: Connection[Any]) -> datetime | None:
        """Tell whether the time of one is over."""
        now = datetime.now(UTC)
        row = connection.execute(query(calling.ROOM, "roll_is_due"), {"now": now}).fetchall()[0]
        return now if row[0] else None

    def work(self, database: Database, item: datetime) -> None:
        """Call one roll."""
        try:
            with session(database, SYSTEM) as connection:
                log.info("rolls called", moments=calling.call_due(connection, item))
        except Exception as error:
            log.error("a roll could not be called", exc_info=error)
            self._ending.wait(PAUSE_S)
