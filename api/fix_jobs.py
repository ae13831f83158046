"""The keeper of fixes in the job process: people stand where they were last, and old notices go."""

from __future__ import annotations

import time
from typing import Any

from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.database.roles import app_url_of
from spatial.patrols import keeping
from spatial.patrols.attendance import signing
from spatial.patrols.happenings import keeping as happenings
from spatial.rights.reader import SYSTEM
from spatial.settings import Settings

FOLLOW_S = 5.0


class FixKeeper(QueueWorker[None]):
    """Looks every few seconds as long as the process lives; only one in the city does."""

    name = "fixes"
    room = keeping.ROOM
    lock = "fixes_alone"

    def __init__(self, settings: Settings) -> None:
        super().__init__(app_url_of(settings))
        self._kept_days = settings.fix_days
        self._followed_s = -FOLLOW_S

    def begin(self, connection: Connection[Any]) -> None:
        """Nothing is ever half done."""

    def claim(self, connection: Connection[Any]) -> None:  # noqa: ARG002
        """Nothing waits to be claimed: the clock alone says what there is to do."""
        return

    def work(self, database: Database, item: None) -> None:
        """Nothing is ever claimed."""

    def tidy(self, database: Database) -> None:
        """Delete what has served its time, and end the duty of those who forgot to sign out."""
        with session(database, SYSTEM) as connection:
            keeping.tidy(connection, self._kept_days)
            happenings.forget(connection, self._kept_days)
            signing.forget_places(connection, self._kept_days)
            signing.follow_duty(connection)

    def idle(self, database: Database) -> None:
        """Let people stand where they were last."""
        if time.monotonic() - self._followed_s >= FOLLOW_S:
            self._followed_s = time.monotonic()
            with session(database, SYSTEM) as connection:
                keeping.follow(connection)
