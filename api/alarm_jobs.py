"""Alarms in the job process: values that came, delays that have ended, rules that were changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from lifeline.alarms.kept.conditions import ROOM
from lifeline.alarms.kept.matching import match
from lifeline.alarms.kept.watching import is_due, look
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

LOOK_S = 1.0
"""How often values are looked for: a message for each batch of them would hold every writer up."""
MATCH_S = 60.0
"""How often channels that came or went are looked for."""
PAUSE_S = 5.0

log = structlog.get_logger()


class AlarmWatcher(QueueWorker[bool]):
    """Works as long as the process lives; only one in the city does."""

    name = "alarms"
    room = ROOM

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._matched_s = -MATCH_S

    @classmethod
    def of(cls, settings: Settings) -> AlarmWatcher:
        """Make the watcher of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Each look is one transaction, so nothing is to be given back."""

    def tidy(self, database: Database) -> None:
        """Nothing expires."""

    def look_s(self, database: Database) -> float:  # noqa: ARG002
        """Look often."""
        return LOOK_S

    def idle(self, database: Database) -> None:
        """Look now and then for channels that came or went."""
        if time.monotonic() - self._matched_s >= MATCH_S:
            self._matched_s = time.monotonic()
            self._do(database, every=True)

    def claim(self, connection: Connection[Any]) -> bool | None:
        """Tell whether anything waits."""
        return is_due(connection) or None

    def work(self, database: Database, item: bool) -> None:  # noqa: ARG002
        """Look at what waits."""
        self._do(database)

    def _do(self, database: Database, every: bool = False) -> None:
        now = datetime.now(UTC)
        try:
            with session(database, SYSTEM) as connection:
                match(connection, now, every)
            with session(database, SYSTEM) as connection:
                look(connection, now)
        except Exception as error:
            log.error("alarms could not be looked at", exc_info=error)
            self._ending.wait(PAUSE_S)
