"""What the job process does, done here: a worker's queue is worked off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.queue_worker import QueueWorker
from spatial.database import Database, session
from spatial.rights.reader import SYSTEM


@contextmanager
def opened(url: str, pool_size: int = 2) -> Iterator[Database]:
    """Open a database as the application does."""
    database = Database(url, pool_size=pool_size)
    database.open()
    try:
        yield database
    finally:
        database.close()


def work_off(worker: QueueWorker[Any], database: Database) -> int:
    """Let a worker do what waits, until nothing does; gives how much that was."""
    done = 0
    while True:
        with session(database, SYSTEM) as connection:
            claimed = worker.claim(connection)
        if claimed is None:
            return done
        worker.work(database, claimed)
        done += 1
