"""Patrols in the job process: made when they are due, judged when their time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.events.deadlines import read_deadlines
from spatial.patrols.days import day_of
from spatial.patrols.plans import dues, judging
from spatial.patrols.plans.store import ROOM
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

PAUSE_S = 30.0
"""How often it is asked whether the time of a patrol is over."""

log = structlog.get_logger()


class PatrolKeeper(QueueWorker[datetime]):
    """Works as long as the process lives; only one in the city does."""

    name = "patrols"
    room = ROOM

    @classmethod
    def of(cls, settings: Settings) -> PatrolKeeper:
        """Make the keeper of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Each patrol is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Make what is due in the next days: plans and people come and go all day."""
        now = datetime.now(UTC)
        first = day_of(now)
        with session(database, SYSTEM) as connection:
            calendar = read_deadlines(connection).calendar
            # Nobody is told in the middle of a window that it has begun.
            last = first + timedelta(days=dues.AHEAD_DAYS)
            made = dues.make(connection, first, last, calendar, after=now)
        if made:
            log.info("patrols due", made=made)

    def claim(self, connection: Connection[Any]) -> datetime | None:
        """Tell whether the time of a patrol is over."""
        now = datetime.now(UTC)
        return now if judging.is_over(connection, now) else None

    def work(self, database: Database, item: datetime) -> None:
        """Judge one batch, each patrol by itself."""
        try:
            log.info("patrols judged", patrols=judging.close_over(database, item))
        except Exception as error:
            log.error("patrols could not be judged", exc_info=error)
            self._ending.wait(PAUSE_S)

    def look_s(self, database: Database) -> float:  # noqa: ARG002
        """Nobody tells us when a time is over."""
        return PAUSE_S
