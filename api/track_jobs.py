"""The grader of the job process: days of movers that have had fixes are graded soon after."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog
from psycopg import Connection

from api.queue_worker import QueueWorker
from spatial.database import Database
from spatial.database.roles import app_url_of
from spatial.patrols.grader import ROOM, Dirty, dirty_days, grade_one, never_graded, put_off
from spatial.patrols.track_days import mark_stale
from spatial.settings import Settings

ROUND = 100
"""Days that are taken up at a time."""
PAUSE_S = 1.0
"""Between two rounds at least so long is waited, and as long as the round took: a mover that sends all the
time makes its day dirty all the time, and answers are graded on the fly when they must be fresh."""

FIRST_PAUSE = timedelta(seconds=10)
"""A day that could not be graded is tried again after this, and after twice as long each time …"""
LONGEST_PAUSE = timedelta(hours=1)
"""… up to this. How often it failed the process knows alone: a new one, maybe of mended code, begins anew."""

log = structlog.get_logger()


class TrackGrader(QueueWorker[list[Dirty]]):
    """Grades dirty days as long as the process lives; only one in the city does."""

    name = "tracks"
    room = ROOM
    lock = "grader_alone"

    def __init__(self, app_url: str) -> None:
        super().__init__(app_url)
        self._failed: dict[Dirty, int] = {}

    @classmethod
    def of(cls, settings: Settings) -> TrackGrader:
        """Make the grader of the city of the settings."""
        return cls(app_url_of(settings))

    def begin(self, connection: Connection[Any]) -> None:
        """Have days graded anew that older code or other parameters graded."""
        if count := mark_stale(connection):
            log.info("tracks will be graded anew", days=count)
        if count := never_graded(connection):
            log.warning("fixes of no possible time are left alone", days=count)

    def tidy(self, database: Database) -> None:
        """Nothing expires: days go with their fixes."""

    def claim(self, connection: Connection[Any]) -> list[Dirty] | None:
        """Take the days that have waited longest."""
        return dirty_days(connection, ROUND) or None

    def work(self, database: Database, item: list[Dirty]) -> None:
        """Grade them; what fails is told and waits behind the others."""
        begun = time.monotonic()
        for each in item:
            if self._ending.is_set():
                return
            try:
                grade_one(database, each)
            except Exception as error:
                self._put_off(database, each, error)
            else:
                self._failed.pop(each, None)
        self._ending.wait(max(PAUSE_S, time.monotonic() - begun))

    def _put_off(self, database: Database, dirty: Dirty, error: Exception) -> None:
        failed = self._failed[dirty] = self._failed.get(dirty, 0) + 1
        pause = pause_after(failed)
        said = {
            "mover": dirty.mover,
            "day": str(dirty.day),
            "failed": failed,
            "again_in_s": pause.total_seconds(),
        }
        log.error("a track could not be graded", **said, exc_info=error)
        put_off(database, dirty, pause)


def pause_after(failed: int) -> timedelta:
    """Tell how long a day waits that could not be graded so many times."""
    return min(FIRST_PAUSE * (1 << min(failed - 1, 20)), LONGEST_PAUSE)
