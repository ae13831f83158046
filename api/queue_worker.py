"""A thread of the job process that works off a queue in the database; one in the city for each queue."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import structlog
from psycopg import Connection, sql

from spatial.database import Database, connect, query, session
from spatial.database.notify import CHANNEL
from spatial.rights.reader import SYSTEM

LOOK_S = 5.0
"""How often the queue is looked at when no message comes."""
TIDY_S = 300.0
"""How often what has expired is deleted."""
END_S = 0.5
"""How soon it is noticed that the process is to end."""
MOST_CONNECTIONS = 24
"""Of all queues of a process together; each listens on one more of its own."""

Item = TypeVar("Item")
log = structlog.get_logger()


class SharedPools:
    """One pool of connections a database for all queues of a process: most of them sleep most of the time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Database, int]] = {}

    @contextmanager
    def lend(self, url: str) -> Iterator[Database]:
        """Give the pool of a database; it is closed when the last who has it gives it back."""
        with self._lock:
            database, users = self._open.get(url) or (_opened(url), 0)
            self._open[url] = database, users + 1
        try:
            yield database
        finally:
            with self._lock:
                _, users = self._open.pop(url)
                if users > 1:
                    self._open[url] = database, users - 1
            if users == 1:
                database.close()


def _opened(url: str) -> Database:
    database = Database(url, pool_size=MOST_CONNECTIONS)
    try:
        database.open()
    except BaseException:
        database.close()
        raise
    return database


POOLS = SharedPools()


class QueueWorker(ABC, Generic[Item]):
    """Works as long as the process lives; only one in the city does.

    `room` is the package with `lock`.sql, the lock that says who. What is under way when the process is
    told to end is done anew by the next one.
    """

    name: str
    room: str
    lock: str = "alone"

    def __init__(self, app_url: str) -> None:
        self._url = app_url
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join()

    def end(self) -> None:
        """Tell it to end; `with` waits for it."""
        self._ending.set()

    @abstractmethod
    def begin(self, connection: Connection[Any]) -> None:
        """Give back what a process that died was doing."""

    @abstractmethod
    def tidy(self, database: Database) -> object:
        """Delete what has expired."""

    @abstractmethod
    def claim(self, connection: Connection[Any]) -> Item | None:
        """Take what is next; None when nothing waits."""

    @abstractmethod
    def work(self, database: Database, item: Item) -> None:
        """Do it, and note what became of it; errors of the item itself do not come out."""

    def idle(self, database: Database) -> None:
        """Use the time in which nothing waits."""

    def look_s(self, database: Database) -> float:  # noqa: ARG002
        """Tell how soon to look again when no message comes."""
        return LOOK_S

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._hold()
            except Exception as error:
                log.error("a queue is left for a moment", queue=self.name, exc_info=error)
            self._ending.wait(LOOK_S)

    def _hold(self) -> None:
        """Work until the connection breaks that says we are the only one."""
        with connect(self._url, autocommit=True) as ear:
            if not ear.execute(query(self.room, self.lock)).fetchall()[0][0]:
                return
            with POOLS.lend(self._url) as database:
                self._serve(database, ear)

    def _serve(self, database: Database, ear: Connection[Any]) -> None:
        ear.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        with session(database, SYSTEM) as connection:
            self.begin(connection)
        tidied_s = -TIDY_S
        while not self._ending.is_set():
            if time.monotonic() - tidied_s >= TIDY_S:
                self.tidy(database)
                tidied_s = time.monotonic()
            with session(database, SYSTEM) as connection:
                claimed = self.claim(connection)
            if claimed is None:
                self.idle(database)
                self._listen(ear, self.look_s(database))
                continue
            ear.execute("SELECT 1")
            self.work(database, claimed)

    def _listen(self, ear: Connection[Any], seconds: float) -> None:
        """Wait for a message, or until it is to end. To read which message is no cheaper than to look."""
        end = time.monotonic() + seconds
        while not self._ending.is_set() and (left := end - time.monotonic()) > 0:
            if list(ear.notifies(timeout=min(left, END_S), stop_after=1)):
                return
