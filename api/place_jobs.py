"""Inspections in the job process: made when they are due, and events of what they report."""

from __future__ import annotations

from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.events.deadlines import read_deadlines
from spatial.events.intake import Desk
from spatial.places import inspections, reports
from spatial.places.kinds import ROOM
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

log = structlog.get_logger()


class Inspector(QueueWorker[bool]):
    """Works as long as the process lives; only one in the city does.

    What a day brings is asked for every few minutes: places come, and levels change, all day.
    """

    name = "inspections"
    room = ROOM

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._settings = settings
        self._desk: Desk | None = None

    def begin(self, connection: Connection[Any]) -> None:
        """Each batch is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Make what is due, and end what nobody did."""
        with session(database, SYSTEM) as connection:
            counts = inspections.make_due(
                connection, inspections.today(), read_deadlines(connection).calendar
            )
        if any(counts.values()):
            log.info("inspections made", **counts)

    def claim(self, connection: Connection[Any]) -> bool | None:
        """Tell whether something is to be reported."""
        return reports.waits(connection, inspections.today()) or None

    def work(self, database: Database, item: bool) -> None:
        """Report one batch."""
        assert item
        if self._desk is None or self._desk.database is not database:
            self._desk = Desk(database, self._settings)
        with session(database, SYSTEM) as connection:
            outcomes = reports.report(connection, self._desk, inspections.today())
        log.info(
            "inspections reported", events=sum(each.id is not None for each in outcomes), of=len(outcomes)
        )
